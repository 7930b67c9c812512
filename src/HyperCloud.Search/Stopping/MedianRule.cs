using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// The median stopping rule (Golovin, Solnik, Moitra, Kochanski, Karro and Sculley, "Google Vizier", KDD 2017, §3.2.2): a trial ends at a
/// rung when its best loss so far is worse than the median of the other trials' running averages up to that rung. Averages are over the
/// rungs, since what is reported between them is not part of the record.
/// </summary>
internal sealed class MedianRule : IStoppingRule
{
    public const string RuleName = "median";

    /// <summary>Other trials that must have reached a rung before anything is stopped there.</summary>
    public const int LeastOthers = 4;

    public string Name => RuleName;

    public int Version => 1;

    public bool CanPause => false;

    public int FirstRung(RungLadder ladder, int trial) => 0;

    public RungDecision Decide(RungLadder ladder, IReadOnlyList<RungCurve> curves, int trial)
    {
        IReadOnlyList<double> own = curves.First(c => c.Trial == trial).Losses;
        int rung = own.Count - 1;
        double[] averages = [.. curves.Where(c => c.Trial != trial && c.Losses.Count > rung).Select(c => Average(c.Losses, rung)).Order()];
        if (averages.Length < LeastOthers)
            return new(false, string.Create(CultureInfo.InvariantCulture, $"{averages.Length} other trials have reached resource {ladder[rung]}; {LeastOthers} are needed to compare with"));
        int middle = averages.Length / 2;
        double median = averages.Length % 2 == 1 ? averages[middle] : averages[middle - 1] + (averages[middle] - averages[middle - 1]) / 2, best = own.Min();
        bool stop = best > median;
        return new(stop, string.Create(CultureInfo.InvariantCulture,
            $"its best loss up to resource {ladder[rung]}, {best:G6}, is {(stop ? "worse" : "not worse")} than the median {median:G6} of the averages of {averages.Length} other trials"));
    }

    public Promotion? Promote(RungLadder ladder, IReadOnlyList<RungCurve> curves, Predicate<int> paused) =>
        throw new NotSupportedException("the median rule stops trials; it does not pause them");

    // By shares, so that losses near the largest double do not overflow.
    private static double Average(IReadOnlyList<double> losses, int rung)
    {
        double mean = 0;
        for (int i = 0; i <= rung; i++) mean += losses[i] / (rung + 1);
        return mean;
    }
}
