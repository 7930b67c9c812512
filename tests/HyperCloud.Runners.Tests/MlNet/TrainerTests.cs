using HyperCloud.Core;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace HyperCloud.Runners.Tests;

/// <summary>Models against those of others. Fitted on the first 100 rows of the shipped data, predicted for the five that follow.</summary>
public sealed class TrainerTests
{
    private static readonly string[] DiabetesColumns = ["age", "bmi", "blood_pressure", "hdl"];
    private static readonly string[] CancerColumns = ["mean_radius", "mean_texture", "mean_smoothness"];

    // scikit-learn 1.2.1: LinearRegression().fit(X[:100], y[:100]).predict(X[100:105])
    [Fact]
    public void Ols_is_that_of_scikit_learn() =>
        Near([145.40561985, 116.27096351, 150.13273973, 180.97183476, 183.15957097], Predict(new OlsTrainer(), "diabetes", "progression", DiabetesColumns, []), 1e-8);

    [Fact]
    public void Ols_leaves_out_columns_that_depend_on_others()
    {
        string[] lines = [.. Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"{i},{2 * i + 1},7,{(i * i) % 11},{3 * i + ((i * i) % 11) / 2.0}"))];
        double[] p = Predict(new OlsTrainer(), CsvTable.Parse("d", "a,b,constant,c,y\n" + string.Join('\n', lines)), "y", [], [], 25, 5);
        Near([.. Enumerable.Range(25, 5).Select(i => 3 * i + ((i * i) % 11) / 2.0)], p, 1e-10);
    }

    // scikit-learn 1.2.1, X and y standardised with StandardScaler on the 100 rows, alpha = (l1 + l2) / 2, l1_ratio = l1 / (l1 + l2):
    // ElasticNet(alpha, l1_ratio, tol=1e-14).fit(...).predict(...), scaled back. With l1 > 0 one weight of the four is zero.
    [Theory]
    [InlineData(0, 0.1, 144.71293934, 117.36795865, 148.00228849, 179.84285086, 180.38875986)]
    [InlineData(0.01, 0.1, 144.783922, 117.34554958, 148.0584249, 179.32365727, 180.09629281)]
    [InlineData(0.3, 1, 141.35236591, 122.83708436, 143.93548231, 156.10799232, 159.79117352)]
    [InlineData(0.2, 2, 138.8950978, 125.67609912, 140.42325813, 154.95627313, 155.41028847)]
    public void Sdca_regression_is_the_elastic_net_of_scikit_learn(double l1, double l2, params double[] expected) =>
        Near(expected, Predict(new SdcaTrainer(), "diabetes", "progression", DiabetesColumns, Exact(l1, l2)), 2e-4);

    // scikit-learn 1.2.1: LogisticRegression(C = 1 / (100 (l1 + l2)), penalty elasticnet, l1_ratio = l1 / (l1 + l2)).predict_proba(...)[:, 1]
    [Theory]
    [InlineData(0, 0.1, 0.76029027, 0.10962164, 0.35888178, 0.31746919, 0.35165201)]
    [InlineData(0, 0.01, 0.87597867, 0.00392586, 0.11752449, 0.0754543, 0.10742435)]
    [InlineData(0.03, 0.1, 0.7383112, 0.14540321, 0.41267719, 0.3544616, 0.38652035)]
    public void Sdca_classification_is_the_logistic_regression_of_scikit_learn(double l1, double l2, params double[] expected) =>
        Near(expected, Predict(new SdcaTrainer(), "breast-cancer", "malignant", CancerColumns, Exact(l1, l2)), 2e-3);

    [Fact]
    public void The_last_stage_of_FastTree_is_what_its_own_model_predicts()
    {
        (Fit fit, _) = Prepare(new FastTreeTrainer(), Table("breast-cancer"), "malignant", CancerColumns, [Requests.Int("rounds", 20)], 100, 50);
        double[] staged = new FastTreeTrainer().Predict(fit, default).Last();
        var context = new MLContext(fit.Seed);
        var trainer = context.BinaryClassification.Trainers.FastTree(
            new FastTreeBinaryTrainer.Options { NumberOfTrees = 20, NumberOfThreads = 1, Seed = fit.Seed, FeatureSelectionSeed = fit.Seed, BaggingExampleFraction = 1 });
        var model = trainer.Fit(MlNetData.Booleans(context, fit.Train, fit.Target, 1));
        IDataView scored = model.Transform(MlNetData.Booleans(context, fit.Measured, new double[fit.Measured.Rows], 1));
        float[] own = [.. context.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false, ignoreMissingColumns: true).Select(s => s.Probability)];
        Near([.. own.Select(p => (double)p)], staged, 1e-5);
        Assert.True(staged.Max() > 0.9 && staged.Min() < 0.1);
    }

    [Fact]
    public void LightGBM_gives_probabilities_that_sum_to_one_row_by_row()
    {
        if (LightGbmNative.Missing() is { } missing) Assert.Skip(missing);
        string[] lines = [.. Enumerable.Range(0, 120).Select(i => FormattableString.Invariant($"{i % 4},k{i % 4}"))];
        double[] p = Predict(new LightGbmTrainer(), CsvTable.Parse("d", "a,y\n" + string.Join('\n', lines)), "y", [], [], 80, 40);
        for (int r = 0; r < 40; r++)
        {
            double[] row = p[(r * 4)..(r * 4 + 4)];
            Assert.Equal(1, row.Sum(), 1e-12);
            Assert.Equal(r % 4, Array.IndexOf(row, row.Max()));
        }
    }

    [Fact]
    public void A_complaint_of_LightGBM_comes_out_as_its_message()
    {
        if (LightGbmNative.Missing() is { } missing) Assert.Skip(missing);
        var e = Assert.Throws<InvalidOperationException>(() => new LightGbmNative.Data(new Matrix([1, 2], 2, 1), [0, 1], "max_bin=-7", null));
        Assert.StartsWith("LightGBM: ", e.Message);
        Assert.Contains("max_bin", e.Message);
    }

    private static Parameter[] Exact(double l1, double l2) =>
        [Requests.Float("l1", l1), Requests.Float("l2", l2), Requests.Float("tolerance", 1e-9), Requests.Int("max_iterations", 1000)];

    private static CsvTable Table(string name) => CsvTable.Read(name, Path.Combine(AppContext.BaseDirectory, "examples/data", name + ".csv"));

    private static double[] Predict(ITrainer trainer, string data, string label, string[] features, Parameter[] space) =>
        Predict(trainer, Table(data), label, features, space, 100, 5);

    private static double[] Predict(ITrainer trainer, CsvTable table, string label, string[] features, Parameter[] space, int train, int measured) =>
        trainer.Predict(Prepare(trainer, table, label, features, space, train, measured).Fit, default).Last();

    private static (Fit Fit, Dataset Data) Prepare(ITrainer trainer, CsvTable table, string label, string[] features, Parameter[] space, int train, int measured)
    {
        var data = Dataset.From(table, new MlNetOptions { Trainer = trainer.Name, Data = "d", Label = label, Features = [.. features], Ignore = [], Categorical = [] });
        int[] rows = [.. Enumerable.Range(0, train)], after = [.. Enumerable.Range(train, measured)];
        var encoder = FeatureEncoder.Fit(data, rows, trainer.Style);
        var values = new HyperparameterValues(trainer.Hyperparameters, new Space(space).Default()!);
        return (new Fit(data.Task, data.Classes.Length, encoder.Encode(rows), [.. rows.Select(r => data.Target[r])], encoder.Encode(after), values, null, 1), data);
    }

    private static void Near(double[] expected, double[] actual, double relative)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), p => Assert.InRange(p.Second, p.First - relative * Math.Abs(p.First) - 1e-9, p.First + relative * Math.Abs(p.First) + 1e-9));
    }

    private sealed class Scored
    {
        public float Probability { get; set; }
    }
}
