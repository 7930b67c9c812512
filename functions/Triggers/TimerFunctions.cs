using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HyperCloud.Functions;

/// <summary>What happens by the clock.</summary>
public sealed partial class TimerFunctions(DurableHosting hosting, TimeProvider time, IOptions<HyperCloudOptions> options, ILogger<TimerFunctions> logger)
{
    /// <summary>
    /// Every five minutes: begins the robustness sweeps that are due, and starts whatever should go on and does not. A missed run of it is caught
    /// up at the next start; one instance of the app does it, under the lease that timers have.
    /// </summary>
    [Function("Patrol")]
    public Task Patrol([TimerTrigger("0 */5 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hosting.Use(client);
        return hosting.Patrol(cancellation);
    }

    /// <summary>Every night: deletes the history of orchestrations that ended long ago. Sweeps are kept: their record is in the store.</summary>
    [Function("Retention")]
    public async Task Retention([TimerTrigger("0 40 3 * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hosting.Use(client);
        int purged = await hosting.Purge(time.GetUtcNow() - TimeSpan.FromDays(options.Value.HistoryDays), cancellation);
        if (purged > 0) LogPurged(purged, options.Value.HistoryDays);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "deleted the history of {Count} orchestrations that ended more than {Days} days ago")]
    private partial void LogPurged(int count, int days);
}
