namespace HyperCloud.Statistics.Tests;

/// <summary>Comparison of doubles by relative error.</summary>
internal static class Approximately
{
    public static void Equal(double expected, double? actual, double relative = 1e-12)
    {
        Assert.NotNull(actual);
        Assert.True(Math.Abs(actual.Value - expected) <= relative * Math.Abs(expected), $"expected {expected:R}, got {actual:R}");
    }
}
