using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// The JSON Schema of a spec (draft 2020-12), made from the table of keys that the reader uses. It says what one mapping can say of itself;
/// what must fit between mappings (conditions, bounds against defaults, steps) only the reader checks.
/// </summary>
public static class SpecSchema
{
    /// <summary>The schema's id.</summary>
    public const string Id = "urn:hypercloud:sweep";

    /// <summary>The schema as indented JSON with a final line break.</summary>
    public static string ToJson()
    {
        JsonObject schema = Section(SpecKeys.Root);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "$id", Id);
        schema.Insert(2, "title", "HyperCloud sweep");
        schema.Insert(3, "description", "A hyperparameter sweep: space, objective, search, limits, seeds, and how a trial is run. See docs/spec.md.");
        // Plain characters stay readable; the file is not embedded in HTML.
        var options = new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        return schema.ToJsonString(options) + "\n";
    }

    private static JsonObject Section(SpecSection section)
    {
        var properties = new JsonObject();
        foreach (SpecKey key in section.Keys) properties[key.Name] = Key(key);
        foreach (string runner in section.Open ? SpecKeys.Runners : []) properties[runner] = Runner(runner);
        foreach ((string name, string advice) in section.Otherwise) properties[name] = Nothing($"Not a key: {advice}.");
        var schema = new JsonObject { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        string[] required = [.. section.Keys.Where(k => k.Required).Select(k => k.Name)];
        if (required.Length > 0) schema["required"] = new JsonArray([.. required.Select(r => JsonValue.Create(r))]);
        if (section.Open) schema["oneOf"] = new JsonArray([.. SpecKeys.Runners.Select(r => Requires(r))]);
        if (section == SpecKeys.Constraint) schema["anyOf"] = new JsonArray(Requires("min"), Requires("max"));
        // Exactly one kind of domain; `type`, `scale`, … belong to a range.
        if (section == SpecKeys.Parameter)
            schema["oneOf"] = new JsonArray(
                Excluding(Requires("min", "max"), "values", "value", "ordered"),
                Excluding(Requires("values"), "value", "min", "max", "type", "scale", "step", "points"),
                Excluding(Requires("value"), "values", "min", "max", "type", "scale", "step", "points", "ordered", "default", "prior"));
        return schema;
    }

    private static JsonObject Key(SpecKey key)
    {
        JsonObject schema = Type(key);
        schema.Insert(0, "description", key.Meaning);
        // A key without a value counts as not given, so a template with empty keys is a spec.
        if (!key.Required && key.Type != KeyType.Scalar) Nullable(schema);
        if (key.Default is not null) schema["default"] = Default(key);
        return schema;
    }

    private static JsonObject Type(SpecKey key)
    {
        switch (key.Type)
        {
            case KeyType.Text:
                var text = new JsonObject { ["type"] = "string" };
                if (key.Pattern is not null) text["pattern"] = key.Pattern;
                return text;
            case KeyType.Integer or KeyType.Number:
                var number = new JsonObject { ["type"] = key.Type == KeyType.Integer ? "integer" : "number" };
                if (key.Min is { } low) number[key.Open ? "exclusiveMinimum" : "minimum"] = Number(low);
                if (key.Max is { } high) number[key.Open ? "exclusiveMaximum" : "maximum"] = Number(high);
                return number;
            case KeyType.Boolean: return new JsonObject { ["type"] = "boolean" };
            case KeyType.Choice: return new JsonObject { ["enum"] = new JsonArray([.. key.Choices.Select(c => JsonValue.Create(c))]) };
            case KeyType.Duration: return new JsonObject { ["type"] = "string", ["pattern"] = Durations.Pattern };
            case KeyType.Money: return new JsonObject { ["type"] = "string", ["pattern"] = Money.Pattern };
            case KeyType.Scalar: return Scalar();
            case KeyType.Scalars:
                return new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = Scalar(),
                    ["minItems"] = 1,
                    ["maxItems"] = ParameterReader.MaxValues,
                    ["uniqueItems"] = true,
                };
            case KeyType.Interval:
                return new JsonObject
                {
                    ["type"] = "array",
                    ["items"] = new JsonObject { ["type"] = "number" },
                    ["minItems"] = 2,
                    ["maxItems"] = 2
                };
            case KeyType.TextMap: return Variables();
            case KeyType.TextMaps: return new JsonObject { ["type"] = "array", ["items"] = Variables(), ["minItems"] = 1 };
            case KeyType.Condition:
                var values = new JsonObject
                {
                    ["anyOf"] = new JsonArray(Scalar(),
                        new JsonObject { ["type"] = "array", ["items"] = Scalar(), ["minItems"] = 1, ["maxItems"] = ParameterReader.MaxValues }),
                };
                return Named(values);
            case KeyType.Combinations:
                var matching = new JsonObject
                {
                    ["anyOf"] = new JsonArray(
                        Scalar(),
                        new JsonObject { ["type"] = "array", ["items"] = Scalar(), ["minItems"] = 1, ["maxItems"] = ParameterReader.MaxValues },
                        new JsonObject
                        {
                            ["type"] = "object",
                            ["properties"] = new JsonObject { ["min"] = new JsonObject { ["type"] = "number" }, ["max"] = new JsonObject { ["type"] = "number" } },
                            ["additionalProperties"] = false,
                            ["minProperties"] = 1,
                        }),
                };
                JsonObject combination = Named(matching);
                combination["minProperties"] = 1;
                return new JsonObject { ["type"] = "array", ["items"] = combination };
            case KeyType.Configurations: return new JsonObject { ["type"] = "array", ["items"] = Named(Scalar()) };
            case KeyType.Tasks:
                JsonObject task = Section(SpecKeys.Task);
                Nullable(task);
                return new JsonObject
                {
                    ["type"] = new JsonArray("object", "array"),
                    ["items"] = new JsonObject { ["type"] = "string", ["pattern"] = SpecKeys.NamePattern },
                    ["minItems"] = 1,
                    ["maxItems"] = SeedPlan.MaxTasks,
                    ["uniqueItems"] = true,
                    ["patternProperties"] = new JsonObject { [SpecKeys.NamePattern] = task },
                    ["additionalProperties"] = false,
                    ["minProperties"] = 1,
                    ["maxProperties"] = SeedPlan.MaxTasks,
                };
            case KeyType.Section: return Section(key.Section!);
            case KeyType.SectionOrList:
                var list = new JsonObject { ["type"] = "array", ["items"] = Section(key.Section!), ["minItems"] = 2, ["maxItems"] = (int)key.Max!.Value };
                return new JsonObject { ["anyOf"] = new JsonArray(Section(key.Section!), list) };
            case KeyType.SectionList: return new JsonObject { ["type"] = "array", ["items"] = Section(key.Section!) };
            case KeyType.Sections: return Named(Section(key.Section!));
            default: throw new ArgumentOutOfRangeException(nameof(key));
        }
    }

    private static JsonObject Named(JsonObject value) => new()
    {
        ["type"] = "object",
        ["patternProperties"] = new JsonObject { [SpecKeys.ParameterNamePattern] = value },
        ["additionalProperties"] = false,
    };

    private static JsonObject Variables() => new()
    {
        ["type"] = "object",
        ["patternProperties"] = new JsonObject { [SpecKeys.VariablePattern] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") } },
        ["additionalProperties"] = false,
    };

    private static JsonObject Scalar() => new() { ["type"] = new JsonArray("null", "boolean", "number", "string") };

    private static JsonObject Runner(string name) => new()
    {
        ["description"] = name switch
        {
            "command" => "Runs a program: its command line, one element an argument, with templates such as ${param.lr} and ${args}.",
            "http" => "Sends each run to an endpoint as a POST of JSON: url, headers, timeout, lease.",
            "container" => "Starts an execution of an Azure Container Apps job for each run: job, subscription, resourceGroup, container, image, command, args, env, cpu, memory, lease.",
            "objective" => "Runs an objective that is registered in C#, by its name.",
            "mlnet" => "Trains an ML.NET model on a CSV file.",
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        },
    };

    private static JsonObject Nothing(string description) => new() { ["description"] = description, ["not"] = new JsonObject() };

    private static JsonObject Requires(params ReadOnlySpan<string> keys)
    {
        var names = new JsonArray();
        foreach (string key in keys) names.Add(JsonValue.Create(key));
        return new JsonObject { ["required"] = names };
    }

    private static JsonObject Excluding(JsonObject schema, params ReadOnlySpan<string> keys)
    {
        var any = new JsonArray();
        foreach (string key in keys) any.Add((JsonNode)Requires(key));
        schema["not"] = new JsonObject { ["anyOf"] = any };
        return schema;
    }

    private static void Nullable(JsonObject schema)
    {
        if (schema["enum"] is JsonArray choices) choices.Add((JsonNode?)null);
        else if (schema["type"] is JsonValue type) schema["type"] = new JsonArray(type.GetValue<string>(), "null");
        else if (schema["type"] is JsonArray types) types.Add("null");
    }

    private static JsonNode Default(SpecKey key) => key.Type switch
    {
        KeyType.Integer or KeyType.Number or KeyType.Boolean => JsonNode.Parse(key.Default!)!,
        _ => JsonValue.Create(key.Default!),
    };

    private static JsonNode Number(double value) =>
        value == (double)long.MaxValue ? JsonValue.Create(long.MaxValue) : Math.Floor(value) == value ? JsonValue.Create((long)value) : JsonValue.Create(value);
}
