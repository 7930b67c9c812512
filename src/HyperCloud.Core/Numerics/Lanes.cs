using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace HyperCloud.Core;

/// <summary>
/// Loops over doubles in four fixed lanes. <see cref="Vector256{T}"/> has four lanes on every machine (two halves or scalars where the
/// hardware is narrower), multiplication and addition are never fused, and sums are added up in one fixed order: the same bits everywhere.
/// </summary>
internal static class Lanes
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>Σ aᵢ bᵢ over the length of <paramref name="a"/>.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ref double x = ref MemoryMarshal.GetReference(a), y = ref MemoryMarshal.GetReference(b[..a.Length]);
        Vector256<double> s0 = default, s1 = default;
        int i = 0;
        for (; i <= a.Length - 8; i += 8)
        {
            s0 += Vector256.LoadUnsafe(ref x, (nuint)i) * Vector256.LoadUnsafe(ref y, (nuint)i);
            s1 += Vector256.LoadUnsafe(ref x, (nuint)i + 4) * Vector256.LoadUnsafe(ref y, (nuint)i + 4);
        }

        double rest = 0;
        for (; i < a.Length; i++) rest += a[i] * b[i];
        s0 += s1;
        return s0[0] + s0[2] + (s0[1] + s0[3]) + rest;
    }

    /// <summary>y += f · x over the length of <paramref name="x"/>.</summary>
    public static void AddScaled(Span<double> y, double f, ReadOnlySpan<double> x)
    {
        ref double from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector256<double> factor = Vector256.Create(f);
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
            (Vector256.LoadUnsafe(ref to, (nuint)i) + factor * Vector256.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        for (; i < x.Length; i++) y[i] += f * x[i];
    }

    /// <summary>y · x, entry by entry, into y, over the length of <paramref name="x"/>.</summary>
    public static void Multiply(Span<double> y, ReadOnlySpan<double> x)
    {
        ref double from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y[..x.Length]);
        int i = 0;
        for (; i <= x.Length - 4; i += 4) (Vector256.LoadUnsafe(ref to, (nuint)i) * Vector256.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        for (; i < x.Length; i++) y[i] *= x[i];
    }

    /// <summary>y += f · (x − c)² over the length of <paramref name="x"/>.</summary>
    public static void AddSquares(Span<double> y, double f, ReadOnlySpan<double> x, double c)
    {
        ref double from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y[..x.Length]);
        Vector256<double> factor = Vector256.Create(f), centre = Vector256.Create(c);
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            Vector256<double> d = Vector256.LoadUnsafe(ref from, (nuint)i) - centre;
            (Vector256.LoadUnsafe(ref to, (nuint)i) + factor * (d * d)).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < x.Length; i++) y[i] += f * ((x[i] - c) * (x[i] - c));
    }

    /// <summary>y += c − p · (at − x)² over the length of <paramref name="x"/>: log normal densities at one point, by centre.</summary>
    public static void AddLogNormals(Span<double> y, ReadOnlySpan<double> c, ReadOnlySpan<double> p, ReadOnlySpan<double> x, double at)
    {
        ref double to = ref MemoryMarshal.GetReference(y[..x.Length]), constant = ref MemoryMarshal.GetReference(c[..x.Length]);
        ref double precision = ref MemoryMarshal.GetReference(p[..x.Length]), centre = ref MemoryMarshal.GetReference(x);
        Vector256<double> point = Vector256.Create(at);
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            Vector256<double> d = point - Vector256.LoadUnsafe(ref centre, (nuint)i);
            Vector256<double> log = Vector256.LoadUnsafe(ref constant, (nuint)i) - Vector256.LoadUnsafe(ref precision, (nuint)i) * (d * d);
            (Vector256.LoadUnsafe(ref to, (nuint)i) + log).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < x.Length; i++) y[i] += c[i] - p[i] * ((at - x[i]) * (at - x[i]));
    }

    /// <summary>log Σ e^xᵢ.</summary>
    public static double LogSumExp(ReadOnlySpan<double> x)
    {
        double max = double.NegativeInfinity, rest = 0;
        foreach (double v in x) max = Math.Max(max, v);
        ref double from = ref MemoryMarshal.GetReference(x);
        Vector256<double> sum = default, shift = Vector256.Create(max);
        int i = 0;
        for (; i <= x.Length - 4; i += 4) sum += Exp(Vector256.LoadUnsafe(ref from, (nuint)i) - shift);
        for (; i < x.Length; i++) rest += Elementary.Exp(x[i] - max);
        return max + Elementary.Log(sum[0] + sum[2] + (sum[1] + sum[3]) + rest);
    }

    /// <summary>
    /// The Matérn 5/2 correlation of squared scaled distances, (1 + √5 r + 5/3 r²) e^(−√5 r), and its derivative with respect to r²,
    /// −5/6 (1 + √5 r) e^(−√5 r) (Rasmussen and Williams, 2006, equation 4.17).
    /// </summary>
    /// <param name="squared">r², in place replaced by the correlation.</param>
    /// <param name="slope">The derivative.</param>
    public static void Matern52(Span<double> squared, Span<double> slope)
    {
        ref double x = ref MemoryMarshal.GetReference(squared), s = ref MemoryMarshal.GetReference(slope[..squared.Length]);
        int i = 0;
        for (; i <= squared.Length - 4; i += 4)
        {
            (Vector256<double> k, Vector256<double> d) = Matern52(Vector256.LoadUnsafe(ref x, (nuint)i));
            k.StoreUnsafe(ref x, (nuint)i);
            d.StoreUnsafe(ref s, (nuint)i);
        }

        for (; i < squared.Length; i++)
        {
            (Vector256<double> k, Vector256<double> d) = Matern52(Vector256.Create(squared[i]));
            (squared[i], slope[i]) = (k[0], d[0]);
        }
    }

    private static (Vector256<double> K, Vector256<double> Slope) Matern52(Vector256<double> squared)
    {
        Vector256<double> r = Vector256.Sqrt(squared * Vector256.Create(5.0));
        Vector256<double> e = Exp(-r), linear = Vector256<double>.One + r;
        return ((linear + squared * Vector256.Create(5.0 / 3)) * e, linear * e * Vector256.Create(-5.0 / 6));
    }

    /// <summary>e to the power of each lane, for arguments up to 700; those below −700 are taken as −700. As <see cref="Elementary.Exp"/>.</summary>
    public static Vector256<double> Exp(Vector256<double> x)
    {
        const double Magic = 6755399441055744.0; // 1.5 · 2^52: adding it rounds to a whole number and leaves that in the low bits
        x = Vector256.Max(x, Vector256.Create(-700.0));
        Vector256<double> shifted = x * Vector256.Create(1.44269504088896338700) + Vector256.Create(Magic), k = shifted - Vector256.Create(Magic);
        Vector256<double> high = x - k * Vector256.Create(Ln2High), low = k * Vector256.Create(Ln2Low), r = high - low, t = r * r;
        Vector256<double> p = Vector256.Create(4.13813679705723846039e-08);
        p = p * t + Vector256.Create(-1.65339022054652515390e-06);
        p = p * t + Vector256.Create(6.61375632143793436117e-05);
        p = p * t + Vector256.Create(-2.77777777770155933842e-03);
        p = p * t + Vector256.Create(1.66666666666666019037e-01);
        Vector256<double> c = r - t * p;
        Vector256<double> y = Vector256<double>.One - (low - r * c / (Vector256.Create(2.0) - c) - high);
        return y * (Vector256.ShiftLeft(shifted.AsInt64(), 52) + Vector256.Create(1.0).AsInt64()).AsDouble();
    }
}
