namespace HyperCloud.Sweeps;

/// <summary>
/// What a run uses and what that costs, as settled when the sweep was created: it is part of the record, so that limits are decided by the same
/// figures on replay, whatever prices and settings are then.
/// </summary>
public sealed record CostBasis
{
    /// <summary>The prices.</summary>
    public required PriceTable Prices { get; init; }

    /// <summary>Memory of a function instance in MB; 0: the host is no function app, and its time is not billed.</summary>
    public int InstanceMemoryMb { get; init; }

    /// <summary>Runs that an instance executes side by side and that share its time; at least 1, default 1.</summary>
    public int RunsPerInstance { get; init; } = 1;

    /// <summary>How long an activity goes on with short runs, in milliseconds; 0: each run is an activity.</summary>
    public long PackMs { get; init; }

    /// <summary>Cores of the container that executes a run; 0: none does.</summary>
    public decimal ContainerVcpu { get; init; }

    /// <summary>Memory of that container in GiB.</summary>
    public decimal ContainerGib { get; init; }

    /// <summary>How often a lane looks for the end of a run that goes on in a container, in milliseconds.</summary>
    public long LookMs { get; init; }

    /// <summary>Executions of functions for one activity: itself, and the turn of the lane that starts it. Default 2.</summary>
    public decimal ExecutionsPerActivity { get; init; } = 2;

    /// <summary>Requests of the task hub to queues for one activity and the lane's turn: 17 in all were measured over Azurite, 5 of them to tables.</summary>
    public decimal QueuePerActivity { get; init; } = 12;

    /// <summary>Requests of the task hub to tables for one activity and the lane's turn.</summary>
    public decimal TablePerActivity { get; init; } = 5;

    /// <summary>Requests of the sweep's own record for one run: see <c>bench/reports/durable.md</c>.</summary>
    public decimal TablePerRun { get; init; } = 3.2m;

    /// <summary>Telemetry of one execution in bytes; an estimate: one request entry of Application Insights.</summary>
    public decimal LogBytesPerExecution { get; init; } = 2_000;

    /// <summary>Most runs that one activity packs.</summary>
    private const int MaxPacked = 100;

    /// <summary>Whether anything of a run is billed.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsBilled => InstanceMemoryMb > 0 || ContainerVcpu > 0;

    /// <summary>What one attempt of a run uses.</summary>
    /// <param name="durationMs">How long it took.</param>
    public CostUse UseOf(long durationMs)
    {
        durationMs = Math.Max(0, durationMs);
        if (ContainerVcpu > 0)
        {
            decimal seconds = durationMs / 1_000m;
            // Only short looks at it are the host's: one that starts it, one that finds its end, and the backstop's in between.
            decimal looks = InstanceMemoryMb > 0 ? 2 + (LookMs > 0 ? durationMs / LookMs : 0) : 0;
            return (Activity(Prices.FunctionMinimumMs) * looks) + new CostUse(0, 0, seconds * ContainerVcpu, seconds * ContainerGib, InstanceMemoryMb > 0 ? TablePerRun : 0, 0, 0, 0);
        }

        if (InstanceMemoryMb == 0) return default;
        // An activity claims runs until its time for packing is over.
        long packed = Math.Clamp((PackMs + Math.Max(1, durationMs) - 1) / Math.Max(1, durationMs), 1, MaxPacked);
        return (Activity(packed * durationMs) * (1m / packed)) + new CostUse(0, 0, 0, 0, TablePerRun, 0, 0, 0);
    }

    /// <summary>What it costs, in the currency of <see cref="Prices"/>.</summary>
    /// <param name="durationMs">How long the attempt took.</param>
    public decimal PriceOf(double durationMs) => UseOf((long)Math.Ceiling(durationMs)).At(Prices).Total;

    /// <summary>An activity of this length, with the turn of the lane that starts it.</summary>
    private CostUse Activity(long ms)
    {
        decimal billed = Math.Max(Prices.FunctionMinimumMs, Math.Ceiling((decimal)ms / Prices.FunctionRoundingMs) * Prices.FunctionRoundingMs);
        return new(ExecutionsPerActivity, billed / 1_000m * InstanceMemoryMb / 1_024m / RunsPerInstance, 0, 0,
            TablePerActivity, QueuePerActivity, 0, ExecutionsPerActivity * LogBytesPerExecution);
    }
}

/// <summary>What a host knows of the costs of its runs.</summary>
public sealed record CostOptions
{
    /// <summary>The runner whose runs are executed in containers that are billed by themselves.</summary>
    public const string ContainerRunner = "container";

    /// <summary>The prices; default the list prices.</summary>
    public PriceTable Prices { get; init; } = PriceTable.List;

    /// <summary>Memory of a function instance in MB; 0 (default): the host is a machine of the user's own.</summary>
    public int InstanceMemoryMb { get; init; }

    /// <summary>Runs that an instance executes side by side; default 1.</summary>
    public int RunsPerInstance { get; init; } = 1;

    /// <summary>Cores of a container; default 1.</summary>
    public decimal ContainerVcpu { get; init; } = 1;

    /// <summary>Memory of a container in GiB; default 2.</summary>
    public decimal ContainerGib { get; init; } = 2;

    /// <summary>The basis for the runs of a sweep.</summary>
    /// <param name="runner">Its runner; null: workers outside, of whom nothing is known.</param>
    /// <param name="host">How the host packs and looks.</param>
    public CostBasis Of(string? runner, HubOptions host)
    {
        bool container = runner == ContainerRunner;
        return new CostBasis
        {
            Prices = Prices,
            InstanceMemoryMb = runner is null ? 0 : InstanceMemoryMb,
            RunsPerInstance = RunsPerInstance,
            PackMs = (long)host.PackFor.TotalMilliseconds,
            ContainerVcpu = container ? ContainerVcpu : 0,
            ContainerGib = container ? ContainerGib : 0,
            LookMs = container ? (long)host.Backstop.TotalMilliseconds : 0,
        };
    }
}
