using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>A trial as an analysis of importance sees it.</summary>
/// <param name="Number">Its number, which decides the order; no two equal.</param>
/// <param name="Assignment">Its configuration.</param>
/// <param name="Value">What is explained: the mean over its runs. Finite.</param>
/// <param name="Weight">How much it counts, above 0: the number of its runs.</param>
public sealed record ImportanceTrial(int Number, Assignment Assignment, double Value, double Weight = 1);

/// <summary>What an analysis costs and how strict it is. The defaults are those of every surface.</summary>
public sealed record ImportanceOptions
{
    /// <summary>Trees of the forest that the Gaussian process is compared with; 0: it is not.</summary>
    public int Trees { get; init; } = 64;

    /// <summary>Permutations of the test of each parameter.</summary>
    public int Permutations { get; init; } = 99;

    /// <summary>Level of the verdict for each parameter by itself: where values were drawn independently, the greatest chance that one without effect gets "effect shown".</summary>
    public double Level { get; init; } = 0.02;

    /// <summary>The fraction γ that counts as the best.</summary>
    public double BestFraction { get; init; } = 0.1;

    /// <summary>Parameters of which pairs are looked at: those with the largest main effects.</summary>
    public int PairParameters { get; init; } = 12;

    /// <summary>Pairs that are named.</summary>
    public int Pairs { get; init; } = 10;

    /// <summary>Of those, how many come with a surface.</summary>
    public int Surfaces { get; init; } = 3;

    /// <summary>Points of a curve of a parameter with more values than that; 0: no curves.</summary>
    public int CurvePoints { get; init; } = 16;
}

/// <summary>The model of the metric that numbers come from.</summary>
public enum EffectModel
{
    /// <summary>A Gaussian process whose covariance is a product over the parameters.</summary>
    GaussianProcess,

    /// <summary>A forest of extremely randomised trees.</summary>
    Forest,
}

/// <summary>Whether a parameter matters, as far as the trials can tell.</summary>
public enum ImportanceVerdict
{
    /// <summary>The permutation test separates the parameter from chance.</summary>
    EffectShown,

    /// <summary>It does not. That is no proof that there is none.</summary>
    NoEffectShown,

    /// <summary>The parameter was active in too few trials for a test.</summary>
    TooFewTrials,
}

/// <summary>A point of a marginal curve.</summary>
/// <param name="Value">The parameter's value.</param>
/// <param name="Mean">The prediction, averaged over all other parameters where this one is active.</param>
/// <param name="Deviation">Standard deviation: posterior, or over the trees.</param>
public sealed record CurvePoint(ParameterValue Value, double Mean, double Deviation);

/// <summary>The importance of one parameter.</summary>
public sealed record ParameterImportance
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The share of the space in which it is active; everything below is about that part.</summary>
    public required double ActiveShare { get; init; }

    /// <summary>Trials in which it was active.</summary>
    public required int Trials { get; init; }

    /// <summary>Main effect as a fraction of the variance, 0 … 1; null where the model sees no variance, or with too few trials.</summary>
    public double? Fraction { get; init; }

    /// <summary>Standard deviation of the fraction: posterior, or over the trees.</summary>
    public double? Spread { get; init; }

    /// <summary>The verdict.</summary>
    public required ImportanceVerdict Verdict { get; init; }

    /// <summary>p-value of the permutation test; null without one.</summary>
    public double? PValue { get; init; }

    /// <summary>PED-ANOVA: share of the divergence of the best trials, 0 … 1 over all parameters; null with too few trials.</summary>
    public double? LocalFraction { get; init; }

    /// <summary>
    /// By how much the champion is predicted to get worse when this parameter moves by a tenth of its range, or to another value where there is no
    /// order: the mean over both directions, or the other values; below 0: better. Null without a champion in which it is active.
    /// </summary>
    public double? ChampionLoss { get; init; }

    /// <summary>The marginal curve; empty with too few trials.</summary>
    public required ImmutableArray<CurvePoint> Curve { get; init; }
}

/// <summary>The importance of an interaction.</summary>
/// <param name="First">One parameter.</param>
/// <param name="Second">The other, later in the space's order.</param>
/// <param name="Fraction">Its fraction of the variance beyond the two main effects, where both are active.</param>
/// <param name="Spread">Standard deviation: posterior, or over the trees.</param>
public sealed record PairImportance(string First, string Second, double Fraction, double? Spread)
{
    /// <summary>The metric over both; null for pairs that come later.</summary>
    public EffectSurface? Surface { get; init; }
}

/// <summary>The metric over two parameters, all others averaged where both are active.</summary>
/// <param name="First">Values of the first.</param>
/// <param name="Second">Values of the second.</param>
/// <param name="Means">The prediction, by the first, then by the second.</param>
/// <param name="Deviations">Its standard deviation: posterior, or over the trees.</param>
public sealed record EffectSurface(
    ImmutableArray<ParameterValue> First, ImmutableArray<ParameterValue> Second, ImmutableArray<ImmutableArray<double>> Means, ImmutableArray<ImmutableArray<double>> Deviations);

/// <summary>What matters.</summary>
public sealed record ImportanceResult
{
    /// <summary>Trials used.</summary>
    public required int Trials { get; init; }

    /// <summary>The parameters that have a choice, in the space's order.</summary>
    public required ImmutableArray<ParameterImportance> Parameters { get; init; }

    /// <summary>The model behind fractions, curves and pairs; null without an analysis.</summary>
    public EffectModel? Model { get; init; }

    /// <summary>The most important pairs, the largest first.</summary>
    public required ImmutableArray<PairImportance> Pairs { get; init; }

    /// <summary>The model's R² on trials that were left out (leave one out, or out of bag); may be negative. Null without an analysis.</summary>
    public double? RSquared { get; init; }

    /// <summary>Share of the (weighted) sum of squares that the most extreme trial makes up alone.</summary>
    public double? LargestShare { get; init; }

    /// <summary>Why there is no analysis, in a sentence; null when there is one.</summary>
    public string? WhyNone { get; init; }
}
