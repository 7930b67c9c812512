using System.Globalization;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>What an endpoint's answer means: reports to hand on, or an outcome.</summary>
internal sealed class HttpAnswer
{
    private HttpAnswer()
    {
    }

    /// <summary>The reports it holds, in its order.</summary>
    public IReadOnlyList<RunReport> Reports { get; private init; } = [];

    /// <summary>How the run ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>Understands a reply.</summary>
    /// <param name="reply">What came.</param>
    /// <param name="request">The run.</param>
    /// <param name="lease">Lease of a run that goes on elsewhere.</param>
    /// <param name="timeout">How long an answer was waited for.</param>
    /// <param name="tries">How often it was asked.</param>
    public static HttpAnswer Of(Reply reply, RunRequest request, TimeSpan lease, TimeSpan timeout, int tries)
    {
        string often = tries == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" (tried {tries} times)");
        return reply switch
        {
            { IsLate: true } => Lost("no-answer", $"there was no answer within timeout {Durations.Format(timeout)}; an endpoint whose runs take longer answers 202 and reports later, or has a longer timeout"),
            { Fault: { } fault } => Lost("unreachable", $"the endpoint could not be reached{often}: {fault}"),
            { Status: 200 } => Read(reply, request),
            { Status: 202 } when request.ReportUrl is not null => new() { Outcome = new RunOutcome.Detached(lease) },
            { Status: 202 } => Failed("no-server", "the endpoint answered 202, that it will report later, but nobody takes reports here: `hypercloud serve` takes later reports; `hypercloud run` needs the result in the answer"),
            { Status: >= 300 and < 400 } => Failed(Code(reply), $"the endpoint answered {reply.Status}{(reply.Location is { } l ? $" and points to {Cut(l)}" : "")}; redirections are not followed, so that headers and token go to no other place: write the final address into url"),
            { Status: 408 or 425 or 429 or >= 500 } => Lost(Code(reply), $"the endpoint answered {reply.Status}{often}{Wished(reply)}{reply.Excerpt}"),
            { Status: >= 400 } => Failed(Code(reply), $"the endpoint answered {reply.Status}{reply.Excerpt}"),
            _ => Failed("answer", $"the endpoint answered {reply.Status}; 200 with the metrics was expected, or 202 when it reports later"),
        };
    }

    private static HttpAnswer Read(Reply reply, RunRequest request)
    {
        if (reply.IsCut) return Failed("answer", string.Create(CultureInfo.InvariantCulture, $"the answer is longer than {Reply.MostBytes / 1024 / 1024} MiB; it should hold metrics only"));
        try
        {
            using var document = RunReportJson.Open(reply.Body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(document.RootElement, request)
                : Failed("answer", $"the answer must be an object such as {{\"{request.Metric}\": 0.21}}, but is {OptionReader.Show(document.RootElement)}");
        }
        catch (JsonException e)
        {
            return Failed("answer", $"the answer is not JSON ({e.Message}){reply.Excerpt}");
        }
    }

    private static HttpAnswer Read(JsonElement answer, RunRequest request)
    {
        if (answer.TryGetProperty("state", out JsonElement state))
        {
            switch (state.ValueKind == JsonValueKind.String ? state.GetString() : null)
            {
                case "completed":
                    break;
                case "failed":
                    return Failed("failed", answer.TryGetProperty("message", out JsonElement m) && m.ValueKind == JsonValueKind.String && m.GetString() is { Length: > 0 } message
                        ? message : "the endpoint said that the run failed, and no more");
                default:
                    return Failed("answer", $"'state' can be \"completed\" or \"failed\", but is {OptionReader.Show(state)}");
            }
        }

        List<RunReport> reports = [];
        if (answer.TryGetProperty("reports", out JsonElement list))
        {
            if (list.ValueKind != JsonValueKind.Array) return Failed("answer", $"'reports' must be a list of objects such as {{\"step\": 1, \"{request.Metric}\": 0.21}}, but is {OptionReader.Show(list)}");
            foreach (JsonElement element in list.EnumerateArray())
                if (Take(element, request.Metric, reports) is { } wrong) return Failed("answer", string.Create(CultureInfo.InvariantCulture, $"report {reports.Count + 1} of the answer: {wrong}"));
        }

        if (Take(answer, request.Metric, reports) is { } problem) return Failed("answer", $"the answer: {problem}");
        // Where a server takes reports, the result may have come that way while we waited: the gate knows.
        if (request.ReportUrl is null && !reports.Any(r => r.Metrics.ContainsKey(request.Metric)))
            return Failed("no-metric", $"the answer has no metric '{request.Metric}', but is {OptionReader.Show(answer)}");
        return new() { Reports = reports, Outcome = new RunOutcome.Finished() };
    }

    // A report that holds any number is added; what is wrong otherwise.
    private static string? Take(JsonElement element, string metric, List<RunReport> reports)
    {
        if (RunReportJson.Read(element, out string problem) is not { } report) return problem;
        if (!report.Metrics.ContainsKey(metric) && element.TryGetProperty(metric, out JsonElement value))
            return $"the metric '{metric}' must be a number, but is {OptionReader.Show(value)}";
        if (report.Metrics.Count > 0) reports.Add(report);
        return null;
    }

    private static string Code(Reply reply) => string.Create(CultureInfo.InvariantCulture, $"http-{reply.Status}");

    private static string Wished(Reply reply) => reply.RetryAfter > Reply.LongestWait
        ? $" and wishes to be left alone for {Durations.Format(reply.RetryAfter.Value)}, longer than {Durations.Format(Reply.LongestWait)}" : "";

    private static string Cut(string text) => text.Length <= 200 ? text : text[..200] + "…";

    private static HttpAnswer Failed(string code, string message) => new() { Outcome = new RunOutcome.Failed(code, message) };

    private static HttpAnswer Lost(string code, string message) => new() { Outcome = new RunOutcome.Lost(code, message) };
}
