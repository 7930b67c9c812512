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

    /// <summary>Claims runs for a lane and executes them.</summary>
    public static TaskName<WorkInput, WorkOutput> WorkName { get; } = new("Work", SweepsJson.Default.WorkInput, SweepsJson.Default.WorkOutput);

    /// <summary>Runs executed in one activity at most, which bounds what is looked through when it is executed again.</summary>
    public const int MaxPacked = 100;

    private readonly RunActivity _run = new(hub);

    /// <summary>
    /// Opens a new round: claims of earlier rounds are void. Runs that their dead host left behind are adopted when their result was
    /// stored, and else ended, wherever they still go on, and queued again free of charge.
    /// </summary>
    public async Task<OpenRoundOutput> OpenRound(OpenRoundInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        if (!await hub.Fleet.Hold(input.Sweep, now: true, cancellation)) return new OpenRoundOutput(OpenRoundOutput.Busy);
        OpenRoundOutput opened = await session.Decide<OpenRoundOutput>((state, _) => state.Round is { } round && round.Token == input.Token
            ? new([], new(round.Round))
            : new([new SweepEvent.RoundOpened((state.Round?.Round ?? 0) + 1, input.Token, hub.Options.Host)], null), cancellation, hosted: false);

        (RunKey Key, int Attempt)[] left = await session.Read(s =>
            s.Running.Select(k => s.Run(k)!).Where(r => r.Claim.Round < opened.Round && r.Claim.Lane >= 0).Select(r => (r.Key, r.Attempt)).ToArray(), cancellation);
        foreach ((RunKey key, int attempt) in left) await _run.TakeOver(session, key, attempt, RunState.Preempted, cancellation);
        return opened;
    }

    /// <summary>What comes next for the sweep.</summary>
    public async Task<AdvanceOutput> Advance(AdvanceInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        await hub.Fleet.Hold(input.Sweep, now: true, cancellation);
        await hub.Remote.EndCancelled(session, cancellation);
        AdvanceOutput output = await session.Decide((state, _) => DecideAdvance(session, state, input), cancellation);
        if (await hub.Summary(input.Sweep, cancellation) is { } summary)
        {
            DateTimeOffset? tellAt = output.Kind == "ended" ? await hub.Webhooks.Tell(input.Sweep, cancellation) : summary.TellAt;
            await hub.WriteSummary(await session.Read(s => SweepHub.Summarize(s, summary.BaseDirectory, tellAt), cancellation), cancellation);
        }

        if (output.Kind == "ended") await hub.Store.Flush("store.flush", cancellation);
        if (output.Kind is "ended" or "paused") await hub.Fleet.Release(input.Sweep, cancellation);
        return output;
    }

    /// <summary>
    /// Works for a lane: claims a run and executes it, and goes on as long as runs are short (<see cref="HubOptions.PackFor"/>), for an activity of
    /// its own costs a durable host more than such a run. Executed again after it died, it finds its claims by their steps.
    /// </summary>
    public async Task<WorkOutput> Work(WorkInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        await hub.Fleet.Hold(input.Sweep, now: false, cancellation);
        long begun = hub.Time.GetTimestamp();
        int step = input.Step;
        while (true)
        {
            NextOutput next = await Next(new NextInput(input.Sweep, input.Round, input.Stage, input.Lane, step), cancellation);
            if (next.Kind == "done") return new WorkOutput("done", step);
            if (next.Kind == "wait") return Wait(step, hub.Options.Backstop);
            var run = new RunInput(input.Sweep, input.Round, input.Stage, input.Lane, next.Run!, next.Attempt);
            if (next.Found && await _run.Found(session, run, cancellation) is { } until) return Wait(step, until);
            RunReceipt receipt = await Run(run, cancellation);
            // A run that goes on elsewhere stays this step's claim, and is asked for again.
            if (receipt.State == RunActivity.DetachedState) return Wait(step, hub.Options.Backstop);
            // So does one whose slice has ended; it goes on in the next activity.
            if (receipt.State == RunActivity.SlicedState) return new WorkOutput("more", step);
            step++;
            // A process that is going away begins nothing new: what it ended just now went back into the queue.
            if (receipt.Wake is not null || hub.Leaving || step - input.Step >= MaxPacked || hub.Time.GetElapsedTime(begun) >= hub.Options.PackFor)
                return new WorkOutput("more", step, Wake: receipt.Wake);
        }
    }

    /// <summary>The first half of a step of <see cref="Work"/>: the claim. The same step gets the same claim again.</summary>
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

    /// <summary>The second half: executes a claimed run and records how it ended.</summary>
    public Task<RunReceipt> Run(RunInput input, CancellationToken cancellation) => _run.Run(input, cancellation);

    private static WorkOutput Wait(int step, TimeSpan atMost) => new("wait", step, (int)Math.Max(1, atMost.TotalMilliseconds));

    private static Decision<AdvanceOutput> DecideAdvance(SweepSession session, SweepState state, AdvanceInput input)
    {
        if (state.Round?.Round != input.Round) return Answer(new AdvanceOutput("fenced"));
        if (state.End is not null) return Answer(new AdvanceOutput("ended"));
        if (state.IsPaused && state.Cancel is null) return Answer(new AdvanceOutput("paused"));
        if (Handout.Advance(state, session.Algorithm) is { Count: > 0 } next) return new(next, null);
        if (state.Running.Count > state.Detached().Count())
            throw new InvalidOperationException($"all lanes of stage {state.Stage!.Index} have ended, but these runs are still under way: {string.Join(", ", state.Running.Take(5))}");
        return Answer(new AdvanceOutput("stage", state.Stage!.Index, LanesOf(state)));
    }

    // A lane costs a durable host an instance, so there are no more of them than runs to do: after search these are known.
    private static int LanesOf(SweepState state) => state.InStage(StageKind.Search)
        ? state.Lanes
        : Math.Clamp(state.RunsOf(state.Stage!.Index).Count(r => r.Phase != RunPhase.Ended), 1, state.Lanes);

    private static Decision<T> Answer<T>(T answer)
        where T : class => new([], answer);
}
