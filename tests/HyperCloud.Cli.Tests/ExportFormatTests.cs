using System.Globalization;
using HyperCloud.Sweeps;
using Parquet;
using Parquet.Schema;

namespace HyperCloud.Cli.Tests;

/// <summary>Every run is in every format of export, failures included, with its seed, pool, attempt, duration, host and state.</summary>
public sealed class ExportFormatTests
{
    // The evaluation runs fail, and with them their reason is exported.
    private const string Spec = """
        name: exported
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          kind: {values: [plain, "it's", 3]}
        search: {algorithm: random, seed: 3}
        limits: {trials: 4, parallel: 2}
        seeds: {selection: {top: 2, runs: 4}, evaluation: {seeds: 2, holdout: none}}
        trial: {retries: 0, command: [sh, run.sh]}
        """;

    private const string Script = """
        if [ "$HYPERCLOUD_POOL" = evaluation ]; then echo "it's broken, 100%" >&2; exit 3; fi
        echo '::hypercloud:: {"step": 1, "loss": 2.5}'
        echo '::hypercloud:: {"step": 2, "loss": 1.25}'
        """;

    [Fact]
    public async Task Parquet_read_back_has_every_run_typed()
    {
        using Workplace place = Ran();
        RunRecord[] runs = Workplace.Runs(await place.State());
        place.Run("export", "--format", "parquet", "--to", "runs.parquet").Expect(ExitCodes.Ok);
        await using FileStream file = File.OpenRead(Path.Combine(place.Folder, "runs.parquet"));
        await using ParquetReader reader = await ParquetReader.CreateAsync(file, cancellationToken: TestContext.Current.CancellationToken);
        Dictionary<string, DataField> fields = reader.Schema.GetDataFields().ToDictionary(f => f.Name);
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);
        long?[] seeds = new long?[runs.Length];
        double?[] values = new double?[runs.Length], x = new double?[runs.Length];
        string?[] states = new string?[runs.Length], hosts = new string?[runs.Length];
        await group.ReadAsync<long>(fields["seed"], seeds);
        await group.ReadAsync<double>(fields["value"], values);
        await group.ReadAsync<double>(fields["param.x"], x);
        await group.ReadAsync(fields["state"], states.AsMemory());
        await group.ReadAsync(fields["host"], hosts.AsMemory());
        Assert.Equal(runs.Select(r => (long?)r.Seed), seeds);
        Assert.Equal(runs.Select(r => r.Result!.Value), values);
        Assert.Equal(runs.Select(r => r.Result!.State.ToString().ToLowerInvariant()), states);
        Assert.Contains("failed", states);
        Assert.All(x, v => Assert.InRange(v!.Value, -5, 5));
        Assert.All(hosts, h => Assert.StartsWith(Environment.MachineName + "/", h, StringComparison.Ordinal));
        place.Run("export", "--format", "parquet").Expect(ExitCodes.BadInput);
    }

    [Fact]
    public async Task Mlflow_finds_all_runs_in_its_layout()
    {
        using Workplace place = Ran();
        RunRecord[] runs = Workplace.Runs(await place.State());
        for (int i = 0; i < 2; i++) place.Run("export", "--format", "mlflow", "--to", "mlruns").Expect(ExitCodes.Ok);
        string experiment = Assert.Single(Directory.GetDirectories(Path.Combine(place.Folder, "mlruns")), d => !d.EndsWith(".trash", StringComparison.Ordinal));
        Assert.Matches("^[0-9]{18}$", Path.GetFileName(experiment));
        Assert.Contains("lifecycle_stage: active", File.ReadAllText(Path.Combine(experiment, "meta.yaml")), StringComparison.Ordinal);
        string[] folders = Directory.GetDirectories(experiment);
        Assert.Equal(runs.Length, folders.Length);
        foreach (string folder in folders)
        {
            string Read(params string[] path) => File.ReadAllText(Path.Combine([folder, .. path]));
            RunRecord run = Assert.Single(runs, r => r.Key.ToString() == Read("tags", "mlflow.runName"));
            Assert.Equal(run.Seed.ToString(CultureInfo.InvariantCulture), Read("tags", "hypercloud.seed"));
            Assert.Equal(run.Key.Pool.ToString().ToLowerInvariant(), Read("tags", "hypercloud.pool"));
            Assert.Equal("1", Read("tags", "hypercloud.attempt"));
            Assert.NotEmpty(Read("params", "x"));
            Assert.Contains($"run_id: '{Path.GetFileName(folder)}'", Read("meta.yaml"), StringComparison.Ordinal);
            // 3 is FINISHED and 4 FAILED in MLflow's RunStatus.
            Assert.Contains($"status: {(run.Result!.State == RunState.Failed ? 4 : 3)}\n", Read("meta.yaml"), StringComparison.Ordinal);
            if (run.Result.State == RunState.Failed) Assert.NotEmpty(Read("tags", "hypercloud.reason"));
            else Assert.Matches(@"^\d+ 2\.5 1\n\d+ 1\.25 2\n$", Read("metrics", "loss"));
        }
    }

    [Fact]
    public async Task An_OpenML_trace_has_the_attributes_that_readers_ask_for()
    {
        using Workplace place = Ran();
        RunRecord[] runs = Workplace.Runs(await place.State());
        string[] lines = place.Run("export", "--format", "openml").Expect(ExitCodes.Ok).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] attributes = [.. lines.Where(l => l.StartsWith("@ATTRIBUTE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[1].Trim('\''))];
        Assert.Equal(["repeat", "fold", "iteration", "evaluation", "selected"], attributes.Take(5));
        Assert.All(attributes.Skip(5), a => Assert.StartsWith("parameter_", a, StringComparison.Ordinal));
        string[] rows = lines[(Array.IndexOf(lines, "@DATA") + 1)..];
        Assert.Equal(runs.Length, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.StartsWith($"0,0,{i},{runs[i].Result!.Value?.ToString("R", CultureInfo.InvariantCulture) ?? "NaN"},", rows[i], StringComparison.Ordinal);
            Assert.Contains($",'{runs[i].Seed}',", rows[i], StringComparison.Ordinal);
        }

        Assert.Contains(rows, r => r.Contains("'failed'", StringComparison.Ordinal));
        place.Run("export", "--format", "openml", "--what", "trials").Expect(ExitCodes.BadInput);
    }

    private static Workplace Ran()
    {
        Needs.Posix();
        var place = new Workplace();
        place.Write("run.sh", Script);
        place.Run("run", place.Write("s.yaml", Spec));
        return place;
    }
}
