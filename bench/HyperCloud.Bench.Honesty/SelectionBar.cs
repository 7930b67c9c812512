using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Sweeps;

namespace HyperCloud.Bench.Honesty;

/// <summary>Bar 1: whether the number in the headline is the champion's true performance, over whole sweeps with known truth.</summary>
internal static class SelectionBar
{
    private const int Sweeps = 2000, Trials = 100;

    public static void Print()
    {
        Console.WriteLine($"{Sweeps} sweeps a row, each {Trials} random configurations whose true values are standard normal, default selection (race, 80 runs of 8) and evaluation (20 seeds).");
        Console.WriteLine("Every decision is the engine's, and the number is the report's. Errors in sd of the noise of one run; below 0: looks better than it is (a loss).");
        Console.WriteLine();
        Console.WriteLine("| noise sd | mean of (reported − true) | its standard error | mean absolute error | 0.80/√n | covered by the 95 % interval | selection's value | single seed, best of 100 | champion's regret, sd of configurations |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (double noise in new[] { 0.5, 1, 2 }) Row($"{noise}", noise, (sweep, truth) => new GaussianRuns(sweep, noise, truth));
        Console.WriteLine();
        Console.WriteLine($"The same with splits of finite data: {FiniteData.Rows} rows, whose losses differ by row and configuration (sd {FiniteData.RowNoise}), test splits of a fifth, training noise sd {FiniteData.Training}; one run: sd {FiniteData.Noise:0.00}. True is the value over all data there could be.");
        Console.WriteLine();
        Console.WriteLine("| data | mean of (reported − true) | its standard error | mean absolute error | 0.80/√n | covered by the 95 % interval | selection's value | single seed, best of 100 | champion's regret, sd of configurations |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        Row("no holdout: evaluation draws splits of the rows search has read", FiniteData.Noise, (sweep, truth) => new FiniteData(sweep, truth, holdout: false));
        Row($"outer holdout: evaluation on {FiniteData.Outer} rows nobody has read", FiniteData.Noise, (sweep, truth) => new FiniteData(sweep, truth, holdout: true));
    }

    private static void Row(string name, double noise, Func<ulong, Func<int, double>, IRuns> world)
    {
        double sum = 0, squares = 0, absolute = 0, selection = 0, single = 0, regret = 0;
        int covered = 0, n = 0;
        for (int i = 0; i < Sweeps; i++)
        {
            var sweep = new PlainSweep(Spec((ulong)i));
            IRuns runs = world((ulong)i, t => Truth(sweep.State.Trials[t].Assignment));
            SweepReport report = ReportBuilder.Build(sweep.Play(runs.Value));
            ReportTrial champion = report.Champion!;
            double truth = Truth(sweep.State.Trials[champion.Number].Assignment), error = (champion.Evaluation!.Pool.Value!.Value - truth) / noise;
            n = champion.Evaluation.Pool.Completed;
            sum += error;
            squares += error * error;
            absolute += Math.Abs(error);
            if (champion.Evaluation.Interval.Low <= truth && truth <= champion.Evaluation.Interval.High) covered++;
            selection += (champion.Selection!.Value!.Value - truth) / noise;
            TrialRecord best = sweep.State.Trials.MinBy(t => t.SearchResults.First().Result!.Value!.Value)!;
            single += (best.SearchResults.First().Result!.Value!.Value - Truth(best.Assignment)) / noise;
            regret += truth - sweep.State.Trials.Min(t => Truth(t.Assignment));
        }

        double mean = sum / Sweeps, se = Math.Sqrt((squares / Sweeps - mean * mean) / Sweeps);
        Console.WriteLine($"| {name} | {mean:+0.0000;−0.0000} | {se:0.0000} | {absolute / Sweeps:0.000} | {0.80 / Math.Sqrt(n):0.000} | {100.0 * covered / Sweeps:0.0} % | {selection / Sweeps:+0.000;−0.000} | {single / Sweeps:+0.00;−0.00} | {regret / Sweeps:0.000} |");
    }

    private static double Truth(Assignment assignment) => NormalDistribution.Quantile(assignment["u"]!.Value.AsNumber());

    private static SweepSpec Spec(ulong seed) => new()
    {
        Name = "honest",
        Objective = new ObjectiveSpec { Metric = "loss" },
        Space = new Space([new FloatParameter("u", 1e-9, 1 - 1e-9)]),
        Search = new SearchSpec { Algorithm = "random", Seed = seed },
        Limits = new LimitsSpec { Trials = Trials, Parallel = 1 },
        Trial = new TrialSpec { Runner = "known", Options = JsonDocument.Parse("{}").RootElement },
    };

    /// <summary>What a run gives.</summary>
    private interface IRuns
    {
        double Value(RunRecord run);
    }

    private sealed class GaussianRuns(ulong sweep, double noise, Func<int, double> truth) : IRuns
    {
        public double Value(RunRecord run) => truth(run.Key.Trial) + noise * new RandomStream((uint)run.Seed | sweep << 32, StreamPurpose.Run, (ulong)run.Key.Trial).NextNormal();
    }

    private sealed class FiniteData(ulong sweep, Func<int, double> truth, bool holdout) : IRuns
    {
        public const int Rows = 500, Outer = 100;
        public const double RowNoise = 5, Training = 0.5;

        private readonly Dictionary<int, double[]> _rows = [];

        public static double Noise => Math.Sqrt(Training * Training + RowNoise * RowNoise / Outer);

        public double Value(RunRecord run)
        {
            double[] rows = RowsOf(run.Key.Trial);
            var random = new RandomStream((uint)run.Seed | sweep << 32, StreamPurpose.Run);
            var own = new RandomStream((uint)run.Seed | sweep << 32, StreamPurpose.Run, 1 + (ulong)run.Key.Trial);
            // Rows 0 … Outer − 1 are the outer part where there is one; the split is the seed's, the same for every configuration.
            int from = holdout && run.Key.Pool != SeedPool.Evaluation ? Outer : 0, count = holdout && run.Key.Pool == SeedPool.Evaluation ? Outer : Rows - from;
            int[] order = [.. Enumerable.Range(from, count)];
            random.Shuffle<int>(order);
            int test = holdout && run.Key.Pool == SeedPool.Evaluation ? Outer : count / 5;
            return truth(run.Key.Trial) + order.Take(test).Average(i => rows[i]) + Training * own.NextNormal();
        }

        private double[] RowsOf(int trial)
        {
            if (_rows.TryGetValue(trial, out double[]? rows)) return rows;
            var random = new RandomStream(sweep, StreamPurpose.Run, 1_000_000 + (ulong)trial);
            return _rows[trial] = [.. Enumerable.Range(0, Rows).Select(_ => RowNoise * random.NextNormal())];
        }
    }
}

/// <summary>
/// A sweep on one lane without host, store and clock: the engine's pure decisions on the engine's folded state, in the order in which a lane
/// asks for them. Some thousand of these are played in the time of a few through a host.
/// </summary>
internal sealed class PlainSweep
{
    private readonly ISearchAlgorithm _algorithm;

    public PlainSweep(SweepSpec spec)
    {
        _algorithm = StageDecisions.SearchOf(spec);
        Apply(new SweepEvent.Created
        {
            Sweep = spec.Name,
            Identity = SpecDigest.Identity(spec),
            Spec = JsonDocument.Parse(SpecWriter.ToJson(spec)).RootElement,
            Parallel = 1,
            EvaluationFrom = 0,
            Holdout = "no-data",
            EngineVersion = SweepService.EngineVersion,
            Product = SweepService.Product,
            Inputs = ImmutableArray<RunnerInput>.Empty,
        });
        Apply(new SweepEvent.RoundOpened(1, "", ""));
    }

    public SweepState State { get; } = new();

    public SweepState Play(Func<RunRecord, double> value)
    {
        int step = 0;
        while (State.End is null)
        {
            if (StageDecisions.Next(State, _algorithm) is { } next) Apply(next);
            else if (Racing.EliminateEarly(State) is { } worse) Apply(worse);
            else if (State.FirstQueued is { } run) Run(run, step++, value);
            else Apply(SearchDecisions.Confirm(State) ?? SearchDecisions.End(State, 0) ?? (SweepEvent?)SearchDecisions.Suggest(State, _algorithm, 1).Event!);
        }

        return State;
    }

    private void Run(RunRecord run, int step, Func<RunRecord, double> value)
    {
        Apply(new SweepEvent.Started(run.Key.ToString(), 1, run.Seed, State.Stage!.Index, 1, 0, step));
        Apply(new SweepEvent.Ended { Run = run.Key.ToString(), Attempt = 1, State = RunState.Completed, Value = value(run), DurationMs = 0, Code = "completed", Reason = "", Then = Consequence.Final });
    }

    private void Apply(SweepEvent e) => State.Apply(new LogEntry(State.Seq + 1, DateTimeOffset.UnixEpoch, 0, e));
}
