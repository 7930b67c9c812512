using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

public sealed class VarianceTests
{
    private static readonly double[][][] s_runs =
    [
        [[0.31, 0.29, 0.35, 0.27, 0.33], [0.61, 0.66, 0.58, 0.70, 0.65]],
        [[0.36, 0.33, 0.37, 0.30, 0.39], [0.55, 0.63, 0.52, 0.60, 0.62]],
        [[0.41, 0.35, 0.45, 0.36, 0.40], [0.71, 0.78, 0.66, 0.79, 0.75]],
    ];

    // Shrout and Fleiss, "Intraclass correlations: uses in assessing rater reliability" (1979), table 2: six targets by four judges. Published
    // mean squares: targets 11.24, judges 32.49, residual 1.02; ICC(2,1) = 0.29, ICC(3,1) = 0.71.
    [Fact]
    public void A_published_worked_example()
    {
        int[][] targets = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];
        VarianceComponents v = VarianceComponents.Of([.. Enumerable.Range(0, 4).Select(judge => (IReadOnlyList<IReadOnlyList<double>>)[[.. targets.Select(t => (double)t[judge])]])]);
        double judges = v[VarianceSource.Trial]!.Variance, target = v[VarianceSource.Seed]!.Variance, residual = v[VarianceSource.Residual]!.Variance;
        Assert.Equal(1.02, residual, 2);
        Assert.Equal((11.24 - 1.02) / 4, target, 2);
        Assert.Equal((32.49 - 1.02) / 6, judges, 2);
        Assert.Equal(0.29, target / (target + judges + residual), 2);
        Assert.Equal(0.71, v.Shared.Share!.Value, 2);
        Assert.Equal((3, 5, 15), (v[VarianceSource.Trial]!.Degrees, v[VarianceSource.Seed]!.Degrees, v[VarianceSource.Residual]!.Degrees));
    }

    // NumPy 1.24.2 and SciPy 1.10.1 by the formulas of the XML docs.
    [Fact]
    public void Golden_of_trials_and_seeds()
    {
        VarianceComponents v = VarianceComponents.Of([.. s_runs.Select(t => t[..1])]);
        Part(v, VarianceSource.Trial, 0.0017183333333333317, 0.0003174517883088308, 0.1402950755483817);
        Part(v, VarianceSource.Seed, 0.0010583333333333328, 0.000196943189167986, 0.013532746600345829);
        Part(v, VarianceSource.Residual, 0.00023500000000000007, 0.00010721691825068562, 0.0008624918478438529);
        Approximately.Equal(0.8182989690721649, v.Shared.Share, 1e-9);
        Approximately.Equal(0.38422340968967916, v.Shared.Low, 1e-9);
        Approximately.Equal(0.977324167650746, v.Shared.High, 1e-9);
        Approximately.Equal(1, v.Components.Sum(c => c.Share));
        Assert.Null(v[VarianceSource.Task]);
    }

    [Fact]
    public void Golden_with_tasks()
    {
        VarianceComponents v = VarianceComponents.Of(s_runs);
        Part(v, VarianceSource.Trial, 0.0021280000000000075, 0, 0.23952933536991808);
        Part(v, VarianceSource.Seed, 0.0016058333333333313, 0.000567551178403055, 0.007601680815153717);
        Part(v, VarianceSource.Residual, 0.0002491666666666665, 0.00013820829238286688, 0.0005771367082490647);
        Approximately.Equal(0.0017428333333333293, v[VarianceSource.TrialTask]!.Variance, 1e-9);
        Approximately.Equal(0.044884833333333346, v[VarianceSource.Task]!.Variance, 1e-9);
        Assert.Null(v[VarianceSource.Task]!.Low);
        Approximately.Equal(0.8656783468104222, v.Shared.Share, 1e-9);
    }

    [Fact]
    public void Known_parts_are_found_on_average_and_their_intervals_hold_them()
    {
        var random = new RandomStream(3, StreamPurpose.Run);
        const int worlds = 200, trials = 6, seeds = 12;
        double[] truth = [4, 1, 0.25];
        double[] sums = new double[3];
        int[] covered = new int[3];
        int shared = 0;
        for (int w = 0; w < worlds; w++)
        {
            double[] common = [.. Enumerable.Range(0, seeds).Select(_ => random.NextNormal())];
            double[][][] runs = [.. Enumerable.Range(0, trials).Select(_ =>
            {
                double trial = 2 * random.NextNormal();
                return (double[][])[[.. common.Select(c => trial + c + (0.5 * random.NextNormal()))]];
            })];
            VarianceComponents v = VarianceComponents.Of(runs);
            VarianceComponent[] parts = [v[VarianceSource.Trial]!, v[VarianceSource.Seed]!, v[VarianceSource.Residual]!];
            for (int i = 0; i < 3; i++)
            {
                sums[i] += parts[i].Variance / worlds;
                if (parts[i].Low <= truth[i] && truth[i] <= parts[i].High) covered[i]++;
            }

            if (v.Shared.Low <= 0.8 && 0.8 <= v.Shared.High) shared++;
        }

        Assert.InRange(sums[0], 3.4, 4.6);
        Assert.InRange(sums[1], 0.9, 1.1);
        Assert.InRange(sums[2], 0.24, 0.26);
        Assert.All(covered, c => Assert.InRange((double)c / worlds, 0.92, 1));
        Assert.InRange((double)shared / worlds, 0.9, 0.99);
    }

    [Fact]
    public void Runs_that_do_not_vary_have_no_shares()
    {
        VarianceComponents v = VarianceComponents.Of([[[1, 1, 1]], [[1, 1, 1]]]);
        Assert.All(v.Components, c => Assert.Equal((0.0, null), (c.Variance, c.Share)));
        Assert.Null(v.Shared.Share);
    }

    [Fact]
    public void A_layout_with_holes_is_refused()
    {
        Assert.Throws<ArgumentException>(() => VarianceComponents.Of([[[1, 2]]]));
        Assert.Throws<ArgumentException>(() => VarianceComponents.Of([[[1]], [[2]]]));
        Assert.Throws<ArgumentException>(() => VarianceComponents.Of([[[1, 2]], [[2]]]));
        Assert.Throws<ArgumentException>(() => VarianceComponents.Of([[[1, 2]], [[2, double.NaN]]]));
    }

    // scipy.stats.nct.sf(t.ppf(0.975, n - 1), n - 1, d √n), SciPy 1.10.1.
    [Theory]
    [InlineData(0.5, 10, 0.2928285672825545)]
    [InlineData(0.5, 34, 0.8077766855149761)]
    [InlineData(1, 5, 0.40132028519950386)]
    [InlineData(2, 2, 0.17566400371015833)]
    [InlineData(0.1, 800, 0.8064975940104736)]
    [InlineData(3, 3, 0.7452680066386073)]
    public void Power_is_that_of_the_noncentral_t(double effect, int seeds, double power) => Approximately.Equal(power, PairedPower.Of(effect, seeds), 1e-8);

    // The fewest n with that power, by the same SciPy call.
    [Theory]
    [InlineData(0.25, 128, 171)]
    [InlineData(0.5, 34, 44)]
    [InlineData(1, 10, 13)]
    [InlineData(2, 5, 5)]
    public void The_seeds_that_a_difference_takes(double effect, int eighty, int ninety)
    {
        Assert.Equal(eighty, PairedPower.Seeds(effect, 0.8));
        Assert.Equal(ninety, PairedPower.Seeds(effect, 0.9));
    }

    [Fact]
    public void What_is_detectable_has_that_power_and_a_hopeless_difference_no_answer()
    {
        foreach (int seeds in new[] { 2, 5, 20, 300 }) Approximately.Equal(0.9, PairedPower.Of(PairedPower.Detectable(seeds, 0.9), seeds), 1e-9);
        Assert.Null(PairedPower.Seeds(1e-4, 0.8));
        Assert.Throws<ArgumentOutOfRangeException>(() => PairedPower.Of(0, 10));
    }

    // scipy.stats.chi2.ppf and f.ppf, SciPy 1.10.1.
    [Fact]
    public void Quantiles_of_the_chi_square_and_F_distributions()
    {
        foreach ((double p, double degrees, double expected) in new[] { (0.025, 1, 0.0009820691171752555), (0.975, 3, 9.348403604496148), (0.5, 10, 9.34181776559197), (0.001, 40, 17.91642653525202), (0.999, 200, 267.5405278227572) })
            Approximately.Equal(expected, ChiSquare.Quantile(p, degrees), 1e-11);
        foreach ((double p, int d1, int d2, double expected) in new[] { (0.975, 4, 8, 5.052632217363513), (0.025, 4, 8, 0.11136377801442861), (0.5, 1, 1, 1.0), (0.9875, 2, 100, 4.579782927116994) })
            Approximately.Equal(expected, FDistribution.Quantile(p, d1, d2), 1e-11);
    }

    private static void Part(VarianceComponents v, VarianceSource source, double variance, double low, double high)
    {
        Approximately.Equal(variance, v[source]!.Variance, 1e-9);
        Approximately.Equal(low, v[source]!.Low, 1e-9);
        Approximately.Equal(high, v[source]!.High, 1e-9);
    }
}
