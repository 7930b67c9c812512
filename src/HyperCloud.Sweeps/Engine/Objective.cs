using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>Turns runs into the objective's statistic and into losses, the same way in search, selection and evaluation.</summary>
public static class Objective
{
    /// <summary>The loss the search minimises: the value, negated when the metric is maximised.</summary>
    public static double ToLoss(this ObjectiveSpec objective, double value) => objective.Goal == Goal.Minimize ? value : -value;

    /// <summary>Whether <paramref name="a"/> is strictly better than <paramref name="b"/>.</summary>
    public static bool IsBetter(this ObjectiveSpec objective, double a, double b) => objective.Goal == Goal.Minimize ? a < b : a > b;

    /// <summary>
    /// What the search is told of a trial (SEMANTICS §3), or null while its runs go on and when nothing may be told (lost, cancelled).
    /// With several search runs: one failed run makes the trial a failure; runs without a result are left out.
    /// </summary>
    public static Observation? Observe(SweepSpec spec, TrialRecord trial)
    {
        // A promoted trial's next slice is under way: what is known of it still counts.
        if (!trial.SearchOver && !(spec.EarlyStopping is { Pause: true } && trial.RungValues.Count > 0)) return null;
        return trial.Observed ??= FromRuns(spec, trial);
    }

    /// <summary>
    /// The trial's losses at the rungs that all its search replicates have reached (SEMANTICS §4); empty below the first.
    /// </summary>
    public static IReadOnlyList<double> Curve(SweepSpec spec, TrialRecord trial)
    {
        if (trial.RungValues.Count == 0) return [];
        return trial.KnownCurve ??= FromRungs(spec, trial);
    }

    private static IReadOnlyList<double> FromRungs(SweepSpec spec, TrialRecord trial)
    {
        int replicates = trial.In(SeedPool.Search).Where(r => !r.Incomplete).Select(r => r.Key.Series).Distinct().Count();
        if (trial.RungValues.Count < replicates) return [];
        List<double> curve = [];
        for (int rung = 0; trial.RungValues.Values.All(v => v.Count > rung); rung++)
            curve.Add(spec.Objective.ToLoss(SearchAggregate(spec.Objective, [.. trial.RungValues.Values.Select(v => v[rung])])));
        return curve;
    }

    /// <summary>The objective's statistic, or the mean where a trial has fewer runs than the statistic needs (SEMANTICS §5).</summary>
    public static double SearchAggregate(ObjectiveSpec objective, IReadOnlyList<double> values) =>
        Aggregate.OrMean(objective.Statistic, objective.Goal, values).Value;

    /// <summary>What a run at full length says of one of the objectives.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="run">The run, completed.</param>
    /// <param name="objective">Which; 0 is the run's value.</param>
    public static double ValueOf(SweepSpec spec, RunRecord run, int objective) =>
        objective == 0 ? run.Result!.Value!.Value : run.Result!.Metrics[spec.MoreObjectives[objective - 1].Metric];

    /// <summary>The aggregate over runs of each objective; null without a run at full length.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="runs">The runs; those that did not complete are left out.</param>
    /// <param name="failed">For failed runs that shall count: how many, and the value that each has of every objective.</param>
    public static double[]? Values(SweepSpec spec, IEnumerable<RunRecord> runs, (int Count, double[] Worst)? failed = null)
    {
        RunRecord[] full = [.. runs.Where(r => r.CompletedInFull)];
        if (full.Length + (failed?.Count ?? 0) == 0) return null;
        return [.. spec.Objectives.Select((o, k) => SearchAggregate(o, [.. full.Select(r => ValueOf(spec, r, k)), .. failed is var (count, worst) ? Enumerable.Repeat(worst[k], count) : []]))];
    }

    /// <summary>Values of the objectives as losses.</summary>
    public static double[] ToLosses(this SweepSpec spec, IReadOnlyList<double> values) => [.. spec.Objectives.Select((o, k) => o.ToLoss(values[k]))];

    /// <summary>The part of a search context that says what is searched for.</summary>
    public static SearchContext For(this SearchContext context, SweepSpec spec) => context with
    {
        Deterministic = spec.Objective.NoNoise,
        Objectives = spec.MoreObjectives.Length + 1,
        Reference = spec.HasFront ? [.. spec.Objectives.Select(o => o.Reference is { } r ? o.ToLoss(r) : (double?)null)] : null,
    };
    /// <summary>The objective's statistic over runs at full length, and how it was made; null without any, and where a task has none.</summary>
    public static AggregateResult? Over(SweepSpec spec, IEnumerable<RunRecord> runs, int objective = 0)
    {
        RunRecord[] full = [.. runs.Where(r => r.CompletedInFull)];
        if (full.Length == 0 || MissingTask(spec, full) is not null) return null;
        ObjectiveSpec judged = spec.Objectives[objective];
        return Aggregate.OrMean(judged.Statistic, judged.Goal, [.. full.Select(r => ValueOf(spec, r, objective))]);
    }

    /// <summary>The first task of which there is no run at full length; null: there is none such.</summary>
    public static TaskSpec? MissingTask(SweepSpec spec, IEnumerable<RunRecord> runs)
    {
        if (spec.Tasks.IsEmpty) return null;
        HashSet<int> measured = [.. runs.Where(r => r.CompletedInFull).Select(r => r.Key.Task)];
        for (int task = 0; task < spec.TaskCount; task++)
            if (!measured.Contains(task)) return spec.Tasks[task];
        return null;
    }

    /// <summary>Values of runs at full length for each task, or in one list without tasks.</summary>
    public static IReadOnlyList<IReadOnlyList<double>> ByTask(SweepSpec spec, IEnumerable<RunRecord> runs, int objective = 0)
    {
        List<double>[] tasks = [.. Enumerable.Range(0, spec.TaskCount).Select(_ => new List<double>())];
        foreach (RunRecord run in runs)
            if (run.CompletedInFull) tasks[run.Key.Task].Add(ValueOf(spec, run, objective));
        return tasks;
    }

    /// <summary>How runs of one trial vary for chance alone: within tasks, for how tasks differ is no chance. Null below two runs of a task.</summary>
    public static double? Noise(IReadOnlyList<IReadOnlyList<double>> tasks)
    {
        double squares = 0;
        int degrees = 0;
        foreach (IReadOnlyList<double> values in tasks)
        {
            if (values.Count < 2) continue;
            squares += Variance([.. values]) * (values.Count - 1);
            degrees += values.Count - 1;
        }

        return degrees == 0 ? null : squares / degrees;
    }

    private static Observation? FromRuns(SweepSpec spec, TrialRecord trial)
    {
        RunRecord[] runs = [.. trial.SearchResults];
        IReadOnlyList<double>? curve = spec.EarlyStopping is null ? null : Curve(spec, trial);
        if (runs.Any(r => r.Failed)) return new Observation(trial.Number, trial.Assignment, ObservationState.Failed, null, runs.Length);
        double[] values = [.. runs.Where(r => r.CompletedInFull).Select(r => r.Result!.Value!.Value)];
        if (curve is { Count: > 0 } && runs.Any(r => !r.CompletedInFull && !r.Incomplete))
        {
            double reached = spec.EarlyStopping!.Ladder[curve.Count - 1];
            return new Observation(trial.Number, trial.Assignment, ObservationState.Stopped, curve[^1], runs.Length, Resource: reached, Curve: curve);
        }

        if (values.Length == 0 || MissingTask(spec, runs) is not null) return null;
        double loss = spec.Objective.ToLoss(SearchAggregate(spec.Objective, values));
        return new Observation(trial.Number, trial.Assignment, ObservationState.Completed, loss, values.Length,
            spec.Tasks.IsEmpty ? values.Length > 1 ? Variance(values) : null : Noise(ByTask(spec, runs)), Curve: curve, Excess: Excess(spec, runs),
            Losses: spec.HasFront ? spec.ToLosses(Values(spec, runs)!) : null)
        {
            Seconds = spec.Search.CostAware && !spec.HasFront && spec.EarlyStopping is not { Pause: true } ? runs.Where(r => r.CompletedInFull).Average(r => r.Result!.DurationMs) / 1000 : null,
        };
    }

    /// <summary>
    /// For each constraint by how much it is broken by the mean of the metric over runs at full length (<see cref="ConstraintSpec.Excess"/>); null
    /// without constraints or without a value.
    /// </summary>
    public static IReadOnlyList<double>? Excess(SweepSpec spec, IEnumerable<RunRecord> runs)
    {
        if (spec.Constraints.IsEmpty) return null;
        RunRecord[] full = [.. runs.Where(r => r.CompletedInFull && spec.Constraints.All(c => r.Result!.Metrics.ContainsKey(c.Metric)))];
        if (full.Length == 0) return null;
        return [.. spec.Constraints.Select(c =>
        {
            double mean = 0;
            foreach (RunRecord r in full) mean += r.Result!.Metrics[c.Metric] / full.Length;
            return c.Excess(mean);
        })];
    }

    /// <summary>Sample variance (n − 1), of at least two values.</summary>
    public static double Variance(ReadOnlySpan<double> values)
    {
        double mean = 0, sum = 0;
        foreach (double v in values) mean += v / values.Length;
        foreach (double v in values) sum += (v - mean) * (v - mean) / (values.Length - 1);
        return sum;
    }
}
