using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// Executes one attempt of a run: builds the request, hands reports to the gate, stores the details, and appends the end to the log, in
/// that order, so that a host that dies in between leaves a result that the next one adopts instead of running again.
/// </summary>
internal sealed class RunActivity(SweepHub hub)
{
    /// <summary>Table of run details.</summary>
    internal const string Table = "runs";

    private const int LogLines = 200, LineLength = 2_000, ReasonLength = 1_000, InlineBytes = 256 * 1024;

    /// <summary>Runs a claim to its end; answers at once when that has been done before.</summary>
    public async Task<RunReceipt> Run(RunInput input, CancellationToken cancellation)
    {
        SweepSession session = hub.Session(input.Sweep);
        if (!RunKey.TryParse(input.Run, out RunKey key)) throw new ArgumentException($"'{input.Run}' is not a run", nameof(input));
        RunRequest? request = await session.Read(s => Request(s, key, input), cancellation);
        if (request is null) return new RunReceipt("Fenced");
        string baseDirectory = hub.Options.BaseDirectory ?? (await hub.Summary(input.Sweep, cancellation))!.BaseDirectory;
        string work = Path.Combine(hub.Options.WorkRoot, input.Sweep, input.Run);
        request = request with
        {
            BaseDirectory = baseDirectory,
            // One folder for all slices of a run, so that each goes on where the one before stopped.
            CheckpointDirectory = Path.Combine(hub.Options.WorkRoot, input.Sweep, (key with { Rung = 0 }).ToString(), "checkpoint"),
            OutputDirectory = Path.Combine(work, "output"),
        };

        CancellationTokenSource ending = hub.Register(input.Sweep, input.Run, input.Attempt);
        var (take, goal) = await session.Read(s => (s.Spec.Objective.Take, s.Spec.Objective.Goal), cancellation);
        RungWatch? watch = await session.Read(s => RungWatch.Of(session, s, s.Run(key)!, input.Attempt), cancellation);
        var reporter = new Reporter(hub, input, new ResultGate(request.Metric, goal, take), watch);
        long begun = hub.Time.GetTimestamp();
        RunResult result;
        try
        {
            RunOutcome outcome = await Execute(hub.Runners[request.Trial.Runner], request, reporter, ending.Token);
            result = reporter.Gate.Judge(outcome);
            if (watch?.Stopped is not null && result.State == RunState.Stopped) result = await watch.Settle(result, cancellation);
            if (result.State == RunState.Cancelled && hub.Leaving)
                result = result with { State = RunState.Preempted, Code = "host-stopped", Reason = "the host was told to end; the run will be tried again" };
        }
        finally
        {
            hub.Unregister(input.Sweep, input.Run, input.Attempt);
        }

        SweepEvent.Ended ended = ToEvent(input, result, (long)hub.Time.GetElapsedTime(begun).TotalMilliseconds);
        await reporter.Store(ended, result.Reason, cancellation);
        return await Append(session, key, ended, cancellation);
    }

    /// <summary>Settles an attempt that a dead host has left: adopts its stored end, or ends what goes on and queues the run again.</summary>
    public async Task TakeOver(SweepSession session, RunKey key, int attempt, CancellationToken cancellation)
    {
        RunDetails? details = await Details(hub.Store, session.Sweep, key, attempt, cancellation);
        if (details?.Ended is null && details?.Handle is { } handle)
        {
            string kind = await session.Read(s => s.Spec.Trial!.Runner, cancellation);
            await hub.Runners[kind].End(handle, cancellation);
        }

        SweepEvent.Ended ended = details?.Ended ?? new SweepEvent.Ended
        {
            Run = key.ToString(),
            Attempt = attempt,
            State = RunState.Preempted,
            DurationMs = 0,
            Code = "host-died",
            Reason = $"the host that ran it is gone{(details is null ? "" : $" ({details.Host})")}",
            Then = Consequence.Retry,
        };
        await Append(session, key, ended, cancellation);
    }

    /// <summary>The details of an attempt; null when none were stored.</summary>
    internal static async ValueTask<RunDetails?> Details(IStore store, string sweep, RunKey key, int attempt, CancellationToken cancellation)
    {
        StoredRow? row = await store.Get("runs.get", Table, Partition(sweep, key), RowKey(key, attempt), cancellation);
        if (row is null) return null;
        RunDetails details = JsonSerializer.Deserialize(row.Body, SweepsJson.Default.RunDetails)!;
        if (details.Ended is null || details.ReportCount == 0 || details.Reports.Length > 0) return details;
        byte[]? blob = await store.GetBlob("runs.blob", BlobName(sweep, key, attempt), cancellation);
        return blob is null ? details : JsonSerializer.Deserialize(blob, SweepsJson.Default.RunDetails);
    }

    private static RunRequest? Request(SweepState state, RunKey key, RunInput input)
    {
        if (state.Run(key) is not { Phase: RunPhase.Running } run || run.Attempt != input.Attempt) return null;
        SweepSpec spec = state.Spec;
        return new RunRequest
        {
            Sweep = input.Sweep,
            Run = key,
            Attempt = input.Attempt,
            Assignment = state.Trials[key.Trial].Assignment,
            Seed = run.Seed,
            SweepSeed = spec.Search.Seed,
            Metric = key.Pool == SeedPool.Evaluation ? spec.Seeds.Evaluation.Metric ?? spec.Objective.Metric : spec.Objective.Metric,
            Goal = spec.Objective.Goal,
            Resource = run.Resource,
            RunTime = spec.Limits.RunTime,
            Slot = input.Lane,
            BaseDirectory = "",
            CheckpointDirectory = "",
            OutputDirectory = "",
            Trial = spec.Trial ?? throw new InvalidOperationException("the spec has no trial section"),
        };
    }

    private static async Task<RunOutcome> Execute(IRunner runner, RunRequest request, Reporter reporter, CancellationToken ending)
    {
        try
        {
            return await runner.Run(request, reporter, ending);
        }
        catch (Exception e) when (e is not StoreException)
        {
            // A runner answers for what the objective does; what it throws is its own fault, so the objective is not blamed.
            return new RunOutcome.Lost("runner-fault", $"the {runner.Kind} runner failed: {e.GetType().Name}: {e.Message}");
        }
    }

    private static SweepEvent.Ended ToEvent(RunInput input, RunResult result, long durationMs) => new()
    {
        Run = input.Run,
        Attempt = input.Attempt,
        State = result.State,
        Value = result.Value,
        Step = result.Step,
        Metrics = result.Metrics,
        DurationMs = durationMs,
        Code = result.Code,
        Reason = result.Reason.Length <= ReasonLength ? result.Reason : result.Reason[..ReasonLength] + "…",
        Then = Consequence.Final,
    };

    private static async Task<RunReceipt> Append(SweepSession session, RunKey key, SweepEvent.Ended ended, CancellationToken cancellation) =>
        await session.Decide<RunReceipt>((state, _) =>
        {
            // Late, or a twin of this attempt was first: the log has its end already, and this one changes nothing.
            if (state.Run(key) is not { Phase: RunPhase.Running } run || run.Attempt != ended.Attempt) return new([], new RunReceipt("Fenced"));
            bool stalled = state.InStage(StageKind.Search) && state.Trials.Count < state.Spec.Limits.Trials && !SearchDecisions.MaySuggest(state);
            SweepEvent.Ended settled = ended with { Then = RunDecisions.After(state, run, ended.State) };
            // A slice that has ended may let a paused trial go on when there is nothing new to suggest.
            bool mayPromote = state.Stopping is { Pause: true } && state.InStage(StageKind.Search) && state.SearchEnded is not null;
            int[]? wake = mayPromote || (stalled && state.Spec.Search.Order == SearchOrder.Lagged)
                ? [.. Enumerable.Range(0, state.Lanes).Where(lane => lane != run.Claim.Lane)]
                : null;
            return new([settled], new RunReceipt(ended.State.ToString(), wake));
        }, cancellation);

    private static string Partition(string sweep, RunKey key) => Partition(sweep, key.Trial);

    /// <summary>Partition of the details of a trial's runs: 64 trials share one.</summary>
    internal static string Partition(string sweep, int trial) => string.Create(CultureInfo.InvariantCulture, $"{sweep}~{trial / 64:D6}");

    private static string RowKey(RunKey key, int attempt) => string.Create(CultureInfo.InvariantCulture,
        $"{key.Trial:D7}-{(int)key.Pool}-{key.Replicate:D9}-{key.Task:D4}-{key.Rung:D3}-{attempt:D4}");

    private static string BlobName(string sweep, RunKey key, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"sweeps/{sweep}/runs/{key}/attempt-{attempt}.json");

    /// <summary>Collects what one attempt says.</summary>
    private sealed class Reporter(SweepHub hub, RunInput input, ResultGate gate, RungWatch? watch) : IRunReporter
    {
        private readonly Lock _lock = new();
        private readonly Queue<string> _log = new();
        private readonly DateTimeOffset _startedAt = hub.Time.GetUtcNow();
        private string? _handle;
        private string? _etag;

        public ResultGate Gate => gate;

        private RunKey Key => RunKey.TryParse(input.Run, out RunKey key) ? key : throw new UnreachableException();

        public async ValueTask<ReportDecision> Report(RunReport report, CancellationToken cancellation)
        {
            double? step, value;
            lock (_lock) (step, value) = (gate.Report(report), gate.Current);
            hub.OnReport(input.Sweep, input.Run, report);
            return watch is null || step is null ? ReportDecision.Continue : await watch.Decide(step.Value, value, cancellation);
        }

        public void Log(string line)
        {
            lock (_lock)
            {
                _log.Enqueue(line.Length <= LineLength ? line : line[..LineLength] + "…");
                if (_log.Count > LogLines) _log.Dequeue();
            }
        }

        public async ValueTask Started(string handle, CancellationToken cancellation)
        {
            _handle = handle;
            BatchOutcome outcome = await Write(new RowChange.Insert(Row, Json(Describe(null, null))), cancellation);
            _etag = outcome.Applied ? outcome.ETags[0] : null;
        }

        /// <summary>Stores the attempt's end, unless the event says all there is. First writer wins.</summary>
        public async ValueTask Store(SweepEvent.Ended ended, string message, CancellationToken cancellation)
        {
            RunDetails details = Describe(ended, message == ended.Reason ? null : message);
            if (_handle is null && details.Log.IsEmpty && details.ReportCount <= 1 && details.Message is null) return;
            string json = Json(details);
            if (json.Length > InlineBytes / 2)
            {
                await hub.Store.PutBlob("runs.blob", BlobName(input.Sweep, Key, input.Attempt), System.Text.Encoding.UTF8.GetBytes(json), onlyIfAbsent: true, cancellation);
                json = Json(details with { Reports = [], Log = [.. details.Log.TakeLast(20)] });
            }

            await Write(_etag is null ? new RowChange.Insert(Row, json) : new RowChange.Replace(Row, json, _etag), cancellation);
        }

        private string Row => RowKey(Key, input.Attempt);

        private RunDetails Describe(SweepEvent.Ended? ended, string? message)
        {
            lock (_lock)
            {
                return new RunDetails
                {
                    Run = input.Run,
                    Attempt = input.Attempt,
                    Host = hub.Options.Host,
                    StartedAt = _startedAt,
                    Handle = _handle,
                    Ended = ended,
                    Message = message,
                    Log = ended is null ? [] : [.. _log],
                    Reports = ended is null ? [] : [.. gate.Reports],
                    ReportCount = gate.Count,
                };
            }
        }

        private static string Json(RunDetails details) => JsonSerializer.Serialize(details, SweepsJson.Default.RunDetails);

        private ValueTask<BatchOutcome> Write(RowChange change, CancellationToken cancellation) =>
            hub.Store.Apply("runs.put", Table, Partition(input.Sweep, Key), [change], cancellation);
    }
}
