using System.Collections.Immutable;

namespace HyperCloud.Sweeps;

/// <summary>What the reader of a spec must know of the program around it.</summary>
public sealed record SpecContext
{
    /// <summary>
    /// The runners by their key in <c>trial</c>; their <see cref="IRunner.Validate"/> is asked. Null: any key is taken for a runner's and
    /// its options are not checked, as when a stored spec is read only to be shown.
    /// </summary>
    public IReadOnlyDictionary<string, IRunner>? Runners { get; init; }

    /// <summary>The search algorithms by name; null: any name is taken.</summary>
    public IReadOnlyCollection<string>? Algorithms { get; init; } = DefaultAlgorithms;

    /// <summary>The stopping rules that this program can follow; null: any of the known names is taken.</summary>
    public IReadOnlyCollection<string>? StoppingRules { get; init; } = Search.StoppingRules.Names;

    /// <summary>Whether a spec without <c>trial</c> is an error; false for ask-tell. Default true.</summary>
    public bool TrialRequired { get; init; } = true;

    /// <summary>Currency of the prices by which costs are counted, and so of <c>limits.cost</c>; null: any is taken. Default that of the list prices.</summary>
    public string? Currency { get; init; } = PriceTable.List.Currency;

    /// <summary>The algorithms of this version.</summary>
    public static ImmutableArray<string> DefaultAlgorithms { get; } = ["auto", "random", "grid", "sobol", "tpe", "gp", "cmaes"];

    /// <summary>For specs that were accepted once and are read again to be shown or replayed: any runner, algorithm and rule.</summary>
    public static SpecContext Stored { get; } = new() { Runners = null, Algorithms = null, StoppingRules = null, Currency = null, TrialRequired = false };
}
