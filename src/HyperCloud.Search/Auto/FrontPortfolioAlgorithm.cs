using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// What <see cref="AutoAlgorithm"/> does with several objectives where it does not enumerate: Gaussian processes with expected hypervolume improvement,
/// helped by NSGA-II where the processes reach their limits: many trials, noise. With many parameters TPE, as for one objective.
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class FrontPortfolioAlgorithm(PortfolioOptions? options = null) : SequentialAlgorithm
{
    private readonly PortfolioOptions _options = options ?? new PortfolioOptions();
    private readonly GpObjectives _objectives = new((options ?? new PortfolioOptions()).Gp);
    private readonly GpConstraints _constraints = new((options ?? new PortfolioOptions()).Gp);
    private readonly Nsga2Algorithm _nsga2 = new();
    private readonly TpeAlgorithm _tpe = new();

    /// <inheritdoc/>
    public override string Name => AutoAlgorithm.AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    public override Recommendation Recommend(SearchContext context) => UsesProcesses(context.Space) ? _objectives.Rank(context) : base.Recommend(context);

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Known < _options.Gp.Startup) return StartupDesign.Choose(state, unseen);
        if (!UsesProcesses(state.Space)) return _tpe.ChooseNext(state, unseen);
        if (state.Observations.Count >= _options.ManyTrials && state.Trial % 2 == 1) return _nsga2.ChooseNext(state, unseen);
        if (_objectives.TryFit(state.Context) is not { } fit) return StartupDesign.Choose(state, unseen);
        if (fit.Noise > _options.Rugged && _options.Nsga2Every > 0 && state.Trial % _options.Nsga2Every == 0)
        {
            Suggestion child = _nsga2.ChooseNext(state, unseen);
            return child with { Reason = string.Create(CultureInfo.InvariantCulture, $"the processes see noise {fit.Noise:0.0e+0}; {child.Reason}") };
        }

        return new GpFrontProposal(fit, _constraints.TryFit(state.Space, state.Observations), state, _options.Gp).Choose(unseen);
    }

    private bool UsesProcesses(Space space) => _objectives.Dimensions(space) <= _options.MaxDimensions;
}
