using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Compares specs member by member: records that hold arrays and JSON elements compare those by reference.</summary>
internal static class SpecEquality
{
    public static void AssertEqual(SweepSpec a, SweepSpec b)
    {
        Assert.Equal(a.Name, b.Name);
        Assert.Equal(a.Objectives.AsEnumerable(), b.Objectives);
        Assert.Equal(a.Search, b.Search);
        Assert.Equal(a.Limits, b.Limits);
        Assert.Equal(a.Seeds, b.Seeds);
        Assert.Equal(a.EarlyStopping, b.EarlyStopping);
        Assert.Equal(a.Tunability, b.Tunability);
        Assert.Equal(a.Schedule, b.Schedule);
        Assert.Equal(a.WarmStart, b.WarmStart);
        Assert.Equal(a.Tasks.Select(t => (t.Name, t.Reference)), b.Tasks.Select(t => (t.Name, t.Reference)));
        Assert.Equal(a.Tasks.Select(t => t.Env.AsEnumerable()), b.Tasks.Select(t => t.Env.AsEnumerable()));
        Assert.Equal(a.Constraints.AsEnumerable(), b.Constraints);
        Assert.Equal(a.Space.Forbidden.AsEnumerable(), b.Space.Forbidden);
        Assert.Equal(a.Enqueue.Select(e => e.Values.AsEnumerable()), b.Enqueue.Select(e => e.Values.AsEnumerable()));
        Assert.Equal(a.Space.Count, b.Space.Count);
        for (int i = 0; i < a.Space.Count; i++) AssertEqual(a.Space.Parameters[i], b.Space.Parameters[i]);
        Assert.Equal(a.Trial is null, b.Trial is null);
        if (a.Trial is null || b.Trial is null) return;
        Assert.Equal((a.Trial.Runner, a.Trial.Retries, a.Trial.Checkpoints, a.Trial.WorkDir), (b.Trial.Runner, b.Trial.Retries, b.Trial.Checkpoints, b.Trial.WorkDir));
        Assert.Equal(a.Trial.Options.GetRawText(), b.Trial.Options.GetRawText());
        Assert.Equal(a.Trial.Env, b.Trial.Env);
        Assert.Equal(a.Trial.Slots.AsEnumerable(), b.Trial.Slots.AsEnumerable());
    }

    private static void AssertEqual(Parameter a, Parameter b)
    {
        Assert.Equal(a.GetType(), b.GetType());
        Assert.Equal((a.Name, a.Default, a.Default?.Kind, a.Role, a.Prior), (b.Name, b.Default, b.Default?.Kind, b.Role, b.Prior));
        // Clauses are joined by "and", so their order is not kept.
        Assert.Equal(a.When.OrderBy(c => c.Parent, StringComparer.Ordinal), b.When.OrderBy(c => c.Parent, StringComparer.Ordinal));
        switch (a, b)
        {
            case (FloatParameter x, FloatParameter y): Assert.Equal((x.Min, x.Max, x.Log, x.Step, x.Points), (y.Min, y.Max, y.Log, y.Step, y.Points)); break;
            case (IntParameter x, IntParameter y): Assert.Equal((x.Min, x.Max, x.Log, x.Step, x.Points), (y.Min, y.Max, y.Log, y.Step, y.Points)); break;
            case (CategoricalParameter x, CategoricalParameter y): Assert.Equal(x.Values.Select(v => (v, v.Kind)), y.Values.Select(v => (v, v.Kind))); break;
            case (ConstantParameter x, ConstantParameter y): Assert.Equal((x.Value, x.Value.Kind), (y.Value, y.Value.Kind)); break;
            default: Assert.Fail($"unknown kind {a.GetType()}"); break;
        }
    }
}
