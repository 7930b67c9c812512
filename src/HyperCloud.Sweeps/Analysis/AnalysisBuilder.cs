using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>What an analysis needs of a sweep: a copy, so that the state may go on while it is worked on.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Spec">The spec.</param>
/// <param name="Provisional">The sweep is not over.</param>
/// <param name="Counts">Which trials are used and which not.</param>
/// <param name="Values">The mean of each used trial's search runs, weighted by their number.</param>
/// <param name="RunTimes">The logarithm of the mean milliseconds of the same runs.</param>
/// <param name="Champion">The champion, if there is one yet.</param>
/// <param name="HeadDigest">The state's.</param>
public sealed record AnalysisInput(
    string Sweep, SweepSpec Spec, bool Provisional, AnalysisTrials Counts, ImmutableArray<ImportanceTrial> Values, ImmutableArray<ImportanceTrial> RunTimes, Assignment? Champion, string HeadDigest);

/// <summary>
/// Makes the analysis of a sweep from its folded log. Pure: the same log gives the same analysis. Only search runs at full length are compared:
/// failed trials have no value, values of stopped ones are of another length, and selection has only runs of trials that were picked for being good.
/// </summary>
public static class AnalysisBuilder
{
    /// <summary>Builds the analysis; takes about a second, or two to three with sixteen parameters and 500 trials.</summary>
    public static SweepAnalysis Build(SweepState state) => Analyse(Gather(state));

    /// <summary>Takes from a state what an analysis needs: quick.</summary>
    public static AnalysisInput Gather(SweepState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        int failed = 0, stopped = 0, without = 0;
        List<ImportanceTrial> values = [], times = [];
        foreach (TrialRecord trial in state.Trials)
        {
            switch (Objective.Observe(state.Spec, trial)?.State)
            {
                case ObservationState.Completed:
                    RunRecord[] runs = [.. trial.SearchResults.Where(r => r.CompletedInFull)];
                    values.Add(new(trial.Number, trial.Assignment, runs.Average(r => r.Result!.Value!.Value), runs.Length));
                    times.Add(new(trial.Number, trial.Assignment, Elementary.Log(Math.Max(1, runs.Average(r => Milliseconds(state, trial, r)))), runs.Length));
                    break;
                case ObservationState.Failed:
                    failed++;
                    break;
                case ObservationState.Stopped:
                    stopped++;
                    break;
                default:
                    without++;
                    break;
            }
        }

        return new(state.Created!.Sweep, state.Spec, state.End is null && !state.InNight,
            new(state.Trials.Count, values.Count, failed, stopped, without), [.. values], [.. times], state.Champion is { } c ? state.Trials[c.Trial].Assignment : null, state.HeadDigest);
    }

    /// <summary>Analyses what was gathered.</summary>
    public static SweepAnalysis Analyse(AnalysisInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        SweepSpec spec = input.Spec;
        var options = new ImportanceOptions();
        ImportanceResult metric = Importance.Of(spec.Space, input.Values, spec.Objective.Goal, spec.Search.Seed, options, input.Champion);
        // Pairs and curves of run time are shown nowhere.
        ImportanceResult time = Importance.Of(spec.Space, input.RunTimes, Goal.Minimize, spec.Search.Seed, options with { PairParameters = 0, CurvePoints = 0 });
        return new SweepAnalysis
        {
            Sweep = input.Sweep,
            Name = spec.Name,
            Provisional = input.Provisional,
            Metric = spec.Objective.Metric,
            Goal = spec.Objective.Goal,
            Trials = input.Counts,
            Level = options.Level,
            BestFraction = options.BestFraction,
            MetricModel = new(metric.Model, metric.RSquared, metric.WhyNone),
            RunTimeModel = new(time.Model, time.RSquared, time.WhyNone),
            Parameters = [.. metric.Parameters.Select((p, i) => new AnalysisParameter
            {
                Name = p.Name,
                Kind = spec.Space.Parameters[spec.Space.IndexOf(p.Name)].Role,
                ActiveShare = p.ActiveShare,
                Trials = p.Trials,
                Metric = Effect(p),
                RunTime = Effect(time.Parameters[i]),
                AmongBest = p.LocalFraction,
                ChampionLoss = p.ChampionLoss,
                Curve = [.. p.Curve.Select(c => new AnalysisPoint(Json(c.Value), c.Mean, c.Deviation))],
            })],
            Pairs = [.. metric.Pairs.Select(p => new AnalysisPair(p.First, p.Second, p.Fraction, p.Spread, Surface(p.Surface)))],
            Tunability = Tune(input),
            Notes = Notes(input, metric, options),
            HeadDigest = input.HeadDigest,
        };
    }

    private static double Milliseconds(SweepState state, TrialRecord trial, RunRecord run) => state.Stopping is { Pause: true }
        // What a promoted run has taken is in its slices.
        ? trial.In(SeedPool.Search).Where(r => r.Key.Series == run.Key.Series && r.Completed).Sum(r => r.Result!.DurationMs)
        : run.Result!.DurationMs;

    private static AnalysisEffect Effect(ParameterImportance p) => new() { Fraction = p.Fraction, Spread = p.Spread, Verdict = p.Verdict, PValue = p.PValue };

    private static AnalysisTunability Tune(AnalysisInput input)
    {
        TunabilityEstimates found = Tunability.Of(input.Spec.Space, input.Values, input.Spec.Objective.Goal, input.Spec.Search.Seed);
        return new(found.RSquared, found.WhyNone, found.Estimates);
    }

    private static AnalysisSurface? Surface(EffectSurface? s) => s is null ? null : new([.. s.First.Select(Json)], [.. s.Second.Select(Json)], s.Means, s.Deviations);

    private static JsonElement Json(ParameterValue value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) value.WriteTo(writer);
        return JsonDocument.Parse(stream.ToArray()).RootElement.Clone();
    }

    private static ImmutableArray<string> Notes(AnalysisInput input, ImportanceResult metric, ImportanceOptions options)
    {
        List<string> notes = [];
        AnalysisTrials n = input.Counts;
        if (input.Spec.HasFront) notes.Add($"The sweep has several objectives; the analysis is of the first, {input.Spec.Objective.Metric}.");
        Add(n.Failed, n.Failed == 1 ? "failed trial is left out: the analysis says nothing of what makes a trial fail" : "failed trials are left out: the analysis says nothing of what makes trials fail");
        Add(n.Stopped, n.Stopped == 1 ? "trial ended early is left out: values of another length do not compare" : "trials ended early are left out: values of another length do not compare, and the bad end of each parameter is thinner for it");
        if (metric.WhyNone is { } none)
        {
            notes.Add($"No analysis of the metric: {none}.");
            return [.. notes];
        }

        if (metric.RSquared is { } r && r < 0.5)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"The model explains {Math.Max(0, r):P0} of the variance of trials that it has not seen: fractions and curves are rough, verdicts hold all the same."));
        if (metric.LargestShare > 0.5)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"One trial makes up {metric.LargestShare:P0} of the variance: fractions say what sets it apart."));
        // The adaptive algorithms draw values near good ones; random, sobol and grid do not.
        if (input.Spec.Search.Algorithm is not ("random" or "sobol" or "grid"))
            notes.Add("The search chose values by earlier results, so regions it left early are known from few trials, parameters that moved together may share each other's effect, and the level of verdicts is approximate.");
        if (metric.Parameters.Any(p => p.ActiveShare < 1))
            notes.Add("Conditional parameters are judged inside the part of the space where they are active.");
        notes.Add(string.Create(CultureInfo.InvariantCulture, $"\"No effect shown\" is not \"no effect\"; each verdict errs the other way with a chance of {options.Level:P0}."));
        return [.. notes];

        void Add(int count, string what)
        {
            if (count > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {what}."));
        }
    }
}
