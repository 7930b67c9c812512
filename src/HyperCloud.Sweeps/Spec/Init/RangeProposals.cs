using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Proposes a range around a flag's default, by what its name usually means. Rules of thumb, written into the spec as such: the user knows
/// better.
/// </summary>
internal static class RangeProposals
{
    private static readonly string[] s_rates = ["lr", "learningrate", "eta", "stepsize"];
    private static readonly string[] s_penalties = ["decay", "wd", "l1", "l2", "alpha", "lambda", "reg", "regularization", "penalty", "eps", "epsilon", "tol", "c"];
    private static readonly string[] s_shares = ["dropout", "momentum", "beta", "beta1", "beta2", "subsample", "colsample", "fraction", "frac", "ratio", "prob", "gamma", "tau", "smoothing", "rho"];

    /// <summary>The domain of a float in flow YAML, with a remark.</summary>
    /// <param name="words">The words of the flag's name, lower case.</param>
    /// <param name="value">The script's default; null when it has none.</param>
    public static (string Domain, string Remark) Real(string[] words, double? value)
    {
        bool rate = Names(words, s_rates), penalty = Names(words, s_penalties), share = !rate && Names(words, s_shares);
        if (value is not { } d)
            return rate ? (Float(1e-5m, 0.1m, log: true, null), "the script has no default") : (Float(0, 1, log: false, null), "the script has no default");
        // Out of the range of decimals there is no clean factor of ten to be had.
        if (Math.Abs(d) > 1e15 || (d != 0 && Math.Abs(d) < 1e-15)) return d > 0
            ? ($"{{type: float, min: {Show(d / 2)}, max: {Show(Math.Min(d, double.MaxValue / 4) * 2)}, default: {Show(d)}}}", "around the script's default")
            : ($"{{type: float, min: {Show(Math.Max(d, double.MinValue / 4) * 2)}, max: 0.0, default: {Show(d)}}}", "around the script's default");
        decimal m = (decimal)d;
        if (d < 0) return (Float(2 * m, 0, log: false, d), "around the script's default");
        if (d == 0)
            return penalty || rate
                ? (Float(1e-6m, 0.1m, log: true, null), "the script's default 0 does not lie on a log scale, so there is no baseline; 0 could be a choice of its own")
                : (Float(0, 1, log: false, d), "around the script's default");
        if (rate) return (Float(m / 100, Math.Min(m * 10, Math.Max(m, 1)), log: true, d), "around the script's default");
        if (share && d <= 1)
            return d >= 0.9 ? (Float(0.5m, Math.Max(0.999m, m), log: false, d), "around the script's default") : (Float(0, Math.Max(0.9m, m), log: false, d), "around the script's default");
        if (penalty) return (Float(m / 100, m * 100, log: true, d), "around the script's default");
        if (d < 0.1) return (Float(m / 10, m * 10, log: true, d), "around the script's default");
        return d <= 1 ? (Float(0, 1, log: false, d), "around the script's default") : (Float(m / 4, m * 4, log: true, d), "around the script's default");
    }

    /// <summary>The domain of an int in flow YAML, with a remark; null when no range can be guessed.</summary>
    /// <param name="value">The script's default; null when it has none.</param>
    public static (string Domain, string Remark)? Whole(long? value) => value switch
    {
        null => ("{type: int, min: 1, max: 100, scale: log}", "the script has no default"),
        < 0 or > (1L << 50) => null,
        0 => ("{type: int, min: 0, max: 10, default: 0}", "around the script's default"),
        < 8 => (string.Create(CultureInfo.InvariantCulture, $"{{type: int, min: 1, max: {Math.Max(2 * value.Value, value.Value + 3)}, default: {value}}}"), "around the script's default"),
        _ => (string.Create(CultureInfo.InvariantCulture, $"{{type: int, min: {value / 4}, max: {value * 4}, scale: log, default: {value}}}"), "around the script's default"),
    };

    private static bool Names(string[] words, string[] known) => words.Any(known.Contains) || known.Contains(string.Concat(words));

    // Decimals have 15 digits of a double here, so a default near a bound could fall outside.
    private static string Float(decimal min, decimal max, bool log, double? value) =>
        $"{{type: float, min: {Show(Math.Min((double)min, value ?? double.MaxValue))}, max: {Show(Math.Max((double)max, value ?? double.MinValue))}{(log ? ", scale: log" : "")}{(value is { } v ? $", default: {Show(v)}" : "")}}}";

    private static string Show(double value) => ParameterValue.Of(value).ToString();
}
