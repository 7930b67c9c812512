using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The fitted Gaussian process of a context. Hyperparameters are fitted at milestones (about every sixteenth trial more) to the trials up to
/// there, so most suggestions only condition the process anew; both are pure functions of the observations, and what is kept is a cache.
/// </summary>
internal sealed class GpSurrogate(GpOptions options)
{
    private readonly EncodedTrials _trials = new();
    private (GpKernel Kernel, double[][] X, double[] Y, double[] Noise, GpParameters Parameters)? _fitted;
    private GpKernel? _kernel;

    /// <summary>A process conditioned on the finished trials.</summary>
    /// <param name="Model">The process.</param>
    /// <param name="Set">The trials.</param>
    public sealed record Fit(GpModel Model, GpTrainingSet Set);

    /// <summary>The kernel of a space.</summary>
    public GpKernel KernelOf(Space space)
    {
        SpaceEncoding encoding = _trials.Of(space);
        return _kernel is not null && ReferenceEquals(_kernel.Encoding, encoding) ? _kernel : _kernel = new GpKernel(encoding);
    }

    /// <summary>Fits; null when there is nothing to fit: fewer than two different losses, or no parameter with a choice.</summary>
    public Fit? TryFit(Space space, IReadOnlyList<Observation> observations)
    {
        GpKernel kernel = KernelOf(space);
        if (kernel.Dimensions == 0) return null;
        // Pairs of trials times dimensions bound memory and time.
        int most = Math.Max(60, Math.Min(options.MaxTrials, (int)Math.Sqrt(1e7 / kernel.Dimensions)));
        if (GpTrainingSet.TryCreate(_trials, kernel.Encoding, observations, most, options.Warp) is not { } set) return null;
        int milestone = Milestone(observations.Count);
        GpTrainingSet fitted = milestone == observations.Count ? set
            : GpTrainingSet.TryCreate(_trials, kernel.Encoding, [.. observations.Take(milestone)], most, options.Warp) ?? set;
        GpParameters parameters = ParametersOf(kernel, fitted);
        for (int tries = 0; tries < 8; tries++)
        {
            if (GpModel.TryCreate(kernel, parameters, set.X, set.Y, set.Noise) is { } model) return new Fit(model, set);
            parameters = parameters with { Noise = parameters.Noise * 100 };
        }

        return null;
    }

    /// <summary>The process conditioned also on its own means at further points: they stay as good as they are thought to be, but known.</summary>
    public static GpModel Believe(GpKernel kernel, GpModel model, GpTrainingSet set, double[][] points)
    {
        if (points.Length == 0) return model;
        return GpModel.TryCreate(kernel, model.Parameters, [.. set.X, .. points], [.. set.Y, .. points.Select(p => model.PredictMean(p))],
            [.. set.Noise, .. points.Select(_ => 1.0)]) ?? model;
    }

    /// <summary>The number of trials whose hyperparameters serve a number of trials.</summary>
    public static int Milestone(int count)
    {
        int step = 1;
        while (step * 24 <= count) step *= 2;
        return count - count % step;
    }

    private GpParameters ParametersOf(GpKernel kernel, GpTrainingSet set)
    {
        if (_fitted is { } known && ReferenceEquals(known.Kernel, kernel) && Same(known.X, set.X) && known.Y.AsSpan().SequenceEqual(set.Y) && known.Noise.AsSpan().SequenceEqual(set.Noise))
            return known.Parameters;
        GpParameters parameters = GpFit.Maximize(kernel, set.X, set.Y, set.Noise, options);
        _fitted = (kernel, set.X, set.Y, set.Noise, parameters);
        return parameters;
    }

    private static bool Same(double[][] a, double[][] b)
    {
        if (a.Length != b.Length) return false;
        for (int i = 0; i < a.Length; i++)
            if (!ReferenceEquals(a[i], b[i]) && !a[i].AsSpan().SequenceEqual(b[i])) return false;
        return true;
    }
}
