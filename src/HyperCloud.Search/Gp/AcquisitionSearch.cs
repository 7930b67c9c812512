using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Maximises an acquisition over a mixed, conditional space: compares many configurations, then improves the best by turns: gradient steps in
/// the ordered dimensions, values of categorical dimensions and neighbouring values of ordered finite ones by trial.
/// </summary>
internal sealed class AcquisitionSearch
{
    private const int MostValues = 12; // of a categorical dimension tried in one turn
    private const int GradientEvaluations = 20; // in one turn
    private const double LeastGain = 1e-3; // of a turn that is worth another

    private readonly SpaceEncoding _encoding;
    private readonly Acquisition _value;
    private readonly AcquisitionSlopes _slopes;

    /// <summary>The acquisition at an encoded configuration.</summary>
    public delegate double Acquisition(double[] x);

    /// <summary>The acquisition and its derivatives in some ordered dimensions.</summary>
    public delegate double AcquisitionSlopes(double[] x, ReadOnlySpan<int> dimensions, Span<double> slopes);

    /// <summary>Searches for the maximum of an acquisition.</summary>
    /// <param name="encoding">The encoding of the space.</param>
    /// <param name="value">The acquisition.</param>
    /// <param name="slopes">The acquisition with derivatives.</param>
    public AcquisitionSearch(SpaceEncoding encoding, Acquisition value, AcquisitionSlopes slopes) => (_encoding, _value, _slopes) = (encoding, value, slopes);

    /// <summary>A configuration under way.</summary>
    /// <param name="U">A unit coordinate for each parameter, inactive ones included.</param>
    /// <param name="Assignment">The configuration there.</param>
    /// <param name="X">The configuration, encoded.</param>
    /// <param name="Value">The acquisition; −∞ where it is no number, and where the configuration is forbidden.</param>
    public sealed record Candidate(double[] U, Assignment Assignment, double[] X, double Value);

    /// <summary>A candidate at a point of the unit cube.</summary>
    public Candidate At(double[] u)
    {
        Assignment a = _encoding.Space.FromUnit(u);
        double[] x = _encoding.Encode(a);
        double value = _encoding.Space.Allows(a) ? _value(x) : double.NegativeInfinity;
        return new Candidate(u, a, x, double.IsNaN(value) ? double.NegativeInfinity : value);
    }

    /// <summary>A point of the unit cube that a configuration sits at; inactive parameters at random.</summary>
    public static double[] UnitOf(Assignment assignment, RandomStream random)
    {
        double[] u = assignment.ToUnit();
        for (int i = 0; i < u.Length; i++)
            if (double.IsNaN(u[i])) u[i] = random.NextDouble();
        return u;
    }

    /// <summary>Improves a candidate.</summary>
    public Candidate Improve(Candidate start, int turns = 2)
    {
        Candidate best = start;
        for (int turn = 0; turn < turns; turn++)
        {
            Candidate before = best;
            best = Climb(best);
            best = Neighbours(best);
            if (!(best.Value > before.Value + LeastGain)) break;
        }

        return best;
    }

    private Candidate Climb(Candidate from)
    {
        int[] dimensions = [.. Enumerable.Range(0, from.X.Length).Where(d => !double.IsNaN(from.X[d]) && _encoding.Dimensions[d].Kind != DimensionKind.Categorical)];
        if (dimensions.Length == 0) return from;
        double[] start = [.. dimensions.Select(d => from.X[d])];
        double[] low = new double[start.Length], high = new double[start.Length];
        Array.Fill(high, 1);
        double[] x = [.. from.X];
        double Objective(ReadOnlySpan<double> at, Span<double> gradient)
        {
            for (int v = 0; v < dimensions.Length; v++) x[dimensions[v]] = at[v];
            double value = -_slopes(x, dimensions, gradient);
            for (int v = 0; v < dimensions.Length; v++) gradient[v] = -gradient[v];
            return value;
        }

        (double[] end, _) = BoxMinimizer.Minimize(Objective, start, low, high, GradientEvaluations, 1e-4, 0.02);
        double[] u = [.. from.U];
        for (int v = 0; v < dimensions.Length; v++) u[_encoding.Dimensions[dimensions[v]].Index] = end[v];
        Candidate there = At(u);
        return there.Value > from.Value ? there : from;
    }

    private Candidate Neighbours(Candidate best)
    {
        for (int d = 0; d < _encoding.Dimensions.Length; d++)
        {
            Dimension dimension = _encoding.Dimensions[d];
            if (dimension.Kind == DimensionKind.Continuous || double.IsNaN(best.X[d])) continue;
            long at = dimension.Parameter.IndexOf(best.Assignment[dimension.Index]!.Value);
            if (dimension.Kind == DimensionKind.Categorical)
            {
                for (long k = 0; k < Math.Min(dimension.Count, MostValues); k++)
                    if (k != at) Try(d, k);
            }
            else
            {
                if (at > 0) Try(d, at - 1);
                if (at < dimension.Count - 1) Try(d, at + 1);
            }
        }

        return best;

        void Try(int d, long index)
        {
            Parameter parameter = _encoding.Dimensions[d].Parameter;
            double[] u = [.. best.U];
            u[_encoding.Dimensions[d].Index] = parameter.ToUnit(parameter.ValueAt(index));
            Candidate other = At(u);
            if (other.Value > best.Value) best = other;
        }
    }
}
