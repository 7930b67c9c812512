using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud logs RUN</c>: what a run printed and reported, and how it ended.</summary>
internal static class LogsCommand
{
    private static readonly Argument<string> Run = new("run") { Description = "Run, such as 12-search-0 (see 'show'), or a trial number for its first search run." };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "Which attempt (default: the last)." };

    public static Command Create()
    {
        var command = new Command("logs", "Show what a run printed and reported.") { Run, Source.Sweep, Attempt }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        string text = parsed.GetValue(Run)!;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int trial)) text = new RunKey(trial, SeedPool.Search, 0).ToString();
        if (!RunKey.TryParse(text, out RunKey key)) throw new CliException(ExitCodes.BadInput, $"a run is written trial-pool-replicate, such as 12-search-0, but got '{text}'");
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary sweep = await source.Find(parsed.GetValue(Source.Sweep), cancellation);
        RunRecord run = (await source.State(sweep, cancellation)).Run(key) ?? throw new CliException(ExitCodes.NotFound, $"sweep {sweep.Id} has no run {key}");
        int attempt = parsed.GetValue(Attempt) ?? run.Attempt;
        if (attempt < 0 || attempt > run.Attempt) throw new CliException(ExitCodes.NotFound, $"run {key} has had {Common.Count(run.Attempt, "attempt")}, but no attempt {attempt}");
        RunDetails? details = await source.Details(sweep.Id, key, attempt, cancellation);
        if (parsed.IsJson())
        {
            WriteJson(key, attempt, details);
            return ExitCodes.Ok;
        }

        string state = run.Result?.State.ToString().ToLowerInvariant() ?? run.Phase.ToString().ToLowerInvariant();
        Console.WriteLine($"run {key}, seed {run.Seed}, attempt {attempt} of {run.Attempt}: {state}{(run.Result is { Code: not "completed" } r ? $" [{r.Code}] {details?.Message ?? r.Reason}" : "")}");
        if (details is null)
        {
            Console.WriteLine("it left no log: a run that prints nothing and reports once is kept in the record alone");
            return ExitCodes.Ok;
        }

        if (details.ReportCount > 0) Console.WriteLine($"reports ({details.ReportCount}{(details.Reports.Length < details.ReportCount ? $", the first {details.Reports.Length} kept" : "")}):");
        foreach (RunReport report in details.Reports)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  step {report.Step}: {string.Join(" ", report.Metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key}={m.Value:G6}")))}"));
        if (details.Log.Length > 0) Console.WriteLine("output (its last lines):");
        foreach (string line in details.Log) Console.WriteLine($"  {line}");
        return ExitCodes.Ok;
    }

    private static void WriteJson(RunKey run, int attempt, RunDetails? details)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("run", run.ToString());
        writer.WriteNumber("attempt", attempt);
        if (details is not null)
        {
            writer.WriteString("host", details.Host);
            writer.WriteString("startedAt", details.StartedAt);
            if (details.Message is { } message) writer.WriteString("message", message);
        }

        writer.WriteNumber("reportCount", details?.ReportCount ?? 0);
        writer.WritePropertyName("reports");
        JsonSerializer.Serialize(writer, details?.Reports ?? [], SweepsJson.Default.ImmutableArrayRunReport);
        writer.WriteStartArray("log");
        foreach (string line in details?.Log ?? []) writer.WriteStringValue(line);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
