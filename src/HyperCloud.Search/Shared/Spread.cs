namespace HyperCloud.Search;

/// <summary>How far a set of encoded configurations is spread in one dimension.</summary>
internal static class Spread
{
    /// <summary>
    /// The standard deviation about the mean, with one pseudo-observation of the uniform prior (variance 1/12): never 0, and the prior's
    /// √(1/12) when no configuration has the dimension active.
    /// </summary>
    public static double Of(ReadOnlySpan<double[]> x, int dimension)
    {
        double sum = 0, count = 0, squares = 0;
        foreach (double[] row in x)
            if (!double.IsNaN(row[dimension])) (sum, count) = (sum + row[dimension], count + 1);
        double mean = count > 0 ? sum / count : 0.5;
        foreach (double[] row in x)
            if (!double.IsNaN(row[dimension])) squares += (row[dimension] - mean) * (row[dimension] - mean);
        return Math.Sqrt((squares + 1.0 / 12) / (count + 1));
    }
}
