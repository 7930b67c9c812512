using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>run --once</c>: one run of the first trial, shown as it happens, stored nowhere.</summary>
internal static class TryOnce
{
    public static async Task<int> Run(IRunner runner, SweepSpec spec, string baseDirectory, bool json, CancellationToken cancellation)
    {
        Assignment assignment = spec.Space.Default() ?? SearchAlgorithms.Create(spec.Search.Algorithm).Suggest(
            new SearchContext { Space = spec.Space, Seed = spec.Search.Seed, FirstTrial = 0, Observations = [], Pending = [] }, 1).Suggestions[0].Assignment;
        string work = Directory.CreateTempSubdirectory("hypercloud-once-").FullName;
        try
        {
            var request = new RunRequest
            {
                Sweep = "once",
                Run = new RunKey(0, SeedPool.Search, 0),
                Attempt = 1,
                Assignment = assignment,
                Seed = new SeedPlan(spec.Search.Seed, spec.Seeds.SearchMode, spec.TaskCount).SeedOf(SeedPool.Search, 0, 0),
                Task = spec.TaskOf(0),
                SweepSeed = spec.Search.Seed,
                Metric = spec.Objective.Metric,
                Goal = spec.Objective.Goal,
                RunTime = spec.Limits.RunTime,
                Resource = spec.EarlyStopping?.Max,
                BaseDirectory = baseDirectory,
                CheckpointDirectory = Path.Combine(work, "checkpoint"),
                OutputDirectory = Path.Combine(work, "output"),
                Trial = spec.Trial!,
            };
            RunPreview preview = runner.Preview(request);
            if (!json) Describe(assignment, request, preview);
            var reporter = new Reporter(ResultGate.For(spec, request.Run), json);
            long begun = TimeProvider.System.GetTimestamp();
            RunResult result = reporter.Gate.Judge(await runner.Run(request, reporter, cancellation));
            TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
            if (json) WriteJson(assignment, request, preview, result, took);
            else Conclude(spec, result, took);
            return result.State == RunState.Completed ? ExitCodes.Ok : ExitCodes.NoAnswer;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static void Describe(Assignment assignment, RunRequest request, RunPreview preview)
    {
        Console.WriteLine($"configuration   {(assignment.Space.Count == 0 ? "(no parameters)" : assignment.ToString())}");
        Console.WriteLine($"seed            {request.Seed} (search pool)");
        if (request.Task is { } task) Console.WriteLine($"task            {task.Name} (the first)");
        Console.WriteLine($"command         {string.Join(" ", preview.Command.Select(Quote))}");
        Console.WriteLine($"in              {preview.WorkDirectory}");
        foreach ((string name, string value) in preview.Environment.OrderBy(e => e.Key, StringComparer.Ordinal)) Console.WriteLine($"environment     {name}={value}");
        Console.WriteLine();
    }

    private static void Conclude(SweepSpec spec, RunResult result, TimeSpan took)
    {
        Console.WriteLine();
        string seconds = took.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        Console.WriteLine(result.State == RunState.Completed
            ? string.Create(CultureInfo.InvariantCulture, $"completed in {seconds} s: {spec.Objective.Metric} = {result.Value} (step {result.Step})")
            : $"{result.State.ToString().ToLowerInvariant()} after {seconds} s [{result.Code}]: {result.Reason}");
        Console.WriteLine("nothing was stored; leave --once out to run the sweep");
    }

    private static void WriteJson(Assignment assignment, RunRequest request, RunPreview preview, RunResult result, TimeSpan took)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WritePropertyName("params");
        assignment.WriteTo(writer);
        writer.WriteNumber("seed", request.Seed);
        writer.WriteStartArray("command");
        foreach (string element in preview.Command) writer.WriteStringValue(element);
        writer.WriteEndArray();
        writer.WriteString("workDirectory", preview.WorkDirectory);
        writer.WriteStartObject("environment");
        foreach ((string name, string value) in preview.Environment.OrderBy(e => e.Key, StringComparer.Ordinal)) writer.WriteString(name, value);
        writer.WriteEndObject();
        writer.WriteString("state", result.State.ToString().ToLowerInvariant());
        if (result.Value is { } metric) writer.WriteNumber("value", metric);
        writer.WriteString("code", result.Code);
        writer.WriteString("reason", result.Reason);
        writer.WriteNumber("durationMs", (long)took.TotalMilliseconds);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_=./:,+@%".Contains(c)) ? argument : $"'{argument.Replace("'", "'\\''")}'";

    private sealed class Reporter(ResultGate gate, bool quiet) : IRunReporter
    {
        public ResultGate Gate => gate;

        public ValueTask<ReportDecision> Report(RunReport report, CancellationToken cancellation)
        {
            gate.Report(report);
            if (!quiet) Console.WriteLine($"report          {(report.Step is { } s ? string.Create(CultureInfo.InvariantCulture, $"step {s}: ") : "")}{string.Join(" ", report.Metrics.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key}={m.Value:G6}")))}");
            return ValueTask.FromResult(ReportDecision.Continue);
        }

        public void Log(string line)
        {
            if (!quiet) Console.WriteLine($"output          {line}");
        }

        public ValueTask Started(string handle, CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
