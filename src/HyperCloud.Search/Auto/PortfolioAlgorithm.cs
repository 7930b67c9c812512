using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// What <see cref="AutoAlgorithm"/> does where it does not enumerate: a Gaussian process with log expected improvement, helped by TPE and
/// by trials at its least mean where it takes much of what it sees for noise, and by turns in the other branches of a conditional or categorical space when the
/// search stalls in one.
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class PortfolioAlgorithm(PortfolioOptions? options = null) : SequentialAlgorithm
{
    private readonly PortfolioOptions _options = options ?? new PortfolioOptions();
    private readonly GpSurrogate _surrogate = new((options ?? new PortfolioOptions()).Gp);
    private readonly GpConstraints _constraints = new((options ?? new PortfolioOptions()).Gp);
    private readonly GpRunTime _runTime = new((options ?? new PortfolioOptions()).Gp);
    private readonly TpeAlgorithm _tpe = new();

    /// <inheritdoc/>
    public override string Name => AutoAlgorithm.AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override Recommendation Recommend(SearchContext context) =>
        UsesProcess(context.Space) ? GpRanking.Rank(context, _surrogate) : base.Recommend(context);

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Known < _options.Gp.Startup) return StartupDesign.Choose(state, unseen);
        if (!UsesProcess(state.Space)) return _tpe.ChooseNext(state, unseen);
        if (state.Observations.Count >= _options.ManyTrials && state.Trial % 2 == 1) return _tpe.ChooseNext(state, unseen);
        if (_surrogate.TryFit(state.Space, state.Observations) is not { } fit) return StartupDesign.Choose(state, unseen);
        double noise = fit.Model.Parameters.Noise;
        if (noise > _options.Rugged && _options.TpeEvery > 0 && state.Trial % _options.TpeEvery == 0)
        {
            Suggestion tpe = _tpe.ChooseNext(state, unseen);
            return tpe with { Reason = string.Create(CultureInfo.InvariantCulture, $"the process sees noise {noise:0.0e+0}; {tpe.Reason}") };
        }

        GpKernel kernel = _surrogate.KernelOf(state.Space);
        var proposal = new GpProposal(kernel, fit, _constraints.TryFit(state.Space, state.Observations), _runTime.TryFit(state), state, _options.Gp);
        RandomStream random = state.OpenStream();
        if (state.Trial % _options.BranchEvery == 1 && Stalled(state) && OtherBranch(state, kernel.Encoding) is { } branch
            && proposal.MaximizeExpectedImprovement(unseen, random, branch) is { } other)
        {
            Dimension dimension = kernel.Encoding.Dimensions[branch.Dimension];
            return new Suggestion(other.Assignment, string.Create(CultureInfo.InvariantCulture,
                $"gp: stalled, branch {dimension.Parameter.Name}={dimension.Parameter.ValueAt(branch.Value)}"));
        }

        if (noise > _options.Rugged && state.Observations.Count >= _options.MeanFrom && _options.MeanEvery > 0
            && state.Trial % _options.MeanEvery == _options.MeanEvery / 2 && proposal.MinimizeMean(unseen, random) is { } least)
            return new Suggestion(least.Assignment, string.Create(CultureInfo.InvariantCulture, $"gp: least posterior mean, noise {noise:0.0e+0}"));
        if (proposal.MaximizeExpectedImprovement(unseen, random) is { } best)
            return new Suggestion(best.Assignment, string.Create(CultureInfo.InvariantCulture, $"gp: log expected improvement {best.Value:0.##}, noise {noise:0.0e+0}{proposal.TimeOf(best)}"));
        return unseen is null ? new Suggestion(AllowedDraw.Random(state.Space, random), "gp: all candidates forbidden, random among the allowed")
            : new Suggestion(unseen.PickUnseen(state.Seen, random), "gp: all candidates seen, random among the unseen");
    }

    private bool UsesProcess(Space space) => _surrogate.KernelOf(space).Dimensions <= _options.MaxDimensions;

    private bool Stalled(SearchState state)
    {
        double[] losses = [.. state.Observations.Where(o => o.State == ObservationState.Completed && o.Violation == 0).Select(o => o.Loss!.Value)];
        if (losses.Length < 2 * _options.StallTrials) return false;
        double largest = 0;
        foreach (double l in losses) largest = Math.Max(largest, Math.Abs(l));
        if (largest == 0) return true;
        double[] scaled = [.. losses.Select(l => l / largest)]; // 1e300 − (−1e300) would overflow
        double before = scaled[..^_options.StallTrials].Min(), best = scaled.Min();
        return before - best <= _options.StallGain * (scaled.Order().ElementAt(scaled.Length / 2) - best);
    }

    // The value of a categorical parameter (one that others depend on, where there is one) that deserves a trial: few trials so far, and the
    // fewer are enough the worse the best of them is. Never the best trial's own values.
    private static (int Dimension, long Value)? OtherBranch(SearchState state, SpaceEncoding encoding)
    {
        Observation[] ranked = [.. NoiseAwareRanking.ByLoss(state.Observations)];
        if (ranked.Length == 0) return null;
        HashSet<int> parents = [.. Enumerable.Range(0, state.Space.Count).SelectMany(i => state.Space.ClausesOf(i)).Select(c => c.Parent)];
        int[] categorical = [.. Enumerable.Range(0, encoding.Dimensions.Length).Where(d => encoding.Dimensions[d].Kind == DimensionKind.Categorical && encoding.Dimensions[d].Count <= 32)];
        int[] structural = [.. categorical.Where(d => parents.Contains(encoding.Dimensions[d].Index))];
        (int, long)? chosen = null;
        double least = double.PositiveInfinity;
        foreach (int d in structural.Length > 0 ? structural : categorical)
        {
            Dimension dimension = encoding.Dimensions[d];
            int count = (int)dimension.Count;
            int[] trials = new int[count], rank = [.. Enumerable.Repeat(ranked.Length, count)];
            long Of(Assignment a) => a[dimension.Index] is { } v ? dimension.Parameter.IndexOf(v) : -1;
            for (int i = ranked.Length - 1; i >= 0; i--)
                if (Of(ranked[i].Assignment) is >= 0 and var v) rank[v] = i;
            foreach (Observation o in state.Observations)
                if (Of(o.Assignment) is >= 0 and var v) trials[v]++;
            foreach (PendingTrial p in state.Pending)
                if (Of(p.Assignment) is >= 0 and var v) trials[v]++;
            for (int v = 0; v < count; v++)
            {
                double cost = trials[v] * (1 + 4.0 * rank[v] / ranked.Length);
                if (rank[v] > 0 && cost < least) (chosen, least) = ((d, v), cost);
            }
        }

        return chosen;
    }
}
