namespace HyperCloud.Core;

/// <summary>
/// Minimises a smooth function in a box: limited-memory BFGS (Nocedal and Wright, "Numerical optimization", 2006, algorithm 7.4) on the
/// coordinates that are free, steps projected onto the box and halved until the function falls enough (Armijo).
/// </summary>
internal static class BoxMinimizer
{
    private const int Memory = 6;

    /// <summary>The function: writes its gradient and returns its value; a value that is not finite is as bad as +∞.</summary>
    public delegate double Objective(ReadOnlySpan<double> x, Span<double> gradient);

    /// <summary>Minimises from a point.</summary>
    /// <param name="objective">The function.</param>
    /// <param name="start">Where to start; clamped to the box.</param>
    /// <param name="low">Lower bounds.</param>
    /// <param name="high">Upper bounds.</param>
    /// <param name="evaluations">Most evaluations of the function.</param>
    /// <param name="tolerance">Ends once a step gains less than this.</param>
    /// <param name="firstStep">The length of the first step, in the largest coordinate.</param>
    /// <returns>The best point and its value; the value is +∞ when the function is not finite at the start.</returns>
    public static (double[] X, double Value) Minimize(
        Objective objective, ReadOnlySpan<double> start, ReadOnlySpan<double> low, ReadOnlySpan<double> high, int evaluations, double tolerance, double firstStep)
    {
        int n = start.Length;
        var free = new bool[n];
        double[] x = start.ToArray(), g = new double[n], next = new double[n], nextG = new double[n], direction = new double[n];
        for (int i = 0; i < n; i++) x[i] = Math.Clamp(x[i], low[i], high[i]);
        double value = objective(x, g);
        if (!double.IsFinite(value)) return (x, double.PositiveInfinity);
        List<(double[] S, double[] Y, double Rho)> memory = [];
        for (int used = 1; used < evaluations;)
        {
            double largest = 0;
            for (int i = 0; i < n; i++)
            {
                free[i] = !(x[i] <= low[i] && g[i] > 0) && !(x[i] >= high[i] && g[i] < 0);
                if (free[i]) largest = Math.Max(largest, Math.Abs(g[i]));
            }

            if (!(largest > 0)) break;
            Direction(memory, g, free, direction);
            double slope = 0;
            for (int i = 0; i < n; i++) slope += g[i] * direction[i];
            double step = 1;
            if (memory.Count == 0 || !(slope < 0))
            {
                memory.Clear();
                for (int i = 0; i < n; i++) direction[i] = free[i] ? -g[i] : 0;
                step = firstStep / largest;
            }

            double nextValue = double.PositiveInfinity, gain = 0;
            for (int tries = 0; used < evaluations && tries < 12; tries++, step *= 0.4)
            {
                double decrease = 0;
                for (int i = 0; i < n; i++)
                {
                    next[i] = Math.Clamp(x[i] + step * direction[i], low[i], high[i]);
                    decrease += g[i] * (next[i] - x[i]);
                }

                used++;
                nextValue = objective(next, nextG);
                gain = value - nextValue;
                if (double.IsFinite(nextValue) && gain >= -1e-4 * decrease && gain > 0) break;
                nextValue = double.PositiveInfinity;
            }

            if (!double.IsFinite(nextValue))
            {
                if (memory.Count == 0) break;
                memory.Clear();
                continue;
            }

            double[] s = new double[n], y = new double[n];
            double sy = 0, yy = 0;
            for (int i = 0; i < n; i++)
            {
                (s[i], y[i]) = (next[i] - x[i], nextG[i] - g[i]);
                sy += s[i] * y[i];
                yy += y[i] * y[i];
            }

            if (sy > 1e-10 * yy && sy > 0)
            {
                if (memory.Count == Memory) memory.RemoveAt(0);
                memory.Add((s, y, 1 / sy));
            }

            (x, next, g, nextG, value) = (next, x, nextG, g, nextValue);
            if (gain < tolerance) break;
        }

        return (x, value);
    }

    // The two-loop recursion on the free coordinates.
    private static void Direction(List<(double[] S, double[] Y, double Rho)> memory, double[] g, ReadOnlySpan<bool> free, double[] direction)
    {
        int n = g.Length;
        for (int i = 0; i < n; i++) direction[i] = free[i] ? -g[i] : 0;
        Span<double> a = stackalloc double[Memory];
        for (int k = memory.Count - 1; k >= 0; k--)
        {
            (double[] s, double[] y, double rho) = memory[k];
            a[k] = rho * Lanes.Dot(s, direction);
            Lanes.AddScaled(direction, -a[k], y);
        }

        if (memory.Count > 0)
        {
            double scale = 1 / (memory[^1].Rho * Lanes.Dot(memory[^1].Y, memory[^1].Y));
            for (int i = 0; i < n; i++) direction[i] *= scale;
        }

        for (int k = 0; k < memory.Count; k++)
        {
            (double[] s, double[] y, double rho) = memory[k];
            Lanes.AddScaled(direction, a[k] - rho * Lanes.Dot(y, direction), s);
        }

        for (int i = 0; i < n; i++)
            if (!free[i]) direction[i] = 0;
    }
}
