using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Bench.Honesty;

/// <summary>Bar 2: how often the 95 % intervals cover the truth, and what the user is told where they do not.</summary>
internal static class CoverageBar
{
    private const int Replicates = 20_000;

    private static readonly int[] s_sizes = [3, 5, 6, 8, 10, 20, 50];

    private static readonly Law[] s_laws =
    [
        new("normal", true, NormalDistribution.Quantile),
        new("uniform", true, u => u),
        new("Laplace", true, u => u < 0.5 ? Math.Log(2 * u) : -Math.Log(2 * (1 - u))),
        new("t(2), no variance", true, u => (2 * u - 1) / Math.Sqrt(2 * u * (1 - u))),
        new("lognormal(0.5)", false, u => Math.Exp(0.5 * NormalDistribution.Quantile(u))),
        new("exponential", false, u => -Math.Log(1 - u)),
        new("lognormal(1)", false, u => Math.Exp(NormalDistribution.Quantile(u))),
        new("lognormal(1.5)", false, u => Math.Exp(1.5 * NormalDistribution.Quantile(u))),
        // The two parts do not overlap, so that the quantile can be written down.
        new("a tenth collapses by 20 sd", false, u => u < 0.9 ? NormalDistribution.Quantile(u / 0.9) : 20 + NormalDistribution.Quantile((u - 0.9) / 0.1)),
        new("a third collapses by 20 sd", false, u => u < 2.0 / 3 ? NormalDistribution.Quantile(u * 1.5) : 20 + NormalDistribution.Quantile((u - 2.0 / 3) * 3)),
    ];

    public static void Print()
    {
        Console.WriteLine($"Share of {Replicates} samples whose 95 % interval covers the statistic of the distribution (standard error at 95 %: 0.15 points).");
        var told = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var bars = new List<(string Bar, double Coverage, double Low, double High, string Cell)>();
        foreach (StatisticSpec statistic in (StatisticSpec[])[new(StatisticKind.Mean), new(StatisticKind.Iqm), new(StatisticKind.Trimmed), new(StatisticKind.Median), new(StatisticKind.Quantile, 0.8)])
        {
            Console.WriteLine();
            Console.WriteLine($"| {statistic} of | {string.Join(" | ", s_sizes.Select(n => $"n = {n}"))} |");
            Console.WriteLine($"|---|{string.Concat(s_sizes.Select(_ => "---|"))}");
            foreach (Law law in s_laws)
            {
                string row = $"| {law.Name} |";
                foreach (int n in s_sizes)
                {
                    Cell cell = Measure(statistic, law, n);
                    row += cell.WhyNone is not null ? " none |" : $" {cell.Coverage * 100:0.0}{(cell.Warned >= 0.005 ? $" (told: {cell.Warned * 100:0} %)" : "")} |";
                    if (cell.WhyNone is not null) told.TryAdd($"none, {statistic}, n = {n}", cell.WhyNone);
                    if (cell.Warning is not null) told.TryAdd($"warned, {statistic}, {law.Name}, n = {n}", cell.Warning);
                    if (cell.WhyNone is null) bars.AddRange(Bars(statistic, law, n).Select(b => (b.Bar, cell.Coverage, b.Low, b.High, $"{law.Name}, n = {n}")));
                }

                Console.WriteLine(row);
            }
        }

        Console.WriteLine();
        Console.WriteLine("In brackets: share of the samples whose interval comes with a warning. `none`: no interval is given, and why is said.");
        Console.WriteLine();
        Console.WriteLine("| bar | cells | least | most | missed |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var bar in bars.GroupBy(b => b.Bar))
        {
            string missed = string.Join("; ", bar.Where(b => b.Coverage < b.Low || b.Coverage > b.High).Select(b => $"{b.Cell}: {b.Coverage * 100:0.0}"));
            Console.WriteLine($"| {bar.Key} | {bar.Count()} | {bar.Min(b => b.Coverage) * 100:0.0} | {bar.Max(b => b.Coverage) * 100:0.0} | {(missed.Length == 0 ? "–" : missed)} |");
        }

        Console.WriteLine();
        Console.WriteLine("What the user is told, in the words of the code (first sample of a cell; of each wording one cell):");
        Console.WriteLine();
        foreach (var wording in told.GroupBy(t => new string([.. t.Value.Where(c => !char.IsDigit(c) && c != '.')]) + t.Key.Split(',')[1]).Select(g => g.First()).Take(24))
            Console.WriteLine($"- {wording.Key}: “{wording.Value}”");
    }

    private static IEnumerable<(string Bar, double Low, double High)> Bars(StatisticSpec statistic, Law law, int n)
    {
        if (statistic.Kind == StatisticKind.Iqm && n >= 10 && law.Symmetric) yield return ("IQM, n ≥ 10, symmetric: 93–97 %", 0.93, 0.97);
        if (statistic.Kind == StatisticKind.Iqm && n >= 8 && (law.Symmetric || law.Name is "lognormal(0.5)" or "lognormal(1)")) yield return ("IQM, n ≥ 8, up to lognormal(1): ≥ 90 %", 0.90, 1);
        // A standard error of simulation below the level still is the level.
        if (statistic.Kind == StatisticKind.Median) yield return ("median: ≥ 95 %", 0.95 - 0.0015, 1);
    }

    private static Cell Measure(StatisticSpec statistic, Law law, int n)
    {
        double truth = law.Truth(statistic);
        var random = new RandomStream((ulong)n, StreamPurpose.Run, (ulong)statistic.Kind);
        double[] values = new double[n];
        int covered = 0, warned = 0;
        string? warning = null;
        for (int i = 0; i < Replicates; i++)
        {
            for (int j = 0; j < n; j++) values[j] = law.Quantile(random.NextDouble() + 0.5 / (1UL << 53));
            Interval interval = Intervals.Of(statistic, Goal.Minimize, values);
            if (!interval.Exists) return new(0, 0, null, interval.WhyNone);
            if (interval.Low <= truth && truth <= interval.High) covered++;
            if (interval.Warning is null) continue;
            warned++;
            warning ??= interval.Warning;
        }

        return new((double)covered / Replicates, (double)warned / Replicates, warning, null);
    }

    private sealed record Cell(double Coverage, double Warned, string? Warning, string? WhyNone);

    private sealed record Law(string Name, bool Symmetric, Func<double, double> Quantile)
    {
        /// <summary>The statistic of the distribution: the mean of the quantiles between the shares that are cut.</summary>
        public double Truth(StatisticSpec statistic) => statistic.Kind switch
        {
            StatisticKind.Median => Quantile(0.5),
            StatisticKind.Quantile => Quantile(statistic.Argument!.Value),
            StatisticKind.Mean when Symmetric => Quantile(0.5),
            StatisticKind.Mean => Between(0),
            StatisticKind.Iqm => Between(0.25),
            _ => Between(0.2),
        };

        private double Between(double cut)
        {
            // In the logit, so that the tails are met finely too.
            const int steps = 400_000;
            double sum = 0, weights = 0, low = cut == 0 ? -36 : Math.Log(cut / (1 - cut));
            for (int i = 0; i < steps; i++)
            {
                double at = low * (1 - 2 * (i + 0.5) / steps), u = 1 / (1 + Math.Exp(-at)), weight = u * (1 - u);
                if (u is <= 0 or >= 1) continue;
                sum += weight * Quantile(u);
                weights += weight;
            }

            return sum / weights;
        }
    }
}
