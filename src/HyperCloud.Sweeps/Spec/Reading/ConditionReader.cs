using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads the <c>when</c> of all parameters and checks them against each other.</summary>
internal sealed class ConditionReader
{
    private readonly ProblemList _problems;
    private readonly IReadOnlyList<ReadParameter> _parameters;
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly ImmutableArray<ConditionClause>[] _clauses;
    private bool _good = true;

    public ConditionReader(ProblemList problems, IReadOnlyList<ReadParameter> parameters)
    {
        _problems = problems;
        _parameters = parameters;
        _clauses = new ImmutableArray<ConditionClause>[parameters.Count];
        for (int i = 0; i < parameters.Count; i++) _index.TryAdd(parameters[i].Name, i);
    }

    /// <summary>The parameters with their conditions; null when a condition or a parameter is faulty.</summary>
    public Parameter[]? Read()
    {
        for (int i = 0; i < _parameters.Count; i++) _clauses[i] = ReadClauses(_parameters[i]);
        if (Cycles()) Contradictions();
        if (!_good || _parameters.Any(p => p.Parameter is null)) return null;
        return [.. _parameters.Select((p, i) => p.Parameter! with { When = _clauses[i] })];
    }

    private void Fail(SpecPlace place, string pointer, string message, string code = SpecCodes.Condition)
    {
        _good = false;
        _problems.Error(code, place, pointer, message);
    }

    private ImmutableArray<ConditionClause> ReadClauses(ReadParameter child)
    {
        SpecNode? node = child.Reader.Node("when");
        if (node is null) return [];
        if (node is not MapNode map)
        {
            if (node is not ScalarNode { Refused: true })
                Fail(node.Place, node.Pointer, $"the condition of '{child.Name}' must be a mapping from parents to values, such as {{booster: dart}}, but got {node.Describe()}", SpecCodes.WrongType);
            _good = false;
            return [];
        }

        var clauses = ImmutableArray.CreateBuilder<ConditionClause>();
        foreach (MapEntry entry in map.Entries)
            if (ReadClause(child, entry, SpecNode.Child(map.Pointer, entry.Key)) is { } clause)
                clauses.Add(clause);
        return clauses.ToImmutable();
    }

    private ConditionClause? ReadClause(ReadParameter child, MapEntry entry, string pointer)
    {
        string shown = ScalarNode.Shorten(entry.Key);
        if (!_index.TryGetValue(entry.Key, out int at))
        {
            Fail(entry.KeyPlace, pointer, $"the condition of '{child.Name}' names '{shown}', which is not a parameter{Nearest.Hint(entry.Key, _parameters.Select(p => p.Name).Where(n => n != child.Name))}");
            return null;
        }

        ReadParameter parent = _parameters[at];
        if (parent.Name == child.Name)
        {
            Fail(entry.KeyPlace, pointer, $"the condition of '{child.Name}' names '{child.Name}' itself");
            return null;
        }

        if (parent.Parameter is FloatParameter)
        {
            Fail(entry.KeyPlace, pointer, $"the condition of '{child.Name}' names the float '{parent.Name}'; parents are int, listed or constant, since a real value is hardly ever met");
            return null;
        }

        List<SpecNode> nodes = entry.Value is ListNode list ? list.Items : [entry.Value];
        if (nodes.Count > ParameterReader.MaxValues)
        {
            Fail(entry.Value.Place, pointer, FormattableString.Invariant($"a condition may list {ParameterReader.MaxValues} values, but this one has {nodes.Count}"), SpecCodes.TooLarge);
            return null;
        }

        if (nodes.Count == 0) Fail(entry.Value.Place, pointer, $"the condition of '{child.Name}' gives '{parent.Name}' no value, so '{child.Name}' could never be active");
        var values = ImmutableArray.CreateBuilder<ParameterValue>();
        foreach (SpecNode node in nodes)
        {
            if (node is not ScalarNode scalar)
            {
                Fail(node.Place, node.Pointer, $"the condition of '{child.Name}' must give '{parent.Name}' a value or a list of values, but got {node.Describe()}", SpecCodes.WrongType);
            }
            else if (scalar.Refused || parent.Parameter is null)
            {
                _good = false;
            }
            else if (!parent.Parameter.Contains(scalar.Value))
            {
                Fail(node.Place, node.Pointer, $"the condition of '{child.Name}' needs {parent.Name}={Domains.Quote(scalar.Value)}, but '{parent.Name}' takes {Domains.Describe(parent.Parameter)}{Domains.Hint(parent.Parameter, scalar.Value)}");
            }
            else if (Domains.Canonical(parent.Parameter, scalar.Value) is var value && values.Contains(value))
            {
                _problems.Warn(SpecCodes.NoEffect, node, $"the condition of '{child.Name}' gives {parent.Name}={Domains.Quote(value)} twice");
            }
            else
            {
                values.Add(value);
            }
        }

        // Kept even when a value was faulty, so that cycles are seen all the same.
        return new ConditionClause(parent.Name, values.ToImmutable());
    }

    // True when there is no cycle.
    private bool Cycles()
    {
        var state = new int[_parameters.Count];
        List<int> path = [];
        bool none = true;
        for (int i = 0; i < state.Length; i++) Visit(i);
        return none;

        void Visit(int at)
        {
            if (state[at] == 2) return;
            if (state[at] == 1)
            {
                int from = path.IndexOf(at);
                string[] names = [.. path.Skip(from).Append(at).Select(i => _parameters[i].Name)];
                SpecNode when = _parameters[at].Reader.Node("when")!;
                Fail(when.Place, when.Pointer, $"the conditions form a cycle: {string.Join(" needs ", names.Select(n => $"'{n}'"))}");
                none = false;
                return;
            }

            state[at] = 1;
            path.Add(at);
            foreach (ConditionClause clause in _clauses[at]) Visit(_index[clause.Parent]);
            path.RemoveAt(path.Count - 1);
            state[at] = 2;
        }
    }

    // A parameter is active when all its ancestors have one of the values that each clause on the way asks for: a conjunction, so it can be
    // met exactly when no ancestor is left without a value.
    private void Contradictions()
    {
        for (int i = 0; i < _parameters.Count; i++)
        {
            if (_clauses[i].IsEmpty) continue;
            Dictionary<int, List<(int Child, ImmutableArray<ParameterValue> Values)>> needs = [];
            Collect(i, needs, []);
            foreach ((int parent, List<(int Child, ImmutableArray<ParameterValue> Values)> demands) in needs)
            {
                if (demands.Any(d => d.Values.IsEmpty) || Common(demands)) continue;
                SpecNode when = _parameters[i].Reader.Node("when")!;
                string name = _parameters[parent].Name;
                Fail(when.Place, when.Pointer, $"'{_parameters[i].Name}' can never be active: {string.Join(", but ", demands.Select(d =>
                    $"{(d.Child == i ? "its own condition" : $"the condition of '{_parameters[d.Child].Name}'")} needs {name}={string.Join(" or ", d.Values.Select(Domains.Quote))}"))}");
                break;
            }
        }
    }

    private void Collect(int child, Dictionary<int, List<(int, ImmutableArray<ParameterValue>)>> needs, HashSet<int> visited)
    {
        if (!visited.Add(child)) return;
        foreach (ConditionClause clause in _clauses[child])
        {
            int parent = _index[clause.Parent];
            if (!needs.TryGetValue(parent, out List<(int, ImmutableArray<ParameterValue>)>? demands)) needs[parent] = demands = [];
            demands.Add((child, clause.Values));
            Collect(parent, needs, visited);
        }
    }

    private static bool Common(List<(int Child, ImmutableArray<ParameterValue> Values)> demands)
    {
        HashSet<ParameterValue> common = [.. demands[0].Values];
        foreach ((_, ImmutableArray<ParameterValue> values) in demands) common.IntersectWith(values);
        return common.Count > 0;
    }
}
