using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>
/// What is decided when somebody asks for work or for what comes next: lanes of a host, and workers that pull runs over HTTP. Pure; each
/// decision holds only if nobody else has appended in between, which <see cref="SweepSession.Decide{T}"/> sees to.
/// </summary>
internal static class Handout
{
    /// <summary>The lane of runs that were handed to a worker outside.</summary>
    public const int Outside = -1;

    /// <summary>What follows for the sweep as a whole: an event to append, or nothing now.</summary>
    public static IReadOnlyList<SweepEvent> Advance(SweepState state, ISearchAlgorithm algorithm)
    {
        if (state.Cancel is not null && state.End is null && LeftOutside(state) is { Length: > 0 } left) return [.. left.Select(CancelledOutside)];
        if (StageDecisions.Next(state, algorithm) is not { } next) return [];
        // Decisions that weigh the time that is left read it from the log, so the log gets a reading first.
        bool needsClock = state.Spec.Limits.Time is not null && state.LastEvent is not SweepEvent.ClockRead;
        return [needsClock ? new SweepEvent.ClockRead() : next];
    }

    /// <summary>The runs that go on where no lane waits for them, as many as a cancelled sweep lets go of at once.</summary>
    public static RunRecord[] LeftOutside(SweepState state) => [.. state.Detached().Take(StoreLimits.BatchRows)];

    /// <summary>The next run for a lane, or for a worker outside.</summary>
    public static Decision<NextOutput> Next(SweepState state, ISearchAlgorithm algorithm, long active, NextInput input, string? worker = null)
    {
        if (state.Round?.Round != input.Round) return Answer("done");
        if (state.ClaimOf(input.Stage, input.Round, input.Lane, input.Step) is { } claim)
            return new([], new NextOutput("run", claim.Run.Key.ToString(), claim.Attempt, Found: true));
        if (state.Stage?.Index != input.Stage || state.End is not null || state.IsPaused || state.Cancel is not null) return Answer("done");
        if (Racing.EliminateEarly(state) is { } worse) return new([worse], null);
        if (state.FirstQueued is { } queued) return Claim(queued.Key, queued.Seed, queued.Attempt + 1, []);
        if (state.Stage.Kind != StageKind.Search) return Rest();
        if (state.SearchEnded is not null)
        {
            if (state.Stopping is not { Pause: true } || state.SearchAbandoned || Budget.Over(state, active) is not null) return Rest();
            if (RungDecisions.Promote(state) is { } last) return new([last], null);
            return state.Running.Count > 0 ? Answer("wait") : Answer("done"); // what is under way may let a paused trial go on
        }

        if (SearchDecisions.Confirm(state) is { } confirm) return new([confirm], null);
        if (SearchDecisions.End(state, active) is { } end) return new(end.Code == "time" ? [new SweepEvent.ClockRead(), end] : [end], null);
        if (RungDecisions.Promote(state) is { } promoted) return new([promoted], null);
        if (!SearchDecisions.MaySuggest(state)) return Answer("wait");
        (SweepEvent.Suggested? suggested, string? exhausted) = SearchDecisions.Suggest(state, algorithm, 1);
        if (suggested is null) return new([SearchDecisions.Exhausted(state, exhausted!)], null);
        var key = new RunKey(suggested.First, SeedPool.Search, 0, Rung: state.Stopping?.FirstSlice(suggested.First) ?? 0);
        return Claim(key, state.Seeds.SeedOf(SeedPool.Search, key.Trial, 0), 1, [suggested]);

        // A run outside that is lost comes back into the queue, so somebody has to stay.
        Decision<NextOutput> Rest() => Answer(state.Detached().Any() ? "wait" : "done");

        Decision<NextOutput> Claim(RunKey key, int seed, int attempt, ImmutableArray<SweepEvent> before) =>
            new([.. before, RunDecisions.Claim(key, attempt, seed, input) with { Worker = worker }], new NextOutput("run", key.ToString(), attempt));
    }

    private static SweepEvent.Ended CancelledOutside(RunRecord run) => new()
    {
        Run = run.Key.ToString(),
        Attempt = run.Attempt,
        State = RunState.Cancelled,
        DurationMs = 0,
        Code = "cancelled",
        Reason = "the sweep was cancelled; its worker hears of it with its next report",
        Then = Consequence.Incomplete,
    };

    private static Decision<NextOutput> Answer(string kind) => new([], new NextOutput(kind));
}
