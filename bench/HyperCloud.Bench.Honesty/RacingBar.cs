using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Bench.Honesty;

/// <summary>Bar 3: what the race saves at equal probability of correct selection, and how often it loses the best trial.</summary>
internal static class RacingBar
{
    private const int Trials = 8, MaxSeeds = 50, Worlds = 10_000, MostEqual = 150;

    public static void Print()
    {
        Savings();
        Console.WriteLine();
        Losses();
    }

    private static void Savings()
    {
        Console.WriteLine($"{Trials} trials with standard normal means, `maxSeeds: {MaxSeeds}`, {Worlds} worlds a cell. PCS: probability that the champion is the best trial.");
        Console.WriteLine("Ratio: runs that equal replication needs for the same PCS, divided by the mean of the runs used. Lost: the best trial was eliminated (race) or pruned.");
        Console.WriteLine();
        Console.WriteLine("| noise sd | procedure | runs used | PCS | equal replication: seeds each | ratio | lost |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach ((string name, double noise, double shared) in ((string, double, double)[])[("0.5", 0.5, 0), ("1", 1, 0), ("2", 2, 0), ("1, half of its variance common to all on a seed", 1, 0.5)])
        {
            // Equal replication in the same worlds, so that a ratio does not suffer from two draws of them.
            int[] right = new int[MostEqual + 1];
            var rows = new List<(string Name, Func<World, Played> Play, Tally Tally)>();
            foreach (int runs in new[] { 80, 120, 160, 200, 400 })
            {
                int budget = runs;
                rows.Add(($"race, sign, runs: {runs}", w => Procedures.Race(w, budget, MaxSeeds), new Tally()));
                rows.Add(($"race, sign, at the ends of rounds, runs: {runs}", w => Procedures.Race(w, budget, MaxSeeds, atOnce: false), new Tally()));
                rows.Add(($"race, symmetric, runs: {runs}", w => Procedures.Race(w, budget, MaxSeeds, RaceTest.Symmetric), new Tally()));
                rows.Add(($"SMAC-style intensification, runs: {runs}", w => Procedures.Smac(w, budget, MaxSeeds), new Tally()));
            }

            rows.Add(("Wilcoxon pruning, p < 0.1", w => Procedures.Wilcoxon(w, MaxSeeds), new Tally()));
            for (int i = 0; i < Worlds; i++)
            {
                var world = World.Normal((ulong)i, Trials, MostEqual, noise, shared);
                foreach ((_, Func<World, Played> play, Tally tally) in rows) tally.Add(play(world), world.Best);
                CountEqual(world, right);
            }

            foreach ((string procedure, _, Tally t) in rows)
            {
                double seeds = SeedsFor(right, t.Right), ratio = seeds * Trials / t.MeanRuns;
                string at = seeds >= MostEqual ? $"> {MostEqual}" : $"{seeds:0.0}";
                string lost = procedure.StartsWith("SMAC", StringComparison.Ordinal) ? "–" : $"{(double)t.Lost / t.Count:0.0000}";
                Console.WriteLine($"| {name} | {procedure} | {t.MeanRuns:0.0} | {(double)t.Right / t.Count:0.000} | {at} | {ratio:0.00} | {lost} |");
            }
        }
    }

    private static void Losses()
    {
        const double alpha = 0.05;
        Console.WriteLine($"How often the best of {Trials} trials is ever eliminated, α = {alpha}, {Worlds} races to {MaxSeeds} seeds with nobody set aside.");
        Console.WriteLine();
        Console.WriteLine("| world | sign | betting on [0, 1] | symmetric |");
        Console.WriteLine("|---|---|---|---|");
        foreach ((string name, string nulls, Func<RandomStream, double> best, Func<RandomStream, double> other) in NullWorlds())
        {
            string cells = "";
            foreach (RaceTest test in Enum.GetValues<RaceTest>())
            {
                int lost = 0;
                for (int i = 0; i < Worlds; i++)
                    if (Procedures.EverLosesTheBest(World.Laws((ulong)i, Trials, MaxSeeds, best, other), MaxSeeds, test, alpha, (0, 1))) lost++;
                bool own = nulls.Contains(test.ToString()[..2], StringComparison.Ordinal);
                cells += own ? $" {(double)lost / Worlds:0.0000} |" : $" ({(double)lost / Worlds:0.0000}) |";
            }

            Console.WriteLine($"| {name} |{cells}");
        }

        Console.WriteLine();
        Console.WriteLine("In brackets: the world is outside of the test's null, so that nothing is promised.");
    }

    // Which tests' nulls a world is in: Si, Be, Sy. All values in [0, 1].
    private static IEnumerable<(string Name, string Nulls, Func<RandomStream, double> Best, Func<RandomStream, double> Other)> NullWorlds()
    {
        yield return ("all equal, normal", "Si Be Sy", Normal, Normal);
        yield return ("all equal, a tenth collapses", "Si Be Sy", Collapse, Collapse);
        yield return ("all equal, lognormal(1)", "Si Be Sy", Skewed, Skewed);
        yield return ("all equal, two values (ties)", "Si Be Sy", r => r.NextInt(2), r => r.NextInt(2));
        yield return ("all equal, a fifth fails", "Si Be Sy", Failing, Failing);
        yield return ("best by mean only: worse on 9 seeds of 10, much better on the tenth", "Be", r => r.NextInt(10) == 0 ? 0.1 : 0.52, _ => 0.5);
        yield return ("equal means; the best is worse on 9 seeds of 10", "Be", r => r.NextInt(10) == 0 ? 0.32 : 0.52, _ => 0.5);
        yield return ("best on the typical seed only: better on 6 of 10, collapses on the others", "Si", r => r.NextInt(10) < 6 ? 0.4 : 1, _ => 0.5);
        yield return ("better on exactly half of the seeds, worse by more on the other half", "Si", r => r.NextInt(2) == 0 ? 0.45 : 0.9, _ => 0.5);

        static double Normal(RandomStream r) => Math.Clamp(0.5 + 0.1 * r.NextNormal(), 0, 1);
        static double Collapse(RandomStream r) => r.NextInt(10) == 0 ? 1 - 0.01 * r.NextDouble() : Normal(r);
        static double Skewed(RandomStream r) => Math.Min(1, 0.05 * Math.Exp(r.NextNormal()));
        static double Failing(RandomStream r) => r.NextInt(5) == 0 ? double.PositiveInfinity : Normal(r);
    }

    private static void CountEqual(World world, int[] right)
    {
        double[] sums = new double[world.Trials];
        for (int n = 1; n <= MostEqual; n++)
        {
            for (int t = 0; t < sums.Length; t++) sums[t] += world.Losses[t][n - 1];
            if (Array.IndexOf(sums, sums.Min()) == world.Best) right[n]++;
        }
    }

    /// <summary>Seeds each at which equal replication is right as often, interpolated on the curve made monotone by a running mean of five.</summary>
    private static double SeedsFor(int[] right, int wanted)
    {
        double before = 0;
        for (int n = 1; n <= MostEqual; n++)
        {
            int from = Math.Max(1, n - 2), to = Math.Min(MostEqual, n + 2), half = Math.Min(n - from, to - n);
            double here = Math.Max(before, Enumerable.Range(n - half, 2 * half + 1).Average(k => right[k]));
            if (here >= wanted) return n - 1 + (here > before ? (wanted - before) / (here - before) : 1);
            before = here;
        }

        return MostEqual;
    }

    private sealed class Tally
    {
        public int Count { get; private set; }

        public int Right { get; private set; }

        public int Lost { get; private set; }

        private long Runs { get; set; }

        public double MeanRuns => (double)Runs / Count;

        public void Add(Played played, int best)
        {
            Count++;
            Runs += played.Runs;
            if (played.Champion == best) Right++;
            if (played.LostBest) Lost++;
        }
    }
}
