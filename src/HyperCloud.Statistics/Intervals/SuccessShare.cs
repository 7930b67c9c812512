namespace HyperCloud.Statistics;

/// <summary>The share of runs that succeeded.</summary>
/// <param name="Successes">Runs that gave a result.</param>
/// <param name="Runs">All runs that count: completed and failed, not lost or cancelled ones.</param>
/// <param name="Interval">Of the probability that a run succeeds, within [0, 1].</param>
public sealed record SuccessShare(int Successes, int Runs, Interval Interval)
{
    /// <summary>Successes / runs; null when there was no run.</summary>
    public double? Share => Runs == 0 ? null : (double)Successes / Runs;

    /// <summary>
    /// The share with its exact interval: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial"
    /// (1934). Covers at least the level.
    /// </summary>
    /// <param name="successes">From 0 to <paramref name="runs"/>.</param>
    /// <param name="runs">At least 0; without runs there is no interval.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of range.</exception>
    public static SuccessShare Of(int successes, int runs, double level = 0.95)
    {
        Interval.CheckLevel(level);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        if (runs < successes) throw new ArgumentOutOfRangeException(nameof(runs), runs, $"`successes <= runs` must hold, but got successes={successes}");
        const string method = "Clopper and Pearson 1934";
        if (runs == 0) return new SuccessShare(0, 0, Interval.None(level, method, "there was no run"));
        double tail = (1 - level) / 2;
        double low = successes == 0 ? 0 : IncompleteBeta.Inverse(successes, runs - successes + 1, tail);
        double high = successes == runs ? 1 : 1 - IncompleteBeta.Inverse(runs - successes, successes + 1, tail);
        return new SuccessShare(successes, runs, new Interval(low, high, level, method, null, null));
    }
}
