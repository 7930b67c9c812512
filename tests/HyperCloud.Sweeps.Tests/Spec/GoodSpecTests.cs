using HyperCloud.Core;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

public class GoodSpecTests
{
    [Fact]
    public void The_example_of_the_design_is_read_whole()
    {
        SweepSpec spec = Clean(SpecReader.Read(Example, "sweep.yaml", Context));
        Assert.Equal("breast-cancer", spec.Name);
        Assert.Equal(new ObjectiveSpec { Metric = "logloss", Target = 0.05 }, spec.Objective);
        Assert.Equal(["booster", "learning_rate", "leaves", "drop_rate", "size", "rounds"], spec.Space.Parameters.Select(p => p.Name));
        var booster = Assert.IsType<CategoricalParameter>(spec.Space.Parameters[0]);
        Assert.Equal([ParameterValue.Of("gbdt"), ParameterValue.Of("dart")], booster.Values);
        Assert.Equal(ParameterValue.Of("gbdt"), booster.Default);
        Assert.Equal(new FloatParameter("learning_rate", 1e-4, 0.5) { Log = true, Default = ParameterValue.Of(0.1) }, spec.Space.Parameters[1]);
        Assert.Equal(new IntParameter("leaves", 4, 256) { Log = true, Default = ParameterValue.Of(31), Role = ParameterRole.Model }, spec.Space.Parameters[2]);
        var drop = Assert.IsType<FloatParameter>(spec.Space.Parameters[3]);
        Assert.Equal(0.05m, drop.Step);
        Assert.Equal([new ConditionClause("booster", [ParameterValue.Of("dart")])], drop.When);
        Assert.IsType<OrdinalParameter>(spec.Space.Parameters[4]);
        Assert.Equal(new ConstantParameter("rounds", ParameterValue.Of(200)), spec.Space.Parameters[5]);
        Assert.Equal(new SearchSpec { Seed = 42 }, spec.Search);
        Assert.Equal(new LimitsSpec { Parallel = 8, Failures = 10, Time = TimeSpan.FromHours(2), RunTime = TimeSpan.FromMinutes(10) }, spec.Limits);
        Assert.Equal(new SeedsSpec(), spec.Seeds);
        Assert.Equal("mlnet", spec.Trial!.Runner);
        Assert.Equal(0.2, spec.Trial.Options.GetProperty("holdout").GetDouble());
        Assert.Equal(2, spec.Trial.Retries);
        Assert.NotNull(spec.Space.Default());
    }

    [Fact]
    public void Sections_that_are_not_given_have_their_defaults()
    {
        SweepSpec spec = Clean(Yaml("name: a\nobjective: {metric: loss}"));
        Assert.Equal(new SearchSpec(), spec.Search);
        Assert.Equal(new LimitsSpec(), spec.Limits);
        Assert.Equal(new SeedsSpec(), spec.Seeds);
        Assert.Null(spec.Trial);
    }

    [Theory]
    [InlineData("name: a\nobjective: {metric: loss}")]
    [InlineData("name: a\nobjective: {metric: loss}\nspace: {}")]
    [InlineData("name: a\nobjective: {metric: loss}\nspace:\nsearch:\nlimits:\n  # nothing yet\nseeds: {selection: , evaluation: }\n")]
    public void A_space_without_parameters_is_legal_and_empty_keys_count_as_not_given(string text)
    {
        SweepSpec spec = Clean(Yaml(text));
        Assert.Equal(0, spec.Space.Count);
        Assert.Equal(1, spec.Space.CountAssignments());
    }

    [Fact]
    public void Every_kind_of_value_keeps_its_type()
    {
        SweepSpec spec = Clean(Yaml(WithSpace("v: {values: [1, 2.0, 1e-4, true, 'true', null, '1', text]}", "n: {value: null}", "f: {value: 1.0}")));
        var values = Assert.IsType<CategoricalParameter>(spec.Space.Parameters[0]).Values;
        Assert.Equal(
            [ValueKind.Integer, ValueKind.Number, ValueKind.Number, ValueKind.Boolean, ValueKind.Text, ValueKind.Null, ValueKind.Text, ValueKind.Text],
            values.Select(v => v.Kind));
        Assert.Equal(ValueKind.Null, Assert.IsType<ConstantParameter>(spec.Space.Parameters[1]).Value.Kind);
        Assert.Equal(ValueKind.Number, Assert.IsType<ConstantParameter>(spec.Space.Parameters[2]).Value.Kind);
    }

    [Theory]
    [InlineData("{min: 0, max: 0.5}")]
    [InlineData("{min: 0.5, max: 1}")]
    [InlineData("{min: 0, max: 1, step: 0.25}")]
    [InlineData("{min: 1e-3, max: 1, scale: log}")]
    [InlineData("{min: 0.0001, max: 10, scale: log}")]
    [InlineData("{type: float, min: 1, max: 10}")]
    public void A_range_is_float_when_something_says_so(string parameter) =>
        Assert.IsType<FloatParameter>(Clean(Yaml(WithSpace($"x: {parameter}"))).Space.Parameters[0]);

    [Fact]
    public void Conditions_take_several_parents_several_values_ints_constants_and_conditional_parents()
    {
        SweepSpec spec = Clean(Yaml(WithSpace(
            "late: {type: float, min: 0, max: 1, when: {mid: 2.0, mode: [a, b]}}",
            "mid: {type: int, min: 1, max: 4, when: {top: [x, y]}}",
            "top: {values: [x, y, z]}",
            "mode: {values: [a, b, c]}",
            "fixed: {value: 3}",
            "odd: {values: [true, false], when: {fixed: 3}}")));
        Parameter late = spec.Space.Parameters[0];
        Assert.Equal("mid", late.When[0].Parent);
        // 2.0 equals 2, and is kept in the parent's own type.
        Assert.Equal(ValueKind.Integer, late.When[0].Values[0].Kind);
        Assert.Equal(["a", "b"], late.When[1].Values.Select(v => v.AsText()));
        Assert.Equal(2, spec.Space.IndexOf("top"));
    }

    [Fact]
    public void Defaults_take_the_type_of_their_domain()
    {
        SweepSpec spec = Clean(Yaml(WithSpace("f: {type: float, min: 0, max: 2, default: 1}", "i: {type: int, min: 1, max: 10, default: 3.0}", "c: {values: [1, 2], default: 1.0}")));
        Assert.Equal([ValueKind.Number, ValueKind.Integer, ValueKind.Integer], spec.Space.Parameters.Select(p => p.Default!.Value.Kind));
    }

    [Theory]
    [InlineData("mean", StatisticKind.Mean, null)]
    [InlineData("median", StatisticKind.Median, null)]
    [InlineData("iqm", StatisticKind.Iqm, null)]
    [InlineData("trimmed", StatisticKind.Trimmed, null)]
    [InlineData("worst", StatisticKind.Worst, null)]
    [InlineData("quantile(0.5)", StatisticKind.Quantile, 0.5)]
    [InlineData("cvar( 0.25 )", StatisticKind.Cvar, 0.25)]
    [InlineData("cvar(2.5e-1)", StatisticKind.Cvar, 0.25)]
    [InlineData("mean-std(2)", StatisticKind.MeanStd, 2.0)]
    public void Statistics(string written, StatisticKind kind, double? argument) =>
        Assert.Equal(new StatisticSpec(kind, argument), Clean(Yaml($"name: a\nobjective: {{metric: loss, statistic: {written}}}")).Objective.Statistic);

    [Fact]
    public void The_rest_of_objective_seeds_and_trial()
    {
        SweepSpec spec = Clean(Yaml("""
            name: a.b_c-1
            objective: {metric: val/acc@5, goal: maximize, take: best, noise: none, bounds: [0, 1], target: 0.99}
            search: {algorithm: tpe, seed: 9223372036854775807, order: lagged}
            seeds: {search: 3, searchMode: common, evaluation: {metric: test/acc}}
            trial:
              command: [python3, train.py, "${args}"]
              retries: 0
              workdir: sub
              env: {OMP_NUM_THREADS: 1, RATE: 1e-4, FLAG: true, NAME: "007"}
              slots: [{CUDA_VISIBLE_DEVICES: 0}, {CUDA_VISIBLE_DEVICES: 1}]
            """));
        Assert.Equal(Goal.Maximize, spec.Objective.Goal);
        Assert.Equal(Take.Best, spec.Objective.Take);
        Assert.True(spec.Objective.NoNoise);
        Assert.Equal((0.0, 1.0), spec.Objective.Bounds);
        Assert.Equal((ulong)long.MaxValue, spec.Search.Seed);
        Assert.Equal(SearchOrder.Lagged, spec.Search.Order);
        Assert.Equal(SearchSeedMode.Common, spec.Seeds.SearchMode);
        Assert.Equal("test/acc", spec.Seeds.Evaluation.Metric);
        Assert.Equal(["FLAG=true", "NAME=007", "OMP_NUM_THREADS=1", "RATE=0.0001"], spec.Trial!.Env.Select(e => $"{e.Key}={e.Value}"));
        Assert.Equal(["0", "1"], spec.Trial.Slots.Select(s => s["CUDA_VISIBLE_DEVICES"]));
        Assert.Equal(2, spec.Limits.Parallel);
    }

    [Fact]
    public void A_schedule_is_read_with_a_warning_that_run_does_not_run_it()
    {
        SpecResult result = Yaml("name: a\nobjective: {metric: loss}\nschedule: {cron: '0 2 * * *', seeds: 10, webhook: 'https://example.org/hook'}");
        SpecProblem warning = Assert.Single(result.Problems);
        Assert.Equal((SpecSeverity.Warning, "/schedule", 3), (warning.Severity, warning.Pointer, warning.Line));
        Assert.Equal(new ScheduleSpec { Cron = "0 2 * * *", Seeds = 10, Webhook = "https://example.org/hook" }, result.Spec!.Schedule);
    }

    [Fact]
    public void Early_stopping_is_read_by_a_program_that_has_the_rule()
    {
        SpecContext context = Bare with { StoppingRules = ["asha"] };
        SweepSpec spec = Clean(SpecReader.Read("name: a\nobjective: {metric: loss}\nearlyStopping: {rule: asha, resource: round, min: 10, max: 200, mode: pause, compare: trend}", null, context));
        Assert.Equal(new EarlyStoppingSpec { Rule = "asha", Resource = "round", Min = 10, Max = 200, Reduction = 3, Pause = true, ByTrend = true }, spec.EarlyStopping);
    }

    [Fact]
    public void A_stored_spec_is_read_without_its_runner_and_algorithm()
    {
        SweepSpec spec = Clean(SpecReader.Read("name: a\nobjective: {metric: loss}\nsearch: {algorithm: gp}\ntrial: {quantum: {bits: 3}}", null, SpecContext.Stored));
        Assert.Equal(("gp", "quantum"), (spec.Search.Algorithm, spec.Trial!.Runner));
    }

    [Fact]
    public void What_the_design_announces_is_read_to_its_end()
    {
        string whole = Example.Replace("runTime: 10m}", "runTime: 10m, cost: 2 USD}", StringComparison.Ordinal) + """

            earlyStopping: {rule: asha, resource: round, min: 10, max: 200, reduction: 3}
            schedule: {cron: "0 2 * * *", kind: robustness, seeds: 20, neighbours: 8, margin: 0.25, webhook: https://example.org/hook}
            """;
        SpecResult result = SpecReader.Read(whole, "sweep.yaml", Context);
        Assert.Empty(result.Errors);
        Assert.Equal(new Money(2, "USD"), result.Spec!.Limits.Cost);
        Assert.Contains("\"cost\":\"2 USD\"", SpecWriter.ToJson(result.Spec), StringComparison.Ordinal);
        Assert.Equal("/schedule", Assert.Single(result.Warnings).Pointer);
    }
}
