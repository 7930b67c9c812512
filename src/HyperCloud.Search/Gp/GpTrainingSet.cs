namespace HyperCloud.Search;

/// <summary>The trials a Gaussian process learns from, bounded in number.</summary>
/// <param name="X">Encoded configurations.</param>
/// <param name="Y">Warped losses (<see cref="LossWarp"/>); a failed trial has the worst of them.</param>
/// <param name="Noise">Factor on the noise variance: 1 / runs, more where the loss is projected (<see cref="Fidelity"/>).</param>
/// <param name="Trials">The trials.</param>
/// <param name="Warp">How the losses were warped.</param>
internal sealed record GpTrainingSet(double[][] X, double[] Y, double[] Noise, Observation[] Trials, LossWarp Warp)
{
    /// <summary>Chooses and warps; null when no two losses differ.</summary>
    /// <param name="trials">The encoding's cache.</param>
    /// <param name="encoding">The encoding.</param>
    /// <param name="observations">Finished trials, by trial number.</param>
    /// <param name="kind">How losses are warped.</param>
    /// <param name="most">How many at most: the best half of them by loss, the rest evenly thinned by trial number.</param>
    /// <param name="projected">The noise that each rung missing to full length adds to a projected loss, in noise variances of a run.</param>
    public static GpTrainingSet? TryCreate(EncodedTrials trials, SpaceEncoding encoding, IReadOnlyList<Observation> observations, int most, WarpKind kind, double projected)
    {
        List<ProjectedLoss> ranked = Fidelity.Rank(observations);
        Observation[] chosen = Choose(observations, ranked, most);
        Dictionary<int, ProjectedLoss> known = ranked.ToDictionary(p => p.Trial.Number);
        if (LossWarp.Apply([.. chosen.Where(o => known.ContainsKey(o.Number)).Select(o => known[o.Number].Loss)], kind) is not { } warped) return null;
        double worst = double.NegativeInfinity;
        foreach (double w in warped.Y) worst = Math.Max(worst, w);
        double[] y = new double[chosen.Length], noise = new double[chosen.Length];
        for (int i = 0, k = 0; i < y.Length; i++)
        {
            noise[i] = 1.0 / Math.Max(1, chosen[i].Runs);
            y[i] = worst;
            if (!known.TryGetValue(chosen[i].Number, out ProjectedLoss loss)) continue;
            y[i] = warped.Y[k++];
            noise[i] += projected * loss.Missing;
        }

        return new GpTrainingSet([.. chosen.Select(o => trials.Encode(encoding, o.Number, o.Assignment))], y, noise, chosen, warped);
    }

    private static Observation[] Choose(IReadOnlyList<Observation> observations, List<ProjectedLoss> ranked, int most)
    {
        if (observations.Count <= most) return [.. observations];
        HashSet<int> best = [.. ranked.Take(most / 2).Select(p => p.Trial.Number)];
        Observation[] rest = [.. observations.Where(o => !best.Contains(o.Number))];
        int others = most - best.Count;
        HashSet<int> chosen = [.. best, .. Enumerable.Range(0, others).Select(k => rest[(int)((long)k * rest.Length / others)].Number)];
        return [.. observations.Where(o => chosen.Contains(o.Number))];
    }
}
