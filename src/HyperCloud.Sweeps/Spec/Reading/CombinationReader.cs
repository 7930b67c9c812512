using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>forbid</c>.</summary>
internal static class ForbidReader
{
    /// <summary>The space with what is forbidden in it; what is faulty is left out.</summary>
    public static Space Read(SectionReader root, Space space)
    {
        var combinations = ImmutableArray.CreateBuilder<ForbiddenCombination>();
        foreach (MapNode item in ConfigurationList.Items(root, "forbid", "{booster: dart, leaves: {min: 128}}"))
        {
            if (item.Entries.Count == 0)
            {
                root.Problems.Error(SpecCodes.Invalid, item, "a forbidden combination must name at least one parameter, or it would forbid everything");
                continue;
            }

            ForbiddenClause?[] clauses = [.. item.Entries.Select(e => ReadClause(root.Problems, space, item, e))];
            if (clauses.All(c => c is not null)) combinations.Add(new ForbiddenCombination([.. clauses.Select(c => c!).OrderBy(c => space.IndexOf(c.Parameter))]));
        }

        if (combinations.Count == 0) return space;
        var with = new Space(space.Parameters, combinations);
        if (with.Default() is { } standard && with.ForbiddenBy(standard) is { } by)
            root.Error(SpecCodes.Invalid, "forbid", $"the default configuration is forbidden ({by}); change a default or the combination");
        if (SearchAlgorithms.Problem("random", with) is { } problem) root.Error(SpecCodes.Invalid, "forbid", problem);
        return with;
    }

    private static ForbiddenClause? ReadClause(ProblemList problems, Space space, MapNode item, MapEntry entry)
    {
        if (ConfigurationList.Parameter(problems, space, item, entry) is not { } parameter) return null;
        if (entry.Value is MapNode range) return ReadRange(problems, parameter, range);
        List<SpecNode> nodes = entry.Value is ListNode list ? list.Items : [entry.Value];
        if (nodes.Count == 0) problems.Error(SpecCodes.Invalid, entry.Value, $"the forbidden values of '{parameter.Name}' must be at least one");
        ParameterValue?[] values = [.. nodes.Select(n => ConfigurationList.Value(problems, parameter, n))];
        return nodes.Count > 0 && values.All(v => v is not null) ? new ForbiddenClause(parameter.Name, [.. values.Select(v => v!.Value).Distinct()]) : null;
    }

    private static ForbiddenClause? ReadRange(ProblemList problems, Parameter parameter, MapNode range)
    {
        double? min = null, max = null;
        bool good = true;
        if (parameter is not (FloatParameter or IntParameter or CategoricalParameter { IsOrdered: true }) || (parameter is CategoricalParameter listed && !listed.Values.All(v => v.IsNumeric)))
            return Wrong(range, $"a range forbids numbers, but '{parameter.Name}' takes {Domains.Describe(parameter)}; list the values");
        foreach (MapEntry entry in range.Entries)
        {
            string pointer = SpecNode.Child(range.Pointer, entry.Key);
            if (entry.Key is not ("min" or "max"))
            {
                problems.Error(SpecCodes.UnknownKey, entry.KeyPlace, pointer, $"unknown key `{ScalarNode.Shorten(entry.Key)}` in a forbidden range; it has `min` and `max`");
                good = false;
            }
            else if (entry.Value is ScalarNode { Refused: false, Value.IsNumeric: true } number)
            {
                if (entry.Key == "min") min = number.Value.AsNumber();
                else max = number.Value.AsNumber();
            }
            else
            {
                if (entry.Value is not ScalarNode { Refused: true })
                    problems.Error(SpecCodes.WrongType, entry.Value, $"`{entry.Key}` of a forbidden range must be a number, but got {entry.Value.Describe()}");
                good = false;
            }
        }

        if (!good) return null;
        if (min is null && max is null) return Wrong(range, $"a forbidden range of '{parameter.Name}' needs `min`, `max` or both");
        if (min > max) return Wrong(range, FormattableString.Invariant($"`min <= max` must hold for a forbidden range, but got min={min}, max={max}"));
        return new ForbiddenClause(parameter.Name, [], min, max);

        ForbiddenClause? Wrong(SpecNode at, string message)
        {
            problems.Error(SpecCodes.Invalid, at, message);
            return null;
        }
    }
}

/// <summary>Reads <c>enqueue</c>.</summary>
internal static class EnqueueReader
{
    /// <summary>The configurations; what is faulty is left out.</summary>
    public static ImmutableArray<PartialConfiguration> Read(SectionReader root, Space? space)
    {
        var configurations = ImmutableArray.CreateBuilder<PartialConfiguration>();
        foreach (MapNode item in ConfigurationList.Items(root, "enqueue", "{learning_rate: 0.1}"))
        {
            if (space is null) continue;
            var given = new SortedDictionary<int, ParameterValue>();
            bool good = true;
            foreach (MapEntry entry in item.Entries)
            {
                if (ConfigurationList.Parameter(root.Problems, space, item, entry) is { } parameter && ConfigurationList.Value(root.Problems, parameter, entry.Value) is { } value)
                    given[space.IndexOf(parameter.Name)] = value;
                else good = false;
            }

            if (!good || !Parents(root.Problems, space, item, given)) continue;
            var configuration = new PartialConfiguration([.. given.Select(g => new KeyValuePair<string, ParameterValue>(space.Parameters[g.Key].Name, g.Value))]);
            if (configuration.Complete(space, 0, 0) is null)
                root.Problems.Error(SpecCodes.Invalid, item, "every completion of this configuration is forbidden");
            else configurations.Add(configuration);
        }

        return configurations.ToImmutable();
    }

    // What is given must be active: parents that are not given take a value that makes it so, their default where that does.
    private static bool Parents(ProblemList problems, Space space, MapNode item, SortedDictionary<int, ParameterValue> given)
    {
        for (Queue<int> open = new(given.Keys); open.TryDequeue(out int child);)
            foreach ((int parent, ImmutableArray<ParameterValue> values) in space.ClausesOf(child))
            {
                string name = space.Parameters[child].Name, other = space.Parameters[parent].Name;
                if (given.TryGetValue(parent, out ParameterValue has))
                {
                    if (values.Contains(has)) continue;
                    problems.Error(SpecCodes.Condition, item, $"'{name}' is given, but inactive with {other}={Domains.Quote(has)}; it needs {other}={string.Join(" or ", values.Select(Domains.Quote))}");
                    return false;
                }

                ParameterValue[] fitting = [.. values.Where(v => given.Keys.All(g => space.ClausesOf(g).All(c => c.Parent != parent || c.Values.Contains(v))))];
                if (fitting.Length == 0)
                {
                    problems.Error(SpecCodes.Condition, item, $"the parameters given are never active together: no value of '{other}' activates all of them");
                    return false;
                }

                given[parent] = space.Parameters[parent].Default is { } standard && fitting.Contains(standard) ? standard : fitting[0];
                open.Enqueue(parent);
            }

        return true;
    }
}

/// <summary>What lists of mappings from parameters share.</summary>
internal static class ConfigurationList
{
    /// <summary>The mappings of a list; reports what is none.</summary>
    public static IEnumerable<MapNode> Items(SectionReader root, string key, string example)
    {
        if (root.Node(key) is not { } node || node is ScalarNode { Refused: true }) yield break;
        if (node is not ListNode list)
        {
            root.Error(SpecCodes.WrongType, key, $"`{key}` must be a list of mappings from parameters to values, such as [{example}], but got {node.Describe()}");
            yield break;
        }

        foreach (SpecNode item in list.Items)
        {
            if (item is MapNode map) yield return map;
            else if (item is not ScalarNode { Refused: true })
                root.Problems.Error(SpecCodes.WrongType, item, $"an entry of `{key}` must be a mapping from parameters to values, such as {example}, but got {item.Describe()}");
        }
    }

    /// <summary>The parameter that an entry names; reported when there is none.</summary>
    public static Parameter? Parameter(ProblemList problems, Space space, MapNode item, MapEntry entry)
    {
        if (space.IndexOf(entry.Key) is >= 0 and var at) return space.Parameters[at];
        problems.Error(SpecCodes.UnknownKey, entry.KeyPlace, SpecNode.Child(item.Pointer, entry.Key),
            $"'{ScalarNode.Shorten(entry.Key)}' is not a parameter{Nearest.Hint(entry.Key, space.Parameters.Select(p => p.Name))}");
        return null;
    }

    /// <summary>A value of a parameter's domain in its type; reported when it is none.</summary>
    public static ParameterValue? Value(ProblemList problems, Parameter parameter, SpecNode node)
    {
        if (node is ScalarNode { Refused: true }) return null;
        if (node is ScalarNode scalar && parameter.Contains(scalar.Value)) return Domains.Canonical(parameter, scalar.Value);
        string hint = node is ScalarNode other ? Domains.Hint(parameter, other.Value) : "";
        problems.Error(node is ScalarNode ? SpecCodes.Invalid : SpecCodes.WrongType, node,
            $"'{parameter.Name}' takes {Domains.Describe(parameter)}, but got {node.Describe()}{hint}");
        return null;
    }
}
