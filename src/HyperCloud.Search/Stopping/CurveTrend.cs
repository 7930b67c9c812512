using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// What trials are compared by at a rung when their whole curve counts: the loss there, moved by a share of the gain since the rung before.
/// The share is learned from the trials that went on: above 0 where gains have gone on (a trial that still falls steeply may yet win), below 0
/// where they were luck that did not last (then the score is a mean of both losses). Which trials went on depends on their losses up to the rung
/// alone, and so does not bend the line through what came after, given those losses.
/// </summary>
internal static class CurveTrend
{
    private const double PriorPairs = 4; // what no share at all is worth, in trials that went on with gains of the usual size
    private const double Least = -0.5; // the mean of both losses
    private const double Most = 2;
    private const double Far = 10; // gains farther from the middle one than so many times the middle distance do not steer

    /// <summary>The share of the newest gain that goes on after a rung; 0 at the first rung, which has no gain before it.</summary>
    /// <param name="curves">Trials that have reached rungs.</param>
    /// <param name="rung">The rung.</param>
    /// <param name="top">How many rungs there are below full length.</param>
    public static double ShareAt(IReadOnlyList<RungCurve> curves, int rung, int top)
    {
        if (rung == 0) return 0;
        double largest = 0;
        List<(double Gain, double Next)> pairs = [];
        foreach (RungCurve c in curves)
        {
            if (c.Losses.Count <= rung || After(c, rung, top) is not { } after) continue;
            double scale = Math.Max(Math.Max(Math.Abs(after), Math.Abs(c.Losses[rung])), Math.Abs(c.Losses[rung - 1]));
            largest = Math.Max(largest, scale);
        }

        if (largest == 0) return 0;
        foreach (RungCurve c in curves)
            if (c.Losses.Count > rung && After(c, rung, top) is { } after) // by shares: 1e300 − (−1e300) would overflow
                pairs.Add((c.Losses[rung - 1] / largest - c.Losses[rung] / largest, c.Losses[rung] / largest - after / largest));
        (double Gain, double Next)[] near = Near(pairs);
        if (near.Length == 0) return 0;
        double gain = 0, next = 0, squares = 0, products = 0, size = 0;
        foreach ((double g, double n) in near) (gain, next) = (gain + g / near.Length, next + n / near.Length);
        foreach ((double g, double n) in near)
        {
            squares += (g - gain) * (g - gain);
            products += (g - gain) * (n - next);
            size += g * g;
        }

        double prior = PriorPairs * size / near.Length;
        return squares + prior > 0 ? Math.Clamp(products / (squares + prior), Least, Most) : 0;
    }

    /// <summary>What a trial is compared by at a rung it has reached; less is better.</summary>
    /// <param name="curve">The trial.</param>
    /// <param name="rung">The rung.</param>
    /// <param name="share">The share of the gain that goes on.</param>
    public static double Score(RungCurve curve, int rung, double share)
    {
        double loss = curve.Losses[rung];
        if (share == 0) return loss;
        double score = (1 + share) * loss - share * curve.Losses[rung - 1];
        return double.IsFinite(score) ? score : loss;
    }

    /// <summary>The words that a decision's reason ends with.</summary>
    public static string Words(double share) =>
        share == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; compared by the loss and {(share > 0 ? "" : "minus ")}{Math.Abs(share):0.##} of the gain since the rung before");

    private static double? After(RungCurve c, int rung, int top) => rung + 1 < c.Losses.Count ? c.Losses[rung + 1] : rung + 1 == top ? c.Final : null;

    private static (double Gain, double Next)[] Near(List<(double Gain, double Next)> pairs)
    {
        if (pairs.Count == 0) return [];
        (double middleGain, double wideGain) = Middle([.. pairs.Select(p => p.Gain)]);
        (double middleNext, double wideNext) = Middle([.. pairs.Select(p => p.Next)]);
        return [.. pairs.Where(p => Math.Abs(p.Gain - middleGain) <= Far * wideGain && Math.Abs(p.Next - middleNext) <= Far * wideNext)];
    }

    private static (double Middle, double Wide) Middle(double[] values)
    {
        Array.Sort(values);
        double middle = values[values.Length / 2];
        double[] distances = [.. values.Select(v => Math.Abs(v - middle)).Order()];
        return (middle, distances[distances.Length / 2]);
    }
}
