using System.Globalization;
using System.Text.RegularExpressions;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Resolves plain YAML scalars by the core schema of YAML 1.2 (chapter 10.3), and refuses the forms that YAML 1.1 and 1.2 read differently
/// (SEMANTICS §6).
/// </summary>
internal static partial class YamlScalars
{
    /// <summary>The outcome of resolving one scalar.</summary>
    /// <param name="Value">The value, when <paramref name="Error"/> is null.</param>
    /// <param name="Error">Why the scalar is refused.</param>
    /// <param name="Code">The problem's code.</param>
    /// <param name="Warning">What the reader should know although the scalar is taken.</param>
    public readonly record struct Resolution(ParameterValue Value, string? Error = null, string Code = SpecCodes.Ambiguous, string? Warning = null);

    public static Resolution Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return new(ParameterValue.Null);
            case "true" or "True" or "TRUE": return new(ParameterValue.Of(true));
            case "false" or "False" or "FALSE": return new(ParameterValue.Of(false));
        }

        if (Boolean11().IsMatch(text))
        {
            string meant = text.ToLowerInvariant() is "yes" or "on" ? "true" : "false";
            return new(ParameterValue.Of(text), Warning: $"`{text}` is a text here (YAML 1.2), not a boolean; write {meant} for the boolean, '{text}' for the text");
        }

        if (text.Length > 0 && text[0] is (>= '0' and <= '9') or '-' or '+' or '.') return Number(text);
        return new(ParameterValue.Of(text));
    }

    private static Resolution Number(string text)
    {
        if (NotFinite().IsMatch(text)) return new(default, $"a number must be finite, but got {text}", SpecCodes.Invalid);
        if (Underscores().IsMatch(text) && text.Contains('_', StringComparison.Ordinal))
            return new(default, $"`{text}` is a number to some readers of YAML and a text to others; write {text.Replace("_", "", StringComparison.Ordinal)} for the number, '{text}' for the text");
        if (LeadingZero().IsMatch(text))
            return new(default, $"`{text}` has a leading zero, which some readers of YAML take for octal; write {Trimmed(text)} for the number, '{text}' for the text");
        if (Integer().IsMatch(text)) return FromInteger(text);
        if (Based().Match(text) is { Success: true } based)
        {
            try
            {
                long value = Convert.ToInt64(based.Groups["digits"].Value, text[1] == 'x' ? 16 : 8);
                return value < 0 ? TooLong(text) : new(ParameterValue.Of(value));
            }
            catch (OverflowException)
            {
                return TooLong(text);
            }
        }

        return Float().IsMatch(text) ? FromFloat(text) : new(ParameterValue.Of(text));
    }

    /// <summary>A decimal integer, for YAML and JSON alike.</summary>
    public static Resolution FromInteger(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? new(ParameterValue.Of(value)) : TooLong(text);

    /// <summary>A decimal float, for YAML and JSON alike.</summary>
    public static Resolution FromFloat(string text)
    {
        double value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value)) return new(default, $"{ScalarNode.Shorten(text)} is larger than a double can hold (about 1.8e308)", SpecCodes.Invalid);
        string mantissa = text.Split('e', 'E')[0];
        if (value == 0 && mantissa.AsSpan().IndexOfAnyInRange('1', '9') >= 0)
            return new(default, $"{ScalarNode.Shorten(text)} is smaller than a double can hold (about 4.9e-324)", SpecCodes.Invalid);
        return new(ParameterValue.Of(value));
    }

    private static Resolution TooLong(string text) =>
        new(default, $"{ScalarNode.Shorten(text)} does not fit into 64 bits; write it with an exponent for a rounded number, in quotes for a text", SpecCodes.Invalid);

    private static string Trimmed(string text)
    {
        string sign = text[0] is '-' or '+' ? text[..1] : "";
        string digits = text[sign.Length..].TrimStart('0');
        return sign + (digits.Length == 0 || digits[0] is < '0' or > '9' ? "0" + digits : digits);
    }

    [GeneratedRegex(@"\A(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Boolean11();

    [GeneratedRegex(@"\A(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z", RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"\A[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?\z|\A[-+]?0[xo][0-9a-fA-F_]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Underscores();

    [GeneratedRegex(@"\A[-+]?0[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingZero();

    [GeneratedRegex(@"\A[-+]?[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A0(?:x(?<digits>[0-9a-fA-F]+)|o(?<digits>[0-7]+))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Based();

    [GeneratedRegex(@"\A[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Float();
}
