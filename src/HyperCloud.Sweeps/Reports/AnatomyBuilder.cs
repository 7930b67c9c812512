using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>Where the spread of a sweep's runs comes from, what to replicate next, and how many seeds tell two trials apart. Pure.</summary>
internal static class AnatomyBuilder
{
    /// <summary>The anatomy; null before selection or evaluation has run, and where the objective is declared free of noise.</summary>
    public static ReportAnatomy? Build(SweepState state)
    {
        if (state.Spec.Objective.NoNoise || state.Stages.All(s => s.Kind == StageKind.Search)) return null;
        double level = state.Spec.Seeds.Evaluation.Confidence;
        Layout? layout = Find(state, SeedPool.Selection) ?? Find(state, SeedPool.Evaluation);
        if (layout is null)
            return new ReportAnatomy { WhyNone = "no two trials have two common seeds on which both completed (on every task), so the spread cannot be taken apart" };
        VarianceComponents parts = VarianceComponents.Of(layout.Runs, level);
        return new ReportAnatomy
        {
            Pool = RunKey.PoolName(layout.Pool),
            Trials = layout.Trials,
            Seeds = parts.Seeds,
            Parts = [.. parts.Components.Select(c => new ReportPart(Name(c.Source), Math.Sqrt(c.Variance), c.Share, c.Low is { } l ? Math.Sqrt(l) : null, c.High is { } h ? Math.Sqrt(h) : null))],
            Shared = parts.Shared.Share,
            SharedLow = parts.Shared.Low,
            SharedHigh = parts.Shared.High,
            Says = parts.Components.All(c => c.Variance == 0) ? "the runs do not vary at all: either the objective has no noise, or its seed is not used" : Says(parts, layout),
            Advice = Advice(state, parts, layout),
            Power = Power(state, parts, level),
        };
    }

    /// <summary>Trials and common seeds without a hole: of all choices of a number of seeds the one that leaves most degrees of freedom.</summary>
    private static Layout? Find(SweepState state, SeedPool pool)
    {
        int tasks = state.Spec.TaskCount, stage = pool == SeedPool.Evaluation ? state.Evaluation?.Index ?? -1 : -1;
        List<(int Trial, SortedDictionary<int, double[]> Seeds)> trials = [];
        foreach (TrialRecord trial in state.Trials)
        {
            var seeds = new SortedDictionary<int, double[]>();
            foreach (IGrouping<int, RunRecord> seed in trial.In(pool).Where(r => r.CompletedInFull && r.Key.Repeat == 0 && (stage < 0 || r.Stage == stage)).GroupBy(r => r.Key.Replicate))
                if (seed.Count() == tasks) seeds.Add(seed.Key, [.. seed.OrderBy(r => r.Key.Task).Select(r => r.Result!.Value!.Value)]);
            if (seeds.Count > 1) trials.Add((trial.Number, seeds));
        }

        Layout? best = null;
        // The trials with most seeds first; each further one may cost seeds that it has not run.
        foreach (int count in Enumerable.Range(2, Math.Max(0, trials.Count - 1)))
        {
            var chosen = trials.OrderByDescending(t => t.Seeds.Count).ThenBy(t => t.Trial).Take(count).OrderBy(t => t.Trial).ToArray();
            int[] common = [.. chosen[0].Seeds.Keys.Where(s => chosen.All(t => t.Seeds.ContainsKey(s)))];
            if (common.Length < 2 || (count - 1) * (common.Length - 1) <= (best is null ? 0 : (best.Trials.Length - 1) * (best.Seeds - 1))) continue;
            best = new Layout(pool, [.. chosen.Select(t => t.Trial)], common.Length,
                [.. chosen.Select(t => Enumerable.Range(0, tasks).Select(k => (IReadOnlyList<double>)[.. common.Select(s => t.Seeds[s][k])]).ToArray())]);
        }

        return best;
    }

    private static string Says(VarianceComponents v, Layout layout)
    {
        string parts = string.Join(", ", v.Components.Where(c => c.Share is not null).OrderByDescending(c => c.Variance).Select(c => Say($"{Name(c.Source)} {c.Share:P0}")));
        string shared = v.Shared.Share is { } share
            ? Say($"; of the noise of a trial's runs, common seeds take {share:P0} [{v.Shared.Low:P0}, {v.Shared.High:P0}] out of a comparison") : "";
        return Say($"of the variance of runs{(v.Tasks > 1 ? " within tasks" : "")} of {layout.Trials.Length} candidates on {v.Seeds} common seeds{(v.Tasks > 1 ? Say($" of {v.Tasks} tasks each") : "")}: {parts}{shared}");
    }

    private static string Advice(SweepState state, VarianceComponents v, Layout layout)
    {
        double noise = v[VarianceSource.Seed]!.Variance + v[VarianceSource.Residual]!.Variance, apart = v[VarianceSource.Trial]!.Variance;
        Observation[] told = [.. state.Trials.Select(t => Objective.Observe(state.Spec, t)).OfType<Observation>().Where(o => o.State == ObservationState.Completed)];
        if (told.Length >= 5)
        {
            double spread = Objective.Variance([.. told.Select(o => o.Loss!.Value)]), chance = noise * told.Average(o => 1.0 / Math.Max(1, o.Runs));
            if (spread > 0 && chance / spread is var share && share > 0.5)
                return Say($"replicate in search next (seeds.search above {state.Spec.Seeds.Search}): about {Math.Min(1, share):P0} of the spread of search scores is chance, by the noise that the candidates show");
        }

        if (apart == 0) return "search further (more trials) or stop: the candidates do not differ by more than chance, so that more seeds would choose between equals";
        double error = 2 * v[VarianceSource.Residual]!.Variance / (v.Seeds * v.Tasks);
        return error > apart
            ? Say($"replicate in selection next (seeds.selection.runs): the candidates differ by a sd of {Math.Sqrt(apart):G3}, and the difference of two is measured with a standard error of {Math.Sqrt(error):G3}; {Math.Ceiling(v.Seeds * error / apart * 4)} common seeds would bring that to half the sd")
            : Say($"more trials pay more than more seeds: {v.Seeds} common seeds measure the difference of two candidates with a standard error of {Math.Sqrt(error):G3}, and they differ by a sd of {Math.Sqrt(apart):G3}");
    }

    private static string Power(SweepState state, VarianceComponents v, double level)
    {
        // What pairing leaves: the noise of the difference of two trials on a common seed, over all tasks.
        double deviation = Math.Sqrt(2 * v[VarianceSource.Residual]!.Variance / v.Tasks);
        if (deviation == 0) return "differences between trials do not vary from seed to seed, so two seeds tell any of them";
        int seeds = Math.Max(2, state.Evaluation?.Opened.Plan[0].Count ?? state.Spec.Seeds.Evaluation.Seeds);
        double eighty = PairedPower.Detectable(seeds, 0.8, level) * deviation, ninety = PairedPower.Detectable(seeds, 0.9, level) * deviation;
        return Say($"{seeds} common seeds tell two trials apart that differ by {ReportText.Number(eighty)} with 80 % power, by {ReportText.Number(ninety)} with 90 % (paired sd {ReportText.Number(deviation)}, mean, {level * 100:0.###} % interval); half as much, {ReportText.Number(eighty / 2)}, takes {PairedPower.Seeds(eighty / 2 / deviation, 0.8, level)} and {PairedPower.Seeds(eighty / 2 / deviation, 0.9, level)} seeds");
    }

    private static string Name(VarianceSource source) => source switch
    {
        VarianceSource.Trial => "configuration",
        VarianceSource.Task => "task",
        VarianceSource.TrialTask => "configuration × task",
        VarianceSource.Seed => "seed",
        _ => "configuration × seed",
    };

    private static string Say(FormattableString sentence) => FormattableString.Invariant(sentence);

    private sealed record Layout(SeedPool Pool, ImmutableArray<int> Trials, int Seeds, IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> Runs);
}
