using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>One of several objectives.</summary>
/// <param name="Metric">Its metric.</param>
/// <param name="Goal">Direction.</param>
public sealed record ReportObjective(string Metric, Goal Goal);

/// <summary>What is known of a trial in one of several objectives. Search, selection and evaluation are never mixed.</summary>
public sealed record ReportTrialObjective
{
    /// <summary>The objective's metric.</summary>
    public required string Metric { get; init; }

    /// <summary>Search runs: what made the search go on. Not performance.</summary>
    public required ReportPool Search { get; init; }

    /// <summary>Selection runs: what the front was chosen on. Not performance.</summary>
    public ReportPool? Selection { get; init; }

    /// <summary>Evaluation runs: performance.</summary>
    public ReportPerformance? Evaluation { get; init; }

    /// <summary>Against the default configuration on the same evaluation seeds; null without one.</summary>
    public ReportGain? Gain { get; init; }
}

/// <summary>The hypervolume that a front dominates below a reference point, in the product of the objectives' units.</summary>
public sealed record ReportHypervolume
{
    /// <summary>The reference point, a value of each objective.</summary>
    public required ImmutableArray<double> Reference { get; init; }

    /// <summary>Where it comes from, in words.</summary>
    public required string Origin { get; init; }

    /// <summary>That of search: of all trials that completed and keep the constraints, by their search scores; null where it is beyond all numbers.</summary>
    public double? Search { get; init; }

    /// <summary>That of the front by its means on evaluation seeds; null before them.</summary>
    public double? Evaluation { get; init; }
}

/// <summary>One trial of the front whose evaluation means are nowhere better than those of another, and somewhere worse.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="By">The trial that is better.</param>
/// <param name="Shown">Whether it is shown to be better in every objective in which they differ: the whole interval of the paired difference lies on its side.</param>
/// <param name="Reason">Sentence.</param>
public sealed record ReportDominance(int Trial, int By, bool Shown, string Reason);

/// <summary>The answer of a sweep with several objectives.</summary>
public sealed record ReportFront
{
    /// <summary>The front that was chosen, by the first objective, the best first; before the choice, that of the search scores so far.</summary>
    public required ImmutableArray<ReportTrial> Trials { get; init; }

    /// <summary>Whether it was chosen: what it holds before is provisional.</summary>
    public required bool Chosen { get; init; }

    /// <summary>Its hypervolume; null before the first trial.</summary>
    public ReportHypervolume? Hypervolume { get; init; }

    /// <summary>Members that others dominate by their evaluation means.</summary>
    public ImmutableArray<ReportDominance> Dominated { get; init; } = [];
}
