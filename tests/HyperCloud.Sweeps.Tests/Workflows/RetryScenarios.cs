using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What broken infrastructure left without a result may be tried again, on request; what the objective did stays.</summary>
public sealed class RetryScenarios
{
    [Fact]
    public async Task Evaluation_runs_without_a_result_are_run_again_with_their_seeds_and_everything_replays()
    {
        bool broken = true;
        Script sphere = Scenario.Sphere();
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 6), request =>
            broken && request.Run.Pool == SeedPool.Evaluation && request.Run.Replicate % 2 == 0
                ? (TimeSpan.FromSeconds(1), new RunOutcome.Lost("killed", "the machine went away"), null)
                : sphere(request));
        SweepState state = sweep.Run();
        RunRecord[] incomplete = [.. state.Retryable()];
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(10, incomplete.Length);
        Assert.All(incomplete, r => Assert.Equal(3, r.Attempt));
        string champion = $"{state.Champion!.Trial}";

        Assert.Equal(incomplete.Select(r => r.Key), await sweep.Service.Retry(sweep.Id, "test", CancellationToken.None));
        Assert.Equal(SweepStatus.Running, sweep.State.Status);
        broken = false;
        sweep.NewHost();
        state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(champion, $"{state.Champion!.Trial}");
        Assert.All(state.RunsOf(state.Stage!.Index), r => Assert.True(r.Completed));
        // The attempts before are in the record, and were counted.
        Assert.All(state.RunsOf(state.Stage.Index).Where(r => r.Key.Replicate % 2 == 0), r => Assert.Equal((4, 3), (r.Attempt, r.Lost)));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public async Task A_search_that_nothing_worked_in_goes_on_when_the_machines_are_back()
    {
        bool broken = true;
        Script sphere = Scenario.Sphere();
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 20), request =>
            broken ? (TimeSpan.FromSeconds(1), new RunOutcome.Lost("killed", "the machine went away"), null) : sphere(request));
        SweepState state = sweep.Run();
        Assert.Equal((SweepStatus.Failed, "nothing-works"), (state.Status, state.SearchEnded!.Code));
        int lost = state.Retryable().Count();
        Assert.True(lost >= 10);

        Assert.Equal(lost, (await sweep.Service.Retry(sweep.Id, "test", CancellationToken.None)).Count);
        Assert.Equal(0, sweep.State.FailedRuns);
        broken = false;
        sweep.NewHost();
        state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(20, state.Trials.Count);
        Assert.All(state.Trials, t => Assert.Contains(t.In(SeedPool.Search), r => r.Completed));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public async Task A_run_that_is_tried_again_may_be_lost_as_often_as_at_first()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 3), _ => (TimeSpan.FromSeconds(1), new RunOutcome.Lost("killed", "again"), null));
        sweep.Run();
        await sweep.Service.Retry(sweep.Id, "test", CancellationToken.None);
        sweep.NewHost();
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Failed, state.Status);
        Assert.All(state.Trials.SelectMany(t => t.Runs.Values), r => Assert.Equal((6, 6, 3), (r.Attempt, r.Lost, r.Forgiven)));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public async Task Failures_of_the_objective_are_observations_and_stay()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 4), _ => (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit", "wrong"), null));
        long before = sweep.Run().Seq;
        Assert.Empty(await sweep.Service.Retry(sweep.Id, "test", CancellationToken.None));
        Assert.Equal(before, sweep.State.Seq);
    }

    [Fact]
    public async Task A_sweep_that_goes_on_or_was_cancelled_is_not_tried_again()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 4), Scenario.Sphere());
        await sweep.Service.Create(sweep.Id, sweep.Spec, "/nowhere", [], CancellationToken.None);
        await Assert.ThrowsAsync<SweepOverException>(async () => await sweep.Service.Retry(sweep.Id, "test", CancellationToken.None));
        await sweep.Service.Cancel(sweep.Id, "test", CancellationToken.None);
        sweep.Run();
        await Assert.ThrowsAsync<SweepOverException>(async () => await sweep.Service.Retry(sweep.Id, "test", CancellationToken.None));
    }
}
