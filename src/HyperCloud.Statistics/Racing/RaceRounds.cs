namespace HyperCloud.Statistics;

/// <summary>
/// How a race spends its runs: in rounds with equal shares of what is left, and after each the best three fifths go on (sequential halving; Karnin,
/// Koren and Somekh, "Almost optimal exploration in multi-armed bandits", 2013; here the runs of earlier rounds count on, and fewer than half
/// are set aside at once, which does better with a few seeds a round). What eliminations free stays in the purse and goes to those that are
/// left. Setting aside makes no claim and needs no α.
/// </summary>
public static class RaceRounds
{
    /// <summary>The first round: everybody.</summary>
    /// <param name="trials">Trials in the race, at least 2.</param>
    /// <param name="runs">Runs of the whole race.</param>
    /// <param name="maxSeeds">Most seeds of one trial.</param>
    /// <returns>Seeds for each trial; 0: there are fewer runs than trials.</returns>
    public static int First(int trials, int runs, int maxSeeds) => Seeds(trials, 0, runs, maxSeeds);

    /// <summary>What follows a round.</summary>
    /// <param name="began">Trials that began the round.</param>
    /// <param name="active">Of these, those that were not eliminated.</param>
    /// <param name="done">Seeds so far.</param>
    /// <param name="left">Runs left.</param>
    /// <param name="maxSeeds">Most seeds of one trial.</param>
    /// <returns>How many trials go on, and with how many more seeds; 0 seeds: the race is over, and nobody else is set aside.</returns>
    public static (int Keep, int Seeds) Next(int began, int active, int done, int left, int maxSeeds)
    {
        int keep = Math.Min(active, Math.Max(2, Fewer(began)));
        int seeds = keep < 2 ? 0 : Seeds(keep, done, left, maxSeeds);
        return seeds > 0 ? (keep, seeds) : (active, 0);
    }

    private static int Seeds(int trials, int done, int left, int maxSeeds)
    {
        if (left < trials) return 0;
        int rounds = 1;
        for (int k = trials; k > 2; k = Fewer(k)) rounds++;
        return Math.Min(Math.Max(1, left / rounds / trials), maxSeeds - done);
    }

    // Three fifths, rounded up: 8, 5, 3, 2.
    private static int Fewer(int trials) => (3 * trials + 4) / 5;
}
