namespace HyperCloud.Search;

/// <summary>The constants of <see cref="CmaEsAlgorithm"/>; all others are Hansen's defaults (<see cref="CmaEsState"/>). Lengths are parts of the unit range.</summary>
internal sealed record CmaEsOptions
{
    /// <summary>Trials of the startup design; the search begins at the mean of its best.</summary>
    public int Startup { get; init; } = 8;

    /// <summary>How many of the startup trials make the first mean.</summary>
    public int Elite { get; init; } = 2;

    /// <summary>The first step size.</summary>
    public double Sigma { get; init; } = 0.2;

    /// <summary>The first step size after a restart.</summary>
    public double RestartSigma { get; init; } = 0.3;

    /// <summary>Factor on the population at each restart (IPOP).</summary>
    public int Growth { get; init; } = 2;

    /// <summary>Restarts once the largest axis of the search distribution is below this.</summary>
    public double LeastAxis { get; init; } = 1e-7;

    /// <summary>Learning rate of the probabilities of categories.</summary>
    public double CategoryRate { get; init; } = 0.25;

    /// <summary>Most dimensions with a full covariance matrix; beyond it the matrix is kept diagonal (Ros and Hansen, 2008).</summary>
    public int MaxFull { get; init; } = 40;
}
