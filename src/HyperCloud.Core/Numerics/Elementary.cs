namespace HyperCloud.Core;

/// <summary>
/// Elementary functions in managed code. <see cref="Math"/> calls the C library of the machine, whose last bits differ between systems;
/// where a result steers a decision that must replay bit for bit elsewhere, these are used instead (SEMANTICS §2). Only +, −, ×, ÷, square
/// root and bit operations are used, which IEEE 754 fixes exactly, and the .NET JIT does not contract them to fused operations.
/// </summary>
public static class Elementary
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

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

        double f = m - 1, s = f / (2 + f), z = s * s, w = z * z;
        double t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
        double t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
        double half = 0.5 * f * f, r = t2 + t1;
        return k * Ln2High - (half - (s * (half + r) + k * Ln2Low) - f);
    }

    /// <summary>x to the power y for x ≥ 0, as exp(y · log x).</summary>
    public static double Pow(double x, double y) => y == 0 ? 1 : x == 0 ? (y > 0 ? 0 : double.PositiveInfinity) : Exp(y * Log(x));

    private static double Scale(double y, int k)
    {
        if (k is > -1022 and < 1023) return y * BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
        int half = k / 2;
        return y * BitConverter.Int64BitsToDouble((long)(half + 1023) << 52) * BitConverter.Int64BitsToDouble((long)(k - half + 1023) << 52);
    }
}
