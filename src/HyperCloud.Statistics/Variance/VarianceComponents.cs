namespace HyperCloud.Statistics;

/// <summary>Where a part of the variance of runs comes from.</summary>
public enum VarianceSource
{
    /// <summary>The configuration.</summary>
    Trial,

    /// <summary>The task.</summary>
    Task,

    /// <summary>Configurations that suit one task better than another.</summary>
    TrialTask,

    /// <summary>What all configurations have in common on a seed.</summary>
    Seed,

    /// <summary>The rest: what a seed does to one configuration and not to another.</summary>
    Residual,
}

/// <summary>One part of the variance.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Variance">ANOVA estimate of its variance in the square of the metric's unit; 0 where the estimate is negative.</param>
/// <param name="Share">Of the sum of all parts but that of the tasks, which were chosen and not drawn, in [0, 1]; null for these, and where nothing varies.</param>
/// <param name="Degrees">Degrees of freedom of its mean square.</param>
/// <param name="Low">Lower end of the interval of the variance; null where there is none, or its method fails.</param>
/// <param name="High">Upper end.</param>
public sealed record VarianceComponent(VarianceSource Source, double Variance, double? Share, int Degrees, double? Low, double? High);

/// <summary>
/// Parts of the variance of crossed runs: every trial on every seed. A random-effects analysis of variance by the method of moments.
/// </summary>
/// <param name="Trials">Number of trials, at least 2.</param>
/// <param name="Tasks">Number of tasks, at least 1.</param>
/// <param name="Seeds">Seeds of each task, at least 2.</param>
/// <param name="Mean">Mean of all runs.</param>
/// <param name="Components">The parts; those of tasks only with at least two.</param>
/// <param name="Shared">
/// Share of the variance of one trial's runs that a common seed takes out of a comparison: seed / (seed + residual), in [0, 1], with its exact
/// interval for normal effects.
/// </param>
public sealed record VarianceComponents(int Trials, int Tasks, int Seeds, double Mean, IReadOnlyList<VarianceComponent> Components, SharedSeeds Shared)
{
    /// <summary>A part by its source; null when the runs do not tell it.</summary>
    public VarianceComponent? this[VarianceSource source] => Components.FirstOrDefault(c => c.Source == source);

    /// <summary>
    /// Takes the runs apart as y = μ + trial + task + trial × task + seed(task) + residual, all random, one run a cell: Searle, Casella and
    /// McCulloch, Variance Components (1992), §4.4, and Montgomery, Design and Analysis of Experiments, ch. 13–14. With one task it is the
    /// two-way layout of trials and seeds.
    /// </summary>
    /// <remarks>
    /// Intervals: of the residual exact (χ²) for normal effects; of the others by Williams (1962) and Tukey, whose ends each keep their level, computed at half
    /// the error so that they cover at least the level together.
    /// </remarks>
    /// <param name="runs">Finite values, as [trial][task][seed]: all trials on the same tasks and seeds, the same number of seeds for every task.</param>
    /// <param name="level">Level in (0, 1), usually 0.95.</param>
    /// <exception cref="ArgumentException">Fewer than two trials or two seeds, a layout with holes, or a value that is not finite.</exception>
    public static VarianceComponents Of(IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> runs, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Interval.CheckLevel(level);
        int a = runs.Count, t = a == 0 ? 0 : runs[0].Count, n = t == 0 ? 0 : runs[0][0].Count;
        if (a < 2 || t < 1 || n < 2) throw new ArgumentException($"there must be at least 2 trials on 2 seeds, but got {a} trials, {t} tasks, {n} seeds", nameof(runs));
        if (runs.Any(trial => trial.Count != t || trial.Any(task => task.Count != n))) throw new ArgumentException("every trial must have a run on every seed of every task", nameof(runs));
        if (runs.Any(trial => trial.Any(task => task.Any(v => !double.IsFinite(v))))) throw new ArgumentException("values must be finite", nameof(runs));

        double[][] cells = [.. runs.Select(trial => trial.Select(task => MeanOf(task)).ToArray())];
        double[] trials = [.. cells.Select(c => MeanOf(c))], tasks = [.. Enumerable.Range(0, t).Select(k => MeanOf([.. cells.Select(c => c[k])]))];
        double[][] seeds = [.. Enumerable.Range(0, t).Select(k => Enumerable.Range(0, n).Select(j => MeanOf([.. runs.Select(trial => trial[k][j])])).ToArray())];
        double mean = MeanOf(trials);
        double[] residuals = [.. Each((i, k, j) => runs[i][k][j] - cells[i][k] - seeds[k][j] + tasks[k])];
        double[] seedParts = [.. Enumerable.Range(0, t).SelectMany(k => seeds[k].Select(s => s - tasks[k]))];
        double[] crossParts = [.. Enumerable.Range(0, a).SelectMany(i => Enumerable.Range(0, t).Select(k => cells[i][k] - trials[i] - tasks[k] + mean))];
        int trialDf = a - 1, taskDf = t - 1, crossDf = (a - 1) * (t - 1), seedDf = t * (n - 1), residualDf = t * (a - 1) * (n - 1);
        double residual = Square(residuals) / residualDf, seed = a * Square(seedParts) / seedDf;
        double trial = n * t * Square([.. trials.Select(x => x - mean)]) / trialDf;
        double cross = t > 1 ? n * Square(crossParts) / crossDf : residual, task = t > 1 ? a * n * Square([.. tasks.Select(x => x - mean)]) / taskDf : 0;

        double error = 1 - level;
        List<VarianceComponent> parts = [Part(VarianceSource.Trial, trial, trialDf, cross, t > 1 ? crossDf : residualDf, n * t)];
        if (t > 1)
        {
            // E(MS task) = σ² + n σ²(trial × task) + a σ²(seed) + a n σ²(task): no single mean square stands against it, so it has no interval.
            parts.Add(new(VarianceSource.Task, Math.Max(0, (task - cross - seed + residual) / (a * n)), null, taskDf, null, null));
            parts.Add(Part(VarianceSource.TrialTask, cross, crossDf, residual, residualDf, n));
        }

        parts.Add(Part(VarianceSource.Seed, seed, seedDf, residual, residualDf, a));
        parts.Add(new(VarianceSource.Residual, residual, null, residualDf,
            residualDf * residual / ChiSquare.Quantile(1 - (error / 2), residualDf), residualDf * residual / ChiSquare.Quantile(error / 2, residualDf)));
        double total = parts.Where(p => p.Source != VarianceSource.Task).Sum(p => p.Variance);
        return new(a, t, n, mean, [.. parts.Select(p => p with { Share = total > 0 && p.Source != VarianceSource.Task ? p.Variance / total : null })], SharedSeeds.Of(seed, seedDf, residual, residualDf, a, level));

        IEnumerable<double> Each(Func<int, int, int, double> of)
        {
            for (int i = 0; i < a; i++)
                for (int k = 0; k < t; k++)
                    for (int j = 0; j < n; j++) yield return of(i, k, j);
        }

        // Williams and Tukey: σ² = (MS₁ − MS₂) / size, each end from the exact intervals of E(MS₁) and of the ratio.
        VarianceComponent Part(VarianceSource source, double square, int df, double against, int againstDf, int size)
        {
            double upper = ChiSquare.Quantile(error / 4, df), lower = ChiSquare.Quantile(1 - (error / 4), df);
            double most = FDistribution.Quantile(1 - (error / 4), df, againstDf), least = FDistribution.Quantile(error / 4, df, againstDf);
            return new(source, Math.Max(0, (square - against) / size), null, df,
                Math.Max(0, df * (square - (against * most)) / (size * lower)), Math.Max(0, df * (square - (against * least)) / (size * upper)));
        }
    }

    private static double MeanOf(IReadOnlyList<double> values) => Summation.Mean(Summation.Sorted(values, negate: false));

    private static double Square(double[] values) => Summation.Sum([.. values.Select(v => v * v).Order()]);
}

/// <summary>How much of the noise of runs all trials share on a common seed.</summary>
/// <param name="Share">Estimate in [0, 1]; null where runs do not vary.</param>
/// <param name="Low">Lower end; null with the estimate.</param>
/// <param name="High">Upper end.</param>
public sealed record SharedSeeds(double? Share, double? Low, double? High)
{
    /// <summary>
    /// The intraclass correlation of trials on a seed. MS(seed) / MS(residual) is F times 1 + a σ²(seed) / σ²(residual), so the interval is exact for
    /// normal effects (Searle, Casella and McCulloch 1992, §3.6).
    /// </summary>
    internal static SharedSeeds Of(double seed, int seedDf, double residual, int residualDf, int trials, double level)
    {
        if (residual == 0) return seed == 0 ? new(null, null, null) : new(1, 1, 1);
        double ratio = seed / residual, tail = (1 - level) / 2;
        return new(FromRatio(ratio), FromRatio(ratio / FDistribution.Quantile(1 - tail, seedDf, residualDf)), FromRatio(ratio / FDistribution.Quantile(tail, seedDf, residualDf)));

        // With 1 + a ρ / (1 − ρ) for the ratio of expectations.
        double FromRatio(double f) => f <= 1 ? 0 : (f - 1) / (f - 1 + trials);
    }
}
