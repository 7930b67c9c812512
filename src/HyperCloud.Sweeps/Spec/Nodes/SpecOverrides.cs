using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>Applies <c>--set path=value</c> to a tree before it is read.</summary>
internal static class SpecOverrides
{
    public static void Apply(MapNode root, IReadOnlyList<string> overrides, ProblemList problems)
    {
        foreach (string item in overrides)
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string path = equals < 0 ? item : item[..equals].Trim();
            var place = new SpecPlace(0, 0, $"--set {ScalarNode.Shorten(path)}");
            if (equals < 0 || path.Length == 0)
            {
                problems.Error(SpecCodes.Override, new SpecPlace(0, 0, "--set"), "", $"an override must be path=value, such as limits.trials=20, but got '{ScalarNode.Shorten(item)}'");
                continue;
            }

            if (Value(item[(equals + 1)..], place, problems) is not { } value) continue;
            if (Put(root, path, value, place) is { } error) problems.Error(SpecCodes.Override, place, "", error);
        }
    }

    private static SpecNode? Value(string text, SpecPlace place, ProblemList problems)
    {
        try
        {
            return YamlNodes.Read(SpecText.Prepare(text, place.Source), place.Source) ?? new ScalarNode(place, default, "");
        }
        catch (SpecSyntaxException e)
        {
            problems.Error(e.Code, place, "", e.Message);
            return null;
        }
    }

    private static string? Put(MapNode root, string path, SpecNode value, SpecPlace place)
    {
        List<string> rest = path.StartsWith('/') ? [.. SpecNode.Keys(path)] : [.. path.Split('.')];
        if (rest.Count > SpecText.MaxDepth || rest.Contains("")) return $"the path '{ScalarNode.Shorten(path)}' is no path of keys; write it like limits.trials";
        SpecNode at = root;
        while (true)
        {
            if (at is ListNode list)
            {
                if (!int.TryParse(rest[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index > list.Items.Count)
                    return $"'{rest[0]}' is no index of the list with {list.Items.Count.ToString(CultureInfo.InvariantCulture)} elements; take 0 to {list.Items.Count.ToString(CultureInfo.InvariantCulture)} (the last adds one)";
                if (index == list.Items.Count) list.Items.Add(value);
                else if (rest.Count == 1) list.Items[index] = value;
                if (rest.Count == 1) return null;
                rest.RemoveAt(0);
                at = list.Items[index];
                continue;
            }

            if (at is not MapNode map) return $"'{ScalarNode.Shorten(path)}' goes below {at.Describe()}, which has no keys";
            // Names of parameters may hold dots: the longest key that exists wins.
            int take = path.StartsWith('/') ? 1 : Enumerable.Range(1, rest.Count).LastOrDefault(n => map.Find(string.Join('.', rest.Take(n))) is not null, 1);
            string key = string.Join('.', rest.Take(take));
            rest.RemoveRange(0, take);
            MapEntry? entry = map.Find(key);
            if (rest.Count == 0)
            {
                map.Put(new MapEntry(key, entry?.KeyPlace ?? place, value));
                return null;
            }

            if (entry is null || entry.Value.IsNull) map.Put(entry = new MapEntry(key, entry?.KeyPlace ?? place, new MapNode(place, [])));
            at = entry.Value;
        }
    }
}
