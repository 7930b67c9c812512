using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>
/// Shares of the limits of time and cost. Evaluation is reserved first, then selection, and search gets the rest (SEMANTICS §4). Estimates come
/// from the runs in the log, so that they are the same on replay.
/// </summary>
public static class Budget
{
    /// <summary>Evaluation is never cut below this many seeds.</summary>
    public const int LeastEvaluationSeeds = 5;

    /// <summary>Mean time of a run so far in milliseconds; null before the first has ended.</summary>
    public static double? MeanRunMs(SweepState state) => state.RunTime.Count == 0 ? null : (double)state.RunTime.Ms / state.RunTime.Count;

    /// <summary>Estimated milliseconds for so many runs, side by side on the sweep's lanes.</summary>
    public static double? Estimate(SweepState state, int runs) => MeanRunMs(state) * Math.Ceiling((double)runs / state.Lanes);

    /// <summary>
    /// Runs that evaluation needs: on all tasks: champion, default configuration where there is one, and further candidates; in a tunability sweep all winners. Of a front, which
    /// nobody knows yet, as many trials as may be of it.
    /// </summary>
    public static int EvaluationRuns(SweepState state)
    {
        int seeds = state.Spec.Seeds.Evaluation.Seeds * state.Spec.TaskCount;
        if (state.Tunability is { } plan) return seeds * TunabilityDecisions.Evaluated(plan);
        int chosen = !state.Spec.HasFront ? 1
            : state.Front?.Trials.Length ?? (state.InStage(StageKind.Selection) ? state.Stage!.Opened.Plan.Length : state.Spec.Seeds.Selection.Top);
        return (int)Math.Min(int.MaxValue, (long)seeds * (chosen + (state.DefaultTrial is null ? 0 : 1) + state.Spec.Seeds.Evaluation.Also));
    }

    /// <summary>Runs that selection would like.</summary>
    public static int SelectionRuns(SweepState state) => state.Spec.Objective.NoNoise ? 0
        : state.Tunability is { } plan ? TunabilityDecisions.SelectionRuns(state.Spec, plan) : state.Spec.Seeds.Selection.Runs;

    /// <summary>What the sweep's attempts have cost so far; 0 where its record has no prices.</summary>
    public static decimal Spent(SweepState state) => state.Created?.Costs is { } costs ? state.Used.At(costs.Prices).Total : 0;

    /// <summary>Estimated cost of so many runs; null where the record has no prices, or before the first run has ended.</summary>
    public static decimal? Price(SweepState state, int runs) =>
        state.Created?.Costs is { } costs && MeanRunMs(state) is { } ms ? runs * costs.PriceOf(ms) : null;

    /// <summary>Whether search must end now to leave time and money for what follows: the limit's name, and why; null while it need not.</summary>
    public static (string Code, string Reason)? Over(SweepState state, long activeMs) =>
        OutOfTime(state, activeMs) is { } late ? ("time", late) : OutOfMoney(state) is { } dear ? ("cost", dear) : null;

    private static string? OutOfMoney(SweepState state)
    {
        if (state.Spec.Limits.Cost is not { } limit || state.Created?.Costs is null) return null;
        decimal spent = Spent(state), left = limit.Amount - spent;
        if (left <= 0) return Say($"{Amount(spent, limit.Currency)} have been spent, and limits.cost is {limit}");
        if (Price(state, 1) is not { } run) return null;
        decimal evaluation = run * EvaluationRuns(state), selection = run * SelectionRuns(state), underWay = run * state.Running.Count;
        return left < underWay + run + evaluation + selection
            ? Say($"{Amount(left, limit.Currency)} are left of limits.cost {limit}; about {Amount(evaluation, limit.Currency)} are reserved for evaluation, {Amount(selection, limit.Currency)} for selection, {Amount(underWay, limit.Currency)} for runs under way, {Amount(run, limit.Currency)} for one more run")
            : null;
    }

    /// <summary>An amount for people: two decimals, or as many as two significant digits need.</summary>
    public static string Amount(decimal amount, string currency)
    {
        int digits = 2;
        for (decimal size = Math.Abs(amount); size > 0 && size < 0.1m && digits < 8; size *= 10) digits++;
        return $"{Math.Round(amount, digits, MidpointRounding.AwayFromZero).ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)} {currency}";
    }

    /// <summary>Why search must end now to leave time for what follows; null while it need not.</summary>
    private static string? OutOfTime(SweepState state, long activeMs)
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
    /// How many runs of each of several trials fit into the time and the money that are left.
    /// </summary>
    /// <param name="state">The log so far.</param>
    /// <param name="wanted">Runs of each trial without a limit.</param>
    /// <param name="trials">How many trials.</param>
    /// <param name="reservedRuns">Runs of later stages to keep time and money for.</param>
    /// <returns>The runs, and the limit that cut them: <c>time</c> or <c>cost</c>; null: none did.</returns>
    public static (int Runs, string? CutBy) Affordable(SweepState state, int wanted, int trials, int reservedRuns)
    {
        (int Runs, string? CutBy) affordable = (wanted, null);
        if (state.Spec.Limits.Time is { } limit && MeanRunMs(state) is { } run && run > 0)
            Cut("time", Math.Floor((limit.TotalMilliseconds - state.ActiveMs - Estimate(state, reservedRuns)!.Value) * state.Lanes / (run * trials)));
        if (state.Spec.Limits.Cost is { } cost && Price(state, 1) is { } price && price > 0)
            Cut("cost", (double)Math.Floor((cost.Amount - Spent(state) - (price * reservedRuns)) / (price * trials)));
        return affordable;

        void Cut(string by, double runs)
        {
            if (runs < affordable.Runs) affordable = ((int)Math.Max(0, runs), by);
        }
    }

    private static string Seconds(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.#} s");

    private static string Say(FormattableString sentence) => FormattableString.Invariant(sentence);
}
