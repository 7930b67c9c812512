using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public class FidelityTests
{
    private static readonly Assignment Any = Spaces.Single.FromUnit([0.5]);

    private static Observation Completed(int trial, double loss, params double[] rungs) => new(trial, Any, ObservationState.Completed, loss, Curve: rungs);

    private static Observation Stopped(int trial, params double[] rungs) => new(trial, Any, ObservationState.Stopped, rungs[^1], Resource: rungs.Length, Curve: rungs);

    [Fact]
    public void WithoutStoppedTrialsTheRankingIsTheLosses()
    {
        List<ProjectedLoss> ranked = Fidelity.Rank([Completed(0, 3, 9), new Observation(1, Any, ObservationState.Failed, null), Completed(2, 1, 8), Completed(3, 3, 1)]);
        Assert.Equal([(2, 1.0, 0), (0, 3.0, 0), (3, 3.0, 0)], ranked.Select(p => (p.Trial.Number, p.Loss, p.Missing)));
    }

    [Fact]
    public void AStoppedTrialGoesOnAlongTheLineOfThoseThatWentOn()
    {
        // Eight trials fall from x to x / 2 + 1. With a prior slope of 1 that is worth two of them the slope is (8 · 0.5 + 2 · 1) / 10 = 0.6,
        // through their mean (3.5, 2.75): a trial that ended at 10 is expected at 2.75 + 0.6 · 6.5.
        Observation[] told = [.. Enumerable.Range(0, 8).Select(t => Completed(t, t * 0.5 + 1, t)), Stopped(8, 10)];
        ProjectedLoss last = Fidelity.Rank(told)[^1];
        Assert.Equal((8, 1), (last.Trial.Number, last.Missing));
        Assert.Equal(6.65, last.Loss, 12);
    }

    [Fact]
    public void RungsFollowEachOther()
    {
        // From rung to rung all lose 10; a trial that ended at the first of two rungs loses it twice.
        ProjectedLoss[] ranked = [.. Fidelity.Rank([Completed(0, 1, 21, 11), Completed(1, 3, 23, 13), Stopped(2, 22), Stopped(3, 25, 15)])];
        Assert.Equal([(0, 1.0, 0), (2, 2.0, 2), (1, 3.0, 0), (3, 5.0, 1)], ranked.Select(p => (p.Trial.Number, Math.Round(p.Loss, 12), p.Missing)));
    }

    [Fact]
    public void ALossThatGrowsWithTheResourceDoesNotMakeTheStoppedTrialsTheBest()
    {
        // Such as a count of errors so far: small where little was run.
        Observation[] told = [.. Enumerable.Range(0, 6).Select(t => Completed(t, 100 + 10 * t, 10 + t)), Stopped(6, 17), Stopped(7, 18)];
        Assert.Equal(Enumerable.Range(0, 8), Fidelity.Rank(told).Select(p => p.Trial.Number));
    }

    [Fact]
    public void OfTwoThatEndedAtARungTheBetterOneThereStaysTheBetterOneEvenWhereTheLineWouldFall()
    {
        Observation[] told = [.. Enumerable.Range(0, 20).Select(t => Completed(t, 100 - 5 * t, t)), Stopped(20, 30), Stopped(21, 40)];
        List<ProjectedLoss> ranked = Fidelity.Rank(told);
        Assert.True(ranked.FindIndex(p => p.Trial.Number == 20) < ranked.FindIndex(p => p.Trial.Number == 21));
    }

    [Fact]
    public void ByRanksTheHighestRungWithEnoughTrialsDecides()
    {
        Observation[] told = [Completed(0, 9, 5, 6), Completed(1, 1, 7, 8), Stopped(2, 4, 7), Stopped(3, 1), Stopped(4, 2)];
        // Two at full length are too few for three; three have reached the second rung; those that ended before come after.
        Assert.Equal([0, 2, 1, 3, 4], Fidelity.RankAtHighestRung(told, 3).Select(o => o.Number));
        Assert.Equal([1, 0], Fidelity.RankAtHighestRung(told, 2).Select(o => o.Number));
    }

    [Fact]
    public void WhatDivergedDoesNotBendTheLine()
    {
        Observation[] told = [.. Enumerable.Range(0, 8).Select(t => Completed(t, t, t + 10.0)), Completed(8, 1e6, 1e9), Stopped(9, 20)];
        Assert.Equal(10, Fidelity.Rank(told).Single(p => p.Trial.Number == 9).Loss, 9);
    }

    [Fact]
    public void AStoppedTrialOfWhichNoRungIsKnownTellsNothing() =>
        Assert.Equal([0], Fidelity.Rank([Completed(0, 5), new Observation(1, Any, ObservationState.Stopped, -100, Resource: 3)]).Select(p => p.Trial.Number));

    [Fact]
    public void TheLargestLossesStayFinite()
    {
        Observation[] told = [Completed(0, double.MaxValue, double.MinValue), Completed(1, double.MinValue, double.MaxValue), Stopped(2, double.MaxValue), Stopped(3, 0)];
        Assert.All(Fidelity.Rank(told), p => Assert.True(double.IsFinite(p.Loss)));
        Assert.Empty(Fidelity.Rank([]));
    }
}
