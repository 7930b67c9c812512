using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// The well-known test functions; formulas, usual domains and minima as in Surjanovic and Bingham, "Virtual Library of Simulation
/// Experiments: Test Functions and Datasets" (sfu.ca/~ssurjano). All are to be minimised.
/// </summary>
internal static class TestFunctions
{
    /// <summary>Every built-in objective.</summary>
    public static IEnumerable<IObjective> All { get; } =
    [
        new TestObjective("sphere", new(1, null), Sphere),
        new TestObjective("rosenbrock", new(2, null), Rosenbrock),
        new TestObjective("rastrigin", new(1, null), Rastrigin),
        new TestObjective("ackley", new(1, null), Ackley),
        new TestObjective("branin", new(2, 2), Branin),
        new TestObjective("hartmann6", new(6, 6), Hartmann6),
        new TestObjective("noisy-sphere", new(1, null), Sphere) { Noise = 1 },
        new TestObjective("noisy-branin", new(2, 2), Branin) { Noise = 1 },
        new TestObjective("noisy-hartmann6", new(6, 6), Hartmann6) { Noise = 0.1 },
        new TestObjective("flaky-sphere", new(1, null), Sphere) { Failure = 0.2 },
        new TestObjective("slow-sphere", new(1, null), Sphere) { Time = TimeSpan.FromSeconds(1) },
        new ConditionalObjective(),
        new CompromiseObjective(),
    ];

    /// <summary>Σ x²; minimum 0 at 0.</summary>
    public static double Sphere(ReadOnlySpan<double> x)
    {
        double sum = 0;
        foreach (double v in x) sum += v * v;
        return sum;
    }

    /// <summary>Σ 100 (xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²; minimum 0 at (1, …, 1).</summary>
    public static double Rosenbrock(ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int i = 0; i + 1 < x.Length; i++)
        {
            double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
            sum += 100 * a * a + b * b;
        }

        return sum;
    }

    /// <summary>10 d + Σ x² − 10 cos 2πx; minimum 0 at 0; usual domain ±5.12.</summary>
    public static double Rastrigin(ReadOnlySpan<double> x)
    {
        double sum = 10 * x.Length;
        foreach (double v in x) sum += v * v - 10 * Math.Cos(2 * Math.PI * v);
        return sum;
    }

    /// <summary>−20 exp(−0.2 √(mean x²)) − exp(mean cos 2πx) + 20 + e; minimum 0 at 0; usual domain ±32.768.</summary>
    public static double Ackley(ReadOnlySpan<double> x)
    {
        double squares = 0, cosines = 0;
        foreach (double v in x)
        {
            squares += v * v;
            cosines += Math.Cos(2 * Math.PI * v);
        }

        return -20 * Elementary.Exp(-0.2 * Math.Sqrt(squares / x.Length)) - Elementary.Exp(cosines / x.Length) + 20 + Math.E;
    }

    /// <summary>Branin (Branin-Hoo); minimum 0.397887 at (−π, 12.275), (π, 2.275), (9.42478, 2.475); usual domain [−5, 10] × [0, 15].</summary>
    public static double Branin(ReadOnlySpan<double> x)
    {
        double a = x[1] - 5.1 / (4 * Math.PI * Math.PI) * x[0] * x[0] + 5 / Math.PI * x[0] - 6;
        return a * a + 10 * (1 - 1 / (8 * Math.PI)) * Math.Cos(x[0]) + 10;
    }

    /// <summary>Hartmann, six dimensions, on [0, 1]⁶; minimum −3.32237 at (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573).</summary>
    public static double Hartmann6(ReadOnlySpan<double> x)
    {
        double[] alpha = [1, 1.2, 3, 3.2];
        double[][] a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]];
        double[][] p =
        [
            [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
            [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
        ];
        double sum = 0;
        for (int i = 0; i < 4; i++)
        {
            double exponent = 0;
            for (int j = 0; j < 6; j++) exponent += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j]);
            sum -= alpha[i] * Elementary.Exp(-exponent);
        }

        return sum;
    }
}
