using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Local;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Simulation;

/// <summary>One stage of a simulated sweep.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Trials">Trials with a run in it.</param>
/// <param name="Runs">Runs that were executed.</param>
/// <param name="Completed">Of those: with a value at their resource.</param>
/// <param name="Stopped">Ended by the stopping rule.</param>
/// <param name="Failed">Failed.</param>
/// <param name="WallTime">From its opening to its end.</param>
/// <param name="ComputeTime">Of all attempts together.</param>
internal sealed record StageOutcome(StageKind Kind, int Trials, int Runs, int Completed, int Stopped, int Failed, TimeSpan WallTime, TimeSpan ComputeTime);

/// <summary>A rung and how many trials come to it.</summary>
/// <param name="Resource">Its resource; the last is full length.</param>
/// <param name="Trials">Trials.</param>
internal sealed record RungOutcome(double Resource, int Trials);

/// <summary>What is kept of <c>limits.time</c> for later stages, by the run time assumed.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Evaluation">Reserved for evaluation.</param>
/// <param name="EvaluationRuns">Runs of it.</param>
/// <param name="Selection">Reserved for selection.</param>
/// <param name="SelectionRuns">Runs of it.</param>
internal sealed record Reserves(TimeSpan Limit, TimeSpan Evaluation, int EvaluationRuns, TimeSpan Selection, int SelectionRuns);

/// <summary>What it would cost on Azure.</summary>
/// <param name="Basis">By what it is counted.</param>
/// <param name="Lines">The sweep.</param>
/// <param name="Attempts">Attempts of runs in it.</param>
/// <param name="Evaluation">Kept of <c>limits.cost</c> for evaluation.</param>
/// <param name="Selection">Kept of it for selection.</param>
/// <param name="Night">One robustness sweep; null without a schedule.</param>
internal sealed record CostForecast(CostBasis Basis, CostLines Lines, int Attempts, decimal Evaluation, decimal Selection, decimal? Night);

/// <summary>What a sweep would do.</summary>
internal sealed record Forecast
{
    /// <summary>The sweep's record at its end.</summary>
    public required SweepState State { get; init; }

    public required ImmutableArray<StageOutcome> Stages { get; init; }

    /// <summary>Empty without early stopping.</summary>
    public required ImmutableArray<RungOutcome> Rungs { get; init; }

    /// <summary>Resource that search spends.</summary>
    public required double ResourceSpent { get; init; }

    /// <summary>Resource it would spend if every trial ran to full length.</summary>
    public required double ResourceToTheEnd { get; init; }

    public required TimeSpan WallTime { get; init; }

    public required TimeSpan ComputeTime { get; init; }

    public required CostForecast Cost { get; init; }

    /// <summary>Null without <c>limits.time</c>.</summary>
    public Reserves? Reserves { get; init; }
}

/// <summary>Runs a sweep with the real workflows, but in virtual time, on a store in memory, and with a stand-in for its runner.</summary>
internal static class SimulatedRun
{
    private const string Id = "simulated";

    /// <summary>Simulates a sweep to its end.</summary>
    /// <param name="spec">Its spec.</param>
    /// <param name="real">The runner that the stand-in replaces; null: none is named.</param>
    /// <param name="assumed">What is assumed of runs.</param>
    public static Forecast Run(SweepSpec spec, IRunner? real, Assumptions assumed)
    {
        // Invented values know nothing of a target or of bounds: they must not end the search.
        // Nor of the metrics of constraints; and the store in memory holds no earlier sweep.
        spec = spec with { Constraints = [], WarmStart = null, Objective = spec.Objective with { Target = null, Bounds = null }, Trial = spec.Trial ?? new TrialSpec { Runner = "stand-in", Options = System.Text.Json.JsonDocument.Parse("{}").RootElement } };
        var clock = new VirtualClock();
        var runner = new StandInRunner(spec, real, assumed, clock);
        var hub = new SweepHub(new MemoryStore(), new Dictionary<string, IRunner> { [spec.Trial.Runner] = runner }, clock,
            new HubOptions { WorkRoot = Path.GetFullPath("simulated"), Host = "simulation", RefreshInterval = TimeSpan.Zero, PackFor = assumed.Pack, Costs = assumed.Costs });
        var log = new Ledger();
        hub.Folded += (_, state, entry) => log.Note(state, entry);
        Now(new SweepService(hub).Create(Id, spec, Path.GetFullPath("."), [], CancellationToken.None));
        LocalHost.CreatePump(hub).Run(Workflows.Sweep, Id, new SweepTurn(Id, 0, "simulation", ReturnWhenPaused: true), CancellationToken.None);
        SweepState end = Now(hub.Session(Id).Read(s => s, CancellationToken.None));
        return new Forecast
        {
            State = end,
            Stages = [.. end.Stages.Select(s => log.Outcome(end, s))],
            Rungs = end.Stopping is { } plan ? [.. Enumerable.Range(0, plan.Ladder.Top + 1).Select(r => new RungOutcome(plan.Ladder[r], log.Reached(r)))] : [],
            ResourceSpent = runner.SearchResource,
            ResourceToTheEnd = end.Trials.Sum(t => t.SearchResults.Count()) * (spec.EarlyStopping?.Max ?? 1),
            WallTime = clock.Elapsed,
            ComputeTime = log.ComputeTime,
            Cost = Price(end, log.Attempts, assumed),
            Reserves = spec.Limits.Time is { } limit ? Reserve(end, limit, assumed) : null,
        };
    }

    private static CostForecast Price(SweepState end, int attempts, Assumptions assumed)
    {
        CostBasis basis = end.Created!.Costs!;
        decimal run = Budget.Price(end, 1) ?? basis.PriceOf(assumed.RunTime.TotalMilliseconds);
        return new(basis, end.Used.At(basis.Prices), attempts, run * Budget.EvaluationRuns(end), run * Budget.SelectionRuns(end),
            end.Spec.Schedule is { } schedule ? run * Schedules.RunsOfANight(end, schedule) : null);
    }

    private static Reserves Reserve(SweepState end, TimeSpan limit, Assumptions assumed)
    {
        int evaluation = Budget.EvaluationRuns(end), selection = Budget.SelectionRuns(end);
        return new(limit, Time(evaluation), evaluation, Time(selection), selection);

        TimeSpan Time(int runs) => Budget.Estimate(end, runs) is { } ms ? TimeSpan.FromMilliseconds(ms) : assumed.RunTime * Math.Ceiling((double)runs / end.Lanes);
    }

    /// <summary>On a store in memory whatever is asked for is done by the time it is returned.</summary>
    private static T Now<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("a store in memory answered late");

    /// <summary>Notes times and rungs from the record as it grows.</summary>
    private sealed class Ledger
    {
        private readonly Dictionary<int, DateTimeOffset> _opened = [], _closed = [];
        private readonly Dictionary<int, long> _computeMs = [];
        private readonly Dictionary<int, int> _rungOf = [];

        /// <summary>Attempts that have ended.</summary>
        public int Attempts { get; private set; }

        public TimeSpan ComputeTime => TimeSpan.FromMilliseconds(_computeMs.Values.Sum());

        public void Note(SweepState state, LogEntry entry)
        {
            switch (entry.Event)
            {
                case SweepEvent.StageOpened e:
                    _opened[e.Stage] = entry.At;
                    break;
                case SweepEvent.Reported e when RunKey.TryParse(e.Run, out RunKey key):
                    Reach(key.Trial, e.Rung);
                    break;
                case SweepEvent.Ended e when RunKey.TryParse(e.Run, out RunKey key) && state.Run(key) is { } run:
                    Attempts++;
                    _computeMs[run.Stage] = _computeMs.GetValueOrDefault(run.Stage) + e.DurationMs;
                    if (key.Pool == SeedPool.Search && run.Completed && state.Stopping is { } plan) Reach(key.Trial, run.IsSlice ? key.Rung : plan.Ladder.Top);
                    break;
            }

            // The last entry of a stage, but for that which opens the next one.
            if (state.Stage is { } stage) _closed[stage.Index] = entry.At;
        }

        public int Reached(int rung) => _rungOf.Values.Count(r => r >= rung);

        public StageOutcome Outcome(SweepState end, StageRecord stage)
        {
            RunRecord[] runs = [.. end.RunsOf(stage.Index).Where(r => r.Attempt > 0)];
            return new(stage.Kind, runs.Select(r => r.Key.Trial).Distinct().Count(), runs.Length, runs.Count(r => r.Completed), runs.Count(r => r.Result?.State == RunState.Stopped),
                runs.Count(r => r.Failed), _closed[stage.Index] - _opened[stage.Index], TimeSpan.FromMilliseconds(_computeMs.GetValueOrDefault(stage.Index)));
        }

        private void Reach(int trial, int rung) => _rungOf[trial] = Math.Max(rung, _rungOf.GetValueOrDefault(trial, -1));
    }
}
