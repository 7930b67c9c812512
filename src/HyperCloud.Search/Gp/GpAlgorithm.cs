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

    private readonly GpOptions _options = options ?? new GpOptions();
    private readonly GpConstraints _constraints = new(options ?? new GpOptions());
    private readonly GpRunTime _runTime = new(options ?? new GpOptions());
    private readonly GpSurrogate _surrogate = new(options ?? new GpOptions());

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Known < _options.Startup || _surrogate.TryFit(state.Space, state.Observations) is not { } fit) return StartupDesign.Choose(state, unseen);
        var proposal = new GpProposal(_surrogate.KernelOf(state.Space), fit, _constraints.TryFit(state.Space, state.Observations), _runTime.TryFit(state), state, _options);
        RandomStream random = state.OpenStream();
        AcquisitionSearch.Candidate? chosen = proposal.MaximizeExpectedImprovement(unseen, random);
        string reason = string.Create(CultureInfo.InvariantCulture, $"gp: log expected improvement {chosen?.Value:0.##}, noise {fit.Model.Parameters.Noise:0.0e+0}, {fit.Set.Trials.Length} trials{(chosen is null ? "" : proposal.TimeOf(chosen))}");
        return chosen is not null ? new Suggestion(chosen.Assignment, reason)
            : unseen is null ? new Suggestion(AllowedDraw.Random(state.Space, random), "gp: all candidates forbidden, random among the allowed")
            : new Suggestion(unseen.PickUnseen(state.Seen, random), "gp: all candidates seen, random among the unseen");
    }

    /// <inheritdoc/>
    public override Recommendation Recommend(SearchContext context) => GpRanking.Rank(context, _surrogate);
}
