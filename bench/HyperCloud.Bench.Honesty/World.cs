using HyperCloud.Core;

namespace HyperCloud.Bench.Honesty;

/// <summary>Trials with known truth: what a run gives, as a loss, and which trial is best.</summary>
internal sealed class World
{
    /// <summary>Losses by trial and seed; +∞ for a failed run.</summary>
    public required double[][] Losses { get; init; }

    /// <summary>The best trial.</summary>
    public required int Best { get; init; }

    public int Trials => Losses.Length;

    /// <summary>Trials whose true means are standard normal, with noise of this sd, of which seeds share a part.</summary>
    public static World Normal(ulong key, int trials, int seeds, double noise, double shared)
    {
        var random = new RandomStream(key, StreamPurpose.Run);
        double[] means = [.. Enumerable.Range(0, trials).Select(_ => random.NextNormal())];
        double[] common = [.. Enumerable.Range(0, seeds).Select(_ => Math.Sqrt(shared) * random.NextNormal())];
        return new World
        {
            Losses = [.. means.Select(m => common.Select(c => m + noise * (c + Math.Sqrt(1 - shared) * random.NextNormal())).ToArray())],
            Best = Array.IndexOf(means, means.Min()),
        };
    }

    /// <summary>Independent trials, each with its own law; the best one stands at a place of its own each time.</summary>
    public static World Laws(ulong key, int trials, int seeds, Func<RandomStream, double> best, Func<RandomStream, double> other)
    {
        var random = new RandomStream(key, StreamPurpose.Run);
        int place = random.NextInt(trials);
        return new World
        {
            Losses = [.. Enumerable.Range(0, trials).Select(t => Enumerable.Range(0, seeds).Select(_ => (t == place ? best : other)(random)).ToArray())],
            Best = place,
        };
    }
}
