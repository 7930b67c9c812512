using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// What a job is started with. The template in a start request takes the place of the job's own for that execution, so it is the job's own
/// with the run's changes. Of a container a start request can say name, image, command, arguments, environment and resources, and no more.
/// </summary>
internal static class StartRequest
{
    private const string UnknownContainer = "(the job's first container)";
    private static readonly string[] Fields = ["name", "image", "command", "args"];

    /// <summary>Builds the request.</summary>
    /// <param name="job">The job, as Azure Resource Manager gives it.</param>
    /// <param name="options">What the spec says.</param>
    /// <param name="request">The run.</param>
    /// <param name="problem">What is wrong with the job, when the answer is null.</param>
    public static JsonObject? Build(JsonElement job, ContainerOptions options, RunRequest request, out string problem)
    {
        if (Chosen(job, options, out problem) is not { } chosen) return null;
        var containers = new JsonArray();
        foreach (JsonElement container in Containers(job, "containers"))
        {
            JsonObject copy = Copy(container);
            if (Name(container) == chosen) Change(copy, options, request);
            containers.Add((JsonNode)copy);
        }

        var body = new JsonObject { ["containers"] = containers };
        JsonObject[] first = [.. Containers(job, "initContainers").Select(Copy)];
        if (first.Length > 0) body["initContainers"] = new JsonArray([.. first]);
        return body;
    }

    /// <summary>The request as far as it is known without asking for the job.</summary>
    public static JsonObject Preview(ContainerOptions options, RunRequest request)
    {
        var container = new JsonObject { ["name"] = options.Container ?? UnknownContainer };
        Change(container, options, request);
        return new JsonObject { ["containers"] = new JsonArray((JsonNode)container) };
    }

    /// <summary>JSON in plain characters: it goes into no HTML.</summary>
    public static string Write(JsonObject body) => body.ToJsonString(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The container that is changed; null with a sentence when the job has none of that name.</summary>
    public static string? Chosen(JsonElement job, ContainerOptions options, out string problem)
    {
        string[] names = [.. Containers(job, "containers").Select(Name)];
        string? chosen = options.Container is null ? names.FirstOrDefault() : names.FirstOrDefault(n => n == options.Container);
        problem = chosen is not null ? ""
            : names.Length == 0 ? "the job has no containers"
            : $"the job has no container '{options.Container}'{Nearest.Hint(options.Container!, names)}";
        return chosen;
    }

    /// <summary>What of the job may not be as a sweep needs it, in sentences.</summary>
    public static IEnumerable<string> Weaknesses(JsonElement job, TimeSpan? runTime)
    {
        JsonElement configuration = Get(Get(job, "properties"), "configuration");
        string trigger = Get(configuration, "triggerType") is { ValueKind: JsonValueKind.String } t ? char.ToLowerInvariant(t.GetString()![0]) + t.GetString()![1..] : "manual";
        JsonElement replicas = Get(configuration, trigger + "TriggerConfig");
        if (Number(replicas, "parallelism") > 1 || Number(replicas, "replicaCompletionCount") > 1)
            yield return "the job starts several replicas for each execution, which would all report for the same run; set parallelism and replicaCompletionCount to 1";
        if (trigger != "manual") yield return $"the trigger of the job is '{trigger}': it is also started without a run; take a job with a manual trigger";
        if (Number(configuration, "replicaTimeout") is { } seconds && runTime is { } limit && seconds < limit.TotalSeconds)
            yield return $"Azure ends each container of the job after replicaTimeout {Durations.Format(TimeSpan.FromSeconds(seconds))}, before limits.runTime {Durations.Format(limit)}";
        if (Containers(job, "containers").Any(c => Get(c, "volumeMounts") is { ValueKind: JsonValueKind.Array } mounts && mounts.GetArrayLength() > 0))
            yield return "the job mounts volumes, which a start request cannot say: see that they are there in an execution that was started with a template";
    }

    private static void Change(JsonObject container, ContainerOptions options, RunRequest request)
    {
        if (options.Image(request) is { } image) container["image"] = image;
        if (options.Command(request) is { } command) container["command"] = Texts(command);
        if (options.Arguments(request) is { } arguments) container["args"] = Texts(arguments);
        if (options.Cpu is not null || options.Memory is not null)
        {
            if (container["resources"] is not JsonObject resources) container["resources"] = resources = [];
            if (options.Cpu is { } cpu) resources["cpu"] = cpu;
            if (options.Memory is { } memory) resources["memory"] = memory;
        }

        SortedDictionary<string, string> ours = Environment(options, request);
        // What the job says stays, references to its secrets too, unless the run says it as well, or it is left over from another run.
        JsonNode[] theirs = container["env"] is JsonArray env
            ? [.. env.Where(v => v?["name"]?.GetValue<string>() is { } name && !ours.ContainsKey(name) && !RunEnvironment.IsOfRun(name)).Select(v => v!.DeepClone())] : [];
        container["env"] = new JsonArray([.. theirs, .. ours.Select(v => (JsonNode)new JsonObject { ["name"] = v.Key, ["value"] = v.Value })]);
    }

    /// <summary>The variables of a run in a container. Folders of this machine are nothing to it; run and attempt tell people which execution is which.</summary>
    public static SortedDictionary<string, string> Environment(ContainerOptions options, RunRequest request)
    {
        SortedDictionary<string, string> set = RunEnvironment.Additions(request, options.Variables, hasFolders: false);
        set[RunEnvironment.RunVariable] = request.Run.ToString();
        set[RunEnvironment.AttemptVariable] = request.Attempt.ToString(CultureInfo.InvariantCulture);
        return set;
    }

    private static JsonObject Copy(JsonElement container)
    {
        var copy = new JsonObject();
        foreach (string field in Fields)
            if (Get(container, field) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value) copy[field] = Node(value);
        if (Get(container, "env") is { ValueKind: JsonValueKind.Array } env) copy["env"] = Node(env);
        // ephemeralStorage is among the resources, too, but can only be read.
        var resources = new JsonObject();
        foreach (string field in (string[])["cpu", "memory"])
            if (Get(Get(container, "resources"), field) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value) resources[field] = Node(value);
        if (resources.Count > 0) copy["resources"] = resources;
        return copy;
    }

    private static IEnumerable<JsonElement> Containers(JsonElement job, string list) =>
        Get(Get(Get(job, "properties"), "template"), list) is { ValueKind: JsonValueKind.Array } containers ? containers.EnumerateArray() : [];

    private static string Name(JsonElement container) => Get(container, "name") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : "";

    private static double? Number(JsonElement of, string name) => Get(of, name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    private static JsonElement Get(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) ? value : default;

    private static JsonNode? Node(JsonElement value) => JsonNode.Parse(value.GetRawText());

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]);
}
