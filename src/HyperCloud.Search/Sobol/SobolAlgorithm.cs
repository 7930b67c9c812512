using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Quasi-random search: trial t is point t of an Owen-scrambled <see cref="SobolSequence"/>, whatever was observed. Coordinates of inactive
/// parameters are ignored. Parameters beyond the published dimensions are drawn at random.
/// </summary>
internal sealed class SobolAlgorithm : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "sobol";

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        (Assignment point, int beyond) = Point(state.Space, state.Context.Seed, state.Trial);
        if (unseen is not null && state.Seen.Contains(point))
            return new Suggestion(unseen.PickUnseen(state.Seen, state.OpenStream()), "sobol: the point is taken, random among the unseen configurations");
        string reason = string.Create(CultureInfo.InvariantCulture, $"sobol: point {state.Trial}");
        if (beyond > 0) reason += string.Create(CultureInfo.InvariantCulture, $", {beyond} parameters beyond {SobolSequence.MaxDimensions} dimensions at random");
        return new Suggestion(point, reason);
    }

    /// <summary>The point of a trial, and how many coordinates had to be drawn at random.</summary>
    public static (Assignment Assignment, int Beyond) Point(Space space, ulong seed, int trial)
    {
        (double[] u, int beyond) = Coordinates(space, seed, trial);
        return (space.FromUnit(u), beyond);
    }

    /// <summary>The coordinates of a trial's point, one a parameter, and how many of them had to be drawn at random.</summary>
    public static (double[] U, int Beyond) Coordinates(Space space, ulong seed, int trial)
    {
        var random = new RandomStream(seed, StreamPurpose.Suggestion, (ulong)trial);
        var u = new double[space.Count];
        int dimension = 0, beyond = 0;
        for (int i = 0; i < u.Length; i++)
        {
            if (space.Parameters[i].Cardinality == 1) u[i] = 0.5; // a parameter without choice needs no dimension
            else if (dimension < SobolSequence.MaxDimensions) u[i] = SobolSequence.Scrambled(seed, (uint)trial, dimension++);
            else (u[i], beyond) = (random.NextDouble(), beyond + 1);
        }

        return (u, beyond);
    }
}
