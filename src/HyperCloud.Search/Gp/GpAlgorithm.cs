using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Bayesian optimisation with a Gaussian process: <see cref="GpModel"/> over the whole conditional space, hyperparameters by maximum a
/// posteriori, log expected improvement over the best posterior mean (with noise the luckiest draw is no yardstick), pending trials as
/// believed results (Ginsbourger, Le Riche and Carraro, "Kriging is well-suited to parallelize optimization", 2010).
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class GpAlgorithm(GpOptions? options = null) : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "gp";

    private const int MostPending = 64; // the latest of them

    private readonly GpOptions _options = options ?? new GpOptions();
    private readonly GpSurrogate _surrogate = new(options ?? new GpOptions());

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Trial < _options.Startup || _surrogate.TryFit(state.Space, state.Observations) is not { } fit) return StartupDesign.Choose(state, unseen);
        GpKernel kernel = _surrogate.KernelOf(state.Space);
        GpModel model = GpSurrogate.Believe(kernel, fit.Model, fit.Set,
            [.. state.Pending.Skip(Math.Max(0, state.Pending.Count - MostPending)).Select(p => kernel.Encoding.Encode(p.Assignment))]);
        double[] means = new double[model.X.Length];
        double target = double.PositiveInfinity;
        for (int i = 0; i < means.Length; i++) target = Math.Min(target, means[i] = model.PredictMean(model.X[i]));

        RandomStream random = state.OpenStream();
        var search = new AcquisitionSearch(kernel.Encoding,
            x =>
            {
                (double mean, double variance) = model.Predict(x);
                return ExpectedImprovement.Log(mean, variance, target).Value;
            },
            (x, dimensions, slopes) =>
            {
                Span<double> varianceSlopes = stackalloc double[dimensions.Length];
                (double mean, double variance) = model.Predict(x, dimensions, slopes, varianceSlopes);
                (double value, double byMean, double byVariance) = ExpectedImprovement.Log(mean, variance, target);
                for (int v = 0; v < dimensions.Length; v++) slopes[v] = byMean * slopes[v] + byVariance * varianceSlopes[v];
                return value;
            });
        int[] best = [.. Enumerable.Range(0, fit.Set.Trials.Length).OrderBy(i => means[i]).ThenBy(i => i).Take(5)];
        AcquisitionSearch.Candidate? chosen = CandidatePool.Choose(search, state, unseen, random, [.. best.Select(i => fit.Set.Trials[i].Assignment)], _options);
        string reason = string.Create(CultureInfo.InvariantCulture, $"gp: log expected improvement {chosen?.Value:0.##}, noise {fit.Model.Parameters.Noise:0.0e+0}, {fit.Set.Trials.Length} trials");
        return chosen is not null ? new Suggestion(chosen.Assignment, reason)
            : new Suggestion(unseen!.PickUnseen(state.Seen, random), "gp: all candidates seen, random among the unseen");
    }
}
