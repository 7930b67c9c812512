using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// Reads the options object of a runner key by key, collecting every finding instead of stopping at the first. Keys that were never asked
/// for are refused by <see cref="RefuseUnknown"/>.
/// </summary>
/// <param name="runner">The runner's kind, for messages.</param>
/// <param name="options">A JSON object.</param>
/// <param name="findings">Where findings go.</param>
internal sealed class OptionReader(string runner, JsonElement options, List<RunnerFinding> findings)
{
    private readonly List<string> _known = [];

    /// <summary>Adds a fatal finding about one key.</summary>
    public void Refuse(string key, string message) => findings.Add(new(true, Pointer(key), message));

    /// <summary>The pointer of a key: RFC 6901 escapes.</summary>
    public static string Pointer(string key) => "/" + key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => TryGet(key, out _);

    /// <summary>A string that is not empty; null when absent or wrong.</summary>
    public string? Text(string key, bool required = false)
    {
        if (!TryGet(key, out JsonElement e))
        {
            if (required) findings.Add(new(true, "", $"{runner} needs '{key}'"));
            return null;
        }

        if (e.ValueKind == JsonValueKind.String && e.GetString() is { Length: > 0 } s) return s;
        Refuse(key, $"'{key}' must be a text, but got {Show(e)}");
        return null;
    }

    /// <summary>One of a list of words; <paramref name="fallback"/> when absent or wrong.</summary>
    public string? Choice(string key, IReadOnlyCollection<string> choices, string? fallback)
    {
        if (!TryGet(key, out JsonElement e)) return fallback;
        string? s = e.ValueKind == JsonValueKind.String ? e.GetString() : null;
        if (s is not null && choices.Contains(s)) return s;
        Refuse(key, s is null
            ? $"'{key}' must be one of {string.Join(", ", choices)}, but got {Show(e)}"
            : $"'{key}' cannot be '{s}'{Nearest.Hint(s, choices)}");
        return fallback;
    }

    /// <summary>A finite number in [min, max]; null when absent or wrong.</summary>
    public double? Number(string key, double min, double max)
    {
        if (!TryGet(key, out JsonElement e)) return null;
        if (e.ValueKind == JsonValueKind.Number && e.GetDouble() is var v && v >= min && v <= max) return v;
        Refuse(key, string.Create(CultureInfo.InvariantCulture, $"'{key}' must be a number from {min} to {max}, but got {Show(e)}"));
        return null;
    }

    /// <summary>A whole number in [min, max]; null when absent or wrong.</summary>
    public int? Integer(string key, int min, int max)
    {
        if (!TryGet(key, out JsonElement e)) return null;
        if (e.ValueKind == JsonValueKind.Number && e.TryGetInt32(out int v) && v >= min && v <= max) return v;
        Refuse(key, string.Create(CultureInfo.InvariantCulture, $"'{key}' must be a whole number from {min} to {max}, but got {Show(e)}"));
        return null;
    }

    /// <summary>A list of texts; empty when absent or wrong.</summary>
    public ImmutableArray<string> TextList(string key)
    {
        if (!TryGet(key, out JsonElement e)) return [];
        if (e.ValueKind == JsonValueKind.Array && e.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String))
            return [.. e.EnumerateArray().Select(i => i.GetString()!)];
        Refuse(key, $"'{key}' must be a list of texts, but got {Show(e)}");
        return [];
    }

    /// <summary>A duration such as <c>90s</c>, <c>10m</c>, <c>2h</c>, <c>500ms</c>; null when absent or wrong.</summary>
    public TimeSpan? Duration(string key)
    {
        if (!TryGet(key, out JsonElement e)) return null;
        if (e.ValueKind == JsonValueKind.String && TryDuration(e.GetString()!, out TimeSpan t)) return t;
        Refuse(key, $"'{key}' must be a duration such as 500ms, 90s, 10m or 2h, but got {Show(e)}");
        return null;
    }

    /// <summary>Refuses every key that was not asked for.</summary>
    /// <param name="hint">A better message for some keys than "unknown"; null for none.</param>
    public void RefuseUnknown(Func<string, string?>? hint = null)
    {
        foreach (JsonProperty p in options.EnumerateObject())
            if (!_known.Contains(p.Name)) Refuse(p.Name, hint?.Invoke(p.Name) ?? $"{runner} has no option '{p.Name}'{Nearest.Hint(p.Name, _known)}");
    }

    /// <summary>JSON as a message shows it, cut at 60 characters.</summary>
    public static string Show(JsonElement e) => e.GetRawText() is { Length: > 60 } long_ ? long_[..60] + "…" : e.GetRawText();

    private bool TryGet(string key, out JsonElement value)
    {
        if (!_known.Contains(key)) _known.Add(key);
        return options.TryGetProperty(key, out value);
    }

    private static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        (string unit, double seconds)[] units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];
        foreach ((string unit, double seconds) in units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)
                || !double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n)
                || n * seconds > 1e8) continue;
            value = TimeSpan.FromSeconds(n * seconds);
            return true;
        }

        return false;
    }
}
