using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class ObjectiveRunnerTests
{
    private static readonly Space Plane = new([Requests.Float("x", 3), Requests.Int("n", -2), new ConstantParameter("c", ParameterValue.Of(100))]);
    private readonly VirtualTime _time = new();
    private readonly Recorder _recorder = new() { Yields = false };

    [Fact]
    public async Task A_test_function_takes_the_numbers_of_the_space()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("\"sphere\""));
        RunReport report = Assert.Single(_recorder.Reports);
        Assert.Null(report.Step);
        Assert.Equal([new("loss", 13.0)], report.Metrics);
    }

    [Fact]
    public async Task Noise_comes_from_the_seed()
    {
        double a = await Value("""{"name": "sphere", "noise": 2}""", 1), b = await Value("""{"name": "sphere", "noise": 2}""", 1), c = await Value("""{"name": "sphere", "noise": 2}""", 2);
        Assert.Equal(a, b);
        Assert.NotEqual(a, c);
        double[] z = [.. Enumerable.Range(0, 4000).Select(i => TestObjective.Gaussian(new RandomStream((ulong)i, StreamPurpose.Run)))];
        Assert.InRange(z.Average(), -0.08, 0.08); // 5 standard errors
        Assert.InRange(z.Sum(v => v * v) / z.Length, 0.89, 1.11);
    }

    [Fact]
    public async Task Some_runs_fail_by_their_seed()
    {
        int failed = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            RunOutcome outcome = await Run("\"flaky-sphere\"", seed);
            if (outcome is RunOutcome.Failed f)
            {
                failed++;
                Assert.Equal("exception", f.Code);
                Assert.StartsWith($"InvalidOperationException: flaky-sphere fails with seed {seed}, as asked", f.Message);
            }
        }

        Assert.InRange(failed, 20, 60); // a fifth of 200; 3.5 standard deviations
    }

    [Fact]
    public async Task Run_times_are_virtual()
    {
        RunOutcome outcome = await Run("""{"name": "sphere", "time": "1h", "steps": 4}""");
        Assert.IsType<RunOutcome.Finished>(outcome);
        Assert.InRange(_time.Now, TimeSpan.FromMinutes(5), TimeSpan.FromHours(12));
        Assert.Equal([1, 2, 3, 4], _recorder.Reports.Select(r => r.Step!.Value));
        Assert.Equal(13, _recorder.Reports[^1].Metrics["loss"]);
        Assert.Equal(13 + 0.5 - 0.25, _recorder.Reports[1].Metrics["loss"]);
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_a_timeout_in_virtual_time()
    {
        Task<RunOutcome> run = Runner().Run(Request("""{"name": "sphere", "time": "10h"}""") with { RunTime = TimeSpan.FromMinutes(10) }, _recorder, default);
        Assert.Equal(new RunOutcome.Failed("timeout", "ran longer than runTime 10m"), await _time.Finish(run));
        Assert.Equal(TimeSpan.FromMinutes(10), _time.Now);
    }

    [Fact]
    public async Task An_objective_that_does_not_listen_is_abandoned()
    {
        var deaf = new Scripted(async (context, _) =>
        {
            // A day of virtual time.
            await Task.Delay(TimeSpan.FromDays(1), context.Time, CancellationToken.None);
            await context.Report(1, 1);
            return 1;
        });
        Task<RunOutcome> run = Runner(deaf).Run(Request("\"scripted\"") with { RunTime = TimeSpan.FromMinutes(1) }, _recorder, default);
        Assert.Equal(new RunOutcome.Failed("timeout", "ran longer than runTime 1m"), await _time.Finish(run));
        Assert.Equal(TimeSpan.FromSeconds(65), _time.Now);
        Assert.Contains("abandoned", Assert.Single(_recorder.Lines));
        // Two more, also virtual, so that the deaf code comes to its report.
        await _time.Finish(Task.Delay(TimeSpan.FromDays(2), _time).ContinueWith(_ => 0, TaskContinuationOptions.ExecuteSynchronously));
        Assert.Empty(_recorder.Reports); // What it reported afterwards was not heard.
    }

    [Fact]
    public async Task A_stop_ends_it()
    {
        var recorder = new Recorder { Yields = false, Decide = r => new ReportDecision(r.Step == 2, "too bad") };
        Assert.IsType<RunOutcome.Stopped>(await _time.Finish(Runner().Run(Request("\"sphere\"") with { Resource = 9 }, recorder, default)));
        Assert.Equal(2, recorder.Reports.Count);
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        using var cancel = new CancellationTokenSource();
        Task<RunOutcome> run = Runner().Run(Request("""{"name": "sphere", "time": "1h"}"""), _recorder, cancel.Token);
        await cancel.CancelAsync();
        Assert.IsType<RunOutcome.Cancelled>(await run);
        Assert.IsType<RunOutcome.Cancelled>(await Runner().Run(Request("\"sphere\""), _recorder, cancel.Token));
        Assert.Empty(_recorder.Reports);
    }

    [Fact]
    public async Task On_the_machines_clock_busy_code_does_not_hold_up_its_host()
    {
        using var release = new ManualResetEventSlim();
        var busy = new Scripted((_, _) =>
        {
            release.Wait(CancellationToken.None);
            return new(1.0);
        });
        Task<RunOutcome> run = new ObjectiveRunner([busy], TimeProvider.System).Run(Request("\"scripted\""), _recorder, default);
        Assert.False(run.IsCompleted);
        release.Set();
        Assert.IsType<RunOutcome.Finished>(await run);
    }

    [Fact]
    public async Task A_fault_of_the_reporter_comes_out()
    {
        var recorder = new Recorder { Yields = false, Decide = _ => throw new StoreException("full", "the disk is full") };
        await Assert.ThrowsAsync<StoreException>(() => Runner().Run(Request("\"sphere\""), recorder, default));
    }

    [Fact]
    public async Task Several_metrics_may_be_given()
    {
        var scripted = new Scripted((_, _) => new(ObjectiveResult.Of(("loss", 1), ("size", 7))));
        await Runner(scripted).Run(Request("\"scripted\""), _recorder, default);
        Assert.Equal([new("loss", 1.0), new("size", 7.0)], Assert.Single(_recorder.Reports).Metrics);
    }

    [Theory]
    [InlineData("\"spere\"", "", "there is no objective 'spere'; did you mean 'sphere'?")]
    [InlineData("{\"name\": \"spere\"}", "/name", "did you mean 'sphere'?")]
    [InlineData("{}", "/name", "objective must be a name or {name: …}, but got {}; known: ackley, branin")]
    [InlineData("3", "", "objective must be a name")]
    [InlineData("\"hartmann6\"", "", "objective hartmann6: needs exactly 6 float or int parameters, but the space has 2")]
    [InlineData("{\"name\": \"sphere\", \"nois\": 1}", "", "objective sphere: it has no option 'nois'; did you mean 'noise'?")]
    [InlineData("{\"name\": \"sphere\", \"failure\": 2}", "", "'failure' must be a number from 0 to 1, but got 2")]
    [InlineData("{\"name\": \"sphere\", \"time\": 2}", "", "'time' must be a duration")]
    public void Wrong_options_are_findings(string options, string pointer, string message)
    {
        RunnerFinding finding = Assert.Single(Runner().Validate(Requests.Trial("objective", options), Plane));
        Assert.True(finding.Fatal);
        Assert.Equal(pointer, finding.Pointer);
        Assert.Contains(message, finding.Message);
    }

    [Fact]
    public void The_conditional_function_says_which_parameters_it_needs() =>
        Assert.Equal(4, Runner().Validate(Requests.Trial("objective", "\"conditional\""), new Space([])).Count());

    [Fact]
    public async Task The_conditional_function_reads_only_what_is_active()
    {
        var space = new Space([Requests.Choice("shape", "ripple", "bowl"), Requests.Float("x", -0.7), Requests.Float("depth", 2).When("shape", "bowl"), Requests.Float("wave", 1).When("shape", "ripple")]);
        Assert.Empty(Runner().Validate(Requests.Trial("objective", "\"conditional\""), space));
        await Runner().Run(Requests.Of(Requests.Trial("objective", "\"conditional\""), "/", space), _recorder, default);
        Assert.Equal(0, Assert.Single(_recorder.Reports).Metrics["loss"], 1e-12);
    }

    // Minima as published (Surjanovic and Bingham); 0 at the origin or at (1, …, 1) exactly.
    [Fact]
    public void Test_functions_have_their_published_minima()
    {
        Assert.Equal(0, TestFunctions.Sphere([0, 0, 0]));
        Assert.Equal(0, TestFunctions.Rosenbrock([1, 1, 1, 1]));
        Assert.Equal(0, TestFunctions.Rastrigin([0, 0]), 1e-12);
        Assert.Equal(0, TestFunctions.Ackley([0, 0]), 1e-12);
        Assert.Equal(0.397887, TestFunctions.Branin([Math.PI, 2.275]), 1e-6);
        Assert.Equal(0.397887, TestFunctions.Branin([-Math.PI, 12.275]), 1e-6);
        Assert.Equal(-3.32237, TestFunctions.Hartmann6([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]), 1e-5);
    }

    // NumPy 1.24 at (0.3, -1.2), (0.3, -1.2, 2).
    [Fact]
    public void Test_functions_have_the_values_that_NumPy_computes()
    {
        Assert.Equal(166.9, TestFunctions.Rosenbrock([0.3, -1.2]), 1e-10);
        Assert.Equal(21.529999999999994, TestFunctions.Rastrigin([0.3, -1.2]), 1e-10);
        Assert.Equal(6.078555594036413, TestFunctions.Ackley([0.3, -1.2, 2]), 1e-10);
        Assert.Equal(64.52218341256538, TestFunctions.Branin([0.3, -1.2]), 1e-10);
    }

    [Fact]
    public void The_registry_offers_all_runners_and_refuses_two_of_a_kind()
    {
        var registry = RunnerRegistry.Create();
        Assert.Equal(["command", "http", "container", "objective", "mlnet"], registry.Kinds);
        Assert.Equal("mlnet", registry.Find("mlnet")!.Kind);
        Assert.Null(registry.Find("kubernetes"));
        Assert.Throws<ArgumentException>(() => new RunnerRegistry([Runner(), Runner()]));
    }

    private ObjectiveRunner Runner(params IObjective[] more) => new(TestFunctions.All.Concat(more), _time);

    private static RunRequest Request(string options, int seed = 7) => Requests.Of(Requests.Trial("objective", options), "/", Plane, seed);

    private Task<RunOutcome> Run(string options, int seed = 7) => _time.Finish(Runner().Run(Request(options, seed), _recorder, default));

    private async Task<double> Value(string options, int seed)
    {
        var recorder = new Recorder { Yields = false };
        await Runner().Run(Request(options, seed), recorder, default);
        return recorder.Reports[^1].Metrics["loss"];
    }

    private sealed class Scripted(Func<ObjectiveContext, CancellationToken, ValueTask<ObjectiveResult>> run) : IObjective
    {
        public string Name => "scripted";

        public IEnumerable<string> Problems(Space space, JsonElement options) => [];

        public ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation) => run(context, cancellation);
    }
}
