using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Bench.Honesty;

/// <summary>How a procedure ended on one world.</summary>
internal readonly record struct Played(int Champion, int Runs, bool LostBest);

/// <summary>The race, with the decision code of the engine, and what others do.</summary>
internal static class Procedures
{
    /// <summary>HyperCloud: <see cref="Race"/> and <see cref="RaceRounds"/>, one run at a time.</summary>
    /// <param name="world">The trials.</param>
    /// <param name="runs">Runs of the race.</param>
    /// <param name="maxSeeds">Most seeds of a trial.</param>
    /// <param name="test">The test.</param>
    /// <param name="atOnce">True: eliminations act at once. False: at the end of a round, as with <c>order: lagged</c>.</param>
    public static Played Race(World world, int runs, int maxSeeds, RaceTest test = RaceTest.Sign, bool atOnce = true)
    {
        var race = new Race(world.Trials, test);
        double[] column = new double[world.Trials];
        int used = 0;
        bool lost = false;
        int seeds = RaceRounds.First(world.Trials, runs, maxSeeds);
        while (seeds > 0)
        {
            int began = race.Active.Count;
            for (int i = 0; i < seeds && race.Active.Count > 1; i++)
            {
                used += atOnce ? race.Active.Count : began;
                for (int t = 0; t < column.Length; t++) column[t] = world.Losses[t][race.Seeds];
                lost |= race.Add(column).Any(e => e.Trial == world.Best);
            }

            (int keep, seeds) = RaceRounds.Next(began, race.Active.Count, race.Seeds, runs - used, maxSeeds);
            if (seeds > 0) race.Keep([.. race.Ranking().Take(keep)]);
        }

        return new Played(race.Leader, used, lost);
    }

    /// <summary>A race in which nobody is set aside, so that only what is shown takes trials out: whether it ever eliminates the best one.</summary>
    public static bool EverLosesTheBest(World world, int maxSeeds, RaceTest test, double alpha, (double, double)? bounds)
    {
        var race = new Race(world.Trials, test, alpha, bounds);
        double[] column = new double[world.Trials];
        while (race.Seeds < maxSeeds && race.Active.Count > 1)
        {
            for (int t = 0; t < column.Length; t++) column[t] = world.Losses[t][race.Seeds];
            if (race.Add(column).Any(e => e.Trial == world.Best)) return true;
        }

        return false;
    }

    /// <summary>
    /// Pruning by Wilcoxon's signed-rank test, after Optuna's WilcoxonPruner with its defaults (p below 0.1, from the second seed on): trials run
    /// one after the other over all seeds, and are pruned when the one-sided test over the common seeds says that the best one so far is better.
    /// </summary>
    public static Played Wilcoxon(World world, int maxSeeds, double p = 0.1)
    {
        int best = -1, runs = 0;
        double bestMean = 0;
        bool lost = false;
        for (int t = 0; t < world.Trials; t++)
        {
            double sum = 0;
            bool pruned = false;
            for (int n = 1; n <= maxSeeds && !pruned; n++)
            {
                runs++;
                sum += world.Losses[t][n - 1];
                // The pruner does not prune a trial whose mean is better than the best one's.
                if (best >= 0 && n >= 2 && sum / n > bestMean) pruned = SignedRank.PValue(world.Losses[t].AsSpan(0, n), world.Losses[best].AsSpan(0, n)) < p;
            }

            lost |= pruned && t == world.Best;
            if (!pruned && (best < 0 || sum / maxSeeds < bestMean)) (best, bestMean) = (t, sum / maxSeeds);
        }

        return new Played(best, runs, lost);
    }

    /// <summary>
    /// Intensification after SMAC (Hutter, Hoos and Leyton-Brown 2011, procedure Intensify): the incumbent gets a seed more for each challenger,
    /// a challenger 1, 2, 4, … of the incumbent's seeds as long as its mean over them is no worse; one that has kept up on all takes over.
    /// </summary>
    public static Played Smac(World world, int runs, int maxSeeds)
    {
        int[] have = new int[world.Trials];
        int incumbent = 0, used = 1, idle = 0;
        have[0] = 1;
        for (int challenger = 1; used < runs && idle <= world.Trials; challenger = (challenger + 1) % world.Trials)
        {
            if (challenger == incumbent) continue;
            int before = used;
            if (have[incumbent] < maxSeeds)
            {
                have[incumbent]++;
                used++;
            }

            for (int batch = 1; ; batch *= 2)
            {
                int more = Math.Min(Math.Min(batch, have[incumbent] - have[challenger]), runs - used);
                have[challenger] += more;
                used += more;
                if (Mean(world, challenger, have[challenger]) > Mean(world, incumbent, have[challenger])) break;
                if (have[challenger] == have[incumbent])
                {
                    incumbent = challenger;
                    break;
                }

                if (used >= runs) break;
            }

            idle = used == before ? idle + 1 : 0;
        }

        return new Played(incumbent, used, false);
    }

    private static double Mean(World world, int trial, int seeds)
    {
        double sum = 0;
        for (int i = 0; i < seeds; i++) sum += world.Losses[trial][i];
        return sum / seeds;
    }
}

/// <summary>Wilcoxon's signed-rank test, one-sided: exact up to 25 pairs (Wilcoxon 1945), then by the normal approximation.</summary>
internal static class SignedRank
{
    private static readonly double[][] s_exact = [.. Enumerable.Range(0, 26).Select(Tail)];

    /// <summary>P(W ≥ w) under the null that the differences are symmetric about 0, large w saying that <paramref name="a"/> is larger.</summary>
    public static double PValue(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int n = a.Length;
        double[] differences = new double[n], sizes = new double[n];
        for (int i = 0; i < n; i++) (differences[i], sizes[i]) = (a[i] - b[i], Math.Abs(a[i] - b[i]));
        Array.Sort(sizes, differences);
        int w = 0;
        for (int i = 0; i < n; i++)
            if (differences[i] > 0) w += i + 1;
        if (n < s_exact.Length) return s_exact[n][w];
        double mean = n * (n + 1) / 4.0, sd = Math.Sqrt(n * (n + 1) * (2 * n + 1) / 24.0);
        return NormalDistribution.Cdf(-(w - 0.5 - mean) / sd);
    }

    private static double[] Tail(int n)
    {
        int most = n * (n + 1) / 2;
        double[] share = new double[most + 1];
        share[0] = 1;
        for (int rank = 1; rank <= n; rank++)
            for (int w = most; w >= 0; w--) share[w] = (share[w] + (w >= rank ? share[w - rank] : 0)) / 2;
        for (int w = most - 1; w >= 0; w--) share[w] += share[w + 1];
        return share;
    }
}
