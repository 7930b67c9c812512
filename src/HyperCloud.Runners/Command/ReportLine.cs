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

    /// <summary>Reads a protocol line; see <see cref="RunReportJson.Read"/>.</summary>
    /// <returns>The report, or null with a sentence in <paramref name="problem"/>.</returns>
    public static RunReport? Parse(string line, out string problem)
    {
        try
        {
            using JsonDocument document = RunReportJson.Open(line.AsSpan().TrimStart()[Prefix.Length..]);
            return RunReportJson.Read(document.RootElement, out problem);
        }
        catch (JsonException e)
        {
            problem = $"not JSON: {e.Message}";
            return null;
        }
    }
}
