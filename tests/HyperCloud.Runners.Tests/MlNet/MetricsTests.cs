namespace HyperCloud.Runners.Tests;

/// <summary>Against scikit-learn 1.2.1 (Debian's python3-sklearn): log_loss, roc_auc_score, accuracy_score, f1_score, mean_squared_error, mean_absolute_error, r2_score.</summary>
public sealed class MetricsTests
{
    [Fact]
    public void Binary() => Near(
        Metrics.Of(LearningTask.Binary, [0, 1, 1, 0, 1, 0, 1, 1], [.1, .9, .4, .4, .65, .8, .55, .4], 2),
        ("accuracy", 0.625), ("auc", 0.6666666666666667), ("f1", 0.6666666666666665), ("logloss", 0.649023243514016));

    [Fact]
    public void Multiclass() => Near(
        Metrics.Of(LearningTask.Multiclass, [0, 1, 2, 1], [.7, .2, .1, .1, .5, .4, .3, .3, .4, .5, .3, .2], 3),
        ("accuracy", 0.75), ("logloss", 0.7925214151746922));

    [Fact]
    public void Regression() => Near(
        Metrics.Of(LearningTask.Regression, [3, -.5, 2, 7], [2.5, 0, 2, 8], 0),
        ("mae", 0.5), ("r2", 0.9486081370449679), ("rmse", 0.6123724356957945));

    [Fact]
    public void A_wrong_certainty_is_bad_but_finite() =>
        Assert.Equal(34.538776394910684, Metrics.Of(LearningTask.Binary, [1, 1], [0, 0], 2)["logloss"], 1e-9); // −ln 10⁻¹⁵

    [Fact]
    public void What_is_not_defined_is_NaN()
    {
        Assert.True(double.IsNaN(Metrics.Of(LearningTask.Binary, [1, 1], [0.5, 0.5], 2)["auc"]));
        Assert.True(double.IsNaN(Metrics.Of(LearningTask.Binary, [1, 0], [double.NaN, 0.5], 2)["auc"]));
        Assert.True(double.IsNaN(Metrics.Of(LearningTask.Regression, [1, 1], [0, 2], 0)["r2"]));
    }

    private static void Near(SortedDictionary<string, double> actual, params (string Name, double Value)[] expected)
    {
        Assert.Equal(expected.Select(e => e.Name), actual.Keys);
        Assert.All(expected, e => Assert.Equal(e.Value, actual[e.Name], 1e-12));
    }
}
