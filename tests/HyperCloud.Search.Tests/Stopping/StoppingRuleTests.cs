using CsCheck;

namespace HyperCloud.Search.Tests;

public sealed class StoppingRuleTests
{
    private static readonly RungLadder Ladder = new(1, 81, 3);

    public static TheoryData<string> Rules => new(StoppingRules.Names);

    public static TheoryData<string, bool> RulesAndComparisons => new(StoppingRules.Names.SelectMany(n => new[] { (n, false), (n, true) }));

    [Theory]
    [InlineData(1, 81, 3, "1, 3, 9, 27, 81")]
    [InlineData(10, 200, 3, "10, 30, 90, 200")]
    [InlineData(1, 10, 1.5, "1, 2, 3, 5, 8, 10")] // 1, 1.5, 2.25, 3.375, 5.06, 7.59, rounded half to even, none twice
    [InlineData(0.5, 2, 2, "0.5, 1, 2")]
    [InlineData(7, 8, 3, "7, 8")]
    public void Levels_are_geometric(double min, double max, double reduction, string expected) =>
        Assert.Equal(expected, new RungLadder(min, max, reduction).ToString());

    [Theory]
    [InlineData(0.5, -1)]
    [InlineData(1, 0)]
    [InlineData(2.9, 0)]
    [InlineData(26, 2)]
    [InlineData(80.9, 3)]
    [InlineData(81, -1)] // full length: nothing is compared there
    [InlineData(1000, -1)]
    public void A_step_has_reached_the_highest_rung_at_or_below_it(double step, int rung) => Assert.Equal(rung, Ladder.Reached(step));

    [Fact]
    public void A_ladder_has_a_bounded_number_of_rungs() => Assert.Equal(RungLadder.MostRungs, new RungLadder(0.001, 1e9, 1.0000001).Levels.Count);

    // By hand: nine losses at rung 0. The best ceil(n / 3) of those seen so far go on.
    [Fact]
    public void Asha_stops_what_is_not_among_the_best_third_so_far()
    {
        double[] losses = [5, 4, 6, 3, 7, 4.5, 2, 8, 1];
        bool[] goesOn = [true, true, false, true, false, false, true, false, true];
        IStoppingRule rule = StoppingRules.Create("asha");
        for (int t = 0; t < losses.Length; t++)
        {
            RungCurve[] curves = [.. Enumerable.Range(0, t + 1).Select(i => new RungCurve(i, [losses[i]]))];
            Assert.Equal(!goesOn[t], rule.Decide(Ladder, curves, t).Stop);
        }
    }

    // The example of algorithm 2 in Li et al. (2020), by hand: with eta 3, a promotion is due as soon as 3 trials are at a rung.
    [Fact]
    public void Asha_promotes_the_best_third_from_the_highest_rung_down()
    {
        IStoppingRule rule = StoppingRules.Create("asha");
        RungCurve[] two = [new(0, [2]), new(1, [1])];
        Assert.Null(rule.Promote(Ladder, two, _ => true));
        RungCurve[] three = [.. two, new(2, [3])];
        Assert.Equal((1, 1), Both(rule.Promote(Ladder, three, _ => true)));
        Assert.Null(rule.Promote(Ladder, three, t => t != 1)); // it runs already, and only one of three goes on
        RungCurve[] nine = [.. Enumerable.Range(0, 9).Select(t => new RungCurve(t, t < 3 ? [t, t + 0.5] : [t]))];
        Assert.Equal((0, 2), Both(rule.Promote(Ladder, nine, _ => true))); // the highest rung first
    }

    // Computed by hand with the Vizier paper's definition, averages over rungs.
    [Fact]
    public void Median_compares_the_best_so_far_with_the_median_of_running_averages()
    {
        IStoppingRule rule = StoppingRules.Create("median");
        RungCurve[] others = [new(0, [4, 2]), new(1, [6, 4]), new(2, [10, 4]), new(3, [9, 9])]; // averages 3, 5, 7, 9: median 6
        Assert.False(rule.Decide(Ladder, [.. others, new(4, [8, 6])], 4).Stop); // 6 is not worse than 6
        Assert.True(rule.Decide(Ladder, [.. others, new(4, [8, 6.1])], 4).Stop);
        Assert.False(rule.Decide(Ladder, [.. others, new(4, [5, 100])], 4).Stop); // its best so far counts
        Assert.False(rule.Decide(Ladder, [.. others.Take(3), new(4, [100, 100])], 4).Stop); // too few to compare with
    }

    // Proportions of JMLR 18 (2018), algorithm 1, for R = 81 and eta = 3: n = 81, 34, 15, 8, 5.
    [Fact]
    public void Hyperband_deals_trials_to_brackets_in_the_papers_proportions()
    {
        IStoppingRule rule = StoppingRules.Create("hyperband");
        int[] counts = new int[5];
        for (int t = 0; t < 14_300; t++) counts[rule.FirstRung(Ladder, t)]++;
        int[] expected = [8100, 3400, 1500, 800, 500];
        for (int b = 0; b < 5; b++) Assert.InRange(counts[b], expected[b] - 20, expected[b] + 20);
        // Evenly from the beginning on: every bracket has its share of the first 143 too.
        int[] early = new int[5];
        for (int t = 0; t < 143; t++) early[rule.FirstRung(Ladder, t)]++;
        for (int b = 0; b < 5; b++) Assert.InRange(early[b], expected[b] / 100 - 3, expected[b] / 100 + 3);
    }

    [Fact]
    public void Hyperband_compares_inside_a_bracket_only()
    {
        IStoppingRule rule = StoppingRules.Create("hyperband");
        int inFirst = Enumerable.Range(1, 100).First(t => rule.FirstRung(Ladder, t) == 0), inSecond = Enumerable.Range(1, 100).First(t => rule.FirstRung(Ladder, t) == 1);
        RungCurve[] better = [.. Enumerable.Range(200, 300).Where(t => rule.FirstRung(Ladder, t) == 1).Select(t => new RungCurve(t, [0.0, 0.0]))];
        Assert.False(rule.Decide(Ladder, [new(inFirst, [5.0]), .. better], inFirst).Stop);
        Assert.False(rule.Decide(Ladder, [new(inSecond, [5.0]), .. better], inSecond).Stop); // below its first rung
        Assert.True(rule.Decide(Ladder, [new(inSecond, [5.0, 5.0]), .. better], inSecond).Stop);
    }

    [Theory]
    [MemberData(nameof(RulesAndComparisons))]
    public void Decisions_are_functions_of_the_curves_alone(string name, bool byTrend) =>
        Gen.Double[-5, 5].Array[1, 4].Array[1, 30].Sample(losses =>
        {
            RungCurve[] curves = [.. losses.Select((l, t) => new RungCurve(t, l))];
            int trial = curves.Length - 1;
            IStoppingRule one = StoppingRules.Create(name, byTrend), other = StoppingRules.Create(name, byTrend);
            _ = one.Decide(Ladder, curves, 0); // what it was asked before leaves no trace
            return one.Decide(Ladder, curves, trial) == other.Decide(Ladder, curves, trial)
                && (!one.CanPause || one.Promote(Ladder, curves, _ => true) == other.Promote(Ladder, curves, _ => true));
        }, iter: 200);

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_best_of_all_is_never_stopped(string name) =>
        Gen.Double[-5, 5].Array[1, 4].Array[1, 30].Sample(losses =>
        {
            RungCurve[] curves = [.. losses.Select((l, t) => new RungCurve(t, l)), new RungCurve(losses.Length, [-6, -6])];
            return !StoppingRules.Create(name).Decide(Ladder, curves, losses.Length).Stop;
        }, iter: 200);

    [Fact]
    public void Equal_losses_are_all_as_good_as_the_last_that_goes_on()
    {
        RungCurve[] curves = [.. Enumerable.Range(0, 9).Select(t => new RungCurve(t, [1.0]))];
        Assert.All(curves, c => Assert.False(StoppingRules.Create("asha").Decide(Ladder, curves, c.Trial).Stop));
    }

    [Fact]
    public void Losses_near_the_largest_double_do_not_overflow()
    {
        // An average that overflowed to infinity would let everything go on.
        RungCurve[] curves = [.. Enumerable.Range(0, 6).Select(t => new RungCurve(t, t == 5 ? [1.75e308, 1.75e308, 1.75e308] : [1.7e308, 1.7e308, 1.7e308]))];
        Assert.True(StoppingRules.Create("median").Decide(Ladder, curves, 5).Stop);
    }

    private static (int, int) Both(Promotion? p) => (p!.Trial, p.Rung);
}
