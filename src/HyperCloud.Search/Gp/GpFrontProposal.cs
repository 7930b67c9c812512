using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Chooses a configuration for several objectives: the largest log expected hypervolume improvement over the front of the posterior means, pending
/// trials believed, times the prior and the probability that all constraints are met.
/// </summary>
internal sealed class GpFrontProposal
{
    private const int MostPending = 64; // the latest of them
    private const int MostConsidered = 150; // trials whose posterior means may make up the front

    private readonly GpObjectives.Fit _fit;
    private readonly GpModel[] _models;
    private readonly GpConstraints.Fit? _constraints;
    private readonly SearchState _state;
    private readonly GpOptions _options;
    private readonly SpacePrior? _prior;
    private readonly HypervolumeImprovement? _improvement; // null: nothing meets the constraints yet
    private readonly Assignment[] _best;

    /// <summary>Conditions the processes on the pending trials too, and takes the front of their means.</summary>
    /// <param name="fit">The processes of the objectives.</param>
    /// <param name="constraints">The processes of the constraints; null: none.</param>
    /// <param name="state">What is known.</param>
    /// <param name="options">The constants.</param>
    public GpFrontProposal(GpObjectives.Fit fit, GpConstraints.Fit? constraints, SearchState state, GpOptions options)
    {
        (_fit, _constraints, _state, _options, _prior) = (fit, constraints, state, options, SpacePrior.Of(state.Space));
        SpaceEncoding encoding = fit.Kernel.Encoding;
        double[][] pending = [.. state.Pending.Skip(Math.Max(0, state.Pending.Count - MostPending)).Select(p => encoding.Encode(p.Assignment))];
        _models = [.. fit.Models.Select(m => GpSurrogate.Believe(fit.Kernel, m.Model, m.Set, pending))];

        Observation[] ranked = [.. FrontRanking.Best(state.Observations, MostConsidered).Select(r => r.Trial)];
        Observation[] keeps = [.. ranked.Where(o => o.Violation == 0)];
        double[][] means = [.. keeps.Select(o => Means(encoding.Encode(o.Assignment))), .. keeps.Length == 0 ? [] : pending.Select(Means)];
        int[] front = ParetoFront.Of(means);
        if (front.Length > 0)
        {
            double[][] vectors = [.. front.Select(i => means[i])];
            _improvement = new HypervolumeImprovement([.. FrontOrder.Of(vectors).Take(MostBoxed(_models.Length)).Select(i => vectors[i])], ReferenceOf(state.Trial % 2 == 0 ? vectors : means));
        }

        // Candidates are looked for near what is good.
        _best = front.Any(i => i < keeps.Length) ? [.. front.Where(i => i < keeps.Length).Select(i => keeps[i].Assignment)]
            : ranked.Length > 0 ? [.. ranked.Take(5).Select(o => o.Assignment)] : [state.Observations[0].Assignment];
    }

    /// <summary>The choice, with its reason.</summary>
    /// <param name="unseen">Not null when the space is finite.</param>
    public Suggestion Choose(FiniteSpace? unseen)
    {
        RandomStream random = _state.OpenStream();
        AcquisitionSearch.Candidate? chosen = Maximize(unseen, random);
        return chosen is not null ? new Suggestion(chosen.Assignment, string.Create(CultureInfo.InvariantCulture,
                $"gp: log expected hypervolume improvement {chosen.Value:0.##} over a front of {_best.Length}, noise {_fit.Noise:0.0e+0}"))
            : unseen is null ? new Suggestion(AllowedDraw.Random(_state.Space, random), "gp: all candidates forbidden, random among the allowed")
            : new Suggestion(unseen.PickUnseen(_state.Seen, random), "gp: all candidates seen, random among the unseen");
    }

    /// <summary>The unseen configuration found best; null when all that were tried have been seen.</summary>
    /// <param name="unseen">Not null when the space is finite.</param>
    /// <param name="random">Random numbers of this trial.</param>
    public AcquisitionSearch.Candidate? Maximize(FiniteSpace? unseen, RandomStream random)
    {
        SpaceEncoding encoding = _fit.Kernel.Encoding;
        int objectives = _models.Length;
        double[] means = new double[objectives], variances = new double[objectives], byMean = new double[objectives], byVariance = new double[objectives];
        var search = new AcquisitionSearch(encoding,
            x =>
            {
                double value = (_constraints?.LogProbability(x) ?? 0) + (_prior?.LogWeight(encoding, x, Finished) ?? 0);
                if (_improvement is null) return value;
                for (int k = 0; k < objectives; k++) (means[k], variances[k]) = _models[k].Predict(x);
                return value + _improvement.Log(means, variances);
            },
            (x, dimensions, slopes) =>
            {
                slopes.Clear();
                double value = 0;
                if (_improvement is not null)
                {
                    double[][] meanSlopes = new double[objectives][], varianceSlopes = new double[objectives][];
                    for (int k = 0; k < objectives; k++)
                        (means[k], variances[k]) = _models[k].Predict(x, dimensions, meanSlopes[k] = new double[dimensions.Length], varianceSlopes[k] = new double[dimensions.Length]);
                    value = _improvement.Log(means, variances, byMean, byVariance);
                    for (int k = 0; k < objectives; k++)
                        for (int v = 0; v < dimensions.Length; v++) slopes[v] += byMean[k] * meanSlopes[k][v] + byVariance[k] * varianceSlopes[k][v];
                }

                if (_constraints is not null) value += _constraints.LogProbability(x, dimensions, slopes);
                if (_prior is null) return value;
                _prior.AddSlopes(encoding, x, Finished, dimensions, slopes);
                return value + _prior.LogWeight(encoding, x, Finished);
            });
        return CandidatePool.Choose(search, _state, unseen, random, _best, _options);
    }

    private int Finished => _state.Observations.Count;

    private double[] Means(double[] x)
    {
        var means = new double[_models.Length];
        for (int k = 0; k < means.Length; k++) means[k] = _models[k].PredictMean(x);
        return means;
    }

    // Boxes grow as the front to the power of the objectives less one.
    private static int MostBoxed(int objectives) => objectives switch { <= 2 => 64, 3 => 40, _ => 20 };

    // As given; else beyond the worst of all, so that the ends of the front are looked for, and by turns beyond the worst of the front alone, so that its
    // middle is: on the processes' own scale, where what is far worse than the rest is not far away.
    private double[] ReferenceOf(double[][] means)
    {
        double[] reference = Hypervolume.ReferenceOf(means);
        for (int k = 0; k < reference.Length; k++)
            if (_state.Context.Reference?[_fit.Objectives[k]] is { } given) reference[k] = _fit.Models[k].Set.Warp.Of(given);
        return reference;
    }
}
