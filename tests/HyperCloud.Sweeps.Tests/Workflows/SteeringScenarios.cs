using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What steers a search from outside: enqueued and forbidden configurations, constraints, an earlier sweep.</summary>
public sealed class SteeringScenarios
{
    private static ParameterValue V(double value) => ParameterValue.Of(value);

    private static PartialConfiguration Given(params (string Name, double Value)[] values) => new([.. values.Select(v => KeyValuePair.Create(v.Name, V(v.Value)))]);

    [Theory]
    [InlineData("tpe")]
    [InlineData("auto")]
    [InlineData("cmaes")]
    public void Enqueued_configurations_follow_the_default_and_forbidden_ones_never_come(string algorithm)
    {
        SweepSpec spec = Scenario.Spec(trials: 25, algorithm: algorithm);
        spec = spec with
        {
            // The optimum at 0 is cut out.
            Space = new Space(spec.Space.Parameters, [new([new("x", [], -1, 1), new("y", [], -1, 1)])]),
            Enqueue = [Given(("x", 2), ("y", -3)), Given(("y", 1.5))],
        };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        SweepState state = sweep.Run();

        Assert.Equal(["default", "enqueued", "enqueued", algorithm], state.Trials.Take(4).Select(t => t.Algorithm));
        Assert.Equal((V(2), V(-3)), (state.Trials[1].Assignment["x"], state.Trials[1].Assignment["y"]));
        Assert.Equal((V(4), V(1.5)), (state.Trials[2].Assignment["x"], state.Trials[2].Assignment["y"]));
        Assert.Contains("configuration 2 of 2, the rest at 1 defaults", state.Trials[2].Reason);
        Assert.All(state.Trials, t => Assert.True(state.Spec.Space.Allows(t.Assignment)));
        Assert.Equal(25, state.Trials.Count);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData("tpe")]
    [InlineData("gp")]
    public void The_champion_keeps_the_constraints_and_every_decision_is_replayed(string algorithm)
    {
        SweepSpec spec = Scenario.Spec(trials: 30, algorithm: algorithm) with { Constraints = [new ConstraintSpec("cost", null, 8), new ConstraintSpec("speed", 1, null)] };
        // The unconstrained optimum at 0 costs 10; keeping the bound takes x + y ≥ 2.
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        sweep.Runner.Others = r => new() { ["cost"] = 10 - r.Assignment["x"]!.Value.AsNumber() - r.Assignment["y"]!.Value.AsNumber(), ["speed"] = 3 };
        SweepState state = sweep.Run();

        Assignment champion = state.Trials[state.Champion!.Trial].Assignment;
        Assert.True(champion["x"]!.Value.AsNumber() + champion["y"]!.Value.AsNumber() >= 2);
        Assert.Contains("keep all constraints", state.Champion.Reason);
        Assert.Equal(0, state.Champion.Standings[0].Violation);
        Assert.Contains(state.Trials, t => Objective.Observe(state.Spec, t)!.Violation > 0);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Where_nothing_keeps_the_constraints_the_least_broken_is_chosen_and_that_is_said()
    {
        SweepSpec spec = Scenario.Spec(trials: 12) with { Constraints = [new ConstraintSpec("cost", null, 1)] };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        sweep.Runner.Others = r => new() { ["cost"] = 20 + r.Assignment["x"]!.Value.AsNumber() };
        SweepState state = sweep.Run();
        Assert.Equal(state.Trials.MinBy(t => t.Assignment["x"]!.Value.AsNumber())!.Number, state.Champion!.Trial);
        Assert.Contains("no candidate keeps all constraints", state.Champion.Reason);
        Assert.Contains(ReportBuilder.Build(state).Warnings, w => w.Contains("the champion breaks the constraints", StringComparison.Ordinal));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_run_without_the_metric_of_a_constraint_has_failed_and_a_target_needs_the_constraints()
    {
        SweepSpec spec = Scenario.Spec(trials: 12) with { Constraints = [new ConstraintSpec("cost", null, 1)] };
        spec = spec with { Objective = spec.Objective with { Target = 100, NoNoise = true } };
        var sweep = new SimulatedSweep(spec, Scenario.Sphere());
        sweep.Runner.Others = r => r.Run.Trial < 3 ? [] : new() { ["cost"] = r.Run.Trial < 8 ? 2 : 0.5 };
        SweepState state = sweep.Run();
        Assert.All(state.Trials.Take(3), t => Assert.Contains("'cost', which a constraint needs", Assert.Single(t.In(SeedPool.Search)).Result!.Reason));
        // Every value passes the target; the first that keeps the constraint as well is trial 8.
        Assert.Equal("target", state.SearchEnded!.Code);
        Assert.True(state.Champion!.Trial >= 8);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_sweep_begins_with_what_an_earlier_one_has_learnt()
    {
        var first = new SimulatedSweep(Scenario.Spec(trials: 20), Scenario.Sphere());
        SweepState earlier = first.Run();
        Assert.Equal(10, earlier.NextEvaluationReplicate);

        // A parameter more, which has a default, and one of a narrower range: trials outside are left behind.
        SweepSpec spec = Scenario.Spec(trials: 12, seed: 43) with { Name = "second", WarmStart = "simulated" };
        spec = spec with
        {
            Space = new Space([new FloatParameter("x", -3, 5) { Default = V(4) }, spec.Space.Parameters[1], new IntParameter("k", 1, 3) { Default = ParameterValue.Of(2) }]),
        };
        var second = new SimulatedSweep(spec, Scenario.Sphere(), first.Store) { Id = "second" };
        SweepState state = second.Run();

        Ancestry ancestry = state.Created!.Ancestry!;
        Assert.Equal(("simulated", 20), (ancestry.Sweep, ancestry.Finished));
        Assert.Equal(earlier.HeadDigest, ancestry.HeadDigest);
        Assert.Equal(earlier.Trials.Where(t => t.Assignment["x"]!.Value.AsNumber() >= -3).Select(t => t.Number), ancestry.Trials.Select(t => t.Trial));
        Assert.Equal(["default", "warm-start", "tpe"], state.Trials.Take(3).Select(t => t.Algorithm));
        Assert.Equal(earlier.Trials[ancestry.Best!.Value].Assignment["x"], state.Trials[1].Assignment["x"]);
        Assert.Equal(ParameterValue.Of(2), state.Trials[1].Assignment["k"]);
        Assert.StartsWith("tpe: good", state.Trials[2].Reason);
        // Replicates of evaluation go on where the earlier sweep's ended.
        Assert.All(state.Runs().Where(r => r.Key.Pool == SeedPool.Evaluation), r => Assert.InRange(r.Key.Replicate, 10, 19));
        Assert.IsType<ReplayResult.Verified>(second.Replay());

        // The record needs the earlier sweep no more, and neither does the spec.
        first.Service.Delete("simulated", CancellationToken.None).Now();
        second.NewHost();
        Assert.False(second.Service.Create("second", spec, "/nowhere", [], CancellationToken.None).Now());
        Assert.IsType<ReplayResult.Verified>(second.Replay());
    }

    [Fact]
    public void An_earlier_sweep_that_is_not_there_or_does_not_fit_is_refused()
    {
        var first = new SimulatedSweep(Scenario.Spec(trials: 4), Scenario.Sphere());
        first.Run();
        string Refused(SweepSpec spec) => Assert.Throws<WarmStartException>(() => first.Service.Create("second", spec, "/nowhere", [], CancellationToken.None).Now()).Message;
        SweepSpec wanted = Scenario.Spec() with { WarmStart = "simulated" };
        Assert.Contains("'other', which the store does not hold; it holds simulated", Refused(wanted with { WarmStart = "other" }));
        Assert.Contains("another objective (Minimize loss)", Refused(wanted with { Objective = wanted.Objective with { Goal = Goal.Maximize } }));
        Assert.Contains("none of the 4 finished trials", Refused(wanted with { Space = new Space([new FloatParameter("z", 0, 1)]) }));
        Assert.Null(first.Hub.Session("second").Read(s => s.Created, CancellationToken.None).Now());
    }
}
