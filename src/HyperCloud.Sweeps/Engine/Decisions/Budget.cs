using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>
/// Shares of the time limit. Evaluation is reserved first, then selection, and search gets the rest (SEMANTICS §4). Estimates come from the
/// runs in the log, so that they are the same on replay.
/// </summary>
public static class Budget
{
    /// <summary>Evaluation is never cut below this many seeds.</summary>
    public const int LeastEvaluationSeeds = 5;

    /// <summary>Mean time of a run so far in milliseconds; null before the first has ended.</summary>
    public static double? MeanRunMs(SweepState state) => state.RunTime.Count == 0 ? null : (double)state.RunTime.Ms / state.RunTime.Count;

    /// <summary>Estimated milliseconds for so many runs, side by side on the sweep's lanes.</summary>
    public static double? Estimate(SweepState state, int runs) => MeanRunMs(state) * Math.Ceiling((double)runs / state.Lanes);

    /// <summary>Runs that evaluation needs: champion and, where there is one, the default configuration.</summary>
    public static int EvaluationRuns(SweepState state) => state.Spec.Seeds.Evaluation.Seeds * (state.DefaultTrial is null ? 1 : 2);

    /// <summary>Runs that selection would like.</summary>
    public static int SelectionRuns(SweepState state) => state.Spec.Objective.NoNoise ? 0 : state.Spec.Seeds.Selection.Runs;

    /// <summary>Why search must end now to leave time for what follows; null while it need not.</summary>
    public static string? OutOfTime(SweepState state, long activeMs)
    {
        if (state.Spec.Limits.Time is not { } limit) return null;
        double left = limit.TotalMilliseconds - activeMs;
        if (left <= 0) return Say($"{Seconds(activeMs)} have passed, and limits.time is {Seconds(limit.TotalMilliseconds)}");
        if (MeanRunMs(state) is not { } run) return null;
        double evaluation = Estimate(state, EvaluationRuns(state))!.Value, selection = Estimate(state, SelectionRuns(state))!.Value;
        return left < run + evaluation + selection
            ? Say($"{Seconds(left)} are left of limits.time {Seconds(limit.TotalMilliseconds)}; about {Seconds(evaluation)} are reserved for evaluation, {Seconds(selection)} for selection, {Seconds(run)} for one more run")
            : null;
    }

    /// <summary>
    /// How many runs of each of several trials fit into the time that is left.
    /// </summary>
    /// <param name="state">The log so far.</param>
    /// <param name="wanted">Runs of each trial without a time limit.</param>
    /// <param name="trials">How many trials.</param>
    /// <param name="reservedRuns">Runs of later stages to keep time for.</param>
    public static int Affordable(SweepState state, int wanted, int trials, int reservedRuns)
    {
        if (state.Spec.Limits.Time is not { } limit || MeanRunMs(state) is not { } run || run <= 0) return wanted;
        double left = limit.TotalMilliseconds - state.ActiveMs - Estimate(state, reservedRuns)!.Value;
        return (int)Math.Clamp(Math.Floor(left * state.Lanes / (run * trials)), 0, wanted);
    }

    private static string Seconds(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.#} s");

    private static string Say(FormattableString sentence) => FormattableString.Invariant(sentence);
}
