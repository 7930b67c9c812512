using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// The options of the <c>container</c> runner:
/// <c>{job, subscription, resourceGroup, container, image, command, args, env, cpu, memory, lease: 10m}</c>.
/// </summary>
internal sealed partial class ContainerOptions
{
    /// <summary>Variables of the host's environment that say where a job is that is named without its subscription and resource group.</summary>
    public const string SubscriptionVariable = "HYPERCLOUD_CONTAINER_SUBSCRIPTION", ResourceGroupVariable = "HYPERCLOUD_CONTAINER_RESOURCE_GROUP";

    /// <summary>
    /// How long a run may be silent, its start included: a container that has to be pulled, on a node that has to come up, takes minutes.
    /// </summary>
    public static readonly TimeSpan DefaultLease = TimeSpan.FromMinutes(10);

    private string? _job;
    private string? _subscription;
    private string? _resourceGroup;
    private Template? _image;
    private ArgumentList? _command;
    private ArgumentList? _arguments;

    private ContainerOptions()
    {
    }

    /// <summary>What is wrong with them.</summary>
    public List<RunnerFinding> Findings { get; } = [];

    /// <summary>Whether any finding makes all runs impossible.</summary>
    public bool AreUnusable => Findings.Any(f => f.Fatal);

    /// <summary>The container of the job that gets the environment; null: its first.</summary>
    public string? Container { get; private set; }

    /// <summary>Cores; null: as the job says.</summary>
    public double? Cpu { get; private set; }

    /// <summary>Memory, such as <c>2Gi</c>; null: as the job says.</summary>
    public string? Memory { get; private set; }

    /// <summary>How long a run may be silent before it counts as lost.</summary>
    public TimeSpan Lease { get; private set; } = DefaultLease;

    /// <summary>The variables of <c>env</c> and <c>slots</c>.</summary>
    public RunVariables Variables { get; private set; } = new();

    /// <summary>Reads the options; never throws.</summary>
    public static ContainerOptions Read(TrialSpec trial, Space space)
    {
        var options = new ContainerOptions();
        if (trial.Options.ValueKind != JsonValueKind.Object)
        {
            options.Findings.Add(new(true, "", $"container must be a mapping such as {{job: train}}, but got {OptionReader.Show(trial.Options)}"));
            return options;
        }

        var reader = new OptionReader("container", trial.Options, options.Findings);
        options.ReadPlace(reader);
        options.Container = reader.Text("container");
        options.ReadImage(reader, space);
        options._command = options.ReadList(reader, trial.Options, "command", space);
        options._arguments = options.ReadList(reader, trial.Options, "args", space);
        if (options._command is { } c && options._arguments is { } a && c.Elements.Any(e => e.IsArgs) && a.Elements.Any(e => e.IsArgs))
            reader.Refuse("args", "${args} is in command, too");
        options.Cpu = reader.Number("cpu", 0.01, 1000);
        options.Memory = reader.Text("memory");
        if (options.Memory is { } memory && !Amount().IsMatch(memory)) reader.Refuse("memory", $"'memory' must be an amount such as 2Gi or 512Mi, but got '{memory}'");
        options.ReadLease(reader);
        options.Variables = RunVariables.Read(trial, space, options.Findings);
        if (reader.Has("env")) options.ReadVariables(trial.Options.GetProperty("env"), space);
        reader.RefuseUnknown(key => key is "retries" or "slots" ? $"'{key}' stands in trial, beside container" : null);
        if (trial.WorkDir is not null) options.Findings.Add(new(false, "", "trial.workdir has no effect on container: the image says where its program begins"));
        return options;
    }

    /// <summary>Which job; null with a sentence when neither the spec nor this host's environment says where it is.</summary>
    /// <param name="environment">Value of a variable; null when it is not set.</param>
    /// <param name="problem">What is missing.</param>
    public JobId? Job(Func<string, string?> environment, out string problem)
    {
        problem = "";
        if (JobId.TryParse(_job!, out JobId? whole)) return whole;
        string? subscription = _subscription ?? environment(SubscriptionVariable), group = _resourceGroup ?? environment(ResourceGroupVariable);
        if (subscription is not { Length: > 0 })
            problem = $"container does not say in which subscription the job '{_job}' is: give 'subscription', or the job's whole resource id, or set {SubscriptionVariable} on this host";
        else if (!Guid.TryParseExact(subscription, "D", out _)) problem = $"{SubscriptionVariable} on this host must be the id of a subscription, but is '{subscription}'";
        else if (group is not { Length: > 0 })
            problem = $"container does not say in which resource group the job '{_job}' is: give 'resourceGroup', or the job's whole resource id, or set {ResourceGroupVariable} on this host";
        else if (!JobId.IsGroup(group)) problem = $"{ResourceGroupVariable} on this host must be the name of a resource group, but is '{group}'";
        return problem.Length > 0 ? null : new JobId(subscription!, group!, _job!);
    }

    /// <summary>The job as the spec names it.</summary>
    public string JobSource => _job ?? "";

    /// <summary>The image of one run; null: as the job says.</summary>
    public string? Image(RunRequest request) => _image?.Render(request);

    /// <summary>The command of one run; null: as the job says.</summary>
    public IReadOnlyList<string>? Command(RunRequest request) => _command?.Render(request, Named());

    /// <summary>The arguments of one run; null: as the job says.</summary>
    public IReadOnlyList<string>? Arguments(RunRequest request) => _arguments?.Render(request, Named());

    private HashSet<string> Named() =>
        [.. (_command?.Parameters ?? []).Concat(_arguments?.Parameters ?? []).Concat(_image?.Parameters ?? []).Concat(Variables.Parameters)];

    private void ReadPlace(OptionReader reader)
    {
        _job = reader.Text("job", required: true);
        _subscription = reader.Text("subscription");
        _resourceGroup = reader.Text("resourceGroup");
        bool isWhole = _job is not null && JobId.TryParse(_job, out _);
        if (_job is not null && !isWhole)
        {
            if (_job.StartsWith('/'))
                reader.Refuse("job", $"'job' must be a name or a resource id such as /subscriptions/…/resourceGroups/…/providers/Microsoft.App/jobs/train, but got '{_job}'");
            else if (!JobId.IsName(_job)) reader.Refuse("job", $"'{_job}' cannot be the name of a job: letters, digits, '-', '_', '.' and brackets, at most 90");
        }

        if (_subscription is not null && !Guid.TryParseExact(_subscription, "D", out _))
            reader.Refuse("subscription", $"'subscription' must be an id such as 00000000-0000-0000-0000-000000000000, but got '{_subscription}'");
        if (_resourceGroup is not null && !JobId.IsGroup(_resourceGroup)) reader.Refuse("resourceGroup", $"'{_resourceGroup}' cannot be the name of a resource group");
        if (!isWhole) return;
        foreach ((string key, bool given) in new[] { ("subscription", _subscription is not null), ("resourceGroup", _resourceGroup is not null) })
            if (given) reader.Refuse(key, $"'{key}' is in the resource id of the job, too; give one of them");
    }

    private void ReadImage(OptionReader reader, Space space)
    {
        if (reader.Text("image") is not { } image) return;
        List<string> problems = [];
        _image = Template.Parse(image, space, argsAllowed: false, problems);
        foreach (string problem in problems) reader.Refuse("image", problem);
    }

    private ArgumentList? ReadList(OptionReader reader, JsonElement all, string key, Space space)
    {
        if (!reader.Has(key)) return null;
        JsonElement list = all.GetProperty(key);
        if (list.ValueKind == JsonValueKind.Array) return ArgumentList.Read(list, "/" + key, space, Findings);
        reader.Refuse(key, $"'{key}' must be a list, one element an argument, but got {OptionReader.Show(list)}");
        return null;
    }

    private void ReadLease(OptionReader reader)
    {
        if (reader.Duration("lease") is not { } lease) return;
        if (lease >= WorkerDesk.ShortestLease && lease <= WorkerDesk.LongestLease) Lease = lease;
        else
            reader.Refuse("lease", $"'lease' must be from {Durations.Format(WorkerDesk.ShortestLease)} to {Durations.Format(WorkerDesk.LongestLease)}, but got {Durations.Format(lease)}");
    }

    private void ReadVariables(JsonElement env, Space space)
    {
        if (env.ValueKind != JsonValueKind.Object)
        {
            Findings.Add(new(true, "/env", $"'env' must be a mapping from names to texts, but got {OptionReader.Show(env)}"));
            return;
        }

        foreach (JsonProperty variable in env.EnumerateObject())
        {
            string pointer = "/env" + OptionReader.Pointer(variable.Name);
            // Numbers and booleans as they are written in JSON, like those of trial.env.
            string? value = variable.Value.ValueKind switch
            {
                JsonValueKind.String => variable.Value.GetString(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => variable.Value.GetRawText(),
                _ => null,
            };
            if (value is null) Findings.Add(new(true, pointer, string.Create(CultureInfo.InvariantCulture, $"the value of '{variable.Name}' must be a text, but got {OptionReader.Show(variable.Value)}")));
            else Variables.Add(variable.Name, value, pointer, space, Findings);
        }
    }

    [GeneratedRegex(@"\A[0-9]+(\.[0-9]+)?(Gi|Mi)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Amount();
}
