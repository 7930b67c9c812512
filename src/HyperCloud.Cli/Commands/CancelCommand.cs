using System.CommandLine;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud cancel ID</c>: ends a sweep for good, also one that another process is running.</summary>
internal static class CancelCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep(optional: false);

    public static Command Create()
    {
        var command = new Command("cancel", "End a sweep for good; what it has measured stays.") { Sweep };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using (parsed.OpenStoreToRead())
        {
            // Only so that a missing store is said to be missing instead of being made.
        }

        await using IStore store = parsed.OpenStore();
        SweepHub hub = parsed.OpenHub(store);
        var service = new SweepService(hub);
        SweepSummary summary = await Common.FindSweep(service, parsed.GetValue(Sweep), cancellation);
        bool done = await service.Cancel(summary.Id, "user", cancellation);
        // Without a host nobody else would write the end of it.
        if (done && await SweepLease.Holder(store, summary.Id, TimeProvider.System, cancellation) is null) new Local.LocalHost(hub).Run(summary.Id);
        SweepStatus status = await hub.Session(summary.Id).Read(s => s.Status, cancellation);
        Console.WriteLine(done ? $"sweep {summary.Id} is cancelled; its runs under way are being ended, what it has measured stays" : $"sweep {summary.Id} was already over ({status.ToString().ToLowerInvariant()})");
        return ExitCodes.Ok;
    }
}
