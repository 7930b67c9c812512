using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>Specs as records keep them: canonical JSON, whose limits an extension may replace.</summary>
internal static class StoredSpec
{
    /// <summary>The canonical JSON of a spec.</summary>
    public static JsonElement Write(SweepSpec spec) => Parse(SpecWriter.ToJson(spec));

    /// <summary>The canonical JSON of a limits section.</summary>
    public static JsonElement WriteLimits(LimitsSpec limits)
    {
        var json = new CanonicalJson();
        json.BeginMap();
        SpecWriter.WriteLimits(json, limits);
        json.End();
        return Parse(json.ToString()).GetProperty("limits");
    }

    /// <summary>Reads a stored spec, with other limits where they were extended.</summary>
    /// <exception cref="FormatException">It is not a spec this program can read.</exception>
    public static SweepSpec Read(JsonElement spec, JsonElement? limits = null)
    {
        string text = limits is { } replaced
            ? $"{{{string.Join(",", spec.EnumerateObject().Select(p => $"{JsonSerializer.Serialize(p.Name, SweepsJson.Default.String)}:{(p.Name == "limits" ? replaced : p.Value).GetRawText()}"))}}}"
            : spec.GetRawText();
        SpecResult result = SpecReader.Read(text, "stored.json", SpecContext.Stored);
        return result.Spec ?? throw new FormatException($"the stored spec cannot be read: {string.Join("; ", result.Errors)}");
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
