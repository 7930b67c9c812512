using System.Diagnostics;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Bench.Honesty;

/// <summary>Bar 5: whether importance finds what is known in closed form, and leaves alone what does nothing.</summary>
internal static class ImportanceBar
{
    private const int Sweeps = 40, Verdicts = 250;

    public static void Print()
    {
        Console.WriteLine($"Spearman's rank correlation of main effects and interactions (in whole per cent) with the truth, mean (and least) of {Sweeps} random searches; noise in sd of the function.");
        Console.WriteLine();
        Console.WriteLine("| function | trials | without noise | noise 0.25 | noise 0.5 | mean error of a share, without noise | Gaussian process chosen |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (KnownFunction function in KnownFunction.All)
            foreach (int trials in new[] { 100, 200 }) Rank(function, trials);

        Console.WriteLine();
        Console.WriteLine("Ishigami's function, shares at 1,000 trials (true: S1 0.314, S2 0.442, S3 0, S13 0.244):");
        Console.WriteLine();
        ImportanceResult ishigami = Of(KnownFunction.Ishigami, 1000, 0, 1);
        Console.WriteLine($"S1 {ishigami.Parameters[0].Fraction:0.000}, S2 {ishigami.Parameters[1].Fraction:0.000}, S3 {ishigami.Parameters[2].Fraction:0.000}, S13 {ishigami.Pairs[0].Fraction:0.000} ({ishigami.Pairs[0].First} × {ishigami.Pairs[0].Second}), R² {ishigami.RSquared:0.000}");

        Console.WriteLine();
        Console.WriteLine($"Verdicts: y = 3 (x − 0.4)² + effect of c + 2 x z + noise 0.3, with four parameters that do nothing; {Verdicts} sweeps a row, level 0.02.");
        Console.WriteLine();
        Console.WriteLine("| search | trials | no effect shown for one that does nothing | effect of x shown | of c | of z |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (string algorithm in new[] { "random", "tpe", "cmaes", "gp" })
            foreach (int trials in new[] { 50, 100, 200 })
                if (algorithm != "gp" || trials == 50) Verdict(algorithm, trials, algorithm == "gp" ? 60 : Verdicts);

        Console.WriteLine();
        var wide = new Space(Enumerable.Range(0, 16).Select(i => new FloatParameter($"p{i}", 0, 1)));
        foreach (double noise in new[] { 0, 1.0 })
        {
            List<ImportanceTrial> trials = Draw(wide, 500, u => u.Select((x, i) => x / (1 + i)).Sum(), noise, 1);
            long start = Stopwatch.GetTimestamp();
            ImportanceResult result = Importance.Of(wide, trials, Goal.Minimize, 1);
            Console.WriteLine($"500 trials of 16 parameters that all matter, noise {noise}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s on one thread ({result.Model}, R² {result.RSquared:0.00}).");
        }
    }

    private static ImportanceResult Of(KnownFunction function, int trials, double noise, ulong seed) =>
        Importance.Of(function.Space, Draw(function.Space, trials, function.Value, noise * function.Deviation, seed), Goal.Minimize, seed, new ImportanceOptions { Permutations = 1, Pairs = 66, Surfaces = 0, CurvePoints = 0 });

    private static void Rank(KnownFunction function, int trials)
    {
        List<string> cells = [];
        double error = 0, processes = 0;
        foreach (double noise in new[] { 0, 0.25, 0.5 })
        {
            List<double> correlations = [];
            for (ulong s = 0; s < Sweeps; s++)
            {
                ImportanceResult result = Of(function, trials, noise, 1000 + s);
                if (result.Model == EffectModel.GaussianProcess) processes += 1.0 / (3 * Sweeps);
                (double Truth, double Found)[] shares =
                [
                    .. result.Parameters.Select((p, i) => (function.Mains[i], p.Fraction ?? 0)),
                    .. result.Pairs.Select(p => (function.Pairs.GetValueOrDefault((p.First, p.Second)), p.Fraction)),
                ];
                correlations.Add(Spearman([.. shares.Select(x => Math.Round(x.Truth, 2))], [.. shares.Select(x => Math.Round(x.Found, 2))]));
                if (noise == 0) error += shares.Average(x => Math.Abs(x.Truth - x.Found)) / Sweeps;
            }

            cells.Add($"{correlations.Average():0.000} ({correlations.Min():0.00})");
        }

        Console.WriteLine($"| {function.Name} | {trials} | {string.Join(" | ", cells)} | {error:0.000} | {100 * processes:0} % |");
    }

    private static void Verdict(string algorithm, int trials, int sweeps)
    {
        var space = new Space(
        [
            new FloatParameter("x", 0, 1), new CategoricalParameter("c", [.. "abc".Select(c => ParameterValue.Of($"{c}"))]), new FloatParameter("z", 0, 1),
            new FloatParameter("flat", 1e-3, 1) { Log = true }, new CategoricalParameter("idle", [ParameterValue.Of("p"), ParameterValue.Of("q")]), new IntParameter("still", 1, 300), new FloatParameter("calm", 0, 1),
        ]);
        int[] shown = new int[space.Count];
        for (ulong s = 0; s < (ulong)sweeps; s++)
        {
            ImportanceTrial[] found = Search(space, algorithm, trials, s);
            ImportanceResult result = Importance.Of(space, found, Goal.Minimize, s, new ImportanceOptions { Trees = 0, Pairs = 0, CurvePoints = 0 });
            for (int p = 0; p < shown.Length; p++) shown[p] += result.Parameters[p].Verdict == ImportanceVerdict.EffectShown ? 1 : 0;
        }

        double quiet = 1 - shown[3..].Sum() / (4.0 * sweeps);
        Console.WriteLine($"| {algorithm} | {trials} | {100 * quiet:0.0} % | {100.0 * shown[0] / sweeps:0} % | {100.0 * shown[1] / sweeps:0} % | {100.0 * shown[2] / sweeps:0} % |");
    }

    private static ImportanceTrial[] Search(Space space, string name, int trials, ulong seed)
    {
        ISearchAlgorithm algorithm = SearchAlgorithms.Create(name);
        List<Observation> observations = [];
        for (int t = 0; t < trials; t++)
        {
            Assignment a = algorithm.Suggest(new SearchContext { Space = space, Seed = seed, FirstTrial = t, Observations = observations, Pending = [], Budget = trials }, 1).Suggestions[0].Assignment;
            double x = a["x"]!.Value.AsNumber(), z = a["z"]!.Value.AsNumber();
            double shift = a["c"]!.Value.ToString() switch { "a" => 0.5, _ => 0 };
            observations.Add(new(t, a, ObservationState.Completed, 3 * (x - 0.4) * (x - 0.4) + shift + 2 * x * z + 0.3 * new RandomStream(seed, StreamPurpose.Run, (ulong)t).NextNormal()));
        }

        return [.. observations.Select(o => new ImportanceTrial(o.Number, o.Assignment, o.Loss!.Value))];
    }

    private static List<ImportanceTrial> Draw(Space space, int count, Func<double[], double> value, double noise, ulong seed)
    {
        List<ImportanceTrial> trials = [];
        for (int i = 0; i < count; i++)
        {
            var random = new RandomStream(seed, StreamPurpose.Suggestion, (ulong)i);
            double[] u = [.. Enumerable.Range(0, space.Count).Select(_ => random.NextDouble())];
            trials.Add(new(i, space.FromUnit(u), value(u) + noise * random.NextNormal()));
        }

        return trials;
    }

    private static double Spearman(double[] a, double[] b)
    {
        double[] x = Ranks(a), y = Ranks(b);
        double mean = x.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }

        return yy == 0 ? 0 : xy / Math.Sqrt(xx * yy);
    }

    private static double[] Ranks(double[] values) => [.. values.Select(v => values.Count(o => o < v) + (values.Count(o => o == v) - 1) / 2.0)];
}
