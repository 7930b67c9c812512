namespace HyperCloud.Search;

/// <summary>What a model may take for the loss of a finished trial.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="Loss">Its loss at full length, or what it is expected to be there.</param>
/// <param name="Missing">How many rungs lie between where the trial ended and full length; 0: the loss was measured.</param>
internal readonly record struct ProjectedLoss(Observation Trial, double Loss, int Missing);

/// <summary>
/// Makes trials that have ended at different resources comparable: what a trial lost at the last rung it has reached is carried on to full
/// length, rung by rung, by the line that the trials further on have followed from that rung to the next. So all rungs inform the model, and
/// losses of different resources are never mixed. A line is fitted to losses given those at the rung below, and which trials went on depends on
/// those alone, so the choice does not bend it.
/// </summary>
internal static class Fidelity
{
    private const double PriorPairs = 2; // how many pairs the prior slope of 1 is worth
    private const double Far = 10; // losses farther above the middle than so many times the distance from there to the best do not steer the line

    /// <summary>
    /// Finished trials with a loss, the least expected loss at full length first; of equal ones those that got farther, then the earlier. Trials that
    /// are known to break an outcome constraint come after all others, the least broken first.
    /// </summary>
    /// <param name="observations">Finished trials.</param>
    public static List<ProjectedLoss> Rank(IReadOnlyList<Observation> observations)
    {
        if (observations.All(o => o.State != ObservationState.Stopped))
            return [.. NoiseAwareRanking.ByLoss(observations).Select(o => new ProjectedLoss(o, o.Loss!.Value, 0))];
        Observation[] told = [.. observations.Where(o => o.State == ObservationState.Completed || (o.State == ObservationState.Stopped && o.Curve is { Count: > 0 }))];
        if (told.Length == 0) return [];
        int top = told.Max(o => o.Curve?.Count ?? 0); // the rung that stands for full length
        double largest = 0;
        foreach (Observation o in told)
            for (int rung = 0; rung <= top; rung++)
                if (LossAt(o, rung, top) is { } loss) largest = Math.Max(largest, Math.Abs(loss));
        if (largest == 0) largest = 1;
        var lines = new (double Slope, double Shift)[top];
        for (int rung = 0; rung < top; rung++)
            lines[rung] = Fit([.. told.Where(o => LossAt(o, rung, top) is not null && LossAt(o, rung + 1, top) is not null)
                .Select(o => (LossAt(o, rung, top)!.Value / largest, LossAt(o, rung + 1, top)!.Value / largest))]); // 1e300 − (−1e300) would overflow
        return
        [
            .. told.Select(o => Project(o, top, lines, largest)).OrderBy(p => p.Trial.Violation).ThenBy(p => p.Loss).ThenBy(p => p.Missing).ThenBy(p => p.Trial.Number),
        ];
    }

    /// <summary>
    /// The same for models that look at ranks only: by the losses at the highest rung that enough trials have reached (Falkner, Klein and Hutter,
    /// "BOHB", ICML 2018, §4.1), full length above all rungs; trials that ended below it come after, the farther the better, for a rule has already
    /// judged them worse. For such a model a projected rank was no gain (bench/reports/search-quality.md).
    /// </summary>
    /// <param name="observations">Finished trials.</param>
    /// <param name="enough">How many trials a rung needs.</param>
    public static List<Observation> RankAtHighestRung(IReadOnlyList<Observation> observations, int enough)
    {
        List<Observation> completed = NoiseAwareRanking.ByLoss(observations);
        if (completed.Count >= enough || observations.All(o => o.State != ObservationState.Stopped)) return completed;
        Observation[] told = [.. observations.Where(o => o.State != ObservationState.Failed)];
        int rung = told.Max(o => o.Curve?.Count ?? 0) - 1;
        while (rung > 0 && told.Count(o => o.Curve?.Count > rung) < enough) rung--;
        return rung < 0 ? completed :
        [
            .. told.OrderBy(o => o.Violation).ThenByDescending(o => Math.Min(Length(o), rung + 1)).ThenBy(o => LossThere(o)).ThenBy(o => o.Number),
        ];

        static int Length(Observation o) => o.Curve?.Count ?? (o.State == ObservationState.Completed ? int.MaxValue : 0);
        double LossThere(Observation o) => o.Curve is { Count: > 0 } curve ? curve[Math.Min(rung, curve.Count - 1)] : o.Loss!.Value;
    }

    private static ProjectedLoss Project(Observation o, int top, (double Slope, double Shift)[] lines, double largest)
    {
        if (o.State == ObservationState.Completed) return new(o, o.Loss!.Value, 0);
        int rung = o.Curve!.Count - 1;
        double loss = o.Curve[rung] / largest;
        for (int r = rung; r < top; r++) loss = lines[r].Shift + lines[r].Slope * loss;
        return new(o, Math.Clamp(loss * largest, -double.MaxValue, double.MaxValue), top - rung);
    }

    // The loss at a rung, or at full length where the rung is the top; null where the trial has not got so far, or nothing is known of its rungs.
    private static double? LossAt(Observation o, int rung, int top) =>
        rung == top ? (o.State == ObservationState.Completed ? o.Loss : null) : o.Curve is { } curve && rung < curve.Count ? curve[rung] : null;

    // Least squares with a prior slope of 1, never falling: of two trials that ended at a rung the better one there is expected to be the better one.
    private static (double Slope, double Shift) Fit((double X, double Y)[] pairs)
    {
        if (pairs.Length == 0) return (1, 0);
        double[] x = [.. pairs.Select(p => p.X).Order()], y = [.. pairs.Select(p => p.Y).Order()];
        double mostX = x[x.Length / 2] + Far * (x[x.Length / 2] - x[0]), mostY = y[y.Length / 2] + Far * (y[y.Length / 2] - y[0]);
        double n = 0, meanX = 0, meanY = 0, xx = 0, xy = 0;
        foreach ((double px, double py) in pairs)
            if (px <= mostX && py <= mostY) (n, meanX, meanY) = (n + 1, meanX + px, meanY + py);
        if (n == 0) return (1, 0);
        (meanX, meanY) = (meanX / n, meanY / n);
        foreach ((double px, double py) in pairs)
            if (px <= mostX && py <= mostY) (xx, xy) = (xx + (px - meanX) * (px - meanX), xy + (px - meanX) * (py - meanY));
        double prior = PriorPairs * (xx / n);
        double slope = xx > 0 ? Math.Max(0, (xy + prior) / (xx + prior)) : 1;
        return (slope, meanY - slope * meanX);
    }
}
