namespace HyperCloud.Search;

/// <summary>The constants of <see cref="TpeAlgorithm"/>. The defaults were chosen on random instances of the benchmark's classes of problems.</summary>
internal sealed record TpeOptions
{
    /// <summary>Trials suggested by the startup design before the model is used.</summary>
    public int Startup { get; init; } = 10;
    public bool SobolStartup { get; init; } = true;

    /// <summary>The share of trials that count as good.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Most good trials.</summary>
    public int MaxGood { get; init; } = 25;

    /// <summary>Most bad trials in the model: bounds the work of a suggestion at any length of a sweep.</summary>
    public int MaxBad { get; init; } = 1000;

    /// <summary>Configurations drawn from the good density, of which the best ratio is suggested.</summary>
    public int Candidates { get; init; } = 24;

    /// <summary>Factor on Scott's bandwidth.</summary>
    public double BandwidthFactor { get; init; } = 1;
    public double BadFactor { get; init; } = 1;

    /// <summary>Least bandwidth, as a share of a parameter's range.</summary>
    public double MinBandwidth { get; init; } = 0.003;
    public double MinBandwidthBad { get; init; } = 0.003;

    /// <summary>The prior's weight in the mixtures, in trials.</summary>
    public double PriorWeight { get; init; } = 1;
    public double BadPrior { get; init; } = 1;

    /// <summary>Weight that a categorical kernel spreads over all values, in trials.</summary>
    public double CategoricalSpread { get; init; } = 1;
    public int CatRule { get; init; }

    public int Smooth { get; init; }
    public double WeightSlope { get; init; }
    public double DimPower { get; init; }
    public int Fill { get; init; }
}
