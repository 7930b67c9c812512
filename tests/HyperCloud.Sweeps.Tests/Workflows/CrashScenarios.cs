using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

/// <summary>
/// The host dies at any storage call, before or after the call took effect; another comes and goes on. No finished run is repeated, none is
/// lost, and the science is that of an undisturbed sweep.
/// </summary>
public sealed class CrashScenarios
{
    private static readonly SweepSpec Lagged = Scenario.Spec(trials: 7, parallel: 3, order: SearchOrder.Lagged) with
    {
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 4 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_host_that_dies_at_any_storage_call_loses_and_repeats_nothing(bool afterTheCall)
    {
        string undisturbed = Scenario.Fingerprint(new SimulatedSweep(Lagged, Scenario.Sphere()).Run());
        int calls = CountCalls();
        Assert.True(calls > 80);
        for (int crash = 2; crash < calls; crash++)
        {
            var store = new DyingStore(new MemoryStore(), crash, afterTheCall);
            var sweep = new SimulatedSweep(Lagged, Scenario.Sphere(), store);
            SweepState state = sweep.RunThroughDeath(store);
            Assert.Equal(undisturbed, Scenario.Fingerprint(state));
            Assert.Equal(state.Runs().Length, state.CompletedRuns);
            Assert.All(state.Runs(), r => Assert.Equal(0, r.Lost));
            // A run whose end was stored is not run again: it can have finished twice only if the host died before it could say so.
            Assert.True(sweep.Runner.Finishes.Values.Count(n => n > 1) <= 3, $"crash at call {crash}");
            Assert.IsType<ReplayResult.Verified>(sweep.Replay());
        }
    }

    [Fact]
    public void Results_stored_before_the_host_died_are_adopted()
    {
        // The host dies at the append that follows a stored result, every time.
        var store = new DyingStore(new MemoryStore(), int.MaxValue, false);
        var sweep = new SimulatedSweep(Lagged, Scenario.Sphere(), store);
        store.DieBefore = (call, puts) => call == "events.append" && puts is >= 6 and < 8;
        Assert.Throws<StoreException>(() => sweep.Run());
        store.DieBefore = null;
        store.Revive();
        sweep.NewHost();
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(Scenario.Fingerprint(new SimulatedSweep(Lagged, Scenario.Sphere()).Run()), Scenario.Fingerprint(state));
    }

    [Fact]
    public void What_a_dead_host_left_running_is_ended_before_it_is_run_again()
    {
        var store = new DyingStore(new MemoryStore(), 20, true);
        var sweep = new SimulatedSweep(Lagged, Scenario.Sphere(), store);
        Assert.Throws<StoreException>(() => sweep.Run());
        store.Revive();
        sweep.NewHost();
        SweepState state = sweep.Run();
        Assert.NotEmpty(sweep.Runner.Ended);
        string[] preempted = [.. state.Runs().Where(r => r.Preempted > 0).Select(r => $"handle-{r.Key}-1")];
        Assert.Subset(preempted.ToHashSet(), sweep.Runner.Ended.ToHashSet()); // a run claimed but not begun yet has no handle
    }

    [Fact]
    public void A_host_whose_round_is_over_changes_nothing_any_more()
    {
        var sweep = new SimulatedSweep(Lagged, Scenario.Sphere());
        sweep.Service.Create(sweep.Id, Lagged, "/nowhere", [], CancellationToken.None).Now();
        var old = new Activities(sweep.Hub);
        OpenRoundOutput first = old.OpenRound(new(sweep.Id, "old"), CancellationToken.None).Now();
        old.Advance(new(sweep.Id, first.Round), CancellationToken.None).Now();
        NextOutput claim = old.Next(new(sweep.Id, first.Round, 0, 0, 0), CancellationToken.None).Now();
        Assert.Equal("run", claim.Kind);
        Assert.Equal(claim with { Found = true }, old.Next(new(sweep.Id, first.Round, 0, 0, 0), CancellationToken.None).Now()); // handing out is idempotent
        Assert.Equal(first, old.OpenRound(new(sweep.Id, "old"), CancellationToken.None).Now());

        SweepHub stale = sweep.Hub;
        sweep.NewHost();
        SweepState state = sweep.Run();
        long entries = state.Seq;
        var zombie = new Activities(stale);
        Assert.Equal("fenced", zombie.Advance(new(sweep.Id, first.Round), CancellationToken.None).Now().Kind);
        Assert.Equal("done", zombie.Next(new(sweep.Id, first.Round, 0, 1, 0), CancellationToken.None).Now().Kind);
        Assert.Equal("Fenced", zombie.Run(new(sweep.Id, first.Round, 0, 0, claim.Run!, claim.Attempt), CancellationToken.None).Now().State);
        Assert.Equal(entries, sweep.State.Seq);
    }

    private static int CountCalls()
    {
        var store = new MemoryStore();
        new SimulatedSweep(Lagged, Scenario.Sphere(), store).Run();
        return (int)store.Calls.Total;
    }
}


/// <summary>A store whose caller dies at its n-th call: before the call takes effect, or right after.</summary>
internal sealed class DyingStore(IStore inner, int at, bool after) : IStore
{
    private int _calls;
    private int _puts;
    private bool _dead;
    private int _at = at;

    public Func<string, int, bool>? DieBefore { get; set; }

    public IStore Inner => inner;

    public string Description => inner.Description;

    public bool IsShared => inner.IsShared;

    public StoreCalls Calls => inner.Calls;

    public void Revive()
    {
        _dead = false;
        _at = int.MaxValue;
    }

    public ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation) =>
        Do(call, () => inner.Get(call, table, partition, key, cancellation));

    public ValueTask<IReadOnlyList<StoredRow>> Query(string call, string table, string partition, string? afterKey, string? through, int limit, CancellationToken cancellation) =>
        Do(call, () => inner.Query(call, table, partition, afterKey, through, limit, cancellation));

    public ValueTask<BatchOutcome> Apply(string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation) =>
        Do(call, () => inner.Apply(call, table, partition, changes, cancellation));

    public ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation) => Do(call, () => inner.ListTables(call, cancellation));

    public ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? afterPartition, int limit, CancellationToken cancellation) =>
        Do(call, () => inner.ListPartitions(call, table, afterPartition, limit, cancellation));

    public ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation) =>
        Do(call, () => inner.PutBlob(call, name, content, onlyIfAbsent, cancellation));

    public ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation) => Do(call, () => inner.GetBlob(call, name, cancellation));

    public ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? afterName, int limit, CancellationToken cancellation) =>
        Do(call, () => inner.ListBlobs(call, prefix, afterName, limit, cancellation));

    public ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation) => Do(call, () => inner.DeleteBlob(call, name, cancellation));

    public async ValueTask Flush(string call, CancellationToken cancellation) => await Do(call, async () =>
    {
        await inner.Flush(call, cancellation);
        return true;
    });

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private ValueTask<T> Do<T>(string call, Func<ValueTask<T>> action)
    {
        if (call == "runs.put") _puts++;
        if (DieBefore?.Invoke(call, _puts) == true) _dead = true;
        bool now = ++_calls == _at;
        if (_dead || (now && !after))
        {
            _dead = true;
            throw new StoreException("unreachable", "the host died");
        }

        ValueTask<T> result = action();
        if (!now) return result;
        _dead = true;
        throw new StoreException("unreachable", "the host died");
    }
}
