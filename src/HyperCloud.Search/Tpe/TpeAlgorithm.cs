using HyperCloud.Core;

namespace HyperCloud.Search;

internal sealed class TpeAlgorithm(TpeOptions? options = null) : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "tpe";

    private readonly TpeOptions _o = options ?? new();
    private readonly EncodedTrials _trials = new();

    public override string Name => AlgorithmName;

    public override int Version => 1;

    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        RandomStream random = state.OpenStream();
        if (state.Trial < _o.Startup || state.Observations.Count == 0)
        {
            Assignment start = _o.SobolStartup ? SobolAlgorithm.Point(state).Assignment : RandomAlgorithm.Draw(state.Space, random);
            if (unseen is not null && state.Seen.Contains(start)) start = unseen.PickUnseen(state.Seen, random);
            return new Suggestion(start, "startup");
        }

        SpaceEncoding encoding = _trials.Of(state.Space);
        List<Observation> ranked = NoiseAwareRanking.ByLoss(state.Observations);
        if (_o.Smooth > 0 && !state.Context.Deterministic && LossSmoother.TrySmooth(encoding, ranked, _o.Smooth) is { } smooth && smooth.NoiseShare > 1e-5)
        {
            int m = smooth.Means.Length;
            ranked = [.. Enumerable.Range(0, m).OrderBy(i => smooth.Means[i]).ThenBy(i => i).Select(i => ranked[i]), .. ranked.Skip(m)];
        }

        int n = state.Observations.Count, nGood = Math.Min(Math.Min(_o.MaxGood, ranked.Count), (int)Math.Ceiling(_o.Gamma * n));
        double[][] good = [.. ranked.Take(nGood).Select(o => _trials.Encode(encoding, o.Number, o.Assignment))];
        IEnumerable<Observation> rest = ranked.Skip(nGood).Concat(state.Observations.Where(o => o.State != ObservationState.Completed)).OrderBy(o => o.Number);
        double[][] bad = [.. rest.Select(o => _trials.Encode(encoding, o.Number, o.Assignment)), .. state.Pending.Select(p => encoding.Encode(p.Assignment))];
        ParzenEstimator l = Estimate(encoding, good, true), g = Estimate(encoding, bad, false);
        Assignment? best = null;
        double bestScore = double.NegativeInfinity;
        for (int c = 0; c < _o.Candidates; c++)
        {
            Assignment a = l.Sample(random);
            if (unseen is not null && state.Seen.Contains(a)) continue;
            double[] x = encoding.Encode(a);
            var shares = new (double, double)[x.Length];
            for (int d = 0; d < x.Length; d++)
                if (a[encoding.Dimensions[d].Index] is { } v && encoding.Dimensions[d].Kind == DimensionKind.Ordered) shares[d] = encoding.Dimensions[d].Parameter.UnitShare(v);
            double score = l.LogDensity(x, shares) - g.LogDensity(x, shares);
            if (score > bestScore) (best, bestScore) = (a, score);
        }

        best ??= unseen!.PickUnseen(state.Seen, random);
        return new Suggestion(best, $"tpe: good {good.Length} of {n}");
    }

    private ParzenEstimator Estimate(SpaceEncoding encoding, double[][] centers, bool isGood)
    {
        int dims = encoding.Dimensions.Length, n = centers.Length;
        var weights = new double[n];
        for (int j = 0; j < n; j++) weights[j] = isGood ? 1 - _o.WeightSlope * j / n : 1;
        var sigma = new double[dims];
        var stay = new double[dims];
        double active = dims;
        if (_o.DimPower > 0 && n > 0)
        {
            active = 0;
            foreach (double[] x in centers) foreach (double v in x) if (!double.IsNaN(v)) active++;
            active /= n;
        }

        double shrink = Elementary.Pow(Math.Max(n, 1), -1.0 / (active + 4));
        for (int d = 0; d < dims; d++)
        {
            sigma[d] = Math.Max(isGood ? _o.MinBandwidth : _o.MinBandwidthBad, Spread.Of(centers, d, _o.PriorWeight) * shrink * (isGood ? _o.BandwidthFactor : _o.BadFactor));
            double k = encoding.Dimensions[d].Count;
            if (encoding.Dimensions[d].Kind == DimensionKind.Categorical)
            {
                double s = _o.CatRule == 0 ? _o.CategoricalSpread / Math.Max(1, n) : _o.CategoricalSpread * shrink / k;
                stay[d] = (1 + s) / (1 + k * s);
            }
        }

        return new ParzenEstimator(encoding, centers, weights, isGood ? _o.PriorWeight : _o.BadPrior, sigma, stay);
    }
}
