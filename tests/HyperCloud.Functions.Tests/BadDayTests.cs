using System.Collections.Concurrent;
using System.Text.Json;
using HyperCloud.Conformance;
using HyperCloud.Core;
using HyperCloud.Storage;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace HyperCloud.Functions.Tests;

/// <summary>Bad days of sweeps on Durable: each ends as docs/running-on-azure.md says, and loses no finished run.</summary>
public sealed class BadDayTests
{
    private static readonly SweepSpec Small = Scenarios.Spec with
    {
        Limits = Scenarios.Spec.Limits with { Trials = 5 },
        Seeds = new SeedsSpec { Selection = new SelectionSpec { Top = 2, Runs = 2, MaxSeeds = 1 }, Evaluation = new EvaluationSpec { Seeds = 3 } },
    };

    [Theory]
    [InlineData(13)]
    [InlineData(19)]
    public async Task A_store_that_throttles_and_loses_answers(int every)
    {
        var store = new UnsteadyStore(new MemoryStore(), every);
        await using DurableScenario host = await Start(new ScenarioRunner(), store);
        await host.Create(Small);
        store.Faults = 6;
        await host.Wake();
        await host.Until(s => s.End is not null);
        // What the faults leave over is not needed for the look at what came of it.
        store.Faults = 0;
        Assert.InRange(store.Refused, 2, 3);
        Assert.InRange(store.Lost, 1, 3);
        await host.MatchesSimulation(new ScenarioRunner());
        SweepState state = await host.State();
        Assert.All(state.Trials.SelectMany(t => t.Runs.Values), r => Assert.Equal((1, true, 0), (r.Attempt, r.Completed, r.Lost)));
        Assert.Equal(state.Trials.Sum(t => t.Runs.Count), state.CompletedRuns);
    }

    [Fact]
    public async Task A_run_whose_runner_breaks_every_time_fails_and_the_sweep_goes_on()
    {
        var runner = new ScenarioRunner { Before = r => r.Run is { Pool: SeedPool.Search, Trial: 1 } ? throw new InvalidOperationException("it broke") : Task.CompletedTask };
        await using DurableScenario host = await Start(runner, new MemoryStore());
        SweepState state = await host.Run(Small);
        Assert.Equal(SweepStatus.Finished, state.Status);
        RunRecord run = state.Run(new RunKey(1, SeedPool.Search, 0))!;
        Assert.Equal((3, 3, true, "runner-fault"), (run.Attempt, run.Lost, run.Failed, run.Result!.Code));
        Assert.All(state.Trials.SelectMany(t => t.Runs.Values).Where(r => r != run), r => Assert.True(r.Completed));
        await host.IsReplayable();
    }

    [Fact]
    public async Task A_record_that_is_not_what_was_written_ends_its_orchestration_and_no_other()
    {
        var store = new MemoryStore();
        await using DurableScenario host = await Start(new ScenarioRunner(), store);
        await host.Service.Create("poisoned", Small, "/nowhere", [], CancellationToken.None);
        StoredRow first = (await store.Query("test", EventLog.Table, EventLog.Partition("poisoned", 0), null, null, 1, CancellationToken.None)).Single();
        await store.Apply("test", EventLog.Table, first.Partition, [new RowChange.Replace(first.Key, first.Body.Replace("\"loss\"", "\"gain\"", StringComparison.Ordinal), first.ETag)], CancellationToken.None);
        host.Hub.Forget("poisoned");
        var turn = new SweepTurn("poisoned", 0, "a token", ReturnWhenPaused: false);
        await host.Client.ScheduleNewOrchestrationInstanceAsync(Workflows.Sweep.Name, JsonSerializer.SerializeToElement(turn, Workflows.Sweep.Input), new StartOrchestrationOptions("poisoned"));
        SweepState state = await host.Run(Small);
        Assert.Equal(SweepStatus.Finished, state.Status);
        OrchestrationMetadata poisoned = await host.Client.WaitForInstanceCompletionAsync("poisoned", getInputsAndOutputs: true);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, poisoned.RuntimeStatus);
        Assert.Contains("entry 0 was edited", poisoned.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_that_is_missing_costs_its_run_and_no_other()
    {
        string work = Directory.CreateTempSubdirectory("hypercloud-bad-day-").FullName;
        try
        {
            // Those of the run that is the first to go on from one.
            string? victim = null;
            var store = new UnsteadyStore(new MemoryStore { IsShared = true }, 1) { Loses = name => name.Split('/') is [_, _, "checkpoints", var run, ..] && run == (victim ??= run) };
            await using DurableScenario host = await Start(new ScenarioRunner { Steps = 9 }, store, o => o with { WorkRoot = work });
            SweepState state = await host.Run(Small with
            {
                Limits = Small.Limits with { Parallel = 1 },
                EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Resource = "step", Min = 3, Max = 9, Pause = true },
            });
            Assert.Equal(SweepStatus.Finished, state.Status);
            Assert.True(RunKey.TryParse(victim!, out RunKey key));
            RunRecord[] slices = [.. state.Trials[key.Trial].In(SeedPool.Search)];
            Assert.True(slices[0].Completed);
            Assert.Equal((3, "checkpoint", true), (slices[1].Attempt, slices[1].Result!.Code, slices[1].Failed));
            Assert.Contains(state.Trials.Where(t => t.Number != key.Trial).SelectMany(t => t.Runs.Values), r => r is { Key.Rung: > 0, Completed: true });
            await host.IsReplayable();
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Fact]
    public async Task Callbacks_that_come_twice_late_after_the_end_or_with_a_wrong_token()
    {
        var runner = new ScenarioRunner();
        await using DurableScenario host = await Start(runner, new MemoryStore(), o => o with { ReportBase = () => "http://localhost" });
        ConcurrentQueue<(RunRequest Request, double Value)> said = [];
        ConcurrentQueue<string> wrong = [];
        runner.Elsewhere = (request, value) => host.Later(async () =>
        {
            RemoteAnswer first = await End(request, value);
            if (first.Outcome == RemoteOutcome.Elsewhere) return first;
            if (first.Outcome != RemoteOutcome.Accepted) wrong.Enqueue($"first {first}");
            said.Enqueue((request, value));
            if ((await End(request, value)).Outcome != RemoteOutcome.Accepted) wrong.Enqueue("the same again was refused");
            if ((await End(request, value + 1)).Outcome != RemoteOutcome.Over) wrong.Enqueue("another end was taken");
            if (await host.Hub.AttemptOf(request.Sweep, request.Run, "wrong", CancellationToken.None) is not null) wrong.Enqueue("a wrong token was taken");
            if (await host.Hub.AttemptOf(request.Sweep, request.Run with { Replicate = request.Run.Replicate + 1 }, request.ReportToken!, CancellationToken.None) is not null) wrong.Enqueue("a token of another run was taken");
            if (await host.Hub.AttemptOf(request.Sweep, request.Run, request.ReportToken!, CancellationToken.None) != request.Attempt) wrong.Enqueue("its own token was not taken");
            return first;
        });
        SweepState state = await host.Run(Small);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Empty(wrong);
        string before = Scenarios.Fingerprint(state);
        // Late: the sweep is over.
        foreach ((RunRequest request, double value) in said) Assert.Equal(RemoteOutcome.Over, (await End(request, value - 1)).Outcome);
        Assert.Equal(before, Scenarios.Fingerprint(await host.State()));
        await host.MatchesSimulation(new ScenarioRunner());

        async Task<RemoteAnswer> End(RunRequest request, double value) => await host.Hub.Remote.End(
            request.Sweep, request.Run, request.Attempt, new RunReport(null, new Dictionary<string, double> { [request.Metric] = value }), RemoteEnd.Completed, null, CancellationToken.None);
    }

    private static async Task<DurableScenario> Start(ScenarioRunner runner, IStore store, Func<HubOptions, HubOptions>? options = null) =>
        await new DurableScenario(h => runner.On(h), options ?? (o => o), store).Start(new InMemoryOrchestrationService(NullLoggerFactory.Instance));

    /// <summary>A store that fails now and then, by its seed: it refuses to do what it is asked, or does it and its answer is lost.</summary>
    // Every so many calls one fails, by turns refused and carried out with its answer lost: seldom twice in one activity, whose waits double.
    private sealed class UnsteadyStore(IStore inner, int every) : IStore
    {
        private readonly Lock _lock = new();
        private int _calls;

        /// <summary>Faults still to come.</summary>
        public int Faults { get; set; }

        public int Refused { get; private set; }

        public int Lost { get; private set; }

        /// <summary>Blobs that cannot be found again.</summary>
        public Predicate<string> Loses { get; init; } = _ => false;

        public string Description => inner.Description;

        public bool IsShared => inner.IsShared;

        public StoreCalls Calls => inner.Calls;

        public ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation) =>
            Do(() => inner.Get(call, table, partition, key, cancellation));

        public ValueTask<IReadOnlyList<StoredRow>> Query(string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation) =>
            Do(() => inner.Query(call, table, partition, after, through, limit, cancellation));

        public ValueTask<BatchOutcome> Apply(string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation) =>
            Do(() => inner.Apply(call, table, partition, changes, cancellation));

        public ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation) => inner.ListTables(call, cancellation);

        public ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation) =>
            inner.ListPartitions(call, table, after, limit, cancellation);

        public ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation) =>
            inner.PutBlob(call, name, content, onlyIfAbsent, cancellation);

        public ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation) => Loses(name) ? ValueTask.FromResult<byte[]?>(null) : inner.GetBlob(call, name, cancellation);

        public ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation) =>
            inner.ListBlobs(call, prefix, after, limit, cancellation);

        public ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation) => inner.DeleteBlob(call, name, cancellation);

        public ValueTask Flush(string call, CancellationToken cancellation) => inner.Flush(call, cancellation);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private async ValueTask<T> Do<T>(Func<ValueTask<T>> call)
        {
            bool refuse, lose;
            lock (_lock)
            {
                bool fails = ++_calls % every == 0 && Faults > 0;
                (refuse, lose) = (fails && Refused <= Lost, fails && Refused > Lost);
                if (fails) Faults--;
                if (refuse) Refused++;
                if (lose) Lost++;
            }

            if (refuse) throw new StoreException("busy", "the store throttles (503, made up)");
            T answer = await call();
            return lose ? throw new StoreException("unreachable", "the answer was lost (made up)") : answer;
        }
    }
}
