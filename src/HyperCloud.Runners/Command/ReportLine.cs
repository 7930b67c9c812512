using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>Reads protocol lines: <c>::hypercloud:: {"step": 3, "logloss": 0.21}</c> (DESIGN §6).</summary>
internal static class ReportLine
{
    /// <summary>What a protocol line begins with, after white space.</summary>
    public const string Prefix = "::hypercloud::";

    /// <summary>Whether the line is meant for HyperCloud.</summary>
    public static bool IsProtocol(ReadOnlySpan<char> line) => line.TrimStart().StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>
    /// Reads a protocol line. <c>step</c> is optional, a finite number ≥ 0. Every other member that is a number is a metric, also
    /// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, bare (as Python prints them) or quoted. Other members are no concern of ours.
    /// </summary>
    /// <returns>The report, or null with a sentence in <paramref name="problem"/>.</returns>
    public static RunReport? Parse(string line, out string problem)
    {
        problem = "";
        try
        {
            using var document = JsonDocument.Parse(QuoteNonFinite(line.AsSpan().TrimStart()[Prefix.Length..]));
            return Read(document.RootElement, out problem);
        }
        catch (JsonException e)
        {
            problem = $"not JSON: {e.Message}";
            return null;
        }
    }

    /// <summary>Reads a report from JSON in which bare NaN and infinities have been quoted (<see cref="QuoteNonFinite"/>); as <see cref="Parse"/> does.</summary>
    public static RunReport? Read(JsonElement report, out string problem)
    {
        problem = "";
        if (report.ValueKind != JsonValueKind.Object)
        {
            problem = $"a report must be an object such as {{\"step\": 3, \"loss\": 0.21}}, but got {OptionReader.Show(report)}";
            return null;
        }

        double? step = null;
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (JsonProperty member in report.EnumerateObject())
        {
            double? value = Number(member.Value);
            if (member.Name != "step")
            {
                if (value is { } v) metrics[member.Name] = v;
                continue;
            }

            if (value is not { } s || !double.IsFinite(s) || s < 0)
            {
                problem = $"'step' must be a number ≥ 0, but got {OptionReader.Show(member.Value)}";
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

    /// <summary>JSON has no NaN and no infinities, yet Python's json.dumps writes them bare: puts them into quotes, outside of strings only.</summary>
    public static string QuoteNonFinite(ReadOnlySpan<char> json)
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
