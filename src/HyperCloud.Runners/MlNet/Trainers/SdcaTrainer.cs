using HyperCloud.Core;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace HyperCloud.Runners;

/// <summary>
/// Linear models with L1 and L2 penalties by ML.NET's stochastic dual coordinate ascent (Shalev-Shwartz and Zhang, JMLR 14, 2013): logistic
/// regression and least squares (LASSO, ridge, elastic net). Features, and the target of a regression, are standardised on the training rows,
/// so that one penalty fits all. One report a fit: the passes over the data cannot be watched from outside.
/// </summary>
/// <remarks>
/// Minimised is mean loss + l1 · |w|₁ + l2/2 · ‖w‖², the loss being the squared error or −log likelihood. (ML.NET's own L1 option is the ratio
/// l1 / l2, and what is not given it chooses by the size of the data; here both are always given.) Several classes are learned one against
/// the rest: ML.NET 5.0.1's own maximum-entropy variant finds models far from the optimum (compared with scikit-learn on standardised iris it
/// confuses two classes). The defaults of <c>max_iterations</c> and <c>tolerance</c> reach the optimum of small data down to l2 ≈ 0.001; below
/// that the passes end before it, and what looks like an effect of l2 is one of stopping early.
/// </remarks>
internal sealed class SdcaTrainer : ITrainer
{
    /// <inheritdoc/>
    public string Name => "sdca";

    /// <inheritdoc/>
    public FeatureStyle Style => FeatureStyle.Standardised;

    /// <inheritdoc/>
    public IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
    [
        Hyperparameter.Number("l1", 0, 0, 1e9),
        Hyperparameter.Number("l2", 1e-3, 1e-9, 1e9),
        Hyperparameter.Integer("max_iterations", 1000, 1, 1_000_000),
        Hyperparameter.Number("tolerance", 1e-3, 0, 1, aboveMin: true),
        Hyperparameter.Number("bias_learning_rate", 1, 0, 100),
    ];

    /// <inheritdoc/>
    public bool Supports(LearningTask task) => true;

    /// <inheritdoc/>
    public string? Missing() => null;

    /// <inheritdoc/>
    public bool IsStaged(HyperparameterValues values) => false;

    /// <inheritdoc/>
    public IEnumerable<double[]> Predict(Fit fit, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        yield return fit.Task switch
        {
            LearningTask.Binary => Binary(fit, 1),
            LearningTask.Multiclass => OneAgainstRest.Predict(fit, c => [Binary(fit, c)], cancellation).Single(),
            _ => Regression(fit),
        };
    }

    private static double[] Binary(Fit fit, int positive)
    {
        var context = new MLContext(fit.Seed);
        var model = context.BinaryClassification.Trainers.SdcaLogisticRegression(LogisticOptions(fit.Values))
            .Fit(MlNetData.Booleans(context, fit.Train, fit.Target, positive)).Model;
        double slope = model.Calibrator.Slope, offset = model.Calibrator.Offset;
        return [.. Linear(fit.Measured, model.SubModel.Weights, model.SubModel.Bias).Select(s => 1 / (1 + Elementary.Exp(slope * s + offset)))];
    }

    private static double[] Regression(Fit fit)
    {
        (double mean, double deviation) = FeatureEncoder.Moments(fit.Target);
        var context = new MLContext(fit.Seed);
        var model = context.Regression.Trainers.Sdca(SquaredOptions(fit.Values))
            .Fit(MlNetData.Numbers(context, fit.Train, Array.ConvertAll(fit.Target, t => (t - mean) / deviation))).Model;
        return [.. Linear(fit.Measured, model.Weights, model.Bias).Select(s => mean + deviation * s)];
    }

    // The options of the two share no public base type.
    private static SdcaLogisticRegressionBinaryTrainer.Options LogisticOptions(HyperparameterValues v) => new()
    {
        L1Regularization = (float)(v.Number("l1") / v.Number("l2")),
        L2Regularization = (float)v.Number("l2"),
        MaximumNumberOfIterations = v.Integer("max_iterations"),
        ConvergenceTolerance = (float)v.Number("tolerance"),
        BiasLearningRate = (float)v.Number("bias_learning_rate"),
        NumberOfThreads = 1,
    };

    private static SdcaRegressionTrainer.Options SquaredOptions(HyperparameterValues v) => new()
    {
        L1Regularization = (float)(v.Number("l1") / v.Number("l2")),
        L2Regularization = (float)v.Number("l2"),
        MaximumNumberOfIterations = v.Integer("max_iterations"),
        ConvergenceTolerance = (float)v.Number("tolerance"),
        BiasLearningRate = (float)v.Number("bias_learning_rate"),
        NumberOfThreads = 1,
    };

    private static double[] Linear(Matrix x, IReadOnlyList<float> weights, double bias)
    {
        double[] w = [.. weights.Select(f => (double)f)];
        var scores = new double[x.Rows];
        for (int r = 0; r < x.Rows; r++)
        {
            ReadOnlySpan<double> row = x.Row(r);
            double sum = bias;
            for (int j = 0; j < row.Length; j++) sum += w[j] * row[j];
            scores[r] = sum;
        }

        return scores;
    }
}
