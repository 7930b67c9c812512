using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>The trials a Gaussian process learns from, bounded in number.</summary>
/// <param name="X">Encoded configurations.</param>
/// <param name="Y">Warped losses (<see cref="LossWarp"/>); a failed trial has the worst of them.</param>
/// <param name="Noise">Factor on the noise variance: 1 / runs.</param>
/// <param name="Trials">The trials.</param>
/// <param name="LogSlope">See <see cref="LossWarp"/>.</param>
internal sealed record GpTrainingSet(double[][] X, double[] Y, double[] Noise, Observation[] Trials, double LogSlope)
{
    /// <summary>Chooses and warps; null when no two losses differ.</summary>
    /// <param name="trials">The encoding's cache.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="observations">Finished trials, by trial number.</param>
    /// <param name="kind">How losses are warped.</param>
    /// <param name="most">How many at most: the best half of them by loss, the rest evenly thinned by trial number.</param>
    public static GpTrainingSet? TryCreate(EncodedTrials trials, SpaceEncoding encoding, IReadOnlyList<Observation> observations, int most, WarpKind kind)
    {
        List<Observation> ranked = Fidelity.Rank(observations, 4);
        Observation[] chosen = Choose(observations, ranked, most);
        // Trials that ended at different resources: their rank decides, not their losses.
        bool byRank = ranked.Any(o => o.State == ObservationState.Stopped);
        Dictionary<int, double> loss = byRank
            ? ranked.Select((o, i) => (o.Number, Loss: NormalDistribution.Quantile((i + 0.5) / ranked.Count))).ToDictionary(p => p.Number, p => p.Loss)
            : ranked.ToDictionary(o => o.Number, o => o.Loss!.Value);
        if (LossWarp.Apply([.. chosen.Where(o => loss.ContainsKey(o.Number)).Select(o => loss[o.Number])], kind) is not { } warped) return null;
        double worst = double.NegativeInfinity;
        foreach (double w in warped.Y) worst = Math.Max(worst, w);
        var y = new double[chosen.Length];
        for (int i = 0, k = 0; i < y.Length; i++) y[i] = loss.ContainsKey(chosen[i].Number) ? warped.Y[k++] : worst;
        return new GpTrainingSet([.. chosen.Select(o => trials.Encode(encoding, o.Number, o.Assignment))], y, [.. chosen.Select(o => 1.0 / Math.Max(1, o.Runs))], chosen, warped.LogSlope);
    }

    private static Observation[] Choose(IReadOnlyList<Observation> observations, List<Observation> ranked, int most)
    {
        if (observations.Count <= most) return [.. observations];
        HashSet<int> best = [.. ranked.Take(most / 2).Select(o => o.Number)];
        Observation[] rest = [.. observations.Where(o => !best.Contains(o.Number))];
        int others = most - best.Count;
        HashSet<int> chosen = [.. best, .. Enumerable.Range(0, others).Select(k => rest[(int)((long)k * rest.Length / others)].Number)];
        return [.. observations.Where(o => chosen.Contains(o.Number))];
    }
}
