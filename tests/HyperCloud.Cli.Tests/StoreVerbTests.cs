using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>Verbs that change, copy and export what a store holds.</summary>
public sealed class StoreVerbTests
{
    private const string Spec = """
        name: stored
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          kind: {values: [plain, "a \"quoted\", one", "two\nlines"], default: plain}
          deep: {type: int, min: 1, max: 9, default: 2, when: {kind: plain}}
        search: {algorithm: random, seed: 3}
        limits: {trials: 8, parallel: 2}
        seeds:
          selection: {top: 3, runs: 6}
          evaluation: {seeds: 4, holdout: none}
        trial: {objective: noisy-sphere}
        """;

    [Fact]
    public async Task A_sweep_that_nobody_runs_is_paused_resumed_cancelled_and_deleted()
    {
        using var place = new Workplace();
        await Create(place);
        Assert.Contains("is paused", place.Run("pause", "stored").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("already", place.Run("pause", "stored").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("paused", place.Run("list").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("no process runs it: 'hypercloud run SPEC' or 'hypercloud serve'", place.Run("resume", "stored").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("'hypercloud cancel ", place.Run("delete", "stored").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
        Assert.Contains("not over", place.Run("retry", "stored").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
        Assert.Equal("""{"changed":true,"status":"cancelled"}""", Fields(place.Run("cancel", "stored", "--output", "json")));
        Assert.Equal("""{"changed":false,"status":"cancelled"}""", Fields(place.Run("cancel", "stored", "--output", "json")));
        Assert.Contains("is deleted", place.Run("delete", "stored").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        place.Run("status", "stored").Expect(ExitCodes.NotFound);

        await Create(place);
        place.Run("delete", "stored", "--force", "--yes").Expect(ExitCodes.Ok);
        Assert.Equal("[]", place.Run("list", "--output", "json").Expect(ExitCodes.Ok).Out.Trim());

        static string Fields(Outcome outcome)
        {
            JsonElement root = JsonDocument.Parse(outcome.Expect(ExitCodes.Ok).Out).RootElement;
            return $$"""{"changed":{{root.GetProperty("changed").GetRawText()}},"status":{{root.GetProperty("status").GetRawText()}}}""";
        }
    }

    [Fact]
    public async Task Ctrl_C_ends_the_watching_and_not_the_sweep()
    {
        Needs.Interrupts();
        using var place = new Workplace();
        await Create(place);
        using Process watch = place.Start("watch");
        string said = "";
        while (!said.Contains("no process runs it", StringComparison.Ordinal))
            said = await watch.StandardError.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("it ended");
        using (Process kill = Process.Start("kill", ["-INT", watch.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.Contains("goes on without being watched", Workplace.Finish(watch).Expect(ExitCodes.Paused).Error, StringComparison.Ordinal);
        Assert.Equal(SweepStatus.Running, (await place.State()).Status);
    }

    [Fact]
    public async Task What_broken_machines_left_undone_is_run_again_on_request()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", """
            if [ "$HYPERCLOUD_POOL" = evaluation ] && [ ! -e repaired ]; then kill -9 $$; fi
            echo '::hypercloud:: {"loss": 1}'
            """);
        string spec = place.Write("s.yaml", Spec.Replace("objective: noisy-sphere", "retries: 0, command: [sh, run.sh]"));
        place.Run("run", spec).Expect(ExitCodes.NoAnswer);
        place.Write("repaired", "");
        Outcome retry = place.Run("retry", "stored", "--output", "json").Expect(ExitCodes.Ok);
        Assert.True(JsonDocument.Parse(retry.Out).RootElement.GetProperty("runs").GetInt32() >= 4);
        place.Run("run", spec).Expect(ExitCodes.Ok);
        Assert.Contains("nothing to try again", place.Run("retry", "stored").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Equal(SweepStatus.Finished, (await place.State()).Status);
        place.Run("replay").Expect(ExitCodes.Ok);
    }

    [Fact]
    public async Task An_export_read_back_is_what_the_record_says()
    {
        using var place = new Workplace();
        place.Run("run", place.Write("s.yaml", Spec)).Expect(ExitCodes.Ok);
        SweepState state = await place.State();
        RunRecord[] runs = Workplace.Runs(state);

        place.Write("runs.csv", "what was there before");
        Assert.Contains($"wrote {runs.Length} runs", place.Run("export", "--to", "runs.csv").Expect(ExitCodes.Ok).Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(place.Folder, "*.partial"));
        List<string[]> table = Csv(await File.ReadAllTextAsync(Path.Combine(place.Folder, "runs.csv"), TestContext.Current.CancellationToken));
        Dictionary<string, int> column = table[0].Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i);
        Assert.Equal(runs.Length, table.Count - 1);
        JsonElement[] lines = [.. place.Run("export", "--format", "jsonl").Expect(ExitCodes.Ok).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(runs.Length, lines.Length);
        for (int i = 0; i < runs.Length; i++)
        {
            string[] row = table[i + 1];
            Assert.Equal(table[0].Length, row.Length);
            Assert.Equal(runs[i].Key.ToString(), row[column["run"]]);
            Assert.Equal(runs[i].Seed, int.Parse(row[column["seed"]], CultureInfo.InvariantCulture));
            Assert.Equal(runs[i].Result!.Value!.Value, double.Parse(row[column["value"]], CultureInfo.InvariantCulture));
            Assert.Equal(runs[i].Result!.Value!.Value, lines[i].GetProperty("value").GetDouble());
            foreach (string name in (string[])["x", "kind", "deep"])
            {
                string written = row[column[$"param.{name}"]];
                Assert.Equal(state.Trials[runs[i].Key.Trial].Assignment[name]?.ToString() ?? "", written);
            }
        }

        Assert.Contains(table, r => r.Contains("two\nlines"));
        Assert.Equal(state.Trials.Count, Csv(place.Run("export", "--what", "trials").Expect(ExitCodes.Ok).Out).Count - 1);
        Assert.Equal(state.Seq + 1, Csv(place.Run("export", "--what", "events").Expect(ExitCodes.Ok).Out).Count - 1);
    }

    [Fact]
    public async Task A_store_is_copied_whole_or_by_sweep_and_nothing_is_overwritten()
    {
        using var place = new Workplace();
        place.Run("run", place.Write("s.yaml", Spec)).Expect(ExitCodes.Ok);
        JsonElement first = JsonDocument.Parse(place.Run("store", "copy", place.StorePath, "copy.db", "--output", "json").Expect(ExitCodes.Ok).Out).RootElement;
        Assert.True(first.GetProperty("rowsCopied").GetInt64() > 0);
        Assert.Equal(first.GetProperty("rowsCopied").GetInt64(), first.GetProperty("rowsVerified").GetInt64());
        Assert.Contains(" 0 rows and 0 blobs copied", place.Run("store", "copy", place.StorePath, "copy.db", "--sweep", "stored").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Equal(place.Run("report").Expect(ExitCodes.Ok).Out, place.Run("report", "--store", "copy.db").Expect(ExitCodes.Ok).Out);
        place.Run("replay", "--store", "copy.db").Expect(ExitCodes.Ok);

        place.Run("store", "copy", place.StorePath, place.StorePath).Expect(ExitCodes.BadInput);
        place.Run("store", "copy", "missing.db", "copy.db").Expect(ExitCodes.NotFound);
        place.Run("store", "copy", place.StorePath, "other.db", "--sweep", "unknown").Expect(ExitCodes.NotFound);
        using var other = new Workplace();
        await Create(other);
        other.Run("store", "copy", place.StorePath, other.StorePath).Expect(ExitCodes.CopyRefused);
    }

    [Fact]
    public void The_folder_of_runs_can_be_named()
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec.Replace("objective: noisy-sphere", "command: [sh, -c, 'mkdir -p $HYPERCLOUD_OUTPUT_DIR; echo \"::hypercloud:: {\\\"loss\\\": 1}\"']"));
        Needs.Posix();
        place.RunIn(new Dictionary<string, string?> { ["HYPERCLOUD_WORK"] = Path.Combine(place.Folder, "elsewhere") }, "run", spec).Expect(ExitCodes.Ok);
        Assert.NotEmpty(Directory.GetDirectories(Path.Combine(place.Folder, "elsewhere")));
        Assert.False(Directory.Exists(Path.Combine(place.Folder, ".hypercloud", "work")));
    }

    /// <summary>A sweep in the store that no process runs.</summary>
    private static async Task Create(Workplace place)
    {
        SweepSpec spec = SpecReader.Read(Encoding.UTF8.GetBytes(Spec), "s.yaml", Common.Specs(trialRequired: true)).Spec!;
        Directory.CreateDirectory(Path.GetDirectoryName(place.StorePath)!);
        await using IStore store = SqliteStore.Open(place.StorePath);
        var hub = new SweepHub(store, Common.Runners, TimeProvider.System, new HubOptions { WorkRoot = place.Folder });
        await new SweepService(hub).Create(SpecDigest.SweepId(spec), spec, place.Folder, [], TestContext.Current.CancellationToken);
    }

    /// <summary>Reads CSV as RFC 4180 defines it.</summary>
    private static List<string[]> Csv(string text)
    {
        List<string[]> rows = [];
        List<string> row = [];
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (c == '"') quoted = !quoted;
            else if (quoted) field.Append(c);
            else if (c == ',') End();
            else if (c == '\n')
            {
                End();
                rows.Add([.. row]);
                row.Clear();
            }
            else if (c != '\r') field.Append(c);
        }

        return rows;

        void End()
        {
            row.Add(field.ToString());
            field.Clear();
        }
    }
}
