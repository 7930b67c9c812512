namespace HyperCloud.Statistics;

/// <summary>
/// How a race spends its runs: in rounds with equal shares of what is left, and after each the better half goes on (sequential halving; Karnin,
/// Koren and Somekh, "Almost optimal exploration in multi-armed bandits", 2013, here with the runs of earlier rounds counted on). What
/// eliminations free stays in the purse and goes to those that are left. Setting aside makes no claim and needs no α.
/// </summary>
public static class RaceRounds
{
    /// <summary>The first round: everybody.</summary>
    /// <param name="trials">Trials in the race.</param>
    /// <param name="runs">Runs of the whole race.</param>
    /// <param name="maxSeeds">Most seeds of one trial.</param>
    /// <returns>Seeds for each trial; 0: not even one.</returns>
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
        // Nobody is set aside while there are runs enough for all.
        int keep = (long)active * (maxSeeds - done) <= left ? active : Math.Min(active, Math.Max(2, Half(began)));
        int seeds = keep < 2 ? 0 : Seeds(keep, done, left, maxSeeds);
        return seeds > 0 ? (keep, seeds) : (active, 0);
    }

    private static int Seeds(int trials, int done, int left, int maxSeeds)
    {
        if (left < trials) return 0;
        int rounds = 1;
        for (int k = trials; k > 2; k = Half(k)) rounds++;
        if ((long)trials * (maxSeeds - done) <= left) rounds = 1;
        return Math.Min(Math.Max(1, left / rounds / trials), maxSeeds - done);
    }

    private static int Half(int trials) => (trials + 1) / 2;
}
