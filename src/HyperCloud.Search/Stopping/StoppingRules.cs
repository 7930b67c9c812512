namespace HyperCloud.Search;

/// <summary>The stopping rules of this version, by name.</summary>
public static class StoppingRules
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [AshaRule.RuleName, HyperbandRule.RuleName, MedianRule.RuleName];

    /// <summary>Makes a rule.</summary>
    /// <exception cref="SearchException">There is none of this name.</exception>
    public static IStoppingRule Create(string name) => name switch
    {
        AshaRule.RuleName => new AshaRule(),
        HyperbandRule.RuleName => new HyperbandRule(),
        MedianRule.RuleName => new MedianRule(),
        _ => throw new SearchException($"there is no stopping rule '{name}'; there are {string.Join(", ", Names)}"),
    };
}
