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
        if (!trial.SearchOver) return null;
        return trial.Observed ??= FromRuns(spec, trial);
    }

    /// <summary>The objective's statistic, or the mean where a trial has fewer runs than the statistic needs (SEMANTICS §5).</summary>
    public static double SearchAggregate(ObjectiveSpec objective, IReadOnlyList<double> values) =>
        Aggregate.OrMean(objective.Statistic, objective.Goal, values).Value;

    private static Observation? FromRuns(SweepSpec spec, TrialRecord trial)
    {
        RunRecord[] runs = [.. trial.In(SeedPool.Search)];
        if (runs.Any(r => r.Failed)) return new Observation(trial.Number, trial.Assignment, ObservationState.Failed, null, runs.Length);
        double[] values = [.. runs.Where(r => r.Completed).Select(r => r.Result!.Value!.Value)];
        if (values.Length == 0) return null;
        double loss = spec.Objective.ToLoss(SearchAggregate(spec.Objective, values));
        return new Observation(trial.Number, trial.Assignment, ObservationState.Completed, loss, values.Length, values.Length > 1 ? Variance(values) : null);
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
