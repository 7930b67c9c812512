using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>The sweep is over for good, so what was asked of it cannot be done.</summary>
/// <param name="message">What was asked, and what can be done instead.</param>
public sealed class SweepOverException(string message) : Exception(message);

/// <summary>What users ask of sweeps, whichever surface they ask through: create, extend, pause, resume, cancel, look.</summary>
public sealed partial class SweepService(SweepHub hub)
{
    /// <summary>
    /// Version of the engine's own decisions (stages, limits, champion). 2: selection races (<see cref="Racing"/>); what sweeps of version 1
    /// decided is decided the same way still.
    /// </summary>
    public const int EngineVersion = 3;

    /// <summary>Version of the product.</summary>
    public static string Product { get; } =
        typeof(SweepService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Program, runtime and system of this process: what may make equal runs differ.</summary>
    internal static string HostEnvironment { get; } =
        $"hypercloud {Product}; {RuntimeInformation.FrameworkDescription}; {RuntimeInformation.OSDescription}; {RuntimeInformation.ProcessArchitecture}";

    /// <summary>Creates a sweep, or finds the one that this spec has already created. Creating twice is one creation.</summary>
    /// <param name="id">The sweep's id, derived from its identity.</param>
    /// <param name="spec">The spec.</param>
    /// <param name="baseDirectory">Folder that relative paths refer to.</param>
    /// <param name="inputs">Files the runs depend on.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>Whether it was created now.</returns>
    /// <exception cref="WarmStartException">The spec begins with an earlier sweep that is not there, or does not fit.</exception>
    public async ValueTask<bool> Create(
        string id, SweepSpec spec, string baseDirectory, ImmutableArray<RunnerInput> inputs, CancellationToken cancellation)
    {
        CostBasis costs = hub.Options.Costs.Of(spec.Trial?.Runner, hub.Options);
        Ancestry? ancestry = null;
        int evaluationFrom = 0;
        if (spec.WarmStart is { } wanted && !await hub.Session(id).Read(s => s.Created is not null, cancellation)) (ancestry, evaluationFrom) = await Ancestor(id, wanted, spec, cancellation);
        IRunner? runner = spec.Trial is { } t ? hub.Runners.GetValueOrDefault(t.Runner) : null;
        var created = new SweepEvent.Created
        {
            Sweep = id,
            Identity = SpecDigest.Identity(spec),
            Spec = StoredSpec.Write(spec),
            Parallel = spec.Limits.Parallel ?? Math.Clamp(Environment.ProcessorCount, 1, 8),
            Ancestry = ancestry,
            EvaluationFrom = evaluationFrom,
            Holdout = spec.Seeds.Evaluation.NoHoldout ? "none" : spec.Seeds.Evaluation.Metric is not null ? "metric"
                : runner?.HasHoldout(spec.Trial!) == true ? "runner" : runner?.ReadsNoData(spec.Trial!) == true ? "no-data" : "unknown",
            EngineVersion = EngineVersion,
            Product = Product,
            Inputs = inputs,
            Environment = HostEnvironment,
            Costs = costs.IsBilled ? costs : null,
        };
        bool isNew = await hub.Session(id).Decide<object>(
            (state, _) => state.Created is null ? new([created], this) : new([], hub), cancellation, hosted: false) == (object)this;
        if (isNew || await hub.Summary(id, cancellation) is null)
            await hub.WriteSummary(await hub.Session(id).Read(s => SweepHub.Summarize(s, baseDirectory), cancellation), cancellation);
        return isNew;
    }

    /// <summary>What the sweep that a spec begins with has learnt so far, and the first evaluation replicate that it leaves.</summary>
    private async ValueTask<(Ancestry, int EvaluationFrom)> Ancestor(string id, string wanted, SweepSpec spec, CancellationToken cancellation)
    {
        IReadOnlyList<SweepSummary> others = [.. (await List(cancellation)).Where(s => s.Id != id)];
        SweepSummary[] found = [.. others.Where(s => s.Id == wanted)];
        if (found.Length == 0) found = [.. others.Where(s => s.Name == wanted)];
        if (found.Length != 1)
        {
            throw new WarmStartException(found.Length == 0
                ? $"warmStart names the sweep '{wanted}', which the store does not hold; it holds {(others.Count == 0 ? "no other" : string.Join(", ", others.Take(5).Select(s => s.Id)))}"
                : $"warmStart: '{wanted}' may mean {string.Join(" or ", found.Select(s => s.Id))}; give the id");
        }

        return await hub.Session(found[0].Id).Read(s => (WarmStart.Freeze(s, spec), s.NextEvaluationReplicate), cancellation, force: true);
    }

    /// <summary>Changes the limits; a finished sweep will go on searching. Nothing happens when they are what they were.</summary>
    /// <exception cref="SweepOverException">The sweep was cancelled.</exception>
    public async ValueTask<bool> Extend(string id, LimitsSpec limits, CancellationToken cancellation)
    {
        JsonElement json = StoredSpec.WriteLimits(limits);
        object changed = await hub.Session(id).Decide<object>((state, _) =>
            state.Spec.Limits == limits ? new([], hub)
            : state.Cancel is not null ? throw new SweepOverException($"sweep {id} was cancelled and cannot be extended; give it another name, or use --new")
            : new([new SweepEvent.Extended(json)], this), cancellation, hosted: false);
        return changed == (object)this;
    }

    /// <summary>Hands out nothing more until resumed; runs under way go on. Twice is once.</summary>
    public async ValueTask<bool> SetPaused(string id, bool paused, string by, CancellationToken cancellation) =>
        await hub.Session(id).Decide<object>((state, _) =>
            state.IsPaused == paused || state.End is not null ? new([], hub) : new([new SweepEvent.Paused(paused, by)], this), cancellation, hosted: false) == (object)this;

    /// <summary>Ends the sweep: runs under way are ended, nothing more is handed out. Twice is once.</summary>
    public async ValueTask<bool> Cancel(string id, string by, CancellationToken cancellation) =>
        await hub.Session(id).Decide<object>((state, _) =>
            state.Cancel is not null || state.End is not null ? new([], hub) : new([new SweepEvent.CancelRequested(by)], this), cancellation, hosted: false) == (object)this;

    /// <summary>All sweeps, newest first.</summary>
    public async ValueTask<IReadOnlyList<SweepSummary>> List(CancellationToken cancellation)
    {
        List<SweepSummary> sweeps = [];
        string? after = null;
        while (true)
        {
            IReadOnlyList<StoredRow> rows = await hub.Store.Query("sweeps.list", SweepHub.SweepsTable, SweepHub.SweepsPartition, after, null, 500, cancellation);
            sweeps.AddRange(rows.Select(r => JsonSerializer.Deserialize(r.Body, SweepsJson.Default.SweepSummary)!));
            if (rows.Count < 500) return [.. sweeps.OrderByDescending(s => s.CreatedAt).ThenBy(s => s.Id, StringComparer.Ordinal)];
            after = rows[^1].Key;
        }
    }

    /// <summary>What is kept of one attempt of a run; null when it left nothing beside its entry in the log.</summary>
    public ValueTask<RunDetails?> Details(string id, RunKey run, int attempt, CancellationToken cancellation) =>
        RunRows.GetWhole(hub.Store, id, run, attempt, cancellation);
}
