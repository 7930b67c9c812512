using System.Diagnostics;
using System.Diagnostics.Metrics;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>
/// What a hub tells OpenTelemetry, under the name <see cref="Name"/>: a span for each attempt of a run, and measures of runs and storage. Costs
/// nothing while nobody listens. Storage calls divided by ended runs are the transactions per run.
/// </summary>
public static class HubTelemetry
{
    /// <summary>Name of the meter and of the source of spans.</summary>
    public const string Name = "HyperCloud";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>("hypercloud.runs.active", "{run}", "Runs that this process executes now.");
    private static readonly Histogram<double> Waiting = Meter.CreateHistogram<double>("hypercloud.run.queued", "s", "Time a run lay in the queue before it was handed out.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("hypercloud.run.duration", "s", "Time an attempt of a run took.");

    private static readonly Histogram<double> Cost = Meter.CreateHistogram<double>("hypercloud.run.cost", description: "What an attempt of a run cost, by the prices in the sweep's record; the tag `currency` names the unit.");

    /// <summary>Measures the calls of a store from now on; once for each store of a process.</summary>
    public static void Observe(IStore store) => Meter.CreateObservableCounter(
        "hypercloud.store.calls",
        () => store.Calls.Snapshot().Select(c => new Measurement<long>(c.Value, new KeyValuePair<string, object?>("call", c.Key))),
        "{call}",
        "Calls of the store, by what they are for.");

    /// <summary>An attempt begins.</summary>
    internal static Activity? Begin(RunRequest request, TimeSpan queued)
    {
        var tags = new TagList { { "runner", request.Trial.Runner }, { "pool", Word(request.Run.Pool) } };
        Active.Add(1, tags);
        Waiting.Record(queued.TotalSeconds, tags);
        Activity? span = Source.StartActivity("run");
        span?.SetTag("hypercloud.sweep", request.Sweep).SetTag("hypercloud.run", request.Run.ToString()).SetTag("hypercloud.attempt", request.Attempt);
        return span;
    }

    /// <summary>An attempt has ended; null: it goes on elsewhere, or broke off.</summary>
    internal static void End(RunRequest request, Activity? span, SweepEvent.Ended? ended, CostBasis? costs)
    {
        Active.Add(-1, new TagList { { "runner", request.Trial.Runner }, { "pool", Word(request.Run.Pool) } });
        if (ended is not null)
        {
            string state = ended.State.ToString().ToLowerInvariant();
            Duration.Record(ended.DurationMs / 1000.0, new TagList { { "runner", request.Trial.Runner }, { "pool", Word(request.Run.Pool) }, { "state", state } });
            if (costs is not null)
                Cost.Record((double)costs.PriceOf(ended.DurationMs), new TagList { { "runner", request.Trial.Runner }, { "pool", Word(request.Run.Pool) }, { "currency", costs.Prices.Currency } });
            span?.SetTag("hypercloud.state", state).SetTag("hypercloud.code", ended.Code);
            if (ended.State is RunState.Failed or RunState.Lost) span?.SetStatus(ActivityStatusCode.Error, ended.Reason);
        }

        span?.Dispose();
    }

    private static string Word(SeedPool pool) => pool.ToString().ToLowerInvariant();
}
