using HyperCloud.Core;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace HyperCloud.Runners;

/// <summary>
/// Linear models with L1 and L2 penalties by ML.NET's stochastic dual coordinate ascent (Shalev-Shwartz and Zhang, JMLR 14, 2013): logistic
/// regression, maximum entropy, least squares (LASSO, ridge, elastic net). Features, and the target of a regression, are standardised on the
/// training rows, so that one penalty fits all. One report a fit: the passes over the data cannot be watched from outside.
/// </summary>
/// <remarks>
/// <c>l2</c> is the ridge constant λ; <c>l1</c> is, as in ML.NET, the soft threshold on the weights, that is the L1 constant divided by λ.
/// Without <c>l1</c> or <c>l2</c> ML.NET chooses by the size of the data.
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
            LearningTask.Binary => Binary(fit),
            LearningTask.Multiclass => Multiclass(fit),
            _ => Regression(fit),
        };
    }

    private static double[] Binary(Fit fit)
    {
        var context = new MLContext(fit.Seed);
        var model = context.BinaryClassification.Trainers.SdcaLogisticRegression(Set<SdcaLogisticRegressionBinaryTrainer.Options>(fit))
            .Fit(MlNetData.Booleans(context, fit.Train, fit.Target, 1)).Model;
        double slope = model.Calibrator.Slope, offset = model.Calibrator.Offset;
        return [.. Linear(fit.Measured, model.SubModel.Weights, model.SubModel.Bias).Select(s => 1 / (1 + Elementary.Exp(slope * s + offset)))];
    }

    private static double[] Regression(Fit fit)
    {
        (double mean, double deviation) = FeatureEncoder.Moments(fit.Target);
        var context = new MLContext(fit.Seed);
        var model = context.Regression.Trainers.Sdca(Set<SdcaRegressionTrainer.Options>(fit))
            .Fit(MlNetData.Numbers(context, fit.Train, Array.ConvertAll(fit.Target, t => (t - mean) / deviation))).Model;
        return [.. Linear(fit.Measured, model.Weights, model.Bias).Select(s => mean + deviation * s)];
    }

    private static double[] Multiclass(Fit fit)
    {
        var context = new MLContext(fit.Seed);
        MaximumEntropyModelParameters model = context.MulticlassClassification.Trainers.SdcaMaximumEntropy(Set<SdcaMaximumEntropyMulticlassTrainer.Options>(fit))
            .Fit(MlNetData.Keys(context, fit.Train, fit.Target, fit.Classes)).Model;
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out int classes);
        float[] biases = [.. model.GetBiases()];
        double[][] scores = [.. Enumerable.Range(0, classes).Select(c => Linear(fit.Measured, [.. weights[c].DenseValues()], biases[c]))];
        var result = new double[fit.Measured.Rows * classes];
        for (int r = 0; r < fit.Measured.Rows; r++)
        {
            double most = scores.Max(s => s[r]), sum = 0; // Softmax, shifted so that nothing overflows.
            for (int c = 0; c < classes; c++) sum += result[r * classes + c] = Elementary.Exp(scores[c][r] - most);
            for (int c = 0; c < classes; c++) result[r * classes + c] /= sum;
        }

        return result;
    }

    private static T Set<T>(Fit fit) where T : class, new()
    {
        HyperparameterValues v = fit.Values;
        var options = new T();
        switch (options)
        {
            case SdcaLogisticRegressionBinaryTrainer.Options o:
                (o.L1Regularization, o.L2Regularization) = (Given("l1"), Given("l2"));
                (o.MaximumNumberOfIterations, o.ConvergenceTolerance) = (v.Integer("max_iterations"), (float)v.Number("tolerance"));
                (o.BiasLearningRate, o.NumberOfThreads) = ((float)v.Number("bias_learning_rate"), 1);
                break;
            case SdcaMaximumEntropyMulticlassTrainer.Options o:
                (o.L1Regularization, o.L2Regularization) = (Given("l1"), Given("l2"));
                (o.MaximumNumberOfIterations, o.ConvergenceTolerance) = (v.Integer("max_iterations"), (float)v.Number("tolerance"));
                (o.BiasLearningRate, o.NumberOfThreads) = ((float)v.Number("bias_learning_rate"), 1);
                break;
            case SdcaRegressionTrainer.Options o:
                (o.L1Regularization, o.L2Regularization) = (Given("l1"), Given("l2"));
                (o.MaximumNumberOfIterations, o.ConvergenceTolerance) = (v.Integer("max_iterations"), (float)v.Number("tolerance"));
                (o.BiasLearningRate, o.NumberOfThreads) = ((float)v.Number("bias_learning_rate"), 1);
                break;
        }

        return options;

        float? Given(string name) => v.Given.Contains(name) ? (float)v.Number(name) : null;
    }

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
