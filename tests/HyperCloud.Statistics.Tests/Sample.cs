using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>The values the golden numbers are of.</summary>
internal static class Sample
{
    /// <summary>Twenty losses, one of them of a collapsed run.</summary>
    public static readonly double[] Twenty =
        [0.31, 0.29, 0.35, 0.27, 0.33, 0.30, 0.92, 0.28, 0.36, 0.32, 0.26, 0.305, 0.41, 0.295, 0.34, 0.37, 0.22, 0.335, 0.315, 0.39];

    public static StatisticSpec Statistic(string text) => text.Split('(', ')') switch
    {
        ["mean"] => new(StatisticKind.Mean),
        ["median"] => new(StatisticKind.Median),
        ["iqm"] => new(StatisticKind.Iqm),
        ["trimmed"] => new(StatisticKind.Trimmed),
        ["worst"] => new(StatisticKind.Worst),
        ["quantile", var q, _] => new(StatisticKind.Quantile, double.Parse(q)),
        ["cvar", var a, _] => new(StatisticKind.Cvar, double.Parse(a)),
        ["mean-std", var k, _] => new(StatisticKind.MeanStd, double.Parse(k)),
        _ => throw new ArgumentOutOfRangeException(nameof(text), text, "no statistic"),
    };
}
