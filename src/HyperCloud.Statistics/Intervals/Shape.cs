using System.Globalization;

namespace HyperCloud.Statistics;

/// <summary>Looks for what makes an interval of a mean doubtful: skew, a group of runs that collapsed, no spread at all.</summary>
internal static class Shape
{
    // Cochran (Sampling Techniques, 1977, §2.15): the t interval is off by little when n > 25 G₁², G₁ being the skewness.
    private const double Cochran = 25;

    // A run this many robust standard deviations on the bad side is called collapsed: a normal one in 3 million is.
    private const double FarOff = 5;

    // Robust standard deviations: σ = 1.4826 × median absolute deviation, or 1.2533 × mean absolute deviation, for normal values.
    private const double PerMedianDeviation = 1.4826, PerMeanDeviation = 1.2533;

    /// <summary>The warning for a mean of sorted losses; null when nothing was seen.</summary>
    public static string? Warning(ReadOnlySpan<double> losses, double level, bool negate)
    {
        int n = losses.Length;
        if (losses[0] == losses[^1]) return NoSpread(n, n);
        int collapsed = Collapsed(losses);
        if (collapsed > 0)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"{CollapsedRuns(collapsed, n)}: the runs may fall into groups, and the t interval may cover less than {level * 100:0.###} %");
        }

        double skewness = Skewness(losses), normalError = Math.Sqrt(6.0 * (n - 2) / ((n + 1.0) * (n + 3.0)));
        // Beyond what runs without skew would show by chance, and enough to matter.
        if (n < Cochran * skewness * skewness && Math.Abs(skewness) > 2 * normalError)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"the values are skewed (skewness {(negate ? -skewness : skewness):0.0}, {n} runs): the t interval may cover less than {level * 100:0.###} %");
        }

        return null;
    }

    /// <summary>The warning for a trimmed mean: it is deaf to what was cut.</summary>
    public static string? TrimmedWarning(ReadOnlySpan<double> losses, int cut)
    {
        int collapsed = Collapsed(losses);
        return collapsed == 0 ? null : $"{CollapsedRuns(collapsed, losses.Length)}: a mean that cuts {cut} from either end does not show them";
    }

    /// <summary>The warning when the values that count are all equal.</summary>
    public static string NoSpread(int equal, int n) => string.Create(CultureInfo.InvariantCulture,
        $"{(equal == n ? $"all {n} values" : $"the middle {equal} of {n} values")} are equal: the interval has no width, because the runs show no noise");

    private static string CollapsedRuns(int collapsed, int n) => string.Create(CultureInfo.InvariantCulture,
        $"{collapsed} of {n} runs {(collapsed == 1 ? "lies" : "lie")} far on the bad side (more than {FarOff:0} robust standard deviations from the median)");

    /// <summary>How many losses lie far above the median; sorted, not all equal. Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993).</summary>
    private static int Collapsed(ReadOnlySpan<double> losses)
    {
        int n = losses.Length;
        double median = Median(losses);
        double[] deviations = new double[n];
        for (int i = 0; i < n; i++) deviations[i] = Math.Abs(losses[i] - median);
        Array.Sort(deviations);
        double scale = PerMedianDeviation * Median(deviations);
        if (scale == 0) scale = PerMeanDeviation * Summation.Mean(deviations);
        int count = 0;
        for (int i = n - 1; i >= 0 && losses[i] - median > FarOff * scale; i--) count++;
        return count;
    }

    private static double Median(ReadOnlySpan<double> sorted) => Aggregate.OfLosses(new(Core.StatisticKind.Median), sorted);

    /// <summary>Sample skewness g₁ = m₃ / m₂^(3/2).</summary>
    private static double Skewness(ReadOnlySpan<double> losses)
    {
        int n = losses.Length;
        double mean = Summation.Mean(losses), spread = Summation.RootMeanSquare(losses, n);
        double[] cubes = new double[n];
        for (int i = 0; i < n; i++)
        {
            double z = (losses[i] - mean) / spread;
            cubes[i] = z * z * z;
        }

        return Summation.Sum(cubes) / n;
    }
}
