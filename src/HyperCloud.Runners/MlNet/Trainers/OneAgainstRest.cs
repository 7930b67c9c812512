namespace HyperCloud.Runners;

/// <summary>Makes a trainer of two classes one of several: a model a class against the rest, the probabilities scaled to sum to one.</summary>
internal static class OneAgainstRest
{
    /// <summary>Predictions of all classes, stage by stage, row after row.</summary>
    /// <param name="fit">The fit of several classes.</param>
    /// <param name="binary">The stages of the model that tells one class from the rest.</param>
    /// <param name="cancellation">Checked before every model.</param>
    public static IEnumerable<double[]> Predict(Fit fit, Func<int, IEnumerable<double[]>> binary, CancellationToken cancellation)
    {
        var models = new List<IEnumerator<double[]>>();
        for (int c = 0; c < fit.Classes; c++)
        {
            cancellation.ThrowIfCancellationRequested();
            models.Add(binary(c).GetEnumerator());
        }

        var result = new double[fit.Measured.Rows * fit.Classes];
        while (models.All(m => m.MoveNext()))
        {
            for (int r = 0; r < fit.Measured.Rows; r++)
            {
                double sum = models.Sum(m => m.Current[r]);
                for (int c = 0; c < fit.Classes; c++) result[r * fit.Classes + c] = sum > 0 ? models[c].Current[r] / sum : 1.0 / fit.Classes;
            }

            yield return result;
        }
    }
}
