namespace HyperCloud.Runners;

/// <summary>What one model is fitted on and measured on.</summary>
/// <param name="Task">What is learned.</param>
/// <param name="Classes">How many classes; 0 for regression.</param>
/// <param name="Train">Features to fit on.</param>
/// <param name="Target">Class indices or numbers to fit on.</param>
/// <param name="Measured">Features to predict.</param>
/// <param name="Values">Hyperparameters.</param>
/// <param name="Rounds">Boosting rounds to do at most, when the run has a resource; null: as the hyperparameters say.</param>
/// <param name="Seed">Seed of the fit, in [0, 2³¹).</param>
internal sealed record Fit(
    LearningTask Task, int Classes, Matrix Train, double[] Target, Matrix Measured, HyperparameterValues Values, int? Rounds, int Seed);

/// <summary>A way to fit models. One file each. Serves several runs at once; a fit is a pure function of what it is given.</summary>
internal interface ITrainer
{
    /// <summary>Its name in specs.</summary>
    string Name { get; }

    /// <summary>What can be tuned; ranges and defaults are the library's.</summary>
    IReadOnlyList<Hyperparameter> Hyperparameters { get; }

    /// <summary>How it wants its features.</summary>
    FeatureStyle Style { get; }

    /// <summary>Whether it can learn a task.</summary>
    bool Supports(LearningTask task);

    /// <summary>What this machine lacks for it, and what would mend that; null when nothing.</summary>
    string? Missing();

    /// <summary>Whether <see cref="Predict"/> gives predictions after every round (step 1, 2, …) or once.</summary>
    bool IsStaged(HyperparameterValues values);

    /// <summary>
    /// Fits and predicts, lazily: after every round when staged, else once. The same array may be given again with new content. Binary:
    /// probability of class 1; multiclass: one probability a class, row after row; regression: numbers.
    /// </summary>
    IEnumerable<double[]> Predict(Fit fit, CancellationToken cancellation);
}
