using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>
/// The trials that come before those of the algorithm: the default configuration, then the enqueued ones, then what an earlier sweep would
/// recommend. Pure.
/// </summary>
internal static class FirstTrials
{
    /// <summary>What is recorded in place of an algorithm for the default configuration.</summary>
    public const string Default = "default";

    /// <summary>What is recorded in place of an algorithm for an enqueued configuration.</summary>
    public const string Enqueued = "enqueued";

    /// <summary>What is recorded in place of an algorithm for the best configuration of an earlier sweep.</summary>
    public const string Earlier = "warm-start";

    /// <summary>The trial of a number; null where the algorithm has to suggest.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="trial">The trial's number.</param>
    /// <param name="earlier">What an earlier sweep would recommend; null: there is none.</param>
    public static (string Origin, Suggestion Trial)? Of(SweepSpec spec, ulong seed, int trial, Assignment? earlier = null)
    {
        Assignment? standard = spec.Space.Default();
        if (trial == 0 && standard is not null) return (Default, new Suggestion(standard, "the default configuration"));
        int place = trial - (standard is null ? 0 : 1);
        if (place == spec.Enqueue.Length && earlier is not null) return (Earlier, new Suggestion(earlier, "the configuration that the earlier sweep would recommend"));
        if (place >= spec.Enqueue.Length || spec.Enqueue[place].Complete(spec.Space, seed, trial) is not var (assignment, rest)) return null;
        return (Enqueued, new Suggestion(assignment, string.Create(CultureInfo.InvariantCulture, $"configuration {place + 1} of {spec.Enqueue.Length}, {rest}")));
    }
}
