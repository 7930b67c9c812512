using System.Diagnostics;
using HyperCloud.Core;

namespace HyperCloud.Statistics.Tests;

/// <summary>Importance against closed forms, and what must hold whatever the trials.</summary>
public sealed class ImportanceTests
{
    [Fact]
    public void Fractions_of_an_additive_function_are_those_of_its_squared_slopes()
    {
        // f = 2 x + y on the unit square: variances 4/12 and 1/12, no interaction. z does nothing; the scale of y is logarithmic.
        var space = new Space([new FloatParameter("x", 0, 10), new FloatParameter("y", 1e-4, 1) { Log = true }, new FloatParameter("z", -1, 1)]);
        ImportanceResult result = Importance.Of(space, Uniform(space, 500, u => 2 * u[0] + u[1]), Goal.Minimize, 1);
        Report(result);
        Within(0.8, result.Parameters[0].Fraction, 0.04);
        Within(0.2, result.Parameters[1].Fraction, 0.04);
        Within(0, result.Parameters[2].Fraction, 0.01);
        Assert.Equal([ImportanceVerdict.EffectShown, ImportanceVerdict.EffectShown, ImportanceVerdict.NoEffectShown], result.Parameters.Select(p => p.Verdict));
        Assert.All(result.Pairs, p => Within(0, p.Fraction, 0.04));
        Assert.True(result.RSquared > 0.9);

        // The marginal of x is 2 x / 10 + 1/2, whatever else: at the first and last sixteenth 0.5625 and 2.4375.
        Within(0.5625, result.Parameters[0].Curve[0].Mean, 0.15);
        Within(2.4375, result.Parameters[0].Curve[^1].Mean, 0.15);
    }

    [Fact]
    public void The_Ishigami_function_has_its_Sobol_indices()
    {
        // Ishigami and Homma 1990 with a = 7, b = 0.1 on (−π, π)³: S1 = 0.3139, S2 = 0.4424, S3 = 0, S13 = 0.2437, the rest 0.
        var space = new Space(new[] { "x1", "x2", "x3" }.Select(n => new FloatParameter(n, -Math.PI, Math.PI)));
        ImportanceResult result = Importance.Of(space, Uniform(space, 1000, u =>
        {
            double x1 = Angle(u[0]), x2 = Angle(u[1]), x3 = Angle(u[2]);
            return Math.Sin(x1) + 7 * Math.Sin(x2) * Math.Sin(x2) + 0.1 * Math.Pow(x3, 4) * Math.Sin(x1);
        }), Goal.Minimize, 2);
        Report(result);
        Assert.Equal(EffectModel.GaussianProcess, result.Model);
        Within(0.3139, result.Parameters[0].Fraction, 0.015);
        Within(0.4424, result.Parameters[1].Fraction, 0.015);
        Within(0, result.Parameters[2].Fraction, 0.005);
        PairImportance top = result.Pairs[0];
        Assert.Equal(("x1", "x3"), (top.First, top.Second));
        Within(0.2437, top.Fraction, 0.015);
        Assert.All(result.Pairs.Skip(1), p => Within(0, p.Fraction, 0.01));

        // The mean over x2 at the corner where x1 = x3 = −7π/8: sin x1 (1 + 0.1 x3⁴) + 7/2.
        double corner = Angle(1 / 16.0);
        Within(Math.Sin(corner) * (1 + 0.1 * Math.Pow(corner, 4)) + 3.5, top.Surface!.Means[0][0], 0.5);

        // x3 has no main effect, but an effect all the same.
        Assert.All(result.Parameters, p => Assert.Equal(ImportanceVerdict.EffectShown, p.Verdict));

        static double Angle(double u) => Math.PI * (2 * u - 1);
    }

    [Fact]
    public void Shares_of_a_short_noisy_sweep_keep_the_order_of_the_truth()
    {
        // Σ 2^(−i/2) x_i with noise of a quarter of its standard deviation: each share is half of the one before. The bench prints more of these.
        var space = new Space(Enumerable.Range(0, 5).Select(i => new FloatParameter($"p{i}", 0, 1)));
        double deviation = Math.Sqrt(Enumerable.Range(0, 5).Sum(i => Math.Pow(2, -i)) / 12);
        var noise = new RandomStream(5, StreamPurpose.Run);
        ImportanceResult result = Importance.Of(space, Uniform(space, 120, u => u.Select((x, i) => Math.Pow(2, -i / 2.0) * x).Sum() + 0.25 * deviation * noise.NextNormal()), Goal.Minimize, 1);
        Report(result);
        Assert.Equal(result.Parameters.Select(p => p.Name), result.Parameters.OrderByDescending(p => p.Fraction).Select(p => p.Name));
        // Noise is taken out of the variance, so the shares are those of the function.
        for (int i = 0; i < 5; i++) Within(Math.Pow(2, -i) / 1.9375, result.Parameters[i].Fraction, 0.06);
    }

    [Fact]
    public void What_jumps_is_left_to_the_forest()
    {
        // A needle that no smooth function bends to: 3 where both lie in one of eight narrow stripes, else 0.
        var space = new Space([new FloatParameter("x", 0, 1), new FloatParameter("y", 0, 1)]);
        ImportanceResult result = Importance.Of(space, Uniform(space, 400, u => (u[0] > 0.37 ? 3 : 0) + (u[0] > 0.37 && u[1] is > 0.81 and < 0.93 ? 9 : 0)), Goal.Minimize, 1);
        Report(result);
        Assert.Equal(EffectModel.Forest, result.Model);
        Assert.All(result.Parameters, p => Assert.Equal(ImportanceVerdict.EffectShown, p.Verdict));
    }

    [Fact]
    public void A_condition_may_name_many_scattered_values()
    {
        // 40 of 200 values, none next to another: more than 64 cells in order could tell apart.
        ParameterValue[] odd = [.. Enumerable.Range(0, 40).Select(i => ParameterValue.Of(1L + 5 * i))], few = [ParameterValue.Of(1L), ParameterValue.Of(6L), ParameterValue.Of(200L)];
        var space = new Space([new IntParameter("n", 1, 200), new FloatParameter("x", 0, 1) { When = [new("n", [.. odd])] }, new FloatParameter("y", 0, 1) { When = [new("n", [.. few])] }]);
        ImportanceResult result = Importance.Of(space, Uniform(space, 300, u => ((int)(200 * u[0]) % 5 == 0 ? 3 * u[1] : 2) + 0.01 * u[0]), Goal.Minimize, 1);
        Report(result);
        Assert.Equal([1, 0.2, 0.015], result.Parameters.Select(p => Math.Round(p.ActiveShare, 6)));
        Assert.Equal(ImportanceVerdict.EffectShown, result.Parameters[1].Verdict);
        Assert.True(result.Parameters[1].Fraction > 0.9, $"{result.Parameters[1].Fraction}");
    }

    [Fact]
    public void A_flat_parameter_is_called_so_and_a_real_one_is_not()
    {
        // 100 sweeps of 60 trials: y = x + a category's effect + noise with sd 0.5; three parameters do nothing.
        var space = new Space(
        [
            new FloatParameter("x", 0, 1), new CategoricalParameter("c", [ParameterValue.Of("a"), ParameterValue.Of("b"), ParameterValue.Of("d")]),
            new FloatParameter("flat", 1e-3, 1) { Log = true }, new CategoricalParameter("idle", [ParameterValue.Of("p"), ParameterValue.Of("q")]), new IntParameter("n", 1, 300),
        ]);
        int[] shown = new int[5];
        for (int s = 0; s < 100; s++)
        {
            var noise = new RandomStream((ulong)s, StreamPurpose.Run, 9);
            ImportanceResult result = Importance.Of(space, Uniform(space, 60, u => 3 * u[0] + (u[1] < 1 / 3.0 ? 1.5 : 0) + 0.5 * noise.NextNormal(), (ulong)s), Goal.Minimize, (ulong)s, new ImportanceOptions { Trees = 0, Pairs = 0, CurvePoints = 0 });
            for (int p = 0; p < 5; p++) shown[p] += result.Parameters[p].Verdict == ImportanceVerdict.EffectShown ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"effect shown, of 100: {string.Join(", ", shown)}");
        Assert.True(shown[0] >= 95 && shown[1] >= 80, $"real: {shown[0]}, {shown[1]}");
        // At level 0.02 the number of 300 is binomial with mean 6; 16 or more has a chance of 0.0004.
        Assert.True(shown[2] + shown[3] + shown[4] < 16, $"flat: {shown[2]}, {shown[3]}, {shown[4]}");
    }

    [Fact]
    public void A_flat_parameter_of_a_search_that_settles_is_called_so()
    {
        // A crude model-based search: after 15 trials three of four are made from one of the best fifth, all coordinates moved together. So the flat
        // parameters come to depend on the others, and on time.
        var space = new Space(new[] { "x", "y", "flat", "idle" }.Select(n => new FloatParameter(n, 0, 1)));
        int[] shown = new int[4];
        for (int s = 0; s < 100; s++)
        {
            List<(double[] U, double Value)> done = [];
            for (int i = 0; i < 80; i++)
            {
                var random = new RandomStream((ulong)s, StreamPurpose.Suggestion, (ulong)i);
                double[] u = [.. Enumerable.Range(0, 4).Select(_ => random.NextDouble())];
                if (i >= 15 && random.NextDouble() < 0.75)
                {
                    double[] near = done.OrderBy(d => d.Value).ElementAt(random.NextInt((i + 4) / 5)).U;
                    u = [.. near.Select(c => Math.Clamp(c + 0.1 * random.NextNormal(), 0, 1))];
                }

                done.Add((u, 25 * (Math.Pow(u[0] - 0.5, 2) + Math.Pow(u[1] - 0.3, 2)) + 0.5 * random.NextNormal()));
            }

            ImportanceResult result = Importance.Of(space, [.. done.Select((d, i) => new ImportanceTrial(i, space.FromUnit(d.U), d.Value))], Goal.Minimize, (ulong)s, new ImportanceOptions { Trees = 0, Pairs = 0, CurvePoints = 0 });
            for (int p = 0; p < 4; p++) shown[p] += result.Parameters[p].Verdict == ImportanceVerdict.EffectShown ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"effect shown, of 100: {string.Join(", ", shown)}");
        // The level is not exact here. At 5 %, the bar, the number of 200 is binomial with mean 10; more than 18 has a chance of 0.007.
        Assert.True(shown[0] >= 90 && shown[1] >= 90, $"real: {shown[0]}, {shown[1]}");
        Assert.True(shown[2] + shown[3] <= 18, $"flat: {shown[2]}, {shown[3]}");
    }

    [Fact]
    public void A_conditional_parameter_is_judged_where_it_is_active()
    {
        // Two of four boosters have a drop rate, on which they depend with 4 d; the others lie at 2, the mean over d. So the parent has no main
        // effect, the child explains all of the variance where it is active, and 'deep', a child of the child's branch, nothing.
        var space = new Space(
        [
            new CategoricalParameter("booster", [ParameterValue.Of("gbdt"), ParameterValue.Of("dart"), ParameterValue.Of("rf"), ParameterValue.Of("dart2")]),
            new FloatParameter("drop", 0, 1) { When = [new("booster", [ParameterValue.Of("dart"), ParameterValue.Of("dart2")])] },
            new IntParameter("deep", 1, 8) { When = [new("booster", [ParameterValue.Of("dart")])] },
        ]);
        ImportanceResult result = Importance.Of(space, Uniform(space, 400, u => u[0] is (>= 0.25 and < 0.5) or >= 0.75 ? 4 * u[1] : 2), Goal.Minimize, 3);
        Report(result);
        Assert.Equal([1, 0.5, 0.25], result.Parameters.Select(p => p.ActiveShare));
        Within(0, result.Parameters[0].Fraction, 0.03);
        Within(1, result.Parameters[1].Fraction, 0.05);
        Within(0, result.Parameters[2].Fraction, 0.03);
        Assert.Equal(ImportanceVerdict.EffectShown, result.Parameters[1].Verdict);
        Assert.Equal(ImportanceVerdict.NoEffectShown, result.Parameters[2].Verdict);
        Within(4 / 32.0, result.Parameters[1].Curve[0].Mean, 0.2);
        Within(4 - 4 / 32.0, result.Parameters[1].Curve[^1].Mean, 0.2);
    }

    [Fact]
    public void The_order_in_which_trials_are_given_does_not_matter()
    {
        var space = new Space([new FloatParameter("x", 0, 1), new CategoricalParameter("c", [ParameterValue.Of(true), ParameterValue.Of(false)]), new IntParameter("n", 1, 5)]);
        List<ImportanceTrial> trials = Uniform(space, 60, u => u[0] * u[0] + u[2]);
        string first = Text(Importance.Of(space, trials, Goal.Maximize, 4));
        Assert.Equal(first, Text(Importance.Of(space, trials, Goal.Maximize, 4)));
        ImportanceTrial[] mixed = [.. trials];
        new RandomStream(5, StreamPurpose.Run).Shuffle<ImportanceTrial>(mixed);
        Assert.Equal(first, Text(Importance.Of(space, mixed, Goal.Maximize, 4)));
        Assert.NotEqual(first, Text(Importance.Of(space, trials, Goal.Maximize, 5)));
    }

    [Fact]
    public void Scale_and_shift_of_the_values_change_nothing()
    {
        var space = new Space([new FloatParameter("x", 0, 1), new FloatParameter("y", 0, 1)]);
        List<ImportanceTrial> trials = Uniform(space, 80, u => u[0] + 0.3 * u[1]);
        ImportanceResult plain = Importance.Of(space, trials, Goal.Minimize, 1);
        // Powers of two lose no bits; a shift does, and a test beyond rounding would need luck with ties.
        ImportanceResult huge = Importance.Of(space, [.. trials.Select(t => t with { Value = Math.ScaleB(t.Value, 1000) })], Goal.Minimize, 1);
        ImportanceResult tiny = Importance.Of(space, [.. trials.Select(t => t with { Value = Math.ScaleB(t.Value, -900) })], Goal.Minimize, 1);
        Assert.Equal(plain.Parameters.Select(p => (p.Fraction, p.PValue, p.LocalFraction)), huge.Parameters.Select(p => (p.Fraction, p.PValue, p.LocalFraction)));
        Assert.Equal(plain.Parameters.Select(p => (p.Fraction, p.PValue, p.LocalFraction)), tiny.Parameters.Select(p => (p.Fraction, p.PValue, p.LocalFraction)));
    }

    [Fact]
    public void Degenerate_sweeps_get_a_sentence_or_a_modest_answer()
    {
        var space = new Space([new FloatParameter("x", 0, 1), new CategoricalParameter("one", [ParameterValue.Of("a")]), new ConstantParameter("k", ParameterValue.Of(1L))]);
        Assert.Equal("an analysis needs at least 10 trials with a value, but there are 0", Importance.Of(space, [], Goal.Minimize, 1).WhyNone);
        ImportanceResult single = Importance.Of(space, Uniform(space, 1, u => u[0]), Goal.Minimize, 1);
        Assert.Equal("an analysis needs at least 10 trials with a value, but there is 1", single.WhyNone);
        Assert.Equal((ImportanceVerdict.TooFewTrials, 1), (single.Parameters.Single().Verdict, single.Parameters.Single().Trials));
        ImportanceResult constant = Importance.Of(space, Uniform(space, 30, _ => 0.7), Goal.Minimize, 1);
        Assert.Equal("all values are equal", constant.WhyNone);
        Assert.Equal(ImportanceVerdict.NoEffectShown, constant.Parameters.Single().Verdict);
        Assert.Equal("no parameter has a choice", Importance.Of(new Space([]), Uniform(new Space([]), 30, _ => 1), Goal.Minimize, 1).WhyNone);

        // All trials at one place: there is noise, but no parameter that could explain it.
        var noise = new RandomStream(1, StreamPurpose.Run);
        ImportanceResult still = Importance.Of(space, [.. Uniform(space, 30, _ => noise.NextNormal()).Select(t => t with { Assignment = space.FromUnit([0.5, 0, 0]) })], Goal.Minimize, 1);
        Assert.Equal(ImportanceVerdict.NoEffectShown, still.Parameters.Single().Verdict);
        Assert.Null(still.Parameters.Single().Fraction);

        Assert.Throws<ArgumentException>(() => Importance.Of(space, [new(0, space.FromUnit([0.5, 0, 0]), double.NaN)], Goal.Minimize, 1));
        Assert.Throws<ArgumentException>(() => Importance.Of(space, [new(0, space.FromUnit([0.5, 0, 0]), 1, 0)], Goal.Minimize, 1));
        Assert.Throws<ArgumentException>(() => Importance.Of(space, [.. Uniform(space, 2, _ => 1).Select(t => t with { Number = 3 })], Goal.Minimize, 1));
    }

    [Fact]
    public void Sixteen_parameters_and_five_hundred_trials_take_seconds_at_most()
    {
        var space = new Space(Enumerable.Range(0, 16).Select(i => new FloatParameter($"p{i}", 0, 1)));
        List<ImportanceTrial> trials = Uniform(space, 500, u => u.Select((x, i) => x / (1 + i)).Sum());
        long start = Stopwatch.GetTimestamp();
        ImportanceResult result = Importance.Of(space, trials, Goal.Minimize, 1);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        TestContext.Current.TestOutputHelper?.WriteLine($"{took.TotalSeconds:0.00} s");
        Report(result);
        // Release took 1.2 s on one of two shared cores, this is Debug.
        Assert.True(took < TimeSpan.FromSeconds(40), $"{took}");
    }

    /// <summary>Trials uniform on the unit cube, with a value that depends on the coordinates.</summary>
    internal static List<ImportanceTrial> Uniform(Space space, int count, Func<double[], double> value, ulong seed = 7)
    {
        List<ImportanceTrial> trials = [];
        for (int i = 0; i < count; i++)
        {
            var random = new RandomStream(seed, StreamPurpose.Suggestion, (ulong)i);
            double[] u = [.. Enumerable.Range(0, space.Count).Select(_ => random.NextDouble())];
            trials.Add(new(i, space.FromUnit(u), value(u)));
        }

        return trials;
    }

    private static void Within(double expected, double? actual, double tolerance) =>
        Assert.True(actual is { } a && Math.Abs(a - expected) <= tolerance, $"expected {expected} ± {tolerance}, got {actual}");

    private static string Text(ImportanceResult result) => string.Join('\n',
        result.Parameters.Select(p => $"{p.Fraction:R} {p.Spread:R} {p.PValue:R} {p.LocalFraction:R} {string.Join(' ', p.Curve.Select(c => $"{c.Value}:{c.Mean:R}±{c.Deviation:R}"))}")
            .Concat(result.Pairs.Select(p => $"{p.First} {p.Second} {p.Fraction:R} {p.Spread:R}")).Append($"{result.RSquared:R}"));

    private static void Report(ImportanceResult result)
    {
        ITestOutputHelper? output = TestContext.Current.TestOutputHelper;
        output?.WriteLine($"R² {result.RSquared:0.000}, largest {result.LargestShare:0.000}");
        foreach (ParameterImportance p in result.Parameters) output?.WriteLine($"{p.Name,-8} {p.Fraction:0.0000} ± {p.Spread:0.0000}  p {p.PValue:0.000} {p.Verdict}  local {p.LocalFraction:0.000}");
        foreach (PairImportance p in result.Pairs.Take(4)) output?.WriteLine($"{p.First} × {p.Second} {p.Fraction:0.0000} ± {p.Spread:0.0000}");
    }
}
