using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>A configuration that a user wants tried, in whole or in part. Every parameter named is active with the others named.</summary>
/// <param name="Values">Values by name of the parameter, in the space's order; may be empty.</param>
public sealed record PartialConfiguration(ImmutableArray<KeyValuePair<string, ParameterValue>> Values)
{
    /// <summary>
    /// Completes the configuration: a parameter that is not given takes its default, or, where it has none, the coordinate of the trial's point
    /// of the scrambled Sobol sequence, so that a gap is filled as a startup trial would. Where that is forbidden, what is not given is drawn at random.
    /// </summary>
    /// <param name="space">The space.</param>
    /// <param name="seed">The sweep seed.</param>
    /// <param name="trial">The trial's number.</param>
    /// <returns>The configuration and where the rest came from, in a few words; null when no completion was found that is allowed.</returns>
    public (Assignment Assignment, string Origin)? Complete(Space space, ulong seed, int trial)
    {
        Dictionary<int, ParameterValue> given = Values.ToDictionary(v => space.IndexOf(v.Key), v => v.Value);
        (double[] u, _) = SobolAlgorithm.Coordinates(space, seed, trial);
        int defaults = 0, drawn = 0;
        Assignment completed = space.Build(i =>
        {
            if (given.TryGetValue(i, out ParameterValue value)) return value;
            if (space.Parameters[i] is ConstantParameter constant) return constant.Value;
            if (space.Parameters[i].Default is { } standard)
            {
                defaults++;
                return standard;
            }

            drawn++;
            return space.Parameters[i].FromUnit(u[i]);
        });
        if (space.Allows(completed))
            return (completed, (defaults, drawn) switch
            {
                (0, 0) => "as given",
                (_, 0) => string.Create(CultureInfo.InvariantCulture, $"the rest at {defaults} defaults"),
                (0, _) => string.Create(CultureInfo.InvariantCulture, $"the rest, {drawn} parameters, from the startup design"),
                _ => string.Create(CultureInfo.InvariantCulture, $"the rest at {defaults} defaults and {drawn} parameters from the startup design"),
            });
        var random = new RandomStream(seed, StreamPurpose.Suggestion, (ulong)trial);
        for (int tries = 0; tries < AllowedDraw.MostDraws; tries++)
        {
            completed = space.Build(i => given.TryGetValue(i, out ParameterValue value) ? value : space.Parameters[i].FromUnit(random.NextDouble()));
            if (space.Allows(completed)) return (completed, "the rest at random, as its defaults are forbidden with it");
        }

        return null;
    }
}
