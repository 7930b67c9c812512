using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Writes a spec in its canonical form: JSON, all defaults filled in, reading it gives an equal spec.</summary>
public static class SpecWriter
{
    /// <summary>The canonical JSON of a spec.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="indented">True: a line for each member, for people; false (default): no white space.</param>
    public static string ToJson(SweepSpec spec, bool indented = false)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var json = new CanonicalJson(indented);
        json.BeginMap();
        json.Member("name", spec.Name);
        WriteObjective(json, spec.Objective);
        WriteTasks(json, spec);
        WriteConstraints(json, spec);
        WriteSpace(json, spec.Space);
        WriteForbid(json, spec.Space);
        WriteEnqueue(json, spec);
        if (spec.WarmStart is { } earlier) json.Member("warmStart", earlier);
        WriteSearch(json, spec.Search);
        WriteLimits(json, spec.Limits);
        WriteSeeds(json, spec.Seeds);
        if (spec.EarlyStopping is { } stopping) WriteEarlyStopping(json, stopping);
        if (spec.Trial is { } trial) WriteTrial(json, trial, sorted: false);
        if (spec.Schedule is { } schedule) WriteSchedule(json, schedule);
        json.End();
        return json.ToString();
    }

    internal static void WriteObjective(CanonicalJson json, ObjectiveSpec objective)
    {
        json.Key("objective");
        json.BeginMap();
        json.Member("metric", objective.Metric);
        json.Member("goal", objective.Goal == Goal.Minimize ? "minimize" : "maximize");
        json.Member("statistic", objective.Statistic.ToString());
        if (objective.Target is { } target) json.Member("target", target);
        json.Member("take", objective.Take == Take.Last ? "last" : "best");
        if (objective.NoNoise) json.Member("noise", "none");
        if (objective.Bounds is { } bounds)
        {
            json.Key("bounds");
            json.BeginList();
            json.Value(ParameterValue.Of(bounds.Low));
            json.Value(ParameterValue.Of(bounds.High));
            json.End();
        }

        json.End();
    }

    internal static void WriteTasks(CanonicalJson json, SweepSpec spec)
    {
        if (spec.Tasks.IsEmpty) return;
        json.Key("tasks");
        json.BeginMap();
        foreach (TaskSpec task in spec.Tasks)
        {
            json.Key(task.Name);
            json.BeginMap();
            if (task.Reference is { } reference)
            {
                json.Key("reference");
                json.BeginList();
                json.Value(ParameterValue.Of(reference.Zero));
                json.Value(ParameterValue.Of(reference.One));
                json.End();
            }

            if (!task.Env.IsEmpty)
            {
                json.Key("env");
                WriteVariables(json, task.Env);
            }

            json.End();
        }

        json.End();
    }

    internal static void WriteConstraints(CanonicalJson json, SweepSpec spec)
    {
        if (spec.Constraints.IsEmpty) return;
        json.Key("constraints");
        json.BeginList();
        foreach (ConstraintSpec constraint in spec.Constraints)
        {
            json.BeginMap();
            json.Member("metric", constraint.Metric);
            if (constraint.Min is { } min) json.Member("min", min);
            if (constraint.Max is { } max) json.Member("max", max);
            json.End();
        }

        json.End();
    }

    internal static void WriteSpace(CanonicalJson json, Space space)
    {
        json.Key("space");
        json.BeginMap();
        foreach (Parameter parameter in space.Parameters)
        {
            json.Key(parameter.Name);
            json.BeginMap();
            WriteDomain(json, parameter);
            if (parameter.Default is { } value)
            {
                json.Key("default");
                json.Value(value);
            }

            if (parameter.Role is { } role) json.Member("kind", role == ParameterRole.Model ? "model" : "algorithm");
            if (parameter.Prior is { } prior)
            {
                json.Key("prior");
                json.BeginMap();
                json.Key("center");
                json.Value(prior.Center);
                json.Member("weight", prior.Weight);
                json.End();
            }

            if (!parameter.When.IsEmpty)
            {
                // Clauses are joined by "and": their order means nothing, so it does not count.
                json.Key("when");
                json.BeginMap();
                foreach (ConditionClause clause in parameter.When.OrderBy(c => c.Parent, StringComparer.Ordinal))
                {
                    json.Key(clause.Parent);
                    WriteValues(json, clause.Values);
                }

                json.End();
            }

            json.End();
        }

        json.End();
    }

    internal static void WriteForbid(CanonicalJson json, Space space)
    {
        if (space.Forbidden.IsEmpty) return;
        json.Key("forbid");
        json.BeginList();
        foreach (ForbiddenCombination combination in space.Forbidden)
        {
            json.BeginMap();
            // Joined by "and", as the clauses of conditions: their order does not count.
            foreach (ForbiddenClause clause in combination.Clauses.OrderBy(c => c.Parameter, StringComparer.Ordinal))
            {
                json.Key(clause.Parameter);
                if (!clause.Values.IsEmpty)
                {
                    WriteValues(json, clause.Values);
                    continue;
                }

                json.BeginMap();
                if (clause.Min is { } min) json.Member("min", min);
                if (clause.Max is { } max) json.Member("max", max);
                json.End();
            }

            json.End();
        }

        json.End();
    }

    internal static void WriteEnqueue(CanonicalJson json, SweepSpec spec)
    {
        if (spec.Enqueue.IsEmpty) return;
        json.Key("enqueue");
        json.BeginList();
        foreach (PartialConfiguration configuration in spec.Enqueue)
        {
            json.BeginMap();
            foreach ((string name, ParameterValue value) in configuration.Values)
            {
                json.Key(name);
                json.Value(value);
            }

            json.End();
        }

        json.End();
    }

    internal static void WriteSearch(CanonicalJson json, SearchSpec search)
    {
        json.Key("search");
        json.BeginMap();
        json.Member("algorithm", search.Algorithm);
        json.Member("seed", (long)search.Seed);
        json.Member("order", search.Order == SearchOrder.Async ? "async" : "lagged");
        if (search.CostAware) json.Member("costAware", true); // left out at its default: sweeps made before it keep their identity
        json.End();
    }

    internal static void WriteSeeds(CanonicalJson json, SeedsSpec seeds)
    {
        json.Key("seeds");
        json.BeginMap();
        json.Member("search", seeds.Search);
        json.Member("searchMode", seeds.SearchMode == SearchSeedMode.Fresh ? "fresh" : "common");
        json.Key("selection");
        json.BeginMap();
        json.Member("top", seeds.Selection.Top);
        json.Member("runs", seeds.Selection.Runs);
        json.Member("maxSeeds", seeds.Selection.MaxSeeds);
        json.Member("race", seeds.Selection.Race);
        // Keys that sweeps have been made without: written where they differ from the default, so that those keep their identity.
        if (seeds.Selection.Test is { } test) json.Member("test", test.ToString().ToLowerInvariant());
        if (seeds.Selection.Alpha != new SelectionSpec().Alpha) json.Member("alpha", seeds.Selection.Alpha);
        json.End();
        json.Key("evaluation");
        json.BeginMap();
        json.Member("seeds", seeds.Evaluation.Seeds);
        if (seeds.Evaluation.Also > 0) json.Member("also", seeds.Evaluation.Also);
        json.Member("confidence", seeds.Evaluation.Confidence);
        if (seeds.Evaluation.Metric is { } metric) json.Member("metric", metric);
        if (seeds.Evaluation.NoHoldout) json.Member("holdout", "none");
        json.End();
        json.End();
    }

    internal static void WriteEarlyStopping(CanonicalJson json, EarlyStoppingSpec stopping)
    {
        json.Key("earlyStopping");
        json.BeginMap();
        json.Member("rule", stopping.Rule);
        json.Member("resource", stopping.Resource);
        json.Member("min", stopping.Min);
        json.Member("max", stopping.Max);
        json.Member("reduction", stopping.Reduction);
        json.Member("mode", stopping.Pause ? "pause" : "stop");
        if (stopping.ByTrend) json.Member("compare", "trend"); // left out at its default: sweeps made before it keep their identity
        json.End();
    }

    internal static void WriteTrial(CanonicalJson json, TrialSpec trial, bool sorted)
    {
        json.Key("trial");
        json.BeginMap();
        json.Key(trial.Runner);
        json.Value(trial.Options, sorted);
        json.Member("retries", trial.Retries);
        if (trial.WorkDir is { } folder) json.Member("workdir", folder);
        if (!trial.Env.IsEmpty)
        {
            json.Key("env");
            WriteVariables(json, trial.Env);
        }

        if (!trial.Slots.IsEmpty)
        {
            json.Key("slots");
            json.BeginList();
            foreach (ImmutableSortedDictionary<string, string> slot in trial.Slots) WriteVariables(json, slot);
            json.End();
        }

        json.End();
    }

    private static void WriteDomain(CanonicalJson json, Parameter parameter)
    {
        switch (parameter)
        {
            case FloatParameter real:
                json.Member("type", "float");
                json.Member("min", real.Min);
                json.Member("max", real.Max);
                json.Member("scale", real.Log ? "log" : "linear");
                if (real.Step is { } step) json.Member("step", (double)step);
                if (real.Points is { } count) json.Member("points", count);
                break;
            case IntParameter whole:
                json.Member("type", "int");
                json.Member("min", whole.Min);
                json.Member("max", whole.Max);
                json.Member("scale", whole.Log ? "log" : "linear");
                // A written step of 1 and `points` exclude each other, and 1 is the default.
                if (whole.Step != 1) json.Member("step", whole.Step);
                if (whole.Points is { } points) json.Member("points", points);
                break;
            case CategoricalParameter listed:
                json.Key("values");
                WriteValues(json, listed.Values);
                json.Member("ordered", listed.IsOrdered);
                break;
            case ConstantParameter constant:
                json.Key("value");
                json.Value(constant.Value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(parameter));
        }
    }

    private static void WriteValues(CanonicalJson json, ImmutableArray<ParameterValue> values)
    {
        json.BeginList();
        foreach (ParameterValue value in values) json.Value(value);
        json.End();
    }

    private static void WriteVariables(CanonicalJson json, ImmutableSortedDictionary<string, string> variables)
    {
        json.BeginMap();
        foreach ((string name, string value) in variables.OrderBy(v => v.Key, StringComparer.Ordinal)) json.Member(name, value);
        json.End();
    }

    internal static void WriteLimits(CanonicalJson json, LimitsSpec limits)
    {
        json.Key("limits");
        json.BeginMap();
        json.Member("trials", limits.Trials);
        if (limits.Parallel is { } parallel) json.Member("parallel", parallel);
        if (limits.Failures is { } failures) json.Member("failures", failures);
        if (limits.Time is { } time) json.Member("time", Durations.Format(time));
        if (limits.RunTime is { } run) json.Member("runTime", Durations.Format(run));
        if (limits.Cost is { } cost) json.Member("cost", cost.ToString());
        json.End();
    }

    internal static void WriteSchedule(CanonicalJson json, ScheduleSpec schedule)
    {
        json.Key("schedule");
        json.BeginMap();
        json.Member("cron", schedule.Cron);
        json.Member("kind", schedule.Kind == ScheduleKind.Robustness ? "robustness" : "tunability");
        json.Member("seeds", schedule.Seeds);
        json.Member("neighbours", schedule.Neighbours);
        json.Member("margin", schedule.Margin);
        if (schedule.Webhook is { } webhook) json.Member("webhook", webhook);
        json.End();
    }
}
