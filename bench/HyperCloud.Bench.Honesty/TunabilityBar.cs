using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Bench.Honesty;

/// <summary>Bar 6: whether the gain that a tunability sweep reports is the true one, over whole sweeps with known truth.</summary>
internal static class TunabilityBar
{
    private const int Sweeps = 400;

    public static void Print()
    {
        Console.WriteLine($"{Sweeps} sweeps a row through the engine's decisions: loss = a-term + b-term + interaction; noise sd 1. Default a = b = 0.8, k = p.");
        Console.WriteLine("20 trials each, 40 together, the best 3 on 10 selection seeds, winner and default on 20 evaluation seeds. In sd of the noise of one run.");
        Console.WriteLine();
        Console.WriteLine("| algorithm | tuned | true tunability | mean reported gain | mean of (reported − winner's true gain) | interval covers the winner's true gain | … the true tunability | best search value less the default's (what one run each would say) | effect shown | no effect shown |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (string algorithm in new[] { "random", "tpe" }) Rows(algorithm, 20);
        Console.WriteLine();
        Console.WriteLine("The same with 200 evaluation seeds (`random`):");
        Console.WriteLine();
        Console.WriteLine("| algorithm | tuned | true tunability | mean reported gain | mean of (reported − winner's true gain) | interval covers the winner's true gain | … the true tunability | best search value less the default's (what one run each would say) | effect shown | no effect shown |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        Rows("random", 200);
    }

    private static void Rows(string algorithm, int seeds)
    {
        List<Tally> tallies = [];
        for (int i = 0; i < Sweeps; i++)
        {
            var sweep = new PlainSweep(Spec(algorithm, (ulong)i, seeds));
            SweepState state = sweep.Play(run => Truth(sweep.State.Trials[run.Key.Trial].Assignment)
                + new RandomStream((uint)run.Seed | (ulong)i << 32, StreamPurpose.Run, (ulong)run.Key.Trial).NextNormal());
            ReportTuned[] tuned = [.. ReportBuilder.Build(state).Tunability!];
            for (int g = 0; g < tuned.Length; g++)
            {
                if (tallies.Count == g) tallies.Add(new(string.Join(" + ", tuned[g].Parameters)));
                tallies[g].Add(state, tuned[g]);
            }
        }

        foreach (Tally t in tallies) t.Print(algorithm);
    }

    private static double Truth(Assignment x)
    {
        double a = x["a"]!.Value.AsNumber() - 0.3, b = x["b"]!.Value.AsNumber() - 0.3;
        double k = x["k"]!.Value.ToString() switch { "p" => 0, "q" => -0.3, _ => 0.3 };
        // At the default a = 0.8 and b = 0.8: 8 · 0.25 = 2 and 2 · 0.25 = 0.5, and 1 · 0.25 for both.
        return 8 * a * a + 2 * b * b + a * b + k;
    }

    // Of single parameters in closed form; the least of 8 a² + 2 b² + a b is 0, at 0.
    private static double TrueTunability(string tuned) => tuned switch
    {
        "a" => 2.75 - (0.5 - 0.25 / 32),   // 8 a² + a/2 + 1/2 is least at −1/32
        "b" => 2.75 - (2 - 0.25 / 8),      // 2 b² + b/2 + 2 is least at −1/8
        "k" => 0.3,
        "a + b" => 2.75,
        "flat" or "idle" => 0,
        _ => 3.05,
    };

    private static SweepSpec Spec(string algorithm, ulong seed, int seeds) => new()
    {
        Name = "tunable",
        Objective = new ObjectiveSpec { Metric = "loss" },
        Space = new Space(
        [
            new FloatParameter("a", 0, 1) { Default = ParameterValue.Of(0.8) }, new FloatParameter("b", 0, 1) { Default = ParameterValue.Of(0.8) },
            new CategoricalParameter("k", [ParameterValue.Of("p"), ParameterValue.Of("q"), ParameterValue.Of("r")]) { Default = ParameterValue.Of("p") },
            new FloatParameter("flat", 1e-4, 1) { Log = true, Default = ParameterValue.Of(0.1) }, new IntParameter("idle", 1, 20) { Default = ParameterValue.Of(10L) },
        ]),
        Search = new SearchSpec { Algorithm = algorithm, Seed = seed },
        Limits = new LimitsSpec { Trials = 1000, Parallel = 1 },
        Seeds = new SeedsSpec { Evaluation = new EvaluationSpec { Seeds = seeds } },
        Tunability = new TunabilitySpec { Pairs = "a+b" },
        Trial = new TrialSpec { Runner = "known", Options = JsonDocument.Parse("{}").RootElement },
    };

    private sealed class Tally(string tuned)
    {
        private int _count, _winner, _truth, _shown, _none;
        private double _gain, _bias, _naive;

        public void Add(SweepState state, ReportTuned row)
        {
            double truth = TrueTunability(tuned), winner = Truth(state.Trials[row.Baseline].Assignment) - Truth(state.Trials[row.Winner!.Value].Assignment), gain = row.Gain!.Value!.Value;
            _count++;
            _gain += gain;
            _bias += gain - winner;
            if (row.Gain.Interval.Low <= winner && winner <= row.Gain.Interval.High) _winner++;
            if (row.Gain.Interval.Low <= truth && truth <= row.Gain.Interval.High) _truth++;
            if (row.Verdict == TunabilityVerdict.EffectShown) _shown++;
            if (row.Verdict == TunabilityVerdict.NoEffectShown) _none++;
            // Which group a trial is of stands before its reason.
            _naive += Search(state, row.Baseline) - state.Trials.Where(t => t.Reason.StartsWith($"{tuned}: ", StringComparison.Ordinal)).Min(t => Search(state, t.Number));
        }

        public void Print(string algorithm) => Console.WriteLine($"| {algorithm} | {tuned} | {TrueTunability(tuned):0.00} | {_gain / _count:0.00} | {_bias / _count:+0.000;−0.000} | {100.0 * _winner / _count:0.0} % | {100.0 * _truth / _count:0.0} % | {_naive / _count:0.00} | {100.0 * _shown / _count:0} % | {100.0 * _none / _count:0} % |");

        private static double Search(SweepState state, int trial) => state.Trials[trial].SearchResults.First().Result!.Value!.Value;
    }
}
