using HyperCloud.Core;

/// <summary>A problem with several objectives to be minimised.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Space">Where.</param>
/// <param name="Losses">The objectives, without noise.</param>
/// <param name="Reference">The reference point: hypervolume is measured below it.</param>
/// <param name="Ideal">The hypervolume of the true front; null: not known, the union of all fronts found takes its place.</param>
/// <param name="Noise">Standard deviation of the noise that the search sees, for each objective.</param>
internal sealed record FrontProblem(string Name, Space Space, Func<Assignment, double[]> Losses, double[] Reference, double? Ideal, double Noise = 0)
{
    /// <summary>
    /// ZDT1 to 3 in 6 dimensions (Zitzler, Deb and Thiele, 2000), DTLZ2 with 3 objectives in 6 (Deb, Thiele, Laumanns and Zitzler, 2002), a mixed and
    /// conditional choice of a model, ZDT1 in 80 dimensions, and two of them with noise. References lie at the ends of the front and about the median of random designs; ideal
    /// volumes follow from the fronts' closed forms (f₂ = 1 − √f₁ and so on).
    /// </summary>
    public static FrontProblem[] All { get; } =
    [
        Zdt("zdt1", f => 1 - Math.Sqrt(f)),
        Zdt("zdt2", f => 1 - f * f),
        Zdt("zdt3", f => 1 - Math.Sqrt(f), f => f * Math.Sin(10 * Math.PI * f)),
        Dtlz2("dtlz2-3"),
        Model("model"),
        Zdt("zdt1-wide", f => 1 - Math.Sqrt(f), dimensions: 80),
        Zdt("zdt1-noisy", f => 1 - Math.Sqrt(f)) with { Noise = 0.1 },
        Model("model-noisy") with { Noise = 0.03 },
    ];

    // f₁ = x₀ and f₂ = g · h(f₁, g); where there is a wave f₁ sin(10π f₁), it is taken off.
    private static FrontProblem Zdt(string name, Func<double, double> shape, Func<double, double>? wave = null, int dimensions = 6)
    {
        var space = new Space(Enumerable.Range(0, dimensions).Select(i => (Parameter)new FloatParameter($"x{i}", 0, 1)));
        double[] reference = [1.1, 5];
        return new(name, space, a =>
        {
            double[] u = a.ToUnit();
            double g = 1 + 9 * u[1..].Average(), f = u[0];
            return [f, g * shape(f / g) - (wave is null ? 0 : wave(f))];
        }, reference, Area(f => shape(f) - (wave is null ? 0 : wave(f)), reference));
    }

    private static FrontProblem Dtlz2(string name)
    {
        var space = new Space(Enumerable.Range(0, 6).Select(i => (Parameter)new FloatParameter($"x{i}", 0, 1)));
        return new(name, space, a =>
        {
            double[] u = a.ToUnit();
            double g = 1 + u[2..].Sum(x => (x - 0.5) * (x - 0.5)), p = u[0] * Math.PI / 2, q = u[1] * Math.PI / 2;
            return [g * Math.Cos(p) * Math.Cos(q), g * Math.Cos(p) * Math.Sin(q), g * Math.Sin(p)];
        }, [1.1, 1.1, 1.1], 1.1 * 1.1 * 1.1 - Math.PI / 6);
    }

    // Error against the logarithm of the size of one of three kinds of model; the net is best where it is large, the line where it must be small.
    private static FrontProblem Model(string name)
    {
        static ParameterValue V(string s) => ParameterValue.Of(s);
        ConditionClause When(params string[] kinds) => new("kind", [.. kinds.Select(V)]);
        var space = new Space(
        [
            new CategoricalParameter("kind", [V("net"), V("trees"), V("line")]),
            new IntParameter("layers", 1, 4) { When = [When("net")] },
            new IntParameter("units", 4, 512) { Log = true, When = [When("net")] },
            new FloatParameter("rate", 1e-4, 1) { Log = true, When = [When("net", "trees")] },
            new IntParameter("trees", 10, 500) { Log = true, When = [When("trees")] },
            new IntParameter("depth", 2, 12) { When = [When("trees")] },
            new FloatParameter("penalty", 1e-6, 10) { Log = true },
            new CategoricalParameter("scaling", [V("none"), V("standard"), V("rank")]),
        ]);
        return new(name, space, a =>
        {
            double Number(string p) => a[p]!.Value.AsNumber();
            double Log(string p) => Math.Log10(Number(p));
            double scaling = a["scaling"]!.Value.AsText() switch { "none" => 0.06, "standard" => 0.0, _ => 0.02 };
            double penalty = 0.01 * Math.Pow(Log("penalty") + 2, 2);
            switch (a["kind"]!.Value.AsText())
            {
                case "net":
                    double size = Number("layers") * Math.Pow(Number("units"), 1.3);
                    return [0.03 + 0.35 / (1 + Math.Pow(size / 60, 0.6)) + 0.05 * Math.Pow(Log("rate") + 2.3, 2) + 0.01 * Math.Pow(Number("layers") - 2, 2) + penalty + scaling, 1 + Math.Log10(size)];
                case "trees":
                    double nodes = Number("trees") * Math.Pow(1.6, Number("depth"));
                    return [0.08 + 0.3 / (1 + Math.Pow(nodes / 200, 0.5)) + 0.04 * Math.Pow(Log("rate") + 1, 2) + 0.002 * Math.Pow(Number("depth") - 6, 2) + 0.5 * penalty, 0.5 + Math.Log10(nodes)];
                default:
                    return [0.3 + penalty + scaling, 1.3];
            }
        }, [0.45, 5], null);
    }

    // The area that a front f₂(f₁) dominates below a reference: what is not dominated at f₁ reaches up to the least f₂ so far.
    private static double Area(Func<double, double> shape, double[] reference)
    {
        const int Steps = 1_000_000;
        double sum = 0, least = double.PositiveInfinity;
        for (int i = 0; i < Steps; i++)
        {
            double f = reference[0] * (i + 0.5) / Steps;
            if (f <= 1) least = Math.Min(least, shape(f));
            sum += (reference[1] - least) * reference[0] / Steps;
        }

        return sum;
    }
}
