using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>
/// When a finished sweep is due again. A due time is a fact in the log, so each comes exactly once, whoever looks at the clock; those that
/// passed while nobody looked are caught up with one.
/// </summary>
public static class Schedules
{
    /// <summary>Most missed times that are counted.</summary>
    public const int MostMissed = 1_000;

    /// <summary>
    /// The time after which due times count: when the sweep finished, the schedule was given, or it was last due, whichever was latest. Null
    /// while the sweep is not at rest with an answer, or has no schedule.
    /// </summary>
    public static DateTimeOffset? CountsFrom(SweepState state)
    {
        if (state.Spec.Schedule is null || state.Cancel is not null || state.Champion is null || state.End is not { Status: "finished" }) return null;
        DateTimeOffset from = state.FinishedAt!.Value;
        if (state.ScheduledAt is { } scheduled && scheduled > from) from = scheduled;
        return state.LastDue is { } last && last.At > from ? last.At : from;
    }

    /// <summary>The due time that has come: the newest one, with how many before it were missed; null while none has.</summary>
    /// <param name="state">The log so far.</param>
    /// <param name="now">The time.</param>
    public static SweepEvent.Due? Due(SweepState state, DateTimeOffset now)
    {
        if (CountsFrom(state) is not { } from || Cron(state) is not { } cron || cron.Next(from) is not { } first || first > now) return null;
        // From ever farther back, until a due time lies between: then the newest one is near.
        DateTimeOffset newest = first;
        for (TimeSpan back = TimeSpan.FromSeconds(1); back < now - first; back *= 2)
        {
            if (cron.Next(now - back) is not { } near || near > now) continue;
            newest = near;
            break;
        }

        while (cron.Next(newest) is { } next && next <= now) newest = next;
        int missed = 0;
        for (DateTimeOffset at = first; at < newest && missed < MostMissed; at = cron.Next(at)!.Value) missed++;
        return new(newest, missed, state.Spec.Schedule!.Kind.ToString().ToLowerInvariant());
    }

    /// <summary>Whether a due time in a record could be one: after the last, on the cron, and not before the clock of its entry.</summary>
    public static bool MayBe(SweepState state, SweepEvent.Due due, DateTimeOffset entryAt) =>
        CountsFrom(state) is { } from && due.At > from && due.At <= entryAt && Cron(state)?.Next(due.At.AddSeconds(-1)) == due.At;

    /// <summary>The next due time after another; null when the text is no cron.</summary>
    public static DateTimeOffset? Next(string cron, DateTimeOffset after) => CronExpression.TryParse(cron, out CronExpression? read, out _) ? read!.Next(after) : null;

    /// <summary>How many runs a robustness stage has: canaries, and fresh seeds for the champion and as many neighbours as there are.</summary>
    public static int RunsOfANight(SweepState state, ScheduleSpec schedule) =>
        Nights.CanaryRuns(state.Spec) + schedule.Seeds * state.Spec.TaskCount * (1 + Math.Min(schedule.Neighbours, Math.Max(0, state.Trials.Count - 1)));

    /// <summary>The runs of a robustness stage: canaries, and champion and neighbours on fresh evaluation seeds.</summary>
    internal static SweepEvent.StageOpened Open(SweepState state, SweepEvent.Due due)
    {
        int champion = state.Champion!.Trial, from = state.NextEvaluationReplicate, seeds = state.Spec.Schedule!.Seeds;
        string missed = due.Missed > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {due.Missed}{(due.Missed == MostMissed ? " or more" : "")} missed before it") : "";
        return new(state.Stages.Count, StageKind.Robustness, Nights.Plan(state, due, champion, from, seeds), LookedBefore: true, "due", string.Create(CultureInfo.InvariantCulture,
            $"due at {due.At:yyyy-MM-dd HH:mm:ss} UTC{missed}: the champion runs again on evaluation seeds {from} … {from + seeds - 1}, which nothing before has used"));
    }

    /// <summary>The end of a robustness stage.</summary>
    internal static SweepEvent.SweepEnded Finish(SweepState state)
    {
        PlannedRuns plan = state.Stage!.Opened.Plan.First(p => p.Repeat == 0);
        int completed = state.RunsOf(state.Stage.Index).Count(r => r.Completed && r.Key.Repeat == 0 && r.Key.Trial == plan.Trial);
        return new("finished", "robustness", string.Create(CultureInfo.InvariantCulture, $"trial {plan.Trial} was run again on {completed} of {plan.Count * state.Spec.TaskCount} fresh evaluation {(state.Spec.Tasks.IsEmpty ? "seeds" : "runs")}"));
    }

    private static CronExpression? Cron(SweepState state) => CronExpression.TryParse(state.Spec.Schedule!.Cron, out CronExpression? cron, out _) ? cron : null;
}
