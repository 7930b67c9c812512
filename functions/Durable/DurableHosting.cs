using System.Collections.Concurrent;
using System.Text.Json;
using DurableTask.Core.Exceptions;
using Grpc.Core;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Functions;

/// <summary>
/// Sees to it that sweeps go on: an orchestration for each, whose instance id is the sweep's, so that starting twice is starting once. What
/// users ask for is in the store by then; orchestrations are only told to look.
/// </summary>
public sealed partial class DurableHosting : ISweepHosting
{
    /// <summary>How long a sweep whose orchestration failed is left alone before another one is started.</summary>
    public static readonly TimeSpan RestAfterFault = TimeSpan.FromMinutes(5);

    private const int EndingLooks = 20;
    private static readonly TimeSpan EndingPause = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentDictionary<string, HostFault> _faults = new(StringComparer.Ordinal);
    private readonly SweepHub _hub;
    private readonly SweepService _service;
    private readonly ILogger<DurableHosting> _logger;
    private volatile DurableTaskClient? _client;

    /// <summary>Hosts the sweeps of a hub.</summary>
    public DurableHosting(SweepHub hub, ILogger<DurableHosting> logger)
    {
        (_hub, _service, _logger) = (hub, new SweepService(hub), logger);
        // A lane waits for a run that was executed elsewhere, and its end has come in here. Should this be lost, the lane's timer stands in.
        hub.Woken += (sweep, lane) =>
        {
            if (lane is not null && _client is { } client) _ = Raise(client, lane);
        };
    }

    /// <summary>Notes the client of an invocation. All of an app lead to the same task hub, and live as long as the process.</summary>
    public void Use(DurableTaskClient client) => _client = client;

    /// <inheritdoc/>
    public HostFault? Fault(string sweep) => _faults.GetValueOrDefault(sweep);

    /// <inheritdoc/>
    public SweepHub? HubOf(string sweep) => _hub;

    /// <inheritdoc/>
    public async ValueTask Wake(string sweep, CancellationToken cancellation)
    {
        DurableTaskClient client = Client;
        if (await client.GetInstanceAsync(sweep, cancellation) is { IsCompleted: false })
        {
            await client.RaiseEventAsync(sweep, Workflows.Wake, "", cancellation);
            if (await GoesOn(client, sweep, cancellation)) return;
        }

        if (!await _hub.Session(sweep).Read(s => s.NeedsHost, cancellation, force: true)) return;
        if (await SweepLease.Holder(_hub.Store, sweep, _hub.Time, cancellation) is { } holder && holder.Owner != _hub.Options.Fleet)
        {
            LogElsewhere(sweep, holder.Host);
            return;
        }

        try
        {
            var turn = new SweepTurn(sweep, 0, Guid.NewGuid().ToString("N"), ReturnWhenPaused: false);
            await client.ScheduleNewOrchestrationInstanceAsync(
                Workflows.Sweep.Name, JsonSerializer.SerializeToElement(turn, Workflows.Sweep.Input), new StartOrchestrationOptions(sweep), cancellation);
            _faults.TryRemove(sweep, out _);
            LogStarted(sweep);
        }
        catch (Exception e) when (IsAlreadyThere(e))
        {
            // Somebody was quicker.
        }
    }

    // Whether an orchestration that has not completed hears of what was asked for. One that was about to end when it was asked for does not: it has
    // given the sweep's lease back by then, and a moment later it has completed. One that was paused takes the lease again when it wakes up.
    private async Task<bool> GoesOn(DurableTaskClient client, string sweep, CancellationToken cancellation)
    {
        for (int look = 0; look < EndingLooks; look++)
        {
            if (await SweepLease.Holder(_hub.Store, sweep, _hub.Time, cancellation) is not null) return true;
            if (!await _hub.Session(sweep).Read(s => s.NeedsHost, cancellation, force: true)) return true;
            if (await client.GetInstanceAsync(sweep, cancellation) is null or { IsCompleted: true }) return false;
            // Neither the lease nor the task hub tells anybody that it has changed: looked at again.
            await Task.Delay(EndingPause, _hub.Time, cancellation);
        }

        return true; // The patrol looks again.
    }

    /// <summary>Looks through the store: begins what is due, and starts what should go on and does not.</summary>
    public async Task Patrol(CancellationToken cancellation)
    {
        foreach (SweepSummary sweep in await _service.List(cancellation))
        {
            try
            {
                await Look(sweep, cancellation);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFault(sweep.Id, e.Message);
            }
        }
    }

    /// <summary>Deletes the history of orchestrations that ended, and were begun, before a time.</summary>
    /// <returns>How many.</returns>
    public async Task<int> Purge(DateTimeOffset before, CancellationToken cancellation)
    {
        var ended = new PurgeInstancesFilter(CreatedTo: before, Statuses: [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]);
        return (await Client.PurgeAllInstancesAsync(ended, cancellation)).PurgedInstanceCount;
    }

    private DurableTaskClient Client => _client ?? throw new InvalidOperationException("no function has been called yet, so there is no client of the task hub");

    private async Task Look(SweepSummary sweep, CancellationToken cancellation)
    {
        if (sweep.Deleting)
        {
            await _service.Delete(sweep.Id, cancellation); // Whoever began to delete it has died.
            return;
        }

        if (sweep.TellAt is { } tellAt && tellAt <= _hub.Time.GetUtcNow()) await _service.Tell(sweep.Id, cancellation);
        if (sweep is { Cron: { } cron, DueFrom: { } from } && Schedules.Next(cron, from) <= _hub.Time.GetUtcNow())
        {
            if (await _service.BeginDue(sweep.Id, cancellation) is { } due) LogDue(sweep.Id, due.At, due.Missed);
            await Wake(sweep.Id, cancellation);
            return;
        }

        if (sweep.Status != SweepStatus.Running) return;
        OrchestrationMetadata? instance = await Client.GetInstanceAsync(sweep.Id, cancellation);
        if (instance is { RuntimeStatus: OrchestrationRuntimeStatus.Failed })
        {
            DateTimeOffset retryAt = instance.LastUpdatedAt + RestAfterFault;
            _faults[sweep.Id] = new HostFault(instance.LastUpdatedAt, 1, instance.FailureDetails?.ErrorMessage ?? "the orchestration failed", retryAt);
            LogFailed(sweep.Id, _faults[sweep.Id].Message);
            if (retryAt > _hub.Time.GetUtcNow()) return;
        }

        // One that goes on needs nothing, unless it waits as paused although the sweep is not: then a wake-up was lost.
        if (instance is { IsCompleted: false } && instance.ReadCustomStatusAs<string>() != "paused") return;
        await Wake(sweep.Id, cancellation);
    }

    private async Task Raise(DurableTaskClient client, string lane)
    {
        try
        {
            await client.RaiseEventAsync(lane, Workflows.Wake, "");
        }
        catch (Exception e)
        {
            LogFault(lane, e.Message);
        }
    }

    private static bool IsAlreadyThere(Exception fault) =>
        fault is RpcException { StatusCode: StatusCode.AlreadyExists } or OrchestrationAlreadyExistsException;

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep} begins")]
    private partial void LogStarted(string sweep);

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep} is run by {Host}, and left to it")]
    private partial void LogElsewhere(string sweep, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "sweep {Sweep} was due at {At} ({Missed} missed before)")]
    private partial void LogDue(string sweep, DateTimeOffset at, int missed);

    // An alert of the stack looks for these words (infra/Plan/WatchPlan.cs).
    [LoggerMessage(Level = LogLevel.Error, Message = "the orchestration of sweep {Sweep} failed: {Why}")]
    private partial void LogFailed(string sweep, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Sweep}: {Why}")]
    private partial void LogFault(string sweep, string why);
}
