namespace HyperCloud.Search.Tests;

public sealed class CurveTrendTests
{
    private static readonly RungLadder Ladder = new(1, 81, 3); // rungs 1, 3, 9, 27

    // Curves that fall by a factor of their own at every rung: the steep ones begin high and end low. By value at rung 1 the flat ones lead.
    private static RungCurve Steep(int trial, int rungs) => new(trial, [.. Enumerable.Range(0, rungs).Select(r => 10 * Math.Pow(0.4, r))]);

    private static RungCurve Flat(int trial, int rungs) => new(trial, [.. Enumerable.Range(0, rungs).Select(r => 3 * Math.Pow(0.99, r))]);

    [Fact]
    public void A_trial_that_still_falls_steeply_goes_on_once_others_have_shown_that_gains_go_on()
    {
        RungCurve[] curves = [.. Enumerable.Range(0, 24).Select(t => t % 2 == 0 ? Steep(t, 4) : Flat(t, 4)), Flat(24, 2), Steep(25, 2)];
        Assert.True(StoppingRules.Create("asha").Decide(Ladder, curves, 25).Stop);
        RungDecision decision = StoppingRules.Create("asha", byTrend: true).Decide(Ladder, curves, 25);
        Assert.False(decision.Stop);
        Assert.EndsWith("of the gain since the rung before", decision.Reason);
        Assert.True(StoppingRules.Create("asha", byTrend: true).Decide(Ladder, curves, 24).Stop);
    }

    // By hand: gains 1, 2, 3, 4 are followed by gains of half their size. Slope over the mean: sum (g - 2.5)(g/2 - 1.25) = 2.5, sum (g - 2.5)^2 = 5,
    // prior 4 * mean g^2 = 4 * 7.5 = 30: 2.5 / 35 = 1/14. With 100 such trials of each kind: 250 / (500 + 30).
    [Theory]
    [InlineData(1, 1.0 / 14)]
    [InlineData(100, 250.0 / 530)]
    public void The_share_of_gains_that_go_on_is_a_least_squares_slope_drawn_to_zero(int times, double share)
    {
        RungCurve[] curves = [.. Enumerable.Range(0, 4 * times).Select(t => new RungCurve(t, [10, 9 - t % 4, 9 - t % 4 - 0.5 * (1 + t % 4)]))];
        Assert.Equal(share, CurveTrend.ShareAt(curves, 1, Ladder.Top), 12);
    }

    [Fact]
    public void Full_length_tells_of_the_last_rung()
    {
        RungCurve[] curves = [.. Enumerable.Range(0, 400).Select(t => new RungCurve(t, [10, 10, 10, 9 - t % 4], 9 - t % 4 - (1 + t % 4)))];
        Assert.InRange(CurveTrend.ShareAt(curves, 3, Ladder.Top), 0.9, 1);
        Assert.Equal(0, CurveTrend.ShareAt([.. curves.Select(c => c with { Final = null })], 3, Ladder.Top));
    }

    // Independent noise at each rung: what was gained is given back, and the mean of both losses says more than the last.
    [Fact]
    public void Gains_that_do_not_last_count_against_a_trial()
    {
        var random = new Core.RandomStream(1, Core.StreamPurpose.Run);
        RungCurve[] curves = [.. Enumerable.Range(0, 200).Select(t => new RungCurve(t, [random.NextNormal(), random.NextNormal(), random.NextNormal()]))];
        Assert.InRange(CurveTrend.ShareAt(curves, 1, Ladder.Top), -0.5, -0.4);
    }

    [Fact]
    public void The_first_rung_has_no_trend_and_without_anybody_further_on_there_is_none()
    {
        RungCurve[] curves = [.. Enumerable.Range(0, 9).Select(t => new RungCurve(t, [9 - t, t]))];
        Assert.Equal(0, CurveTrend.ShareAt(curves, 0, Ladder.Top));
        Assert.Equal(0, CurveTrend.ShareAt(curves, 1, Ladder.Top));
        Assert.Equal(StoppingRules.Create("asha").Decide(Ladder, curves, 4), StoppingRules.Create("asha", byTrend: true).Decide(Ladder, curves, 4));
    }

    [Fact]
    public void Enormous_losses_do_not_overflow()
    {
        RungCurve[] curves = [.. Enumerable.Range(0, 12).Select(t => new RungCurve(t, [1.7e308, t % 2 == 0 ? -1.7e308 : 1e308, t % 2 == 0 ? 1.7e308 : -1.7e308]))];
        Assert.True(double.IsFinite(CurveTrend.ShareAt(curves, 1, Ladder.Top)));
        Assert.All(curves, c => Assert.True(double.IsFinite(CurveTrend.Score(c, 1, CurveTrend.ShareAt(curves, 1, Ladder.Top)))));
    }
}
