using System.Text.Json;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>A record that was tampered with is found, and what differs is named.</summary>
public sealed class RecordTests
{
    private const string Spec = """
        name: record
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          y: {type: float, min: -5, max: 5, default: 2.0}
        search: {algorithm: tpe, seed: 3}
        limits: {trials: 20, parallel: 8}
        seeds:
          selection: {top: 3, runs: 12}
          evaluation: {seeds: 6, holdout: none}
        trial: {objective: noisy-sphere}
        """;

    [Fact]
    public async Task An_untouched_record_verifies_against_the_printed_head()
    {
        using var place = new Workplace();
        string head = Run(place);
        Outcome replay = place.Run("replay", "--head", head, "--output", "json").Expect(ExitCodes.Ok);
        JsonElement json = JsonDocument.Parse(replay.Out).RootElement;
        Assert.Equal("verified", json.GetProperty("result").GetString());
        Assert.Equal((await place.State()).HeadDigest, json.GetProperty("headDigest").GetString());
        Assert.True(json.GetProperty("decisions").GetProperty("suggested").GetInt32() == 20);
    }

    [Fact]
    public async Task An_edit_without_chaining_anew_is_always_found()
    {
        using var place = new Workplace();
        Run(place);
        await Edit(place, rechain: false, (seq, entry) => seq == 30 ? entry.Replace("\"attempt\":1", "\"attempt\":2") : entry);
        Outcome replay = place.Run("replay").Expect(ExitCodes.RecordEdited);
        Assert.Contains("entry 30 was edited", replay.Out, StringComparison.Ordinal);
        Assert.Contains("damaged", place.Run("report").Expect(ExitCodes.RecordEdited).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_better_value_chained_anew_is_found_by_the_decisions_or_by_the_head()
    {
        using var place = new Workplace();
        string head = Run(place);
        // The first search result is made a thousand times better: what was suggested after it does not follow any more.
        bool done = false;
        await Edit(place, rechain: true, (_, entry) =>
        {
            if (done || !entry.Contains("\"type\":\"ended\"", StringComparison.Ordinal)) return entry;
            done = true;
            return System.Text.RegularExpressions.Regex.Replace(entry, "\"value\":[-0-9.eE+]+", "\"value\":-1000");
        });
        Outcome replay = place.Run("replay").Expect(ExitCodes.ReplayMismatch);
        Assert.Matches(@"MISMATCH at entry \d+ \((suggested|stage-opened|champion-chosen)\)", replay.Out);
        place.Run("replay", "--head", head).Expect(ExitCodes.ReplayMismatch);
    }

    [Fact]
    public async Task An_edit_that_changes_no_decision_is_found_against_the_head()
    {
        using var place = new Workplace();
        string head = Run(place);
        await Edit(place, rechain: true, (_, entry) => entry.Replace("\"durationMs\":", "\"durationMs\":1"));
        place.Run("replay").Expect(ExitCodes.Ok);
        Assert.Contains("EDITED", place.Run("replay", "--head", head).Expect(ExitCodes.RecordEdited).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_champion_chained_anew_is_found()
    {
        using var place = new Workplace();
        Run(place);
        await Edit(place, rechain: true, (_, entry) => entry.Contains("\"type\":\"champion-chosen\"", StringComparison.Ordinal)
            ? System.Text.RegularExpressions.Regex.Replace(entry, "\"champion-chosen\",\"trial\":\\d+", "\"champion-chosen\",\"trial\":0")
            : entry);
        Assert.Contains("champion-chosen", place.Run("replay").Expect(ExitCodes.ReplayMismatch).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_a_version_that_is_gone_is_not_called_a_mismatch()
    {
        using var place = new Workplace();
        Run(place);
        await Edit(place, rechain: true, (_, entry) => entry.Replace("\"algorithm\":\"tpe\",\"version\":1", "\"algorithm\":\"tpe\",\"version\":9999"));
        Assert.Contains("cannot-replay: needs tpe version 9999", place.Run("replay").Expect(ExitCodes.CannotReplay).Out, StringComparison.Ordinal);
    }

    private static string Run(Workplace place)
    {
        Outcome run = place.Run("run", place.Write("s.yaml", Spec), "--output", "json").Expect(ExitCodes.Ok);
        return JsonDocument.Parse(run.Out).RootElement.GetProperty("headDigest").GetString()!;
    }

    /// <summary>Rewrites every entry of the log in the store's file, with digests that fit or without.</summary>
    private static async Task Edit(Workplace place, bool rechain, Func<long, string, string> edit)
    {
        string sweep = (await place.State()).Created!.Sweep;
        await using IStore store = SqliteStore.Open(place.StorePath);
        IReadOnlyList<StoredRow> rows = await store.Query("test", EventLog.Table, EventLog.Partition(sweep, 0), null, null, 1000, CancellationToken.None);
        string digest = EventLog.Genesis;
        for (int i = 0; i < rows.Count; i++)
        {
            JsonElement row = JsonDocument.Parse(rows[i].Body).RootElement;
            string entry = edit(i, row.GetProperty("entry").GetRawText());
            digest = rechain ? EventLog.Chain(digest, entry) : row.GetProperty("digest").GetString()!;
            string body = $$"""{"schemaVersion":1,"digest":"{{digest}}","entry":{{entry}}}""";
            await store.Apply("test", EventLog.Table, rows[i].Partition, [new RowChange.Put(rows[i].Key, body)], CancellationToken.None);
        }
    }
}
