using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>Estimate A against tunability that can be worked out.</summary>
public sealed class TunabilityTests
{
    // (x − 0.2)² · 10 + (y − 0.5)² · 10 + c, by default x = 0.7, y = 0.5, c = "a" (0; "b" is −0.4). x is worth 2.5, y nothing, c 0.4, x and c 2.9.
    private static readonly Space s_space = new(
    [
        new FloatParameter("x", 0, 1) { Default = ParameterValue.Of(0.7) }, new FloatParameter("y", 0, 1) { Default = ParameterValue.Of(0.5) },
        new CategoricalParameter("c", [ParameterValue.Of("a"), ParameterValue.Of("b"), ParameterValue.Of("d")]) { Default = ParameterValue.Of("a") },
        new FloatParameter("flat", 0, 1) { Default = ParameterValue.Of(0.5) },
        new FloatParameter("deep", 0, 1) { Default = ParameterValue.Of(1.0), When = [new("c", [ParameterValue.Of("d")])] },
    ]);

    private static double Value(double[] u) => 10 * (u[0] - 0.2) * (u[0] - 0.2) + 10 * (u[1] - 0.5) * (u[1] - 0.5) + (int)(3 * u[2]) switch { 1 => -0.4, 2 => 0.5 + 1.5 * u[4], _ => 0 };

    [Theory]
    [InlineData(Goal.Minimize)]
    [InlineData(Goal.Maximize)]
    public void What_tuning_is_worth_is_found(Goal goal)
    {
        var noise = new RandomStream(3, StreamPurpose.Run);
        double sign = goal == Goal.Minimize ? 1 : -1;
        TunabilityEstimates found = Tunability.Of(s_space, ImportanceTests.Uniform(s_space, 300, u => sign * (Value(u) + 0.2 * noise.NextNormal())), goal, 1);
        foreach (TunabilityEstimate e in found.Estimates) TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(" + ", e.Parameters)}: {e.Gain:0.000} ± {e.Spread:0.000} (active {e.ActiveShare:0.00})");
        Assert.Null(found.WhyNone);
        Assert.True(found.RSquared > 0.8);
        Near(2.9, "x", "y", "c", "flat", "deep");
        Near(2.5, "x");
        Near(0, "y");
        Near(0.4, "c");
        Near(0, "flat");
        Near(2.9, "x", "c");
        // With c = d, 1 by default: 1.5.
        Near(1.5, "deep");
        Assert.Equal(1 / 3.0, found.Estimates.Single(e => e.Parameters is ["deep"]).ActiveShare, 1e-12);

        void Near(double truth, params string[] names)
        {
            TunabilityEstimate e = found.Estimates.Single(e => e.Parameters.SequenceEqual(names));
            Assert.True(Math.Abs(e.Gain - truth) < 0.25, $"{string.Join(" + ", names)}: {e.Gain}, not {truth}");
        }
    }

    [Fact]
    public void The_luckiest_value_of_a_parameter_without_effect_gains_nothing_on_average()
    {
        // Optimum and value from one half of the trials would be above 0 in each of these.
        var space = new Space([new FloatParameter("x", 0, 1) { Default = ParameterValue.Of(0.5) }, new CategoricalParameter("idle", [.. "abcdefgh".Select(c => ParameterValue.Of($"{c}"))]) { Default = ParameterValue.Of("a") }]);
        double sum = 0;
        for (ulong s = 0; s < 40; s++)
        {
            var noise = new RandomStream(s, StreamPurpose.Run);
            TunabilityEstimates found = Tunability.Of(space, ImportanceTests.Uniform(space, 80, u => 6 * u[0] + noise.NextNormal(), 50 + s), Goal.Minimize, s);
            sum += found.Estimates.Single(e => e.Parameters is ["idle"]).Gain;
        }

        // A single gain has a standard deviation of about 0.4, so their mean one of 0.06.
        Assert.True(Math.Abs(sum / 40) < 0.2, $"{sum / 40}");
    }

    [Fact]
    public void What_a_model_does_not_predict_gets_a_sentence()
    {
        var noise = new RandomStream(4, StreamPurpose.Run);
        TunabilityEstimates none = Tunability.Of(s_space, ImportanceTests.Uniform(s_space, 100, u => Value(u) + 20 * noise.NextNormal()), Goal.Minimize, 1);
        Assert.Empty(none.Estimates);
        Assert.Contains("an estimate needs 0.5", none.WhyNone, StringComparison.Ordinal);
        Assert.Contains("at least 40 trials", Tunability.Of(s_space, ImportanceTests.Uniform(s_space, 20, Value), Goal.Minimize, 1).WhyNone, StringComparison.Ordinal);
        Assert.Contains("`default`", Tunability.Of(new Space([new FloatParameter("x", 0, 1)]), [], Goal.Minimize, 1).WhyNone, StringComparison.Ordinal);
    }

    [Fact]
    public void A_champion_at_the_bottom_loses_by_moving_and_where_it_is_steep_most()
    {
        Assignment champion = s_space.FromUnit([0.2, 0.5, 0.5, 0.5, 0.5]);
        ImportanceResult result = Importance.Of(s_space, ImportanceTests.Uniform(s_space, 300, u => Value(u) * 3), Goal.Minimize, 1, champion: champion);
        // 3 · 10 · 0.1² either way; c from b to a, or to d with deep at its default: 3 (0.4 + 2.4) / 2.
        Assert.Equal(0.3, result.Parameters[0].ChampionLoss!.Value, 0.1);
        Assert.Equal(0, result.Parameters[3].ChampionLoss!.Value, 0.05);
        Assert.Equal(4.2, result.Parameters[2].ChampionLoss!.Value, 0.3);
        Assert.Null(result.Parameters[4].ChampionLoss);
    }
}
