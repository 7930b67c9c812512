using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud logs RUN</c>: what a run printed and reported, and how it ended.</summary>
internal static class LogsCommand
{
    private static readonly Argument<string> Run = new("run") { Description = "Run, such as 12-search-0 (see 'show'), or a trial number for its first search run." };
    private static readonly Option<string?> Sweep = new("--sweep") { Description = "Sweep id, its beginning, or its name (default: the newest)." };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "Which attempt (default: the last)." };

    public static Command Create()
    {
        var command = new Command("logs", "Show what a run printed and reported.") { Run, Sweep, Attempt };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        string text = parsed.GetValue(Run)!;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int trial)) text = new RunKey(trial, SeedPool.Search, 0).ToString();
        if (!RunKey.TryParse(text, out RunKey key)) throw new CliException(ExitCodes.BadInput, $"a run is written trial-pool-replicate, such as 12-search-0, but got '{text}'");
        await using IStore store = parsed.OpenStoreToRead();
        SweepHub hub = parsed.OpenHub(store);
        var service = new SweepService(hub);
        string id = (await Common.FindSweep(service, parsed.GetValue(Sweep), cancellation)).Id;
        RunRecord run = await hub.Session(id).Read(s => s.Run(key), cancellation) ?? throw new CliException(ExitCodes.NotFound, $"sweep {id} has no run {key}");
        int attempt = parsed.GetValue(Attempt) ?? run.Attempt;
        RunDetails? details = await service.Details(id, key, attempt, cancellation);
        if (parsed.IsJson())
        {
            Console.WriteLine(details is null ? "null" : JsonSerializer.Serialize(details, SweepsJson.Default.RunDetails));
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
}
