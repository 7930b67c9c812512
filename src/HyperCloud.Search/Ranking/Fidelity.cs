namespace HyperCloud.Search;

/// <summary>
/// Which losses a model may compare when trials have ended at different resources: those at the highest rung that enough trials have
/// reached (Falkner, Klein and Hutter, "BOHB", ICML 2018, §4.1), full length above all rungs. Trials that ended below it come after, the
/// farther the better, for a rule has already judged them worse.
/// </summary>
internal static class Fidelity
{
    /// <summary>Finished trials with a loss, best first.</summary>
    /// <param name="observations">Finished trials.</param>
    /// <param name="enough">How many trials a rung needs.</param>
    public static List<Observation> Rank(IReadOnlyList<Observation> observations, int enough)
    {
        List<Observation> completed = NoiseAwareRanking.ByLoss(observations);
        if (completed.Count >= enough || observations.All(o => o.State != ObservationState.Stopped)) return completed;
        Observation[] told = [.. observations.Where(o => o.State != ObservationState.Failed)];
        int rung = told.Max(o => o.Curve?.Count ?? 0) - 1;
        while (rung > 0 && told.Count(o => o.Curve?.Count > rung) < enough) rung--;
        return rung < 0 ? completed :
        [
            .. told.OrderByDescending(o => Math.Min(Length(o), rung + 1)).ThenBy(o => LossAt(o, rung)).ThenBy(o => o.Number),
        ];
    }

    private static int Length(Observation o) => o.Curve?.Count ?? (o.State == ObservationState.Completed ? int.MaxValue : 0);

    private static double LossAt(Observation o, int rung) => o.Curve is { Count: > 0 } curve ? curve[Math.Min(rung, curve.Count - 1)] : o.Loss!.Value;
}
