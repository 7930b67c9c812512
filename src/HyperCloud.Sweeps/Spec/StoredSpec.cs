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

    /// <summary>The canonical JSON of a schedule section.</summary>
    public static JsonElement WriteSchedule(ScheduleSpec schedule)
    {
        var json = new CanonicalJson();
        json.BeginMap();
        SpecWriter.WriteSchedule(json, schedule);
        json.End();
        return Parse(json.ToString()).GetProperty("schedule");
    }

    /// <summary>Reads a stored spec, with sections that were changed since.</summary>
    /// <param name="spec">The spec as the sweep was created with.</param>
    /// <param name="changed">Sections by name; null: the section was taken out.</param>
    /// <exception cref="FormatException">It is not a spec this program can read.</exception>
    public static SweepSpec Read(JsonElement spec, IReadOnlyDictionary<string, JsonElement?>? changed = null)
    {
        string text = spec.GetRawText();
        if (changed is { Count: > 0 })
        {
            var sections = new SortedDictionary<string, JsonElement>(spec.EnumerateObject().ToDictionary(p => p.Name, p => p.Value), StringComparer.Ordinal);
            foreach ((string name, JsonElement? section) in changed)
            {
                if (section is { } replaced) sections[name] = replaced;
                else sections.Remove(name);
            }

            text = $"{{{string.Join(",", sections.Select(s => $"{JsonSerializer.Serialize(s.Key, SweepsJson.Default.String)}:{s.Value.GetRawText()}"))}}}";
        }

        SpecResult result = SpecReader.Read(text, "stored.json", SpecContext.Stored);
        return result.Spec ?? throw new FormatException($"the stored spec cannot be read: {string.Join("; ", result.Errors)}");
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
