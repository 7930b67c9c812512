using System.Collections.Immutable;

namespace HyperCloud.Core;

/// <summary>A problem with one parameter of a space.</summary>
/// <param name="Parameter">The parameter's name.</param>
/// <param name="Message">What is wrong, with the values.</param>
public sealed record SpaceProblem(string Parameter, string Message);

/// <summary>A space that cannot be: all its problems at once.</summary>
public sealed class SpaceException(IReadOnlyList<SpaceProblem> problems)
    : ArgumentException(string.Join("; ", problems.Select(p => $"{p.Parameter}: {p.Message}")))
{
    /// <summary>Every problem found.</summary>
    public IReadOnlyList<SpaceProblem> Problems { get; } = problems;
}

/// <summary>
/// The search space: an ordered list of parameters, some of which are active only under conditions on others. May be empty (an algorithm
/// without hyperparameters): then it has exactly one assignment.
/// </summary>
public sealed class Space
{
    private readonly Dictionary<string, int> _index;
    private readonly int[] _order;
    private readonly (int Parent, ImmutableArray<ParameterValue> Values)[][] _clauses;
    private readonly (int Parameter, ForbiddenClause Clause)[][] _forbidden;

    /// <summary>Builds a space.</summary>
    /// <param name="parameters">The parameters in the spec's order, which is the order of every vector over this space.</param>
    /// <param name="forbidden">Combinations that no trial may have.</param>
    /// <exception cref="SpaceException">Duplicate names, an unknown or cyclic parent, a condition on a float, or an unknown parameter forbidden.</exception>
    public Space(IEnumerable<Parameter> parameters, IEnumerable<ForbiddenCombination>? forbidden = null)
    {
        Parameters = [.. parameters];
        Forbidden = [.. forbidden ?? []];
        _index = new(StringComparer.Ordinal);
        List<SpaceProblem> problems = [];
        for (int i = 0; i < Parameters.Length; i++)
            if (!_index.TryAdd(Parameters[i].Name, i)) problems.Add(new(Parameters[i].Name, "the name is used twice"));
        foreach (Parameter p in Parameters)
            foreach (ConditionClause clause in p.When)
            {
                if (!_index.TryGetValue(clause.Parent, out int parent))
                    problems.Add(new(p.Name, $"its condition names '{clause.Parent}', which is not a parameter"));
                else if (Parameters[parent] is FloatParameter)
                    problems.Add(new(p.Name, $"its condition names the float '{clause.Parent}'; only int, categorical, ordinal and constant parameters can be parents"));
            }

        foreach (ForbiddenClause clause in Forbidden.SelectMany(f => f.Clauses))
            if (!_index.ContainsKey(clause.Parameter)) problems.Add(new(clause.Parameter, "a forbidden combination names it, but it is not a parameter"));
        if (problems.Count > 0) throw new SpaceException(problems);
        _forbidden = [.. Forbidden.Select(f => f.Clauses.Select(c => (_index[c.Parameter], c)).ToArray())];
        _clauses = [.. Parameters.Select(p => p.When.Select(c => (_index[c.Parent], c.Values)).ToArray())];
        _order = Sort(problems);
        if (problems.Count > 0) throw new SpaceException(problems);
    }

    /// <summary>The parameters, in the spec's order.</summary>
    public ImmutableArray<Parameter> Parameters { get; }

    /// <summary>Combinations that no trial may have.</summary>
    public ImmutableArray<ForbiddenCombination> Forbidden { get; }

    /// <summary>The combination that forbids a configuration; null when it is allowed.</summary>
    public ForbiddenCombination? ForbiddenBy(Assignment assignment)
    {
        for (int f = 0; f < _forbidden.Length; f++)
        {
            bool matches = true;
            foreach ((int parameter, ForbiddenClause clause) in _forbidden[f]) matches &= assignment[parameter] is { } value && clause.Matches(value);
            if (matches) return Forbidden[f];
        }

        return null;
    }

    /// <summary>Whether no combination forbids a configuration.</summary>
    public bool Allows(Assignment assignment) => _forbidden.Length == 0 || ForbiddenBy(assignment) is null;

    /// <summary>Parameter indices with every parent before its children; ties in the spec's order.</summary>
    public ReadOnlySpan<int> ParentsFirst => _order;

    /// <summary>The number of parameters.</summary>
    public int Count => Parameters.Length;

    /// <summary>The index of a parameter, or −1.</summary>
    public int IndexOf(string name) => _index.TryGetValue(name, out int i) ? i : -1;

    /// <summary>The parents of a parameter with the values that activate it; all clauses must hold.</summary>
    public IReadOnlyList<(int Parent, ImmutableArray<ParameterValue> Values)> ClausesOf(int parameter) => _clauses[parameter];

    /// <summary>Whether a parameter is active, given the values of its parents (null: inactive).</summary>
    public bool IsActive(int parameter, ReadOnlySpan<ParameterValue?> values)
    {
        foreach ((int parent, ImmutableArray<ParameterValue> allowed) in _clauses[parameter])
            if (values[parent] is not { } v || !allowed.Contains(v)) return false;
        return true;
    }

    /// <summary>
    /// Builds an assignment parents first: <paramref name="choose"/> is asked for the value of each active parameter and never for an
    /// inactive one.
    /// </summary>
    public Assignment Build(Func<int, ParameterValue> choose)
    {
        var values = new ParameterValue?[Count];
        foreach (int i in _order)
            if (IsActive(i, values)) values[i] = choose(i);
        return new Assignment(this, values);
    }

    /// <summary>The assignment at a point of the unit cube (one coordinate a parameter; those of inactive parameters are ignored).</summary>
    public Assignment FromUnit(ReadOnlySpan<double> u)
    {
        if (u.Length != Count) throw new ArgumentException($"need {Count} coordinates, but got {u.Length}", nameof(u));
        var values = new ParameterValue?[Count];
        foreach (int i in _order)
            if (IsActive(i, values)) values[i] = Parameters[i].FromUnit(u[i]);
        return new Assignment(this, values);
    }

    /// <summary>
    /// The default configuration: every active parameter at its <see cref="Parameter.Default"/> (a constant at its value); null if an
    /// active parameter has none.
    /// </summary>
    public Assignment? Default()
    {
        var values = new ParameterValue?[Count];
        foreach (int i in _order)
        {
            if (!IsActive(i, values)) continue;
            values[i] = Parameters[i] is ConstantParameter c ? c.Value : Parameters[i].Default;
            if (values[i] is null) return null;
        }

        return new Assignment(this, values);
    }

    /// <summary>
    /// The number of distinct assignments, forbidden ones included, counting each combination of active parameters once; null when some active parameter is
    /// continuous or the number exceeds <paramref name="limit"/>.
    /// </summary>
    public long? CountAssignments(long limit = 1_000_000)
    {
        var isParent = new bool[Count];
        foreach ((int Parent, ImmutableArray<ParameterValue> Values)[] clauses in _clauses)
            foreach ((int parent, _) in clauses) isParent[parent] = true;
        long count = 0;
        return Walk(0, 1, new ParameterValue?[Count]) ? count : null;

        // Only parents are walked value by value; what nothing depends on is a factor.
        bool Walk(int at, long factor, ParameterValue?[] values)
        {
            if (at == Count) return (count += factor) <= limit;
            int i = _order[at];
            values[i] = null;
            if (!IsActive(i, values)) return Walk(at + 1, factor, values);
            if (Parameters[i].Cardinality is not { } n || n > limit / factor) return false;
            if (!isParent[i]) return Walk(at + 1, factor * n, values);
            for (long k = 0; k < n; k++)
            {
                values[i] = Parameters[i].ValueAt(k);
                if (!Walk(at + 1, factor, values)) return false;
            }

            return true;
        }
    }

    private int[] Sort(List<SpaceProblem> problems)
    {
        var order = new List<int>(Count);
        var placed = new bool[Count];
        while (order.Count < Count)
        {
            int next = Enumerable.Range(0, Count).FirstOrDefault(i => !placed[i] && _clauses[i].All(c => placed[c.Parent]), -1);
            if (next < 0)
            {
                string[] rest = [.. Enumerable.Range(0, Count).Where(i => !placed[i]).Select(i => Parameters[i].Name)];
                problems.AddRange(rest.Select(n => new SpaceProblem(n, $"its conditions form a cycle or hang on one (among {string.Join(", ", rest)})")));
                break;
            }

            placed[next] = true;
            order.Add(next);
        }

        return [.. order];
    }
}
