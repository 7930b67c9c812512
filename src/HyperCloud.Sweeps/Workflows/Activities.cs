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
            s.Running.Select(k => s.Run(k)!).Where(r => r.Claim.Round < opened.Round && r.Claim.Lane >= 0).Select(r => (r.Key, r.Attempt)).ToArray(), cancellation);
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
        while (true)
        {
            NextOutput next = await session.Decide((state, active) => Handout.Next(state, session.Algorithm, active, input), cancellation);
            // A lane that has to wait looks whether what it waits for is lost.
            if (next.Kind != "wait" || await hub.Remote.Reap(input.Sweep, cancellation) == 0) return next;
        }
    }

    /// <summary>Executes a claimed run and records how it ended.</summary>
    public Task<RunReceipt> Run(RunInput input, CancellationToken cancellation) => _run.Run(input, cancellation);

    private static Decision<AdvanceOutput> DecideAdvance(SweepSession session, SweepState state, AdvanceInput input)
    {
        if (state.Round?.Round != input.Round) return Answer(new AdvanceOutput("fenced"));
        if (state.End is not null) return Answer(new AdvanceOutput("ended"));
        if (state.IsPaused && state.Cancel is null) return Answer(new AdvanceOutput("paused"));
        if (Handout.Advance(state, session.Algorithm) is { Count: > 0 } next) return new(next, null);
        if (state.Running.Count > state.Detached().Count())
            throw new InvalidOperationException($"all lanes of stage {state.Stage!.Index} have ended, but these runs are still under way: {string.Join(", ", state.Running.Take(5))}");
        return Answer(new AdvanceOutput("stage", state.Stage!.Index, state.Lanes));
    }

    private static Decision<T> Answer<T>(T answer)
        where T : class => new([], answer);
}
