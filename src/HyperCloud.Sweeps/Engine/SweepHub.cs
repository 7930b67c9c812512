using System.Collections.Concurrent;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Settings of a process that hosts sweeps.</summary>
public sealed record HubOptions
{
    /// <summary>Absolute path of the folder for checkpoints and outputs of runs.</summary>
    public required string WorkRoot { get; init; }

    /// <summary>How long a process trusts what it knows of a log before it looks for what others appended; default 500 ms.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Machine and process, for people and the record.</summary>
    public string Host { get; init; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>
    /// Gives the address under which this process takes reports over HTTP, such as <c>http://127.0.0.1:8484</c>; null: it does not. Asked when a
    /// run begins, for a server knows its port only once it listens.
    /// </summary>
    public Func<string?>? ReportBase { get; init; }

    /// <summary>
    /// How long one activity of a lane goes on claiming runs: short ones are packed together, a run longer than this is alone. Default 2 s.
    /// </summary>
    public TimeSpan PackFor { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long one activity goes on with a run whose program goes on from checkpoints (<see cref="TrialSpec.Checkpoints"/>): at the first report after
    /// that the run is cut, and goes on in another activity from what it has left in its folder. Null: never. Default null.
    /// </summary>
    public TimeSpan? SliceFor { get; init; }

    /// <summary>How long a lane that has to wait goes without looking at the store when no wake-up comes; default 5 s.</summary>
    public TimeSpan Backstop { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where several processes work on a sweep: how often each notes that the runs it executes go on. One that has said nothing for three times as
    /// long, and is asked for again, is lost. In between, at least six times as often, each looks whether its runs are still wanted. Null: the
    /// process is alone with its sweeps, and knows of its runs. Default null.
    /// </summary>
    public TimeSpan? Heartbeat { get; init; }

    /// <summary>
    /// The name under which a fleet of processes hosts sweeps together, such as a task hub: it holds the lease of every sweep it works on, so that
    /// no other host on the store takes it up. Null: whoever runs the workflows holds the lease by himself. Default null.
    /// </summary>
    public string? Fleet { get; init; }

    /// <summary>What runs cost here; default: nothing, but for containers.</summary>
    public CostOptions Costs { get; init; } = new();

    /// <summary>Tells the webhooks of schedules; null: they are not told here.</summary>
    public IWebhookSender? Webhooks { get; init; }

    /// <summary>Evaluate in another folder than the one the sweep was created in (the spec's folder, when it was moved).</summary>
    public string? BaseDirectory { get; init; }
}

/// <summary>What one process shares between the sweeps it hosts: store, runners, clock, sessions, and the tokens that end runs.</summary>
public sealed class SweepHub(IStore store, IReadOnlyDictionary<string, IRunner> runners, TimeProvider time, HubOptions options)
{
    /// <summary>Table of sweep summaries.</summary>
    public const string SweepsTable = "sweeps";

    /// <summary>The one partition of the summaries.</summary>
    public const string SweepsPartition = "sweeps";

    private readonly ConcurrentDictionary<string, SweepSession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Sweep, string Run, int Attempt), CancellationTokenSource> _running = new();
    private readonly ConcurrentDictionary<(string Sweep, string Run, int Attempt), IRunReporter> _reporters = new();
    private readonly RunTokens _tokens = new(store);
    private RemoteRuns? _remote;
    private Checkpoints? _checkpoints;
    private FleetLeases? _fleet;
    private Webhooks? _webhooks;

    /// <summary>Raised for every entry that a session folds.</summary>
    public event Action<string, SweepState, LogEntry>? Folded;

    /// <summary>Raised for every report of a run in this process.</summary>
    public event Action<string, string, RunReport>? Reported;

    /// <summary>Raised when something happened to a sweep that its host may be waiting for: the sweep, and the instance id of the lane that waits, if it is one.</summary>
    public event Action<string, string?>? Woken;

    /// <summary>Runs that no host waits for.</summary>
    public RemoteRuns Remote => _remote ??= new RemoteRuns(this);

    /// <summary>The store.</summary>
    public IStore Store => store;

    /// <summary>The runners by kind.</summary>
    public IReadOnlyDictionary<string, IRunner> Runners => runners;

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>The settings.</summary>
    public HubOptions Options => options;

    /// <summary>This process is going away: runs it ends now are pre-empted, not cancelled.</summary>
    public bool Leaving { get; private set; }

    /// <summary>The session of a sweep.</summary>
    public SweepSession Session(string sweep) => _sessions.GetOrAdd(sweep, id =>
    {
        var session = new SweepSession(store, id, time, options.RefreshInterval);
        session.Folded += (state, entry) =>
        {
            if (entry.Event is SweepEvent.CancelRequested) EndRuns(id);
            Folded?.Invoke(id, state, entry);
        };
        return session;
    });

    /// <summary>Lets go of what is known of a sweep, because it was deleted or is not looked at any more. The next look reads its log anew.</summary>
    public void Forget(string sweep) => _sessions.TryRemove(sweep, out _);

    /// <summary>The summary row of a sweep; null when there is no such sweep.</summary>
    public async ValueTask<SweepSummary?> Summary(string sweep, CancellationToken cancellation) =>
        await store.Get("sweeps.get", SweepsTable, SweepsPartition, sweep, cancellation) is { } row
            ? JsonSerializer.Deserialize(row.Body, SweepsJson.Default.SweepSummary)
            : null;

    /// <summary>The summary row of a state.</summary>
    public static SweepSummary Summarize(SweepState state, string baseDirectory, DateTimeOffset? tellAt = null) => new()
    {
        Id = state.Created!.Sweep,
        Name = state.Spec.Name,
        CreatedAt = state.CreatedAt,
        Status = state.Status,
        Stage = state.Stage?.Kind,
        Trials = state.Trials.Count,
        Champion = state.Champion?.Trial,
        Front = state.Front?.Trials.Length,
        Cron = state.Spec.Schedule?.Cron,
        ScheduleKind = state.Spec.Schedule?.Kind,
        DueFrom = Schedules.CountsFrom(state),
        LastDue = state.LastDue?.At,
        TellAt = tellAt,
        BaseDirectory = baseDirectory,
    };

    /// <summary>Writes a summary row.</summary>
    public async ValueTask WriteSummary(SweepSummary summary, CancellationToken cancellation) =>
        await store.Apply("sweeps.put", SweepsTable, SweepsPartition,
            [new RowChange.Put(summary.Id, JsonSerializer.Serialize(summary, SweepsJson.Default.SweepSummary))], cancellation);

    /// <summary>Carries checkpoints between machines.</summary>
    internal Checkpoints Checkpoints => _checkpoints ??= new Checkpoints(this);

    /// <summary>The leases of the fleet.</summary>
    internal FleetLeases Fleet => _fleet ??= new FleetLeases(this);

    /// <summary>Tells the webhooks of schedules.</summary>
    internal Webhooks Webhooks => _webhooks ??= new Webhooks(this);

    /// <summary>The tokens that runs report with.</summary>
    internal RunTokens Tokens => _tokens;

    /// <summary>The attempt for which a token lets its bearer report; null when it is not a token of this run.</summary>
    public ValueTask<int?> AttemptOf(string sweep, RunKey run, string token, CancellationToken cancellation) =>
        _tokens.AttemptOf(sweep, run.ToString(), token, cancellation);

    /// <summary>Who takes the reports of an attempt that this process executes; null when it does not.</summary>
    internal IRunReporter? ReporterOf(string sweep, string run, int attempt) => _reporters.GetValueOrDefault((sweep, run, attempt));

    internal void WakeUp(string sweep, string? lane) => Woken?.Invoke(sweep, lane);

    /// <summary>A token that ends one attempt; dispose it when the attempt has ended.</summary>
    internal CancellationTokenSource Register(string sweep, string run, int attempt, IRunReporter reporter)
    {
        var source = new CancellationTokenSource();
        _reporters[(sweep, run, attempt)] = reporter;
        _running[(sweep, run, attempt)] = source;
        if (Leaving) source.Cancel();
        return source;
    }

    internal void Unregister(string sweep, string run, int attempt)
    {
        _reporters.TryRemove((sweep, run, attempt), out _);
        if (_running.TryRemove((sweep, run, attempt), out CancellationTokenSource? source)) source.Dispose();
    }

    internal void OnReport(string sweep, string run, RunReport report) => Reported?.Invoke(sweep, run, report);

    /// <summary>Ends all runs of this process at once; they will be handed out again when a host takes the sweep over.</summary>
    public void Leave()
    {
        Leaving = true;
        foreach ((string sweep, _, _) in _running.Keys) EndRuns(sweep);
    }

    private void EndRuns(string sweep)
    {
        foreach (((string s, _, _), CancellationTokenSource source) in _running)
        {
            if (s != sweep) continue;
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended by itself in this moment.
            }
        }
    }
}
