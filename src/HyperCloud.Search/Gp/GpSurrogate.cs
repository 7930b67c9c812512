using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// The fitted Gaussian process of a context. Hyperparameters are fitted at milestones (each trial below 24, then 4 to 8 % more trials) to the
/// trials up to there, so most suggestions only condition the process anew; both are pure functions of the observations, and what is kept is a cache.
/// </summary>
internal sealed class GpSurrogate(GpOptions options)
{
    private readonly EncodedTrials _trials = new();
    private readonly (GpKernel Kernel, GpTrainingSet Set, (GpParameters, double) Result)?[] _fitted = new (GpKernel, GpTrainingSet, (GpParameters, double))?[2]; // by warp
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
        int milestone = Milestone(observations.Count);
        IReadOnlyList<Observation> early = milestone == observations.Count ? observations : [.. observations.Take(milestone)];
        WarpKind warp = WarpKind.None;
        (GpParameters Parameters, double LogPosterior)? best = null;
        foreach (WarpKind kind in Enum.GetValues<WarpKind>())
        {
            if (kind != WarpKind.None && observations.Count < options.WarpFrom) continue;
            if (GpTrainingSet.TryCreate(_trials, kernel.Encoding, early, most, kind, options.ProjectedNoise) is not { } fitted) continue;
            (GpParameters Parameters, double LogPosterior) fit = ParametersOf(kernel, fitted, kind);
            fit.LogPosterior += fitted.Warp.LogSlope - (kind == WarpKind.None ? 0 : options.WarpMargin * fitted.Y.Length);
            if (best is null || fit.LogPosterior > best.Value.LogPosterior) (best, warp) = (fit, kind);
        }

        if (best is not var (parameters, _) || GpTrainingSet.TryCreate(_trials, kernel.Encoding, observations, most, warp, options.ProjectedNoise) is not { } set) return null;
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

    private (GpParameters Parameters, double LogPosterior) ParametersOf(GpKernel kernel, GpTrainingSet set, WarpKind kind)
    {
        if (_fitted[(int)kind] is { } known && ReferenceEquals(known.Kernel, kernel) && Same(known.Set.X, set.X)
            && known.Set.Y.AsSpan().SequenceEqual(set.Y) && known.Set.Noise.AsSpan().SequenceEqual(set.Noise)) return known.Result;
        (GpParameters, double) result = GpFit.Maximize(kernel, set.X, set.Y, set.Noise, options);
        _fitted[(int)kind] = (kernel, set, result);
        return result;
    }

    private static bool Same(double[][] a, double[][] b)
    {
        if (a.Length != b.Length) return false;
        for (int i = 0; i < a.Length; i++)
            if (!ReferenceEquals(a[i], b[i]) && !a[i].AsSpan().SequenceEqual(b[i])) return false;
        return true;
    }
}
