using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>Makes the report of a sweep from its folded log. Pure: the same log gives the same report.</summary>
public static partial class ReportBuilder
{
    /// <summary>Most points of a performance profile.</summary>
    private const int ProfilePoints = 25;

    /// <summary>Builds the report.</summary>
    public static SweepReport Build(SweepState state)
    {
        SweepSpec spec = state.Spec;
        ReportTrial? champion = state.Champion is { } c ? Trial(state, state.Trials[c.Trial]) : null;
        ReportTrial? @default = state.DefaultTrial is { } d ? Trial(state, d) : null;
        return new SweepReport
        {
            Sweep = state.Created!.Sweep,
            Name = spec.Name,
            Status = state.Status,
            Provisional = state.End is null && !state.InNight,
            Metric = spec.Objective.Metric,
            EvaluationMetric = spec.Seeds.Evaluation.Metric ?? spec.Objective.Metric,
            Goal = spec.Objective.Goal,
            Statistic = spec.Objective.Statistic.ToString(),
            Objectives = spec.HasFront ? [.. spec.Objectives.Select(o => new ReportObjective(o.Metric, o.Goal))] : null,
            Trials = state.Trials.Count,
            Runs = Count(state),
            Cost = Cost(state),
            ActiveSeconds = state.ActiveMs / 1000.0,
            SweepSeed = spec.Search.Seed,
            SeedsUsed = SeedsUsed(state),
            Champion = champion,
            Front = spec.HasFront ? Front(state) : null,
            Default = @default,
            Gain = @default is null ? null : Gain(state, @default.Number),
            Tunability = state.Tunability is null ? null : TunabilityReport.Build(state, t => Completed(state, t), Convert),
            Comparisons = Comparisons(state),
            Tasks = [.. spec.Tasks.Select(t => t.Name)],
            Anatomy = AnatomyBuilder.Build(state),
            Plan = new(state.CreatedAt, ReportWords.Declared(state), [.. state.Deviations]),
            Nights = [.. state.Nights.Select(n => Night(state, n.Due, n.Stage))],
            Optimism = Optimism(spec, champion),
            Candidates = Candidates(state),
            Coverage = ReportWords.Coverage(state),
            Warnings = ReportWords.Warnings(state, champion),
            Reasons = Reasons(state),
            HeadDigest = state.HeadDigest,
        };
    }

    private static ReportCost? Cost(SweepState state)
    {
        if (state.Created!.Costs is not { } costs) return null;
        CostLines lines = state.Used.At(costs.Prices);
        return new ReportCost
        {
            Total = Cents(lines.Total),
            Currency = costs.Prices.Currency,
            Compute = Cents(lines.Compute),
            Executions = Cents(lines.Executions),
            Containers = Cents(lines.Containers),
            Storage = Cents(lines.Storage),
            Logs = Cents(lines.Logs),
            Limit = state.Spec.Limits.Cost?.Amount,
            Prices = $"{costs.Prices.AsOf}, {costs.Prices.Region}",
        };

        // A ten-thousandth of a cent is more than the prices bear.
        static decimal Cents(decimal amount) => Math.Round(amount, 6, MidpointRounding.AwayFromZero);
    }

    private static ReportTrial Trial(SweepState state, TrialRecord trial)
    {
        RunRecord[] selection = [.. trial.In(SeedPool.Selection).Where(r => r.Phase == RunPhase.Ended)];
        RunRecord[] evaluation = state.Evaluation is { } stage ? [.. trial.In(SeedPool.Evaluation).Where(r => r.Stage == stage.Index && r.Phase == RunPhase.Ended)] : [];
        return new ReportTrial
        {
            Number = trial.Number,
            Params = JsonDocument.Parse(trial.Assignment.ToJson()).RootElement.Clone(),
            Origin = trial.Algorithm == FirstTrials.Default ? trial.Reason : $"{trial.Algorithm}: {trial.Reason}",
            Search = Pool(state.Spec, [.. trial.SearchResults.Where(r => r.Phase == RunPhase.Ended)]),
            Selection = selection.Length == 0 ? null : Pool(state.Spec, selection),
            LeftRace = Exit(state, trial.Number),
            Evaluation = evaluation.Length == 0 ? null : Performance(state, evaluation, profile: true),
            Objectives = state.Spec.HasFront ? Objectives(state, trial, selection, evaluation) : null,
        };
    }

    private static ReportExit? Exit(SweepState state, int trial)
    {
        if (state.Eliminated.FirstOrDefault(e => e.Trial == trial) is { } worse) return new(worse.Seeds, Shown: true, worse.Evidence, worse.Reason);
        return state.Champion is not null && Racing.Play(state)?.SetAside(trial) is { } seeds
            ? new(seeds, Shown: false, null, string.Create(CultureInfo.InvariantCulture, $"trial {trial} was set aside after {seeds} common seeds, when others had better means; it was not shown to be worse"))
            : null;
    }

    private static ReportNight Night(SweepState state, SweepEvent.Due due, StageRecord stage)
    {
        PlannedRuns plan = stage.Opened.Plan.First(p => p.Repeat == 0);
        RunRecord[] runs = [.. Nights.Fresh(state, stage, plan.Trial).Where(r => r.Phase == RunPhase.Ended)];
        SweepEvent.Judged? judged = state.Judgements.GetValueOrDefault(stage.Index);
        return new(due.At, due.Missed, plan.Trial, plan.From, plan.Count, runs.Length == 0 ? null : Performance(state, runs, profile: false))
        {
            Verdict = judged?.Verdict,
            Reason = judged?.Reason,
            Changed = judged?.Changed ?? [],
            Neighbours = [.. stage.Opened.Plan.Where(p => p.Repeat == 0 && p.Trial != plan.Trial).Select(p => Neighbour(state, stage, p.Trial, runs))],
        };
    }

    private static ReportNeighbour Neighbour(SweepState state, StageRecord stage, int trial, RunRecord[] champion)
    {
        RunRecord[] runs = [.. Nights.Fresh(state, stage, trial).Where(r => r.Phase == RunPhase.Ended)];
        Dictionary<(int, int), double> theirs = champion.Where(r => r.Completed).ToDictionary(r => r.Key.Series, Loss);
        double[] losses = [.. runs.Where(r => r.Completed && theirs.ContainsKey(r.Key.Series)).Select(r => Loss(r) - theirs[r.Key.Series])];
        ReportPool pool = Pool(state.Spec, runs);
        return new(trial, pool.Value, pool.Completed, pool.Failed, losses.Length == 0 ? null : losses.Sum() / losses.Length);

        double Loss(RunRecord run) => state.Spec.Objective.ToLoss(run.Result!.Value!.Value);
    }

    private static ReportPool Pool(SweepSpec spec, RunRecord[] runs, int objective = 0)
    {
        double[] values = Values(spec, runs, objective);
        AggregateResult? aggregate = Objective.Over(spec, runs, objective);
        TaskSpec? missing = values.Length == 0 ? null : Objective.MissingTask(spec, runs);
        return new ReportPool
        {
            Value = aggregate?.Value,
            Note = aggregate?.Reason ?? (missing is null ? null : $"incomplete: no run of the task '{missing.Name}' has completed, so there is no value over all tasks"),
            Completed = values.Length,
            Failed = runs.Count(r => r.Failed),
            Incomplete = runs.Count(r => r.Incomplete),
            StandardDeviation = Objective.Noise(Objective.ByTask(spec, runs, objective)) is { } noise ? Math.Sqrt(noise) : null,
        };
    }

    private static ReportPerformance Performance(SweepState state, RunRecord[] runs, bool profile, int objective = 0)
    {
        SweepSpec spec = state.Spec;
        double[] values = Values(spec, runs, objective);
        ObjectiveSpec judged = spec.Objectives[objective];
        double level = spec.Seeds.Evaluation.Confidence;
        RunRecord? worst = runs.Where(r => r.Completed).Aggregate(
            (RunRecord?)null, (w, r) => w is null || judged.IsBetter(Value(w), Value(r)) ? r : w);
        int failed = runs.Count(r => r.Failed), all = values.Length + failed;
        return new ReportPerformance
        {
            Pool = Pool(spec, runs, objective),
            Interval = Objective.MissingTask(spec, runs) is { } missing && values.Length > 0
                ? new ReportInterval { Level = level, Method = "none", WhyNone = $"no run of the task '{missing.Name}' has completed" }
                : Convert(Intervals.OfTasks(judged.Statistic, judged.Goal, Objective.ByTask(spec, runs, objective), level)),
            WorstSeed = worst?.Seed,
            WorstValue = worst is null ? null : Value(worst),
            SuccessShare = all == 0 ? 0 : (double)values.Length / all,
            SuccessInterval = Convert(SuccessShare.Of(values.Length, all, level).Interval),
            Tasks = [.. spec.Tasks.Select((t, i) => Task(spec, t, [.. runs.Where(r => r.Key.Task == i)]))],
            Profile = profile && all > 0 && !spec.Tasks.IsEmpty ? [.. Profile(state, runs, level)] : [],
        };

        double Value(RunRecord run) => Objective.ValueOf(spec, run, objective);
    }

    private static ReportTask Task(SweepSpec spec, TaskSpec task, RunRecord[] runs)
    {
        double[] values = Values(spec, runs, 0);
        string metric = spec.Seeds.Evaluation.Metric ?? spec.Objective.Metric;
        double[] raw = [.. runs.Where(r => r.CompletedInFull).Select(r => r.Result!.Metrics.TryGetValue(metric, out double v) ? v : r.Result.Value!.Value)];
        return new(task.Name, values.Length == 0 ? null : Objective.SearchAggregate(spec.Objective, values), raw.Length == 0 ? null : raw.Average(),
            Convert(Intervals.Of(spec.Objective.Statistic, spec.Objective.Goal, values, spec.Seeds.Evaluation.Confidence)),
            values.Length, runs.Count(r => r.Failed), runs.Count(r => r.Incomplete));
    }

    /// <summary>The profile at thresholds that all evaluated trials share.</summary>
    private static IReadOnlyList<ProfilePoint> Profile(SweepState state, RunRecord[] runs, double level)
    {
        Goal goal = state.Spec.Objective.Goal;
        IEnumerable<double> all = state.RunsOf(state.Evaluation!.Index).Where(r => r.Completed && r.Key.Repeat == 0).Select(r => r.Result!.Value!.Value);
        IReadOnlyList<double> thresholds = PerformanceProfile.Thresholds(all, ProfilePoints, goal);
        return PerformanceProfile.Of(goal, [[.. runs.Where(r => r.Completed || r.Failed).Select(r => r.Completed ? r.Result!.Value : null)]], thresholds, level);
    }

    private static ImmutableArray<ReportComparison> Comparisons(SweepState state)
    {
        if (state.Champion is not { } champion || state.Evaluation is not { } stage) return [];
        return [.. stage.Opened.Plan.Select(p => p.Trial).Where(t => t != champion.Trial && t != state.DefaultTrial?.Number).Select(t => new ReportComparison(t, Gain(state, t)!))];
    }

    /// <summary>What the champion gains over another evaluated trial, on the same seeds.</summary>
    private static ReportGain? Gain(SweepState state, int other)
    {
        if (state.Champion is not { } champion || state.Evaluation is not { } stage) return null;
        double level = state.Spec.Seeds.Evaluation.Confidence;
        if (champion.Trial == other)
            return new ReportGain
            {
                Pairs = 0,
                Wins = 0,
                Shown = false,
                Interval = new ReportInterval { Level = level, Method = "none", WhyNone = "champion and default are one configuration" },
                Verdict = "no improvement shown: the default configuration itself is the champion",
            };
        (ObjectiveSpec objective, int tasks) = (state.Spec.Objective, state.Spec.TaskCount);
        // Runs that have ended, by seed and task; a failed one has no value.
        Dictionary<(int Replicate, int Task), double?> theirs = Evaluated(state.Trials[other], stage), ours = Evaluated(state.Trials[champion.Trial], stage);
        (int Replicate, int Task)[] common = [.. ours.Keys.Where(theirs.ContainsKey).Order()];
        PairedGain gain = PairedGain.OfTasks(objective.Statistic, objective.Goal, ByTask<(double, double)>(k => ours[k] is { } a && theirs[k] is { } b ? (a, b) : null), level);
        ImprovementProbability probability = ImprovementProbability.Of(objective.Goal, ByTask<(double?, double?)>(k => (ours[k], theirs[k])), level);
        return Convert(gain) with
        {
            Probability = new ReportProbability
            {
                Value = probability.Value,
                Interval = Convert(probability.Interval),
                PairedShare = probability.PairedShare.Share,
                PairedInterval = Convert(probability.PairedShare.Interval),
            },
        };

        IReadOnlyList<IReadOnlyList<T>> ByTask<T>(Func<(int Replicate, int Task), T?> pair) where T : struct =>
            [.. Enumerable.Range(0, tasks).Select(task => common.Where(k => k.Task == task).Select(pair).OfType<T>().ToArray())];
    }

    // Of a tunability sweep, which has no tasks: what a trial's evaluation runs gave, by replicate.
    private static Dictionary<int, double> Completed(SweepState state, int trial) => state.Evaluation is not { } stage || trial >= state.Trials.Count ? []
        : Evaluated(state.Trials[trial], stage).Where(r => r.Value is not null).ToDictionary(r => r.Key.Replicate, r => r.Value!.Value);

    private static ReportGain Convert(PairedGain gain) => new()
    {
        Value = gain.Value,
        Pairs = gain.Pairs,
        Wins = gain.Better,
        Interval = Convert(gain.Interval),
        Shown = gain.Verdict == PairedVerdict.ImprovementShown,
        Verdict = gain.Reason,
    };

    private static ReportOptimism? Optimism(SweepSpec spec, ReportTrial? champion)
    {
        // With another metric in evaluation the two numbers measure different things; their difference would say nothing.
        if (spec.Seeds.Evaluation.Metric is { } metric && metric != spec.Objective.Metric) return null;
        if (champion is not { Search.Value: { } search, Evaluation.Pool: { Value: { } value } pool }) return null;
        double difference = spec.Objective.ToLoss(value) - spec.Objective.ToLoss(search);
        return new ReportOptimism
        {
            Search = search,
            Evaluation = value,
            Difference = difference,
            InDeviations = pool.StandardDeviation is > 0 and var sd ? difference / sd : null,
        };
    }

    private static ImmutableArray<ReportTrial> Candidates(SweepState state)
    {
        if (state.Champion is { } c) return [.. c.Standings.Select(s => Trial(state, state.Trials[s.Trial]))];
        if (state.Front is { } front) return [.. front.Standings.Select(s => Trial(state, state.Trials[s.Trial]))];
        if (state.Spec.HasFront) return Front(state)?.Trials ?? [];
        IEnumerable<TrialRecord> best = state.Trials.Where(t => t.SearchResults.Any(r => r.CompletedInFull));
        return [.. best.Select(t => Trial(state, t)).OrderBy(t => t.Search.Value is { } v ? state.Spec.Objective.ToLoss(v) : double.PositiveInfinity).ThenBy(t => t.Number).Take(state.Spec.Seeds.Selection.Top)];
    }

    private static ReportCounts Count(SweepState state)
    {
        RunRecord[] all = [.. state.Trials.SelectMany(t => t.Runs.Values)];
        return new(all.Count(r => r.Completed), all.Count(r => r.Failed), all.Count(r => r.Result?.State == RunState.Stopped),
            all.Sum(r => r.Lost), all.Sum(r => r.Preempted), all.Count(r => r.Incomplete));
    }

    private static ImmutableArray<string> SeedsUsed(SweepState state)
    {
        List<string> lines = [];
        foreach (SeedPool pool in Enum.GetValues<SeedPool>())
        {
            RunRecord[] runs = [.. state.Trials.SelectMany(t => t.In(pool)).Where(r => r.Attempt > 0)];
            if (runs.Length == 0) continue;
            int seeds = runs.Select(r => r.Seed).Distinct().Count(), trials = runs.Select(r => r.Key.Trial).Distinct().Count();
            string replicates = pool == SeedPool.Search ? "" : string.Create(CultureInfo.InvariantCulture, $", replicates {runs.Min(r => r.Key.Replicate)} … {runs.Max(r => r.Key.Replicate)}");
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{RunKey.PoolName(pool)}: {runs.Length} runs of {trials} trials on {seeds} seeds{replicates}"));
        }

        return [.. lines];
    }

    private static ImmutableArray<ReportReason> Reasons(SweepState state)
    {
        var reasons = state.Stages.Select(s => new ReportReason(
            s.Kind.ToString().ToLowerInvariant() + " opened", s.Opened.Code, s.Opened.Reason)).ToList();
        if (state.SearchEnded is { } ended) reasons.Insert(Math.Min(reasons.Count, 1 + state.Stages.FindLastIndex(s => s.Kind == StageKind.Search)), new("search ended", ended.Code, ended.Reason));
        int selected = reasons.FindLastIndex(r => r.What == "selection opened");
        if (selected >= 0) reasons.InsertRange(selected + 1, state.Eliminated.Select(e => new ReportReason("trial eliminated", e.Code, e.Reason)));
        if (SearchedBy(state) is { } by) reasons.Insert(Math.Min(reasons.Count, 1), by);
        if (Stopping(state) is { } stopping) reasons.Insert(Math.Min(reasons.Count, 1), stopping);
        if (state.Champion is { } c)
        {
            int before = reasons.FindLastIndex(r => r.What == "evaluation opened");
            reasons.Insert(before < 0 ? reasons.Count : before, new("champion chosen", c.Code, c.Reason));
        }

        if (state.Front is { } front)
        {
            int before = reasons.FindLastIndex(r => r.What == "evaluation opened");
            reasons.Insert(before < 0 ? reasons.Count : before, new("front chosen", front.Code, front.Reason));
        }

        if (state.End is { } end) reasons.Add(new($"sweep {end.Status}", end.Code, end.Reason));
        return [.. reasons];
    }

    /// <summary>Where search cannot tell the statistic from its runs, what it went by instead.</summary>
    private static ReportReason? SearchedBy(SweepState state)
    {
        int runs = state.Spec.Seeds.Search * state.Spec.TaskCount, least = Aggregate.MinimumRuns(state.Spec.Objective.Statistic);
        return runs >= least ? null : new("search compares", "mean", string.Create(CultureInfo.InvariantCulture,
            $"trials by the mean of their runs, because {state.Spec.Objective.Statistic} needs at least {least} and each trial has {runs}; selection and evaluation go by {state.Spec.Objective.Statistic}"));
    }

    /// <summary>What the stopping rule saved: the resource that search runs have gone through, as far as their reports tell.</summary>
    private static ReportReason? Stopping(SweepState state)
    {
        if (state.Stopping is not { } plan || state.Trials.Count == 0) return null;
        double spent = 0;
        int full = 0, below = 0;
        foreach (TrialRecord trial in state.Trials)
        {
            foreach (IGrouping<(int, int), RunRecord> slices in trial.In(SeedPool.Search).Where(r => r.Phase == RunPhase.Ended).GroupBy(r => r.Key.Series))
                // A slice goes on where the one before stopped; a stopped run that is taken to the end begins anew.
                spent += plan.Pause ? slices.Max(Reached) : slices.Sum(Reached);
            if (Objective.Observe(state.Spec, trial) is not { } told) continue;
            if (told.State == ObservationState.Completed) full++;
            else if (told.State == ObservationState.Stopped) below++;
        }

        double whole = plan.Ladder.Max * state.Trials.Sum(t => t.In(SeedPool.Search).Select(r => r.Key.Series).Distinct().Count());
        return new("early stopping", plan.Rule.Name, string.Create(CultureInfo.InvariantCulture,
            $"rungs {plan.Ladder} ({state.Spec.EarlyStopping!.Resource}): {full} trials ran to full length, {below} ended below it; search spent {spent:0.#} of the {whole:0.#} that full length for all would have taken ({spent / whole:P0})"));

        double Reached(RunRecord run) => run.Completed ? run.Resource!.Value : Math.Min(run.Result!.Step ?? 0, plan.Ladder.Max);
    }

    private static Dictionary<(int Replicate, int Task), double?> Evaluated(TrialRecord trial, StageRecord stage) =>
        trial.In(SeedPool.Evaluation).Where(r => r.Stage == stage.Index && (r.Completed || r.Failed)).ToDictionary(r => r.Key.Series, r => r.Completed ? r.Result!.Value : null);

    private static double[] Values(SweepSpec spec, RunRecord[] runs, int objective) => [.. runs.Where(r => r.CompletedInFull).Select(r => Objective.ValueOf(spec, r, objective))];

    private static ReportInterval Convert(Interval interval) => new()
    {
        Low = interval.Low,
        High = interval.High,
        Level = interval.Level,
        Method = interval.Method,
        Warning = interval.Warning,
        WhyNone = interval.WhyNone,
    };
}
