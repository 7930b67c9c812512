using CsCheck;

namespace HyperCloud.Statistics.Tests;

/// <summary>Golden numbers: SciPy 1.10.1, the function named at each.</summary>
public sealed class DistributionTests
{
    [Theory] // scipy.special.betainc(a, b, x)
    [InlineData(0.5, 0.5, 0.3, 0.3690101195655454)]
    [InlineData(2, 3, 0.1, 0.05230000000000001)]
    [InlineData(2, 3, 0.9, 0.9963)]
    [InlineData(50, 0.5, 0.99, 0.31730439787419623)]
    [InlineData(5, 95, 0.01, 0.0032874322315664417)]
    [InlineData(1000, 1000, 0.47, 0.0036225247314433363)]
    [InlineData(0.1, 20, 1e-06, 0.35544952413858494)]
    [InlineData(30, 2, 0.001, 3.0970000000000027e-89)]
    [InlineData(12.5, 7.25, 0.6, 0.3677499190337037)]
    [InlineData(2, 3, 0, 0)]
    [InlineData(2, 3, 1, 1)]
    public void Incomplete_beta(double a, double b, double x, double expected) =>
        Approximately.Equal(expected, IncompleteBeta.Regularized(a, b, x));

    [Theory] // scipy.special.betaincinv(a, b, p); where b = 1 the closed form p^(1/a): SciPy 1.10 is off by 2e-15 there
    [InlineData(1, 10, 0.025, 0.0025285785444617848)]
    [InlineData(3, 8, 0.025, 0.06673951117773447)]
    [InlineData(10, 1, 0.025, 0.6915028921812392)]
    [InlineData(20, 1, 0.025, 0.8315665290169147)]
    [InlineData(0.5, 5, 1e-06, 1.6511967750070255e-13)]
    [InlineData(500, 500, 0.3, 0.49170699720927175)]
    [InlineData(2, 3, 0, 0)]
    [InlineData(2, 3, 1, 1)]
    public void Inverse_of_incomplete_beta(double a, double b, double p, double expected) =>
        Approximately.Equal(expected, IncompleteBeta.Inverse(a, b, p));

    [Theory] // scipy.stats.t.cdf(t, degrees)
    [InlineData(0, 3, 0.5)]
    [InlineData(1, 1, 0.7500000000000002)]
    [InlineData(-2.5, 4, 0.03338327240599406)]
    [InlineData(2.262, 9, 0.9749935772487728)]
    [InlineData(0.001, 7, 0.5003849913775006)]
    [InlineData(-40, 5, 9.205981085886476e-08)]
    [InlineData(3.3, 1000, 0.9994995016374989)]
    [InlineData(-5, 200.5, 6.239746909672417e-07)]
    [InlineData(1e-08, 10, 0.5000000038910838)]
    [InlineData(1e300, 3, 1)]
    [InlineData(-1e300, 3, 0)]
    public void Student_t(double t, double degrees, double expected) => Approximately.Equal(expected, StudentT.Cdf(t, degrees));

    // mpmath 1.2.1 with 40 digits, bisecting betainc(v/2, 1/2, 0, v/(v + t*t), regularized=True) = 1 - level. SciPy 1.10's stats.t.ppf has only
    // ten right digits: at one degree the answer is tan(pi * level / 2), which is the number below.
    [Theory]
    [InlineData(0.95, 2, 4.302652729749462)]
    [InlineData(0.95, 9, 2.262157162798205)]
    [InlineData(0.95, 19, 2.093024054408309)]
    [InlineData(0.99, 4, 4.604094871349992)]
    [InlineData(0.5, 3, 0.7648923284043453)]
    [InlineData(0.999, 1, 636.6192487687191)]
    [InlineData(0.9, 1000, 1.6463788172854648)]
    [InlineData(0.95, 2.5, 3.5746548420036817)]
    public void Two_sided_factor_of_Student_t(double level, double degrees, double expected) =>
        Approximately.Equal(expected, StudentT.TwoSided(level, degrees));

    [Theory] // scipy.stats.binom.cdf(successes, trials, p)
    [InlineData(-1, 6, 0.5, 0)]
    [InlineData(0, 6, 0.5, 0.015625)]
    [InlineData(3, 10, 0.5, 0.171875)]
    [InlineData(6, 6, 0.5, 1)]
    [InlineData(18, 20, 0.9, 0.6082530018748321)]
    [InlineData(400, 1000, 0.5, 1.364232078032988e-10)]
    [InlineData(5, 1000, 0.001, 0.999411929898237)]
    [InlineData(49, 50, 0.9, 0.9948462247926799)]
    public void Binomial(int successes, int trials, double p, double expected) =>
        Approximately.Equal(expected, BinomialDistribution.Cdf(successes, trials, p));

    [Fact]
    public void The_binomial_agrees_with_the_sum_of_its_terms()
    {
        const int n = 24;
        double term = Math.Pow(0.7, n), sum = 0;
        for (int k = 0; k <= n; k++)
        {
            sum += term;
            Approximately.Equal(sum, BinomialDistribution.Cdf(k, n, 0.3), 1e-13);
            term *= (n - k) / (k + 1.0) * (0.3 / 0.7);
        }
    }

    [Fact]
    public void The_inverse_inverts() => Gen.Select(Gen.Double[0.05, 300], Gen.Double[0.05, 300], Gen.Double[1e-9, 0.999999]).Sample((a, b, p) =>
    {
        double x = IncompleteBeta.Inverse(a, b, p);
        // Near 1 doubles are too coarse for the density to be small there: the answer is the first double at which p is reached.
        Assert.True(IncompleteBeta.Regularized(a, b, x) >= p * (1 - 1e-11));
        Assert.True(Math.BitDecrement(x) is var less && (less <= 0 || IncompleteBeta.Regularized(a, b, less) <= p * (1 + 1e-11)));
    }, iter: 300);

    [Fact]
    public void Both_tails_add_up_to_one() => Gen.Select(Gen.Double[0.05, 2000], Gen.Double[0.05, 2000], Gen.Double[0.001, 0.999]).Sample((a, b, x) =>
        Assert.True(Math.Abs(IncompleteBeta.Regularized(a, b, x) + IncompleteBeta.Regularized(b, a, 1 - x, x) - 1) < 1e-12), iter: 500);

    [Theory]
    [InlineData(0, 1, 0.5)]
    [InlineData(1, -1, 0.5)]
    [InlineData(1, 1, -0.1)]
    [InlineData(1, 1, 1.1)]
    [InlineData(1, 1, double.NaN)]
    [InlineData(double.NaN, 1, 0.5)]
    public void Arguments_out_of_range_are_refused(double a, double b, double x)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => IncompleteBeta.Regularized(a, b, x));
    }
}
