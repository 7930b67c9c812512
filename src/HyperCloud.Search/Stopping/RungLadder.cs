using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// The resource levels at which trials are compared: <c>min · reduction^k</c> below <c>max</c>; full length, <c>max</c>, is no rung to be
/// compared at. Levels are whole numbers when <c>min</c> and <c>max</c> are.
/// </summary>
public sealed class RungLadder
{
    /// <summary>Most rungs of a ladder, however close to 1 the reduction is.</summary>
    public const int MostRungs = 100;

    /// <summary>Makes a ladder.</summary>
    /// <param name="min">First level; above 0.</param>
    /// <param name="max">Full length; above <paramref name="min"/>.</param>
    /// <param name="reduction">Ratio of neighbouring levels, and the share that goes on: one in <paramref name="reduction"/>. Above 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of the above does not hold.</exception>
    public RungLadder(double min, double max, double reduction)
    {
        if (!(min > 0) || !double.IsFinite(min)) throw new ArgumentOutOfRangeException(nameof(min), min, "must be above 0");
        if (!(max > min) || !double.IsFinite(max)) throw new ArgumentOutOfRangeException(nameof(max), max, "must be above min");
        if (!(reduction > 1) || !double.IsFinite(reduction)) throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "must be above 1");
        Max = max;
        Reduction = reduction;
        bool whole = min == Math.Floor(min) && max == Math.Floor(max);
        List<double> levels = [];
        // A product, not a power: Math.Pow may differ in its last bit between machines.
        for (double level = min; level < max && levels.Count < MostRungs; level *= reduction)
        {
            double rounded = whole ? Math.Round(level) : level;
            if (rounded < max && (levels.Count == 0 || rounded > levels[^1])) levels.Add(rounded);
        }

        Levels = levels;
    }

    /// <summary>Levels of the rungs, ascending; at least one.</summary>
    public IReadOnlyList<double> Levels { get; }

    /// <summary>Full length.</summary>
    public double Max { get; }

    /// <summary>Ratio of neighbouring levels.</summary>
    public double Reduction { get; }

    /// <summary>The number that stands for full length where a rung's number is asked for: one above the last rung.</summary>
    public int Top => Levels.Count;

    /// <summary>Resource of a rung, or of full length.</summary>
    public double this[int rung] => rung == Top ? Max : Levels[rung];

    /// <summary>The highest rung whose level a step has reached; −1 below the first, and also from full length on, where nothing is compared.</summary>
    public int Reached(double step)
    {
        if (step >= Max) return -1;
        int rung = -1;
        while (rung + 1 < Top && Levels[rung + 1] <= step) rung++;
        return rung;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Levels.Append(Max).Select(l => l.ToString("R", CultureInfo.InvariantCulture)));
}
