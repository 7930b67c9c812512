using System.Collections.Immutable;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>The runners a host offers, by the key that names them in a spec's <c>trial</c> section.</summary>
public sealed class RunnerRegistry
{
    /// <summary>Holds the given runners.</summary>
    /// <exception cref="ArgumentException">Two of them are of the same kind.</exception>
    public RunnerRegistry(IEnumerable<IRunner> runners)
    {
        All = [.. runners];
        if (All.GroupBy(r => r.Kind).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new ArgumentException($"two runners are of kind '{twice.Key}'", nameof(runners));
    }

    /// <summary>All of them.</summary>
    public ImmutableArray<IRunner> All { get; }

    /// <summary>Their kinds.</summary>
    public IReadOnlyList<string> Kinds => [.. All.Select(r => r.Kind)];

    /// <summary>The runner of a kind; null when there is none.</summary>
    public IRunner? Find(string kind) => All.FirstOrDefault(r => r.Kind == kind);

    /// <summary>The runners that come with HyperCloud: <c>command</c>, <c>http</c>, <c>container</c>, <c>objective</c>, <c>mlnet</c>.</summary>
    /// <param name="time">The clock; default that of the machine. The simulator gives its own.</param>
    /// <param name="objectives">Objectives beside the built-in test functions.</param>
    public static RunnerRegistry Create(TimeProvider? time = null, IEnumerable<IObjective>? objectives = null)
    {
        TimeProvider clock = time ?? TimeProvider.System;
        return new RunnerRegistry(
        [
            new CommandRunner(clock), new HttpRunner(clock), new ContainerRunner(clock),
            new ObjectiveRunner([.. TestFunctions.All, new CliffWalkingObjective(), .. objectives ?? []], clock), new MlNetRunner(clock),
        ]);
    }
}
