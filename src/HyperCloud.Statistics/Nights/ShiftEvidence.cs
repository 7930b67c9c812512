using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>A group of values by what a comparison of means needs.</summary>
/// <param name="Count">How many.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="Squares">The sum of their squares.</param>
internal readonly record struct Group(int Count, double Sum, double Squares)
{
    public static Group operator +(Group a, Group b) => new(a.Count + b.Count, a.Sum + b.Sum, a.Squares + b.Squares);

    /// <summary>The same values, each less by <paramref name="shift"/>.</summary>
    public Group Less(double shift) => new(Count, Sum - Count * shift, Squares - 2 * shift * Sum + Count * shift * shift);
}

/// <summary>
/// Evidence that the mean of later values differs from that of earlier ones, whatever both are and however much they vary: the likelihood ratio of
/// the two-sample t statistic, mixed over shifts of 0.3, 0.6 and 1.2 standard deviations in both directions. With Gaussian values and equal means it
/// is, as later values come in, a martingale that starts at 1, so that it stays below 1/α for ever with probability 1 − α (Pérez-Ortiz, Lardy, de Heide
/// and Grünwald, "E-statistics, group invariance and anytime-valid testing", Annals of Statistics 52, 2024); for other values by the central limit theorem.
/// </summary>
internal static class ShiftEvidence
{
    private static readonly (double Shift, double LogWeight)[] Mixture = [(0.3, Elementary.Log(0.25)), (0.6, Elementary.Log(0.15)), (1.2, Elementary.Log(0.1))];

    /// <summary>The evidence; 1 is none, ∞ when neither group varies and their means differ.</summary>
    /// <param name="earlier">The earlier values, at least one.</param>
    /// <param name="later">The later values, at least one.</param>
    public static double Of(Group earlier, Group later)
    {
        int degrees = earlier.Count + later.Count - 2;
        if (degrees < 1) return 1;
        double before = earlier.Sum / earlier.Count, after = later.Sum / later.Count;
        double within = earlier.Squares - earlier.Sum * before + (later.Squares - later.Sum * after);
        // What rounding leaves of the squares of equal values is no spread.
        if (!(within > 1e-13 * (earlier.Squares + later.Squares))) return Math.Abs(after - before) <= 1e-12 * (Math.Abs(after) + Math.Abs(before)) ? 1 : double.PositiveInfinity;
        double variance = 1.0 / earlier.Count + 1.0 / later.Count, error = Math.Sqrt(variance);
        double t = (after - before) / (Math.Sqrt(within / degrees) * error);
        double sum = 0;
        foreach ((double shift, double logWeight) in Mixture)
        {
            sum += Elementary.Exp(Math.Min(700, logWeight + LogRatio(shift / error, t, degrees)));
            sum += Elementary.Exp(Math.Min(700, logWeight + LogRatio(-shift / error, t, degrees)));
        }

        return sum;
    }

    /// <summary>
    /// Logarithm of the noncentral over the central density of Student's t: −η²/2 + log E exp(η y X), where X is χ with ν + 1 degrees of freedom and
    /// y = t / √(ν + t²) (Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2, chapter 31).
    /// </summary>
    /// <param name="eta">Noncentrality.</param>
    /// <param name="t">The statistic.</param>
    /// <param name="degrees">Degrees of freedom, at least 1.</param>
    internal static double LogRatio(double eta, double t, int degrees)
    {
        double c = eta * (t / Math.Sqrt(degrees + t * t));
        // The integrand x^ν exp(−x²/2 + c x) has one peak, of about Gaussian form: two points to its deviation are
        // enough for the trapezoidal rule (error below 1e-6 from 5 degrees of freedom on, and e^−79 in the Gaussian limit).
        double peak = (c + Math.Sqrt(c * c + 4.0 * degrees)) / 2, width = 1 / Math.Sqrt(1 + degrees / (peak * peak)), step = width / 2;
        double height = Exponent(peak), sum = 0;
        for (int i = -16; i <= 16; i++)
            if (peak + i * step is > 0 and var x) sum += Elementary.Exp(Exponent(x) - height);
        double whole = (degrees - 1) / 2.0 * Elementary.Log(2) + SpecialFunctions.LogGamma((degrees + 1) / 2.0);
        return height + Elementary.Log(sum * step) - whole - eta * eta / 2;

        double Exponent(double x) => degrees * Elementary.Log(x) - x * x / 2 + c * x;
    }
}
