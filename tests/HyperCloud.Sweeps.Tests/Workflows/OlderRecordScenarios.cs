using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>
/// Records that earlier engines wrote: this one derives every decision of theirs again, and goes on with what they left. The records in
/// <c>Records</c> were written by the tests' simulated sweeps at commits 523c4aa (engine version 1) and 11d242c (version 2; its race at
/// 2479291, for a sentence of it had changed in between), a line each row of the store: table, partition, key, body. One that cannot be replayed
/// any more is not to be written anew once its version was released: what older versions decided, sentences included, stays.
/// </summary>
public sealed class OlderRecordScenarios
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Records");

    public static TheoryData<string> Finished => [.. All().Where(n => !n.Contains("killed", StringComparison.Ordinal))];

    public static TheoryData<string> Killed => [.. All().Where(n => n.Contains("killed", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Finished))]
    public async Task A_finished_sweep_replays_and_can_be_extended(string record)
    {
        SimulatedSweep sweep = await Open(record);
        Assert.Equal((SweepStatus.Finished, EngineOf(record)), (sweep.State.Status, sweep.State.Created!.EngineVersion));
        string head = sweep.State.HeadDigest;
        AssertVerified(sweep.Replay(head));
        int trials = sweep.State.Trials.Count;
        Assert.True(await sweep.Service.Extend(sweep.Id, sweep.State.Spec.Limits with { Trials = trials + 4 }, CancellationToken.None));
        SweepState state = sweep.Run();
        Assert.Equal((SweepStatus.Finished, trials + 4, EngineOf(record)), (state.Status, state.Trials.Count, state.Created!.EngineVersion));
        Assert.All(state.Runs(), r => Assert.True(r.Phase == RunPhase.Ended));
        AssertVerified(sweep.Replay());
    }

    [Theory]
    [MemberData(nameof(Killed))]
    public async Task A_sweep_whose_host_died_goes_on(string record)
    {
        SimulatedSweep sweep = await Open(record);
        Assert.NotEmpty(sweep.State.Running);
        RunRecord[] finished = [.. sweep.State.Runs().Where(r => r.Completed)];
        Assert.NotEmpty(finished);
        AssertVerified(sweep.Replay());
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.All(finished, r => Assert.Equal((r.Attempt, r.Result), (state.Run(r.Key)!.Attempt, state.Run(r.Key)!.Result)));
        Assert.All(finished, r => Assert.False(sweep.Runner.Starts.ContainsKey(r.Key.ToString())));
        AssertVerified(sweep.Replay());
        // The lagged one is the very sweep that its engine finished undisturbed.
        if (record.EndsWith("killed", StringComparison.Ordinal))
            Assert.Equal(Scenario.Fingerprint((await Open($"{record.Split('/')[0]}/plain")).State), Scenario.Fingerprint(state));
    }

    [Theory]
    [InlineData("engine-1/night")]
    [InlineData("engine-2/night")]
    public async Task The_next_night_is_judged(string record)
    {
        SimulatedSweep sweep = await Open(record);
        int nights = sweep.State.Nights.Count;
        Assert.NotNull(await sweep.Service.BeginDue(sweep.Id, CancellationToken.None));
        SweepState state = sweep.Run();
        Assert.Equal((SweepStatus.Finished, nights + 1), (state.Status, state.Nights.Count));
        Assert.True(state.Judgements.ContainsKey(state.Stage!.Index));
        AssertVerified(sweep.Replay());
    }

    // Says what differs.
    private static void AssertVerified(ReplayResult result) => Assert.True(result is ReplayResult.Verified, $"{result}");

    private static int EngineOf(string record) => record[record.IndexOf('-', StringComparison.Ordinal) + 1] - '0';

    private static IEnumerable<string> All() =>
        Directory.GetFiles(Folder, "*.tsv", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)[..^4].Replace('\\', '/')).Order(StringComparer.Ordinal);

    // The objective that the records were made with: a sphere, or one that falls along a curve where there are rungs.
    private static async Task<SimulatedSweep> Open(string record)
    {
        var store = new MemoryStore();
        SweepEvent.Created? created = null;
        foreach (string[] row in (await File.ReadAllLinesAsync(Path.Combine(Folder, record + ".tsv"))).Select(line => line.Split('\t')))
        {
            Assert.True((await store.Apply("test", row[0], row[1], [new RowChange.Insert(row[2], row[3])], CancellationToken.None)).Applied);
            if (row is [EventLog.Table, _, "000000000000", var body])
                created = (SweepEvent.Created)JsonSerializer.Deserialize(JsonDocument.Parse(body).RootElement.GetProperty("entry").GetRawText(), SweepsJson.Default.LogEntry)!.Event;
        }

        SweepSpec spec = StoredSpec.Read(created!.Spec);
        var sweep = new SimulatedSweep(spec, Scenario.Sphere(), store) { HostName = "another host" };
        if (spec.EarlyStopping is not null) sweep.Runner.Curve = Curve;
        // A week later.
        sweep.Clock.CreateTimer(_ => { }, null, TimeSpan.FromDays(7), Timeout.InfiniteTimeSpan);
        sweep.Clock.Advance();
        return sweep;
    }

    private static double Curve(RunRequest request, double step)
    {
        double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
        return x * x + y * y + 10 * Math.Exp(-step / 6) + 0.3 * new RandomStream((ulong)request.Seed, StreamPurpose.Run).NextDouble();
    }
}
