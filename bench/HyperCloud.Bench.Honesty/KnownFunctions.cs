using HyperCloud.Core;

namespace HyperCloud.Bench.Honesty;

/// <summary>A function over a space whose variance is known part by part, in closed form.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Space">The space.</param>
/// <param name="Value">The function, of unit coordinates in the space's order.</param>
/// <param name="Mains">The true main effects, as fractions of the variance where each parameter is active.</param>
/// <param name="Pairs">The true interactions that are not 0.</param>
/// <param name="Deviation">The standard deviation over the space.</param>
internal sealed record KnownFunction(string Name, Space Space, Func<double[], double> Value, double[] Mains, Dictionary<(string, string), double> Pairs, double Deviation)
{
    /// <summary>
    /// Ishigami and Homma, "An importance quantification technique in uncertainty analysis for computer models" (1990), a = 7, b = 0.1:
    /// V1 = (1 + bπ⁴/5)²/2, V2 = a²/8, V13 = 8b²π⁸/225, all else 0.
    /// </summary>
    public static KnownFunction Ishigami { get; } = Of("Ishigami", Floats("x1", "x2", "x3"),
        u => Math.Sin(Angle(u[0])) * (1 + 0.1 * Math.Pow(Angle(u[2]), 4)) + 7 * Math.Pow(Math.Sin(Angle(u[1])), 2),
        [Math.Pow(1 + 0.1 * Math.Pow(Math.PI, 4) / 5, 2) / 2, 49 / 8.0, 0], new() { [("x1", "x3")] = 8 * 0.01 * Math.Pow(Math.PI, 8) / 225 });

    /// <summary>A sum over eight parameters of all kinds, each with half of the variance of the one before.</summary>
    public static KnownFunction Additive { get; } = Of("additive, all types", new Space(
    [
        new FloatParameter("lr", 1e-5, 1) { Log = true }, new IntParameter("layers", 1, 5), new CategoricalParameter("act", [.. "abc".Select(c => ParameterValue.Of($"{c}"))]), new FloatParameter("momentum", 0, 1),
        new OrdinalParameter("size", [.. "smlx".Select(c => ParameterValue.Of($"{c}"))]), new IntParameter("units", 8, 512) { Log = true }, new CategoricalParameter("bias", [ParameterValue.Of(true), ParameterValue.Of(false)]), new FloatParameter("decay", 0, 1),
    ]), u => u.Select((x, i) => Math.Pow(2, -i / 2.0) * Unit(x, i switch { 1 => 5, 2 => 3, 4 => 4, 6 => 2, _ => 0 })).Sum(), [.. Enumerable.Range(0, 8).Select(i => Math.Pow(2, -i))], []);

    /// <summary>
    /// Sobol's g-function Π (|4x − 2| + a)/(1 + a) (Saltelli and Sobol 1995): V_j = 1/(3(1 + a_j)²), V_jk = V_j V_k, and Π(1 + V_j) − 1 in all.
    /// </summary>
    public static KnownFunction Interacting { get; } = Product([0, 0.5, 1, 3, 9, 99]);

    /// <summary>Parameters of two branches, judged where they are active: the parts there are added up by hand.</summary>
    public static KnownFunction Conditional { get; } = Branches();

    public static KnownFunction[] All { get; } = [Ishigami, Additive, Interacting, Conditional];

    private static double Angle(double u) => Math.PI * (2 * u - 1);

    private static Space Floats(params string[] names) => new(names.Select(n => new FloatParameter(n, 0, 1)));

    // Mean 0 and variance 1 over the uniform measure: linear in the number of the cell, or in u.
    private static double Unit(double u, int cells)
    {
        if (cells == 0) return Math.Sqrt(12) * (u - 0.5);
        return (Math.Floor(u * cells) - (cells - 1) / 2.0) / Math.Sqrt((cells * cells - 1) / 12.0);
    }

    private static KnownFunction Of(string name, Space space, Func<double[], double> value, double[] variances, Dictionary<(string, string), double> pairs)
    {
        double total = variances.Sum() + pairs.Values.Sum();
        return new(name, space, value, [.. variances.Select(v => v / total)], pairs.ToDictionary(p => p.Key, p => p.Value / total), Math.Sqrt(total));
    }

    private static KnownFunction Product(double[] a)
    {
        double[] v = [.. a.Select(x => 1 / (3 * (1 + x) * (1 + x)))];
        double total = v.Aggregate(1.0, (p, x) => p * (1 + x)) - 1;
        Dictionary<(string, string), double> pairs = [];
        for (int j = 0; j < v.Length; j++)
            for (int k = j + 1; k < v.Length; k++) pairs[($"x{j}", $"x{k}")] = v[j] * v[k] / total;
        return new("interacting (g-function)", Floats([.. a.Select((_, j) => $"x{j}")]), u => u.Select((x, j) => (Math.Abs(4 * x - 2) + a[j]) / (1 + a[j])).Aggregate(1.0, (p, x) => p * x),
            [.. v.Select(x => x / total)], pairs, Math.Sqrt(total));
    }

    // booster a, b, c, d shifts by −1, 0, 0, 1 (variance 1/2; 1/4 within c and d); lr has variance 1 throughout, drop (of c and d) 2, depth (of d) 4.
    private static KnownFunction Branches()
    {
        var space = new Space(
        [
            new CategoricalParameter("booster", [.. "abcd".Select(c => ParameterValue.Of($"{c}"))]), new FloatParameter("lr", 1e-4, 1) { Log = true },
            new FloatParameter("drop", 0, 1) { When = [new ConditionClause("booster", [ParameterValue.Of("c"), ParameterValue.Of("d")])] },
            new IntParameter("depth", 1, 8) { When = [new ConditionClause("booster", [ParameterValue.Of("d")])] }, new FloatParameter("idle", 0, 1),
        ]);
        return new("conditional", space, u => (int)(4 * u[0]) switch { 0 => -1, 3 => 1, _ => 0 } + Unit(u[1], 0) + (u[0] >= 0.5 ? Math.Sqrt(2) * Unit(u[2], 0) : 0) + (u[0] >= 0.75 ? 2 * Unit(u[3], 8) : 0),
            [0.5 / 3.5, 1 / 3.5, 2 / 5.25, 4 / 7.0, 0], [], Math.Sqrt(3.5));
    }
}
