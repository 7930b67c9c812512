using CsCheck;
using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>The race: golden e-values computed with NumPy from the formulas, and in short what bench/HyperCloud.Bench.Honesty simulates at length.</summary>
public sealed class RaceTests
{
    private const int Trials = 8, MaxSeeds = 50;

    [Fact]
    public void Seven_seeds_lost_in_a_row_eliminate_at_five_percent_and_six_do_not()
    {
        var race = new Race(2, RaceTest.Sign);
        for (int i = 0; i < 6; i++) Assert.Empty(race.Add([0, 1 + i]));
        Assert.Equal(12.6153042, race.Evidence(1), 10); // mean of (1 + λ)⁶ over the five bets
        Elimination gone = Assert.Single(race.Add([0, 1]));
        Assert.Equal((1, 0, 7, 0, 7), (gone.Trial, gone.Rival, gone.Seeds, gone.Better, gone.Worse));
        Assert.Equal(20.82775942, gone.Evidence, 10);
        Assert.Equal([0], race.Active);
    }

    [Fact]
    public void Betting_counts_differences_in_widths_of_the_bounds_and_a_failed_run_as_the_worst_bound()
    {
        var race = new Race(2, RaceTest.Betting, 0.05, (0, 4));
        race.Add([1, 3]);
        race.Add([1, 3]);
        race.Add([2, double.PositiveInfinity]);
        race.Add([2, 1]);
        Assert.Equal(1.602196875, race.Evidence(1), 10); // mean of (1 + λ/2)³ (1 − λ/4)
    }

    [Fact]
    public void Symmetric_weighs_signs_by_magnitude_over_the_root_mean_square_so_far()
    {
        var race = new Race(2, RaceTest.Symmetric);
        foreach (double d in new double[] { 1, 2, -1, 3 }) race.Add([0, d]);
        Assert.Equal(1.9350472788701634, race.Evidence(1), 10);
    }

    [Fact]
    public void Ties_and_runs_withgonea_result_say_nothing_and_two_failed_runs_are_a_tie()
    {
        var race = new Race(3, RaceTest.Sign);
        race.Add([1, 1, double.NaN]);
        race.Add([double.PositiveInfinity, double.PositiveInfinity, double.NaN]);
        for (int t = 0; t < 3; t++) Assert.Equal(1, race.Evidence(t), 15);
        Assert.Equal(2, race.Seeds);
    }

    [Fact]
    public void A_trial_that_always_fails_is_eliminated_and_the_leader_never_is()
    {
        var race = new Race(3, RaceTest.Sign);
        for (int i = 0; i < 30 && race.Active.Count > 1; i++) race.Add([1, 2, double.PositiveInfinity]);
        Assert.Equal([0], race.Active);
        var all = new Race(3, RaceTest.Sign);
        for (int i = 0; i < 200; i++) all.Add([double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity]);
        Assert.Equal([0, 1, 2], all.Active);
    }

    [Fact]
    public void Evidence_does_not_overflow_and_a_long_lead_is_kept()
    {
        var race = new Race(2, RaceTest.Sign, 1e-300);
        for (int i = 0; i < 20_000; i++) race.Add([0, 1]);
        Assert.True(double.IsFinite(race.Evidence(1)));
        Assert.Equal(0, race.Leader);
    }

    [Fact]
    public void Trials_set_aside_are_not_looked_at_any_more()
    {
        var race = new Race(3, RaceTest.Sign);
        race.Add([1, 2, 3]);
        race.Keep([2, 0]);
        race.Add([5, double.NegativeInfinity, 3]);
        Assert.Equal([0, 2], race.Active);
        Assert.Equal([0, 2], race.Ranking()); // equal means keep their order
        Assert.Throws<ArgumentException>(() => race.Add([double.NegativeInfinity, 0, 0]));
        Assert.Throws<ArgumentException>(() => race.Add([0, 0]));
    }

    [Fact]
    public void Arguments_goneof_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Race(0, RaceTest.Sign));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Race(2, RaceTest.Sign, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Race(2, RaceTest.Sign, 1));
        Assert.Throws<ArgumentException>(() => new Race(2, RaceTest.Betting));
        Assert.Throws<ArgumentException>(() => new Race(2, RaceTest.Betting, 0.05, (1, 1)));
        Assert.Throws<ArgumentException>(() => new Race(2, RaceTest.Betting, 0.05, (0, double.PositiveInfinity)));
    }

    [Fact]
    public void Rounds_never_spend_more_than_there_is_and_always_end() =>
        Gen.Select(Gen.Int[2, 40], Gen.Int[0, 400], Gen.Int[1, 60], Gen.Int[0, 3]).Sample((trials, runs, maxSeeds, eliminated) =>
        {
            int active = trials, done = 0, left = runs, seeds = RaceRounds.First(trials, runs, maxSeeds), rounds = 0;
            while (seeds > 0)
            {
                left -= active * seeds;
                done += seeds;
                Assert.True(left >= 0 && done <= maxSeeds && ++rounds <= trials + maxSeeds);
                int before = active;
                (active, seeds) = RaceRounds.Next(before, Math.Max(1, before - eliminated), done, left, maxSeeds);
                Assert.InRange(active, 1, before);
            }

            Assert.True(active < 2 || left < active || done == maxSeeds || runs < trials);
        });

    [Theory] // 2,000 races each; 10,000: bench/reports/honesty.md
    [InlineData(RaceTest.Sign, "normal")]
    [InlineData(RaceTest.Sign, "collapse")]
    [InlineData(RaceTest.Sign, "lognormal")]
    [InlineData(RaceTest.Sign, "typical")]
    [InlineData(RaceTest.Betting, "collapse")]
    [InlineData(RaceTest.Betting, "mean")]
    [InlineData(RaceTest.Symmetric, "normal")]
    [InlineData(RaceTest.Symmetric, "collapse")]
    public void The_best_is_eliminated_at_most_so_often_as_was_said_when_its_null_holds(RaceTest test, string world)
    {
        const int races = 2000;
        int lost = 0;
        double[] column = new double[Trials];
        for (int i = 0; i < races; i++)
        {
            var random = new RandomStream((ulong)i, StreamPurpose.Run);
            int best = random.NextInt(Trials);
            var race = new Race(Trials, test, 0.05, (0, 1));
            bool gone = false;
            while (race.Seeds < MaxSeeds && !gone)
            {
                for (int t = 0; t < Trials; t++) column[t] = Draw(world, t == best, random);
                gone = race.Add(column).Any(e => e.Trial == best);
            }

            if (gone) lost++;
        }

        Assert.InRange((double)lost / races, 0, 0.05);
    }

    [Fact] // noise of 1 sd of the configurations'; the ratio over all cells: bench/reports/honesty.md
    public void A_race_is_right_as_often_as_equal_replication_with_twice_its_runs()
    {
        const int worlds = 3000, runs = 160;
        int right = 0, equal = 0, used = 0;
        double[][] losses = [.. Enumerable.Range(0, Trials).Select(_ => new double[MaxSeeds])];
        for (int i = 0; i < worlds; i++)
        {
            var random = new RandomStream((ulong)i, StreamPurpose.Run);
            double[] means = [.. losses.Select(_ => random.NextNormal())];
            for (int t = 0; t < Trials; t++)
                for (int s = 0; s < MaxSeeds; s++) losses[t][s] = means[t] + random.NextNormal();
            int best = Array.IndexOf(means, means.Min());
            (int champion, int spent) = Play(losses, runs);
            used += spent;
            if (champion == best) right++;
            // 36 seeds each are 288 runs, more than twice what the race uses on average.
            double[] sums = [.. losses.Select(l => l[..36].Sum())];
            if (Array.IndexOf(sums, sums.Min()) == best) equal++;
        }

        Assert.InRange((double)used / worlds, 100, 144);
        Assert.True(right >= equal, $"{right} of {worlds} against {equal}");
    }

    private static (int Champion, int Runs) Play(double[][] losses, int runs)
    {
        var race = new Race(Trials, RaceTest.Sign);
        int used = 0, seeds = RaceRounds.First(Trials, runs, MaxSeeds);
        while (seeds > 0)
        {
            int began = race.Active.Count;
            for (int i = 0; i < seeds && race.Active.Count > 1; i++)
            {
                used += race.Active.Count;
                race.Add([.. losses.Select(l => l[race.Seeds])]);
            }

            (int keep, seeds) = RaceRounds.Next(began, race.Active.Count, race.Seeds, runs - used, MaxSeeds);
            if (seeds > 0) race.Keep([.. race.Ranking().Take(keep)]);
        }

        return (race.Leader, used);
    }

    // All in [0, 1]. "typical": the best wins 6 seeds of 10 and collapses on the others; "mean": it loses 9 of 10 narrowly and has the better mean.
    private static double Draw(string world, bool best, RandomStream r) => world switch
    {
        "normal" => Math.Clamp(0.5 + 0.1 * r.NextNormal(), 0, 1),
        "collapse" => r.NextInt(10) == 0 ? 1 - 0.01 * r.NextDouble() : Math.Clamp(0.5 + 0.1 * r.NextNormal(), 0, 1),
        "lognormal" => Math.Min(1, 0.05 * Elementary.Exp(r.NextNormal())),
        "typical" => best ? r.NextInt(10) < 6 ? 0.4 : 1 : 0.5,
        "mean" => best ? r.NextInt(10) == 0 ? 0.1 : 0.52 : 0.5,
        _ => throw new ArgumentOutOfRangeException(nameof(world), world, "no world"),
    };
}
