using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>The hyperparameters of a <see cref="GpModel"/>, for losses of variance 1.</summary>
/// <param name="Weights">1 / lengthscale² of each dimension.</param>
/// <param name="Signal">Variance of the Matérn part.</param>
/// <param name="Trend">Prior variance of each coefficient of the trend.</param>
/// <param name="Noise">Variance of one run's noise.</param>
internal sealed record GpParameters(double[] Weights, double Signal, double Trend, double Noise)
{
    /// <summary>The logarithms, in which they are fitted: the weights, then signal, trend and noise.</summary>
    public double[] ToLog() => [.. Weights.Select(Elementary.Log), Elementary.Log(Signal), Elementary.Log(Trend), Elementary.Log(Noise)];

    /// <summary>Back from the logarithms.</summary>
    public static GpParameters FromLog(ReadOnlySpan<double> log)
    {
        int d = log.Length - 3;
        var weights = new double[d];
        for (int i = 0; i < d; i++) weights[i] = Elementary.Exp(log[i]);
        return new GpParameters(weights, Elementary.Exp(log[d]), Elementary.Exp(log[d + 1]), Elementary.Exp(log[d + 2]));
    }
}
