namespace HyperCloud.Core.Tests;

public class SeedPlanTests
{
    [Fact]
    public void SeedsNeverChange()
    {
        // Computed from the definition by an independent Python script: these numbers stand in every stored sweep and in every published result. They must never change.
        var plan = new SeedPlan(42);
        Assert.Equal(GoldenSeeds, new[]
        {
            plan.SeedOf(SeedPool.Search, 0, 0), plan.SeedOf(SeedPool.Search, 0, 1), plan.SeedOf(SeedPool.Search, 1, 0),
            plan.SeedOf(SeedPool.Search, SeedPlan.MaxTrials - 1, SeedPlan.MaxSearchReplicates - 1),
            plan.SeedOf(SeedPool.Selection, 0, 0), plan.SeedOf(SeedPool.Selection, 0, 1), plan.SeedOf(SeedPool.Selection, 7, 1),
            plan.SeedOf(SeedPool.Evaluation, 0, 0), plan.SeedOf(SeedPool.Evaluation, 0, 1),
            plan.SeedOf(SeedPool.Evaluation, 3, SeedPlan.MaxReplicates - 1), new SeedPlan(0).SeedOf(SeedPool.Search, 0, 0),
            new SeedPlan(ulong.MaxValue).SeedOf(SeedPool.Evaluation, 0, 0),
        });
    }

    private static readonly int[] GoldenSeeds =
    [
        1894790777, 426193052, 339970047, 1450291309, 916358453, 1308973212, 1308973212, 510295375,
        792437819, 400031759, 1773588834, 607374185,
    ];

    [Theory]
    [InlineData(0ul)]
    [InlineData(42ul)]
    [InlineData(ulong.MaxValue)]
    public void NoTwoRunsThatShouldDifferShareASeed(ulong sweepSeed)
    {
        var plan = new SeedPlan(sweepSeed);
        var seen = new HashSet<int>();
        int drawn = 0;
        for (int trial = 0; trial < 5000; trial++)
            for (int replicate = 0; replicate < 20; replicate++, drawn++) seen.Add(plan.SeedOf(SeedPool.Search, trial, replicate));
        foreach (SeedPool pool in new[] { SeedPool.Selection, SeedPool.Evaluation })
            for (int replicate = 0; replicate < 50_000; replicate++, drawn++) seen.Add(plan.SeedOf(pool, 0, replicate));
        Assert.Equal(drawn, seen.Count);
        Assert.InRange(seen.Min(), 0, int.MaxValue);
        Assert.InRange(seen.Average(), 0.49 * int.MaxValue, 0.51 * int.MaxValue);
    }

    [Fact]
    public void SelectionAndEvaluationSeedsAreCommonToAllTrials()
    {
        var plan = new SeedPlan(7);
        foreach (SeedPool pool in new[] { SeedPool.Selection, SeedPool.Evaluation })
            for (int replicate = 0; replicate < 20; replicate++)
                Assert.Equal(plan.SeedOf(pool, 0, replicate), plan.SeedOf(pool, 123_456_789, replicate));
    }

    [Fact]
    public void SearchSeedsAreFreshForEachTrialUnlessCommon()
    {
        Assert.NotEqual(new SeedPlan(7).SeedOf(SeedPool.Search, 0, 0), new SeedPlan(7).SeedOf(SeedPool.Search, 1, 0));
        var common = new SeedPlan(7, SearchSeedMode.Common);
        Assert.Equal(common.SeedOf(SeedPool.Search, 0, 3), common.SeedOf(SeedPool.Search, 2_000_000, 3));
        Assert.Equal(new SeedPlan(7).SeedOf(SeedPool.Search, 0, 3), common.SeedOf(SeedPool.Search, 5, 3));
    }

    [Fact]
    public void TheyDependOnTheSweepSeed()
    {
        for (int bit = 0; bit < 64; bit++)
        {
            var other = new SeedPlan(42UL ^ (1UL << bit));
            int same = Enumerable.Range(0, 100).Count(r => other.SeedOf(SeedPool.Evaluation, 0, r) == new SeedPlan(42).SeedOf(SeedPool.Evaluation, 0, r));
            Assert.Equal(0, same);
        }
    }

    [Fact]
    public void WhatThePlanCannotTellApartIsRefused()
    {
        var plan = new SeedPlan(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Search, SeedPlan.MaxTrials, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Search, 0, SeedPlan.MaxSearchReplicates));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Evaluation, 0, SeedPlan.MaxReplicates));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Search, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Selection, 0, -1));
    }

    [Fact]
    public void TasksHaveSeedsOfTheirOwn()
    {
        const int tasks = 5;
        var plan = new SeedPlan(42, Tasks: tasks);
        var seen = new HashSet<int>();
        int drawn = 0;
        for (int task = 0; task < tasks; task++)
        {
            for (int trial = 0; trial < 500; trial++)
                for (int replicate = 0; replicate < 20; replicate++, drawn++) seen.Add(plan.SeedOf(SeedPool.Search, trial, replicate, task));
            foreach (SeedPool pool in new[] { SeedPool.Selection, SeedPool.Evaluation })
                for (int replicate = 0; replicate < 5_000; replicate++, drawn++) seen.Add(plan.SeedOf(pool, 0, replicate, task));
        }

        Assert.Equal(drawn, seen.Count);
        // The first task of selection and evaluation has the seeds of a sweep without tasks: the ledger counts both alike.
        Assert.Equal(new SeedPlan(42).SeedOf(SeedPool.Evaluation, 0, 17), plan.SeedOf(SeedPool.Evaluation, 0, 17));
        Assert.Equal(plan.SeedOf(SeedPool.Evaluation, 0, 17, 3), plan.SeedOf(SeedPool.Evaluation, 9, 17, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Search, 0, 0, tasks));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Search, 0, SeedPlan.MaxSearchReplicates / tasks, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => plan.SeedOf(SeedPool.Evaluation, 0, SeedPlan.MaxTaskReplicates, 0));
    }
}
