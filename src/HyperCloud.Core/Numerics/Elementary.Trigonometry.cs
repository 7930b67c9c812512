using System.Numerics;

namespace HyperCloud.Core;

public static partial class Elementary
{
    // π/2 in three parts of 33 bits (the last 53), so that k times the first two is exact for |k| < 2²⁰ (Cody and Waite, 1980).
    private const double HalfPi1 = 1.57079632673412561417e+00, HalfPi2 = 6.07710050630396597660e-11, HalfPi3 = 2.02226624879595063154e-21;
    private const double TwoPi = 6.283185307179586476925;

    private const int PiBits = 1216; // 1023 bits of exponent, 53 of mantissa, and room for a result next to a multiple of π/2
    private static readonly Lazy<BigInteger> HalfPi = new(MachinHalfPi);

    /// <summary>sin x, x in radians; within 2 ulp. NaN for infinities.</summary>
    public static double Sin(double x)
    {
        if (!double.IsFinite(x)) return double.NaN;
        (int quadrant, double r, double low) = Reduce(x);
        return Quadrant(quadrant, r, low);
    }

    /// <summary>cos x, x in radians; within 2 ulp. NaN for infinities.</summary>
    public static double Cos(double x)
    {
        if (!double.IsFinite(x)) return double.NaN;
        (int quadrant, double r, double low) = Reduce(x);
        return Quadrant(quadrant + 1, r, low);
    }

    /// <summary>sin 2πu, u in turns; within 2 ulp of the sine of the exact angle, exactly 0, ±1 at multiples of a quarter.</summary>
    public static double SinTurns(double u) => Turns(u, 0);

    /// <summary>cos 2πu, u in turns; within 2 ulp of the cosine of the exact angle, exactly 0, ±1 at multiples of a quarter.</summary>
    public static double CosTurns(double u) => Turns(u, 1);

    private static double Turns(double u, int shift)
    {
        if (!double.IsFinite(u)) return double.NaN;
        u = Math.IEEERemainder(u, 1); // exact
        double k = Math.Round(u * 4, MidpointRounding.ToEven), r = u - k / 4;
        double angle = r * TwoPi;
        return Quadrant((int)k + shift, angle, ProductError(r, TwoPi, angle) + r * 2.4492935982947064e-16);
    }

    private static double Quadrant(int quadrant, double r, double low) => (quadrant & 3) switch
    {
        0 => SinKernel(r, low),
        1 => CosKernel(r, low),
        2 => -SinKernel(r, low),
        _ => -CosKernel(r, low),
    };

    // sin(r + low) on |r| ≤ π/4: the minimax polynomial of fdlibm's k_sin (Sun Microsystems, 1993).
    private static double SinKernel(double r, double low)
    {
        if (r == 0) return r;
        double z = r * r, v = z * r;
        double p = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * (2.75573137070700676789e-06
            + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
        return r - (z * (0.5 * low - v * p) - low - v * -1.66666666666666324348e-01);
    }

    // cos(r + low) on |r| ≤ π/4: the minimax polynomial of fdlibm's k_cos.
    private static double CosKernel(double r, double low)
    {
        double z = r * r;
        double p = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05
            + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
        double half = 0.5 * z, w = 1 - half;
        return w + (1 - w - half + (z * p - r * low));
    }

    // x = quadrant · π/2 + r + low with |r| ≤ π/4 (a little more near the border).
    private static (int Quadrant, double R, double Low) Reduce(double x)
    {
        if (Math.Abs(x) <= 0.78539816339744830962) return (0, x, 0);
        if (Math.Abs(x) > 1e5) return ReduceLarge(x);
        double k = Math.Round(x * 0.63661977236758134308, MidpointRounding.ToEven);
        (double a, double aLow) = Sum(x - k * HalfPi1, -(k * HalfPi2));
        (double b, double bLow) = Sum(a, aLow - k * HalfPi3);
        return ((int)k, b, bLow);
    }

    // The exact remainder in integers: x is a whole number of 2^-PiBits, and so is π/2 to that many bits.
    private static (int Quadrant, double R, double Low) ReduceLarge(double x)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(x));
        int exponent = (int)(bits >> 52) - 1075;
        // More bits of π than the exponent needs do no harm; x itself has no bits below 2^-40 here, as it exceeds 1e5.
        BigInteger scaled = (BigInteger)((bits & 0x000FFFFFFFFFFFFFL) | 0x0010000000000000L) << (exponent + PiBits);
        BigInteger k = (2 * scaled + HalfPi.Value) / (2 * HalfPi.Value), r = scaled - k * HalfPi.Value;
        double high = ToDouble(r), low = ToDouble(r - FromDouble(high));
        int quadrant = (int)(k & 3);
        return x < 0 ? (-quadrant, -high, -low) : (quadrant, high, low);
    }

    private static double ToDouble(BigInteger fixedPoint)
    {
        int shift = Math.Max(0, (int)fixedPoint.GetBitLength() - 53);
        double mantissa = (double)(fixedPoint >> shift);
        int power = shift - PiBits;
        return power < -1000 ? mantissa * Scale(1, -600) * Scale(1, power + 600) : Scale(mantissa, power);
    }

    private static BigInteger FromDouble(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        int shift = (int)(bits >> 52) - 1075 + PiBits;
        if (bits >> 52 == 0) return BigInteger.Zero;
        BigInteger m = (bits & 0x000FFFFFFFFFFFFFL) | 0x0010000000000000L;
        m = shift >= 0 ? m << shift : m >> -shift;
        return value < 0 ? -m : m;
    }

    // π/4 = 4 arctan(1/5) − arctan(1/239) (Machin, 1706), in fixed point with 32 guard bits.
    private static BigInteger MachinHalfPi()
    {
        BigInteger one = BigInteger.One << (PiBits + 32);
        return (2 * (4 * ArcTan(5) - ArcTan(239))) >> 32;

        BigInteger ArcTan(int inverse)
        {
            BigInteger power = one / inverse, sum = power;
            for (int n = 3, sign = -1; !power.IsZero; n += 2, sign = -sign)
            {
                power /= inverse * inverse;
                sum += sign * (power / n);
            }

            return sum;
        }
    }
}
