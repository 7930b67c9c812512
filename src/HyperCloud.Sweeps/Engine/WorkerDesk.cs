using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>A run in the hands of a worker outside (SEMANTICS §7).</summary>
public sealed record HandedRun
{
    /// <summary>Which run.</summary>
    public required RunKey Run { get; init; }

    /// <summary>Its configuration.</summary>
    public required Assignment Assignment { get; init; }

    /// <summary>Its seed.</summary>
    public required int Seed { get; init; }

    /// <summary>The task to run on; null in a sweep without tasks.</summary>
    public TaskSpec? Task { get; init; }

    /// <summary>The metric that will be taken as the result.</summary>
    public required string Metric { get; init; }

    /// <summary>The resource to run to; null without a stopping rule.</summary>
    public double? Resource { get; init; }

    /// <summary>The resource that the run's checkpoint is at; null when it begins anew.</summary>
    public double? ResumeFrom { get; init; }

    /// <summary>Fencing number.</summary>
    public required int Attempt { get; init; }

    /// <summary>How long the run may be silent.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>Lets its bearer report for this attempt.</summary>
    public required string Token { get; init; }
}

/// <summary>The answer to a worker that asked for runs.</summary>
/// <param name="Runs">Runs, at most as many as were asked for.</param>
/// <param name="Done">The sweep is over: there will be no more.</param>
/// <param name="Reason">Why there are fewer than asked for, in a sentence; empty when there are not.</param>
/// <param name="RetryAfter">When to ask again, where there may be more.</param>
public sealed record HandedRuns(IReadOnlyList<HandedRun> Runs, bool Done, string Reason, TimeSpan? RetryAfter);

/// <summary>
/// Hands runs of all three pools to workers outside, under a lease each. Who asks moves the sweep on, so a sweep without a <c>trial</c>
/// section needs no host at all; one that is hosted shares its queue with the workers.
/// </summary>
public sealed class WorkerDesk(SweepHub hub)
{
    /// <summary>Most runs of one request.</summary>
    public const int MostRuns = 100;

    /// <summary>Shortest lease.</summary>
    public static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(10);

    /// <summary>Longest lease.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromDays(1);

    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    /// <summary>Hands out runs.</summary>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="count">How many, 1 … <see cref="MostRuns"/>.</param>
    /// <param name="worker">What the worker calls itself, for people and the record.</param>
    /// <param name="lease">How long a run may be silent, <see cref="ShortestLease"/> … <see cref="LongestLease"/>.</param>
    /// <param name="cancellation">Cancels the call; what was handed out by then comes back when its lease ends.</param>
    public async ValueTask<HandedRuns> Ask(string sweep, int count, string worker, TimeSpan lease, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostRuns);
        SweepSession session = hub.Session(sweep);
        DateTimeOffset lastWord = await session.Read(s => s.LastAt, cancellation);
        await hub.Remote.Reap(sweep, cancellation);
        // Its own decision, by the log's clock: the time that nobody worked is not the sweep's. The token is a fact, as with hosts: no decision reads it.
        await session.Decide<object>((state, _) => NeedsRound(state, lastWord)
            ? new([new SweepEvent.RoundOpened((state.Round?.Round ?? 0) + 1, Guid.NewGuid().ToString("N"), hub.Options.Host)], this)
            : new([], this), cancellation, hosted: false);
        List<HandedRun> runs = [];
        while (runs.Count < count)
        {
            NextOutput next = await session.Decide((state, active) => Next(session, state, active, worker), cancellation, hosted: await IsHostless(session, cancellation));
            if (next.Kind != "run") break;
            if (!RunKey.TryParse(next.Run, out RunKey key)) throw new InvalidOperationException($"'{next.Run}' is not a run");
            await hub.Remote.Detach(sweep, key, next.Attempt, worker, null, lease, cancellation);
            string token = await hub.Tokens.Make(sweep, next.Run!, next.Attempt, cancellation);
            runs.Add(await session.Read(s => Describe(s, key, next.Attempt, lease, token), cancellation));
        }

        await hub.Remote.Advance(sweep, cancellation);
        return await session.Read(s => runs.Count == count ? new HandedRuns(runs, s.End is not null, "", null)
            : s.End is { } end ? new(runs, true, $"the sweep is {end.Status}: {end.Reason}", null)
            : s.IsPaused ? new(runs, false, "the sweep is paused", TimeSpan.FromSeconds(30))
            : new HandedRuns(runs, false, $"nothing can be handed out before one of the {s.Running.Count} runs under way has ended", AskAgain), cancellation);
    }

    private Decision<NextOutput> Next(SweepSession session, SweepState state, long active, string worker)
    {
        if (state.End is not null || (state.IsPaused && state.Cancel is null)) return new([], new NextOutput("done"));
        if (Handout.Advance(state, session.Algorithm) is { Count: > 0 } advance) return new(advance, null);
        return Handout.Next(state, session.Algorithm, active, new NextInput(state.Created!.Sweep, state.Round!.Round, state.Stage!.Index, Handout.Outside, state.OutsideClaims), worker);
    }

    // Without a host nobody opens rounds, and the sweep's clock must not run on while no worker is there.
    private bool NeedsRound(SweepState state, DateTimeOffset lastWord) => state.End is null
        && (state.Round is null || (state.Spec.Trial is null && state.Running.Count == 0 && hub.Time.GetUtcNow() - lastWord > Idle));

    private static async ValueTask<bool> IsHostless(SweepSession session, CancellationToken cancellation) =>
        await session.Read(s => s.Spec.Trial is null, cancellation);

    private static HandedRun Describe(SweepState state, RunKey key, int attempt, TimeSpan lease, string token)
    {
        RunRecord run = state.Run(key)!;
        return new HandedRun
        {
            Run = key,
            Assignment = state.Trials[key.Trial].Assignment,
            Seed = run.Seed,
            Task = state.Spec.TaskOf(key.Task),
            Metric = RunActivity.MetricOf(state.Spec, key.Pool),
            Resource = run.Resource,
            ResumeFrom = Checkpoints.Before(state, key)?.Resource,
            Attempt = attempt,
            Lease = lease,
            Token = token,
        };
    }
}
