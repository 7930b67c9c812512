using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HyperCloud.Cli.Exports;
using HyperCloud.Cli.Sources;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud export [SWEEP]</c>: runs, trials or the record, as CSV (RFC 4180), JSON lines or Parquet; runs also for MLflow and OpenML.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();
    private static readonly Option<string> What = new Option<string>("--what") { Description = "runs, trials or events.", DefaultValueFactory = _ => "runs" }.AcceptOnlyFromAmong("runs", "trials", "events");
    private static readonly Option<string> Format = new Option<string>("--format") { Description = "csv, jsonl (one JSON object a line; with --output json the default) or parquet; runs also mlflow (a directory for 'mlflow ui --backend-store-uri') or openml (a trace in ARFF).", DefaultValueFactory = p => p.GetValue(Common.Output) == "json" ? "jsonl" : "csv" }.AcceptOnlyFromAmong("csv", "jsonl", "parquet", "mlflow", "openml");
    private static readonly Option<string?> To = new("--to") { Description = "File to write; it is replaced whole, or stays as it was (default: standard output). With mlflow a directory." };

    /// <summary>Parameters are columns of their own, and never taken for one of ours.</summary>
    private const string ParameterPrefix = "param.";

    public static Command Create()
    {
        Command command = new Command("export", "Write all runs, trials or entries of a sweep as a table for other programs.") { Sweep, What, Format, To }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
        SweepLog log = source.Log(sweep);
        List<LogEntry> entries = [];
        Dictionary<int, string> rounds = [];
        Dictionary<string, string> hosts = [];
        string what = parsed.GetValue(What)!, format = parsed.GetValue(Format)!;
        if (format is "mlflow" or "openml" && what != "runs") throw new CliException(ExitCodes.BadInput, $"--format {format} holds runs, and not {what}");
        if (format is "mlflow" or "parquet" && parsed.GetValue(To) is null) throw new CliException(ExitCodes.BadInput, $"--format {format} needs --to with the {(format == "mlflow" ? "directory" : "file")} to write");
        await log.ReadOn(TimeSpan.Zero, (_, entry) =>
        {
            if (what == "events") entries.Add(entry);
            if (entry.Event is SweepEvent.RoundOpened round) rounds[round.Round] = round.Host;
            if (entry.Event is SweepEvent.Started started && (started.Worker ?? rounds.GetValueOrDefault(started.Round)) is { } host) hosts[started.Run] = host;
        }, cancellation);
        if (log.State.Created is null) throw new CliException(ExitCodes.NotFound, $"sweep {sweep.Id} has no record; perhaps it is being deleted");
        ExportedRun[] runs = [.. ExportedRun.All(log.State, hosts)];
        if (format == "mlflow")
        {
            string folder = await MlflowDirectory.Write(Path.GetFullPath(parsed.GetValue(To)!), log.State, runs,
                async run => await source.Details(sweep.Id, run.Key, run.Attempt, cancellation) is { } details ? details.Reports : []);
            await Console.Error.WriteLineAsync($"wrote {Common.Count(runs.Length, "run")} of {sweep.Id} to {folder}; look at them with 'mlflow ui --backend-store-uri {parsed.GetValue(To)}'");
            return ExitCodes.Ok;
        }

        string[] parameters = [.. log.State.Spec.Space.Parameters.Select(p => p.Name)];
        (string[] columns, IEnumerable<JsonNode?[]> rows) = what switch
        {
            "trials" => ([.. TrialColumns, .. parameters.Select(p => ParameterPrefix + p)], log.State.Trials.Select(t => Trial(log.State, t, parameters))),
            "events" => (EventColumns, entries.Select(Event)),
            _ => ((string[])[.. RunColumns, .. parameters.Select(p => ParameterPrefix + p)],
                runs.Select(r => Run(r, parameters))),
        };
        JsonNode?[][] table = [.. rows];
        void Write(TextWriter to)
        {
            if (format == "openml")
            {
                OpenMlTrace.Write(to, log.State, runs);
                return;
            }

            bool csv = format == "csv";
            if (csv) to.Write(string.Join(",", columns.Select(Quote)) + "\r\n");
            foreach (JsonNode?[] row in table) to.Write(csv ? string.Join(",", row.Select(v => Quote(Text(v)))) + "\r\n" : Line(columns, row) + "\n");
        }

        if (parsed.GetValue(To) is { } file)
        {
            using var content = new MemoryStream();
            if (format == "parquet")
            {
                await ParquetTable.Write(content, columns, table);
            }
            else
            {
                using var writer = new StreamWriter(content, new UTF8Encoding(false), leaveOpen: true);
                Write(writer);
            }

            Common.WriteWhole(Path.GetFullPath(file), stream => stream.Write(content.GetBuffer().AsSpan(0, (int)content.Length)));
            await Console.Error.WriteLineAsync($"wrote {Common.Count(table.Length, what[..^1])} of {sweep.Id} to {file}");
        }
        else
        {
            using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
            Write(output);
        }

        return ExitCodes.Ok;
    }

    private static readonly string[] RunColumns =
        ["run", "trial", "pool", "task", "replicate", "rung", "stage", "seed", "state", "value", "step", "durationMs", "attempts", "lost", "preempted", "startedAt", "host", "cost", "currency", "code", "reason"];

    private static readonly string[] TrialColumns = ["trial", "algorithm", "reason", "state", "searchValue", "runs", "selectionRuns", "evaluationRuns", "champion"];

    private static readonly string[] EventColumns = ["seq", "at", "activeMs", "digest", "type", "event"];

    private static JsonNode?[] Run(ExportedRun exported, string[] parameters)
    {
        RunRecord r = exported.Run;
        return
        [
            r.Key.ToString(), r.Key.Trial, RunKey.PoolName(r.Key.Pool), exported.Task, r.Key.Replicate, r.Key.Rung, r.Stage, r.Seed, exported.State, Number(r.Result?.Value), Number(r.Result?.Step),
            r.Result?.DurationMs, r.Attempt, r.Lost, r.Preempted, Time(r.StartedAt), exported.Host, exported.Cost, exported.Currency, r.Result?.Code, r.Result?.Reason,
            .. Parameters(exported.Trial, parameters),
        ];
    }

    private static JsonNode?[] Trial(SweepState state, TrialRecord t, string[] parameters)
    {
        return
        [
            t.Number, t.Algorithm, t.Reason, State(t), Number(Objective.Over(state.Spec, t.SearchResults)?.Value), t.In(SeedPool.Search).Count(), t.In(SeedPool.Selection).Count(),
            t.In(SeedPool.Evaluation).Count(), state.Chosen.Contains(t.Number), .. Parameters(t, parameters),
        ];
    }

    private static JsonNode?[] Event(LogEntry e)
    {
        JsonNode body = JsonSerializer.SerializeToNode(e.Event, SweepsJson.Default.SweepEvent)!;
        return [e.Seq, Time(e.At), e.ActiveMs, e.Digest, body["type"]!.GetValue<string>(), body];
    }

    /// <summary>Values of a trial's parameters; inactive ones are empty.</summary>
    private static IEnumerable<JsonNode?> Parameters(TrialRecord trial, string[] parameters)
    {
        JsonObject values = JsonNode.Parse(trial.Assignment.ToJson())!.AsObject();
        return parameters.Select(p => values.TryGetPropertyValue(p, out JsonNode? value) ? value?.DeepClone() : null);
    }

    private static string Word(RunRecord r) => r.Result?.State.ToString().ToLowerInvariant() ?? r.Phase.ToString().ToLowerInvariant();

    private static string State(TrialRecord t) => t.SearchResults.Select(Word).Distinct().ToArray() is [{ } one] ? one : t.SearchOver ? "mixed" : "running";

    /// <summary>JSON has no word for what is not finite but text.</summary>
    private static JsonNode? Number(double? value) => value is not { } v ? null : double.IsFinite(v) ? JsonValue.Create(v) : JsonValue.Create(v.ToString("R", CultureInfo.InvariantCulture));

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static string Line(string[] columns, JsonNode?[] row) => new JsonObject(columns.Select((c, i) => KeyValuePair.Create(c, row[i]))).ToJsonString(s_json);

    private static readonly JsonSerializerOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => v.GetValue<string>(),
        _ => value.ToJsonString(s_json),
    };

    /// <summary>A field as RFC 4180 wants it.</summary>
    private static string Quote(string field) => field.AsSpan().ContainsAny("\",\r\n") ? $"\"{field.Replace("\"", "\"\"")}\"" : field;
}
