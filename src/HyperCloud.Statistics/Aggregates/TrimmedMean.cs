using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Means of the middle: g values are cut from either end, g rounded down. The interquartile mean cuts a quarter (Agarwal et al., "Deep
/// reinforcement learning at the edge of the statistical precipice", 2021, whose code takes SciPy's <c>trim_mean(x, 0.25)</c>), the trimmed
/// mean a fifth (SciPy's <c>trim_mean(x, 0.2)</c>). Whole values are cut, not fractions, because the interval by Tukey and McLaughlin is made
/// for that and covers the very number that is shown.
/// </summary>
internal static class TrimmedMean
{
    /// <summary>How many of n values are cut from each end.</summary>
    public static int CutOf(StatisticKind kind, int n) => kind == StatisticKind.Iqm ? n / 4 : n / 5;

    /// <summary>Mean of sorted values without the <paramref name="cut"/> smallest and largest.</summary>
    public static double Of(ReadOnlySpan<double> sorted, int cut) => Summation.Mean(sorted[cut..^cut]);

    /// <summary>Sorted values with those that are cut replaced by the nearest that is not (Winsorised).</summary>
    public static double[] Winsorised(ReadOnlySpan<double> sorted, int cut)
    {
        double[] values = sorted.ToArray();
        values.AsSpan(0, cut).Fill(values[cut]);
        values.AsSpan(values.Length - cut).Fill(values[values.Length - 1 - cut]);
        return values;
    }
}
