using System.Globalization;

namespace HyperCloud.Runners;

/// <summary>Durations as specs write them.</summary>
internal static class Durations
{
    /// <summary><c>500ms</c>, <c>90s</c>, <c>10m</c>, <c>2h</c>: the largest unit in which the number is whole.</summary>
    public static string Show(TimeSpan t) => t.TotalMilliseconds switch
    {
        var ms when ms == 0 => "0s",
        var ms when ms % 3_600_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{t.TotalHours}h"),
        var ms when ms % 60_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{t.TotalMinutes}m"),
        var ms when ms % 1_000 == 0 => string.Create(CultureInfo.InvariantCulture, $"{t.TotalSeconds}s"),
        var ms => string.Create(CultureInfo.InvariantCulture, $"{ms}ms"),
    };
}
