using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>
/// Workers outside: they ask for runs of any pool, report while those go on, and tell how they ended. Tell knows a run by its name and needs
/// the server's key; reports need the token of the attempt, so that training code can be given that and nothing more.
/// </summary>
internal static class Workers
{
    public static ApiEndpoint Ask { get; } = ApiEndpoint.Post("/api/sweeps/{sweep}/ask", "askForRuns", HandleAsk);

    public static ApiEndpoint Tell { get; } = ApiEndpoint.Post("/api/sweeps/{sweep}/tell", "tellRun", HandleTell);

    public static ApiEndpoint Report { get; } = new(HttpMethods.Post, "/api/runs/{run}/reports", "reportRun", ApiAccess.RunToken, HandleReport);

    private static async Task<IResult> HandleAsk(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        byte[] bytes = await Body.Read(call.Http.Request, call.Cancellation);
        using JsonDocument body = Json(bytes);
        int count = Int(body.RootElement, "count", 1, 1, WorkerDesk.MostRuns);
        string worker = Text(body.RootElement, "worker", 100) ?? "worker";
        TimeSpan lease = Duration(body.RootElement, "lease", RemoteRuns.DefaultLease, WorkerDesk.ShortestLease, WorkerDesk.LongestLease);
        Known(body.RootElement, "count", "worker", "lease");

        // Taken by a request that can be answered only: a mended one may come again with the same key.
        var keys = new IdempotencyKeys(call.Api.Hub.Store, call.Api.Hub.Time);
        string? key = IdempotencyKeys.Name(call);
        HeldKey? held = key is null ? null : await keys.Take(key, IdempotencyKeys.Digest(json: true, [.. System.Text.Encoding.UTF8.GetBytes(sweep.Id), .. bytes]), call.Cancellation);
        if (held?.Row.AskAnswer is { } known)
        {
            call.Http.Response.Headers["Idempotency-Replayed"] = "true";
            return Results.Json(known, WebJson.Form.AskAnswer);
        }

        HandedRuns handed = await new WorkerDesk(HubOf(call, sweep.Id)).Ask(sweep.Id, count, worker, lease, call.Cancellation);
        await call.Api.Catalog.Refresh(sweep.Id, sweep.Summary.BaseDirectory, call.Cancellation);
        string server = call.Api.Options.PublicUrl ?? $"{call.Http.Request.Scheme}://{call.Http.Request.Host}";
        var answer = new AskAnswer
        {
            Runs = [.. handed.Runs.Select(r => Describe(sweep.Id, r, server))],
            Done = handed.Done,
            Reason = handed.Reason,
            RetryAfter = handed.RetryAfter?.TotalSeconds,
        };
        if (handed is { Runs.Count: 0, RetryAfter: { } wait }) call.Http.Response.Headers.RetryAfter = ApiCall.Seconds(wait);
        // An answer without runs is about this moment only.
        if (held is not null && answer.Runs.Count > 0) await keys.Complete(held, answer, call.Cancellation);
        return Results.Json(answer, WebJson.Form.AskAnswer);
    }

    private static async Task<IResult> HandleTell(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        using JsonDocument body = Json(await Body.Read(call.Http.Request, call.Cancellation));
        JsonElement json = body.RootElement;
        string run = Text(json, "run", 200) ?? throw Invalid("/run", "a tell names its run, such as 12-search-0");
        if (!RunKey.TryParse(run, out RunKey key)) throw Invalid("/run", $"'{ApiCall.Cut(run)}' is not a run; a run is written trial-pool-replicate, such as 12-search-0");
        int attempt = Int(json, "attempt", null, 1, int.MaxValue);
        RemoteEnd end = End(json) ?? throw Invalid("/state", "a tell says how the run ended: completed, failed or preempted");
        string? message = Text(json, "message", 100_000);
        Known(json, "run", "attempt", "state", "message", "step", "value", "metrics");
        string metric = await sweep.Read(s => key.Pool == SeedPool.Evaluation ? s.Spec.Seeds.Evaluation.Metric ?? s.Spec.Objective.Metric : s.Spec.Objective.Metric, call.Cancellation);
        RemoteAnswer answer = await HubOf(call, sweep.Id).Remote.End(sweep.Id, key, attempt, Told(json, metric), end, message, call.Cancellation);
        return await Answer(call, sweep, key, answer);
    }

    private static async Task<IResult> HandleReport(ApiCall call)
    {
        string text = call.Route("run");
        if (!RunAddress.TryParse(text, out RunAddress? address)) throw ProblemException.NotFound($"'{ApiCall.Cut(text)}' is not a run of a sweep; its address comes with the run");
        (string id, RunKey key) = address.Value;
        SweepView sweep = await call.Api.Catalog.Find(id, call.Cancellation) ?? throw ProblemException.NotFound($"there is no sweep '{ApiCall.Cut(id)}'");
        int attempt = await Attempt(call, id, key);
        using JsonDocument body = Json(await Body.Read(call.Http.Request, call.Cancellation), empty: true);
        JsonElement json = body.RootElement;
        RunReport report = RunReportJson.Read(json, out string problem) ?? throw Invalid("", problem);
        SweepHub hub = HubOf(call, id);
        // Nothing but a sign of life: it renews the lease.
        RunReport? said = report.Metrics.Count == 0 && report.Step is null ? null : report;
        RemoteAnswer answer = End(json) is { } end
            ? await hub.Remote.End(id, key, attempt, said, end, Text(json, "message", 100_000), call.Cancellation)
            : await hub.Remote.Report(id, key, attempt, said, call.Cancellation);
        return await Answer(call, sweep, key, answer);
    }

    private static async Task<IResult> Answer(ApiCall call, SweepView sweep, RunKey key, RemoteAnswer answer)
    {
        switch (answer.Outcome)
        {
            case RemoteOutcome.NotFound:
                throw ProblemException.NotFound(answer.Message);
            case RemoteOutcome.Over:
                throw new ProblemException(ProblemTypes.RunOver, $"{answer.Message}; nothing was changed");
            case RemoteOutcome.Elsewhere:
                throw new ProblemException(ProblemTypes.RunElsewhere, answer.Message);
            default:
                bool over = await sweep.Read(s => s.Run(key)?.Phase == RunPhase.Ended, call.Cancellation);
                if (over) await call.Api.Catalog.Refresh(sweep.Id, sweep.Summary.BaseDirectory, call.Cancellation);
                return Results.Json(new DecisionBody(answer.Decision.Stop ? "stop" : "continue", answer.Decision.Reason), WebJson.Form.DecisionBody);
        }
    }

    // The hub that hosts the sweep knows the runs it executes itself, and its lanes wait for what is told here.
    private static SweepHub HubOf(ApiCall call, string sweep) => call.Api.Hosting.HubOf(sweep) ?? call.Api.Hub;

    private static async Task<int> Attempt(ApiCall call, string sweep, RunKey run)
    {
        string header = call.Http.Request.Headers.Authorization.ToString();
        string token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : "";
        return await call.Api.Hub.AttemptOf(sweep, run, token, call.Cancellation)
            ?? throw new ProblemException(ProblemTypes.Unauthorized, "report with the token that came with the run, as 'Authorization: Bearer TOKEN'; it is good for that run only");
    }

    private static HandedRunBody Describe(string sweep, HandedRun run, string server) => new()
    {
        Id = new RunAddress(sweep, run.Run).ToString(),
        Run = run.Run.ToString(),
        Trial = run.Run.Trial,
        Params = JsonDocument.Parse(run.Assignment.ToJson()).RootElement.Clone(),
        Pool = RunKey.PoolName(run.Run.Pool),
        Seed = run.Seed,
        Task = run.Task?.Name,
        Metric = run.Metric,
        Resource = run.Resource,
        ResumeFrom = run.ResumeFrom,
        Attempt = run.Attempt,
        Lease = run.Lease.TotalSeconds,
        ReportUrl = RunAddress.ReportUrl(server, sweep, run.Run),
        Token = run.Token,
    };

    private static RunReport? Told(JsonElement json, string metric)
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        if (json.TryGetProperty("metrics", out JsonElement given))
            foreach ((string name, double value) in (RunReportJson.Read(given, out string problem) ?? throw Invalid("/metrics", problem)).Metrics) metrics[name] = value;
        RunReport own = RunReportJson.Read(json, out string wrong) ?? throw Invalid("/step", wrong);
        if (json.TryGetProperty("value", out JsonElement told))
            metrics[metric] = own.Metrics.TryGetValue("value", out double v) ? v : throw Invalid("/value", $"'value' is the metric '{metric}', a number, but got {ApiCall.Cut(told.GetRawText())}");
        return metrics.Count == 0 ? null : new RunReport(own.Step, metrics);
    }

    private static JsonDocument Json(byte[] body, bool empty = false)
    {
        try
        {
            JsonDocument document = RunReportJson.Open(body.Length == 0 ? "{}" : System.Text.Encoding.UTF8.GetString(body));
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            throw Invalid("", empty ? "the body is a JSON object such as {\"step\": 3, \"loss\": 0.21}" : "the body is a JSON object");
        }
        catch (JsonException e)
        {
            throw ProblemException.BadRequest($"the body is no JSON: {e.Message}");
        }
    }

    private static RemoteEnd? End(JsonElement json)
    {
        if (!json.TryGetProperty("state", out JsonElement state)) return null;
        return (state.ValueKind == JsonValueKind.String ? state.GetString() : "") switch
        {
            "completed" => RemoteEnd.Completed,
            "failed" => RemoteEnd.Failed,
            "preempted" => RemoteEnd.Preempted,
            _ => throw Invalid("/state", $"'state' is completed, failed or preempted, but got {ApiCall.Cut(state.GetRawText())}"),
        };
    }

    private static int Int(JsonElement json, string name, int? fallback, int min, int max)
    {
        if (!json.TryGetProperty(name, out JsonElement value)) return fallback ?? throw Invalid($"/{name}", $"'{name}' is missing");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int n) && n >= min && n <= max ? n
            : throw Invalid($"/{name}", FormattableString.Invariant($"'{name}' must be a whole number {min} … {max}, but got {ApiCall.Cut(value.GetRawText())}"));
    }

    private static string? Text(JsonElement json, string name, int most)
    {
        if (!json.TryGetProperty(name, out JsonElement value)) return null;
        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most && text.All(c => c >= ' ' || char.IsWhiteSpace(c)) ? text
            : throw Invalid($"/{name}", FormattableString.Invariant($"'{name}' must be a text of 1 … {most} characters, but got {ApiCall.Cut(value.GetRawText())}"));
    }

    private static TimeSpan Duration(JsonElement json, string name, TimeSpan fallback, TimeSpan min, TimeSpan max)
    {
        if (!json.TryGetProperty(name, out JsonElement value)) return fallback;
        return value.ValueKind == JsonValueKind.String && Durations.TryParse(value.GetString(), out TimeSpan time) && time >= min && time <= max ? time
            : throw Invalid($"/{name}", $"'{name}' must be a duration from {Durations.Format(min)} to {Durations.Format(max)}, such as \"5m\", but got {ApiCall.Cut(value.GetRawText())}");
    }

    private static void Known(JsonElement json, params string[] names)
    {
        foreach (JsonProperty member in json.EnumerateObject())
            if (!names.Contains(member.Name, StringComparer.Ordinal))
                throw Invalid($"/{member.Name}", $"there is no member '{ApiCall.Cut(member.Name)}' here{(Likeness.Nearest(member.Name, names) is { } near ? $"; did you mean '{near}'?" : $"; known are {string.Join(", ", names)}")}");
    }

    private static ProblemException Invalid(string pointer, string detail) =>
        new(ProblemTypes.InvalidBody, detail) { Errors = [new ProblemItem(pointer, detail) { Code = "invalid" }] };
}
