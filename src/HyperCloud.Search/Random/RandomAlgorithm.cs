using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Random search (Bergstra and Bengio, "Random search for hyper-parameter optimization", 2012): every trial uniform on the transformed
/// space, a function of the sweep seed and the trial's number.
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
        Assignment drawn = AllowedDraw.Random(state.Space, random);
        return unseen is null || !state.Seen.Contains(drawn)
            ? new Suggestion(drawn, "random")
            : new Suggestion(unseen.PickUnseen(state.Seen, random), "random: among the unseen configurations");
    }

    /// <summary>One configuration, uniform on the transformed space; draws one number a parameter, active or not.</summary>
    public static Assignment Draw(Space space, RandomStream random)
    {
        var u = new double[space.Count];
        for (int i = 0; i < u.Length; i++) u[i] = random.NextDouble();
        return space.FromUnit(u);
    }
}
