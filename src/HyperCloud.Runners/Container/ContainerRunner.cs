using System.Globalization;
using System.Text.Json;
using Azure.Core;
using HyperCloud.Core;
using HyperCloud.Sweeps;
using Polly;

namespace HyperCloud.Runners;

/// <summary>
/// Starts an execution of a Container Apps job for each run (docs/spec.md, "container"), and leaves it to itself: it reports, or is found lost by
/// its lease. Options: <see cref="ContainerOptions"/>.
/// </summary>
/// <remarks>
/// A start is not idempotent. One whose answer was lost is looked for among the job's executions, by the token of the attempt in its
/// environment, before it is made again. What is started nevertheless and never found can do no harm: its token is good for its attempt alone.
/// </remarks>
internal sealed class ContainerRunner : IRunner, IDisposable
{
    /// <summary>The variable that holds the address of Azure Resource Manager in other clouds than the public one.</summary>
    public const string EndpointVariable = "HYPERCLOUD_ARM_ENDPOINT";

    private const string Hidden = "(hidden)", Version = "?api-version=" + ResourceManager.ApiVersion;

    /// <summary>Pages of a job's executions that are looked through.</summary>
    private const int MostPages = 10;

    /// <summary>Looks at a start that was accepted but not made yet.</summary>
    private const int MostLooks = 10;

    // Ending is a courtesy: the token of what goes on is void, so nobody waits for long.
    private static readonly TimeSpan EndingTime = TimeSpan.FromSeconds(20), LookAgain = TimeSpan.FromSeconds(3);

    private readonly TimeProvider _time;
    private readonly Func<string, string?> _environment;
    private readonly Uri? _endpoint;
    private readonly ResiliencePipeline<Reply> _patience;
    private readonly HttpClient _client;
    private readonly ResourceManager _azure;

    /// <summary>Makes the runner.</summary>
    /// <param name="time">The clock of timeouts and of pauses between tries.</param>
    /// <param name="credential">This host's identity; default: <c>DefaultAzureCredential</c>.</param>
    /// <param name="endpoint">The address of Azure Resource Manager; default: what the environment says, else that of the public cloud.</param>
    /// <param name="environment">Value of a variable of the host's environment; default: this process'.</param>
    public ContainerRunner(TimeProvider time, TokenCredential? credential = null, Uri? endpoint = null, Func<string, string?>? environment = null)
    {
        _time = time;
        _endpoint = endpoint;
        _environment = environment ?? Environment.GetEnvironmentVariable;
        _patience = Patience.Create(time);
        _client = new HttpClient(new SocketsHttpHandler
        {
            // The token is for one address.
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        { Timeout = Timeout.InfiniteTimeSpan }; // Ours are per request, and by our clock.
        _azure = new ResourceManager(time, credential, _client);
    }

    /// <inheritdoc/>
    public string Kind => "container";

    /// <inheritdoc/>
    public bool HasHoldout(TrialSpec trial) => false; // Which data a container reads is its own affair: the spec says it.

    /// <inheritdoc/>
    public bool KeepsCheckpoints(TrialSpec trial) => true; // Whether it does, on a share or in a store of its own, is the user's word: mode: pause.

    /// <inheritdoc/>
    public bool MayDetach => true;

    /// <inheritdoc/>
    public bool AlwaysDetaches => true;

    /// <inheritdoc/>
    public TimeSpan? LookEvery { get; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async ValueTask<RunOutcome?> Look(string handle, CancellationToken cancellation)
    {
        if (!JobId.TryParseExecution(handle, out JobId? job, out string? execution) || Endpoint(out _) is not { } endpoint) return null;
        Reply reply;
        try
        {
            // Once: there is another look in a minute, and the lease.
            reply = await _azure.Send(endpoint, HttpMethod.Get, job.Execution(execution) + Version, null, cancellation);
        }
        catch (NoIdentityException)
        {
            return null;
        }

        if (reply.Status != 200) return null;
        using JsonDocument? body = Json(reply);
        return (body is null ? null : Text(Get(body.RootElement, "properties"), "status")) switch
        {
            "Succeeded" => new RunOutcome.Finished(),
            // Why it failed is not said: the program, its image, or the machine below it. So it is tried again, as when its lease ends.
            "Failed" => new RunOutcome.Lost("execution-failed", $"Azure says that the execution {execution} failed, and nothing was heard of why"),
            "Stopped" => new RunOutcome.Lost("execution-stopped", $"the execution {execution} was stopped, by somebody else or by its job's replicaTimeout"),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => ContainerOptions.Read(trial, space).Findings;

    /// <inheritdoc/>
    public async ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation)
    {
        var options = ContainerOptions.Read(spec.Trial!, spec.Space);
        List<RunnerFinding> findings = [.. options.Findings];
        if (!options.AreUnusable) await CheckJob(spec, options, findings, cancellation);
        return new RunnerCheck([.. findings], []);
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return new RunOutcome.Cancelled();
        var options = ContainerOptions.Read(request.Trial, request.Assignment.Space);
        if (options.AreUnusable) return new RunOutcome.Failed("start", string.Join("; ", options.Findings.Where(f => f.Fatal).Select(f => f.Message)));
        // Another host may have what this one lacks.
        if (options.Job(_environment, out string problem) is not { } job || Endpoint(out problem) is not { } endpoint) return new RunOutcome.Lost("environment", problem);
        if (NoServer(request, endpoint) is { } noServer) return new RunOutcome.Failed("no-server", noServer);
        var discretion = new Discretion();
        discretion.Keep(request.ReportToken, "(token)");
        var start = new Start(job, endpoint, request.ReportToken!);
        RunOutcome outcome;
        try
        {
            outcome = await Begin(start, options, request, reporter, discretion, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            outcome = new RunOutcome.Cancelled();
        }
        catch (NoIdentityException e)
        {
            outcome = new RunOutcome.Lost("identity", e.Message);
        }

        if (outcome is RunOutcome.Detached detached && cancellation.IsCancellationRequested)
        {
            start.Execution ??= detached.Handle;
            outcome = new RunOutcome.Cancelled();
        }

        if (outcome is RunOutcome.Cancelled && start.MayGoOn) await Withdraw(start);
        return outcome switch
        {
            RunOutcome.Failed failed => failed with { Message = discretion.Hide(failed.Message) },
            RunOutcome.Lost lost => lost with { Message = discretion.Hide(lost.Message) },
            var other => other,
        };
    }

    /// <inheritdoc/>
    public RunPreview Preview(RunRequest request)
    {
        var options = ContainerOptions.Read(request.Trial, request.Assignment.Space);
        RunRequest shown = request with { ReportToken = request.ReportToken is null ? null : Hidden };
        string path = (options.AreUnusable ? null : options.Job(_environment, out _))?.Path ?? $"…/providers/Microsoft.App/jobs/{options.JobSource}";
        return new RunPreview(
            ["POST", (Endpoint(out _)?.GetLeftPart(UriPartial.Authority) ?? "") + path + "/start" + Version, StartRequest.Write(StartRequest.Preview(options, shown))],
            request.BaseDirectory, StartRequest.Environment(options, shown));
    }

    /// <inheritdoc/>
    public async ValueTask End(string handle, CancellationToken cancellation)
    {
        if (!JobId.TryParseExecution(handle, out JobId? job, out string? execution) || Endpoint(out _) is not { } endpoint) return;
        using var limit = new CancellationTokenSource(EndingTime, _time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            // Whatever the answer is: gone already, or not to be ended, in which case its void token ends it with its next report.
            await _patience.ExecuteAsync(token => _azure.Send(endpoint, HttpMethod.Post, job.Execution(execution) + "/stop" + Version, null, token), ending.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Azure is not to be had now.
        }
        catch (NoIdentityException)
        {
            // This host could not have started it, either.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async ValueTask CheckJob(SweepSpec spec, ContainerOptions options, List<RunnerFinding> findings, CancellationToken cancellation)
    {
        if (options.Job(_environment, out string problem) is not { } job || Endpoint(out problem) is not { } endpoint)
        {
            findings.Add(new(true, "", problem));
            return;
        }

        Reply reply;
        try
        {
            reply = await _azure.Send(endpoint, HttpMethod.Get, job.Path + Version, null, cancellation);
        }
        catch (NoIdentityException e)
        {
            findings.Add(new(false, "/job", $"the job could not be looked at: {e.Message}"));
            return;
        }

        if (reply.Status != 200 || Json(reply) is not { } read)
        {
            // Who checks may not be who starts: only what nobody could start is fatal.
            findings.Add(new(reply.Status == 404, "/job", reply.Status == 404 ? Missing(job, reply) : $"the job could not be looked at: {Tell(reply, job, "read", 1)}"));
            return;
        }

        using JsonDocument document = read;
        if (StartRequest.Chosen(document.RootElement, options, out problem) is null) findings.Add(new(true, options.Container is null ? "/job" : "/container", problem));
        findings.AddRange(StartRequest.Weaknesses(document.RootElement, spec.Limits.RunTime).Select(w => new RunnerFinding(false, "/job", w)));
    }

    // Reads the job and starts it.
    private async ValueTask<RunOutcome> Begin(
        Start start, ContainerOptions options, RunRequest request, IRunReporter reporter, Discretion discretion, CancellationToken cancellation)
    {
        int tries = 0;
        Reply got = await _patience.ExecuteAsync(token => Try(HttpMethod.Get, start.Job.Path + Version, null, token), cancellation);
        if (got.Status != 200) return Refused(got, start.Job, "read", tries);
        if (Json(got) is not { } read) return new RunOutcome.Lost("answer", $"Azure did not answer with a job{got.Excerpt}");
        using JsonDocument document = read;
        if (StartRequest.Build(document.RootElement, options, request, out string problem) is not { } template) return new RunOutcome.Failed("container", problem);
        string body = StartRequest.Write(template);

        tries = 0;
        Reply reply = await _patience.ExecuteAsync(async token =>
        {
            if (start.IsUnsure)
            {
                (start.Execution, Reply looked) = await Find(start, token);
                if (start.Execution is not null) return new Reply(200);
                if (looked.IsPassing) return looked; // Not before it is known that there is none.
            }

            start.MayGoOn = true; // Until there is an answer that says otherwise.
            Reply r = await Try(HttpMethod.Post, start.Job.Path + "/start" + Version, body, token);
            start.IsUnsure |= r.Fault is not null || r.IsLate || r.Status is 408 or >= 500;
            if (!start.IsUnsure && r.Status is not (200 or 202)) start.MayGoOn = false;
            return r;
        }, cancellation);
        if (start.Execution is null && reply.Status is 200 or 202) start.Execution = Name(reply, start.Job);
        if (start.Execution is null && reply.Status == 202 && await Await(start, reply, cancellation) is { } refused) return refused;
        if (start.Execution is null && start.MayGoOn) (start.Execution, _) = await Find(start, cancellation);
        // Accepted, but without a name: it goes on, and can only be told to end when it reports.
        return start.Execution is not null || reply.Status is 200 or 202
            ? new RunOutcome.Detached(options.Lease, start.Execution) : Refused(reply, start.Job, "start", tries);

        async ValueTask<Reply> Try(HttpMethod method, string path, string? content, CancellationToken token)
        {
            if (tries++ > 0) reporter.Log(string.Create(CultureInfo.InvariantCulture, $"(trying again, {tries} of {Patience.MostTries})"));
            Reply r = await _azure.Send(start.Endpoint, method, path, content, token);
            if (r.IsPassing) reporter.Log(discretion.Hide($"({(r.Fault is { } fault ? $"no answer: {fault}" : $"answered {r.Status}")})"));
            return r;
        }
    }

    // A start that was accepted but not made yet: Location says where the answer will be. Null: it was made, or will be.
    private async ValueTask<RunOutcome?> Await(Start start, Reply accepted, CancellationToken cancellation)
    {
        string? location = accepted.Location;
        TimeSpan? wait = accepted.RetryAfter;
        // What points elsewhere gets no token.
        for (int look = 0; look < MostLooks && location is not null && ResourceManager.Within(start.Endpoint, location) is not null; look++)
        {
            // Azure says when to look again, and tells nobody that it is ready.
            await Task.Delay(wait is { } asked && asked <= Reply.LongestWait ? asked : LookAgain, _time, cancellation);
            string at = location;
            Reply reply = await _patience.ExecuteAsync(token => _azure.Send(start.Endpoint, HttpMethod.Get, at, null, token), cancellation);
            if (reply.Status is 200 or 201) start.Execution = Name(reply, start.Job);
            if (reply.Status is 400 or 409 or 422)
            {
                start.MayGoOn = false;
                return Refused(reply, start.Job, "start", 1);
            }

            if (reply.Status != 202) return null;
            (location, wait) = (reply.Location ?? location, reply.RetryAfter);
        }

        return null;
    }

    // The execution that has the attempt's token in its environment, null when none is found; and the last answer.
    private async ValueTask<(string? Execution, Reply Reply)> Find(Start start, CancellationToken cancellation)
    {
        string? target = start.Job.Path + "/executions" + Version;
        for (int page = 1; ; page++)
        {
            Reply reply = await _azure.Send(start.Endpoint, HttpMethod.Get, target, null, cancellation);
            if (reply.Status != 200 || Json(reply) is not { } read) return (null, reply);
            using JsonDocument document = read;
            if (List(document.RootElement, "value").FirstOrDefault(e => Bears(e, start.Token)) is { ValueKind: JsonValueKind.Object } execution) return (Name(execution, start.Job), reply);
            target = Text(document.RootElement, "nextLink");
            if (target is null || page == MostPages || ResourceManager.Within(start.Endpoint, target) is null) return (null, reply);
        }
    }

    private async ValueTask Withdraw(Start start)
    {
        using var limit = new CancellationTokenSource(EndingTime, _time);
        try
        {
            if ((start.Execution ?? (await Find(start, limit.Token)).Execution) is { } execution) await End(execution, limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or NoIdentityException)
        {
            // Its token is void, so it ends with its first report.
        }
    }

    // Why nobody would hear of the run; null when somebody would.
    private static string? NoServer(RunRequest request, Uri endpoint) =>
        request.ReportUrl is null || request.ReportToken is null
            ? "a container reports over HTTP, but nobody takes reports here: `hypercloud serve` does, with --public-url for containers in Azure; `hypercloud run` does not"
        : !endpoint.IsLoopback && new Uri(request.ReportUrl).IsLoopback
            ? $"a container in Azure cannot report to {new Uri(request.ReportUrl).GetLeftPart(UriPartial.Authority)}, which is this machine alone: give `hypercloud serve` the address at which it can be reached with --public-url"
        : null;

    private static RunOutcome Refused(Reply reply, JobId job, string verb, int tries)
    {
        string code = reply.Status == 0 ? reply.IsLate ? "no-answer" : "unreachable" : string.Create(CultureInfo.InvariantCulture, $"http-{reply.Status}");
        string message = reply.Status == 404 ? Missing(job, reply) : Tell(reply, job, verb, tries);
        // A conflict is about the state the job is in now, and not the run's fault.
        return reply.Status is 0 or 408 or 409 or 425 or 429 or >= 500 ? new RunOutcome.Lost(code, message) : new RunOutcome.Failed(code, message);
    }

    private static string Missing(JobId job, Reply reply) => $"there is no Container Apps job {job}, or no such resource group or subscription{Said(reply)}";

    private static string Tell(Reply reply, JobId job, string verb, int tries)
    {
        string often = tries <= 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" (tried {tries} times)");
        return reply switch
        {
            { IsLate: true } => $"Azure did not answer within {Durations.Format(ResourceManager.Timeout)}",
            { Fault: { } fault } => $"Azure could not be reached{often}: {fault}",
            { Status: 401 } => $"Azure did not take the token of this host's identity (401); is the identity of the tenant that the subscription belongs to?{Said(reply)}",
            { Status: 403 } => $"the identity of this host may not {verb} the job {job}: give it the role 'Container Apps Jobs Operator' on the job{Said(reply)}",
            { Status: 400 } => $"Azure refused to {verb} the job {job}; look at image, command, args, cpu and memory{Said(reply)}",
            _ => $"Azure answered {reply.Status} to the request to {verb} the job {job}{often}{Said(reply)}",
        };
    }

    // What Azure says of an error, else the beginning of the body.
    private static string Said(Reply reply)
    {
        using JsonDocument? body = Json(reply);
        return body is not null && Text(Get(body.RootElement, "error"), "message") is { Length: > 0 } message
            ? new Reply(reply.Status, $"{Text(Get(body.RootElement, "error"), "code") ?? "error"}: {message}").Excerpt : reply.Excerpt;
    }

    private Uri? Endpoint(out string problem)
    {
        problem = "";
        if (_endpoint is not null) return _endpoint;
        Uri? endpoint = ResourceManager.Endpoint(_environment(EndpointVariable) is { Length: > 0 } text ? text : ResourceManager.PublicEndpoint, out string wrong);
        if (endpoint is null) problem = $"{EndpointVariable} on this host {wrong}";
        return endpoint;
    }

    private static string? Name(Reply reply, JobId job)
    {
        using JsonDocument? body = Json(reply);
        return body is null ? null : Name(body.RootElement, job);
    }

    // The resource id of an execution, by its name: how the id is spelled in an answer does not matter then.
    private static string? Name(JsonElement execution, JobId job)
    {
        string? name = Text(execution, "name") ?? Text(execution, "id")?.Split('/')[^1];
        return name is not null && JobId.IsName(name) ? job.Execution(name) : null;
    }

    private static bool Bears(JsonElement execution, string token) =>
        List(Get(Get(execution, "properties"), "template"), "containers").SelectMany(c => List(c, "env"))
            .Any(v => Text(v, "name") == RunEnvironment.ReportToken && Text(v, "value") == token);

    private static IEnumerable<JsonElement> List(JsonElement of, string name) => Get(of, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    private static string? Text(JsonElement of, string name) => Get(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement Get(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) ? value : default;

    private static JsonDocument? Json(Reply reply)
    {
        try
        {
            return reply.IsCut ? null : JsonDocument.Parse(reply.Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // How far a start has come.
    private sealed class Start(JobId job, Uri endpoint, string token)
    {
        public JobId Job => job;

        public Uri Endpoint => endpoint;

        public string Token => token;

        /// <summary>A request was answered in a way that leaves open whether it did anything.</summary>
        public bool IsUnsure { get; set; }

        /// <summary>There may be an execution.</summary>
        public bool MayGoOn { get; set; }

        /// <summary>Its resource id, once it is known.</summary>
        public string? Execution { get; set; }
    }
}
