using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>The stopping rule of a sweep and its rungs.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Ladder">The rungs.</param>
/// <param name="Pause">Trials pause at rungs and go on from a checkpoint; else they are stopped on the way.</param>
public sealed record StoppingPlan(IStoppingRule Rule, RungLadder Ladder, bool Pause)
{
    /// <summary>What a spec asks for; null without early stopping.</summary>
    public static StoppingPlan? Of(SweepSpec spec) =>
        spec.EarlyStopping is { } s ? new(StoppingRules.Create(s.Rule, s.ByTrend), s.Ladder, s.Pause) : null;

    /// <summary>The rung a trial's first slice runs to. Without pauses there is one slice, and its number is 0.</summary>
    public int FirstSlice(int trial) => Pause ? Rule.FirstRung(Ladder, trial) : 0;

    /// <summary>Whether a search run ends at a rung below full length.</summary>
    public bool IsSlice(int rung) => Pause && rung < Ladder.Top;

    /// <summary>The resource a search run is to reach.</summary>
    public double ResourceOf(int rung) => Pause ? Ladder[rung] : Ladder.Max;
}

/// <summary>The decisions at rungs. Pure, and about search runs only: selection and evaluation always run to full length (SEMANTICS §4).</summary>
public static class RungDecisions
{
    /// <summary>What the promotions of this class are recorded as.</summary>
    public const string ToTheEndRule = "to-the-end";

    /// <summary>What a report leads to; null when it is at no rung that counts, or the rung has been reported before.</summary>
    /// <param name="state">The log so far.</param>
    /// <param name="run">A run under way.</param>
    /// <param name="step">The step of the report.</param>
    /// <param name="value">The value that counts there, as reported; finite.</param>
    public static SweepEvent.Reported? Report(SweepState state, RunRecord run, double step, double value)
    {
        if (state.Stopping is not { Pause: false } plan || run.Key is not { Pool: SeedPool.Search, Rung: 0 }) return null;
        int rung = plan.Ladder.Reached(step);
        TrialRecord trial = state.Trials[run.Key.Trial];
        if (rung < 0 || trial.StopReason is not null || Known(trial, run.Key.Series) > rung) return null;
        return Judge(state, new SweepEvent.Reported
        {
            Run = run.Key.ToString(),
            Attempt = run.Attempt,
            Rung = rung,
            Step = step,
            Value = value,
            Then = RungVerdict.Wait,
            Rule = plan.Rule.Name,
            Version = plan.Rule.Version,
            Reason = "",
        });
    }

    /// <summary>The same report with its decision computed anew.</summary>
    /// <exception cref="FormatException">The report names no run of this sweep, or the sweep has no rungs.</exception>
    public static SweepEvent.Reported Judge(SweepState state, SweepEvent.Reported report)
    {
        if (state.Stopping is not { } plan || !RunKey.TryParse(report.Run, out RunKey key) || state.Run(key) is null)
            throw new FormatException($"run {report.Run} has no rungs");
        TrialRecord trial = state.Trials[key.Trial];
        (int Replicate, int Task)[] replicates = [.. trial.In(SeedPool.Search).Where(r => !r.Incomplete).Select(r => r.Key.Series).Distinct()];
        int before = replicates.Min(r => Known(trial, r)), after = replicates.Min(r => r == key.Series ? report.Rung + 1 : Known(trial, r));
        report = report with { Rule = plan.Rule.Name, Version = plan.Rule.Version };
        if (after <= before)
        {
            int there = replicates.Count(r => r == key.Series || Known(trial, r) > report.Rung);
            return report with
            {
                Then = RungVerdict.Wait,
                Reason = string.Create(CultureInfo.InvariantCulture, $"{there} of {replicates.Length} runs of the trial have reached rung {report.Rung}; it is compared once all have"),
            };
        }

        double[] losses = [.. Enumerable.Range(0, after).Select(rung => Loss(state, [.. replicates.Select(r => ValueAt(trial, r, rung, key, report.Value))]))];
        List<RungCurve> curves = Curves(state, key.Trial);
        int at = curves.FindIndex(c => c.Trial > key.Trial);
        curves.Insert(at < 0 ? curves.Count : at, new RungCurve(key.Trial, losses));
        RungDecision decision = plan.Rule.Decide(plan.Ladder, curves, key.Trial);
        return report with { Then = decision.Stop ? RungVerdict.Stop : RungVerdict.Continue, Reason = decision.Reason };
    }

    /// <summary>The paused trial that goes on next (<c>mode: pause</c>); null when none should now.</summary>
    public static SweepEvent.Promoted? Promote(SweepState state)
    {
        if (state.Stopping is not { Pause: true } plan || !state.InStage(StageKind.Search) || state.SearchAbandoned) return null;
        return plan.Rule.Promote(plan.Ladder, Curves(state, except: -1), t => IsPaused(state, state.Trials[t])) is { } p
            ? new([p.Trial], p.Rung, plan.Rule.Name, plan.Rule.Version, p.Reason)
            : null;
    }

    /// <summary>
    /// Trials that a rule stopped or left paused, but that selection wants: they are run to full length first. Null when there are enough
    /// at full length, or no more.
    /// </summary>
    public static SweepEvent.Promoted? ToTheEnd(SweepState state)
    {
        if (state.Stopping is not { } plan || state.Cancel is not null) return null;
        // When search was abandoned (time, failures, target) only what an answer needs at all is run: one trial.
        int wanted = state.SearchAbandoned || state.Spec.Objective.NoNoise ? 1 : state.Spec.Seeds.Selection.Top;
        HashSet<Assignment> full = [.. state.Trials.Where(t => Observed(state, t)?.State == ObservationState.Completed).Select(t => t.Assignment)];
        if (full.Count >= wanted || (full.Count > 0 && Budget.Over(state, state.ActiveMs) is not null)) return null;
        int[] chosen =
        [
            .. state.Trials.Select(t => (t.Number, t.Assignment, Told: Observed(state, t))).Where(t => t.Told is { State: ObservationState.Stopped } && !full.Contains(t.Assignment))
                .OrderByDescending(t => t.Told!.Curve!.Count).ThenBy(t => t.Told!.Loss!.Value).ThenBy(t => t.Number)
                .DistinctBy(t => t.Assignment).Take(wanted - full.Count).Select(t => t.Number),
        ];
        if (chosen.Length == 0) return null;
        return new([.. chosen], plan.Ladder.Top, ToTheEndRule, state.Created!.EngineVersion, string.Create(CultureInfo.InvariantCulture,
            $"{full.Count} trials have run to full length, and {(wanted == 1 ? "an answer needs one" : $"selection takes the best {wanted}")}: the best {chosen.Length} of the others are run to the end first"));

        static Observation? Observed(SweepState state, TrialRecord trial) => Objective.Observe(state.Spec, trial);
    }

    private static bool IsPaused(SweepState state, TrialRecord trial) =>
        trial.SearchOver && trial.StopReason is null && Objective.Observe(state.Spec, trial) is { State: ObservationState.Stopped };

    private static List<RungCurve> Curves(SweepState state, int except)
    {
        List<RungCurve> curves = [];
        foreach (TrialRecord trial in state.Trials)
            if (trial.Number != except && Objective.Curve(state.Spec, trial) is { Count: > 0 } losses)
                curves.Add(new(trial.Number, losses, Objective.Observe(state.Spec, trial) is { State: ObservationState.Completed, Loss: { } final } ? final : null));
        return curves;
    }

    private static int Known(TrialRecord trial, (int Replicate, int Task) series) => trial.RungValues.GetValueOrDefault(series)?.Count ?? 0;

    private static double ValueAt(TrialRecord trial, (int Replicate, int Task) series, int rung, RunKey reporting, double value) =>
        Known(trial, series) > rung ? trial.RungValues[series][rung]
        : series == reporting.Series ? value
        : throw new InvalidOperationException($"replicate {series} has not reached rung {rung}");

    private static double Loss(SweepState state, double[] values) => state.Spec.Objective.ToLoss(Objective.SearchAggregate(state.Spec.Objective, values));
}
