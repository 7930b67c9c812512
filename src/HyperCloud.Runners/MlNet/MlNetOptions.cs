using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>What stands under <c>mlnet:</c>.</summary>
internal sealed record MlNetOptions
{
    /// <summary>Default of <see cref="Holdout"/>.</summary>
    public const double DefaultHoldout = 0.2;

    private const double DefaultValidation = 0.25;

    /// <summary><c>trainer</c>: a trainer's name.</summary>
    public required string Trainer { get; init; }

    /// <summary><c>data</c>: a CSV file, relative to the spec's folder; <c>${task}</c> stands for the name of a run's task.</summary>
    public required string Data { get; init; }

    /// <summary>The options of the runs of one task.</summary>
    public MlNetOptions For(TaskSpec? task) => task is null ? this : this with { Data = Data.Replace("${task}", task.Name, StringComparison.Ordinal) };

    /// <summary><c>label</c>: the column to predict.</summary>
    public required string Label { get; init; }

    /// <summary><c>task</c>: binary, multiclass, regression; null: by the label's values.</summary>
    public LearningTask? Task { get; init; }

    /// <summary><c>holdout</c>: the share of rows that only evaluation reads, in [0, 0.9]; default 0.2; 0: none.</summary>
    public double Holdout { get; init; }

    /// <summary><c>validation</c>: the share of the other rows that a run of search or selection is measured on, in [0.05, 0.9]; default 0.25.</summary>
    public double Validation { get; init; }

    /// <summary><c>folds</c>: cross-validation with so many folds (2 … 50) instead of one split; null: one split.</summary>
    public int? Folds { get; init; }

    /// <summary><c>features</c>: the columns to learn from; empty: all but the label and those ignored.</summary>
    public ImmutableArray<string> Features { get; init; }

    /// <summary><c>ignore</c>: columns left out.</summary>
    public ImmutableArray<string> Ignore { get; init; }

    /// <summary><c>categorical</c>: columns of numbers that are names, not quantities.</summary>
    public ImmutableArray<string> Categorical { get; init; }

    /// <summary><c>positive</c>: the positive class of a binary task; null: the larger number, or the later by alphabet.</summary>
    public string? Positive { get; init; }

    /// <summary>Reads the options; null when <paramref name="findings"/> got something fatal.</summary>
    public static MlNetOptions? Read(TrialSpec trial, IReadOnlyCollection<string> trainers, Func<string, bool> isHyperparameter, List<RunnerFinding> findings)
    {
        JsonElement options = trial.Options;
        if (options.ValueKind != JsonValueKind.Object)
        {
            findings.Add(new(true, "", $"mlnet must be an object such as {{trainer: lightgbm, data: data.csv, label: y}}, but got {OptionReader.Show(options)}"));
            return null;
        }

        int before = findings.Count;
        var reader = new OptionReader("mlnet", options, findings);
        if (!reader.Has("trainer")) findings.Add(new(true, "", $"mlnet needs 'trainer', one of {string.Join(", ", trainers)}"));
        string? trainer = reader.Choice("trainer", trainers, null), data = reader.Text("data", required: true), label = reader.Text("label", required: true);
        string? task = reader.Choice("task", ["binary", "multiclass", "regression"], null);
        double? holdout = reader.Number("holdout", 0, 0.9), validation = reader.Number("validation", 0.05, 0.9);
        int? folds = reader.Integer("folds", 2, 50);
        ImmutableArray<string> features = reader.TextList("features"), ignore = reader.TextList("ignore"), categorical = reader.TextList("categorical");
        string? positive = reader.Text("positive");
        if (folds is not null && validation is not null) reader.Refuse("folds", "'folds' and 'validation' exclude each other: cross-validation, or one split");
        if (features.Length > 0 && ignore.Length > 0) reader.Refuse("ignore", "'features' and 'ignore' exclude each other: name what to take, or what to leave out");
        reader.RefuseUnknown(key => isHyperparameter(key) ? $"'{key}' is a hyperparameter: it belongs into the space, fixed as '{key}: {{value: …}}'" : null);
        return findings.Count > before ? null : new MlNetOptions
        {
            Trainer = trainer!,
            Data = data!,
            Label = label!,
            Task = task is null ? null : Enum.Parse<LearningTask>(task, ignoreCase: true),
            Holdout = holdout ?? DefaultHoldout,
            Validation = validation ?? DefaultValidation,
            Folds = folds,
            Features = features,
            Ignore = ignore,
            Categorical = categorical,
            Positive = positive,
        };
    }
}
