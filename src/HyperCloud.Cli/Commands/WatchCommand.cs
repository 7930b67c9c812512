using System.CommandLine;
using System.Runtime.InteropServices;
using HyperCloud.Cli.Display;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud watch [SWEEP]</c>: shows a sweep that somebody else runs, until it is over. Ctrl-C ends the watching, not the sweep.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Sweep = Common.Sweep();

    public static Command Create()
    {
        Command command = new Command("watch", "Watch a sweep until it is over; Ctrl-C ends the watching only.") { Sweep }.AtServer();
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ISweepSource source = parsed.OpenSource();
            return await Watch(source, await source.Find(parsed.GetValue(Sweep), cancellation), parsed, cancellation);
        });
        return command;
    }

    /// <summary>Watches to the end, then says where the sweep stands.</summary>
    /// <returns>As the sweep ended: 0 finished, 1 without an answer, 5 when the watching was ended before.</returns>
    public static async Task<int> Watch(ISweepSource source, SweepSummary sweep, ParseResult parsed, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        void End(PosixSignalContext context)
        {
            context.Cancel = true;
            ending.Cancel();
        }

        using PosixSignalRegistration sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        SweepLog log = source.Log(sweep);
        try
        {
            await Follow(source, sweep, log, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"the sweep goes on without being watched; 'hypercloud watch {sweep.Id}' looks again");
        }

        if (log.State.Created is null) return ExitCodes.Paused;
        string? host = log.State.End is null ? await source.Host(sweep.Id, CancellationToken.None) : null;
        StatusCommand.Print(log.State, host, source.RunsSweeps, parsed.IsJson());
        return log.State.Status switch
        {
            SweepStatus.Finished => ExitCodes.Ok,
            SweepStatus.Running or SweepStatus.Paused => ExitCodes.Paused,
            _ => ExitCodes.NoAnswer,
        };
    }

    private static async Task Follow(ISweepSource source, SweepSummary sweep, SweepLog log, CancellationToken cancellation)
    {
        using var display = new ProgressDisplay(sweep.Id);
        // What happened before is shown, but not told line by line.
        bool any = await log.ReadOn(TimeSpan.Zero, (state, entry) => display.Show(state, entry, news: false), cancellation);
        if (any && log.State.End is null)
            display.Say($"watching {sweep.Id}: {log.State.Stage?.Kind.ToString().ToLowerInvariant() ?? "not begun"}, {Common.Count(log.State.Trials.Count, "trial")} so far");
        string? said = null;
        while (log.State.End is null)
        {
            string? host = await source.Host(sweep.Id, cancellation);
            string words = host is not null ? $"run by {host}"
                : log.State.IsPaused ? "paused"
                : source.RunsSweeps ? "waiting for the server to take it up"
                : "no process runs it; 'hypercloud run SPEC' or 'hypercloud serve' does";
            display.Where = words;
            if (words != said && host is null) display.Say(words);
            said = words;
            await log.ReadOn(Wait, (state, entry) => display.Show(state, entry), cancellation);
        }
    }
}
