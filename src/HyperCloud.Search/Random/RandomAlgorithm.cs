using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Random search (Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012): every trial uniform on the transformed
/// space, a function of the sweep seed and the trial's number. With a prior the density moves from the prior's to the uniform one as trials pass.
/// </summary>
internal sealed class RandomAlgorithm : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "random";

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        RandomStream random = state.OpenStream();
        SpacePrior? prior = SpacePrior.Of(state.Space);
        Assignment drawn = AllowedDraw.Random(state.Space, random, prior is null ? null : u => prior.Warp(u, state.Trial));
        return unseen is null || !state.Seen.Contains(drawn)
            ? new Suggestion(drawn, prior is null ? "random" : string.Create(CultureInfo.InvariantCulture, $"random, by {prior.ShareAfter(state.Trial):P0} from the prior"))
            : new Suggestion(unseen.PickUnseen(state.Seen, random), "random: among the unseen configurations");
    }

    /// <summary>One configuration, uniform on the transformed space; draws one number a parameter, active or not.</summary>
    /// <param name="space">The space.</param>
    /// <param name="random">Random numbers.</param>
    /// <param name="warp">Moves the point of the unit cube, in place; null: leaves it.</param>
    public static Assignment Draw(Space space, RandomStream random, Action<double[]>? warp = null)
    {
        var u = new double[space.Count];
        for (int i = 0; i < u.Length; i++) u[i] = random.NextDouble();
        warp?.Invoke(u);
        return space.FromUnit(u);
    }
}
