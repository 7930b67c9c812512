using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>Chooses a configuration by a fitted Gaussian process, pending trials believed.</summary>
internal sealed class GpProposal
{
    private const int MostPending = 64; // the latest of them

    private readonly GpKernel _kernel;
    private readonly GpSurrogate.Fit _fit;
    private readonly SearchState _state;
    private readonly GpOptions _options;
    private readonly GpModel _model;
    private readonly GpConstraints.Fit? _constraints;
    private readonly GpRunTime.Fit? _runTime;
    private readonly SpacePrior? _prior;
    private readonly double[] _means; // at the model's points: the trials, then the pending ones

    /// <summary>Conditions the process on the pending trials too.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="fit">The process of the losses.</param>
    /// <param name="constraints">The processes of the constraints; null: none.</param>
    /// <param name="runTime">The process of the run time; null: gain is not weighed against time.</param>
    /// <param name="state">What is known.</param>
    /// <param name="options">The constants.</param>
    public GpProposal(GpKernel kernel, GpSurrogate.Fit fit, GpConstraints.Fit? constraints, GpRunTime.Fit? runTime, SearchState state, GpOptions options)
    {
        (_constraints, _runTime) = (constraints, runTime);
        (_kernel, _fit, _state, _options, _prior) = (kernel, fit, state, options, SpacePrior.Of(state.Space));
        _model = GpSurrogate.Believe(kernel, fit.Model, fit.Set,
            [.. state.Pending.Skip(Math.Max(0, state.Pending.Count - MostPending)).Select(p => kernel.Encoding.Encode(p.Assignment))]);
        _means = [.. _model.X.Select(x => _model.PredictMean(x))];
    }

    /// <summary>Words on the expected run time of a candidate, for its reason; empty where time is not weighed.</summary>
    public string TimeOf(AcquisitionSearch.Candidate candidate) =>
        _runTime is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {_runTime.Relative(candidate.X):0.##} × the usual time");

    /// <summary>
    /// The unseen configuration with the largest log expected improvement over the best posterior mean, times the prior and the
    /// probability that all constraints are met, by the time it takes where that is weighed; null when all that were tried
    /// have been seen.
    /// </summary>
    /// <param name="unseen">Not null when the space is finite.</param>
    /// <param name="random">Random numbers of this trial.</param>
    /// <param name="branch">
    /// Only configurations with one value of a categorical dimension, to be improved on the best of them; null: all.
    /// </param>
    public AcquisitionSearch.Candidate? MaximizeExpectedImprovement(FiniteSpace? unseen, RandomStream random, (int Dimension, long Value)? branch = null)
    {
        bool Inside(double[] x) => branch is not { } b || x[b.Dimension] == b.Value;
        double target = double.PositiveInfinity;
        for (int i = 0; i < _means.Length; i++)
            if (Inside(_model.X[i]) && Feasible(i)) target = Math.Min(target, _means[i]);
        // Nothing there meets the constraints yet: any loss would be an improvement, so what counts is whether they will be met.
        bool improve = _constraints is null || !double.IsPositiveInfinity(target);
        if (double.IsPositiveInfinity(target)) target = _means.Min();
        var search = new AcquisitionSearch(_kernel.Encoding,
            x =>
            {
                if (!Inside(x)) return double.NegativeInfinity;
                (double mean, double variance) = _model.Predict(x);
                return (improve ? ExpectedImprovement.Log(mean, variance, target).Value : 0) + (_constraints?.LogProbability(x) ?? 0) + (_prior?.LogWeight(_kernel.Encoding, x, Finished) ?? 0)
                    - (_runTime?.Penalty(x) ?? 0);
            },
            (x, dimensions, slopes) =>
            {
                var varianceSlopes = new double[dimensions.Length];
                (double mean, double variance) = _model.Predict(x, dimensions, slopes, varianceSlopes);
                (double value, double byMean, double byVariance) = ExpectedImprovement.Log(mean, variance, target);
                for (int v = 0; v < dimensions.Length; v++) slopes[v] = improve ? byMean * slopes[v] + byVariance * varianceSlopes[v] : 0;
                if (!improve) value = 0;
                if (_constraints is not null) value += _constraints.LogProbability(x, dimensions, slopes);
                if (_runTime is not null) value -= _runTime.Penalty(x, dimensions, slopes);
                if (_prior is null) return value;
                _prior.AddSlopes(_kernel.Encoding, x, Finished, dimensions, slopes);
                return value + _prior.LogWeight(_kernel.Encoding, x, Finished);
            });
        int[] best = [.. Enumerable.Range(0, _fit.Set.Trials.Length).OrderBy(i => (Inside(_model.X[i]) ? 0 : 1, _fit.Set.Trials[i].Violation, _means[i], i)).Take(5)];
        return CandidatePool.Choose(search, _state, unseen, random, [.. best.Select(i => _fit.Set.Trials[i].Assignment)], _options,
            branch is { } only ? (_kernel.Encoding.Dimensions[only.Dimension].Index, only.Value) : null);
    }

    // Trials that break a constraint set no target; pending ones, which are believed, might, and count.
    private bool Feasible(int point) => point >= _fit.Set.Trials.Length || _fit.Set.Trials[point].Violation == 0;

    private int Finished => _state.Observations.Count;

    /// <summary>The unseen configuration with the least posterior mean found; null when all that were tried have been seen.</summary>
    /// <param name="unseen">Not null when the space is finite.</param>
    /// <param name="random">Random numbers of this trial.</param>
    public AcquisitionSearch.Candidate? MinimizeMean(FiniteSpace? unseen, RandomStream random)
    {
        var search = new AcquisitionSearch(_kernel.Encoding,
            x => -_model.PredictMean(x) + (_constraints?.LogProbability(x) ?? 0),
            (x, dimensions, slopes) =>
            {
                (double mean, _) = _model.Predict(x, dimensions, slopes, new double[dimensions.Length]);
                for (int v = 0; v < dimensions.Length; v++) slopes[v] = -slopes[v];
                return -mean + (_constraints?.LogProbability(x, dimensions, slopes) ?? 0);
            });
        int[] best = [.. Enumerable.Range(0, _fit.Set.Trials.Length).OrderBy(i => (_fit.Set.Trials[i].Violation, _means[i], i)).Take(5)];
        return CandidatePool.Choose(search, _state, unseen, random, [.. best.Select(i => _fit.Set.Trials[i].Assignment)], _options);
    }
}
