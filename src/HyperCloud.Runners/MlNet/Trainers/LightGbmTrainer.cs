using System.Globalization;
using System.Text;
using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// LightGBM (Ke et al., NeurIPS 2017), driven round by round through its C interface: every round can be reported and be the last. One
/// thread, deterministic mode, every seed from the run's. Names, ranges and defaults are those of LightGBM's parameter documentation;
/// <c>leaves</c> is <c>num_leaves</c>, <c>rounds</c> is <c>num_iterations</c>, <c>booster</c> is <c>boosting</c>.
/// </summary>
internal sealed class LightGbmTrainer : ITrainer
{
    /// <inheritdoc/>
    public string Name => "lightgbm";

    /// <inheritdoc/>
    public FeatureStyle Style => FeatureStyle.Raw;

    /// <inheritdoc/>
    public IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
    [
        Hyperparameter.Word("booster", ["gbdt", "dart"], "boosting"),
        Hyperparameter.Integer("rounds", 100, 1, 100_000, "num_iterations", "n_estimators"),
        Hyperparameter.Number("learning_rate", 0.1, 0, 10, aboveMin: true),
        Hyperparameter.Integer("leaves", 31, 2, 131_072, "num_leaves"),
        Hyperparameter.Integer("max_depth", -1, -1, 1000),
        Hyperparameter.Integer("min_data_in_leaf", 20, 0, 1_000_000_000, "min_child_samples"),
        Hyperparameter.Number("min_sum_hessian_in_leaf", 1e-3, 0, 1e9, false, "min_child_weight"),
        Hyperparameter.Number("min_gain_to_split", 0, 0, 1e9),
        Hyperparameter.Number("feature_fraction", 1, 0, 1, true, "colsample_bytree"),
        Hyperparameter.Number("feature_fraction_bynode", 1, 0, 1, aboveMin: true),
        Hyperparameter.Number("bagging_fraction", 1, 0, 1, true, "subsample"),
        Hyperparameter.Integer("bagging_freq", 0, 0, 100_000, "subsample_freq"),
        Hyperparameter.Number("lambda_l1", 0, 0, 1e9, false, "reg_alpha"),
        Hyperparameter.Number("lambda_l2", 0, 0, 1e9, false, "reg_lambda"),
        Hyperparameter.Number("path_smooth", 0, 0, 1e9),
        Hyperparameter.Word("extra_trees", ["false", "true"]),
        Hyperparameter.Integer("max_bin", 255, 2, 65_535),
        Hyperparameter.Integer("min_data_in_bin", 3, 1, 1_000_000),
        Hyperparameter.Number("drop_rate", 0.1, 0, 1),
        Hyperparameter.Number("skip_drop", 0.5, 0, 1),
        Hyperparameter.Integer("max_drop", 50, -1, 100_000),
        Hyperparameter.Number("scale_pos_weight", 1, 0, 1e9, aboveMin: true),
    ];

    /// <inheritdoc/>
    public bool Supports(LearningTask task) => true;

    /// <inheritdoc/>
    public string? Missing() => LightGbmNative.Missing();

    /// <inheritdoc/>
    public bool IsStaged(HyperparameterValues values) => true;

    /// <inheritdoc/>
    public IEnumerable<double[]> Predict(Fit fit, CancellationToken cancellation)
    {
        string parameters = Parameters(fit);
        using var train = new LightGbmNative.Data(fit.Train, fit.Target, parameters, null);
        using var measured = new LightGbmNative.Data(fit.Measured, new double[fit.Measured.Rows], parameters, train); // No label: it must not be read.
        using var booster = new LightGbmNative.Booster(train, measured, parameters);
        int rounds = Math.Min(fit.Values.Integer("rounds"), fit.Rounds ?? int.MaxValue);
        for (int round = 0; round < rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            booster.Update();
            yield return ByRow(booster.Predictions(), fit);
        }
    }

    private static string Parameters(Fit fit)
    {
        var text = new StringBuilder("num_threads=1 deterministic=true force_row_wise=true verbosity=-1 metric=None");
        text.Append(CultureInfo.InvariantCulture, $" seed={fit.Seed}");
        text.Append(fit.Task switch
        {
            LearningTask.Binary => " objective=binary",
            LearningTask.Multiclass => string.Create(CultureInfo.InvariantCulture, $" objective=multiclass num_class={fit.Classes}"),
            _ => " objective=regression",
        });
        foreach ((string name, ParameterValue value) in fit.Values.All)
            text.Append(name switch
            {
                "booster" => $" boosting={value}",
                "leaves" => $" num_leaves={value}",
                "rounds" => "",
                // Bagging does nothing at frequency 0, LightGBM's default: who asks for a fraction means it.
                "bagging_freq" when !fit.Values.Given.Contains(name) => fit.Values.Number("bagging_fraction") < 1 ? " bagging_freq=1" : "",
                "scale_pos_weight" when fit.Task != LearningTask.Binary => "",
                _ => $" {name}={value}",
            });
        return text.ToString();
    }

    // LightGBM gives the probabilities class after class; the others want them row after row.
    private static double[] ByRow(double[] predictions, Fit fit)
    {
        if (fit.Task != LearningTask.Multiclass) return predictions;
        var byRow = new double[predictions.Length];
        for (int c = 0; c < fit.Classes; c++)
            for (int r = 0; r < fit.Measured.Rows; r++) byRow[r * fit.Classes + c] = predictions[c * fit.Measured.Rows + r];
        return byRow;
    }
}
