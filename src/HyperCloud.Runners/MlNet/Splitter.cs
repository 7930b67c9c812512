using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>The rows one model is fitted on and the rows it is measured on, both ascending.</summary>
internal sealed record Split(int[] Train, int[] Measured);

/// <summary>Cuts rows at random, stratified: every class keeps its share in every part, as far as whole rows allow.</summary>
internal static class Splitter
{
    /// <summary>
    /// The fixed outer cut: a pure function of the sweep seed, the same for every run of a sweep. Only evaluation reads the held-out rows.
    /// </summary>
    public static (int[] Open, int[] HeldOut) Holdout(Dataset data, double share, ulong sweepSeed) =>
        Cut(data, [.. Enumerable.Range(0, data.Rows)], share, new RandomStream(sweepSeed, StreamPurpose.Holdout));

    /// <summary>
    /// What one run fits and measures. Search and selection: the rest is cut by the run's seed, once or into folds. Evaluation with a holdout:
    /// the models are fitted on the very same training parts, and all are measured on the held-out rows.
    /// </summary>
    public static IReadOnlyList<Split> ForRun(Dataset data, MlNetOptions options, SeedPool pool, int seed, ulong sweepSeed)
    {
        (int[] rest, int[] heldOut) = Holdout(data, options.Holdout, sweepSeed);
        var stream = new RandomStream((ulong)seed, StreamPurpose.Run);
        List<Split> splits = [];
        if (options.Folds is { } folds) splits.AddRange(Folds(data, rest, folds, stream));
        else
        {
            (int[] train, int[] measured) = Cut(data, rest, options.Validation, stream);
            splits.Add(new Split(train, measured));
        }

        return pool == SeedPool.Evaluation && heldOut.Length > 0 ? [.. splits.Select(s => s with { Measured = heldOut })] : splits;
    }

    /// <summary>Says why the data is too small to be cut as the options ask; null when it is not.</summary>
    public static string? TooSmall(Dataset data, MlNetOptions options)
    {
        const int leastRows = 10;
        (int[] rest, int[] heldOut) = Holdout(data, options.Holdout, 0);
        int needed = options.Folds ?? 2;
        if (rest.Length < Math.Max(leastRows, needed) || (options.Holdout > 0 && heldOut.Length < 2))
            return FormattableString.Invariant($"{data.Rows} rows are too few: {heldOut.Length} for evaluation leave {rest.Length} for search, which needs at least {Math.Max(leastRows, needed)}");
        for (int c = 0; c < data.Classes.Length; c++)
        {
            int there = rest.Count(r => data.Target[r] == c);
            if (there < needed || (options.Holdout > 0 && !heldOut.Any(r => data.Target[r] == c)))
                return FormattableString.Invariant($"class '{data.Classes[c]}' has only {data.Target.Count(t => t == c)} rows, too few to be in every part");
        }

        return null;
    }

    private static IEnumerable<Split> Folds(Dataset data, int[] rows, int folds, RandomStream stream)
    {
        var fold = new Dictionary<int, int>();
        int next = 0; // Goes on from class to class, so that the folds differ by one row at most.
        foreach (int[] group in Groups(data, rows, stream))
            foreach (int row in group) fold[row] = next++ % folds;
        return Enumerable.Range(0, folds).Select(f => new Split([.. rows.Where(r => fold[r] != f)], [.. rows.Where(r => fold[r] == f)]));
    }

    private static (int[] Open, int[] Part) Cut(Dataset data, int[] rows, double share, RandomStream stream)
    {
        if (share == 0) return (rows, []);
        var part = new HashSet<int>();
        foreach (int[] group in Groups(data, rows, stream))
        {
            int take = (int)Math.Round(share * group.Length, MidpointRounding.AwayFromZero);
            if (group.Length >= 2) take = Math.Clamp(take, 1, group.Length - 1); // A class that can be in both parts is.
            part.UnionWith(group.AsSpan(0, take).ToArray());
        }

        return ([.. rows.Where(r => !part.Contains(r))], [.. rows.Where(part.Contains)]);
    }

    // The rows of each class (all rows for regression), shuffled.
    private static IEnumerable<int[]> Groups(Dataset data, int[] rows, RandomStream stream)
    {
        for (int c = 0; c < Math.Max(1, data.Classes.Length); c++)
        {
            int[] group = data.Classes.Length == 0 ? [.. rows] : [.. rows.Where(r => data.Target[r] == c)];
            stream.Shuffle<int>(group);
            yield return group;
        }
    }
}
