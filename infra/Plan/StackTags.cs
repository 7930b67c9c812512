namespace HyperCloud.Infra.Plan;

/// <summary>
/// Tags of all resources. Limits: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations; storage accounts have
/// the smaller one for names.
/// </summary>
public static class StackTags
{
    /// <summary>Most tags of a resource.</summary>
    public const int Most = 50;

    /// <summary>Longest name, on a storage account.</summary>
    public const int LongestName = 128;

    /// <summary>Longest value.</summary>
    public const int LongestValue = 256;

    private const string Forbidden = @"<>%&\?/";
    private static readonly string[] s_own = ["product", "stack", "owner", "managed-by"];

    /// <summary>What every resource bears.</summary>
    public static IReadOnlyDictionary<string, string> Of(StackSettings settings, string stack)
    {
        var tags = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in settings.Tags) tags[name] = value;
        (tags["product"], tags["stack"], tags["owner"], tags["managed-by"]) = ("hypercloud", stack, settings.Owner, "pulumi");
        return tags;
    }

    /// <summary>What is wrong with a user's tags.</summary>
    public static IEnumerable<string> Problems(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Count + s_own.Length > Most) yield return $"tags must be at most {Most - s_own.Length}, for Azure takes {Most} and {s_own.Length} are ours, but are {tags.Count}";
        foreach ((string name, string value) in tags)
        {
            if (s_own.Contains(name, StringComparer.OrdinalIgnoreCase)) yield return $"the tag '{name}' is ours; give yours another name";
            if (name.Length is 0 or > LongestName || name.IndexOfAny([.. Forbidden]) >= 0) yield return $"the name of a tag must have 1 to {LongestName} characters without {Forbidden}, but one is '{name}'";
            if (value is null || value.Length > LongestValue) yield return $"the tag '{name}' must have at most {LongestValue} characters, but has {value?.Length ?? 0}";
        }
    }
}
