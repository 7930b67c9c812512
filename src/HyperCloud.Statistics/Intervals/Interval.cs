namespace HyperCloud.Statistics;

/// <summary>A two-sided confidence interval, or the reason why there is none.</summary>
/// <param name="Low">Lower end in the metric's units; null when there is no interval.</param>
/// <param name="High">Upper end; null when there is no interval.</param>
/// <param name="Level">The level asked for, in (0, 1): at least (order statistics, Clopper–Pearson) or about this coverage.</param>
/// <param name="Method">Name and source of the method; also when there is no interval, if one was looked at.</param>
/// <param name="Warning">What makes the level doubtful, in a sentence; null when nothing was seen.</param>
/// <param name="WhyNone">Why there is no interval, in a sentence; null when there is one.</param>
public sealed record Interval(double? Low, double? High, double Level, string Method, string? Warning, string? WhyNone)
{
    /// <summary>Whether there is one.</summary>
    public bool Exists => WhyNone is null;

    /// <summary>No interval.</summary>
    internal static Interval None(double level, string method, string why) => new(null, null, level, method, null, why);

    /// <summary>An interval on the losses' scale, turned into the metric's.</summary>
    internal static Interval OfLosses(double low, double high, bool negate, double level, string method, string? warning) =>
        !double.IsFinite(low) || !double.IsFinite(high)
            ? None(level, method, "the values are too large or too far apart for an interval in double precision")
            : negate
                ? new Interval(0 - high, 0 - low, level, method, warning, null) // 0 − x: no negative zero
                : new Interval(low, high, level, method, warning, null);

    /// <summary>Refuses levels outside (0, 1).</summary>
    internal static void CheckLevel(double level)
    {
        if (!(level > 0 && level < 1)) throw new ArgumentOutOfRangeException(nameof(level), level, "`level` must be above 0 and below 1");
    }
}
