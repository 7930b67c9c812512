using System.Globalization;
using System.Text.RegularExpressions;

namespace HyperCloud.Sweeps;

/// <summary>Durations as a spec writes them: a decimal number and one of the units <c>s m h d</c>, such as <c>90s</c>, <c>1.5h</c>.</summary>
public static partial class Durations
{
    /// <summary>The form as a regular expression, for the JSON Schema.</summary>
    internal const string Pattern = "^[0-9]{1,9}(\\.[0-9]{1,6})?(s|m|h|d)$";

    /// <summary>The longest duration a spec may hold.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromDays(3650);

    /// <summary>Reads a duration; false when the form is another, or the value is not above 0 and at most <see cref="Longest"/>.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is null || !Form().IsMatch(text)) return false;
        decimal unit = text[^1] switch { 's' => TimeSpan.TicksPerSecond, 'm' => TimeSpan.TicksPerMinute, 'h' => TimeSpan.TicksPerHour, _ => TimeSpan.TicksPerDay };
        decimal ticks = decimal.Round(decimal.Parse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) * unit);
        if (ticks <= 0 || ticks > Longest.Ticks) return false;
        duration = new TimeSpan((long)ticks);
        return true;
    }

    /// <summary>Writes a duration in the largest unit that leaves no fraction, seconds else; <see cref="TryParse"/> reads it back exactly.</summary>
    public static string Format(TimeSpan duration)
    {
        foreach ((long unit, char name) in ((long, char)[])[(TimeSpan.TicksPerDay, 'd'), (TimeSpan.TicksPerHour, 'h'), (TimeSpan.TicksPerMinute, 'm')])
            if (duration.Ticks % unit == 0) return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / unit}{name}");
        return string.Create(CultureInfo.InvariantCulture, $"{(decimal)duration.Ticks / TimeSpan.TicksPerSecond:0.#######}s");
    }

    /// <summary>What to write instead of something that is no duration.</summary>
    internal static string Advice(string written)
    {
        if (decimal.TryParse(written, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal plain) && plain > 0)
            return $"a duration needs a unit: write {written}s, {written}m, {written}h or {written}d";
        if (Compound().Match(written) is { Success: true } parts)
        {
            decimal seconds = 0;
            foreach (string unit in (string[])["d", "h", "m", "s"])
                if (parts.Groups[unit].Success)
                    seconds += decimal.Parse(parts.Groups[unit].ValueSpan, CultureInfo.InvariantCulture) * unit switch { "d" => 86400, "h" => 3600, "m" => 60, _ => 1 };
            if (seconds > 0 && seconds <= (decimal)Longest.TotalSeconds) return $"a duration has one unit: write {Format(TimeSpan.FromSeconds((long)seconds))}";
        }

        return Form().IsMatch(written)
            ? $"a duration must be longer than 0 and at most {Format(Longest)}"
            : "write a number with one of the units s, m, h, d, such as 90s, 10m, 2h or 1d";
    }

    [GeneratedRegex("\\A[0-9]{1,9}(\\.[0-9]{1,6})?[smhd]\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex("\\A(?:(?<d>[0-9]{1,6})d)?\\s*(?:(?<h>[0-9]{1,6})h)?\\s*(?:(?<m>[0-9]{1,6})m)?\\s*(?:(?<s>[0-9]{1,6})s)?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Compound();
}
