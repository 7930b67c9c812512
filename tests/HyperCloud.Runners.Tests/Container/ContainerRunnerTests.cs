using System.Text.Json;
using Azure.Identity;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class ContainerRunnerTests
{
    private const string Token = "token-of-the-run", ReportUrl = "http://127.0.0.1:9/api/runs/s1~3-search-0/reports";

    private static readonly Space Mixed = new(
    [
        Requests.Choice("booster", "gbdt", "dart"), Requests.Float("lr", 0.1), Requests.Int("leaves", 31), Requests.Float("drop", 0.2).When("booster", "dart"),
    ]);

    // Pauses between tries pass at once; the timeout of a request (30 s) and the time for ending (20 s) do not.
    private readonly HastyTime _time = new(t => t < TimeSpan.FromSeconds(15));
    private readonly Recorder _recorder = new();
    private readonly FakeIdentity _identity = new();

    private static RunRequest Request(string more = "", string job = FakeAzure.Job) =>
        Requests.Of(Requests.Trial("container", $$"""{"job": "{{job}}"{{more}}}"""), "/", Mixed) with { ReportUrl = ReportUrl, ReportToken = Token };

    private ContainerRunner Runner(FakeAzure azure, params (string Name, string Value)[] environment) =>
        new(_time, _identity, azure.Url, name => environment.FirstOrDefault(v => v.Name == name).Value);

    private Task<RunOutcome> Run(FakeAzure azure, RunRequest? request = null, CancellationToken cancellation = default) => Runner(azure).Run(request ?? Request(), _recorder, cancellation);

    private static string Handle(string execution = "train-1") => $"{FakeAzure.Job}/executions/{execution}";

    [Fact]
    public async Task Starts_the_job_with_its_own_template_and_the_environment_of_the_run()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Description = FakeAzure.Describe(
            """
            [{"name": "main", "image": "repo/train:1", "command": ["python3"], "args": ["train.py"], "imageType": "ContainerImage",
              "env": [{"name": "KEY", "secretRef": "key"}, {"name": "MODE", "value": "fast"}, {"name": "HYPERCLOUD_SEED", "value": "1"}, {"name": "HYPERCLOUD_PARAM_OLD", "value": "1"}],
              "resources": {"cpu": 0.5, "memory": "1Gi", "ephemeralStorage": "2Gi"}, "volumeMounts": [{"volumeName": "v", "mountPath": "/v"}], "probes": []},
             {"name": "side", "image": "repo/side:2"}]
            """, """, "initContainers": [{"name": "init", "image": "repo/init:3", "args": ["-v"]}], "volumes": [{"name": "v"}]""");
        var detached = Assert.IsType<RunOutcome.Detached>(await Run(azure, Request() with { Resource = 9, Attempt = 2 }));
        Assert.Equal((TimeSpan.FromMinutes(10), Handle()), (detached.Lease, detached.Handle));
        Assert.Equal(["GET ", "POST /start"], azure.Calls);
        Assert.All(azure.Requests, r => Assert.Equal("Bearer " + FakeIdentity.Token, r.Headers["Authorization"]));
        Assert.All(_identity.Scopes, s => Assert.Equal(azure.Url + ".default", s));
        Assert.Equal("application/json", azure.Requests[1].Headers["Content-Type"]);
        string env = string.Join(",", new (string, string)[]
        {
            ("HYPERCLOUD_ATTEMPT", "2"), ("HYPERCLOUD_PARAMS", """{\"booster\":\"gbdt\",\"lr\":0.1,\"leaves\":31}"""), ("HYPERCLOUD_PARAM_BOOSTER", "gbdt"),
            ("HYPERCLOUD_PARAM_LEAVES", "31"), ("HYPERCLOUD_PARAM_LR", "0.1"), ("HYPERCLOUD_POOL", "search"), ("HYPERCLOUD_REPORT_TOKEN", Token), ("HYPERCLOUD_REPORT_URL", ReportUrl),
            ("HYPERCLOUD_RESOURCE", "9"), ("HYPERCLOUD_RUN", "3-search-0"), ("HYPERCLOUD_SEED", "7"), ("HYPERCLOUD_SLOT", "0"), ("HYPERCLOUD_SWEEP", "s1"), ("HYPERCLOUD_TRIAL", "3"), ("PYTHONUNBUFFERED", "1"),
        }.Select(v => $$"""{"name":"{{v.Item1}}","value":"{{v.Item2}}"}"""));
        Assert.Equal(
            """{"containers":[{"name":"main","image":"repo/train:1","command":["python3"],"args":["train.py"],"env":[{"name":"KEY","secretRef":"key"},{"name":"MODE","value":"fast"},""" + env
            + """],"resources":{"cpu":0.5,"memory":"1Gi"}},{"name":"side","image":"repo/side:2"}],"initContainers":[{"name":"init","image":"repo/init:3","args":["-v"]}]}""",
            azure.Requests[1].Body);
    }

    [Fact]
    public async Task Overrides_what_the_spec_says_of_the_container_it_names()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Description = FakeAzure.Describe("""[{"name": "side", "image": "repo/side:2"}, {"name": "main", "image": "repo/train:1", "args": ["old"], "env": [{"name": "MODE", "value": "fast"}]}]""");
        RunRequest request = Request(""", "container": "main", "image": "repo/train:${param.booster}", "command": ["python3", "train.py"], "args": ["--seed=${seed}", "--drop=${param.drop}", "${args}"], "env": {"MODE": "slow", "THREADS": 2, "LR": "${param.lr}"}, "cpu": 2, "memory": "4Gi", "lease": "1h" """);
        request = request with { Trial = request.Trial with { Env = request.Trial.Env.Add("SHARED", "all") } };
        Assert.Equal(TimeSpan.FromHours(1), Assert.IsType<RunOutcome.Detached>(await Run(azure, request)).Lease);
        using var body = JsonDocument.Parse(azure.Requests[1].Body);
        JsonElement[] containers = [.. body.RootElement.GetProperty("containers").EnumerateArray()];
        Assert.Equal("""{"name":"side","image":"repo/side:2"}""", containers[0].GetRawText());
        Assert.Equal("repo/train:gbdt", containers[1].GetProperty("image").GetString());
        Assert.Equal("""["python3","train.py"]""", containers[1].GetProperty("command").GetRawText());
        // booster and lr are named elsewhere, and drop is inactive.
        Assert.Equal("""["--seed=7","--leaves=31"]""", containers[1].GetProperty("args").GetRawText());
        Assert.Equal("""{"cpu":2,"memory":"4Gi"}""", containers[1].GetProperty("resources").GetRawText());
        Dictionary<string, string> env = containers[1].GetProperty("env").EnumerateArray().ToDictionary(v => v.GetProperty("name").GetString()!, v => v.GetProperty("value").GetString()!);
        Assert.Equal(("slow", "2", "0.1", "all"), (env["MODE"], env["THREADS"], env["LR"], env["SHARED"]));
    }

    [Fact]
    public async Task A_start_that_is_accepted_first_and_made_later()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, number, context) =>
        {
            string location = azure.Url + "subscriptions/operations/1?api-version=x";
            if (what == "start") await FakeAzure.Say(context, 202, "", ("Location", location), ("Retry-After", "7"));
            else if (what == "operation" && number < 3) await FakeAzure.Say(context, 202, "", ("Location", location));
            else if (what == "operation") await FakeAzure.Say(context, 200, FakeAzure.Named("train-9"));
            return what is "start" or "operation";
        };
        Assert.Equal(Handle("train-9"), Assert.IsType<RunOutcome.Detached>(await Run(azure)).Handle);
        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)], _time.Passed);
        Assert.DoesNotContain("GET /executions", azure.Calls);
    }

    [Fact]
    public async Task A_start_that_is_accepted_with_its_name()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what == "start") await FakeAzure.Say(context, 202, FakeAzure.Named("train-9"), ("Location", azure.Url + "operations/1"));
            return what == "start";
        };
        Assert.Equal(Handle("train-9"), Assert.IsType<RunOutcome.Detached>(await Run(azure)).Handle);
        Assert.Equal(["GET ", "POST /start"], azure.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_location_elsewhere_gets_no_token_and_the_execution_is_looked_for(bool isThere)
    {
        await using FakeAzure azure = await FakeAzure.Start();
        await using FakeAzure elsewhere = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what != "start") return false;
            if (isThere) azure.Begin(context);
            await FakeAzure.Say(context, 202, "", ("Location", elsewhere.Url + "operations/1"));
            return true;
        };
        // One that cannot be found goes on all the same, but can be told to end by its reports alone.
        Assert.Equal(isThere ? Handle() : null, Assert.IsType<RunOutcome.Detached>(await Run(azure)).Handle);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_start_that_fails_after_it_was_accepted()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what == "start") await FakeAzure.Say(context, 202, "", ("Location", azure.Url + "operations/1"));
            else if (what == "operation") await FakeAzure.Say(context, 400, FakeAzure.Error("InvalidImage", "no such image"));
            return what is "start" or "operation";
        };
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(azure));
        Assert.Contains("InvalidImage: no such image", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Throttling_is_waited_for_as_long_as_azure_wishes()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, number, context) =>
        {
            bool busy = (what == "start" && number <= 2) || (what == "read" && number == 1);
            if (busy) await FakeAzure.Say(context, 429, FakeAzure.Error("TooManyRequests", "slowly"), ("Retry-After", what == "read" ? "11" : "13"));
            return busy;
        };
        Assert.IsType<RunOutcome.Detached>(await Run(azure));
        Assert.Equal([TimeSpan.FromSeconds(11), TimeSpan.FromSeconds(13), TimeSpan.FromSeconds(13)], _time.Passed);
        // What was throttled was not begun: nobody looks for it.
        Assert.Equal(["GET ", "GET ", "POST /start", "POST /start", "POST /start"], azure.Calls);
        Assert.Contains("(answered 429)\n(trying again, 2 of 5)", _recorder.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("read", 429)]
    [InlineData("read", 503)]
    [InlineData("start", 429)]
    [InlineData("start", 500)]
    public async Task What_does_not_pass_is_nobodys_fault(string which, int status)
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what == which) await FakeAzure.Say(context, status, FakeAzure.Error("Busy", "later"));
            return what == which;
        };
        var lost = Assert.IsType<RunOutcome.Lost>(await Run(azure));
        Assert.Equal(FormattableString.Invariant($"http-{status}"), lost.Code);
        Assert.Equal(FormattableString.Invariant($"Azure answered {status} to the request to {which} the job 'train' in resource group 'rg-1' of subscription {FakeAzure.Subscription} (tried 5 times): Busy: later"), lost.Message);
        Assert.Empty(azure.Executions);
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_found_again()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, number, context) =>
        {
            if (what == "list" && number == 1)
            {
                await FakeAzure.Say(context, 503, ""); // and is not begun twice because nobody can say whether it was begun
                return true;
            }

            if (what == "list" && !context.Request.Query.ContainsKey("page"))
            {
                await FakeAzure.Say(context, 200, FakeAzure.List([new("train-0", """{"containers":[{"env":[{"name":"HYPERCLOUD_REPORT_TOKEN","value":"another"}]}]}""")], azure.Url + FakeAzure.Job[1..] + "/executions?api-version=2024-03-01&page=2"));
                return true;
            }

            if (what != "start") return false;
            azure.Begin(context);
            context.Abort();
            return true;
        };
        Assert.Equal(Handle(), Assert.IsType<RunOutcome.Detached>(await Run(azure)).Handle);
        Assert.Single(azure.Executions);
        Assert.Equal(["GET ", "POST /start", "GET /executions", "GET /executions", "GET /executions"], azure.Calls);
    }

    [Fact]
    public async Task A_start_that_was_lost_with_its_answer_is_made_again()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = (what, number, context) =>
        {
            if (what != "start" || number > 1) return Task.FromResult(false);
            context.Abort();
            return Task.FromResult(true);
        };
        Assert.Equal(Handle(), Assert.IsType<RunOutcome.Detached>(await Run(azure)).Handle);
        Assert.Equal(["GET ", "POST /start", "GET /executions", "POST /start"], azure.Calls);
    }

    [Theory]
    [InlineData("read", 403, "http-403", "may not read the job 'train'", "the role 'Container Apps Jobs Operator' on the job: Denied: no")]
    [InlineData("start", 403, "http-403", "may not start the job 'train'", "the role 'Container Apps Jobs Operator' on the job: Denied: no")]
    [InlineData("read", 404, "http-404", "there is no Container Apps job 'train' in resource group 'rg-1'", "Denied: no")]
    [InlineData("start", 400, "http-400", "refused to start the job", "look at image, command, args, cpu and memory: Denied: no")]
    [InlineData("read", 401, "http-401", "did not take the token", "tenant")]
    public async Task A_refusal_says_what_to_do(string which, int status, string code, string message, string more)
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what == which) await FakeAzure.Say(context, status, FakeAzure.Error("Denied", "no"));
            return what == which;
        };
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(azure));
        Assert.Equal(code, failed.Code);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
        Assert.Contains(more, failed.Message, StringComparison.Ordinal);
        Assert.Single(azure.Calls, c => c == (which == "read" ? "GET " : "POST /start"));
        Assert.Empty(azure.Executions);
    }

    [Fact]
    public async Task A_conflict_is_the_states_fault_and_not_the_runs()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what == "start") await FakeAzure.Say(context, 409, FakeAzure.Error("JobBeingUpdated", "wait"));
            return what == "start";
        };
        Assert.Equal("http-409", Assert.IsType<RunOutcome.Lost>(await Run(azure)).Code);
    }

    [Fact]
    public async Task Nobody_would_hear_of_it()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(azure, Request() with { ReportUrl = null, ReportToken = null }));
        Assert.Equal("no-server", failed.Code);
        Assert.Contains("`hypercloud serve` does", failed.Message, StringComparison.Ordinal);
        Assert.Empty(azure.Requests);

        var far = new ContainerRunner(_time, _identity, new Uri(ResourceManager.PublicEndpoint), _ => null);
        failed = Assert.IsType<RunOutcome.Failed>(await far.Run(Request(), _recorder, default));
        Assert.Equal("no-server", failed.Code);
        Assert.Contains("cannot report to http://127.0.0.1:9, which is this machine alone", failed.Message, StringComparison.Ordinal);
        Assert.Empty(_identity.Scopes);
    }

    [Fact]
    public async Task Ends_an_execution_as_often_as_it_is_told()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        ContainerRunner runner = Runner(azure);
        string handle = Assert.IsType<RunOutcome.Detached>(await runner.Run(Request(), _recorder, default)).Handle!;
        await runner.End(handle, default);
        await runner.End(handle, default);
        await runner.End(Handle("train-77"), default); // gone
        Assert.Equal(["train-1", "train-1"], azure.Stopped);
        int before = azure.Requests.Length;
        foreach (string foreign in (string[])["", "12345", FakeAzure.Job, Handle(".."), Handle("a/../../x"), "https://example.org" + Handle(), Handle() + "?x=1"]) await runner.End(foreign, default);
        Assert.Equal(before, azure.Requests.Length);
        azure.Disturb = async (_, _, context) =>
        {
            await FakeAzure.Say(context, 503, "");
            return true;
        };
        await runner.End(handle, default); // a courtesy
        await new ContainerRunner(_time, new FakeIdentity(fault: new CredentialUnavailableException("none")), azure.Url, _ => null).End(handle, default);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_that_is_cancelled_while_it_starts_leaves_nothing_behind(bool beforeTheAnswer)
    {
        await using FakeAzure azure = await FakeAzure.Start();
        using var cancel = new CancellationTokenSource();
        azure.Disturb = async (what, _, context) =>
        {
            if (what != "start") return false;
            var gone = new TaskCompletionSource();
            context.RequestAborted.Register(() => gone.TrySetResult());
            Execution execution = azure.Begin(context);
            if (!beforeTheAnswer) await FakeAzure.Say(context, 202, "", ("Location", azure.Url + "operations/1"), ("Retry-After", "200"));
            await cancel.CancelAsync();
            if (beforeTheAnswer) await gone.Task;
            return true;
        };
        Assert.IsType<RunOutcome.Cancelled>(await Run(azure, cancellation: cancel.Token));
        Assert.Equal(["train-1"], azure.Stopped);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_before_it_starts_or_never_began_has_nothing_to_be_ended()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        using var cancel = new CancellationTokenSource();
        azure.Disturb = async (what, _, _) =>
        {
            await cancel.CancelAsync();
            return false;
        };
        Assert.IsType<RunOutcome.Cancelled>(await Run(azure, cancellation: cancel.Token));
        Assert.IsType<RunOutcome.Cancelled>(await Run(azure, cancellation: cancel.Token));
        Assert.All(azure.Calls, c => Assert.Equal("GET ", c));
    }

    [Fact]
    public async Task A_host_without_an_identity()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        var runner = new ContainerRunner(_time, new FakeIdentity(fault: new CredentialUnavailableException("DefaultAzureCredential failed.\n- EnvironmentCredential …")), azure.Url, _ => null);
        var lost = Assert.IsType<RunOutcome.Lost>(await runner.Run(Request(), _recorder, default));
        Assert.Equal("identity", lost.Code);
        Assert.EndsWith("sign in with `az login`: DefaultAzureCredential failed.", lost.Message, StringComparison.Ordinal);
        RunnerFinding finding = Assert.Single((await runner.Check(Requests.Sweep(Request().Trial, Mixed), "/", default)).Findings);
        Assert.False(finding.Fatal);
        Assert.Contains("could not be looked at", finding.Message, StringComparison.Ordinal);
        Assert.Empty(azure.Requests);
    }

    [Theory]
    [InlineData(403, false, "could not be looked at: the identity of this host may not read the job")]
    [InlineData(404, true, "there is no Container Apps job 'train'")]
    [InlineData(503, false, "could not be looked at: Azure answered 503")]
    public async Task A_check_looks_at_the_job_once(int status, bool fatal, string message)
    {
        await using FakeAzure azure = await FakeAzure.Start();
        SweepSpec spec = Requests.Sweep(Request().Trial, Mixed);
        Assert.Empty((await Runner(azure).Check(spec, "/", default)).Findings);
        azure.Disturb = async (_, _, context) =>
        {
            await FakeAzure.Say(context, status, "");
            return true;
        };
        RunnerFinding finding = Assert.Single((await Runner(azure).Check(spec, "/", default)).Findings);
        Assert.Equal((fatal, "/job"), (finding.Fatal, finding.Pointer));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Equal(2, azure.Requests.Length);
    }

    [Fact]
    public async Task A_check_finds_what_of_the_job_a_sweep_would_trip_over()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Description = FakeAzure.Describe("""[{"name": "main", "volumeMounts": [{"volumeName": "v"}]}]""", configuration: """{"triggerType": "Schedule", "replicaTimeout": 60, "scheduleTriggerConfig": {"parallelism": 4}}""");
        SweepSpec spec = Requests.Sweep(Request(""", "container": "mian" """).Trial, Mixed) with { Limits = new LimitsSpec { RunTime = TimeSpan.FromHours(1) } };
        RunnerFinding[] findings = [.. (await Runner(azure).Check(spec, "/", default)).Findings];
        Assert.Equal((true, "/container", "the job has no container 'mian'; did you mean 'main'?"), (findings[0].Fatal, findings[0].Pointer, findings[0].Message));
        Assert.All(findings[1..], f => Assert.False(f.Fatal));
        Assert.Collection(findings[1..],
            f => Assert.Contains("several replicas", f.Message, StringComparison.Ordinal), f => Assert.Contains("'schedule'", f.Message, StringComparison.Ordinal),
            f => Assert.Contains("replicaTimeout 1m, before limits.runTime 1h", f.Message, StringComparison.Ordinal), f => Assert.Contains("mounts volumes", f.Message, StringComparison.Ordinal));
        Assert.Equal("container", Assert.IsType<RunOutcome.Failed>(await Run(azure, Request(""", "container": "mian" """))).Code);
    }

    [Fact]
    public async Task A_job_that_is_named_only_is_where_the_spec_or_the_host_says()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        RunRequest named = Request(job: "train"), group = Request(""", "resourceGroup": "rg-1" """, "train");
        (string, string) subscription = (ContainerOptions.SubscriptionVariable, FakeAzure.Subscription);
        Assert.IsType<RunOutcome.Detached>(await Runner(azure, subscription, (ContainerOptions.ResourceGroupVariable, "rg-1")).Run(named, _recorder, default));
        Assert.IsType<RunOutcome.Detached>(await Runner(azure, subscription, (ContainerOptions.ResourceGroupVariable, "another")).Run(group, _recorder, default));
        int before = azure.Requests.Length;
        foreach ((ContainerRunner runner, string message) in new[]
        {
            (Runner(azure), "HYPERCLOUD_CONTAINER_SUBSCRIPTION on this host"), (Runner(azure, subscription), "HYPERCLOUD_CONTAINER_RESOURCE_GROUP on this host"),
            (Runner(azure, (ContainerOptions.SubscriptionVariable, "mine")), "must be the id of a subscription, but is 'mine'"),
            (Runner(azure, subscription, (ContainerOptions.ResourceGroupVariable, "a/b")), "must be the name of a resource group, but is 'a/b'"),
            (new ContainerRunner(_time, _identity, null, n => n == ContainerRunner.EndpointVariable ? "http://management.example.org" : n == ContainerOptions.SubscriptionVariable ? FakeAzure.Subscription : "rg"), "HYPERCLOUD_ARM_ENDPOINT on this host must be an https address"),
        })
        {
            var lost = Assert.IsType<RunOutcome.Lost>(await runner.Run(named, _recorder, default));
            Assert.Equal("environment", lost.Code);
            Assert.Contains(message, lost.Message, StringComparison.Ordinal);
            RunnerFinding finding = Assert.Single((await runner.Check(Requests.Sweep(named.Trial, Mixed), "/", default)).Findings);
            Assert.Equal((true, lost.Message), (finding.Fatal, finding.Message));
        }

        Assert.Equal(before, azure.Requests.Length);
    }

    [Fact]
    public async Task Secrets_are_neither_in_previews_nor_in_messages()
    {
        await using FakeAzure azure = await FakeAzure.Start();
        azure.Disturb = async (what, _, context) =>
        {
            if (what == "start") await FakeAzure.Say(context, 400, $"you sent {((Arrived)context.Items[nameof(Arrived)]!).Body} and {Token}");
            return what == "start";
        };
        Assert.DoesNotContain(Token, Assert.IsType<RunOutcome.Failed>(await Run(azure)).Message, StringComparison.Ordinal);
        RunPreview preview = Runner(azure).Preview(Request(""", "args": ["${args}"] """));
        Assert.Equal(["POST", $"{azure.Url}{FakeAzure.Job[1..]}/start?api-version=2024-03-01"], preview.Command.Take(2));
        Assert.StartsWith("""{"containers":[{"name":"(the job's first container)","args":["--booster=gbdt","--lr=0.1","--leaves=31"],"env":[""", preview.Command[2], StringComparison.Ordinal);
        Assert.Equal("(hidden)", preview.Environment["HYPERCLOUD_REPORT_TOKEN"]);
        Assert.DoesNotContain("HYPERCLOUD_CHECKPOINT_DIR", preview.Environment.Keys);
        Assert.DoesNotContain(Token, string.Join(' ', preview.Command), StringComparison.Ordinal);
        Assert.StartsWith("https://management.azure.com…/providers", new ContainerRunner(_time, _identity, null, _ => null).Preview(Request(job: "train")).Command[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"train\"", "", "must be a mapping such as {job: train}")]
    [InlineData("{}", "", "container needs 'job'")]
    [InlineData("""{"job": 3}""", "/job", "'job' must be a text")]
    [InlineData("""{"job": "a/b"}""", "/job", "cannot be the name of a job")]
    [InlineData("""{"job": ".."}""", "/job", "cannot be the name of a job")]
    [InlineData("""{"job": "/subscriptions/x/jobs/train"}""", "/job", "a resource id such as")]
    [InlineData($$"""{"job": "{{FakeAzure.Job}}", "resourceGroup": "rg"}""", "/resourceGroup", "in the resource id of the job, too")]
    [InlineData("""{"job": "a", "subscription": "mine"}""", "/subscription", "must be an id such as")]
    [InlineData("""{"job": "a", "resourceGroup": "a/b"}""", "/resourceGroup", "cannot be the name of a resource group")]
    [InlineData("""{"job": "a", "image": "repo:${param.lrr}"}""", "/image", "not a parameter of the space; did you mean 'lr'?")]
    [InlineData("""{"job": "a", "image": "${args}"}""", "/image", "${args} may only stand in the list of arguments")]
    [InlineData("""{"job": "a", "command": "python3 train.py"}""", "/command", "'command' must be a list")]
    [InlineData("""{"job": "a", "args": ["--x=${lr}"]}""", "/args/0", "write ${param.lr}")]
    [InlineData("""{"job": "a", "args": [true]}""", "/args/0", "an argument must be a text")]
    [InlineData("""{"job": "a", "command": ["x", "${args}"], "args": ["${args}"]}""", "/args", "${args} is in command, too")]
    [InlineData("""{"job": "a", "env": ["A"]}""", "/env", "must be a mapping")]
    [InlineData("""{"job": "a", "env": {"A": []}}""", "/env/A", "must be a text, but got []")]
    [InlineData("""{"job": "a", "env": {"A": "${param.x}"}}""", "/env/A", "env.A: '${param.x}' names 'x'")]
    [InlineData("""{"job": "a", "env": {"HYPERCLOUD_SEED": "1"}}""", "/env/HYPERCLOUD_SEED", "one of HyperCloud's own variables")]
    [InlineData("""{"job": "a", "cpu": 0}""", "/cpu", "must be a number from 0.01")]
    [InlineData("""{"job": "a", "memory": "2GB"}""", "/memory", "an amount such as 2Gi")]
    [InlineData("""{"job": "a", "lease": "1s"}""", "/lease", "'lease' must be from 10s to 1d, but got 1s")]
    [InlineData("""{"job": "a", "imgae": "x"}""", "/imgae", "did you mean 'image'")]
    [InlineData("""{"job": "a", "retries": 1}""", "/retries", "stands in trial, beside container")]
    public void Options_that_cannot_work_are_refused(string options, string pointer, string message)
    {
        using var runner = new ContainerRunner(_time);
        RunnerFinding finding = Assert.Single(runner.Validate(Requests.Trial("container", options), Mixed));
        Assert.True(finding.Fatal);
        Assert.Equal(pointer, finding.Pointer);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_is_there_twice_is_refused_and_a_workdir_is_warned_of()
    {
        TrialSpec trial = Requests.Trial("container", """{"job": "a", "env": {"A": "1"}}""");
        Assert.Contains("in trial.env, too", Assert.Single(Runner().Validate(trial with { Env = trial.Env.Add("A", "2") }, Mixed)).Message, StringComparison.Ordinal);
        Assert.False(Assert.Single(Runner().Validate(trial with { WorkDir = "x" }, Mixed)).Fatal);
        Assert.True(Runner().MayDetach);

        ContainerRunner Runner() => new(_time);
    }
}
