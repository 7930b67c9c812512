using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>PED-ANOVA against a second writing in NumPy: ped_anova.py beside this file prints the numbers.</summary>
public sealed class PedAnovaTests
{
    private static readonly ParameterValue[] s_values = [ParameterValue.Of("a"), ParameterValue.Of("b"), ParameterValue.Of("c"), ParameterValue.Of("d")];

    [Fact]
    public void A_continuous_parameter() => Approximately.Equal(0.8772512055053162, PedAnova.Divergence(
        Of(new FloatParameter("x", 0, 1)), [.. Enumerable.Range(0, 20).Select(i => Math.Sqrt(i + 0.5) / Math.Sqrt(20))], 4), 1e-9);

    [Fact]
    public void A_categorical_parameter() => Approximately.Equal(0.5321180555555556, PedAnova.Divergence(
        Of(new CategoricalParameter("c", [.. s_values[..3]])), [.. Enumerable.Range(0, 20).Select(i => (double)((i * i + i / 3) % 3))], 4), 1e-9);

    [Fact]
    public void An_ordinal_parameter() => Approximately.Equal(0.3851944654965895, PedAnova.Divergence(
        Of(new OrdinalParameter("o", [.. s_values])), [.. Enumerable.Range(0, 20).Select(i => (double)(i / 2 % 4))], 4), 1e-9);

    [Fact]
    public void What_sets_the_best_apart_is_found_although_it_was_tried_unevenly()
    {
        // The value b was tried in 80 of 100 trials, as a search would that has settled; only x decides.
        var space = new Space([new FloatParameter("x", 0, 1), new CategoricalParameter("c", [.. s_values[..2]])]);
        List<ImportanceTrial> trials = ImportanceTests.Uniform(space, 100, u => Math.Abs(u[0] - 0.3));
        ImportanceTrial[] uneven = [.. trials.Select((t, i) => t with { Assignment = space.FromUnit([t.Assignment.ToUnit()[0], i % 5 == 0 ? 0.2 : 0.8]) })];
        ImportanceResult result = Importance.Of(space, uneven, Goal.Minimize, 1, new ImportanceOptions { Trees = 2, Permutations = 1 });
        Assert.True(result.Parameters[0].LocalFraction > 0.9, $"{result.Parameters[0].LocalFraction}");
    }

    private static Feature Of(Parameter parameter) => new FeatureSpace(new Space([parameter])).Features[0];
}
