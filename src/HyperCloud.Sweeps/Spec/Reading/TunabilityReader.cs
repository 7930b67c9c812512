using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>tunability</c>.</summary>
internal static class TunabilityReader
{
    public static TunabilitySpec? Read(SectionReader root)
    {
        SectionReader reader = root.Section("tunability");
        if (!reader.Given) return null;
        var defaults = new TunabilitySpec();
        return new TunabilitySpec
        {
            Trials = (int?)reader.Integer("trials") ?? defaults.Trials,
            // In one form, so that white space does not make another sweep.
            Pairs = reader.Text("pairs") is { } pairs ? string.Join(", ", pairs.Split(',', StringSplitOptions.TrimEntries).Select(p => string.Join('+', p.Split('+', StringSplitOptions.TrimEntries)))) : defaults.Pairs,
            Together = (int?)reader.Integer("together") ?? defaults.Together,
            Top = (int?)reader.Integer("top") ?? defaults.Top,
            Seeds = (int?)reader.Integer("seeds") ?? defaults.Seeds,
            Margin = reader.Number("margin") ?? defaults.Margin,
        };
    }

    /// <summary>Checks that there is a plan, and gives the sweep as many trials as it has where <c>limits.trials</c> says nothing.</summary>
    public static LimitsSpec Plan(SectionReader root, Space space, TunabilitySpec tunability, LimitsSpec limits)
    {
        SectionReader reader = root.Section("tunability");
        foreach (string other in new[] { "earlyStopping", "enqueue", "warmStart" })
            if (root.Node(other) is not null) root.Error(SpecCodes.Invalid, other, $"`{other}` does not go with `tunability`, whose trials are planned group by group");
        if (root.Node("tasks") is not null)
            root.Error(SpecCodes.Invalid, "tasks", "`tasks` does not go with `tunability` in this version: measure what tuning is worth on one task at a time");
        SectionReader evaluation = root.Section("seeds").Section("evaluation");
        if (evaluation.Node("also") is not null)
            evaluation.Warn(SpecCodes.NoEffect, "also", "a tunability sweep evaluates the winner of every group, and nothing beside them");
        if (TunabilityPlan.TryCreate(space, tunability, out string? problem) is not { } plan)
        {
            reader.Error(SpecCodes.Invalid, reader.Node("pairs") is null ? "trials" : "pairs", problem!);
            return limits;
        }

        SectionReader given = root.Section("limits");
        if (given.Node("trials") is null) return limits with { Trials = plan.Slots.Length };
        if (limits.Trials < plan.Slots.Length)
            given.Warn(SpecCodes.Weak, "trials", FormattableString.Invariant($"the tunability plan has {plan.Slots.Length} trials, but limits.trials={limits.Trials}: each group gets fewer than asked for"));
        return limits;
    }
}
