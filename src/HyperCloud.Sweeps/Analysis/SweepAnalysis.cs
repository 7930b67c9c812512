using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>How much a parameter matters to the metric, or to run time.</summary>
public sealed record AnalysisEffect
{
    /// <summary>Its main effect as a fraction of the variance where the parameter is active, 0 … 1; null without variance.</summary>
    public double? Fraction { get; init; }

    /// <summary>Standard deviation of the fraction, as the model has it.</summary>
    public double? Spread { get; init; }

    /// <summary>Whether it is separated from chance.</summary>
    public required ImportanceVerdict Verdict { get; init; }

    /// <summary>p-value of the permutation test.</summary>
    public double? PValue { get; init; }
}

/// <summary>A point of a curve.</summary>
/// <param name="Value">The parameter's value.</param>
/// <param name="Mean">The metric that the model predicts, averaged over all other parameters.</param>
/// <param name="Deviation">Its standard deviation, as the model has it.</param>
public sealed record AnalysisPoint(JsonElement Value, double Mean, double Deviation);

/// <summary>An interaction of two parameters.</summary>
/// <param name="First">One parameter.</param>
/// <param name="Second">The other.</param>
/// <param name="Fraction">Of the variance where both are active, beyond both main effects.</param>
/// <param name="Spread">Its standard deviation, as the model has it.</param>
/// <param name="Surface">The metric over both; null for all but the largest three.</param>
public sealed record AnalysisPair(string First, string Second, double Fraction, double? Spread, AnalysisSurface? Surface);

/// <summary>The metric over two parameters, all others averaged.</summary>
/// <param name="First">Values of the first parameter.</param>
/// <param name="Second">Values of the second.</param>
/// <param name="Means">The prediction: a row for each value of the first, in it a number for each of the second.</param>
/// <param name="Deviations">Its standard deviation, likewise.</param>
public sealed record AnalysisSurface(
    ImmutableArray<JsonElement> First, ImmutableArray<JsonElement> Second, ImmutableArray<ImmutableArray<double>> Means, ImmutableArray<ImmutableArray<double>> Deviations);

/// <summary>One parameter.</summary>
public sealed record AnalysisParameter
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it belongs to, if the spec says.</summary>
    public ParameterRole? Kind { get; init; }

    /// <summary>Share of the space in which it is active; all else is about that part.</summary>
    public required double ActiveShare { get; init; }

    /// <summary>Trials used in which it was active.</summary>
    public required int Trials { get; init; }

    /// <summary>Its effect on the metric.</summary>
    public required AnalysisEffect Metric { get; init; }

    /// <summary>Its effect on the logarithm of run time.</summary>
    public required AnalysisEffect RunTime { get; init; }

    /// <summary>Its share in what sets the best trials apart (PED-ANOVA), 0 … 1 over all parameters.</summary>
    public double? AmongBest { get; init; }

    /// <summary>
    /// By how much the champion is predicted to get worse when the parameter moves by a tenth of its range, or to another value where there is no order;
    /// null without a champion in which it is active.
    /// </summary>
    public double? ChampionLoss { get; init; }

    /// <summary>The metric along the parameter.</summary>
    public required ImmutableArray<AnalysisPoint> Curve { get; init; }
}

/// <summary>What tuning would gain over the default configuration, by a model of the trials. Exploratory: a tunability sweep measures it.</summary>
/// <param name="RSquared">R² of models of half of the trials on the other half; null without them.</param>
/// <param name="WhyNone">Why there are no estimates; null when there are.</param>
/// <param name="Estimates">All parameters together, each by itself, pairs.</param>
public sealed record AnalysisTunability(double? RSquared, string? WhyNone, ImmutableArray<TunabilityEstimate> Estimates);

/// <summary>The model behind the numbers.</summary>
/// <param name="Kind">What it is; null without an analysis.</param>
/// <param name="RSquared">R² on trials that were left out; may be negative. Null without an analysis.</param>
/// <param name="WhyNone">Why there is no analysis; null when there is one.</param>
public sealed record AnalysisModel(EffectModel? Kind, double? RSquared, string? WhyNone);

/// <summary>Which trials an analysis is made of.</summary>
/// <param name="Suggested">All.</param>
/// <param name="Used">With a value at full length.</param>
/// <param name="Failed">Left out: the objective failed.</param>
/// <param name="Stopped">Left out: ended below full length by the stopping rule.</param>
/// <param name="Without">Left out: no result, or not yet.</param>
public sealed record AnalysisTrials(int Suggested, int Used, int Failed, int Stopped, int Without);

/// <summary>Which hyperparameters mattered in a sweep. Exploratory: from search results alone.</summary>
public sealed record SweepAnalysis
{
    /// <summary>Version of this form.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>Sweep id.</summary>
    public required string Sweep { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>True before the end of the sweep.</summary>
    public required bool Provisional { get; init; }

    /// <summary>The metric of search.</summary>
    public required string Metric { get; init; }

    /// <summary>Direction.</summary>
    public required Goal Goal { get; init; }

    /// <summary>The trials.</summary>
    public required AnalysisTrials Trials { get; init; }

    /// <summary>Level of each verdict by itself.</summary>
    public required double Level { get; init; }

    /// <summary>The fraction of trials that counts as the best.</summary>
    public required double BestFraction { get; init; }

    /// <summary>The model of the metric.</summary>
    public required AnalysisModel MetricModel { get; init; }

    /// <summary>The model of run time.</summary>
    public required AnalysisModel RunTimeModel { get; init; }

    /// <summary>The parameters that have a choice, in the spec's order.</summary>
    public required ImmutableArray<AnalysisParameter> Parameters { get; init; }

    /// <summary>The ten largest interactions in the metric, largest first. They have no verdict.</summary>
    public required ImmutableArray<AnalysisPair> Pairs { get; init; }

    /// <summary>What tuning would gain.</summary>
    public required AnalysisTunability Tunability { get; init; }

    /// <summary>What the numbers do and do not mean here.</summary>
    public required ImmutableArray<string> Notes { get; init; }

    /// <summary>Digest of the last entry of the record that was read.</summary>
    public required string HeadDigest { get; init; }
}

/// <summary>JSON of analyses.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SweepAnalysis))]
public sealed partial class AnalysisJson : JsonSerializerContext
{
}
