using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>What must fit between sections.</summary>
internal static class CrossChecks
{
    /// <summary>Slots and parallel runs: a run without a slot would have no device.</summary>
    public static LimitsSpec Slots(SectionReader root, TrialSpec trial, LimitsSpec limits)
    {
        if (trial.Slots.IsEmpty) return limits;
        if (limits.Parallel is not { } parallel) return limits with { Parallel = trial.Slots.Length };
        if (parallel <= trial.Slots.Length) return limits;
        SectionReader section = root.Section("limits");
        section.Error(SpecCodes.Invalid, "parallel", FormattableString.Invariant(
            $"limits.parallel={parallel} needs as many slots, but trial.slots has {trial.Slots.Length}"));
        return limits;
    }

    /// <summary>Whether the statistic can be told from the runs there will be.</summary>
    public static void Objective(SectionReader root, ObjectiveSpec objective, SeedsSpec seeds, int tasks)
    {
        SectionReader section = root.Section("objective");
        int runs = seeds.Evaluation.Seeds * Math.Max(1, tasks);
        (int least, int interval) = NeededRuns(objective.Statistic);
        if (runs < least)
            section.Warn(SpecCodes.Weak, "statistic", FormattableString.Invariant(
                $"{objective.Statistic} needs at least {least} runs, but seeds.evaluation.seeds={seeds.Evaluation.Seeds}"));
        else if (runs < interval)
            section.Warn(SpecCodes.Weak, "statistic", FormattableString.Invariant(
                $"{objective.Statistic} gets no interval from fewer than {interval} runs, but seeds.evaluation.seeds={seeds.Evaluation.Seeds}"));
    }

    /// <summary>Whether the race can be run as asked.</summary>
    public static void Race(SectionReader root, ObjectiveSpec objective, SelectionSpec selection)
    {
        SectionReader section = root.Section("seeds").Section("selection");
        if (selection.Test == RaceTest.Betting && objective.Bounds is null)
            section.Error(SpecCodes.MissingKey, "test", "`test: betting` needs objective.bounds, the least and the largest value the metric can take; `sign` needs none");
        if (section.Node("test") is not null && (!selection.Race || objective.Statistic.Kind != StatisticKind.Mean))
            section.Warn(SpecCodes.NoEffect, "test", selection.Race
                ? $"`test` has no effect: there is no race with objective.statistic={objective.Statistic}, only with the mean"
                : "`test` has no effect with race: false");
    }

    /// <summary>Enqueued configurations beyond the limit are never tried.</summary>
    public static void Enqueued(SectionReader root, ImmutableArray<PartialConfiguration> enqueue, LimitsSpec limits)
    {
        if (enqueue.Length > limits.Trials)
            root.Warn(SpecCodes.NoEffect, "enqueue", FormattableString.Invariant($"{enqueue.Length} configurations are enqueued, but limits.trials={limits.Trials}"));
    }

    /// <summary>Algorithms that suggest the same whatever is believed.</summary>
    public static void Priors(SpaceReader space, SearchSpec search, ProblemList problems)
    {
        if (search.Algorithm is not ("grid" or "sobol")) return;
        foreach (ReadParameter read in space.Parameters)
            if (read.Parameter?.Prior is not null)
                problems.Warn(SpecCodes.NoEffect, read.Reader.PlaceOf("prior"), read.Reader.PointerOf("prior"), $"search.algorithm is {search.Algorithm}, which suggests the same with a prior as without");
    }

    /// <summary>A grid needs finitely many values.</summary>
    public static void Grid(SpaceReader space, SearchSpec search, ProblemList problems)
    {
        if (search.Algorithm != "grid") return;
        foreach (ReadParameter read in space.Parameters)
            if (read.Parameter is FloatParameter { Cardinality: null, Points: null })
                problems.Error(SpecCodes.MissingKey, read.Reader.Place, read.Reader.PointerOf("points"),
                    $"'{read.Name}' is continuous, but search.algorithm is grid: give it `points` (such as points: 5) or a `step`");
    }

    /// <summary>SEMANTICS §1: disjoint seeds are not disjoint data.</summary>
    public static void Holdout(SectionReader root, TrialSpec trial, SeedsSpec seeds, SpecContext context)
    {
        if (context.Runners?.GetValueOrDefault(trial.Runner) is not { } runner) return;
        if (seeds.Evaluation.Metric is not null || seeds.Evaluation.NoHoldout || runner.HasHoldout(trial) || runner.ReadsNoData(trial)) return;
        SectionReader evaluation = root.Section("seeds").Section("evaluation");
        root.Problems.Warn(SpecCodes.Weak, evaluation.Place, evaluation.Pointer,
            "nothing says that evaluation is measured on data search has not read: name the metric that is (seeds.evaluation.metric: test_loss), or say `holdout: none`; the interval is over seeds only otherwise");
    }

    /// <summary>Pausing needs checkpoints, and a rule that can promote later.</summary>
    public static void Pausing(SectionReader root, EarlyStoppingSpec? stopping, TrialSpec? trial, SearchSpec search, SpecContext context)
    {
        if (stopping is null) return;
        SectionReader section = root.Section("earlyStopping");
        if (stopping.Pause && stopping.Rule == "median")
            section.Error(SpecCodes.Invalid, "mode", "the rule median stops trials and never takes a stopped one up again; use `mode: stop`, or the rule asha or hyperband");
        if (stopping.ByTrend && stopping.Rule == "median")
            section.Warn(SpecCodes.NoEffect, "compare", "the rule median compares whole curves already; `compare: trend` is for asha and hyperband");
        if (stopping.Pause && trial is not null && context.Runners?.GetValueOrDefault(trial.Runner) is { } runner && !runner.KeepsCheckpoints(trial))
            section.Error(SpecCodes.Invalid, "mode", $"`mode: pause` needs a runner that goes on from a checkpoint, and `{trial.Runner}` begins anew each time; use `mode: stop`");
        if (stopping.Pause && search.CostAware)
            root.Section("search").Warn(SpecCodes.NoEffect, "costAware", "a run that pauses at rungs has no run time of its own, so with `mode: pause` gain is not weighed against time");
        if (search.Order == SearchOrder.Lagged)
            root.Section("search").Warn(SpecCodes.Weak, "order", "what a stopping rule decides depends on the order in which runs reach the rungs, so `order: lagged` does not make a second run equal; `limits.parallel: 1` does");
    }

    // The least runs for the value, and for an interval (SEMANTICS §5).
    private static (int Least, int Interval) NeededRuns(StatisticSpec statistic) => statistic switch
    {
        { Kind: StatisticKind.Median } => (1, 6),
        { Kind: StatisticKind.Iqm } => (4, 5),
        { Kind: StatisticKind.Trimmed } => (1, 5),
        { Kind: StatisticKind.MeanStd } => (3, 3),
        { Kind: StatisticKind.Cvar, Argument: { } a } => (Ceiling(1 / a), Ceiling(5 / a)),
        { Kind: StatisticKind.Quantile, Argument: { } q } => (1, Ceiling(5 / Math.Min(q, 1 - q))),
        { Kind: StatisticKind.Worst } => (1, 1),
        _ => (1, 3),
    };

    private static int Ceiling(double value) => (int)Math.Min(int.MaxValue, Math.Ceiling(value - 1e-9));
}
