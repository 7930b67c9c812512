namespace HyperCloud.Statistics;

/// <summary>A number of a model with how sure the model is of it.</summary>
/// <param name="Value">The number.</param>
/// <param name="Deviation">Its standard deviation.</param>
internal readonly record struct Estimate(double Value, double Deviation);

/// <summary>
/// A model of the metric over the space that can be averaged over parameters: what functional ANOVA, curves and predictions are read off. All
/// values are those it was given. Averages are over the uniform measure inside a box of the unit cube.
/// </summary>
internal interface IEffects
{
    /// <summary>What kind of model it is.</summary>
    EffectModel Model { get; }

    /// <summary>R² on trials that were left out; may be negative.</summary>
    double RSquared { get; }

    /// <summary>The main effect of a feature as a fraction of the variance inside its region; null where the model sees no variance.</summary>
    Estimate? Main(int feature);

    /// <summary>The value at coordinates of a feature, averaged over all others inside its region.</summary>
    Estimate[] Curve(int feature, double[] coordinates);

    /// <summary>The interaction of two features, beyond both main effects, as a fraction of the variance inside a region; null without variance.</summary>
    double? Interaction(int a, int b, Extent[] region);

    /// <summary>The standard deviation of <see cref="Interaction"/>; null where it cannot be told.</summary>
    double? InteractionDeviation(int a, int b, Extent[] region);

    /// <summary>The value at pairs of coordinates, averaged over all other features inside a region: by the first, then by the second.</summary>
    Estimate[][] Surface(int a, int b, Extent[] region, double[] first, double[] second);

    /// <summary>The value at a configuration.</summary>
    /// <param name="x">Coordinates by feature; NaN where inactive.</param>
    double Predict(ReadOnlySpan<double> x);
}
