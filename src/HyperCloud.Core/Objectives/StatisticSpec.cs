namespace HyperCloud.Core;

/// <summary>Which aggregate of a configuration's runs is judged (SEMANTICS §5).</summary>
public enum StatisticKind
{
    /// <summary>Arithmetic mean (default).</summary>
    Mean,

    /// <summary>Median.</summary>
    Median,

    /// <summary>Interquartile mean.</summary>
    Iqm,

    /// <summary>20 % trimmed mean.</summary>
    Trimmed,

    /// <summary>Quantile q.</summary>
    Quantile,

    /// <summary>Mean of the worst share a.</summary>
    Cvar,

    /// <summary>The worst run.</summary>
    Worst,

    /// <summary>Mean made worse by k standard deviations.</summary>
    MeanStd,
}

/// <summary>A statistic with its parameter.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Argument">q of <c>quantile(q)</c>, a of <c>cvar(a)</c>, k of <c>mean-std(k)</c>; otherwise null.</param>
public sealed record StatisticSpec(StatisticKind Kind, double? Argument = null)
{
    /// <summary>As written in a spec: <c>mean</c>, <c>cvar(0.2)</c>, …</summary>
    public override string ToString() => Kind switch
    {
        StatisticKind.Quantile => $"quantile({ParameterValue.Of(Argument!.Value)})",
        StatisticKind.Cvar => $"cvar({ParameterValue.Of(Argument!.Value)})",
        StatisticKind.MeanStd => $"mean-std({ParameterValue.Of(Argument!.Value)})",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
