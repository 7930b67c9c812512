using System.Text;
using HyperCloud.Azurite;
using HyperCloud.Core;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Checkpoints that go from machine to machine through a shared store.</summary>
public sealed class CheckpointScenarios(AzuriteFixture azurite) : IDisposable
{
    private const string Blobs = "sweeps/simulated/checkpoints/";

    private readonly string _root = Directory.CreateTempSubdirectory("hypercloud-checkpoints-").FullName;
    private int _machines;

    private static SweepSpec Spec(int trials = 6, int parallel = 1) => Scenario.Spec(trials, parallel, algorithm: "random") with
    {
        EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Min = 1, Max = 9, Reduction = 3, Pause = true },
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 2 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
    };

    private static double Curve(RunRequest request, double step)
    {
        double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
        return x * x + y * y + 10 * Math.Exp(-step / 6) + 0.3 * new RandomStream((ulong)request.Seed, StreamPurpose.Run).NextDouble();
    }

    [Fact]
    public async Task A_slice_goes_on_on_another_machine_whenever_the_one_before_died()
    {
        string undisturbed = Scenario.Fingerprint(Sweep(Spec(), new MemoryStore()).Run());
        var counting = new MemoryStore { IsShared = true };
        Sweep(Spec(), counting).Run();
        int movedOn = 0;
        for (int crash = 3; crash < counting.Calls.Total; crash += 3)
        {
            var memory = new MemoryStore { IsShared = true };
            var store = new DyingStore(memory, crash, after: crash % 2 == 0);
            SimulatedSweep sweep = Sweep(Spec(), store);
            SweepState state = sweep.RunThroughDeath(store);
            Assert.Equal(undisturbed, Scenario.Fingerprint(state));
            foreach (((RunKey run, int attempt), int from) in sweep.Runner.Began.Where(b => b.Key.Run.Rung > 0))
                Assert.True(from >= Checkpoints.Before(state, run)!.Resource, $"crash at {crash}: {run} attempt {attempt} began behind step {from}");
            movedOn += memory.Calls.Snapshot().ContainsKey("checkpoints.get") ? 1 : 0;

            // What is left belongs to runs that paused for good, one checkpoint each.
            string[] left = [.. (await memory.ListBlobs("test", Blobs, null, 1000, default)).Select(n => n[Blobs.Length..])];
            foreach (IGrouping<string, string> run in left.GroupBy(n => n.Split('/')[0]))
            {
                Assert.True(RunKey.TryParse(run.Key, out RunKey key));
                Assert.Single(run.Select(n => n.Split('/')[1]).Distinct());
            }
        }

        Assert.True(movedOn > 10);
    }

    [Fact]
    public async Task Full_length_leaves_nothing_in_the_store()
    {
        var store = new MemoryStore { IsShared = true };
        SweepState state = Sweep(Spec(), store).Run();
        string[] full = [.. state.Runs().Where(r => r is { CompletedInFull: true, Key.Rung: > 0 }).Select(r => (r.Key with { Rung = 0 }).ToString())];
        Assert.NotEmpty(full);
        string[] left = [.. (await store.ListBlobs("test", Blobs, null, 1000, default)).Select(n => n[Blobs.Length..].Split('/')[0]).Distinct()];
        Assert.NotEmpty(left);
        Assert.Empty(left.Intersect(full));
    }

    [Fact]
    public void On_a_store_of_one_machine_nothing_is_carried()
    {
        var store = new MemoryStore();
        Sweep(Spec(), store).Run();
        Assert.DoesNotContain(store.Calls.Snapshot().Keys, c => c.StartsWith("checkpoints.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_that_is_gone_is_said_and_never_silently_replaced()
    {
        var store = new MemoryStore { IsShared = true };
        SimulatedSweep sweep = Sweep(Spec(), store);
        string? gone = null;
        sweep.Hub.Folded += (_, _, e) =>
        {
            if (gone is not null || e.Event is not SweepEvent.Promoted p) return;
            gone = FormattableString.Invariant($"{p.Trials[0]}-search-0");
            foreach (string name in store.ListBlobs("test", $"{Blobs}{gone}/", null, 100, default).Now()) store.DeleteBlob("test", name, default).Now();
            Directory.Delete(Path.Combine(sweep.Hub.Options.WorkRoot, sweep.Id, gone), recursive: true);
        };
        SweepState state = sweep.Run();
        RunRecord run = state.Run(RunKey.TryParse(gone + "-r1", out RunKey key) ? key : default)!;
        Assert.True(run.Failed);
        Assert.Equal(3, run.Attempt);
        Assert.Equal((RunState.Lost, "checkpoint"), (run.Result!.State, run.Result.Code));
        Assert.Contains("is not in the store", run.Result.Reason, StringComparison.Ordinal);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_kept_fails_its_slice()
    {
        SimulatedSweep sweep = Sweep(Spec(), new MemoryStore { IsShared = true });
        sweep.Runner.Curve = (request, step) =>
        {
            Directory.CreateDirectory(request.CheckpointDirectory);
            if (request.Run is { Trial: 1, Pool: SeedPool.Search } && new FileInfo(Path.Combine(request.CheckpointDirectory, "latest")).LinkTarget is null)
                File.CreateSymbolicLink(Path.Combine(request.CheckpointDirectory, "latest"), "model");
            return Curve(request, step);
        };
        SweepState state = sweep.Run();
        RunRecord run = state.Trials[1].SearchResults.Single();
        Assert.Equal((RunState.Failed, "checkpoint"), (run.Result!.State, run.Result.Code));
        Assert.Contains("the link 'latest'", run.Result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_files_go_in_parts_and_come_back_as_they_were()
    {
        await RoundTrip(new MemoryStore { IsShared = true }, 2 * Checkpoints.PartBytes + 12_345, parts: 3);
    }

    [Fact]
    public async Task On_Azurite()
    {
        await using var store = AzureStore.Open(await azurite.ConnectionString(), new AzureStoreOptions { Prefix = AzuriteFixture.NewPrefix() });
        Assert.True(((IStore)store).IsShared);
        await RoundTrip(store, Checkpoints.PartBytes + 1_000_000, parts: 2);
    }

    [Fact]
    public async Task Parts_without_a_manifest_are_nothing()
    {
        var memory = new MemoryStore { IsShared = true };
        int puts = 0;
        var store = new DyingStore(memory, int.MaxValue, after: false) { DieBefore = (call, _) => call == "checkpoints.put" && ++puts == 2 };
        string folder = Folder("machine", ("weights", "abc"));
        await Assert.ThrowsAsync<StoreException>(async () => await On(store).Upload(folder, "sweeps/s/checkpoints/r/0000-000001/", default));
        Assert.Equal(["sweeps/s/checkpoints/r/0000-000001/part-00000"], await memory.ListBlobs("test", "", null, 10, default));
    }

    [Fact]
    public async Task A_part_that_was_changed_is_found_and_the_folder_stays_as_it_was()
    {
        var store = new MemoryStore { IsShared = true };
        await On(store).Upload(Folder("a", ("weights", "new")), "p/", default);
        await store.PutBlob("test", "p/part-00000", "old"u8.ToArray(), onlyIfAbsent: false, default);
        string there = Folder("b", ("weights", "before"));
        var e = await Assert.ThrowsAsync<InvalidDataException>(async () => await Fetch(store, "p/", there));
        Assert.Equal("part 0 of 1 is not what was stored", e.Message);
        Assert.Equal("before", File.ReadAllText(Path.Combine(there, "weights")));
        Assert.Equal([there], Directory.GetDirectories(Path.GetDirectoryName(there)!));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("a\\\\..\\\\b")]
    [InlineData("C:/evil")]
    [InlineData("")]
    public void Paths_that_lead_out_of_the_folder_are_refused(string path)
    {
        string digest = new('0', 64);
        var e = Assert.Throws<InvalidDataException>(() => Checkpoints.Read(Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":1,"files":[{"path":"{{path}}","size":0,"digest":"{{digest}}"}],"parts":[]}""")));
        Assert.Contains("no path within the folder", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json", "cannot be read")]
    [InlineData("null", "holds nothing")]
    [InlineData("""{"schemaVersion":2,"files":[],"parts":[]}""", "version 2")]
    [InlineData("""{"schemaVersion":1,"files":[{"path":"a","size":0,"digest":""},{"path":"a","size":0,"digest":""}],"parts":[]}""", "twice")]
    [InlineData("""{"schemaVersion":1,"files":[{"path":"a","size":5,"digest":""}],"parts":[]}""", "sizes that cannot be")]
    [InlineData("""{"schemaVersion":1,"files":[{"path":"a","size":99999999999,"digest":""}],"parts":[]}""", "sizes that cannot be")]
    [InlineData("""{"schemaVersion":1,"files":[{"path":"a","size":-5,"digest":""}],"parts":[]}""", "sizes that cannot be")]
    public void Manifests_that_cannot_be_are_refused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => Checkpoints.Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_too_large_is_refused_before_anything_is_sent()
    {
        var store = new MemoryStore { IsShared = true };
        string folder = Folder("a", ("weights", ""));
        using (FileStream sparse = File.OpenWrite(Path.Combine(folder, "weights"))) sparse.SetLength(Checkpoints.MostBytes + 1);
        Exception e = (await Record.ExceptionAsync(async () => await On(store).Upload(folder, "p/", default)))!;
        Assert.Contains("1 files of 2147483649 bytes in all, but at most 20000 files of 2147483648 bytes", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, store.Calls.Total);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private SimulatedSweep Sweep(SweepSpec spec, IStore store)
    {
        int sweep = _machines++;
        var simulated = new SimulatedSweep(spec, Scenario.Sphere(), store, workRoot: machine => Path.Combine(_root, FormattableString.Invariant($"{sweep}-{machine}")));
        simulated.Runner.Curve = Curve;
        simulated.Runner.OnDisk = true;
        return simulated;
    }

    private async Task RoundTrip(IStore store, int size, int parts)
    {
        byte[] large = new byte[size];
        new Random(1).NextBytes(large);
        string from = Folder("a", ("config.json", "{}"), ("empty", ""), ("model/tokens/ä", "x")), to = Path.Combine(_root, "b", "checkpoint");
        File.WriteAllBytes(Path.Combine(from, "model", "weights"), large);
        await On(store).Upload(from, "sweeps/s/checkpoints/r/0000-000001/", default);
        Assert.Equal(parts + 1, (await store.ListBlobs("test", "sweeps/s/checkpoints/", null, 100, default)).Count);
        await Fetch(store, "sweeps/s/checkpoints/r/0000-000001/", to);
        Assert.Equal(Content(from), Content(to));
        Assert.True(large.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(to, "model", "weights"))));
    }

    private static async Task Fetch(IStore store, string prefix, string folder) =>
        await On(store).Download(Checkpoints.Read((await store.GetBlob("test", prefix + "manifest", default))!), prefix, folder, folder + "-origin", default);

    private static Checkpoints On(IStore store) =>
        new(new SweepHub(store, new Dictionary<string, IRunner>(), TimeProvider.System, new HubOptions { WorkRoot = "/nowhere" }));

    private string Folder(string machine, params (string Path, string Text)[] files)
    {
        string folder = Path.Combine(_root, machine, "checkpoint");
        foreach ((string path, string text) in files)
        {
            string file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        return folder;
    }

    private static string[] Content(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => $"{Path.GetRelativePath(folder, f)} {new FileInfo(f).Length}").Order(StringComparer.Ordinal)];
}
