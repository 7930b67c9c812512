using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>How many common seeds it takes to tell two trials apart: power of the paired t test, two-sided.</summary>
public static class PairedPower
{
    /// <summary>Most seeds that are answered; beyond, there is no answer.</summary>
    public const int MostSeeds = 1_000_000;

    /// <summary>The probability that the interval of the mean gain over so many seeds does not hold 0, on the side of the true difference.</summary>
    /// <remarks>P(T &gt; t) for the noncentral t with ν = n − 1 and δ = d √n: ∫ Φ(δ − t u) f(u) du over the scaled χ distribution of s / σ (Johnson,
    /// Kotz and Balakrishnan, Continuous Univariate Distributions 2, 1995, §31.2), by Simpson's rule.</remarks>
    /// <param name="effect">True difference in standard deviations of the paired differences, above 0.</param>
    /// <param name="seeds">Common seeds, at least 2.</param>
    /// <param name="level">Level of the interval in (0, 1).</param>
    public static double Of(double effect, int seeds, double level = 0.95)
    {
        if (!(effect > 0)) throw new ArgumentOutOfRangeException(nameof(effect), effect, "`effect` must be above 0");
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 2);
        Interval.CheckLevel(level);
        double degrees = seeds - 1, shift = effect * Math.Sqrt(seeds), t = StudentT.TwoSided(level, degrees);
        // s / σ lies within 9 of its standard deviations, 1 / √(2 ν), of 1, but for less than 1e-12; below 2 degrees it reaches far.
        double spread = 9 / Math.Sqrt(2 * degrees), from = Math.Max(0, 1 - spread), to = 1 + spread;
        const int steps = 2_000;
        double width = (to - from) / steps, sum = 0;
        double log = Elementary.Log(2) + (degrees / 2 * Elementary.Log(degrees / 2)) - SpecialFunctions.LogGamma(degrees / 2);
        for (int i = 0; i <= steps; i++)
        {
            double u = from + (i * width);
            // At u = 0 the density of one degree is not 0, and of more it is.
            double density = u > 0 ? Elementary.Exp(log + ((degrees - 1) * Elementary.Log(u)) - (degrees * u * u / 2)) : degrees == 1 ? Elementary.Exp(log) : 0;
            sum += (i is 0 or steps ? 1 : i % 2 == 1 ? 4 : 2) * density * NormalDistribution.Cdf(shift - (t * u));
        }

        return Math.Clamp(sum * width / 3, 0, 1);
    }

    /// <summary>The fewest common seeds with which a difference is found with a probability; null beyond <see cref="MostSeeds"/>.</summary>
    /// <param name="effect">True difference in standard deviations of the paired differences, above 0.</param>
    /// <param name="power">Probability in (0, 1), usually 0.8 or 0.9.</param>
    /// <param name="level">Level of the interval in (0, 1).</param>
    public static int? Seeds(double effect, double power, double level = 0.95)
    {
        CheckPower(power);
        if (Of(effect, MostSeeds, level) < power) return null;
        // Power grows with the seeds.
        int low = 1, high = 2;
        while (Of(effect, high, level) < power) (low, high) = (high, Math.Min(MostSeeds, high * 2));
        while (high - low > 1)
        {
            int middle = low + ((high - low) / 2);
            if (Of(effect, middle, level) < power) low = middle;
            else high = middle;
        }

        return high;
    }

    /// <summary>The difference, in standard deviations of the paired differences, that so many common seeds find with a probability.</summary>
    /// <param name="seeds">Common seeds, at least 2.</param>
    /// <param name="power">Probability in (0, 1), usually 0.8 or 0.9.</param>
    /// <param name="level">Level of the interval in (0, 1).</param>
    public static double Detectable(int seeds, double power, double level = 0.95)
    {
        CheckPower(power);
        double low = 0, high = 1;
        while (Of(high, seeds, level) < power) (low, high) = (high, high * 2);
        for (int i = 0; i < 50 && high - low > 1e-12 * high; i++)
        {
            double middle = low + ((high - low) / 2);
            if (Of(middle, seeds, level) < power) low = middle;
            else high = middle;
        }

        return high;
    }

    private static void CheckPower(double power)
    {
        if (!(power > 0 && power < 1)) throw new ArgumentOutOfRangeException(nameof(power), power, "`power` must be above 0 and below 1");
    }
}
