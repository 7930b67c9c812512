namespace HyperCloud.Core.Tests;

internal static class Ulps
{
    /// <summary>Distance in units of the last place of the expected value.</summary>
    public static double Between(double expected, double actual)
    {
        if (expected.Equals(actual) || expected == actual) return 0;
        if (!double.IsFinite(expected) || !double.IsFinite(actual)) return double.PositiveInfinity;
        return Math.Abs(actual - expected) / (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected));
    }

    public static void Within(double ulps, double expected, double actual, string what) =>
        Assert.True(Between(expected, actual) <= ulps, $"{what}: expected {expected:R}, got {actual:R}, {Between(expected, actual):G3} ulp");
}
