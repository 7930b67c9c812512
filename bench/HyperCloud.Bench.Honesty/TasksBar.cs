using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Bench.Honesty;

/// <summary>How often the intervals over tasks × runs, and of the probability of improvement, cover the truth.</summary>
internal static class TasksBar
{
    private const int Samples = 2_000, Population = 200_000;

    private static readonly (string Name, Func<RandomStream, double> Draw)[] s_noises =
    [
        ("normal", r => r.NextNormal()),
        ("uniform", r => (r.NextDouble() - 0.5) * Math.Sqrt(12)),
        ("lognormal(1)", r => (Math.Exp(r.NextNormal()) - Math.Exp(0.5)) / 2.16),
        ("a tenth collapses by 20 sd", r => r.NextNormal() + (r.NextDouble() < 0.1 ? 20 : 0)),
    ];

    public static void Print()
    {
        Console.WriteLine($"Share of {Samples} samples whose 95 % interval covers the interquartile mean over tasks × runs (standard error at 95 %: 0.5 points). Tasks apart by 0, 1 and 5 sd of a run: least to most.");
        Console.WriteLine();
        int[] runs = [3, 5, 10, 20];
        Console.WriteLine($"| noise, tasks | {string.Join(" | ", runs.Select(n => $"n = {n} each"))} |");
        Console.WriteLine($"|---|{string.Concat(runs.Select(_ => "---|"))}");
        foreach ((string name, Func<RandomStream, double> draw) in s_noises)
        {
            foreach (int tasks in new[] { 3, 10 })
            {
                string[] cells = [.. runs.Select(n =>
                {
                    double[] covered = [.. new[] { 0.0, 1, 5 }.Select(apart => Iqm(draw, tasks, n, apart))];
                    return $"{covered.Min() * 100:0.0}–{covered.Max() * 100:0.0}";
                })];
                Console.WriteLine($"| {name}, {tasks} | {string.Join(" | ", cells)} |");
            }
        }

        Console.WriteLine();
        Console.WriteLine($"The same for the probability of improvement θ; normal runs, of which seeds share nothing or four fifths of the variance: least to most.");
        Console.WriteLine();
        double[] thetas = [0.5, 0.7, 0.85, 0.95];
        Console.WriteLine($"| seeds | {string.Join(" | ", thetas.Select(t => $"θ = {t}"))} |");
        Console.WriteLine($"|---|{string.Concat(thetas.Select(_ => "---|"))}");
        foreach (int seeds in new[] { 5, 10, 20, 50 })
        {
            Console.WriteLine($"| {seeds} | {string.Join(" | ", thetas.Select(t =>
            {
                double[] covered = [Improvement(t, seeds, 0), Improvement(t, seeds, 0.8)];
                return $"{covered.Min() * 100:0.0}–{covered.Max() * 100:0.0}";
            }))} |");
        }
    }

    private static double Iqm(Func<RandomStream, double> draw, int tasks, int n, double apart)
    {
        double[] centers = [.. Enumerable.Range(0, tasks).Select(k => apart * NormalDistribution.Quantile((k + 0.5) / tasks))];
        var statistic = new StatisticSpec(StatisticKind.Iqm);
        var random = new RandomStream((ulong)((tasks * 1000) + n), StreamPurpose.Run, (ulong)apart);
        double truth = Aggregate.Of(statistic, Goal.Minimize, [.. Enumerable.Range(0, Population).Select(i => centers[i % tasks] + draw(random))]);
        int covered = 0;
        for (int s = 0; s < Samples; s++)
        {
            Interval interval = Intervals.OfTasks(statistic, Goal.Minimize, [.. centers.Select(c => (IReadOnlyList<double>)[.. Enumerable.Range(0, n).Select(_ => c + draw(random))])]);
            if (interval.Low <= truth && truth <= interval.High) covered++;
        }

        return (double)covered / Samples;
    }

    private static double Improvement(double theta, int seeds, double together)
    {
        double apart = NormalDistribution.Quantile(theta) * Math.Sqrt(2), own = Math.Sqrt(1 - together);
        var random = new RandomStream((ulong)seeds, StreamPurpose.Run, (ulong)(theta * 100) + (together > 0 ? 1000UL : 0));
        int covered = 0;
        for (int s = 0; s < Samples; s++)
        {
            Interval interval = ImprovementProbability.Of(Goal.Minimize, [[.. Enumerable.Range(0, seeds).Select(_ =>
            {
                double common = Math.Sqrt(together) * random.NextNormal();
                return ((double?)(common + (own * random.NextNormal())), (double?)(apart + common + (own * random.NextNormal())));
            })]]).Interval;
            if (interval.Low <= theta && theta <= interval.High) covered++;
        }

        return (double)covered / Samples;
    }
}
