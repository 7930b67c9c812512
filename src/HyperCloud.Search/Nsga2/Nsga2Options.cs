namespace HyperCloud.Search;

/// <summary>
/// The constants of <see cref="Nsga2Algorithm"/>: bolder than the usual ones (crossover index 15, mutation index 20, one mutation, a population of 100), which
/// are meant for tens of thousands of trials.
/// </summary>
internal sealed record Nsga2Options
{
    /// <summary>Trials of the startup design, before there is a population.</summary>
    public int Startup { get; init; } = 10;

    /// <summary>Least population.</summary>
    public int LeastPopulation { get; init; } = 10;

    /// <summary>
    /// The population is this factor times the objectives less one times the root of the trials so far: long sweeps hold more of the front, and a surface
    /// takes more than a line.
    /// </summary>
    public double Growth { get; init; } = 1;

    /// <summary>Largest population.</summary>
    public int MostPopulation { get; init; } = 200;

    /// <summary>Probability that a child has two parents.</summary>
    public double Crossover { get; init; } = 0.9;

    /// <summary>Distribution index of simulated binary crossover: the larger, the nearer a child is to a parent.</summary>
    public double CrossoverIndex { get; init; } = 3;

    /// <summary>Distribution index of polynomial mutation.</summary>
    public double MutationIndex { get; init; } = 3;

    /// <summary>Active parameters of a child that mutate, in the mean.</summary>
    public double Mutations { get; init; } = 2;

    /// <summary>How often a child is bred anew that has been seen or is forbidden.</summary>
    public int Tries { get; init; } = 30;
}
