using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// The activities: everything of a sweep that needs data. Each may be executed more than once, at the same time, by any process; each
/// decides under the event log's append, so that twice does the same as once.
/// </summary>
public sealed class Activities(SweepHub hub)
{
    /// <summary>Opens a round for a host execution.</summary>
    public static TaskName<OpenRoundInput, OpenRoundOutput> OpenRoundName { get; } =
        new("OpenRound", SweepsJson.Default.OpenRoundInput, SweepsJson.Default.OpenRoundOutput);

    /// <summary>Closes the stage that has nothing left and opens what follows.</summary>
    public static TaskName<AdvanceInput, AdvanceOutput> AdvanceName { get; } =
        new("Advance", SweepsJson.Default.AdvanceInput, SweepsJson.Default.AdvanceOutput);

    /// <summary>Gives a lane its next run.</summary>
    public static TaskName<NextInput, NextOutput> NextName { get; } = new("Next", SweepsJson.Default.NextInput, SweepsJson.Default.NextOutput);

    /// <summary>Executes a run.</summary>
    public static TaskName<RunInput, RunReceipt> RunName { get; } = new("Run", SweepsJson.Default.RunInput, SweepsJson.Default.RunReceipt);

    private readonly RunActivity _run = new(hub);

    /// <summary>
    /// Opens a new round: claims of earlier rounds are void. Runs that their dead host left behind are adopted when their result was
    /// stored, and else ended, wherever they still go on, and queued again free of charge.
    /// </summary>
    public async Task<OpenRoundOutput> OpenRound(OpenRoundInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        OpenRoundOutput opened = await session.Decide<OpenRoundOutput>((state, _) => state.Round is { } round && round.Token == input.Token
            ? new([], new(round.Round))
            : new([new SweepEvent.RoundOpened((state.Round?.Round ?? 0) + 1, input.Token, hub.Options.Host)], null), cancellation, hosted: false);

        (RunKey Key, int Attempt)[] left = await session.Read(s =>
            s.Running.Select(k => s.Run(k)!).Where(r => r.Claim.Round < opened.Round).Select(r => (r.Key, r.Attempt)).ToArray(), cancellation);
        foreach ((RunKey key, int attempt) in left) await _run.TakeOver(session, key, attempt, cancellation);
        return opened;
    }

    /// <summary>What comes next for the sweep.</summary>
    public async Task<AdvanceOutput> Advance(AdvanceInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        AdvanceOutput output = await session.Decide((state, _) => DecideAdvance(session, state, input), cancellation);
        if (await hub.Summary(input.Sweep, cancellation) is { } summary)
            await hub.WriteSummary(await session.Read(s => SweepHub.Summarize(s, summary.BaseDirectory), cancellation), cancellation);
        if (output.Kind == "ended") await hub.Store.Flush("store.flush", cancellation);
        return output;
    }

    /// <summary>The next run for a lane.</summary>
    public async Task<NextOutput> Next(NextInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        return await session.Decide((state, active) => DecideNext(session, state, active, input), cancellation);
    }

    /// <summary>Executes a claimed run and records how it ended.</summary>
    public Task<RunReceipt> Run(RunInput input, CancellationToken cancellation) => _run.Run(input, cancellation);

    private static Decision<AdvanceOutput> DecideAdvance(SweepSession session, SweepState state, AdvanceInput input)
    {
        if (state.Round?.Round != input.Round) return Answer(new AdvanceOutput("fenced"));
        if (state.End is not null) return Answer(new AdvanceOutput("ended"));
        if (state.IsPaused && state.Cancel is null) return Answer(new AdvanceOutput("paused"));
        if (StageDecisions.Next(state, session.Algorithm) is { } next)
        {
            // Decisions that weigh the time that is left read it from the log, so the log gets a reading first.
            bool needsClock = state.Spec.Limits.Time is not null && state.LastEvent is not SweepEvent.ClockRead;
            return new([needsClock ? new SweepEvent.ClockRead() : next], null);
        }

        if (state.Running.Count > 0)
            throw new InvalidOperationException($"all lanes of stage {state.Stage!.Index} have ended, but these runs are still under way: {string.Join(", ", state.Running.Take(5))}");
        return Answer(new AdvanceOutput("stage", state.Stage!.Index, state.Lanes));
    }

    private static Decision<NextOutput> DecideNext(SweepSession session, SweepState state, long active, NextInput input)
    {
        if (state.Round?.Round != input.Round) return Answer(Done);
        if (state.ClaimOf(input.Stage, input.Round, input.Lane, input.Step) is { } claim)
            return Answer(new NextOutput("run", claim.Run.Key.ToString(), claim.Attempt));
        if (state.Stage?.Index != input.Stage || state.End is not null || state.IsPaused || state.Cancel is not null) return Answer(Done);
        if (state.FirstQueued is { } queued) return Claim(input, queued.Key, queued.Seed, queued.Attempt + 1, []);
        if (state.Stage.Kind != StageKind.Search) return Answer(Done);
        if (state.SearchEnded is not null)
        {
            if (state.Stopping is not { Pause: true } || state.SearchAbandoned || Budget.OutOfTime(state, active) is not null) return Answer(Done);
            if (RungDecisions.Promote(state) is { } last) return new([last], null);
            return Answer(state.Running.Count > 0 ? new NextOutput("wait") : Done); // what is under way may let a paused trial go on
        }

        if (SearchDecisions.Confirm(state) is { } confirm) return new([confirm], null);
        if (SearchDecisions.End(state, active) is { } end) return new(end.Code == "time" ? [new SweepEvent.ClockRead(), end] : [end], null);
        if (RungDecisions.Promote(state) is { } promoted) return new([promoted], null);
        if (!SearchDecisions.MaySuggest(state)) return Answer(new NextOutput("wait"));
        (SweepEvent.Suggested? suggested, string? exhausted) = SearchDecisions.Suggest(state, session.Algorithm, 1);
        if (suggested is null) return new([SearchDecisions.Exhausted(state, exhausted!)], null);
        var key = new RunKey(suggested.First, SeedPool.Search, 0, Rung: state.Stopping?.FirstSlice(suggested.First) ?? 0);
        return Claim(input, key, state.Seeds.SeedOf(SeedPool.Search, key.Trial, 0), 1, [suggested]);
    }

    private static Decision<NextOutput> Claim(NextInput input, RunKey key, int seed, int attempt, ImmutableArray<SweepEvent> before) =>
        new([.. before, RunDecisions.Claim(key, attempt, seed, input)], new NextOutput("run", key.ToString(), attempt));

    private static NextOutput Done => new("done");

    private static Decision<T> Answer<T>(T answer)
        where T : class => new([], answer);
}
