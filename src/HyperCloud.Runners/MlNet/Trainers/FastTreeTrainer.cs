using HyperCloud.Core;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Trainers.FastTree;

namespace HyperCloud.Runners;

/// <summary>
/// ML.NET's FastTree, an implementation of MART (Friedman, Annals of Statistics 29, 2001). Binary and regression; several classes as one
/// model a class against the rest, the probabilities scaled to sum to one. It trains in one go, but predictions after every round are read
/// off the trees for nothing, except with <c>drop_rate</c> &gt; 0, where a later round changes earlier trees: then it reports once.
/// </summary>
internal sealed class FastTreeTrainer : ITrainer
{
    /// <inheritdoc/>
    public string Name => "fasttree";

    /// <inheritdoc/>
    public FeatureStyle Style => FeatureStyle.Imputed;

    /// <inheritdoc/>
    public IReadOnlyList<Hyperparameter> Hyperparameters { get; } =
    [
        Hyperparameter.Integer("rounds", 100, 1, 100_000, "num_iterations", "trees"),
        Hyperparameter.Number("learning_rate", 0.2, 0, 10, aboveMin: true),
        Hyperparameter.Integer("leaves", 20, 2, 131_072, "num_leaves"),
        Hyperparameter.Integer("min_data_in_leaf", 10, 1, 1_000_000_000),
        Hyperparameter.Number("feature_fraction", 1, 0, 1, aboveMin: true),
        Hyperparameter.Number("feature_fraction_bynode", 1, 0, 1, aboveMin: true),
        Hyperparameter.Number("bagging_fraction", 1, 0, 1, aboveMin: true),
        Hyperparameter.Integer("max_bin", 255, 2, 65_535),
        Hyperparameter.Number("smoothing", 0, 0, 1),
        Hyperparameter.Number("drop_rate", 0, 0, 1),
    ];

    /// <inheritdoc/>
    public bool Supports(LearningTask task) => true;

    /// <inheritdoc/>
    public string? Missing() => null;

    /// <inheritdoc/>
    public bool IsStaged(HyperparameterValues values) => values.Number("drop_rate") == 0;

    /// <inheritdoc/>
    public IEnumerable<double[]> Predict(Fit fit, CancellationToken cancellation)
    {
        int rounds = Math.Min(fit.Values.Integer("rounds"), fit.Rounds ?? int.MaxValue);
        IEnumerable<double[]> stages = fit.Task switch
        {
            LearningTask.Regression => Stages(Regression(fit, rounds), fit.Measured, rounds, s => s),
            LearningTask.Binary => Binary(fit, 1, rounds),
            _ => OneAgainstRest.Predict(fit, c => Binary(fit, c, rounds), cancellation),
        };
        return IsStaged(fit.Values) ? stages : stages.TakeLast(1);
    }

    private static RegressionTreeEnsemble Regression(Fit fit, int rounds)
    {
        var context = new MLContext(fit.Seed);
        return context.Regression.Trainers.FastTree(Set(new FastTreeRegressionTrainer.Options(), fit, rounds))
            .Fit(MlNetData.Numbers(context, fit.Train, fit.Target)).Model.TrainedTreeEnsemble;
    }

    private static IEnumerable<double[]> Binary(Fit fit, int positive, int rounds)
    {
        var context = new MLContext(fit.Seed);
        var model = context.BinaryClassification.Trainers.FastTree(Set(new FastTreeBinaryTrainer.Options(), fit, rounds))
            .Fit(MlNetData.Booleans(context, fit.Train, fit.Target, positive)).Model;
        PlattCalibrator sigmoid = model.Calibrator;
        return Stages(model.SubModel.TrainedTreeEnsemble, fit.Measured, rounds, s => 1 / (1 + Elementary.Exp(sigmoid.Slope * s + sigmoid.Offset)));
    }

    private static T Set<T>(T options, Fit fit, int rounds) where T : BoostedTreeOptions
    {
        HyperparameterValues v = fit.Values;
        options.NumberOfTrees = rounds;
        options.LearningRate = v.Number("learning_rate");
        options.NumberOfLeaves = v.Integer("leaves");
        options.MinimumExampleCountPerLeaf = v.Integer("min_data_in_leaf");
        options.FeatureFraction = v.Number("feature_fraction");
        options.FeatureFractionPerSplit = v.Number("feature_fraction_bynode");
        options.BaggingSize = v.Number("bagging_fraction") < 1 ? 1 : 0; // Trees in a bag; 0: no bagging.
        options.BaggingExampleFraction = v.Number("bagging_fraction");
        options.MaximumBinCountPerFeature = v.Integer("max_bin");
        options.Smoothing = v.Number("smoothing");
        options.DropoutRate = v.Number("drop_rate");
        options.NumberOfThreads = 1;
        options.Seed = fit.Seed;
        options.FeatureSelectionSeed = fit.Seed;
        return options;
    }

    // Sums the trees one by one. Training may end early with fewer trees: the predictions then stay.
    private static IEnumerable<double[]> Stages(RegressionTreeEnsemble ensemble, Matrix measured, int rounds, Func<double, double> link)
    {
        var sums = new double[measured.Rows];
        var result = new double[measured.Rows];
        Array.Fill(sums, ensemble.Bias);
        for (int round = 0; round < rounds; round++)
        {
            if (round < ensemble.Trees.Count)
            {
                var tree = new Tree(ensemble.Trees[round]);
                for (int r = 0; r < measured.Rows; r++) sums[r] += ensemble.TreeWeights[round] * tree.Value(measured.Row(r));
            }

            for (int r = 0; r < measured.Rows; r++) result[r] = link(sums[r]);
            yield return result;
        }
    }

    // ML.NET's lists are slow to index one by one; a tree is small.
    private sealed class Tree(RegressionTree tree)
    {
        private readonly int[] _left = [.. tree.LeftChild], _right = [.. tree.RightChild], _feature = [.. tree.NumericalSplitFeatureIndexes];
        private readonly float[] _threshold = [.. tree.NumericalSplitThresholds];
        private readonly double[] _leaf = [.. tree.LeafValues];
        private readonly int _nodes = tree.NumberOfNodes;

        // A child below zero is the bitwise complement of a leaf's index; ML.NET compares single-precision values.
        public double Value(ReadOnlySpan<double> row)
        {
            if (_nodes == 0) return _leaf.Length > 0 ? _leaf[0] : 0;
            int node = 0;
            do node = (float)row[_feature[node]] <= _threshold[node] ? _left[node] : _right[node];
            while (node >= 0);
            return _leaf[~node];
        }
    }
}
