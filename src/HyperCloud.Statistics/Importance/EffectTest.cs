using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Whether a parameter is separated from chance: a conditional randomisation test (Candès, Fan, Janson and Lv, "Panning for gold", 2018). What the
/// other parameters explain is taken away first, by the fitted process without the parameter (distillation: Liu, Katsevich, Janson and Ramdas,
/// "Fast and powerful conditional randomization testing via distillation", 2022), or a parameter that search moved together with one that matters
/// would borrow its effect. Then its values are exchanged among trials, and the score of its amplitude at 0 is compared: whether
/// trials alike in it (and in others, where these matter) have alike remainders (a variance component test as in Lin, "Variance component testing in
/// generalised linear models with random effects", 1997). Main effects and interactions both count. A model-based search drifts, so values are
/// exchanged only among a dozen trials that stand next to each other. Permutations end early once it is clear that nothing will be shown (Besag
/// and Clifford, "Sequential Monte Carlo p-values", 1991), which changes no verdict.
/// </summary>
internal static class EffectTest
{
    private const int BlockLength = 12, EnoughExceedances = 5;

    /// <summary>The p-value of a feature.</summary>
    /// <param name="process">The fitted process, trials by number.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="seed">The sweep's seed.</param>
    /// <param name="permutations">Most permutations.</param>
    /// <param name="level">The level that verdicts will use.</param>
    public static double PValue(EffectProcess process, int feature, ulong seed, int permutations, double level)
    {
        // Where the others explain everything, nothing is left for this one.
        if (process.Score(feature) is not var (pairs, kernel)) return 1;
        int[] active = [.. Enumerable.Range(0, process.Count).Where(i => !double.IsNaN(process.Columns[feature][i]))], shuffled = [.. active];
        double observed = Statistic();
        int exceedances = 0;
        for (int k = 0; k < permutations; k++)
        {
            var random = new RandomStream(seed, StreamPurpose.Importance, (1UL << 40) + ((ulong)feature << 20) + (ulong)k);
            active.CopyTo(shuffled, 0);
            for (int from = 0; from < active.Length;)
            {
                // A short rest joins the last block.
                int length = active.Length - from < 2 * BlockLength ? active.Length - from : BlockLength;
                random.Shuffle(shuffled.AsSpan(from, length));
                from += length;
            }

            if (Statistic() >= observed) exceedances++;
            if (exceedances == EnoughExceedances && EnoughExceedances / (k + 1.0) > level) return EnoughExceedances / (k + 1.0);
        }

        return (exceedances + 1.0) / (permutations + 1);

        double Statistic()
        {
            double sum = 0;
            for (int i = 1; i < active.Length; i++)
            {
                double[] row = pairs[active[i]], alike = kernel[shuffled[i]];
                for (int j = 0; j < i; j++) sum += row[active[j]] * alike[shuffled[j]];
            }

            return sum;
        }
    }
}
