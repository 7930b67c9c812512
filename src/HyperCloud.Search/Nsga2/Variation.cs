using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Children of configurations on the unit cube: simulated binary crossover and polynomial mutation, both bounded (Deb and Agrawal, 1995; Deb and Goyal,
/// 1996), of ordered parameters; values without order are inherited or drawn anew. Steps and ints are hit exactly, and what is active follows from the values.
/// </summary>
internal sealed class Variation(Space space, Nsga2Options options)
{
    /// <summary>A child of two parents.</summary>
    /// <param name="first">The parent that it resembles more.</param>
    /// <param name="second">The other.</param>
    /// <param name="random">Random numbers.</param>
    public Assignment Child(Assignment first, Assignment second, RandomStream random)
    {
        double[] a = first.ToUnit(), b = second.ToUnit(), u = new double[a.Length];
        bool cross = random.NextDouble() < options.Crossover;
        for (int i = 0; i < u.Length; i++)
        {
            // Inactive in one of them: as in the other; in both: anew, should it be active in the child.
            double own = double.IsNaN(a[i]) ? b[i] : a[i], other = double.IsNaN(b[i]) ? own : b[i];
            if (double.IsNaN(own)) own = other = random.NextDouble();
            u[i] = !cross || random.NextDouble() < 0.5 ? own : space.Parameters[i].IsOrdered ? Cross(own, other, random.NextDouble()) : other;
        }

        Assignment child = space.FromUnit(u);
        int[] active = [.. Enumerable.Range(0, u.Length).Where(i => child[i] is not null && space.Parameters[i].Cardinality != 1)];
        if (active.Length == 0) return child;
        bool mutated = false;
        foreach (int i in active)
        {
            if (random.NextDouble() >= options.Mutations / active.Length) continue;
            mutated = true;
            u[i] = Mutate(space.Parameters[i], u[i], random);
        }

        // A copy of a parent would tell nothing new.
        if (!mutated && (child.Equals(first) || child.Equals(second)))
        {
            int i = active[random.NextInt(active.Length)];
            u[i] = Mutate(space.Parameters[i], u[i], random);
        }

        return space.FromUnit(u);
    }

    // The child near `own` of two coordinates; the spread factor is bounded so that it stays in [0, 1].
    private double Cross(double own, double other, double v)
    {
        double low = Math.Min(own, other), high = Math.Max(own, other), width = high - low;
        if (width < 1e-14) return own;
        double room = own == low ? low : 1 - high, index = options.CrossoverIndex + 1;
        double alpha = 2 - Elementary.Pow(1 + 2 * room / width, -index);
        double spread = v <= 1 / alpha ? Elementary.Pow(v * alpha, 1 / index) : Elementary.Pow(1 / (2 - v * alpha), 1 / index);
        double middle = (low + high) / 2, half = spread * width / 2;
        return Math.Clamp(own == low ? middle - half : middle + half, 0, 1);
    }

    private double Mutate(Parameter parameter, double u, RandomStream random)
    {
        if (!parameter.IsOrdered)
        {
            long at = parameter.IndexOf(parameter.FromUnit(u)), to = random.NextInt((int)parameter.Cardinality!.Value - 1);
            return parameter.ToUnit(parameter.ValueAt(to < at ? to : to + 1));
        }

        double v = random.NextDouble(), index = options.MutationIndex + 1;
        double moved = Math.Clamp(v < 0.5
            ? u + Elementary.Pow(2 * v + (1 - 2 * v) * Elementary.Pow(1 - u, index), 1 / index) - 1
            : u + 1 - Elementary.Pow(2 * (1 - v) + (2 * v - 1) * Elementary.Pow(u, index), 1 / index), 0, 1);
        if (parameter.Cardinality is not { } count) return moved;
        long from = parameter.IndexOf(parameter.FromUnit(u));
        if (parameter.IndexOf(parameter.FromUnit(moved)) != from) return moved;
        // Too small a step for this grid: to a neighbour.
        bool down = from == count - 1 || (from > 0 && v < 0.5);
        return parameter.ToUnit(parameter.ValueAt(down ? from - 1 : from + 1));
    }
}
