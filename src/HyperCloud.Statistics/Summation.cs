namespace HyperCloud.Statistics;

/// <summary>
/// Sums that do not depend on the order in which runs finished: values are sorted first and summed with compensation (Neumaier 1974,
/// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen"), so that equal runs give equal bits.
/// </summary>
internal static class Summation
{
    /// <summary>The values in ascending order, as losses: negated when more is better.</summary>
    /// <exception cref="ArgumentException">A value is NaN or infinite.</exception>
    public static double[] Sorted(IReadOnlyList<double> values, bool negate)
    {
        ArgumentNullException.ThrowIfNull(values);
        var sorted = new double[values.Count];
        for (int i = 0; i < sorted.Length; i++)
        {
            if (!double.IsFinite(values[i])) throw new ArgumentException($"values must be finite, but the one at index {i} is {values[i]}", nameof(values));
            sorted[i] = negate ? -values[i] : values[i];
        }

        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>The sum, in the given order, with an error that does not grow with the number of values.</summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0, lost = 0;
        foreach (double value in values)
        {
            double next = sum + value;
            lost += Math.Abs(sum) >= Math.Abs(value) ? sum - next + value : value - next + sum;
            sum = next;
        }

        return sum + lost;
    }

    /// <summary>Arithmetic mean of at least one value: never outside the values by rounding, and finite for finite values.</summary>
    public static double Mean(ReadOnlySpan<double> values)
    {
        double mean = Sum(values) / values.Length;
        if (!double.IsFinite(mean))
        {
            // The sum is beyond the largest double, the mean is not.
            double[] parts = new double[values.Length];
            for (int i = 0; i < parts.Length; i++) parts[i] = values[i] / parts.Length;
            mean = Sum(parts);
        }

        double least = values[0], most = values[0];
        foreach (double value in values) (least, most) = (Math.Min(least, value), Math.Max(most, value));
        return Math.Clamp(mean, least, most);
    }

    /// <summary>√(Σ (x − mean)² / divisor), by two passes. Neither overflows nor underflows in the squares.</summary>
    public static double RootMeanSquare(ReadOnlySpan<double> values, double divisor)
    {
        double mean = Mean(values), largest = 0;
        foreach (double value in values) largest = Math.Max(largest, Math.Abs(value - mean));
        if (largest == 0 || !double.IsFinite(largest)) return largest;
        // A power of two: scaling by it changes no bit of the result. Kept within what has a finite reciprocal.
        double scale = Math.ScaleB(1, Math.Clamp(Math.ILogB(largest), -1020, 1020));
        double[] squares = new double[values.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            double deviation = (values[i] - mean) / scale;
            squares[i] = deviation * deviation;
        }

        return scale * Math.Sqrt(Sum(squares) / divisor);
    }

    /// <summary>Sample standard deviation (divisor n − 1) of at least two values.</summary>
    public static double StandardDeviation(ReadOnlySpan<double> values) => RootMeanSquare(values, values.Length - 1);
}
