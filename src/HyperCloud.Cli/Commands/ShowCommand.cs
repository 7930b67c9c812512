using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud show TRIAL</c>: one trial with its configuration and all its runs.</summary>
internal static class ShowCommand
{
    private static readonly Argument<int> Trial = new("trial") { Description = "Trial number." };

    public static Command Create()
    {
        var command = new Command("show", "Show a trial: its configuration, why it was tried, and all its runs.") { Trial, Source.Sweep }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary summary = await source.Find(parsed.GetValue(Source.Sweep), cancellation);
        SweepState state = await source.State(summary, cancellation);
        int number = parsed.GetValue(Trial);
        if (number < 0 || number >= state.Trials.Count)
            throw new CliException(ExitCodes.NotFound, state.Trials.Count == 0 ? $"sweep {summary.Id} has no trials yet" : $"sweep {summary.Id} has trials 0 … {state.Trials.Count - 1}, but no trial {number}");
        TrialRecord trial = state.Trials[number];
        if (parsed.IsJson()) WriteJson(summary.Id, trial);
        else WriteText(state, summary, trial);
        return ExitCodes.Ok;
    }

    private static void WriteText(SweepState state, SweepSummary summary, TrialRecord trial)
    {
        Console.WriteLine($"trial {trial.Number} of {summary.Id}{(!state.Chosen.Contains(trial.Number) ? "" : state.Front is null ? " · champion" : " · on the front")}");
        Console.WriteLine($"proposed by {trial.Algorithm}: {trial.Reason}");
        foreach ((string name, ParameterValue value) in trial.Assignment.Active()) Console.WriteLine($"  {name} = {value}");
        // A server does not say where its folder is.
        if (summary.BaseDirectory.Length > 0 && state.Spec.Trial is { } spec && Common.Runners.TryGetValue(spec.Runner, out IRunner? runner))
        {
            RunPreview preview = runner.Preview(Requests.For(state, summary.BaseDirectory, trial));
            Console.WriteLine($"runs as: {string.Join(" ", preview.Command)}");
        }

        Console.WriteLine();
        Tables.Write(["run", "seed", "state", .. state.Spec.Objectives.Select(o => o.Metric), "seconds", "attempts", "what happened"], trial.Runs.Values.Select(r => (string[])
        [
            r.Key.ToString(), r.Seed.ToString(CultureInfo.InvariantCulture), Word(r), ReportText.Number(r.Result?.Value),
            .. state.Spec.MoreObjectives.Select(o => ReportText.Number(r.Result?.Metrics.TryGetValue(o.Metric, out double v) == true ? v : null)),
            r.Result is { } e ? (e.DurationMs / 1000.0).ToString("0.00", CultureInfo.InvariantCulture) : "–",
            string.Create(CultureInfo.InvariantCulture, $"{r.Attempt}{(r.Lost > 0 ? $" ({r.Lost} lost)" : "")}{(r.Preempted > 0 ? $" ({r.Preempted} pre-empted)" : "")}"),
            r.Result is { Code: not "completed" } f ? $"[{f.Code}] {f.Reason.Split('\n')[0]}" : "",
        ]));
    }

    private static string Word(RunRecord r) => r.Result?.State.ToString().ToLowerInvariant() ?? r.Phase.ToString().ToLowerInvariant();

    private static void WriteJson(string sweep, TrialRecord trial)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("sweep", sweep);
        writer.WriteNumber("trial", trial.Number);
        writer.WriteString("algorithm", trial.Algorithm);
        writer.WriteString("reason", trial.Reason);
        writer.WritePropertyName("params");
        trial.Assignment.WriteTo(writer);
        writer.WriteStartArray("runs");
        foreach (RunRecord r in trial.Runs.Values)
        {
            writer.WriteStartObject();
            writer.WriteString("run", r.Key.ToString());
            writer.WriteString("pool", RunKey.PoolName(r.Key.Pool));
            writer.WriteNumber("seed", r.Seed);
            writer.WriteString("state", Word(r));
            if (r.Result?.Value is { } value) writer.WriteNumber("value", value);
            if (r.Result is { } e)
            {
                writer.WriteNumber("durationMs", e.DurationMs);
                writer.WriteString("code", e.Code);
                writer.WriteString("reason", e.Reason);
                writer.WriteStartObject("metrics");
                foreach ((string name, double metric) in e.Metrics) writer.WriteNumber(name, metric);
                writer.WriteEndObject();
            }

            writer.WriteNumber("attempts", r.Attempt);
            writer.WriteNumber("lost", r.Lost);
            writer.WriteNumber("preempted", r.Preempted);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
