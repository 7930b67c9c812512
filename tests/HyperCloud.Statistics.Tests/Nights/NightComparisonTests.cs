using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>Verdicts of nights: against closed forms, and by simulation with known truth.</summary>
public sealed class NightComparisonTests
{
    // scipy.stats.nct.logpdf(t, ν, η) − scipy.stats.t.logpdf(t, ν), SciPy 1.15.
    [Theory]
    [InlineData(1.5, 2.0, 38, 1.8012920722506893)]
    [InlineData(-1.5, 2.0, 38, -3.9448442015563847)]
    [InlineData(0.8, 0.0, 5, -0.3200000000000017)]
    [InlineData(4.44, 4.0, 318, 7.724267696212699)]
    [InlineData(6, -1, 38, -23.738338018996526)]
    [InlineData(0.3, 25.0, 10, 0.9419291247149104)]
    public void The_likelihood_ratio_is_that_of_the_noncentral_t(double eta, double t, int degrees, double expected) =>
        Assert.Equal(expected, ShiftEvidence.LogRatio(eta, t, degrees), 1e-6);

    [Fact]
    public void A_drop_is_found_put_where_it_happened_and_stays_found()
    {
        List<IReadOnlyList<double>> nights = [.. Draw(seed: 3, nights: 16, dropAt: 9, drop: 1)];
        NightJudgement before = NightComparison.Judge(nights[..9], 0.25)!, after = NightComparison.Judge(nights, 0.25)!;
        Assert.Equal((NightVerdict.Unsure, 0), (before.Verdict, before.Changes));
        Assert.Equal((NightVerdict.Worse, 1, 9), (after.Verdict, after.Changes, after.RecentFrom));
        Assert.Equal((180, 140), (after.BaselineRuns, after.RecentRuns));
        Assert.InRange(1.0, after.Low, after.High);
        Assert.True(after.Low > 0);
        // The same for losses that fall.
        NightJudgement better = NightComparison.Judge([.. nights.Select(n => (IReadOnlyList<double>)[.. n.Select(v => -v)])], 0.25)!;
        Assert.Equal((NightVerdict.Better, 9), (better.Verdict, better.RecentFrom));
        Assert.Equal(-after.Low, better.High, 1e-5);
    }

    [Fact]
    public void A_recovery_is_a_further_change_and_the_baseline_stays_what_it_was()
    {
        double[][] down = Draw(seed: 5, nights: 18, dropAt: 9, drop: 1.5), up = Draw(seed: 6, nights: 30, dropAt: 99, drop: 0);
        NightJudgement judgement = NightComparison.Judge([.. down, .. up], 0.5)!;
        Assert.Equal((2, 18, NightVerdict.Same), (judgement.Changes, judgement.RecentFrom, judgement.Verdict));
        Assert.Equal(180, judgement.BaselineRuns);
    }

    [Fact]
    public void Enough_nights_without_a_change_say_same()
    {
        NightJudgement judgement = NightComparison.Judge(Draw(seed: 7, nights: 60, dropAt: 99, drop: 0), 0.25)!;
        Assert.Equal(NightVerdict.Same, judgement.Verdict);
        Assert.InRange(judgement.High - judgement.Low, 0.1, 0.5);
    }

    [Fact]
    public void Deterministic_results_change_at_once_or_not_at_all()
    {
        NightJudgement same = NightComparison.Judge([[2, 2, 2], [2, 2, 2]], 0.25)!, other = NightComparison.Judge([[2, 2, 2], [2.5, 2.5, 2.5]], 0.25)!;
        Assert.Equal((NightVerdict.Same, 0.0, 0.0), (same.Verdict, same.Low, same.High));
        Assert.Equal((NightVerdict.Worse, 0.5, 0.5), (other.Verdict, other.Low, other.High));
    }

    [Fact]
    public void Too_little_says_nothing()
    {
        Assert.Null(NightComparison.Judge([[1, 2, 3]], 0.25));
        Assert.Null(NightComparison.Judge([[1], [], [2]], 0.25));
        Assert.Equal(NightVerdict.Unsure, NightComparison.Judge([[1, 2], [], [2, 3]], 0.25)!.Verdict);
    }

    [Fact]
    public void Shift_and_scale_do_not_matter()
    {
        double[][] nights = Draw(seed: 9, nights: 12, dropAt: 8, drop: 0.7);
        NightJudgement plain = NightComparison.Judge(nights, 0.25)!, moved = NightComparison.Judge([.. nights.Select(n => n.Select(v => 1e6 + 1e-3 * v).ToArray())], 0.25)!;
        Assert.Equal(plain.Verdict, moved.Verdict);
        Assert.Equal(plain.Low * 1e-3, moved.Low, 1e-8);
        Assert.Equal(plain.High * 1e-3, moved.High, 1e-8);
    }

    /// <summary>The short form of the bar of bench/reports/honesty.md: 20 seeds a night, half a standard deviation, seven nights.</summary>
    [Fact]
    public void Half_a_deviation_is_found_within_a_week_and_false_alarms_are_rare()
    {
        const int Sweeps = 120;
        int found = 0, early = 0, episodes = 0;
        for (ulong s = 0; s < Sweeps; s++)
        {
            double[][] nights = Draw(seed: 1000 + s, nights: 16, dropAt: 9, drop: 0.5);
            if (NightComparison.Judge(nights[..9], 0.25)!.Changes > 0) early++;
            else if (NightComparison.Judge(nights, 0.25)!.Changes > 0) found++;
        }

        for (ulong s = 0; s < 40; s++) episodes += NightComparison.Judge(Draw(seed: 2000 + s, nights: 51, dropAt: 99, drop: 0), 0.25)!.Changes;
        Assert.InRange(found, 0.82 * (Sweeps - early), Sweeps); // 0.91 in the long form
        Assert.InRange(episodes / 20.0, 0, 1); // by 100 nights
    }

    private static double[][] Draw(ulong seed, int nights, int dropAt, double drop)
    {
        var random = new RandomStream(seed, StreamPurpose.Run, index: 0);
        double[][] drawn = new double[nights][];
        for (int n = 0; n < nights; n++)
        {
            drawn[n] = new double[20];
            for (int i = 0; i < 20; i++) drawn[n][i] = random.NextNormal() + (n >= dropAt ? drop : 0);
        }

        return drawn;
    }
}
