using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class CliffWalkingTests
{
    private const int Up = 0, Right = 1, Down = 2, Left = 3;

    private readonly ObjectiveRunner _runner = new([new CliffWalkingObjective()], new VirtualTime());

    [Fact]
    public void The_shortest_way_is_thirteen_steps_along_the_cliff()
    {
        var world = new CliffWalking(0, new RandomStream(1, StreamPurpose.Run));
        double sum = world.Step(Up);
        for (int i = 0; i < 11; i++) sum += world.Step(Right);
        Assert.False(world.IsOver);
        sum += world.Step(Down);
        Assert.True(world.IsOver);
        Assert.Equal(-13, sum);
    }

    [Fact]
    public void The_cliff_costs_a_hundred_and_leads_to_the_start()
    {
        var world = new CliffWalking(0, new RandomStream(1, StreamPurpose.Run));
        int start = world.State;
        Assert.Equal(-100, world.Step(Right));
        Assert.Equal(start, world.State);
        Assert.Equal(-1, world.Step(Left)); // against the wall
        Assert.Equal(start, world.State);
        var windy = new CliffWalking(1, new RandomStream(1, StreamPurpose.Run));
        Assert.Equal(-1, windy.Step(Up)); // blown back to the start, which is no cliff
        Assert.Equal(start, windy.State);
    }

    // Sutton and Barto, 2nd edition, example 6.6: while they learn, SARSA takes the safe way and Q-learning falls off the cliff now and then.
    [Fact]
    public async Task Sarsa_is_better_on_line_than_Q_learning_as_in_the_book()
    {
        double sarsa = await Mean("sarsa", 0), q = await Mean("q-learning", 0);
        Assert.InRange(sarsa, -32, -20);
        Assert.InRange(q, -65, -38);
        // Traces learn faster, and do not make it worse.
        Assert.InRange(await Mean("sarsa", 0.8), -40, -15);
    }

    [Fact]
    public async Task A_seed_gives_the_same_curve_and_another_one_another()
    {
        RunReport[] a = await Run(7, "q-learning", 0.5), b = await Run(7, "q-learning", 0.5), c = await Run(8, "q-learning", 0.5);
        Assert.Equal(a.Select(r => (r.Step, r.Metrics["loss"])), b.Select(r => (r.Step, r.Metrics["loss"])));
        Assert.NotEqual(a.Select(r => r.Metrics["loss"]), c.Select(r => r.Metrics["loss"]));
        Assert.Equal([20, 40, 60, 80, 100, 120, 140, 160, 180, 200], a.Select(r => (int)r.Step!.Value));
    }

    [Fact]
    public async Task With_rungs_it_runs_to_the_resource()
    {
        var recorder = new Recorder { Yields = false };
        await _runner.Run(Request(7, "sarsa", 0, "\"cliff-walking\"") with { Resource = 50 }, recorder, default);
        Assert.Equal([20, 40, 50], recorder.Reports.Select(r => (int)r.Step!.Value));
    }

    [Fact]
    public void A_simulator_reads_no_data()
    {
        Assert.True(_runner.ReadsNoData(Requests.Trial("objective", "\"cliff-walking\"")));
        Assert.False(_runner.ReadsNoData(Requests.Trial("objective", "\"unknown\"")));
    }

    [Fact]
    public void Wrong_spaces_and_options_are_refused()
    {
        string[] problems = [.. _runner.Validate(
            Requests.Trial("objective", """{"name": "cliff-walking", "gusts": 0.2}"""),
            new Space([Requests.Choice("algorithm", "sarsa", "dqn"), Requests.Float("epsilom", 0.1), new FloatParameter("learning_rate", 0, 2)])).Select(f => f.Message)];
        Assert.Equal(4, problems.Length);
        Assert.Contains("did you mean 'gust'", problems[0], StringComparison.Ordinal);
        Assert.Contains("sarsa, q-learning", problems[1], StringComparison.Ordinal);
        Assert.Contains("did you mean 'epsilon'", problems[2], StringComparison.Ordinal);
        Assert.Contains("learning_rate must be from 0 to 1, but the space has 0 to 2", problems[3], StringComparison.Ordinal);
    }

    // Over the last block of many runs without wind.
    private async Task<double> Mean(string algorithm, double traceDecay)
    {
        double sum = 0;
        for (int seed = 0; seed < 60; seed++) sum += (await Run(seed, algorithm, traceDecay, """{"name": "cliff-walking", "gust": 0, "episodes": 500, "block": 100}"""))[^1].Metrics["loss"];
        return sum / 60;
    }

    private async Task<RunReport[]> Run(int seed, string algorithm, double traceDecay, string options = "\"cliff-walking\"")
    {
        var recorder = new Recorder { Yields = false };
        Assert.IsType<RunOutcome.Finished>(await _runner.Run(Request(seed, algorithm, traceDecay, options), recorder, default));
        return [.. recorder.Reports];
    }

    private static RunRequest Request(int seed, string algorithm, double traceDecay, string options) => Requests.Of(
        Requests.Trial("objective", options), "/",
        new Space([Requests.Choice("algorithm", algorithm), new FloatParameter("trace_decay", 0, 1) { Default = ParameterValue.Of(traceDecay) }]), seed);
}
