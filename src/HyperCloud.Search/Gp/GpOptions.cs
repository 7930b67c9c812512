namespace HyperCloud.Search;

/// <summary>The constants of <see cref="GpAlgorithm"/>. Lengths are parts of a parameter's unit range, variances for losses of variance 1.</summary>
internal sealed record GpOptions
{
    /// <summary>Trials of the startup design, before the model is used.</summary>
    public int Startup { get; init; } = 10;

    /// <summary>Median of the prior of a lengthscale, for one active dimension; it grows with the root of their number.</summary>
    public double Lengthscale { get; init; } = 0.5;

    /// <summary>Standard deviation of the prior of a lengthscale's logarithm.</summary>
    public double LengthscaleSd { get; init; } = 1;

    /// <summary>Median of the prior of the noise variance.</summary>
    public double Noise { get; init; } = 1e-4;

    /// <summary>Standard deviation of the prior of the noise variance's logarithm.</summary>
    public double NoiseSd { get; init; } = 4;

    /// <summary>Least noise variance: keeps the covariance positive definite.</summary>
    public double LeastNoise { get; init; } = 1e-8;

    /// <summary>
    /// The noise that each rung missing to full length adds to the loss of a trial that a rule stopped, in noise variances of a run: what such a
    /// loss is projected to is less sure than a measured one.
    /// </summary>
    public double ProjectedNoise { get; init; } = 1;

    /// <summary>Most evaluations of the likelihood from each of the fixed starts.</summary>
    public int FitEvaluations { get; init; } = 40;

    /// <summary>Whether the fit has a second start, with shorter lengthscales and more noise.</summary>
    public bool SecondStart { get; init; } = true;

    /// <summary>Most trials in the model: the best half of them by loss, the rest evenly thinned by trial number.</summary>
    public int MaxTrials { get; init; } = 300;

    /// <summary>Median of the prior of the variance of the trend's coefficients.</summary>
    public double Trend { get; init; } = 0.02;

    /// <summary>Trials from which on the warp of losses is chosen by likelihood; before, there is none.</summary>
    public int WarpFrom { get; init; } = 12;

    /// <summary>By how much a warp's log posterior must exceed that of no warp, per trial.</summary>
    public double WarpMargin { get; init; } = 0.3;

    /// <summary>Configurations at which the acquisition is compared first.</summary>
    public int Candidates { get; init; } = 300;

    /// <summary>Of those, how many are improved by local search.</summary>
    public int Starts { get; init; } = 4;
}
