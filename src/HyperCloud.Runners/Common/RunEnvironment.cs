using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>The environment of a run (SEMANTICS §7).</summary>
internal static class RunEnvironment
{
    /// <summary>The variable whose unique value marks every process a run has started.</summary>
    public const string TokenVariable = "HYPERCLOUD_PROCESS";

    /// <summary>The variable that holds the token of an attempt.</summary>
    public const string ReportToken = "HYPERCLOUD_REPORT_TOKEN";

    /// <summary>The variables that say which run and attempt it is, where people look at what was started from outside.</summary>
    public const string RunVariable = "HYPERCLOUD_RUN", AttemptVariable = "HYPERCLOUD_ATTEMPT";

    // What an enclosing sweep may have set for its own run and must not leak into this one.
    private static readonly string[] Own =
    [
        "HYPERCLOUD_PARAMS", "HYPERCLOUD_SWEEP", "HYPERCLOUD_TRIAL", "HYPERCLOUD_SEED", "HYPERCLOUD_POOL", "HYPERCLOUD_TASK", "HYPERCLOUD_RESOURCE", "HYPERCLOUD_SLOT",
        "HYPERCLOUD_CHECKPOINT_DIR", "HYPERCLOUD_OUTPUT_DIR", "HYPERCLOUD_REPORT_URL", ReportToken, RunVariable, AttemptVariable,
        TokenVariable,
    ];

    private const string ParameterPrefix = "HYPERCLOUD_PARAM_";

    /// <summary>The variables set for a run, in addition to the inherited ones; without the token.</summary>
    /// <param name="request">The run.</param>
    /// <param name="variables">What the spec adds.</param>
    /// <param name="hasFolders">Whether the run is on this machine, so that it can see the folders for checkpoints and outputs.</param>
    public static SortedDictionary<string, string> Additions(RunRequest request, RunVariables variables, bool hasFolders = true)
    {
        var set = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["PYTHONUNBUFFERED"] = "1" };
        foreach ((string name, string value) in variables.Render(request)) set[name] = value;
        if (request.Task is { } own)
            foreach ((string name, string value) in own.Env) set[name] = value;
        set["HYPERCLOUD_PARAMS"] = request.Assignment.ToJson();
        foreach ((string name, ParameterValue value) in request.Assignment.Active()) set[ParameterVariable(name)] = value.ToString();
        set["HYPERCLOUD_SWEEP"] = request.Sweep;
        set["HYPERCLOUD_TRIAL"] = request.Run.Trial.ToString(CultureInfo.InvariantCulture);
        set["HYPERCLOUD_SEED"] = request.Seed.ToString(CultureInfo.InvariantCulture);
        set["HYPERCLOUD_POOL"] = RunKey.PoolName(request.Run.Pool);
        if (request.Task is { } task) set["HYPERCLOUD_TASK"] = task.Name;
        set["HYPERCLOUD_SLOT"] = request.Slot.ToString(CultureInfo.InvariantCulture);
        if (hasFolders)
        {
            set["HYPERCLOUD_CHECKPOINT_DIR"] = request.CheckpointDirectory;
            set["HYPERCLOUD_OUTPUT_DIR"] = request.OutputDirectory;
        }

        if (request.ReportUrl is { } url) set["HYPERCLOUD_REPORT_URL"] = url;
        if (request.ReportToken is { } token) set[ReportToken] = token;
        if (request.Resource is { } resource) set["HYPERCLOUD_RESOURCE"] = Template.Resource(resource);
        return set;
    }

    /// <summary>Whether a variable belongs to one run, so that one of that name that is there already is another run's.</summary>
    public static bool IsOfRun(string name) => name.StartsWith(ParameterPrefix, StringComparison.Ordinal) || Own.Contains(name);

    /// <summary>Makes <paramref name="target"/> (the inherited environment) that of a run.</summary>
    public static void Apply(IDictionary<string, string?> target, IReadOnlyDictionary<string, string> additions, string token)
    {
        foreach (string name in target.Keys.Where(IsOfRun).ToList()) target.Remove(name);
        foreach ((string name, string value) in additions) target[name] = value;
        target[TokenVariable] = token;
    }

    /// <summary>The variable of a parameter: upper case, '-' and '.' as '_'.</summary>
    public static string ParameterVariable(string name) =>
        ParameterPrefix + name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
}
