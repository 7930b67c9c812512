using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>Turns a node into JSON: what stands under a runner's key is handed on so, whether it was YAML or JSON.</summary>
internal static class NodeJson
{
    /// <summary>False when a scalar below was refused.</summary>
    public static bool CanWrite(SpecNode node) => node switch
    {
        ScalarNode scalar => !scalar.Refused,
        ListNode list => list.Items.TrueForAll(CanWrite),
        MapNode map => map.Entries.All(e => CanWrite(e.Value)),
        _ => true,
    };

    /// <summary>The node as a JSON element of its own; numbers are written canonically, so that 1e-4 and 0.0001 agree.</summary>
    public static JsonElement ToElement(SpecNode node)
    {
        var text = new CanonicalJson();
        Write(text, node);
        return JsonElement.Parse(text.ToString(), new JsonDocumentOptions { MaxDepth = 4 * SpecText.MaxDepth });
    }

    private static void Write(CanonicalJson text, SpecNode node)
    {
        switch (node)
        {
            case ScalarNode scalar:
                text.Value(scalar.Value);
                break;
            case ListNode list:
                text.BeginList();
                foreach (SpecNode item in list.Items) Write(text, item);
                text.End();
                break;
            case MapNode map:
                text.BeginMap();
                foreach (MapEntry entry in map.Entries)
                {
                    text.Key(entry.Key);
                    Write(text, entry.Value);
                }

                text.End();
                break;
        }
    }
}
