using System.CommandLine;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud pause | resume | retry | cancel SWEEP</c>: facts in the record, which whoever runs the sweep follows. Said twice they do no harm.</summary>
internal static class ChangeCommands
{
    private static readonly Argument<string> Sweep = Common.Sweep(optional: false);

    public static Command CreatePause() => Create("pause", "Hand out no more runs of a sweep; those under way finish.", Pause);

    public static Command CreateResume() => Create("resume", "Let a paused sweep go on.", Resume);

    public static Command CreateRetry() => Create("retry", "Queue again the runs that broken infrastructure left without a result, in a sweep that is over.", Retry);

    public static Command CreateCancel() => Create("cancel", "End a sweep for good; what it has measured stays.", Cancel);

    private static Command Create(string name, string description, Func<ISweepSource, SweepSummary, CancellationToken, Task<Outcome>> change)
    {
        Command command = new Command(name, description) { Sweep }.AtServer();
        command.SetAction(async (parsed, cancellation) =>
        {
            await using ISweepSource source = parsed.OpenSource(change: true);
            SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
            Outcome outcome = await change(source, sweep, cancellation);
            Print(parsed, sweep.Id, outcome);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static async Task<Outcome> Pause(ISweepSource source, SweepSummary sweep, CancellationToken cancellation)
    {
        bool changed = await source.SetPaused(sweep, true, cancellation);
        SweepStatus status = (await source.State(sweep, cancellation)).Status;
        return new(changed, status, changed ? "is paused; its runs under way finish" : status == SweepStatus.Paused ? "was paused already" : Over(status));
    }

    private static async Task<Outcome> Resume(ISweepSource source, SweepSummary sweep, CancellationToken cancellation)
    {
        bool changed = await source.SetPaused(sweep, false, cancellation);
        SweepStatus status = (await source.State(sweep, cancellation)).Status;
        string host = source.RunsSweeps || await source.Host(sweep.Id, cancellation) is not null
            ? "" : "; no process runs it: 'hypercloud run SPEC' or 'hypercloud serve' goes on with it";
        return new(changed, status, changed ? $"goes on{host}" : status == SweepStatus.Running ? $"was not paused{host}" : Over(status));
    }

    private static async Task<Outcome> Cancel(ISweepSource source, SweepSummary sweep, CancellationToken cancellation)
    {
        bool changed = await source.Cancel(sweep, cancellation);
        SweepState state = await source.State(sweep, cancellation);
        return new(changed, state.Status, changed ? "is cancelled; its runs under way are being ended, what it has measured stays"
            : state.Cancel is not null ? "was cancelled already" : Over(state.Status));
    }

    private static async Task<Outcome> Retry(ISweepSource source, SweepSummary sweep, CancellationToken cancellation)
    {
        int runs = await source.Retry(sweep, cancellation);
        SweepStatus status = (await source.State(sweep, cancellation)).Status;
        return new(runs > 0, status, runs > 0
            ? $"will run {Common.Count(runs, "run")} again, with the same seeds: 'hypercloud run SPEC' or 'hypercloud serve' goes on with it"
            : "has nothing to try again: runs whose objective failed are observations, and stay what they are")
        { Runs = runs };
    }

    private static string Over(SweepStatus status) => $"was already over ({status.ToString().ToLowerInvariant()})";

    private static void Print(ParseResult parsed, string sweep, Outcome outcome)
    {
        if (!parsed.IsJson())
        {
            Console.WriteLine($"sweep {sweep} {outcome.Words}");
            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("sweep", sweep);
        writer.WriteBoolean("changed", outcome.Changed);
        if (outcome.Runs is { } runs) writer.WriteNumber("runs", runs);
        writer.WriteString("status", outcome.Status.ToString().ToLowerInvariant());
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    /// <summary>What became of it.</summary>
    private sealed record Outcome(bool Changed, SweepStatus Status, string Words)
    {
        /// <summary>Runs that were queued again; null where that was not asked.</summary>
        public int? Runs { get; init; }
    }
}
