using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NJsonSchema;
using YamlDotNet.Serialization;

namespace HyperCloud.Web.Tests;

/// <summary>docs/openapi.yaml, and what it says of a response.</summary>
internal sealed class Contract
{
    private static readonly string[] s_methods = ["get", "put", "post", "delete", "patch"];

    private readonly Dictionary<string, Task<JsonSchema>> _schemas = new(StringComparer.Ordinal);

    public static string Root { get; } = FindRoot();

    public static Contract Instance { get; } = new();

    public JsonObject Document { get; } = Load(File.ReadAllText(Path.Combine(Root, "docs", "openapi.yaml")));

    public IEnumerable<(string Path, string Method, JsonObject Operation)> Operations =>
        from path in Document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        where s_methods.Contains(operation.Key)
        select (path.Key, operation.Key.ToUpperInvariant(), operation.Value!.AsObject());

    /// <summary>Follows a reference.</summary>
    public JsonObject Resolve(JsonNode node) => node["$ref"] is { } reference
        ? reference.GetValue<string>()[2..].Split('/').Aggregate((JsonNode)Document, (n, name) => n[name] ?? throw new InvalidOperationException($"{reference} leads nowhere")).AsObject()
        : node.AsObject();

    /// <summary>The parameters of an operation, its path's included.</summary>
    public IEnumerable<JsonObject> Parameters(string path, JsonObject operation) =>
        new[] { Document["paths"]![path]!["parameters"], operation["parameters"] }.SelectMany(p => p?.AsArray() ?? []).Select(p => Resolve(p!));

    /// <summary>Checks a response; nothing is said of paths and methods that the document does not have.</summary>
    public async Task Check(string method, string path, int status, string? mediaType, string body)
    {
        (string template, _, JsonObject? operation) = Operations.FirstOrDefault(o => o.Method == method && Regex.IsMatch(path, "^" + Regex.Replace(o.Path, @"\{\w+\}", "[^/]+") + "$"));
        if (operation is null)
        {
            Assert.Contains(status, new[] { 404, 405, 421, 403 });
            return;
        }

        JsonNode? documented = operation["responses"]![status.ToString()];
        Assert.True(documented is not null, $"{method} {template} answered {status}, which is not documented: {body}");
        if (Resolve(documented)["content"] is not JsonObject content)
        {
            Assert.Empty(body);
            return;
        }

        Assert.True(content[mediaType!] is not null, $"{method} {template} {status} answered {mediaType}, which is not documented");
        if (content[mediaType!]!["schema"]!["$ref"] is { } schema && mediaType!.EndsWith("json", StringComparison.Ordinal))
        {
            ICollection<NJsonSchema.Validation.ValidationError> errors = (await Schema(schema.GetValue<string>())).Validate($$"""{"it":{{body}}}""");
            Assert.True(errors.Count == 0, $"{method} {template} {status} does not keep {schema}: {string.Join("; ", errors.Select(e => $"{e.Path} {e.Kind}"))}\n{body}");
        }
    }

    private Task<JsonSchema> Schema(string reference)
    {
        lock (_schemas)
        {
            if (_schemas.TryGetValue(reference, out Task<JsonSchema>? schema)) return schema;
            var root = new JsonObject
            {
                ["type"] = "object",
                ["properties"] = new JsonObject { ["it"] = new JsonObject { ["$ref"] = reference } },
                ["definitions"] = Document["components"]!["schemas"]!.DeepClone(),
            };
            return _schemas[reference] = JsonSchema.FromJsonAsync(root.ToJsonString().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal));
        }
    }

    private static JsonObject Load(string yaml)
    {
        object? tree = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize(new StringReader(yaml));
        return JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(tree!))!.AsObject();
    }

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "HyperCloud.sln"))) return folder;
        throw new InvalidOperationException("the tests must run inside the repository");
    }
}
