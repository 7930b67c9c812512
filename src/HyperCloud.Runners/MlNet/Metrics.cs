using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// What predictions are worth. Binary: <c>logloss auc accuracy f1</c>; multiclass: <c>logloss accuracy</c>; regression: <c>rmse mae r2</c>.
/// </summary>
internal static class Metrics
{
    private const double Least = 1e-15; // Probabilities are kept this far from 0 and 1, so that one wrong certainty is not infinitely bad.

    /// <summary>The metrics of a task.</summary>
    public static IReadOnlyList<string> Names(LearningTask task) => task switch
    {
        LearningTask.Binary => ["logloss", "auc", "accuracy", "f1"],
        LearningTask.Multiclass => ["logloss", "accuracy"],
        _ => ["rmse", "mae", "r2"],
    };

    /// <summary>Whether larger is better.</summary>
    public static bool IsMaximised(string metric) => metric is "auc" or "accuracy" or "f1" or "r2";

    /// <summary>Measures predictions.</summary>
    /// <param name="task">What is learned.</param>
    /// <param name="target">Class indices or numbers.</param>
    /// <param name="predictions">Binary: probability of class 1; multiclass: one probability a class, row after row; regression: numbers.</param>
    /// <param name="classes">How many classes.</param>
    public static SortedDictionary<string, double> Of(LearningTask task, ReadOnlySpan<double> target, ReadOnlySpan<double> predictions, int classes) =>
        task switch
        {
            LearningTask.Binary => Binary(target, predictions),
            LearningTask.Multiclass => Multiclass(target, predictions, classes),
            _ => Regression(target, predictions),
        };

    private static SortedDictionary<string, double> Binary(ReadOnlySpan<double> target, ReadOnlySpan<double> p)
    {
        double loss = 0;
        int right = 0, truePositive = 0, wrong = 0;
        for (int i = 0; i < target.Length; i++)
        {
            bool positive = target[i] == 1, said = p[i] > 0.5;
            loss -= Elementary.Log(Math.Clamp(positive ? p[i] : 1 - p[i], Least, 1));
            if (positive == said) right++;
            else wrong++;
            if (positive && said) truePositive++;
        }

        return new(StringComparer.Ordinal)
        {
            ["logloss"] = loss / target.Length,
            ["auc"] = Auc(target, p),
            ["accuracy"] = (double)right / target.Length,
            // 2 TP / (2 TP + FP + FN); 0 when there is nothing to find and nothing was said.
            ["f1"] = truePositive == 0 ? 0 : 2.0 * truePositive / (2 * truePositive + wrong),
        };
    }

    /// <summary>
    /// The area under the ROC curve as the rank-sum statistic with mid-ranks for ties (Hanley and McNeil, Radiology 143, 1982); NaN when one
    /// class is absent.
    /// </summary>
    private static double Auc(ReadOnlySpan<double> target, ReadOnlySpan<double> p)
    {
        double[] keys = p.ToArray();
        double[] labels = target.ToArray();
        Array.Sort(keys, labels);
        double ranks = 0, positives = 0;
        for (int i = 0; i < keys.Length;)
        {
            int end = i;
            while (end < keys.Length && keys[end] == keys[i]) end++;
            for (int j = i; j < end; j++)
            {
                if (labels[j] != 1) continue;
                positives++;
                ranks += (i + 1 + end) / 2.0;
            }

            if (end == i) return double.NaN; // NaN is not equal to itself.
            i = end;
        }

        double negatives = keys.Length - positives;
        return positives == 0 || negatives == 0 ? double.NaN : (ranks - positives * (positives + 1) / 2) / (positives * negatives);
    }

    private static SortedDictionary<string, double> Multiclass(ReadOnlySpan<double> target, ReadOnlySpan<double> p, int classes)
    {
        double loss = 0;
        int right = 0;
        for (int i = 0; i < target.Length; i++)
        {
            ReadOnlySpan<double> row = p.Slice(i * classes, classes);
            int best = 0;
            for (int c = 1; c < classes; c++)
                if (row[c] > row[best]) best = c;
            if (best == (int)target[i]) right++;
            loss -= Elementary.Log(Math.Clamp(row[(int)target[i]], Least, 1));
        }

        return new(StringComparer.Ordinal) { ["logloss"] = loss / target.Length, ["accuracy"] = (double)right / target.Length };
    }

    private static SortedDictionary<string, double> Regression(ReadOnlySpan<double> target, ReadOnlySpan<double> predicted)
    {
        double squares = 0, absolute = 0, sum = 0, total = 0;
        foreach (double t in target) sum += t;
        double mean = sum / target.Length;
        for (int i = 0; i < target.Length; i++)
        {
            double error = target[i] - predicted[i];
            squares += error * error;
            absolute += Math.Abs(error);
            total += (target[i] - mean) * (target[i] - mean);
        }

        return new(StringComparer.Ordinal)
        {
            ["rmse"] = Math.Sqrt(squares / target.Length),
            ["mae"] = absolute / target.Length,
            ["r2"] = total > 0 ? 1 - squares / total : double.NaN,
        };
    }
}
