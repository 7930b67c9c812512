using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// Runs an objective written in C# inside this process. Options: its name, or <c>{name: …, …}</c> with what the objective itself understands.
/// </summary>
internal sealed class ObjectiveRunner : IRunner
{
    private readonly SortedDictionary<string, IObjective> _objectives = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    /// <summary>Makes the runner.</summary>
    /// <param name="objectives">What it can run; a later one replaces an earlier one of the same name.</param>
    /// <param name="time">The clock of time limits and of objectives that wait.</param>
    public ObjectiveRunner(IEnumerable<IObjective> objectives, TimeProvider time)
    {
        foreach (IObjective objective in objectives) _objectives[objective.Name] = objective;
        _time = time;
    }

    /// <inheritdoc/>
    public string Kind => "objective";

    /// <inheritdoc/>
    public bool KeepsCheckpoints(TrialSpec trial) => true;

    /// <inheritdoc/>
    public bool HasHoldout(TrialSpec trial) => false;

    /// <inheritdoc/>
    public bool ReadsNoData(TrialSpec trial) => Find(trial.Options).Objective?.ReadsNoData == true;

    /// <inheritdoc/>
    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space)
    {
        (IObjective? objective, JsonElement options, RunnerFinding? finding) = Find(trial.Options);
        return finding is not null ? [finding] : objective!.Problems(space, options).Select(p => new RunnerFinding(true, "", $"objective {objective.Name}: {p}"));
    }

    /// <inheritdoc/>
    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation) =>
        ValueTask.FromResult(new RunnerCheck([.. Validate(spec.Trial!, spec.Space)], []));

    /// <inheritdoc/>
    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        (IObjective? objective, JsonElement options, RunnerFinding? finding) = Find(request.Trial.Options);
        if (finding is not null) return new RunOutcome.Failed("start", finding.Message);
        return await InProcessRun.Execute(
            async run =>
            {
                ObjectiveResult result = await objective!.Run(new ObjectiveContext(request, options, _time, run), run.Token);
                var metrics = new SortedDictionary<string, double>(result.Others.ToDictionary(), StringComparer.Ordinal);
                if (result.Value is { } value) metrics[request.Metric] = value;
                if (metrics.Count > 0) await run.Report(new RunReport(null, metrics));
            },
            request.RunTime, reporter, _time, cancellation);
    }

    /// <inheritdoc/>
    public RunPreview Preview(RunRequest request)
    {
        (IObjective? objective, _, _) = Find(request.Trial.Options);
        return new RunPreview(
            ["objective", objective?.Name ?? OptionReader.Show(request.Trial.Options), .. request.Assignment.Active().Select(p => $"{p.Key}={p.Value}")],
            request.BaseDirectory, new SortedDictionary<string, string>());
    }

    /// <inheritdoc/>
    public ValueTask End(string handle, CancellationToken cancellation) => ValueTask.CompletedTask; // It dies with its host.

    private (IObjective? Objective, JsonElement Options, RunnerFinding? Finding) Find(JsonElement options)
    {
        string? name = null;
        string pointer = "";
        if (options.ValueKind == JsonValueKind.String) name = options.GetString();
        else if (options.ValueKind == JsonValueKind.Object)
        {
            pointer = "/name";
            if (options.TryGetProperty("name", out JsonElement n) && n.ValueKind == JsonValueKind.String) name = n.GetString();
        }

        if (name is null)
            return (null, options, new RunnerFinding(true, pointer, $"objective must be a name or {{name: …}}, but got {OptionReader.Show(options)}; known: {string.Join(", ", _objectives.Keys)}"));
        if (!_objectives.TryGetValue(name, out IObjective? objective))
            return (null, options, new RunnerFinding(true, pointer, $"there is no objective '{name}'{Nearest.Hint(name, _objectives.Keys)}"));
        if (options.ValueKind == JsonValueKind.String) options = JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["name"] = name });
        return (objective, options, null);
    }
}
