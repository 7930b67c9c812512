namespace HyperCloud.Statistics;

/// <summary>What both kinds of models need.</summary>
internal static class Effects
{
    /// <summary>R² of the process above which no forest is grown to compare it with.</summary>
    private const double GoodEnough = 0.9;

    /// <summary>By how much a forest's R² has to be the larger one: between two models that are as good, the smooth one is less biased.</summary>
    private const double ForestMargin = 0.02;

    /// <summary>Fits the process, and the forest where that may be better; of both the one that predicts left-out trials better.</summary>
    public static (IEffects Best, ProcessEffects Process) Fit(FeatureSpace space, double[][] columns, double[] y, double[] weights, ulong seed, int trees)
    {
        var process = new ProcessEffects(space, columns, y, weights, seed);
        if (process.RSquared >= GoodEnough || trees == 0) return (process, process);
        var forest = new ForestEffects(space, columns, y, weights, seed, trees);
        return (forest.RSquared > process.RSquared + ForestMargin ? forest : process, process);
    }

    /// <summary>Values centred and scaled (by a power of two), so that no square overflows and none drowns in the mean: y · scale + center gives them back.</summary>
    public static (double[] Y, double Center, double Scale) Scaled(double[] values, double[] weights)
    {
        double largest = values.Max(Math.Abs), total = weights.Sum();
        double first = Math.ScaleB(1, Math.Clamp(Math.ILogB(largest == 0 ? 1 : largest), -1020, 1020));
        double center = values.Select((v, i) => v / first * (weights[i] / total)).Sum() * first;
        double spread = values.Max(v => Math.Abs(v / 2 - center / 2));
        double scale = Math.ScaleB(1, Math.Clamp(Math.ILogB(spread == 0 ? 1 : spread), -1020, 1020) + 1);
        return ([.. values.Select(v => v / scale - center / scale)], center, scale);
    }

    /// <summary>What is beyond both main effects.</summary>
    /// <param name="joint">Values by the first feature, then by the second.</param>
    /// <param name="first">Weights of the first's points, 1 in sum.</param>
    /// <param name="second">Of the second's.</param>
    public static double[][] Centred(double[][] joint, double[] first, double[] second)
    {
        double mean = 0;
        double[] rows = new double[first.Length], columns = new double[second.Length];
        for (int g = 0; g < first.Length; g++)
            for (int h = 0; h < second.Length; h++)
            {
                rows[g] += second[h] * joint[g][h];
                columns[h] += first[g] * joint[g][h];
                mean += first[g] * second[h] * joint[g][h];
            }

        return [.. joint.Select((row, g) => row.Select((v, h) => v - rows[g] - columns[h] + mean).ToArray())];
    }

    /// <summary>The variance of what is beyond both main effects.</summary>
    public static double Interaction(double[][] joint, double[] first, double[] second)
    {
        double[][] centred = Centred(joint, first, second);
        double variance = 0;
        for (int g = 0; g < first.Length; g++)
            for (int h = 0; h < second.Length; h++) variance += first[g] * second[h] * centred[g][h] * centred[g][h];
        return variance;
    }
}
