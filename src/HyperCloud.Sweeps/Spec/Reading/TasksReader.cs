using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>tasks</c>: a list of names, or a mapping from names to what is theirs.</summary>
internal static class TasksReader
{
    /// <summary>The tasks in the spec's order; what is faulty is left out. Null: there is the key, and it is no such thing.</summary>
    public static ImmutableArray<TaskSpec> Read(SectionReader root)
    {
        ProblemList problems = root.Problems;
        if (root.Node("tasks") is not { } node || node is ScalarNode { Refused: true }) return [];
        var tasks = ImmutableArray.CreateBuilder<TaskSpec>();
        switch (node)
        {
            case ListNode list:
                foreach (SpecNode item in list.Items)
                {
                    if (item is ScalarNode { Refused: true }) continue;
                    if (item is ScalarNode { Value.Kind: ValueKind.Text } name) Add(name.Value.AsText(), item.Place, item.Pointer, null);
                    else problems.Error(SpecCodes.WrongType, item, $"a task in a list is its name, but got {item.Describe()}; a mapping says more of tasks: {{breakout: {{reference: [1.7, 30.5]}}}}");
                }

                break;
            case MapNode map:
                foreach (MapEntry entry in map.Entries)
                    Add(entry.Key, entry.KeyPlace, SpecNode.Child(node.Pointer, entry.Key), new SectionReader(problems, SpecKeys.Task, entry.Value, SpecNode.Child(node.Pointer, entry.Key), entry.KeyPlace));
                break;
            default:
                root.Error(SpecCodes.WrongType, "tasks", $"`tasks` must be a list of names, such as [pong, breakout], or a mapping from names, but got {node.Describe()}");
                return [];
        }

        if (node is ListNode { Items.Count: 0 } or MapNode { Entries.Count: 0 }) root.Error(SpecCodes.Invalid, "tasks", "`tasks` must name at least one task; leave it out for none");
        if (tasks.Count > SeedPlan.MaxTasks) root.Error(SpecCodes.TooLarge, "tasks", FormattableString.Invariant($"a sweep may have {SeedPlan.MaxTasks} tasks, but this one has {tasks.Count}"));
        if (tasks.FirstOrDefault(t => t.Reference is null) is { } bare && tasks.Any(t => t.Reference is not null))
            root.Error(SpecCodes.Invalid, "tasks", $"either every task has a `reference` or none, since their values are taken together, but '{bare.Name}' has none");
        return tasks.ToImmutable();

        void Add(string name, SpecPlace place, string pointer, SectionReader? reader)
        {
            if (!SpecKeys.Matches(name, SpecKeys.NamePattern))
                problems.Error(SpecCodes.Name, place, pointer, $"the name of a task has 1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit, but got '{ScalarNode.Shorten(name)}'");
            else if (tasks.Any(t => t.Name == name))
                problems.Error(SpecCodes.Invalid, place, pointer, $"the task '{name}' is there twice");
            else
                tasks.Add(new TaskSpec { Name = name, Reference = reader?.Interval("reference"), Env = reader?.TextMap("env") ?? ImmutableSortedDictionary<string, string>.Empty.WithComparers(StringComparer.Ordinal) });
        }
    }

    /// <summary>What must fit between tasks and the rest.</summary>
    public static void Check(SectionReader root, ImmutableArray<TaskSpec> tasks, ObjectiveSpec? objective, SeedsSpec seeds, TrialSpec? trial)
    {
        if (tasks.IsEmpty)
        {
            // In no other place is `${task}` a text that a run would want.
            if (trial is not null && (trial.Options.GetRawText().Contains("${task}", StringComparison.Ordinal) || trial.Env.Values.Any(v => v.Contains("${task}", StringComparison.Ordinal))))
                root.Error(SpecCodes.MissingKey, "trial", "the runs name ${task}, but the spec has no `tasks`");
            return;
        }

        if ((long)seeds.Search * tasks.Length > SeedPlan.MaxSearchReplicates)
            root.Section("seeds").Error(SpecCodes.TooLarge, "search", FormattableString.Invariant($"search has seeds for {SeedPlan.MaxSearchReplicates} runs of a trial, but seeds.search={seeds.Search} on {tasks.Length} tasks are {(long)seeds.Search * tasks.Length}"));
        if (tasks.Length > 1 && objective is { Bounds: null } && tasks.All(t => t.Reference is null))
            root.Warn(SpecCodes.Weak, "tasks", $"nothing says that '{objective.Metric}' means the same on every task, and the one with the widest spread then decides alone: give each task a `reference` (the values that count as 0 and 1), or objective.bounds where all tasks share one scale");
        if ((long)seeds.Selection.Top * tasks.Length > seeds.Selection.Runs)
            root.Section("seeds").Section("selection").Warn(SpecCodes.Weak, "runs", FormattableString.Invariant($"seeds.selection.runs={seeds.Selection.Runs} is less than one run of each of the {seeds.Selection.Top} candidates on each of the {tasks.Length} tasks; each gets one all the same, {(long)seeds.Selection.Top * tasks.Length} in all"));
    }
}
