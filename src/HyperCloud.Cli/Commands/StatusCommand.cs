using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud status ID</c>: where a sweep stands, in a few lines.</summary>
internal static class StatusCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();

    public static Command Create()
    {
        var command = new Command("status", "Say where a sweep stands.") { Sweep }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
        SweepState state = await source.State(sweep, cancellation);
        Print(state, await source.Host(sweep.Id, cancellation), source.RunsSweeps, parsed.IsJson());
        return ExitCodes.Ok;
    }

    /// <summary>Says where a sweep stands.</summary>
    /// <param name="state">Its record, folded.</param>
    /// <param name="host">The living process that runs it, <c>MACHINE/PROCESS</c>; null: none.</param>
    /// <param name="server">A server sees to it that sweeps go on.</param>
    /// <param name="json">As JSON.</param>
    public static void Print(SweepState state, string? host, bool server, bool json)
    {
        SweepReport report = ReportBuilder.Build(state);
        int done = state.Trials.Count(t => t.SearchOver);
        if (json)
        {
            WriteJson(state, report, host, done);
            return;
        }

        Console.WriteLine($"{report.Sweep}: {Words(state, host, server)}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  stage    {state.Stage?.Kind.ToString().ToLowerInvariant() ?? "none yet"}; {done} of {state.Spec.Limits.Trials} trials searched, {state.Running.Count} runs under way, {state.Queue.Count} queued"));
        Console.WriteLine($"  runs     {report.Runs.Completed} completed, {report.Runs.Failed} failed, {report.Runs.LostAttempts} attempts lost");
        if (report.Front is { } front)
            Console.WriteLine($"  front    {front.Trials.Length} trials {(!front.Chosen ? "by search scores so far: not their performance" : report.Front.Trials.Any(t => t.Evaluation is not null) ? "chosen, measured on evaluation seeds" : "chosen, not measured yet")}{(front.Hypervolume?.Search is { } volume ? $"; hypervolume of search {ReportText.Number(volume)}" : "")}");
        else if (report.Candidates.Length > 0 && state.Champion is null)
            Console.WriteLine($"  best     {report.Metric} {ReportText.Number(report.Candidates[0].Search.Value)} (trial {report.Candidates[0].Number}) in search: not its performance");
        if (report.Champion is { } c)
            Console.WriteLine($"  champion trial {c.Number}{(c.Evaluation is { Pool.Value: { } v } ? $", {report.EvaluationMetric} {ReportText.Number(v)} on evaluation seeds" : ", not measured yet")}");
        if (report.Gain is { } gain) Console.WriteLine($"  gain     {gain.Verdict}");
        if (Judged(report) is { } night) Console.WriteLine($"  night    {night.Reason}");
        if (state.End is { } end) Console.WriteLine($"  ended    [{end.Code}] {end.Reason}");
    }

    private static ReportNight? Judged(SweepReport report) => report.Nights.LastOrDefault(n => n.Verdict is not null);

    private static string Words(SweepState state, string? host, bool server) => state.Status switch
    {
        SweepStatus.Running when host is not null => $"running, in process {host[(host.LastIndexOf('/') + 1)..]} on {host[..host.LastIndexOf('/')]}",
        SweepStatus.Running when server => "waiting for the server to take it up",
        SweepStatus.Paused when server => $"paused: 'hypercloud resume {state.Created!.Sweep}' goes on",
        SweepStatus.Running => "interrupted: no process runs it; the same 'hypercloud run SPEC' goes on",
        SweepStatus.Paused => "paused: the same 'hypercloud run SPEC' goes on",
        SweepStatus s => s.ToString().ToLowerInvariant(),
    };

    private static void WriteJson(SweepState state, SweepReport report, string? host, int done)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("sweep", report.Sweep);
        writer.WriteString("status", state.Status.ToString().ToLowerInvariant());
        writer.WriteBoolean("hosted", host is not null);
        writer.WriteString("stage", state.Stage?.Kind.ToString().ToLowerInvariant());
        writer.WriteNumber("trials", state.Trials.Count);
        writer.WriteNumber("trialsSearched", done);
        writer.WriteNumber("trialsLimit", state.Spec.Limits.Trials);
        writer.WriteNumber("runsUnderWay", state.Running.Count);
        writer.WriteNumber("runsCompleted", report.Runs.Completed);
        writer.WriteNumber("runsFailed", report.Runs.Failed);
        writer.WriteNumber("attemptsLost", report.Runs.LostAttempts);
        if (report.Champion is { } c) writer.WriteNumber("champion", c.Number);
        if (report.Champion?.Evaluation?.Pool.Value is { } v) writer.WriteNumber("performance", v);
        if (report.Front is { } front)
        {
            writer.WriteStartArray("front");
            foreach (ReportTrial t in front.Trials) writer.WriteNumberValue(t.Number);
            writer.WriteEndArray();
            writer.WriteBoolean("frontChosen", front.Chosen);
            if (front.Hypervolume?.Search is { } volume) writer.WriteNumber("hypervolume", volume);
        }

        if (Judged(report) is { } night)
        {
            writer.WriteString("verdict", night.Verdict.ToString()!.ToLowerInvariant());
            writer.WriteStartArray("changed");
            foreach (string changed in night.Changed) writer.WriteStringValue(changed);
            writer.WriteEndArray();
        }

        writer.WriteString("headDigest", report.HeadDigest);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
