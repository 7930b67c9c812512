using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Functions of one parameter from which its effects are made, none of them constant: each has mean 0 under the uniform measure. For an ordered
/// parameter the cosines √2 cos(πmx), orthonormal on [0, 1] and, at the middles of equal cells, on a finite domain; without order, the
/// centred indicators of the values. The kernel k(x, x') = Σ λ_m φ_m(x) φ_m(x') with Σ λ_m = 1 has mean 0 in each argument and
/// mean 1 on the diagonal: what the ANOVA kernels of Durrande, Ginsbourger, Roustant and Carraro, "ANOVA kernels and RKHS of zero mean functions for
/// model-based sensitivity analysis" (Journal of Multivariate Analysis 2013) are products of.
/// </summary>
internal sealed class EffectBasis
{
    /// <summary>The most cosines: six full waves.</summary>
    private const int MostCosines = 12;

    /// <summary>Points at which integrals over an interval are taken; exact for these cosines.</summary>
    private const int Points = 32;

    private readonly double[] _middles = [];

    public EffectBasis(Feature feature)
    {
        if (feature.Widths is { } widths)
        {
            IsOrdered = feature.Ordered;
            Weights = widths;
            Coordinates = [.. Enumerable.Range(0, widths.Length).Select(c => (double)c)];
            _middles = new double[widths.Length];
            double from = 0;
            for (int c = 0; c < widths.Length; from += widths[c++]) _middles[c] = from + widths[c] / 2;
            Count = IsOrdered ? Math.Min(MostCosines, widths.Length - 1) : widths.Length;
        }
        else
        {
            IsOrdered = true;
            Weights = [.. Enumerable.Repeat(1.0 / Points, Points)];
            Coordinates = [.. Enumerable.Range(0, Points).Select(i => (i + 0.5) / Points)];
            Count = MostCosines;
        }
    }

    /// <summary>The parameter's values have an order.</summary>
    public bool IsOrdered { get; }

    /// <summary>The number of functions.</summary>
    public int Count { get; }

    /// <summary>Coordinates (<see cref="Feature.Coordinate"/>) at which integrals are taken.</summary>
    public double[] Coordinates { get; }

    /// <summary>The measure of each of <see cref="Coordinates"/>; 1 in sum.</summary>
    public double[] Weights { get; }

    /// <summary>The functions at a coordinate; all 0 where the parameter is inactive (NaN), so that it has no effect there.</summary>
    public double[] Of(double coordinate)
    {
        var values = new double[Count];
        if (double.IsNaN(coordinate)) return values;
        for (int m = 0; m < Count; m++)
        {
            values[m] = IsOrdered ? Math.Sqrt(2) * Elementary.Cos(Math.PI * (m + 1) * (_middles.Length == 0 ? coordinate : _middles[(int)coordinate]))
                : (m == (int)coordinate ? 1 / Weights[m] : 0) - 1;
        }

        return values;
    }

    /// <summary>The weights λ: falling as m^(−decay) for cosines; for indicators such that all values are alike.</summary>
    public double[] Lambdas(double decay)
    {
        if (!IsOrdered) return [.. Weights.Select(w => w / (Count - 1))];
        double[] lambdas = [.. Enumerable.Range(1, Count).Select(m => Elementary.Exp(-decay * Elementary.Log(m)))];
        double sum = lambdas.Sum();
        return [.. lambdas.Select(l => l / sum)];
    }

    /// <summary>The derivatives of <see cref="Lambdas"/> with respect to the decay.</summary>
    public double[] Slopes(double[] lambdas)
    {
        double mean = 0;
        for (int m = 0; m < Count; m++) mean += lambdas[m] * Elementary.Log(m + 1);
        return [.. lambdas.Select((l, m) => l * (mean - Elementary.Log(m + 1)))];
    }
}
