using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization", 2011) in its
/// multivariate form: a density l over the good configurations, one g over all others, and of some draws from l the one with the largest
/// l / g. Differs from the usual forms in that bandwidths follow the spread of the configurations in each dimension (Scott's rule), good
/// trials weigh by their rank, and one joint density covers a conditional space (see <see cref="ParzenEstimator"/>). Pending trials count
/// as bad (the constant liar), so that parallel trials spread; failed ones too. Trials that a rule stopped are ranked by <see cref="Fidelity.RankAtHighestRung"/>;
/// with several objectives the good ones are the first of a non-dominated sorting, the least crowded first (after Ozaki and others, "Multiobjective
/// tree-structured Parzen estimator", 2022).
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class TpeAlgorithm(TpeOptions? options = null) : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "tpe";

    private readonly TpeOptions _options = options ?? new TpeOptions();
    private readonly EncodedTrials _trials = new();

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Known < _options.Startup || state.Observations.Count == 0) return StartupDesign.Choose(state, unseen);
        SpaceEncoding encoding = _trials.Of(state.Space);
        (double[][] good, double[][] bad) = Split(state, encoding);
        ParzenEstimator l = ParzenEstimator.Fit(encoding, good, RankWeights(good.Length), _options);
        ParzenEstimator g = ParzenEstimator.Fit(encoding, bad, EqualWeights(bad.Length), _options);

        RandomStream random = state.OpenStream();
        SpacePrior? prior = SpacePrior.Of(state.Space);
        int finished = state.Observations.Count, believed = prior is null ? 0 : (int)Math.Round(prior.ShareAfter(finished) * _options.Candidates);
        Assignment? best = null;
        double bestRatio = double.NegativeInfinity;
        for (int i = 0; i < _options.Candidates; i++)
        {
            Assignment candidate = i < believed ? RandomAlgorithm.Draw(state.Space, random, u => prior!.Warp(u, 0)) : l.Sample(random);
            if ((unseen is not null && state.Seen.Contains(candidate)) || !state.Space.Allows(candidate)) continue;
            EncodedPoint point = EncodedPoint.Of(encoding, candidate);
            double ratio = l.LogDensity(point) - g.LogDensity(point);
            if (prior is not null) ratio += prior.LogWeight(encoding, point.X, finished);
            if (best is null || ratio > bestRatio) (best, bestRatio) = (candidate, ratio);
        }

        string reason = string.Create(CultureInfo.InvariantCulture, $"tpe: good {good.Length} of {state.Observations.Count}");
        if (best is null && unseen is null) return new Suggestion(AllowedDraw.Random(state.Space, random), reason + ", all candidates forbidden, random among the allowed");
        return best is not null ? new Suggestion(best, reason)
            : new Suggestion(unseen!.PickUnseen(state.Seen, random), reason + ", all candidates seen, random among the unseen");
    }

    /// <summary>The choice of one trial, for algorithms that use this one.</summary>
    public Suggestion ChooseNext(SearchState state, FiniteSpace? unseen) => Choose(state, unseen);

    // Good: the best share of all finished trials. Bad: everything else, pending trials included.
    private (double[][] Good, double[][] Bad) Split(SearchState state, SpaceEncoding encoding)
    {
        List<Observation> ranked = state.Context.Objectives > 1 ? [.. FrontRanking.Best(state.Observations, _options.MaxGood).Select(r => r.Trial)]
            : Fidelity.RankAtHighestRung(state.Observations, _options.Startup);
        // Trials that break a constraint are bad, as long as there are others.
        int eligible = ranked.Count(o => o.Violation == 0) is > 0 and var feasible ? feasible : ranked.Count;
        int count = Math.Min(_options.MaxGood, Math.Min(eligible, (int)Math.Ceiling(_options.GoodShare * state.Observations.Count)));
        var isGood = ranked.Take(count).Select(o => o.Number).ToHashSet();
        List<Observation> bad = new(state.Observations.Count);
        foreach (Observation o in state.Observations)
            if (!isGood.Contains(o.Number)) bad.Add(o);
        int finished = Math.Min(bad.Count, _options.MaxBad);
        Observation[] thinned = [.. Enumerable.Range(0, finished).Select(k => bad[(int)((long)k * bad.Count / finished)])];
        return ([.. ranked.Take(count).Select(o => _trials.Encode(encoding, o.Number, o.Assignment))],
            [.. thinned.Select(o => _trials.Encode(encoding, o.Number, o.Assignment)), .. state.Pending.Select(p => _trials.Encode(encoding, p.Number, p.Assignment))]);
    }

    private double[] RankWeights(int n) => [.. Enumerable.Range(0, n).Select(i => 1 - _options.RankSlope * i / n)];

    private static double[] EqualWeights(int n) => [.. Enumerable.Repeat(1.0, n)];
}
