using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Runners.Tests;

public sealed class HttpRunnerTests
{
    private const string Secret = "s3cr3t/of the=house", Token = "token-of-the-run";

    private static readonly Space Mixed = new(
    [
        Requests.Choice("booster", "gbdt", "dart"), Requests.Float("lr", 0.1), Requests.Int("leaves", 31), Requests.Float("drop", 0.2).When("booster", "dart"),
    ]);

    // Waits between tries pass at once; the timeout of a request (30 s unless a test says otherwise) does not.
    private readonly HastyTime _time = new(t => t < TimeSpan.FromSeconds(25));
    private readonly Recorder _recorder = new();

    [Fact]
    public async Task Sends_what_a_run_needs_to_know()
    {
        await using Endpoint endpoint = await Endpoint.Start((200, """{"loss": 0.25}"""));
        RunRequest request = Request(endpoint.Url, """, "headers": {"Authorization": "Bearer ${env.SECRET}", "X-Price": "5$$", "Content-Language": "en"}""") with
        {
            Resource = 9, ReportUrl = "https://server/api/runs/s1~3/reports", ReportToken = Token, Attempt = 2,
        };
        Assert.IsType<RunOutcome.Finished>(await Run(request));

        Arrived arrived = Assert.Single(endpoint.Requests);
        Assert.Equal(("POST", "/train"), (arrived.Method, arrived.Path));
        Assert.Equal($"s1~{request.Run}~2", arrived.Headers["Idempotency-Key"]);
        Assert.Equal("Bearer " + Secret, arrived.Headers["Authorization"]);
        Assert.Equal("5$", arrived.Headers["X-Price"]);
        Assert.Equal("en", arrived.Headers["Content-Language"]);
        Assert.Equal("application/json", arrived.Headers["Content-Type"]);
        // The inactive parameter is absent.
        Assert.Equal(
            $$"""{"sweep":"s1","run":"{{request.Run}}","trial":3,"attempt":2,"params":{"booster":"gbdt","lr":0.1,"leaves":31},"pool":"search","seed":7,"metric":"loss","resource":9,"reportUrl":"https://server/api/runs/s1~3/reports","token":"token-of-the-run"}""",
            arrived.Body);
        Assert.Equal(0.25, Assert.Single(_recorder.Reports).Metrics["loss"]);
    }

    [Fact]
    public async Task Leaves_out_what_there_is_not()
    {
        await using Endpoint endpoint = await Endpoint.Start((200, """{"loss": 1}"""));
        await Run(Request(endpoint.Url));
        using var body = JsonDocument.Parse(Assert.Single(endpoint.Requests).Body);
        Assert.Equal(["sweep", "run", "trial", "attempt", "params", "pool", "seed", "metric"], body.RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData("""{"loss": 0.5, "acc": 0.9, "host": "a"}""", "-: acc=0.9 loss=0.5")]
    [InlineData("""{"step": 3, "loss": 0.5}""", "3: loss=0.5")]
    [InlineData("""{"state": "completed", "loss": NaN}""", "-: loss=NaN")]
    [InlineData("""{"reports": [{"step": 1, "loss": 3}, {"step": 2, "loss": 2}]}""", "1: loss=3 | 2: loss=2")]
    [InlineData("""{"reports": [{"step": 1, "loss": 3}], "loss": 1}""", "1: loss=3 | -: loss=1")]
    public async Task Takes_metrics_from_the_answer(string answer, string expected)
    {
        await using Endpoint endpoint = await Endpoint.Start((200, answer));
        Assert.IsType<RunOutcome.Finished>(await Run(Request(endpoint.Url)));
        Assert.Equal(expected, string.Join(" | ", _recorder.Reports.Select(r =>
            FormattableString.Invariant($"{(r.Step is { } s ? s : "-")}: ") + string.Join(" ", r.Metrics.Select(m => FormattableString.Invariant($"{m.Key}={m.Value}"))))));
    }

    [Theory]
    [InlineData(200, "Great success", "answer", "is not JSON", "Great success")]
    [InlineData(200, "", "answer", "is not JSON", "without a body")]
    [InlineData(200, "[1, 2]", "answer", "must be an object such as {\"loss\": 0.21}", "[1, 2]")]
    [InlineData(200, """{"loss": "high"}""", "answer", "the metric 'loss' must be a number", "\"high\"")]
    [InlineData(200, """{"loss": null}""", "answer", "the metric 'loss' must be a number", "null")]
    [InlineData(200, """{"step": -1, "loss": 1}""", "answer", "'step' must be a number ≥ 0", "-1")]
    [InlineData(200, """{"reports": 3}""", "answer", "'reports' must be a list", "3")]
    [InlineData(200, """{"reports": [{"loss": 1}, {"loss": "x"}]}""", "answer", "report 2 of the answer", "\"x\"")]
    [InlineData(200, """{"accuracy": 1}""", "no-metric", "no metric 'loss'", "{\"accuracy\": 1}")]
    [InlineData(200, """{"state": "failed", "message": "diverged at step 7"}""", "failed", "diverged at step 7", "diverged")]
    [InlineData(200, """{"state": "failed"}""", "failed", "and no more", "")]
    [InlineData(200, """{"state": "running"}""", "answer", "'state' can be", "\"running\"")]
    [InlineData(202, "", "no-server", "`hypercloud serve` takes later reports", "202")]
    [InlineData(204, "", "answer", "answered 204", "200 with the metrics was expected")]
    [InlineData(302, "", "http-302", "redirections are not followed", "302")]
    [InlineData(400, "lr is too large\nsecond line", "http-400", "answered 400: lr is too large\nsecond line", "")]
    [InlineData(401, "", "http-401", "answered 401, without a body", "")]
    [InlineData(404, "no \u001b[31mcolours", "http-404", "no \uFFFD[31mcolours", "")]
    public async Task Anything_else_fails_and_says_what_was_got(int status, string body, string code, string message, string got)
    {
        await using Endpoint endpoint = await Endpoint.Start((status, body));
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Request(endpoint.Url)));
        Assert.Equal(code, failed.Code);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
        Assert.Contains(got, failed.Message, StringComparison.Ordinal);
        Assert.Single(endpoint.Requests);
        Assert.Empty(_recorder.Reports);
    }

    [Fact]
    public async Task Later_reports_are_taken_where_a_server_takes_them()
    {
        await using Endpoint endpoint = await Endpoint.Start((202, "{}"));
        RunRequest request = Request(endpoint.Url, """, "lease": "7m" """) with { ReportUrl = "http://127.0.0.1:1/x", ReportToken = Token };
        Assert.Equal(TimeSpan.FromMinutes(7), Assert.IsType<RunOutcome.Detached>(await Run(request)).Lease);
    }

    [Fact]
    public async Task The_result_may_have_come_as_a_report_while_the_answer_was_awaited()
    {
        await using Endpoint endpoint = await Endpoint.Start((200, "{}"));
        Assert.IsType<RunOutcome.Finished>(await Run(Request(endpoint.Url) with { ReportUrl = "http://127.0.0.1:1/x", ReportToken = Token }));
        Assert.Empty(_recorder.Reports);
    }

    [Fact]
    public async Task A_report_answered_with_stop_ends_the_run()
    {
        await using Endpoint endpoint = await Endpoint.Start((200, """{"reports": [{"step": 1, "loss": 3}, {"step": 2, "loss": 2}]}"""));
        var recorder = new Recorder { Decide = _ => new ReportDecision(true, "hopeless") };
        Assert.IsType<RunOutcome.Stopped>(await Runner().Run(Request(endpoint.Url), recorder, default));
        Assert.Single(recorder.Reports);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(425)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Passing_faults_are_tried_again_with_the_same_key_and_then_are_nobodys_fault(int status)
    {
        await using Endpoint endpoint = await Endpoint.Start((status, "busy"));
        var lost = Assert.IsType<RunOutcome.Lost>(await Run(Request(endpoint.Url)));
        Assert.Equal(FormattableString.Invariant($"http-{status}"), lost.Code);
        Assert.Equal(FormattableString.Invariant($"the endpoint answered {status} (tried 5 times): busy"), lost.Message);
        Assert.Equal(5, endpoint.Requests.Count);
        Assert.Single(endpoint.Requests.Select(r => r.Headers["Idempotency-Key"]).Distinct());
        Assert.Equal(4, _time.Passed.Count);
    }

    [Fact]
    public async Task A_fault_that_passes_is_forgotten()
    {
        await using Endpoint endpoint = await Endpoint.Start((503, ""), (429, ""), (200, """{"loss": 4}"""));
        Assert.IsType<RunOutcome.Finished>(await Run(Request(endpoint.Url)));
        Assert.Equal(3, endpoint.Requests.Count);
        Assert.Equal(4, Assert.Single(_recorder.Reports).Metrics["loss"]);
        Assert.Contains("(answered 503)\n(trying again, 2 of 5)", _recorder.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waits_as_long_as_the_endpoint_wishes()
    {
        await using Endpoint endpoint = await Endpoint.Start(async (number, context) =>
        {
            context.Response.StatusCode = number == 1 ? 429 : 200;
            if (number == 1) context.Response.Headers.RetryAfter = "17";
            await context.Response.WriteAsync("""{"loss": 4}""");
        });
        Assert.IsType<RunOutcome.Finished>(await Run(Request(endpoint.Url)));
        Assert.Equal([TimeSpan.FromSeconds(17)], _time.Passed);
    }

    [Fact]
    public async Task Does_not_sleep_for_an_hour()
    {
        await using Endpoint endpoint = await Endpoint.Start((number, context) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        });
        var lost = Assert.IsType<RunOutcome.Lost>(await Run(Request(endpoint.Url)));
        Assert.Contains("left alone for 1h, longer than 5m", lost.Message, StringComparison.Ordinal);
        Assert.Single(endpoint.Requests);
    }

    [Fact]
    public async Task Nobody_there()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        int port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();
        var lost = Assert.IsType<RunOutcome.Lost>(await Run(Request(FormattableString.Invariant($"http://127.0.0.1:{port}/"))));
        Assert.Equal("unreachable", lost.Code);
        Assert.Contains("(tried 5 times)", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_answer_is_tried_again()
    {
        await using Endpoint endpoint = await Endpoint.Start(async (number, context) =>
        {
            if (number > 1)
            {
                await context.Response.WriteAsync("""{"loss": 4}""");
                return;
            }

            context.Response.ContentLength = 100;
            await context.Response.WriteAsync("{\"loss\":");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        Assert.IsType<RunOutcome.Finished>(await Run(Request(endpoint.Url)));
        Assert.Equal(2, endpoint.Requests.Count);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time()
    {
        await using Endpoint endpoint = await Endpoint.Start(async (_, context) => await Forever(context));
        var time = new HastyTime(t => t == TimeSpan.FromMilliseconds(300));
        var lost = Assert.IsType<RunOutcome.Lost>(await Runner(time).Run(Request(endpoint.Url, """, "timeout": "300ms" """), _recorder, default));
        Assert.Equal("no-answer", lost.Code);
        Assert.Contains("within timeout 0.3s", lost.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_whose_time_is_up()
    {
        var arrived = new TaskCompletionSource();
        await using Endpoint endpoint = await Endpoint.Start(async (_, context) => await Forever(context));
        var time = new HastyTime(t => t == TimeSpan.FromHours(1));
        var failed = Assert.IsType<RunOutcome.Failed>(await Runner(time).Run(Request(endpoint.Url) with { RunTime = TimeSpan.FromHours(1) }, _recorder, default));
        Assert.Equal(("timeout", "ran longer than runTime 1h"), (failed.Code, failed.Message));
    }

    [Fact]
    public async Task A_cancelled_run_hangs_up()
    {
        using var cancel = new CancellationTokenSource();
        var gone = new TaskCompletionSource();
        await using Endpoint endpoint = await Endpoint.Start(async (_, context) =>
        {
            context.RequestAborted.Register(() => gone.TrySetResult());
            await cancel.CancelAsync();
            await gone.Task;
        });
        Assert.IsType<RunOutcome.Cancelled>(await Runner().Run(Request(endpoint.Url), _recorder, cancel.Token));
        await gone.Task;
    }

    [Fact]
    public async Task A_run_is_cancelled_between_two_tries()
    {
        using var cancel = new CancellationTokenSource();
        await using Endpoint endpoint = await Endpoint.Start((_, context) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "200";
            cancel.CancelAfter(TimeSpan.FromMilliseconds(50));
            return Task.CompletedTask;
        });
        Assert.IsType<RunOutcome.Cancelled>(await Runner().Run(Request(endpoint.Url), _recorder, cancel.Token));
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_its_end()
    {
        await using Endpoint endpoint = await Endpoint.Start(async (_, context) =>
        {
            byte[] part = new byte[64 * 1024];
            Array.Fill(part, (byte)' ');
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(part, context.RequestAborted);
        });
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Request(endpoint.Url)));
        Assert.Contains("longer than 1 MiB", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_refusal_is_shown_by_its_beginning()
    {
        await using Endpoint endpoint = await Endpoint.Start((422, new string('x', 5_000)));
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Request(endpoint.Url)));
        Assert.EndsWith(": " + new string('x', 1_000) + "…", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirections_take_no_secret_elsewhere()
    {
        await using Endpoint other = await Endpoint.Start((200, """{"loss": 1}"""));
        await using Endpoint endpoint = await Endpoint.Start((_, context) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = other.Url;
            return Task.CompletedTask;
        });
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Request(endpoint.Url)));
        Assert.Contains(other.Url, failed.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(503)]
    [InlineData(200)]
    public async Task Secrets_are_neither_in_previews_nor_in_messages_nor_in_the_log(int status)
    {
        await using Endpoint endpoint = await Endpoint.Start(async (_, context) =>
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync($"you sent {context.Request.Headers.Authorization} and {Token} to {context.Request.QueryString}");
        });
        RunRequest request = Request(endpoint.Url + "?key=${env.SECRET}", """, "headers": {"Authorization": "Bearer ${env.SECRET}", "X-Key": "literal"}""") with { ReportToken = Token, ReportUrl = "https://server/x" };
        RunOutcome outcome = await Run(request);
        string message = outcome is RunOutcome.Failed f ? f.Message : ((RunOutcome.Lost)outcome).Message;
        Assert.Contains("Bearer ${env.SECRET} and (token)", message, StringComparison.Ordinal);
        RunPreview preview = Runner().Preview(request);
        Assert.Equal(["POST", endpoint.Url + "?key=${env.SECRET}", $"Idempotency-Key: s1~{request.Run}~1", "Authorization: (hidden)", "X-Key: (hidden)"], preview.Command.Take(5));
        Assert.Contains("\"token\":\"(hidden)\"", preview.Command[5], StringComparison.Ordinal);
        foreach (string text in (string[])[message, _recorder.Log, string.Join(' ', preview.Command), JsonSerializer.Serialize(preview.Environment)])
        {
            Assert.DoesNotContain(Secret, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Uri.EscapeDataString(Secret), text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Token, text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("MISSING", "no variable MISSING")]
    [InlineData("BROKEN", "a line break at its end")]
    public async Task A_host_without_the_secret_says_so_first(string variable, string message)
    {
        TrialSpec trial = Requests.Trial("http", $$$"""{"url": "https://x.org", "headers": {"Authorization": "${env.{{{variable}}}}"}}""");
        RunnerCheck check = await Runner().Check(Requests.Sweep(trial), "/", default);
        RunnerFinding finding = Assert.Single(check.Findings);
        Assert.True(finding.Fatal);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        var lost = Assert.IsType<RunOutcome.Lost>(await Run(Requests.Of(trial, "/")));
        Assert.Equal(("environment", finding.Message), (lost.Code, lost.Message));
    }

    [Theory]
    [InlineData("\"https://x.org\"", "", "must be a mapping")]
    [InlineData("{}", "", "http needs 'url'")]
    [InlineData("""{"url": "x.org"}""", "/url", "must be an address")]
    [InlineData("""{"url": "ftp://x.org"}""", "/url", "must be an address")]
    [InlineData("""{"url": "https://a:secret@x.org"}""", "/url", "no user and password")]
    [InlineData("""{"url": "https://x.org/#a"}""", "/url", "behind '#'")]
    [InlineData("""{"url": "https://x.org/${param.lr}"}""", "/url", "${param.lr} cannot be used here, only ${env.NAME}")]
    [InlineData("""{"url": "https://x.org/${env.A"}""", "/url", "without '}'")]
    [InlineData("""{"url": "https://x.org", "headers": {"A": "${seed}"}}""", "/headers/A", "${seed} cannot be used here")]
    [InlineData("""{"url": "https://x.org", "headers": {"A": "a\nb"}}""", "/headers/A", "printable ASCII")]
    [InlineData("""{"url": "https://x.org", "headers": {"A": 1}}""", "/headers/A", "must be a text")]
    [InlineData("""{"url": "https://x.org", "headers": {"A b": "1"}}""", "/headers/A b", "cannot be the name")]
    [InlineData("""{"url": "https://x.org", "headers": {"A": "1", "a": "2"}}""", "/headers/a", "twice")]
    [InlineData("""{"url": "https://x.org", "headers": {"Host": "y"}}""", "/headers/Host", "set by HyperCloud")]
    [InlineData("""{"url": "https://x.org", "headers": ["A"]}""", "/headers", "mapping from names")]
    [InlineData("""{"url": "https://x.org", "timeout": "0s"}""", "/timeout", "'timeout' must be from")]
    [InlineData("""{"url": "https://x.org", "lease": "1s"}""", "/lease", "'lease' must be from 10s to 1d, but got 1s")]
    [InlineData("""{"url": "https://x.org", "tiemout": "1s"}""", "/tiemout", "did you mean 'timeout'")]
    [InlineData("""{"url": "https://x.org", "body": "x"}""", "/body", "POST with a JSON body")]
    public void Options_that_cannot_work_are_refused(string options, string pointer, string message)
    {
        RunnerFinding finding = Assert.Single(Runner().Validate(Requests.Trial("http", options), Mixed));
        Assert.True(finding.Fatal);
        Assert.Equal(pointer, finding.Pointer);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_weak_is_warned_of()
    {
        TrialSpec trial = Requests.Trial("http", """{"url": "http://x.org"}""") with { WorkDir = "a" };
        RunnerFinding[] findings = [.. Runner().Validate(trial, Mixed)];
        Assert.Equal(2, findings.Length);
        Assert.All(findings, f => Assert.False(f.Fatal));
        Assert.Empty(Runner().Validate(Requests.Trial("http", """{"url": "http://127.0.0.1:8080", "timeout": "2m", "lease": "1h"}"""), Mixed));
    }

    private static async Task Forever(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        context.RequestAborted.Register(() => gone.TrySetResult());
        await gone.Task;
    }

    private HttpRunner Runner(TimeProvider? time = null) => new(time ?? _time, name => name switch { "SECRET" => Secret, "BROKEN" => "abcd\n", _ => null });

    private Task<RunOutcome> Run(RunRequest request) => Runner().Run(request, _recorder, default);

    private static RunRequest Request(string url, string more = "") => Requests.Of(Requests.Trial("http", $$"""{"url": "{{url}}"{{more}}}"""), "/", Mixed);
}
