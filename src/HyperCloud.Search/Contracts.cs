using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>How a trial ended, as the search is told (SEMANTICS §3). Lost and cancelled runs are told as nothing.</summary>
public enum ObservationState
{
    /// <summary>Ran to the end; <see cref="Observation.Loss"/> is its value.</summary>
    Completed,

    /// <summary>The objective failed; no loss.</summary>
    Failed,

    /// <summary>Ended early by a rule; the loss is its value at <see cref="Observation.Resource"/>, censored.</summary>
    Stopped,
}

/// <summary>What the search knows of one finished trial.</summary>
/// <param name="Number">Trial number; below 0 for trials of an earlier sweep, which algorithms learn from and never count as their own.</param>
/// <param name="Assignment">Its configuration.</param>
/// <param name="State">How it ended.</param>
/// <param name="Loss">The objective, to be minimised (a maximised metric is negated before it comes here); null when failed. Finite.</param>
/// <param name="Runs">How many runs the loss aggregates.</param>
/// <param name="Variance">Sample variance of those runs, when there are at least two.</param>
/// <param name="Resource">The resource the loss was reached at; null at full length.</param>
/// <param name="Curve">Losses at the rungs it has passed, in rung order from the first; null without a stopping rule.</param>
/// <param name="Excess">
/// For each outcome constraint by how much it is broken, 0 or below where it is met, in a unit of its own; null without constraints, and where
/// nothing is known (failed, stopped).
/// </param>
public sealed record Observation(
    int Number, Assignment Assignment, ObservationState State, double? Loss, int Runs = 1, double? Variance = null, double? Resource = null,
    IReadOnlyList<double>? Curve = null, IReadOnlyList<double>? Excess = null)
{
    /// <summary>How long a run of it took, in seconds, where gain is to be weighed against time; else null. Finite, not negative.</summary>
    public double? Seconds { get; init; }

    /// <summary>The sum over constraints of what they are broken by; 0 when all are met, or nothing is known of them.</summary>
    public double Violation
    {
        get
        {
            if (Excess is null) return 0;
            double sum = 0;
            foreach (double e in Excess) sum += Math.Max(0, e);
            return Math.Min(sum, double.MaxValue);
        }
    }
}

/// <summary>A trial that was suggested and has no result yet.</summary>
/// <param name="Number">Trial number.</param>
/// <param name="Assignment">Its configuration.</param>
public sealed record PendingTrial(int Number, Assignment Assignment);

/// <summary>
/// All that a suggestion may depend on (law 1): two equal contexts give bit-equal suggestions, in any process, with or without cached state.
/// </summary>
public sealed record SearchContext
{
    /// <summary>The space.</summary>
    public required Space Space { get; init; }

    /// <summary>The sweep seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The number of the first trial to suggest; trials are numbered without gaps.</summary>
    public required int FirstTrial { get; init; }

    /// <summary>Finished trials, by ascending trial number.</summary>
    public required IReadOnlyList<Observation> Observations { get; init; }

    /// <summary>Trials without a result, by ascending trial number.</summary>
    public required IReadOnlyList<PendingTrial> Pending { get; init; }

    /// <summary>The sweep's limit of trials, if it has one.</summary>
    public int? Budget { get; init; }

    /// <summary>How many trials run at once.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>The user declared the objective free of noise (<c>noise: none</c>).</summary>
    public bool Deterministic { get; init; }
}

/// <summary>One suggested configuration.</summary>
/// <param name="Assignment">The configuration.</param>
/// <param name="Reason">Which branch of the algorithm proposed it, in a few words (<c>startup</c>, <c>tpe: good 12 of 48</c>); goes into the record.</param>
public sealed record Suggestion(Assignment Assignment, string Reason);

/// <summary>The answer to one request for suggestions.</summary>
/// <param name="Suggestions">As many as asked for, or fewer when the space is exhausted.</param>
/// <param name="Exhausted">A sentence that says why there are no more; null when there are.</param>
public sealed record SuggestResult(IReadOnlyList<Suggestion> Suggestions, string? Exhausted = null);

/// <summary>The trial the algorithm would recommend, and its rivals.</summary>
/// <param name="Ranking">Trial numbers of completed trials, best first.</param>
/// <param name="Reason">How they were ranked, in a sentence.</param>
public sealed record Recommendation(IReadOnlyList<int> Ranking, string Reason);

/// <summary>
/// A search algorithm: a pure function from context to suggestions. An instance serves one sweep and may keep a cache, as long as it can be
/// rebuilt from the context and never changes an answer.
/// </summary>
public interface ISearchAlgorithm
{
    /// <summary>Its name in specs and records.</summary>
    string Name { get; }

    /// <summary>Version of its decisions: raised whenever the same context may get another answer.</summary>
    int Version { get; }

    /// <summary>Suggests <paramref name="count"/> configurations for the trials from <see cref="SearchContext.FirstTrial"/> on.</summary>
    SuggestResult Suggest(SearchContext context, int count);

    /// <summary>
    /// Ranks the completed trials by what is known of their true loss, noise considered; those that break an outcome constraint come after all
    /// that do not, the least broken first.
    /// </summary>
    Recommendation Recommend(SearchContext context);
}
