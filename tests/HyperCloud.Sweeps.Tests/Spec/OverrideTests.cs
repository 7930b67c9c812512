using HyperCloud.Core;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

public class OverrideTests
{
    private static SweepSpec With(params string[] overrides) => Clean(Yaml(Example, overrides));

    [Fact]
    public void Overrides_are_read_as_YAML_and_replace_add_and_remove()
    {
        SweepSpec spec = With("limits.trials=20", "space.learning_rate.max=0.1", "space.size.values=[small, medium]", "limits.time=null", "search.order=lagged", "space.extra={value: '1'}");
        Assert.Equal(20, spec.Limits.Trials);
        Assert.Equal(0.1, Assert.IsType<FloatParameter>(spec.Space.Parameters[1]).Max);
        Assert.Equal(2, Assert.IsType<OrdinalParameter>(spec.Space.Parameters[4]).Values.Length);
        Assert.Null(spec.Limits.Time);
        Assert.Equal(SearchOrder.Lagged, spec.Search.Order);
        Assert.Equal(ParameterValue.Of("1"), Assert.IsType<ConstantParameter>(spec.Space.Parameters[6]).Value);
    }

    [Fact]
    public void The_last_override_of_a_path_wins_and_the_order_of_parameters_stays()
    {
        SweepSpec spec = With("limits.trials=20", "limits.trials=30", "space.booster.values=[gbdt, dart, goss]");
        Assert.Equal(30, spec.Limits.Trials);
        Assert.Equal("booster", spec.Space.Parameters[0].Name);
    }

    [Fact]
    public void Missing_mappings_on_the_way_are_added_and_equals_signs_belong_to_the_value()
    {
        SweepSpec spec = Clean(Yaml("name: a\nobjective: {metric: x}\nseeds:", "seeds.evaluation.metric=a=b", "trial.mlnet.data=x"));
        Assert.Equal("a=b", spec.Seeds.Evaluation.Metric);
        Assert.Equal("mlnet", spec.Trial!.Runner);
    }

    [Fact]
    public void Names_with_dots_lists_and_pointers()
    {
        string text = WithSpace("opt: {value: 0}", "opt.lr: {min: 0.1, max: 1}") + "trial: {command: [python, x.py]}\nseeds: {evaluation: {holdout: none}}";
        SweepSpec spec = Clean(Yaml(text, "space.opt.lr.max=0.5", "space.opt.value=3", "/space/opt.lr/min=0.2", "trial.command.0=python3", "trial.command.2=--fast"));
        Assert.Equal(new FloatParameter("opt.lr", 0.2, 0.5), spec.Space.Parameters[1]);
        Assert.Equal(ParameterValue.Of(3), Assert.IsType<ConstantParameter>(spec.Space.Parameters[0]).Value);
        Assert.Equal("""["python3","x.py","--fast"]""", spec.Trial!.Options.GetRawText());
    }

    [Theory]
    [InlineData("limits.trials=0", "/limits/trials", "--set limits.trials", "got 0")]
    [InlineData("limits.trails=5", "/limits/trails", "--set limits.trails", "did you mean `trials`")]
    [InlineData("limits.trials.x=5", "", "--set limits.trials.x", "goes below 100, which has no keys")]
    [InlineData("space.booster.values.9=5", "", "--set space.booster.values.9", "take 0 to 2")]
    [InlineData("limits..x=5", "", "--set limits..x", "no path of keys")]
    [InlineData("limits.trials", "", "--set", "path=value, such as limits.trials=20")]
    [InlineData("=5", "", "--set", "path=value")]
    [InlineData("space.x={min: 1", "", "--set space.x", "not well-formed YAML")]
    [InlineData("space.rounds.value=007", "/space/rounds/value", "--set space.rounds.value", "leading zero")]
    public void A_faulty_override_is_named_as_the_place(string item, string pointer, string place, string fragment)
    {
        SpecProblem error = Assert.Single(Yaml(Example, item).Errors);
        Assert.Equal((pointer, place, 0, 0), (error.Pointer, error.Place, error.Line, error.Column));
        Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"({place})", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Overrides_work_on_JSON_too_and_mend_what_they_replace()
    {
        Assert.Equal(7, Clean(Json(ExampleJson, "limits.trials=7")).Limits.Trials);
        Assert.Equal(7, Clean(Yaml(Example.Replace("trials: 100", "trials: 007", StringComparison.Ordinal), "limits.trials=7")).Limits.Trials);
    }
}
