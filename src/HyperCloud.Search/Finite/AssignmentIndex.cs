using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Numbers the assignments of a finite space from 0 without listing them: each combination of active parameters and their values once.
/// Parameters that others depend on form a tree whose branches are the values named in conditions, each alone, and all the rest of a
/// domain together; below a leaf of the tree the active parameters are fixed, so that a mixed-radix number tells their values.
/// </summary>
internal sealed class AssignmentIndex
{
    /// <summary>Most leaves of the tree of conditions.</summary>
    public const int MaxBranches = 1 << 16;

    private readonly Space _space;
    private readonly FiniteDomain?[] _domains;
    private readonly Node _root;

    private AssignmentIndex(Space space, FiniteDomain?[] domains, Node root)
    {
        _space = space;
        _domains = domains;
        _root = root;
    }

    /// <summary>How many assignments there are; at least 1, below 2⁶³.</summary>
    public long Count => _root.Count;

    /// <summary>Numbers the assignments.</summary>
    /// <param name="space">The space.</param>
    /// <param name="domain">The values to visit of a parameter; null when they cannot be enumerated.</param>
    /// <param name="uncountable">What to say of such a parameter: "'lr' is continuous".</param>
    /// <param name="problem">Why it cannot be done, in a sentence; null when it can.</param>
    /// <returns>Null when an active parameter cannot be enumerated, or there are too many assignments or combinations of conditions.</returns>
    public static AssignmentIndex? TryCreate(
        Space space, Func<Parameter, FiniteDomain?> domain, string uncountable, out string? problem)
    {
        FiniteDomain?[] domains = [.. space.Parameters.Select(domain)];
        var named = new SortedSet<long>?[space.Count];
        for (int i = 0; i < space.Count; i++)
            foreach ((int parent, System.Collections.Immutable.ImmutableArray<ParameterValue> values) in space.ClausesOf(i))
            {
                named[parent] ??= [];
                foreach (ParameterValue v in values)
                    if (domains[parent]!.IndexOf(v) is >= 0 and var at) named[parent]!.Add(at);
            }

        var builder = new Builder(space, domains, named, uncountable);
        Node? root = builder.Build(0, new ParameterValue?[space.Count], []);
        problem = builder.Problem;
        return root is null ? null : new AssignmentIndex(space, domains, root);
    }

    /// <summary>The assignment with this number.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    public Assignment At(long index)
    {
        var chosen = new ParameterValue?[_space.Count];
        Node node = _root;
        while (node.Branches is { } branches)
        {
            int b = 0;
            for (; index >= branches[b].Total; b++) index -= branches[b].Total;
            chosen[node.Parameter] = _domains[node.Parameter]!.ValueAt(branches[b].Member(index / branches[b].Next.Count));
            index %= branches[b].Next.Count;
            node = branches[b].Next;
        }

        foreach (int i in node.Leaves!)
        {
            chosen[i] = _domains[i]!.ValueAt(index % _domains[i]!.Count);
            index /= _domains[i]!.Count;
        }

        return _space.Build(i => chosen[i]!.Value);
    }

    /// <summary>The number of an assignment of the space, or −1 when it holds a value that is not visited.</summary>
    public long IndexOf(Assignment assignment)
    {
        long index = 0, factor = 1;
        Node node = _root;
        while (node.Branches is { } branches)
        {
            long at = _domains[node.Parameter]!.IndexOf(assignment[node.Parameter]!.Value);
            if (at < 0) return -1;
            int b = 0;
            for (; branches[b].MemberOf(at) < 0; b++) index += branches[b].Total;
            index += branches[b].MemberOf(at) * branches[b].Next.Count;
            node = branches[b].Next;
        }

        foreach (int i in node.Leaves!)
        {
            long at = _domains[i]!.IndexOf(assignment[i]!.Value);
            if (at < 0) return -1;
            index += at * factor;
            factor *= _domains[i]!.Count;
        }

        return index;
    }

    // A parent parameter and its branches, or (no branches) the parameters that are active there and that nothing depends on.
    private sealed record Node(int Parameter, Branch[]? Branches, int[]? Leaves, long Count);

    // Either the one value Only, or all values of the domain but the ascending indices in Except.
    private sealed record Branch(long Size, long Only, long[] Except, Node Next)
    {
        public long Total => Size * Next.Count;

        public long Member(long k)
        {
            if (Only >= 0) return Only;
            foreach (long e in Except)
                if (e <= k) k++;
            return k;
        }

        public long MemberOf(long index)
        {
            if (Only >= 0) return index == Only ? 0 : -1;
            int below = Array.BinarySearch(Except, index);
            return below >= 0 ? -1 : index - ~below;
        }
    }

    private sealed class Builder(Space space, FiniteDomain?[] domains, SortedSet<long>?[] named, string uncountable)
    {
        private int _branches;

        public string? Problem { get; private set; }

        public Node? Build(int at, ParameterValue?[] values, List<int> leaves)
        {
            ReadOnlySpan<int> order = space.ParentsFirst;
            for (; at < order.Length; at++)
            {
                int i = order[at];
                values[i] = null;
                if (!space.IsActive(i, values)) continue;
                if (domains[i] is not { } domain) return Refuse($"'{space.Parameters[i].Name}' {uncountable}");
                if (named[i] is { } split) return Split(at, i, domain, [.. split], values, leaves);
                leaves.Add(i);
            }

            if (++_branches > MaxBranches) return Refuse($"its conditions make more than {MaxBranches} combinations");
            UInt128 count = 1;
            foreach (int i in leaves)
                if ((count *= (UInt128)domains[i]!.Count) > long.MaxValue) return TooMany();
            return new Node(-1, null, [.. leaves], (long)count);
        }

        private Node? Split(int at, int parameter, FiniteDomain domain, long[] split, ParameterValue?[] values, List<int> leaves)
        {
            var branches = new List<Branch>(split.Length + 1);
            UInt128 count = 0;
            foreach (long only in split.Append(-1))
            {
                long size = only >= 0 ? 1 : domain.Count - split.Length;
                if (size == 0) continue;
                var branch = new Branch(size, only, split, null!);
                values[parameter] = domain.ValueAt(branch.Member(0));
                if (Build(at + 1, values, [.. leaves]) is not { } next) return null;
                if ((count += (UInt128)size * (UInt128)next.Count) > long.MaxValue) return TooMany();
                branches.Add(branch with { Next = next });
            }

            return new Node(parameter, [.. branches], null, (long)count);
        }

        private Node? TooMany() => Refuse("it has 2^63 or more assignments");

        private Node? Refuse(string problem)
        {
            Problem ??= problem;
            return null;
        }
    }
}
