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
/// Minimised is mean loss + l2/2 · ‖w‖² + l1 · l2 · |w|₁, the loss being the squared error or −log likelihood: <c>l1</c> is, as in ML.NET, the
/// soft threshold on the weights, in units of <c>l2</c>. Without <c>l1</c> or <c>l2</c> ML.NET chooses by the size of the data. Several
/// classes are learned one against the rest: ML.NET 5.0.1's own maximum-entropy variant finds models far from the optimum (compared with
/// scikit-learn on standardised iris it confuses two classes).
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
        Hyperparameter.Number("l2", 1e-4, 0, 1e9, aboveMin: true),
        Hyperparameter.Integer("max_iterations", 100, 1, 1_000_000),
        Hyperparameter.Number("tolerance", 0.01, 0, 1, aboveMin: true),
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
        L1Regularization = Given(v, "l1"),
        L2Regularization = Given(v, "l2"),
        MaximumNumberOfIterations = v.Integer("max_iterations"),
        ConvergenceTolerance = (float)v.Number("tolerance"),
        BiasLearningRate = (float)v.Number("bias_learning_rate"),
        NumberOfThreads = 1,
    };

    private static SdcaRegressionTrainer.Options SquaredOptions(HyperparameterValues v) => new()
    {
        L1Regularization = Given(v, "l1"),
        L2Regularization = Given(v, "l2"),
        MaximumNumberOfIterations = v.Integer("max_iterations"),
        ConvergenceTolerance = (float)v.Number("tolerance"),
        BiasLearningRate = (float)v.Number("bias_learning_rate"),
        NumberOfThreads = 1,
    };

    private static float? Given(HyperparameterValues v, string name) => v.Given.Contains(name) ? (float)v.Number(name) : null;

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
