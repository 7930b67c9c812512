using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Runners.Tests;

/// <summary>The worker of the examples, against a server that says what the real one does.</summary>
public sealed class WorkerTests
{
    [Fact]
    public async Task Asks_reports_obeys_and_ends()
    {
        Assert.SkipWhen(ProgramPath.Find("python3", "/", Environment.GetEnvironmentVariable("PATH"), out string problem) is null, problem);
        int asked = 0;
        Endpoint? server = null;
        server = await Endpoint.Start(async (_, context) =>
        {
            Arrived arrived = server!.Requests.Last();
            string run = $$"""
                "trial": 0, "pool": "search", "seed": 5, "metric": "loss", "attempt": 1, "lease": "5m", "token": "t{{asked + 1}}", "reportUrl": "{{server.Url.Replace("/train", "")}}/api/runs/r{{asked + 1}}/reports"
                """;
            if (arrived.Path.EndsWith("/ask", StringComparison.Ordinal))
            {
                asked++;
                await context.Response.WriteAsync(asked switch
                {
                    1 => """{"runs": [{"id": "s~a", "run": "a", "params": {"learning_rate": 0.01, "momentum": 0.8}, "resource": 3, """ + run + "}], \"done\": false, \"reason\": \"\"}",
                    2 => """{"runs": [], "done": false, "reason": "wait", "retryAfter": 0.01}""",
                    3 => """{"runs": [{"id": "s~b", "run": "b", "params": {"learning_rate": 0.01, "momentum": 0.8}, """ + run + "}], \"done\": false, \"reason\": \"\"}",
                    4 => """{"runs": [{"id": "s~c", "run": "c", "params": {"momentum": 0.8}, """ + run + "}], \"done\": false, \"reason\": \"\"}",
                    5 => """{"runs": [{"id": "s~d", "run": "d", "params": {"learning_rate": 0.01, "momentum": 0.8}, """ + run + "}], \"done\": false, \"reason\": \"\"}",
                    _ => """{"runs": [], "done": true, "reason": "the sweep is finished"}""",
                });
                return;
            }

            if (asked == 5) context.Response.StatusCode = 409;
            await context.Response.WriteAsync(asked == 3 && arrived.Body.Contains("\"step\": 2", StringComparison.Ordinal)
                ? """{"decision": "stop", "reason": "hopeless"}""" : """{"decision": "continue", "reason": ""}""");
        });
        await using (server)
        {
            using Process worker = Process.Start(new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "examples/worker.py"), server.Url.Replace("/train", "/"), "s"])
            {
                RedirectStandardError = true,
                Environment = { ["HYPERCLOUD_KEY"] = "key" },
            })!;
            string errors = await worker.StandardError.ReadToEndAsync();
            await worker.WaitForExitAsync();
            Assert.Equal("", errors);
            Assert.Equal(0, worker.ExitCode);
        }

        Arrived[] all = [.. server.Requests];
        Assert.All(all.Where(r => r.Path.EndsWith("/ask", StringComparison.Ordinal)), r => Assert.Equal(("/api/sweeps/s/ask", "Bearer key"), (r.Path, r.Headers["Authorization"])));
        Assert.Equal(["step 1", "step 2", "step 3", "completed"], Said("r1", "t1"));
        Assert.Equal(["step 1", "step 2", "completed"], Said("r3", "t3"));
        Assert.Equal(["failed KeyError('learning_rate')"], Said("r4", "t4"));
        Assert.Equal(["step 1"], Said("r5", "t5")); // answered with 409: over

        string[] Said(string run, string token) => [.. all.Where(r => r.Path == $"/api/runs/{run}/reports").Select(r =>
        {
            Assert.Equal("Bearer " + token, r.Headers["Authorization"]);
            using var body = JsonDocument.Parse(r.Body);
            return body.RootElement.TryGetProperty("step", out JsonElement step) ? $"step {step}"
                : body.RootElement.GetProperty("state").GetString() + (body.RootElement.TryGetProperty("message", out JsonElement m) ? " " + m.GetString() : "");
        })];
    }
}
