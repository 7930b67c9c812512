using System.Globalization;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Exports;

/// <summary>A run with what every form of export says of it.</summary>
/// <param name="Trial">Its trial.</param>
/// <param name="Run">As the record tells it.</param>
/// <param name="Host">Worker, or machine and process, of its newest attempt; null before the first.</param>
/// <param name="Cost">What its newest attempt cost by the sweep's cost model; null while it has not ended, and without a model.</param>
/// <param name="Currency">Of the cost.</param>
/// <param name="Task">Name of its task; null in a sweep without tasks.</param>
internal sealed record ExportedRun(TrialRecord Trial, RunRecord Run, string? Host, decimal? Cost, string? Currency, string? Task = null)
{
    /// <summary>State or phase in one word.</summary>
    public string State => Run.Result?.State.ToString().ToLowerInvariant() ?? Run.Phase.ToString().ToLowerInvariant();

    /// <summary>All runs of a sweep, failures included, in the order of trials.</summary>
    /// <param name="state">The sweep.</param>
    /// <param name="hosts">Hosts by run.</param>
    public static IEnumerable<ExportedRun> All(SweepState state, IReadOnlyDictionary<string, string> hosts)
    {
        CostBasis? costs = state.Created!.Costs;
        return state.Trials.SelectMany(t => t.Runs.Values.Select(r => new ExportedRun(
            t, r, hosts.GetValueOrDefault(r.Key.ToString()), r.Result is { } result ? costs?.PriceOf(result.DurationMs) : null, costs?.Prices.Currency, state.Spec.TaskOf(r.Key.Task)?.Name)));
    }

    /// <summary>The facts beside parameters and value, by name, those that are absent left out; for formats that take names and texts.</summary>
    public IEnumerable<(string Name, string Text)> Facts()
    {
        yield return ("run", Run.Key.ToString());
        yield return ("trial", Whole(Run.Key.Trial));
        yield return ("pool", Core.RunKey.PoolName(Run.Key.Pool));
        if (Task is not null) yield return ("task", Task);
        yield return ("replicate", Whole(Run.Key.Replicate));
        yield return ("rung", Whole(Run.Key.Rung));
        yield return ("stage", Whole(Run.Stage));
        yield return ("seed", Whole(Run.Seed));
        yield return ("attempt", Whole(Run.Attempt));
        yield return ("lost", Whole(Run.Lost));
        yield return ("preempted", Whole(Run.Preempted));
        yield return ("state", State);
        if (Host is not null) yield return ("host", Host);
        if (Run.Result is { } result)
        {
            yield return ("durationMs", Whole(result.DurationMs));
            if (result.Code is { } code) yield return ("code", code);
            if (result.Reason is { } reason) yield return ("reason", reason);
        }

        if (Cost is not { } cost) yield break;
        yield return ("cost", cost.ToString(CultureInfo.InvariantCulture));
        yield return ("currency", Currency!);
    }

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
}
