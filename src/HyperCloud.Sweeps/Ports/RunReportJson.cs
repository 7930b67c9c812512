using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>Reads reports as runs write them, on a line of their output or in an HTTP request: <c>{"step": 3, "logloss": 0.21}</c> (DESIGN §6).</summary>
public static class RunReportJson
{
    /// <summary>
    /// Opens a JSON text in which <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> may stand bare, as Python prints them; they become strings.
    /// </summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Open(ReadOnlySpan<char> json) => JsonDocument.Parse(QuoteNonFinite(json));

    /// <summary>
    /// Reads a report. <c>step</c> is optional, a finite number ≥ 0. Every other member that is a number is a metric, also <c>NaN</c>,
    /// <c>Infinity</c> and <c>-Infinity</c>. Other members are no concern of ours.
    /// </summary>
    /// <returns>The report, or null with a sentence in <paramref name="problem"/>.</returns>
    public static RunReport? Read(JsonElement json, out string problem)
    {
        problem = "";
        if (json.ValueKind != JsonValueKind.Object)
        {
            problem = $"a report must be an object such as {{\"step\": 3, \"loss\": 0.21}}, but got {Show(json)}";
            return null;
        }

        double? step = null;
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (JsonProperty member in json.EnumerateObject())
        {
            double? value = Number(member.Value);
            if (member.Name != "step")
            {
                if (value is { } v) metrics[member.Name] = v;
                continue;
            }

            if (value is not { } s || !double.IsFinite(s) || s < 0)
            {
                problem = $"'step' must be a number ≥ 0, but got {Show(member.Value)}";
                return null;
            }

            step = s;
        }

        return new RunReport(step, metrics);
    }

    private static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => value.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => null,
        },
        _ => null,
    };

    private static string Show(JsonElement json) => json.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : json.GetRawText();

    // JSON has no NaN and no infinities, yet Python's json.dumps writes them bare: put them into quotes, outside of strings only.
    private static string QuoteNonFinite(ReadOnlySpan<char> json)
    {
        if (json.IndexOf("NaN") < 0 && json.IndexOf("Infinity") < 0) return json.ToString();
        var text = new StringBuilder(json.Length + 8);
        bool inString = false;
        for (int i = 0; i < json.Length; i++)
        {
            ReadOnlySpan<char> rest = json[i..];
            string? token = inString ? null
                : rest.StartsWith("NaN") ? "NaN"
                : rest.StartsWith("Infinity") ? "Infinity"
                : rest.StartsWith("-Infinity") ? "-Infinity"
                : null;
            if (token is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"\"{token}\"");
                i += token.Length - 1;
                continue;
            }

            text.Append(json[i]);
            if (inString && json[i] == '\\' && i + 1 < json.Length) text.Append(json[++i]);
            else if (json[i] == '"') inString = !inString;
        }

        return text.ToString();
    }
}
