namespace HyperCloud.Search;

/// <summary>The stopping rules of this version, by name.</summary>
public static class StoppingRules
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [AshaRule.RuleName, HyperbandRule.RuleName, MedianRule.RuleName];

    /// <summary>Makes a rule.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="byTrend">Trials are compared by their whole curve, where the rule ranks them at a rung (asha, hyperband); the median rule looks at the whole curve always.</param>
    /// <exception cref="SearchException">There is none of this name.</exception>
    public static IStoppingRule Create(string name, bool byTrend = false) => name switch
    {
        AshaRule.RuleName => new AshaRule(byTrend),
        HyperbandRule.RuleName => new HyperbandRule(byTrend),
        MedianRule.RuleName => new MedianRule(),
        _ => throw new SearchException($"there is no stopping rule '{name}'; there are {string.Join(", ", Names)}"),
    };
}
