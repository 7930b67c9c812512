namespace HyperCloud.Core;

/// <summary>
/// Elementary functions in managed code. <see cref="Math"/> calls the C library of the machine, whose last bits differ between systems;
/// where a result steers a decision that must replay bit for bit elsewhere, these are used instead (SEMANTICS §2). Only +, −, ×, ÷, square
/// root and bit operations are used, which IEEE 754 fixes exactly, and the .NET JIT does not contract them to fused operations.
/// </summary>
public static partial class Elementary
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double Ln2Rest = 1.1612227229362532e-26; // log 2 − Ln2High − Ln2Low

    /// <summary>e to the power x; within 1 ulp. Overflows to +∞, underflows to 0.</summary>
    /// <remarks>Argument reduction by ln 2 and the rational approximation of fdlibm's <c>e_exp</c> (Sun Microsystems, 1993).</remarks>
    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709.782712893383973096) return double.PositiveInfinity;
        if (x < -745.13321910194110842) return 0;
        double k = Math.Round(x * 1.44269504088896338700, MidpointRounding.ToEven);
        double high = x - k * Ln2High, low = k * Ln2Low, r = high - low, t = r * r;
        double c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03 + t * (6.61375632143793436117e-05
            + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
        double y = 1 - (low - r * c / (2 - c) - high);
        return Scale(y, (int)k);
    }

    /// <summary>Natural logarithm; within 1 ulp. NaN below 0, −∞ at 0.</summary>
    /// <remarks>The reduction and polynomial of fdlibm's <c>e_log</c> (Sun Microsystems, 1993).</remarks>
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0) return double.NaN;
        if (x == 0) return double.NegativeInfinity;
        if (double.IsPositiveInfinity(x)) return x;
        (int k, double m) = Split(x);
        double f = m - 1, s = f / (2 + f), z = s * s, w = z * z;
        double t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
        double t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
        double half = 0.5 * f * f, r = t2 + t1;
        return k * Ln2High - (half - (s * (half + r) + k * Ln2Low) - f);
    }

    /// <summary>x to the power y for x ≥ 0; within 2 ulp. NaN for x below 0. x⁰ and 1ʸ are 1.</summary>
    /// <remarks>exp(y · log x) with log x and the product in double-double precision, so that a large exponent does not magnify the rounding.</remarks>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1) return 1;
        if (double.IsNaN(x) || double.IsNaN(y) || x < 0) return double.NaN;
        if (x == 0 || double.IsPositiveInfinity(x) || double.IsInfinity(y)) return x > 1 == y > 0 ? double.PositiveInfinity : 0;
        (double high, double low) = LogDouble(x);
        double p = y * high;
        if (p > 710) return double.PositiveInfinity;
        if (p < -746) return 0;
        double e = ProductError(y, high, p) + y * low, sum = p + e, rest = e - (sum - p);
        double result = Exp(sum);
        return double.IsFinite(result) ? result + result * rest : result;
    }

    /// <summary>log(1 + x); within 3 ulp also near 0. NaN below −1, −∞ at −1.</summary>
    /// <remarks>Kahan's correction of log(fl(1 + x)) by the part of x that the sum lost (HP-15C Advanced Functions Handbook, 1982).</remarks>
    public static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsPositiveInfinity(u) || u <= 0 ? Log(u) : Log(u) * (x / (u - 1));
    }

    /// <summary>exp(x) − 1; within 4 ulp also near 0.</summary>
    /// <remarks>Kahan's correction of fl(exp x) − 1 by its own logarithm, as for <see cref="Log1p"/>.</remarks>
    public static double Expm1(double x)
    {
        if (double.IsNaN(x)) return x;
        double u = Exp(x);
        if (u == 1) return x;
        double less = u - 1;
        return x > 2 || less == -1 ? less : less * (x / Log(u));
    }

    // x = m · 2^k with m in (√½, √2], for x > 0 and finite.
    private static (int K, double M) Split(double x)
    {
        int k = 0;
        if (x < 2.2250738585072014E-308)
        {
            x *= 18014398509481984.0; // 2^54: out of the subnormals
            k = -54;
        }

        long bits = BitConverter.DoubleToInt64Bits(x);
        k += (int)(bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0x000FFFFFFFFFFFFFL) | 0x3FF0000000000000L);
        if (m > 1.41421356237309504880)
        {
            m *= 0.5;
            k++;
        }

        return (k, m);
    }

    // log x as an unevaluated sum with about 66 correct bits: 2 artanh(s) with s = (m − 1) / (m + 1), whose first terms are kept double-double.
    private static (double High, double Low) LogDouble(double x)
    {
        (int k, double m) = Split(x);
        double n = m - 1, d = m + 1, dLow = m - (d - 1), s = n / d, q = s * d;
        double sLow = (n - q - ProductError(s, d, q) - s * dLow) / d;
        double z = s * s, zLow = ProductError(s, s, z) + 2 * s * sLow;
        double third = z / 3, t = third * 3, thirdLow = (z - t - ProductError(third, 3, t) + zLow) / 3;
        double tail = 0;
        for (int i = 23; i >= 5; i -= 2) tail = z * tail + 1.0 / i;
        tail = z * z * tail;

        // log m = 2s + 2s · (z/3 + tail)
        double a = third + tail, aLow = tail - (a - third) + thirdLow;
        double b = s * a, bLow = ProductError(s, a, b) + s * aLow + sLow * a;
        double c = s + b, cLow = b - (c - s) + bLow + sLow;
        double high = k * Ln2High, low = k * Ln2Low, lowLow = ProductError(k, Ln2Low, low) + k * Ln2Rest;
        (double sum, double error) = Sum(high, 2 * c);
        (sum, double error2) = Sum(sum, low);
        double rest = error + error2 + 2 * cLow + lowLow, total = sum + rest;
        return (total, rest - (total - sum));
    }

    private static (double Sum, double Error) Sum(double a, double b)
    {
        double s = a + b, t = s - a;
        return (s, a - (s - t) + (b - t));
    }

    // a·b − p exactly, where p is the rounded product (Dekker, "A floating-point technique for extending the available precision", 1971).
    private static double ProductError(double a, double b, double p)
    {
        double ca = a * 134217729.0, cb = b * 134217729.0;
        double ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;
        return ah * bh - p + ah * bl + al * bh + al * bl;
    }

    private static double Scale(double y, int k)
    {
        if (k is > -1022 and < 1023) return y * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
        int half = k / 2;
        return y * BitConverter.Int64BitsToDouble((long)(half + 1023) << 52) * BitConverter.Int64BitsToDouble((long)(k - half + 1023) << 52);
    }
}
