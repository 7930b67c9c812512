using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The users' beliefs about the optimum of a space (<see cref="ParameterPrior"/>) as densities on the unit scale: a normal around the centre,
/// truncated to [0, 1], or more probability for the value of a categorical parameter; mixed with the uniform density, so that a wrong belief can
/// be outvoted. They steer where trials begin (the mixture of Mallik and others, "PriorBand", NeurIPS 2023) and multiply what a model thinks of a
/// configuration by a power that falls as weight / trials (Hvarfner and others, "πBO", ICLR 2022).
/// </summary>
internal sealed class SpacePrior
{
    private const double Width = 0.15; // sd of the normal, of the parameter's unit range
    private const double Share = 0.9; // of the belief itself in a density; the rest is uniform
    private const double CategoricalMass = 0.5; // which the belief gives to its value beyond that value's even share

    private readonly Belief[] _beliefs;

    private sealed record Belief(int Index, Parameter Parameter, double Center, double Weight)
    {
        public double Below { get; } = NormalDistribution.Cdf(-Center / Width);

        public double Mass { get; } = NormalDistribution.Cdf((1 - Center) / Width) - NormalDistribution.Cdf(-Center / Width);

        // The share of the belief, against the uniform density, after so many trials.
        public double ShareAfter(int trials) => Weight / (Weight + trials);

        public double Density(double u) => Share * NormalDistribution.Density((u - Center) / Width) / (Width * Mass) + (1 - Share);

        public double LogProbability(bool isCenter) =>
            Elementary.Log(isCenter ? 1 + (Parameter.Cardinality!.Value - 1) * Share * CategoricalMass : 1 - Share * CategoricalMass); // times the number of values

        // The quantile v of share · belief + (1 − share) · uniform.
        public double Quantile(double v, double share)
        {
            if (!Parameter.IsOrdered)
            {
                double own = share * CategoricalMass;
                return v < own ? Center : Math.Min((v - own) / (1 - own), 1 - 1e-16);
            }

            double low = 0, high = 1;
            for (int i = 0; i < 60; i++)
            {
                double middle = (low + high) / 2;
                double below = share * (NormalDistribution.Cdf((middle - Center) / Width) - Below) / Mass + (1 - share) * middle;
                if (below < v) low = middle;
                else high = middle;
            }

            return (low + high) / 2;
        }
    }

    private SpacePrior(Belief[] beliefs) => _beliefs = beliefs;

    /// <summary>The beliefs about a space; null when there are none.</summary>
    public static SpacePrior? Of(Space space)
    {
        Belief[] beliefs =
        [
            .. Enumerable.Range(0, space.Count).Where(i => space.Parameters[i] is { Prior: not null, Cardinality: not 1 })
                .Select(i => new Belief(i, space.Parameters[i], space.Parameters[i].ToUnit(space.Parameters[i].Prior!.Center), space.Parameters[i].Prior!.Weight)),
        ];
        return beliefs.Length == 0 ? null : new SpacePrior(beliefs);
    }

    /// <summary>The largest share that a belief has after so many trials.</summary>
    public double ShareAfter(int trials)
    {
        double share = 0;
        foreach (Belief b in _beliefs) share = Math.Max(share, b.ShareAfter(trials));
        return share;
    }

    /// <summary>Moves a point that is uniform on the unit cube to where the beliefs say, those of one parameter by their share after so many trials.</summary>
    /// <param name="u">A coordinate a parameter; changed in place.</param>
    /// <param name="trials">How many trials there have been.</param>
    public void Warp(double[] u, int trials)
    {
        foreach (Belief b in _beliefs) u[b.Index] = b.Quantile(u[b.Index], b.ShareAfter(trials));
    }

    /// <summary>The sum over active parameters of weight / trials times the logarithm of the density.</summary>
    /// <param name="encoding">The encoding of the space.</param>
    /// <param name="x">An encoded configuration.</param>
    /// <param name="trials">Finished trials; below 1 counts as 1.</param>
    public double LogWeight(SpaceEncoding encoding, ReadOnlySpan<double> x, int trials)
    {
        double sum = 0;
        foreach (Belief b in _beliefs)
        {
            int d = encoding.DimensionOf(b.Index);
            if (double.IsNaN(x[d])) continue;
            double log = b.Parameter.IsOrdered ? Elementary.Log(b.Density(x[d]))
                : b.LogProbability((long)x[d] == b.Parameter.IndexOf(b.Parameter.Prior!.Center));
            sum += b.Weight / Math.Max(1, trials) * log;
        }

        return sum;
    }

    /// <summary>Adds the derivatives of <see cref="LogWeight"/> in some ordered dimensions.</summary>
    public void AddSlopes(SpaceEncoding encoding, ReadOnlySpan<double> x, int trials, ReadOnlySpan<int> dimensions, Span<double> slopes)
    {
        foreach (Belief b in _beliefs)
        {
            int v = dimensions.IndexOf(encoding.DimensionOf(b.Index));
            if (v < 0) continue;
            double u = x[dimensions[v]], density = b.Density(u);
            slopes[v] -= b.Weight / Math.Max(1, trials) * (u - b.Center) / (Width * Width) * (density - (1 - Share)) / density;
        }
    }
}
