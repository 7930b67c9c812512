using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Exports;

/// <summary>
/// A sweep in the layout of MLflow's file store: <c>EXPERIMENT/meta.yaml</c>, and of each run <c>EXPERIMENT/RUN/{meta.yaml, params, metrics, tags,
/// artifacts}</c>; a metric is a file of lines <c>timestamp value step</c>. Ids follow from the sweep's, so that a second export replaces the first.
/// </summary>
internal static class MlflowDirectory
{
    // MLflow's RunStatus and SourceType as its files number them.
    private const int Running = 1, Scheduled = 2, Finished = 3, Failed = 4, Killed = 5, LocalSource = 4;

    /// <summary>Writes the experiment; nothing of it is seen before it is whole.</summary>
    /// <param name="root">Directory to give to MLflow as <c>--backend-store-uri</c>; made when it is not there, other experiments in it stay.</param>
    /// <param name="state">The sweep.</param>
    /// <param name="runs">Its runs.</param>
    /// <param name="curve">The reports of a run; none where none were kept.</param>
    /// <returns>The experiment's folder.</returns>
    public static async Task<string> Write(string root, SweepState state, IReadOnlyList<ExportedRun> runs, Func<RunRecord, Task<IReadOnlyList<RunReport>>> curve)
    {
        string sweep = state.Created!.Sweep;
        // MLflow's own ids of experiments are numbers of 18 digits.
        string experiment = (new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(sweep)).AsSpan(0, 16), isUnsigned: true) % BigInteger.Pow(10, 18)).ToString("D18", CultureInfo.InvariantCulture);
        string whole = Path.Combine(root, experiment), partial = Path.Combine(root, ".trash", $"{experiment}.partial");
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        Meta(partial,
            ("artifact_location", Text(Address(whole))), ("creation_time", Whole(state.CreatedAt.ToUnixTimeMilliseconds())), ("experiment_id", Text(experiment)),
            ("last_update_time", Whole(state.CreatedAt.ToUnixTimeMilliseconds())), ("lifecycle_stage", "active"), ("name", Text(sweep)));
        foreach (ExportedRun run in runs) await WriteRun(partial, whole, experiment, state, run, await curve(run.Run));
        if (Directory.Exists(whole)) Directory.Delete(whole, recursive: true);
        Directory.Move(partial, whole);
        return whole;
    }

    private static async Task WriteRun(string partial, string whole, string experiment, SweepState state, ExportedRun exported, IReadOnlyList<RunReport> curve)
    {
        RunRecord run = exported.Run;
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{state.Created!.Sweep}/{run.Key}")))[..32], folder = Path.Combine(partial, id);
        foreach (string name in (string[])["params", "metrics", "tags", "artifacts"]) Directory.CreateDirectory(Path.Combine(folder, name));
        long start = (run.StartedAt ?? run.QueuedAt).ToUnixTimeMilliseconds();
        long? end = run.Result is { } result ? start + result.DurationMs : null;
        Meta(folder,
            ("artifact_uri", Text(Address(Path.Combine(whole, id, "artifacts")))), ("end_time", end is { } e ? Whole(e) : "null"), ("entry_point_name", "''"), ("experiment_id", Text(experiment)),
            ("lifecycle_stage", "active"), ("run_id", Text(id)), ("run_name", Text(run.Key.ToString())), ("run_uuid", Text(id)), ("source_name", "''"), ("source_type", Whole(LocalSource)),
            ("source_version", "''"), ("start_time", Whole(start)), ("status", Whole(Status(run))), ("tags", "[]"), ("user_id", "hypercloud"));
        foreach ((string name, JsonNode? value) in JsonNode.Parse(exported.Trial.Assignment.ToJson())!.AsObject())
            if (value is not null) await Put(folder, "params", name, value is JsonValue v && v.TryGetValue(out string? text) ? text : value.ToJsonString());
        await Put(folder, "tags", "mlflow.runName", run.Key.ToString());
        await Put(folder, "tags", "hypercloud.sweep", state.Created.Sweep);
        foreach ((string name, string text) in exported.Facts()) await Put(folder, "tags", "hypercloud." + name, text);

        var metrics = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
        for (int i = 0; i < curve.Count; i++)
        {
            // Steps are whole numbers there; where ours are not, the place in the curve is.
            long step = curve[i].Step is { } s && double.IsInteger(s) && Math.Abs(s) < long.MaxValue ? (long)s : i;
            foreach ((string name, double value) in curve[i].Metrics) Add(name, start, value, step);
        }

        if (run.Result is { } ended)
        {
            if (ended.Value is { } value) Add("hypercloud.value", end!.Value, value, 0);
            Add("hypercloud.durationMs", end!.Value, ended.DurationMs, 0);
            if (exported.Cost is { } cost) Add("hypercloud.cost", end.Value, (double)cost, 0);
        }

        foreach ((string name, StringBuilder lines) in metrics) await Put(folder, "metrics", name, lines.ToString());

        void Add(string name, long at, double value, long step)
        {
            if (!metrics.TryGetValue(name, out StringBuilder? lines)) metrics[name] = lines = new StringBuilder();
            lines.Append(CultureInfo.InvariantCulture, $"{at} {Number(value)} {step}\n");
        }
    }

    private static int Status(RunRecord run) => run.Result?.State switch
    {
        RunState.Completed or RunState.Stopped => Finished,
        RunState.Failed => Failed,
        null => run.Phase == RunPhase.Running ? Running : Scheduled,
        _ => Killed,
    };

    private static void Meta(string folder, params (string Name, string Value)[] fields) =>
        File.WriteAllText(Path.Combine(folder, "meta.yaml"), string.Concat(fields.Select(f => $"{f.Name}: {f.Value}\n")));

    private static Task Put(string folder, string kind, string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, kind, FileName(name)), text);

    /// <summary>A name that MLflow takes and that stays one file in its folder.</summary>
    private static string FileName(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ' ' ? c : '_'));
        return safe.Trim('.', ' ').Length == 0 ? "_" + safe.Replace('.', '_') : safe;
    }

    private static string Number(double value) => double.IsNaN(value) ? "nan" : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf") : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(string value) => $"'{value.Replace("'", "''")}'";

    private static string Address(string path) => new Uri(path).AbsoluteUri;
}
