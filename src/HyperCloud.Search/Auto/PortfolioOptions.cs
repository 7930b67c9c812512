namespace HyperCloud.Search;

/// <summary>The constants of <see cref="PortfolioAlgorithm"/> and <see cref="FrontPortfolioAlgorithm"/>.</summary>
internal sealed record PortfolioOptions
{
    /// <summary>The Gaussian process.</summary>
    public GpOptions Gp { get; init; } = new();

    /// <summary>Most parameters with a choice that the Gaussian process is asked to model; beyond it TPE searches alone.</summary>
    public int MaxDimensions { get; init; } = 60;

    /// <summary>Finished trials from which on every second trial is TPE's, whose cost and reach do not depend on the choice of trials in the model.</summary>
    public int ManyTrials { get; init; } = 1000;

    /// <summary>The search is stalled when the best loss of this many trials…</summary>
    public int StallTrials { get; init; } = 10;

    /// <summary>… improves on that before them by less than this part of the distance from the best to the median loss.</summary>
    public double StallGain { get; init; } = 0.01;

    /// <summary>While stalled, every so many trials go to another branch of the space.</summary>
    public int BranchEvery { get; init; } = 3;

    /// <summary>Noise variance, as the process sees it, above which it is helped out by TPE: the losses are noisy or rugged.</summary>
    public double Rugged { get; init; } = 0.01;

    /// <summary>Every so many trials TPE helps out; 0: never.</summary>
    public int TpeEvery { get; init; } = 3;

    /// <summary>Every so many trials, there, go to the least posterior mean, so that what is believed best is made sure of; 0: never.</summary>
    public int MeanEvery { get; init; } = 4;

    /// <summary>Finished trials from which on they do.</summary>
    public int MeanFrom { get; init; } = 40;

    /// <summary>With several objectives, every so many trials NSGA-II helps out, where there is noise; 0: never.</summary>
    public int Nsga2Every { get; init; } = 4;
}
