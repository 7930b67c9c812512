using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>A sweep travels in one file, comes out as it went in, and nothing that was tampered with comes out at all.</summary>
public sealed class CapsuleTests
{
    private const string Spec = """
        name: travelled
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          y: {type: float, min: -5, max: 5, default: 2.0}
        search: {algorithm: tpe, seed: 3}
        limits: {trials: 12, parallel: 4}
        seeds:
          selection: {top: 2, runs: 6}
          evaluation: {seeds: 4, holdout: none}
        trial: {objective: noisy-sphere}
        """;

    [Fact]
    public async Task An_imported_sweep_shows_reports_exports_and_replays_as_the_original_did()
    {
        using Workplace from = Ran(), to = new();
        JsonElement made = Json(from.Run("capsule", "--output", "json").Expect(ExitCodes.Ok));
        string file = made.GetProperty("file").GetString()!, head = made.GetProperty("headDigest").GetString()!, digest = made.GetProperty("capsuleDigest").GetString()!;
        Assert.EndsWith(Capsule.Extension, file, StringComparison.Ordinal);

        JsonElement verified = Json(to.Run("verify", file, "--digest", digest, "--output", "json").Expect(ExitCodes.Ok));
        Assert.Equal("verified", verified.GetProperty("result").GetString());
        Assert.Equal(12, verified.GetProperty("decisions").GetProperty("suggested").GetInt32());
        Assert.True(verified.GetProperty("reportIsOurs").GetBoolean());
        Assert.False(File.Exists(to.StorePath));

        Assert.True(Json(to.Run("import", file, "--output", "json").Expect(ExitCodes.Ok)).GetProperty("added").GetBoolean());
        Assert.False(Json(to.Run("import", file, "--output", "json").Expect(ExitCodes.Ok)).GetProperty("added").GetBoolean());
        foreach (string[] verb in (string[][])[["report"], ["export"], ["export", "--what", "events"], ["show", "0"], ["logs", "0"], ["best", "--as", "json"], ["replay", "--head", head]])
            Assert.Equal(from.Run(verb).Expect(ExitCodes.Ok).Out, to.Run(verb).Expect(ExitCodes.Ok).Out);
        Assert.Equal(Workplace.Fingerprint(await from.State()), Workplace.Fingerprint(await to.State()));

        // Of the copy the very same file is made.
        to.Run("capsule", "--out", "again.zip").Expect(ExitCodes.Ok);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(to.Folder, "again.zip")));
    }

    [Fact]
    public async Task The_schedule_of_an_imported_sweep_rests_until_it_is_given_again()
    {
        using Workplace from = Ran(Spec + "\nschedule: {cron: \"0 2 * * *\"}"), to = new();
        from.Run("capsule", "--out", "c.zip").Expect(ExitCodes.Ok);
        to.Run("import", Path.Combine(from.Folder, "c.zip")).Expect(ExitCodes.Ok);
        await using IStore store = SqliteStore.Open(to.StorePath);
        var service = new SweepService(new SweepHub(store, new Dictionary<string, IRunner>(), TimeProvider.System, new HubOptions { WorkRoot = to.Folder }));
        SweepSummary summary = Assert.Single(await service.List(CancellationToken.None));
        Assert.Null(summary.Cron);
        SweepState state = await to.State();
        Assert.False(await service.SetSchedule(summary.Id, state.Spec.Schedule, "test", CancellationToken.None)); // as it was: the record does not change
        Assert.Equal("0 2 * * *", Assert.Single(await service.List(CancellationToken.None)).Cron);
    }

    [Fact]
    public void A_sweep_that_went_on_is_not_overwritten()
    {
        using Workplace place = Ran();
        place.Run("capsule", "--out", "early.zip").Expect(ExitCodes.Ok);
        place.Run("run", "s.yaml", "--trials", "14").Expect(ExitCodes.Ok);
        byte[] before = File.ReadAllBytes(place.StorePath);
        Assert.Contains("another record", place.Run("import", "early.zip").Expect(ExitCodes.CopyRefused).Error, StringComparison.Ordinal);
        place.Run("capsule", "--out", "late.zip").Expect(ExitCodes.Ok);
        using var other = new Workplace();
        other.Run("import", Path.Combine(place.Folder, "early.zip")).Expect(ExitCodes.Ok);
        Assert.Contains("as it stood earlier", other.Run("import", Path.Combine(place.Folder, "late.zip")).Expect(ExitCodes.CopyRefused).Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(place.StorePath));
    }

    [Fact]
    public async Task Secrets_leases_and_handles_stay_behind()
    {
        Needs.Posix();
        using Workplace place = Ran(Spec.Replace("{objective: noisy-sphere}", """{command: [sh, -c, "echo hello; echo '::hypercloud:: {\"loss\": 1}'"]}""", StringComparison.Ordinal));
        string sweep = (await place.State()).Created!.Sweep;
        await using (IStore store = SqliteStore.Open(place.StorePath))
            await store.Apply("test", "secrets", sweep, [new RowChange.Put("run-tokens", """{"key":"c2VjcmV0LW9mLXRoZS1zd2VlcA==","schemaVersion":1}""")], CancellationToken.None);
        place.Run("capsule", "--out", "c.zip").Expect(ExitCodes.Ok);
        Dictionary<string, string> files = Files(Path.Combine(place.Folder, "c.zip"));
        Assert.Equal(["events.jsonl", "manifest.json", "report.json", "report.md", "runs.jsonl"], files.Keys);
        Assert.All(files.Values, text => Assert.DoesNotContain("c2VjcmV0", text, StringComparison.Ordinal));
        Assert.All(files["runs.jsonl"].Trim().Split('\n'), line =>
        {
            JsonObject run = JsonNode.Parse(line)!.AsObject();
            Assert.All((string[])["handle", "leaseUntil", "hostUntil"], name => Assert.False(run.ContainsKey(name), name));
            Assert.NotNull(run["host"]);
        });
    }

    [Fact]
    public void What_was_tampered_with_is_refused_with_its_place_and_nothing_is_stored()
    {
        using Workplace place = Ran(), elsewhere = new();
        place.Run("capsule", "--out", "c.zip").Expect(ExitCodes.Ok);
        string good = Path.Combine(place.Folder, "c.zip");
        Dictionary<string, string> files = Files(good);

        // An entry edited; with the manifest made to fit; chained anew; a manifest that tells another story.
        string edited = files["events.jsonl"].Replace("\"durationMs\":", "\"durationMs\":1", StringComparison.Ordinal);
        Refused(ExitCodes.RecordEdited, "events.jsonl was edited", Zip(files, ("events.jsonl", edited)));
        Refused(ExitCodes.RecordEdited, "was edited: its digest is", Zip(Sealed(files, "events.jsonl", edited)));
        string better = Rechained(files["events.jsonl"], ChangeFirstValue());
        Dictionary<string, string> forged = Sealed(files, "events.jsonl", better);
        string head = JsonNode.Parse(better.Trim().Split('\n')[^1])!["digest"]!.GetValue<string>();
        Refused(ExitCodes.ReplayMismatch, "MISMATCH", Zip(forged, ("manifest.json", With(forged["manifest.json"], "headDigest", $"\"{head}\""))));
        foreach ((string field, string value) in new[] { ("sweep", "\"other\""), ("product", "\"9.9\""), ("entries", "3"), ("headDigest", $"\"{head}\""), ("status", "\"Failed\"") })
            Refused(ExitCodes.RecordEdited, "manifest.json was edited", Zip(files, ("manifest.json", With(files["manifest.json"], field, value))));

        // Other files, and files outside.
        Refused(ExitCodes.RecordEdited, "'../../evil.sh'", Zip([.. files.Select(f => (f.Key, f.Value)), ("../../evil.sh", "boo")]));
        Refused(ExitCodes.RecordEdited, "each once", Zip([.. files.Select(f => (f.Key, f.Value)), ("runs.jsonl", "")]));
        Refused(ExitCodes.RecordEdited, "each once", Zip([.. files.Where(f => f.Key != "runs.jsonl").Select(f => (f.Key, f.Value))]));
        Refused(ExitCodes.BadInput, "no capsule", Zip([("readme.txt", "hello")]));
        Refused(ExitCodes.CannotReplay, "newer hypercloud", Zip(files, ("manifest.json", files["manifest.json"].Replace("\"formatVersion\": 1", "\"formatVersion\": 2", StringComparison.Ordinal))));

        // Cut anywhere, and no zip at all.
        byte[] whole = File.ReadAllBytes(good);
        foreach (int length in (int[])[0, 10, whole.Length / 2, whole.Length - 1]) Refused(ExitCodes.RecordEdited, "zip file", whole[..length]);
        Refused(ExitCodes.RecordEdited, "zip file", Encoding.UTF8.GetBytes("not a zip at all"));
        place.Run("verify", "absent.zip").Expect(ExitCodes.BadInput);

        // Sealed anew without a trace: found against the digest that was printed.
        byte[] log = Zip(Sealed(files, "report.md", files["report.md"].Replace("noisy-sphere", "calm-sphere", StringComparison.Ordinal) + "all is well\n"));
        File.WriteAllBytes(Path.Combine(elsewhere.Folder, "x.zip"), log);
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(files["manifest.json"])));
        elsewhere.Run("verify", good, "--digest", digest).Expect(ExitCodes.Ok);
        Assert.Contains("trust the record", elsewhere.Run("verify", "x.zip").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
        Assert.Contains("not the capsule", elsewhere.Run("import", "x.zip", "--digest", digest[..12]).Expect(ExitCodes.RecordEdited).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(elsewhere.StorePath));

        void Refused(int code, string says, byte[] zip)
        {
            File.WriteAllBytes(Path.Combine(elsewhere.Folder, "x.zip"), zip);
            Outcome import = elsewhere.Run("import", "x.zip").Expect(code);
            Assert.Contains(says, import.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(elsewhere.StorePath));
        }
    }

    [Fact]
    public void A_bomb_is_not_unpacked_whatever_it_claims()
    {
        using Workplace place = Ran();
        place.Run("capsule", "--out", "c.zip").Expect(ExitCodes.Ok);
        Dictionary<string, string> files = Files(Path.Combine(place.Folder, "c.zip"));
        byte[] bomb = Zip(files, ("runs.jsonl", new string(' ', 20_000_000)));
        Assert.True(bomb.Length < 200_000);
        CapsuleException e = Assert.Throws<CapsuleException>(() => Capsule.Read(new MemoryStream(bomb), maxBytes: 10_000_000));
        Assert.Equal("too-large", e.Code);
        byte[] manifest = Zip(files, ("manifest.json", new string(' ', 20_000_000)));
        Assert.Equal("too-large", Assert.Throws<CapsuleException>(() => Capsule.Read(new MemoryStream(manifest))).Code);
    }

    private static Workplace Ran(string spec = Spec)
    {
        var place = new Workplace();
        place.Run("run", place.Write("s.yaml", spec)).Expect(ExitCodes.Ok);
        return place;
    }

    private static JsonElement Json(Outcome outcome) => JsonDocument.Parse(outcome.Out).RootElement;

    private static Dictionary<string, string> Files(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        return zip.Entries.ToDictionary(e => e.FullName, e =>
        {
            using var reader = new StreamReader(e.Open());
            return reader.ReadToEnd();
        });
    }

    private static byte[] Zip(Dictionary<string, string> files, params (string Name, string Text)[] instead) =>
        Zip([.. files.Select(f => (f.Key, instead.Where(i => i.Name == f.Key).Select(i => i.Text).FirstOrDefault(f.Value)))]);

    private static byte[] Zip((string Name, string Text)[] files)
    {
        var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in files)
            {
                using Stream stream = zip.CreateEntry(name).Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return buffer.ToArray();
    }

    /// <summary>With a file replaced and the manifest's digest of it made to fit.</summary>
    private static Dictionary<string, string> Sealed(Dictionary<string, string> files, string name, string text)
    {
        string manifest = files["manifest.json"].Replace(Of(files[name]), Of(text), StringComparison.Ordinal);
        return new(files) { [name] = text, ["manifest.json"] = manifest };

        static string Of(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            return $"\"bytes\": {bytes.Length},\n      \"sha256\": \"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"";
        }
    }

    /// <summary>With another value of a field, and not a byte else.</summary>
    private static string With(string manifest, string field, string value)
    {
        string other = System.Text.RegularExpressions.Regex.Replace(manifest, $"\"{field}\": [^,\n]+", $"\"{field}\": {value}");
        Assert.NotEqual(manifest, other);
        return other;
    }

    private static string Rechained(string events, Func<string, string> edit)
    {
        string digest = EventLog.Genesis;
        return string.Concat(events.Trim().Split('\n').Select(line =>
        {
            string entry = edit(JsonDocument.Parse(line).RootElement.GetProperty("entry").GetRawText());
            digest = EventLog.Chain(digest, entry);
            return $$"""{"schemaVersion":1,"digest":"{{digest}}","entry":{{entry}}}""" + "\n";
        }));
    }

    /// <summary>The first result is made a thousand times better, so that what was suggested after it does not follow any more.</summary>
    private static Func<string, string> ChangeFirstValue()
    {
        bool done = false;
        return entry =>
        {
            if (done || !entry.Contains("\"type\":\"ended\"", StringComparison.Ordinal)) return entry;
            done = true;
            return System.Text.RegularExpressions.Regex.Replace(entry, "\"value\":[-0-9.eE+]+", "\"value\":-1000");
        };
    }
}
