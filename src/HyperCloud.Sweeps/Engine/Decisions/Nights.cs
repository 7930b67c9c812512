using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>
/// What a robustness sweep runs, and what it says (SEMANTICS §5). Some runs of the baseline are done again with their very seeds, the canaries: a bit
/// that differs, or a file or host that does, is a change of code, data or environment. Fresh seeds say whether it matters.
/// </summary>
internal static class Nights
{
    /// <summary>Baseline runs that each night repeats first.</summary>
    public const int Canaries = 3;

    /// <summary>Runs of the canaries: as many whole replicates as give at least <see cref="Canaries"/> runs.</summary>
    public static int CanaryRuns(SweepSpec spec) => (Canaries + spec.TaskCount - 1) / spec.TaskCount * spec.TaskCount;

    /// <summary>The runs of a night: canaries first, then champion and neighbours seed by seed.</summary>
    public static ImmutableArray<PlannedRuns> Plan(SweepState state, SweepEvent.Due due, int champion, int from, int seeds)
    {
        if (due.Environment is null) return [new(champion, from, seeds)];
        int night = state.Nights.Count + 1;
        return
        [
            .. Baseline(state, champion).GroupBy(r => r.Key.Replicate).Where(g => g.All(r => r.Completed)).Take(CanaryRuns(state.Spec) / state.Spec.TaskCount)
                .Select(g => new PlannedRuns(champion, g.Key, 1) { Repeat = night }),
            new(champion, from, seeds),
            .. Neighbours(state, champion, state.Spec.Schedule!.Neighbours).Select(t => new PlannedRuns(t, from, seeds)),
        ];
    }

    /// <summary>
    /// The trials nearest to one, nearest first: by the mean over their parameters of how far apart values lie in the range (1 where categories differ,
    /// or only one has the parameter). Only trials that completed, each configuration once.
    /// </summary>
    public static IEnumerable<int> Neighbours(SweepState state, int of, int count)
    {
        Assignment center = state.Trials[of].Assignment;
        HashSet<Assignment> seen = [center];
        return state.Trials
            .Where(t => t.Number != of && t.SearchResults.Any(r => r.CompletedInFull) && !t.SearchResults.Any(r => r.Failed) && seen.Add(t.Assignment))
            .Select(t => (t.Number, Distance: Distance(state.Spec.Space, center, t.Assignment)))
            .OrderBy(t => t.Distance).ThenBy(t => t.Number).Take(count).Select(t => t.Number);
    }

    /// <summary>What the newest night says; null when that has been said, or the night is from before nights were judged.</summary>
    public static SweepEvent.Judged? Judge(SweepState state)
    {
        (SweepEvent.Due due, StageRecord stage) = state.Nights[^1];
        if (due.Environment is null || state.Judgements.ContainsKey(stage.Index)) return null;
        int champion = ChampionOf(stage);
        StageRecord[] nights = [.. state.Nights.Select(n => n.Stage).Where(s => s.Index > state.Evaluation!.Index && ChampionOf(s) == champion)];
        NightJudgement? judgement = NightComparison.Judge(Losses(state, champion, nights), state.Spec.Schedule?.Margin ?? new ScheduleSpec { Cron = "" }.Margin);
        NightVerdict verdict = judgement?.Verdict ?? NightVerdict.Unsure;
        ImmutableArray<string> changed = Changed(state, due, stage, champion, out string canaries);
        SweepEvent.Judged? last = nights.Length > 1 ? state.Judgements.GetValueOrDefault(nights[^2].Index) : null;
        bool tell = Shown(verdict) != Shown(last?.Verdict ?? NightVerdict.Unsure) || !changed.SequenceEqual(last?.Changed ?? []);
        string reason = judgement is { } j ? Say(state, j, nights) : "too few runs have a result to be compared";
        return new(stage.Index, verdict, changed, tell, $"{reason}{canaries}")
        {
            Loss = judgement?.Difference,
            Low = judgement?.Low,
            High = judgement?.High,
            Deviation = judgement?.Deviation,
            BaselineRuns = judgement?.BaselineRuns ?? 0,
            RecentRuns = judgement?.RecentRuns ?? 0,
        };

        static NightVerdict Shown(NightVerdict verdict) => verdict == NightVerdict.Same ? NightVerdict.Unsure : verdict;
    }

    /// <summary>The champion's runs on fresh seeds in a night, by seed.</summary>
    public static IEnumerable<RunRecord> Fresh(SweepState state, StageRecord night, int trial) =>
        state.Trials[trial].In(SeedPool.Evaluation).Where(r => r.Stage == night.Index && r.Key.Repeat == 0);

    /// <summary>The trial a night is about.</summary>
    public static int ChampionOf(StageRecord night) => night.Opened.Plan.First(p => p.Repeat == 0).Trial;

    private static IEnumerable<RunRecord> Baseline(SweepState state, int champion) =>
        state.Trials[champion].In(SeedPool.Evaluation).Where(r => r.Stage == state.Evaluation!.Index);

    /// <summary>
    /// Losses by night, those of the evaluation first; with tasks the mean over all of them for each seed. A failed run counts as the worst of all,
    /// one without a result not.
    /// </summary>
    private static List<IReadOnlyList<double>> Losses(SweepState state, int champion, StageRecord[] nights)
    {
        ObjectiveSpec objective = state.Spec.Objective;
        List<RunRecord[]> runs = [[.. Baseline(state, champion)], .. nights.Select(n => Fresh(state, n, champion).ToArray())];
        double worst = runs.SelectMany(r => r).Where(r => r.Completed).Select(Loss).DefaultIfEmpty(0).Max();
        return
        [
            .. runs.Select(night => (IReadOnlyList<double>)
            [
                .. night.Where(r => r.Completed || r.Failed).GroupBy(r => r.Key.Replicate).Where(g => g.Count() == state.Spec.TaskCount)
                    .Select(g => g.Sum(r => (r.Completed ? Loss(r) : worst) / state.Spec.TaskCount)),
            ]),
        ];

        double Loss(RunRecord run) => objective.ToLoss(run.Result!.Value!.Value);
    }

    private static ImmutableArray<string> Changed(SweepState state, SweepEvent.Due due, StageRecord stage, int champion, out string sentence)
    {
        SweepEvent.Created created = state.Created!;
        List<string> changed = [];
        foreach (RunnerInput input in due.Inputs ?? [])
            if (created.Inputs.FirstOrDefault(i => i.Name == input.Name) is { } before && before.Digest != input.Digest)
                changed.Add($"{(IsData(input.Name) ? "data" : "code")}: {input.Name}");
        if (created.Environment is { } then && then != due.Environment) changed.Add("environment");

        int repeated = 0;
        List<string> differing = [];
        foreach (RunRecord canary in state.RunsOf(stage.Index).Where(r => r.Key.Repeat > 0 && !r.Incomplete))
        {
            repeated++;
            double was = state.Run(canary.Key with { Repeat = 0 })!.Result!.Value!.Value;
            if (!canary.Completed) differing.Add(Invariant($"seed {canary.Seed} failed"));
            else if (canary.Result!.Value!.Value is var now && BitConverter.DoubleToInt64Bits(now) != BitConverter.DoubleToInt64Bits(was))
                differing.Add(Invariant($"seed {canary.Seed} gave {now:R}, not {was:R}"));
        }

        // Nothing that we know of has changed, and still the same seed does something else.
        if (differing.Count > 0 && changed.Count == 0) changed.Add("nondeterminism");
        sentence = differing.Count > 0 ? $"; of {Count(repeated)} repeated runs {Count(differing.Count)} came out otherwise ({string.Join(", ", differing)})"
            : repeated > 0 ? $"; {Count(repeated)} repeated runs came out the same, bit for bit" : "";
        if (changed.Count > 0) sentence += $". Changed: {string.Join(", ", changed)}";
        return [.. changed.Order(StringComparer.Ordinal)];
    }

    private static bool IsData(string file) => Path.GetExtension(file).ToLowerInvariant() is
        ".csv" or ".tsv" or ".json" or ".jsonl" or ".parquet" or ".arrow" or ".feather" or ".npy" or ".npz" or ".h5" or ".hdf5" or ".txt" or ".pkl" or ".gz" or ".zip" or ".idx";

    private static string Say(SweepState state, NightJudgement j, StageRecord[] nights)
    {
        double margin = (state.Spec.Schedule?.Margin ?? 0) * j.Deviation;
        string metric = state.Spec.Seeds.Evaluation.Metric ?? state.Spec.Objective.Metric;
        string since = j.RecentFrom > 0 && j.RecentFrom <= nights.Length
            ? state.Nights.Find(n => n.Stage.Index == nights[j.RecentFrom - 1].Index).Due.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) : "the beginning";
        string runs = Invariant($"{j.RecentRuns} runs since {since} against {j.BaselineRuns} before"), interval = Invariant($"always-valid {NightComparison.Level:P1} interval");
        return j.Verdict switch
        {
            NightVerdict.Worse => Invariant($"worse: {metric} is worse by {Text(j.Difference)} [{Text(j.Low)}, {Text(j.High)}] ({runs}; {interval})"),
            NightVerdict.Better => Invariant($"better: {metric} is better by {Text(-j.Difference)} [{Text(-j.High)}, {Text(-j.Low)}] ({runs}; {interval})"),
            NightVerdict.Same => Invariant($"same: a change of {metric} by more than the margin {Text(margin)} is ruled out: [{Text(j.Low)}, {Text(j.High)}] worse ({runs}; {interval})"),
            _ => Invariant($"unsure: no change of {metric} is shown, and none within [{Text(j.Low)}, {Text(j.High)}] worse is ruled out; within ±{Text(margin)} it would be the same ({runs}; {interval})"),
        };

        static string Text(double value) => ReportText.Number(value);
    }

    private static double Distance(Space space, Assignment a, Assignment b)
    {
        double sum = 0;
        int count = 0;
        foreach (Parameter parameter in space.Parameters)
        {
            (ParameterValue? x, ParameterValue? y) = (a[parameter.Name], b[parameter.Name]);
            if (x is null && y is null) continue;
            count++;
            sum += x is { } u && y is { } v ? Apart(parameter, u, v) : 1;
        }

        return count == 0 ? 0 : sum / count;
    }

    private static double Apart(Parameter parameter, ParameterValue a, ParameterValue b) =>
        a.Equals(b) ? 0 : !parameter.IsOrdered ? 1 : Math.Abs(parameter.ToUnit(a) - parameter.ToUnit(b));

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
