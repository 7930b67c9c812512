namespace HyperCloud.Search;

/// <summary>The constants of <see cref="Nsga2Algorithm"/>.</summary>
internal sealed record Nsga2Options
{
    /// <summary>Trials of the startup design, before there is a population.</summary>
    public int Startup { get; init; } = 20;

    /// <summary>Least population.</summary>
    public int LeastPopulation { get; init; } = 20;

    /// <summary>The population grows as this factor times the root of the trials so far: long sweeps hold more of the front.</summary>
    public double Growth { get; init; } = 2;

    /// <summary>Largest population.</summary>
    public int MostPopulation { get; init; } = 100;

    /// <summary>Probability that a child has two parents.</summary>
    public double Crossover { get; init; } = 0.9;

    /// <summary>Distribution index of simulated binary crossover: the larger, the nearer a child is to a parent.</summary>
    public double CrossoverIndex { get; init; } = 15;

    /// <summary>Distribution index of polynomial mutation.</summary>
    public double MutationIndex { get; init; } = 20;

    /// <summary>Active parameters of a child that mutate, in the mean.</summary>
    public double Mutations { get; init; } = 1;

    /// <summary>How often a child is bred anew that has been seen or is forbidden.</summary>
    public int Tries { get; init; } = 30;
}
