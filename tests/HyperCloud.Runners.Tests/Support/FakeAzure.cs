using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Runners.Tests;

/// <summary>An identity whose token is known to <see cref="FakeAzure"/>.</summary>
internal sealed class FakeIdentity(string token = FakeIdentity.Token, Exception? fault = null) : TokenCredential
{
    public const string Token = "token-of-the-identity";

    public ConcurrentQueue<string> Scopes { get; } = [];

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        if (fault is not null) throw fault;
        Scopes.Enqueue(requestContext.Scopes.Single());
        return ValueTask.FromResult(new AccessToken(token, DateTimeOffset.MaxValue));
    }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>An execution of the job, with the environment of its first container.</summary>
internal sealed record Execution(string Name, string Body)
{
    public IReadOnlyDictionary<string, string> Environment => JsonNode.Parse(Body)!["containers"]![0]!["env"]!.AsArray()
        .Where(v => v!["value"] is not null).ToDictionary(v => v!["name"]!.GetValue<string>(), v => v!["value"]!.GetValue<string>());
}

/// <summary>Azure Resource Manager on this machine, with one Container Apps job.</summary>
internal sealed class FakeAzure : IAsyncDisposable
{
    public const string Subscription = "11111111-2222-3333-4444-555555555555";
    public const string Job = $"/subscriptions/{Subscription}/resourceGroups/rg-1/providers/Microsoft.App/jobs/train";

    private readonly ConcurrentDictionary<string, int> _counts = new();
    private Endpoint _endpoint = null!;

    /// <summary>The job, as it is read.</summary>
    public string Description { get; set; } = Describe("""[{"name": "main", "image": "repo/train:1"}]""");

    /// <summary>What was started.</summary>
    public ConcurrentQueue<Execution> Executions { get; } = [];

    /// <summary>Names of what was stopped.</summary>
    public ConcurrentQueue<string> Stopped { get; } = [];

    /// <summary>
    /// Called for each request before it is answered, with what it is (<c>read start list look stop operation</c>) and the how manieth of its kind; answers whether it has
    /// answered it.
    /// </summary>
    public Func<string, int, HttpContext, Task<bool>> Disturb { get; set; } = (_, _, _) => Task.FromResult(false);

    /// <summary>The status of each execution that does not run any more.</summary>
    public ConcurrentDictionary<string, string> Over { get; } = new();

    /// <summary>Called when an execution begins.</summary>
    public Action<Execution> Begun { get; set; } = _ => { };

    public Uri Url => new(_endpoint.Url.Replace("/train", "/"));

    public Arrived[] Requests => [.. _endpoint.Requests];

    /// <summary>Method and path of each request, that of the job left out.</summary>
    public IEnumerable<string> Calls => Requests.Select(r => $"{r.Method} {r.Path.Replace(Job, "")}");

    public static string Describe(string containers, string more = "", string configuration = """{"triggerType": "Manual", "replicaTimeout": 3600, "manualTriggerConfig": {"parallelism": 1, "replicaCompletionCount": 1}}""") =>
        $$"""{"id": "{{Job}}", "name": "train", "properties": {"provisioningState": "Succeeded", "configuration": {{configuration}}, "template": {"containers": {{containers}} {{more}} } } }""";

    public static async Task<FakeAzure> Start()
    {
        var azure = new FakeAzure();
        azure._endpoint = await Endpoint.Start((_, context) => azure.Answer(context));
        return azure;
    }

    /// <summary>Begins an execution.</summary>
    public Execution Begin(HttpContext context)
    {
        Execution execution;
        lock (_counts) Executions.Enqueue(execution = new Execution($"train-{Executions.Count + 1}", ((Arrived)context.Items[nameof(Arrived)]!).Body));
        Begun(execution);
        return execution;
    }

    public static async Task Say(HttpContext context, int status, string body, params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        foreach ((string name, string value) in headers) context.Response.Headers[name] = value;
        await context.Response.WriteAsync(body);
    }

    public static string Error(string code, string message) => $$$"""{"error": {"code": "{{{code}}}", "message": "{{{message}}}"}}""";

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    private async Task Answer(HttpContext context)
    {
        (string method, string path) = (context.Request.Method, context.Request.Path.Value!.Replace(Job, ""));
        string what = (method, path) switch
        {
            ("GET", "") => "read",
            ("POST", "/start") => "start",
            ("GET", "/executions") => "list",
            ("POST", _) when path.StartsWith("/executions/", StringComparison.Ordinal) && path.EndsWith("/stop", StringComparison.Ordinal) => "stop",
            ("GET", _) when path.StartsWith("/executions/", StringComparison.Ordinal) => "look",
            _ => "operation",
        };
        int number = _counts.AddOrUpdate(what, 1, (_, n) => n + 1);
        if (context.Request.Headers.Authorization != "Bearer " + FakeIdentity.Token) await Say(context, 401, Error("InvalidAuthenticationToken", "who are you?"));
        else if (await Disturb(what, number, context)) return;
        else if (context.Request.Query["api-version"] != "2024-03-01") await Say(context, 400, Error("MissingApiVersionParameter", "which version?"));
        else if (what == "read") await Say(context, 200, Description);
        else if (what == "start") await Say(context, 200, Named(Begin(context).Name));
        else if (what == "list") await Say(context, 200, List(Executions));
        else if (what == "look" && Executions.Any(e => path == $"/executions/{e.Name}"))
            await Say(context, 200, $$"""{"name": "{{path.Split('/')[2]}}", "properties": {"status": "{{Over.GetValueOrDefault(path.Split('/')[2], "Running")}}"} }""");
        else if (what == "stop" && Executions.Any(e => path == $"/executions/{e.Name}/stop"))
        {
            Stopped.Enqueue(path.Split('/')[2]);
            await Say(context, 202, "");
        }
        else await Say(context, 404, Error("ResourceNotFound", "there is no such thing"));
    }

    /// <summary>The answer to a start.</summary>
    public static string Named(string execution) => $$"""{"name": "{{execution}}", "id": "{{Job}}/executions/{{execution}}"}""";

    /// <summary>The answer to a list of executions.</summary>
    public static string List(IEnumerable<Execution> executions, string? next = null)
    {
        var value = new JsonArray([.. executions.Select(e => (JsonNode)new JsonObject
        {
            ["name"] = e.Name,
            ["properties"] = new JsonObject { ["status"] = "Running", ["template"] = JsonNode.Parse(e.Body) },
        })]);
        var list = new JsonObject { ["value"] = value };
        if (next is not null) list["nextLink"] = next;
        return JsonSerializer.Serialize(list);
    }
}
