namespace HyperCloud.Statistics;

/// <summary>How the champion does now, beside its baseline.</summary>
public enum NightVerdict
{
    /// <summary>A change of more than the margin is ruled out.</summary>
    Same,

    /// <summary>Shown to be worse.</summary>
    Worse,

    /// <summary>Shown to be better.</summary>
    Better,

    /// <summary>Neither: what was measured allows for both.</summary>
    Unsure,
}

/// <summary>What the nights say together.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Difference">Mean loss of the recent runs less that of the baseline: positive is worse.</param>
/// <param name="Low">Lower end of the always-valid interval of that difference.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Deviation">Standard deviation of the baseline's runs within their night; 0 when they do not vary.</param>
/// <param name="BaselineRuns">Runs of the baseline.</param>
/// <param name="RecentRuns">Runs compared with it.</param>
/// <param name="RecentFrom">Index of the first night of those: where the newest change is estimated, or half of all nights while there was none.</param>
/// <param name="Changes">Changes found so far, this night's included.</param>
/// <param name="Evidence">Tonight's evidence of a further change; at <see cref="NightComparison.Threshold"/> it counts as one.</param>
public sealed record NightJudgement(
    NightVerdict Verdict, double Difference, double Low, double High, double Deviation, int BaselineRuns, int RecentRuns, int RecentFrom, int Changes, double Evidence);

/// <summary>
/// Watches night after night whether values still come from where the baseline came from. For every night since the last change the evidence of a
/// change just before it is followed (<see cref="ShiftEvidence"/>), and their sum, an e-detector, raises the alarm at 150: however long it watches, on
/// average 150 nights or more pass before a false one (Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change
/// detection", NEJSDS 2, 2024). The change is put where the evidence is greatest; the baseline is all before the first change.
/// </summary>
public static class NightComparison
{
    /// <summary>The sum of evidence at which a change counts as found.</summary>
    public const double Threshold = 150;

    /// <summary>Level of the interval: 1 − 1/150.</summary>
    public const double Level = 1 - 1 / Threshold;

    // Changes that are farther back would have been found: only so many of the newest nights are looked at as where it may have been.
    private const int MostSplits = 60;

    /// <summary>Judges the newest night.</summary>
    /// <param name="nights">Losses (lower is better, all finite) by night, oldest first; the first are those of the evaluation. Empty nights are passed over.</param>
    /// <param name="margin">What counts as the same, in standard deviations of the baseline; above 0.</param>
    /// <returns>The judgement; null while there are not two nights, or fewer than three values.</returns>
    public static NightJudgement? Judge(IReadOnlyList<IReadOnlyList<double>> nights, double margin)
    {
        int[] index = [.. Enumerable.Range(0, nights.Count).Where(i => nights[i].Count > 0)];
        if (index.Length < 2 || index.Sum(i => nights[i].Count) < 3) return null;
        // Around the first night's mean, so that sums of squares lose nothing.
        double origin = Summation.Sum([.. nights[index[0]]]) / nights[index[0]].Count;
        Group[] groups = [.. index.Select(i => Of(nights[i], origin))];

        List<int> starts = [0];
        double evidence = 0;
        for (int t = 1; t < groups.Length; t++)
        {
            // A change that begins with the newest night leaves its segment with nothing to be compared with yet.
            (evidence, int split) = Evidence(groups.AsSpan(starts[^1], t + 1 - starts[^1]));
            if (evidence >= Threshold) starts.Add(starts[^1] + split);
        }

        bool changed = starts.Count > 1;
        Group[] baseline = groups[..(changed ? starts[1] : (groups.Length + 1) / 2)];
        int from = changed ? starts[^1] : baseline.Length;
        Group[] recent = groups[from..];
        Group before = Total(baseline), after = Total(recent);
        double difference = after.Sum / after.Count - before.Sum / before.Count;
        (double low, double high) = Interval(baseline, recent, difference);
        double deviation = Within(baseline);
        NightVerdict verdict = low > 0 ? NightVerdict.Worse : high < 0 ? NightVerdict.Better
            : low >= -margin * deviation && high <= margin * deviation ? NightVerdict.Same : NightVerdict.Unsure;
        return new(verdict, difference, low, high, deviation, before.Count, after.Count, index[from], starts.Count - 1, evidence);
    }

    /// <summary>The shifts of the recent values that the evidence does not speak against.</summary>
    private static (double Low, double High) Interval(Group[] baseline, Group[] recent, double difference)
    {
        Group[] all = [.. baseline, .. recent];
        double spread = Within(all);
        if (spread == 0) return (difference, difference);
        // Where the recent nights differ among themselves, the sum over all splits speaks against every shift: then the one split decides.
        bool sum = Speaks(difference, sum: true) < Threshold;
        return (End(-1), End(1));

        double Speaks(double shift, bool sum)
        {
            for (int i = 0; i < recent.Length; i++) all[baseline.Length + i] = recent[i].Less(shift);
            return sum ? Evidence(all).Sum : ShiftEvidence.Of(Total(all.AsSpan(0, baseline.Length)), Total(all.AsSpan(baseline.Length)));
        }

        double End(int side)
        {
            double inside = difference, step = spread / 16;
            while (Speaks(inside + side * step, sum) < Threshold)
            {
                inside += side * step;
                step *= 2;
            }

            double outside = inside + side * step;
            while (Math.Abs(outside - inside) > 1e-6 * spread)
            {
                double middle = inside + (outside - inside) / 2;
                if (middle == inside || middle == outside) break;
                if (Speaks(middle, sum) < Threshold) inside = middle;
                else outside = middle;
            }

            return outside;
        }
    }

    /// <summary>The sum over all splits, and the split (first night behind it) that speaks loudest.</summary>
    private static (double Sum, int Split) Evidence(ReadOnlySpan<Group> groups)
    {
        double sum = 0, loudest = -1;
        int split = 1;
        Group later = default, all = Total(groups);
        for (int k = groups.Length - 1; k >= 1 && k >= groups.Length - MostSplits; k--)
        {
            later += groups[k];
            double evidence = ShiftEvidence.Of(new(all.Count - later.Count, all.Sum - later.Sum, all.Squares - later.Squares), later);
            sum += evidence;
            if (evidence > loudest) (loudest, split) = (evidence, k);
        }

        return (sum, split);
    }

    private static double Within(ReadOnlySpan<Group> groups)
    {
        double squares = 0, scale = 0;
        int degrees = 0;
        foreach (Group g in groups)
        {
            squares += g.Squares - g.Sum * (g.Sum / g.Count);
            scale += g.Squares;
            degrees += g.Count - 1;
        }

        return degrees == 0 || !(squares > 1e-13 * scale) ? 0 : Math.Sqrt(squares / degrees);
    }

    private static Group Total(ReadOnlySpan<Group> groups)
    {
        Group total = default;
        foreach (Group g in groups) total += g;
        return total;
    }

    private static Group Of(IReadOnlyList<double> values, double origin)
    {
        double sum = 0, squares = 0;
        foreach (double v in values)
        {
            sum += v - origin;
            squares += (v - origin) * (v - origin);
        }

        return new(values.Count, sum, squares);
    }
}
