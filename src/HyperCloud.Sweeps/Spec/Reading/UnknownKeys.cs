namespace HyperCloud.Sweeps;

/// <summary>Says of keys that a section does not have what was probably meant.</summary>
internal static class UnknownKeys
{
    public static void Report(ProblemList problems, SpecSection section, MapNode map)
    {
        if (section.Open) return;
        foreach (MapEntry entry in map.Entries)
            if (section.Keys.All(k => k.Name != entry.Key)) Report(problems, section, map.Pointer, entry);
    }

    public static void Report(ProblemList problems, SpecSection section, string pointer, MapEntry entry, IEnumerable<string>? more = null)
    {
        string at = SpecNode.Child(pointer, entry.Key);
        if (section.Otherwise.FirstOrDefault(o => o.Name == entry.Key) is { Name: not null } otherwise)
        {
            problems.Error(SpecCodes.Reserved, entry.KeyPlace, at, $"`{entry.Key}` is no key: {otherwise.Advice}");
            return;
        }

        string[] known = [.. more ?? [], .. section.Keys.Select(k => k.Name)];
        string where = pointer.Length == 0 ? "a spec" : $"`{SpecNode.PathOf(pointer)}`";
        problems.Error(SpecCodes.UnknownKey, entry.KeyPlace, at,
            $"unknown key `{ScalarNode.Shorten(entry.Key)}` in {where}{Hint(section, entry.Key, known)} (known keys: {string.Join(", ", known)})");
    }

    private static string Hint(SpecSection section, string written, string[] known)
    {
        if (known.FirstOrDefault(k => Same(k, written)) is { } sameName) return $"; did you mean `{sameName}`?";
        if (section.Keys.FirstOrDefault(k => k.Synonyms.Any(s => Same(s, written))) is { } synonym) return $"; did you mean `{synonym.Name}`?";
        if (Elsewhere(section, written, k => k.Name == written) is { } place) return place;
        if (Nearest.To(written, known) is { } near) return $"; did you mean `{near}`?";
        return Elsewhere(section, written, k => k.Synonyms.Any(s => Same(s, written))) ?? "";
    }

    // A key that exists, but in another section.
    private static string? Elsewhere(SpecSection section, string written, Func<SpecKey, bool> matches)
    {
        foreach (SpecSection other in SpecKeys.All)
            if (other != section && other != SpecKeys.Parameter && other.Keys.FirstOrDefault(matches) is { } key)
                return other.Path.Length == 0 ? $"; `{key.Name}` belongs to the top of the spec" : $"; did you mean `{other.Path}.{key.Name}`?";
        return null;
    }

    private static bool Same(string a, string b) => Plain(a).Equals(Plain(b), StringComparison.OrdinalIgnoreCase);

    private static string Plain(string word) => word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
}
