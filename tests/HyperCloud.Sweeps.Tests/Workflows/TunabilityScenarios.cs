using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Sweeps that measure what tuning is worth, through the engine in virtual time.</summary>
public sealed class TunabilityScenarios
{
    // loss = (x − 1)² + (y + 1)² + noise: by default x = 4 and y = 0, so tuning x is worth 9, y 1, both 10. z does nothing, w shifts by 0.5.
    private static SweepSpec Spec(string pairs = "x+y", int parallel = 4, SearchOrder order = SearchOrder.Async, string algorithm = "tpe", int trials = 1000) => Scenario.Spec(trials, parallel, order, algorithm) with
    {
        Space = new Space(
        [
            new FloatParameter("x", -5, 5) { Default = ParameterValue.Of(4.0) }, new FloatParameter("y", -5, 5) { Default = ParameterValue.Of(0.0) }, new FloatParameter("z", 0, 1) { Default = ParameterValue.Of(0.5) },
            new CategoricalParameter("w", [ParameterValue.Of("a"), ParameterValue.Of("b")]) { Default = ParameterValue.Of("a") },
            new FloatParameter("deep", 0, 1) { Default = ParameterValue.Of(0.0), When = [new("w", [ParameterValue.Of("b")])] },
        ]),
        Tunability = new TunabilitySpec { Trials = 12, Pairs = pairs, Together = 30 },
        Seeds = new SeedsSpec { Evaluation = new EvaluationSpec { Seeds = 20 } },
    };

    private static Script World(double noise = 0.2, ulong timing = 1) => request =>
    {
        Assignment a = request.Assignment;
        double deep = a["deep"] is { } d ? -0.8 * d.AsNumber() : 0;
        double value = Math.Pow(a["x"]!.Value.AsNumber() - 1, 2) + Math.Pow(a["y"]!.Value.AsNumber() + 1, 2) + (a["w"]!.Value.ToString() == "b" ? 0.5 : 0) + deep
            + noise * new RandomStream((ulong)request.Seed, StreamPurpose.Run, (ulong)request.Run.Trial).NextNormal();
        return (TimeSpan.FromSeconds(0.1 + new RandomStream((ulong)request.Seed ^ timing << 32, StreamPurpose.Run).NextDouble()), new RunOutcome.Finished(), value);
    };

    [Fact]
    public void Each_parameter_is_tuned_alone_and_measured_beside_the_default_on_seeds_that_chose_nobody()
    {
        var sweep = new SimulatedSweep(Spec(), World());
        SweepState state = sweep.Run();
        Assert.Equal("finished", state.End!.Status);
        Assert.Equal("exhausted", state.SearchEnded!.Code);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());

        // Default and the baseline with w = b; twelve each for x, y, z, deep and x + y; one for w, whose other value is the only one; thirty for all.
        Assert.Equal(2 + 5 * 12 + 1 + 30, state.Trials.Count);
        ReportTuned[] tuned = [.. ReportBuilder.Build(state).Tunability!];
        TestContext.Current.TestOutputHelper?.WriteLine(ReportText.ToText(ReportBuilder.Build(state)));
        Assert.Equal(["x", "y", "z", "w", "deep", "x+y", "x+y+z+w+deep"], tuned.Select(t => string.Join('+', t.Parameters)));
        foreach (ReportTuned t in tuned)
        {
            // What is not tuned stands at its default, and what is measured runs on the evaluation pool, the baseline on the same seeds.
            Assignment winner = state.Trials[t.Winner!.Value].Assignment, baseline = state.Trials[t.Baseline].Assignment;
            // A child that tuning its parent switches on stands at its default, too.
            Assert.All(state.Spec.Space.Parameters.Where(p => !t.Parameters.Contains(p.Name) && baseline[p.Name] is not null), p => Assert.Equal(baseline[p.Name], winner[p.Name]));
            Assert.Equal(20, t.Gain!.Pairs);
        }

        Assert.InRange(tuned[0].Gain!.Value!.Value, 7.5, 9.5);
        Assert.InRange(tuned[1].Gain!.Value!.Value, 0.5, 1.3);
        Assert.InRange(tuned[5].Gain!.Value!.Value, 8, 10.4);
        Assert.True(tuned[5].Beyond!.Value < 3, "x alone is most of it");
        Assert.Equal(TunabilityVerdict.EffectShown, tuned[0].Verdict);
        Assert.NotEqual(TunabilityVerdict.EffectShown, tuned[2].Verdict);
        // w = b alone is worse; deep is judged where it is active, against w = b with its default.
        Assert.InRange(tuned[3].Gain!.Value!.Value, -0.8, -0.2);
        Assert.Equal((0.5, "{\"x\":4.0,\"y\":0.0,\"z\":0.5,\"w\":\"b\",\"deep\":0.0}"), (tuned[4].ActiveShare, state.Trials[tuned[4].Baseline].Assignment.ToJson()));
        Assert.InRange(tuned[4].Gain!.Value!.Value, 0.5, 1.0);

        string text = ReportText.ToText(ReportBuilder.Build(state));
        Assert.Contains("What tuning is worth", text, StringComparison.Ordinal);
        Assert.Contains("deep (active in 50 %)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lagged_sweeps_are_the_same_whatever_the_completion_order()
    {
        string first = Scenario.Fingerprint(new SimulatedSweep(Spec(order: SearchOrder.Lagged), World()).Run());
        Assert.Equal(first, Scenario.Fingerprint(new SimulatedSweep(Spec(order: SearchOrder.Lagged), World(timing: 2)).Run()));
    }

    [Fact]
    public void A_sweep_cut_short_has_tuned_all_alike()
    {
        var sweep = new SimulatedSweep(Spec(trials: 30, algorithm: "auto", pairs: "none"), World());
        SweepState state = sweep.Run();
        Assert.Equal("trials", state.SearchEnded!.Code);
        ReportTuned[] tuned = [.. ReportBuilder.Build(state).Tunability!];
        Assert.All(tuned, t => Assert.True(t.Trials is 5 or 6 || t.Parameters is ["w"], $"{string.Join('+', t.Parameters)}: {t.Trials}"));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_parameter_whose_trials_all_fail_has_no_winner_and_the_others_do()
    {
        Script script = request => request.Assignment["z"]!.Value.AsNumber() != 0.5 ? (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit-code", "it fell over"), null) : World()(request);
        var sweep = new SimulatedSweep(Spec(), script);
        SweepState state = sweep.Run();
        ReportTuned[] tuned = [.. ReportBuilder.Build(state).Tunability!];
        Assert.Null(tuned[2].Winner);
        Assert.Equal("not measured", tuned[2].Reason);
        Assert.NotNull(tuned[0].Gain);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_parameter_without_effect_is_called_so_where_there_are_seeds_enough()
    {
        SweepSpec spec = Spec(pairs: "none") with { Seeds = new SeedsSpec { Evaluation = new EvaluationSpec { Seeds = 400 } } };
        ReportTuned[] tuned = [.. ReportBuilder.Build(new SimulatedSweep(spec, World()).Run()).Tunability!];
        Assert.Equal(TunabilityVerdict.NoEffectShown, tuned[2].Verdict);
        Assert.True(Math.Abs(tuned[2].Gain!.Value!.Value) < tuned[2].Margin);
        Assert.Equal(TunabilityVerdict.EffectShown, tuned[0].Verdict);
    }

    [Fact]
    public void A_metric_to_be_maximised_gains_upwards_and_an_objective_without_noise_needs_no_selection()
    {
        SweepSpec spec = Spec(pairs: "none") with { Objective = new ObjectiveSpec { Metric = "loss", Goal = Goal.Maximize, NoNoise = true } };
        Script up = request => World(0)(request) is var (d, o, v) ? (d, o, -v) : default;
        var sweep = new SimulatedSweep(spec, up);
        SweepState state = sweep.Run();
        Assert.DoesNotContain(state.Stages, s => s.Kind == StageKind.Selection);
        Assert.InRange(ReportBuilder.Build(state).Tunability!.Value[0].Gain!.Value!.Value, 7, 9);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Theory]
    [InlineData("tunability: {}", "no `default`", false)]
    [InlineData("tunability: {pairs: x+q}", "'q' is not a parameter", true)]
    [InlineData("tunability: {pairs: x+x}", "one parameter twice", true)]
    [InlineData("tunability: {pairs: \"x+y, y+x\"}", "there twice", true)]
    [InlineData("tunability: {pairs: x+p}", "never active together", true)]
    [InlineData("tunability: {}\nearlyStopping: {rule: asha, max: 9}", "does not go with `tunability`", true)]
    public void What_cannot_be_tuned_is_said(string section, string expected, bool defaults)
    {
        string x = defaults ? ", default: 0.5" : "";
        SpecResult result = SpecReader.Read($$$"""
            name: a
            objective: {metric: loss}
            space:
              x: {min: 0.0, max: 1.5{{{x}}}, when: {k: a}}
              y: {min: 0.0, max: 1.5, default: 0.5}
              k: {values: [a, b], default: a}
              p: {min: 0.0, max: 1.5, default: 0.5, when: {k: b}}
            {{{section}}}
            """, null, SpecContext.Stored);
        Assert.Contains(result.Errors, e => e.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_limit_the_sweep_has_as_many_trials_as_its_plan()
    {
        SpecResult result = SpecReader.Read("name: a\nobjective: {metric: loss}\nspace: {x: {min: 0.0, max: 1.5, default: 0.5}, k: {values: [a, b, c], default: a}}\ntunability: {trials: 15, pairs: \"x + k\"}", null, SpecContext.Stored);
        Assert.Equal((1 + 15 + 2 + 40, "x+k"), (result.Spec!.Limits.Trials, result.Spec.Tunability!.Pairs));
    }
}
