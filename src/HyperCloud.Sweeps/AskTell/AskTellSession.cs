using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>
/// One conversation in the ask-tell protocol (DESIGN §6): JSON lines for people who run trials themselves. Each line is answered by one
/// line; a message that is refused changes nothing. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// The default configuration, where it is complete, is trial 0; enqueued configurations follow. <c>limits.trials</c> is only what algorithms plan with: the caller decides
/// how many trials there are, so asking beyond it is answered. The codes of errors are stable: <c>malformed-json</c>, <c>non-finite</c>,
/// <c>unknown-message</c>, <c>invalid-ask</c>, <c>invalid-tell</c>, <c>invalid-report</c>, <c>invalid-best</c>, <c>unknown-trial</c>,
/// <c>already-told</c>.
/// </remarks>
public sealed class AskTellSession
{
    /// <summary>Most trials of one <c>ask</c>.</summary>
    public const int MaxAsk = 10_000;

    private readonly SweepSpec _spec;
    private readonly ulong _seed;
    private readonly ISearchAlgorithm _algorithm;
    private readonly List<Assignment> _trials = []; // by trial number
    private readonly SortedList<int, Observation> _finished = [];
    private readonly SortedList<int, PendingTrial> _pending = [];
    private readonly StoppingPlan? _stopping;
    private readonly SortedList<int, List<double>> _curves = []; // losses at the rungs, by trial number
    private readonly Dictionary<int, SortedDictionary<int, AskTellMessage.Tell>> _told = []; // with tasks: what was told so far, by trial number and task
    private readonly Dictionary<int, string> _stopped = []; // why, by trial number

    /// <summary>Opens a session.</summary>
    /// <param name="spec">The sweep; its <c>trial</c> section is not used.</param>
    /// <param name="algorithm">Overrides <c>search.algorithm</c>.</param>
    /// <param name="seed">Overrides <c>search.seed</c>.</param>
    /// <exception cref="SearchException">The algorithm is unknown or cannot search the space, or the spec begins with an earlier sweep.</exception>
    public AskTellSession(SweepSpec spec, string? algorithm = null, ulong? seed = null)
    {
        if (spec.WarmStart is { } earlier) throw new SearchException($"ask-tell has no store, so it cannot begin with the sweep '{earlier}'; leave `warmStart` out, or tell its trials");
        if (spec is { Tasks.Length: > 0, EarlyStopping: not null }) throw new SearchException("ask-tell takes no reports of tasks, so it cannot stop trials on several of them early; leave `earlyStopping` out");
        _spec = spec;
        _seed = seed ?? spec.Search.Seed;
        _stopping = StoppingPlan.Of(spec);
        string name = algorithm ?? spec.Search.Algorithm;
        _algorithm = SearchAlgorithms.Create(name);
        if (SearchAlgorithms.Problem(name, spec.Space) is { } problem) throw new SearchException(problem);
        if (spec.HasFront && !SearchAlgorithms.TakesSeveralObjectives(name))
            throw new SearchException($"{name} follows one objective; for several use {string.Join(", ", SearchAlgorithms.Names.Where(SearchAlgorithms.TakesSeveralObjectives))}");
    }

    /// <summary>Answers one line; never throws for what the line says.</summary>
    /// <param name="line">A JSON object, without the line's end.</param>
    /// <returns>A JSON object in one line, without the line's end.</returns>
    public string Handle(string line)
    {
        try
        {
            return AskTellReader.Read(line, MaxAsk) switch
            {
                AskTellMessage.Ask ask => Ask(ask.Count),
                AskTellMessage.Tell tell => Tell(tell),
                AskTellMessage.Report report => Report(report),
                _ => Best(),
            };
        }
        catch (AskTellException e)
        {
            return AskTellAnswer.Error(e.Code, e.Message);
        }
    }

    private string Ask(int count)
    {
        var trials = new List<(int Number, Assignment Assignment)>(count);
        while (trials.Count < count && FirstTrials.Of(_spec, _seed, _trials.Count) is var (_, given)) trials.Add(Add(given.Assignment));
        if (trials.Count == count) return AskTellAnswer.Trials(trials, _spec.Tasks);
        SuggestResult result = _algorithm.Suggest(Context(), count - trials.Count);
        foreach (Suggestion s in result.Suggestions) trials.Add(Add(s.Assignment));
        return trials.Count == 0 ? AskTellAnswer.Done(result.Exhausted ?? "the search has ended") : AskTellAnswer.Trials(trials, _spec.Tasks);
    }

    private string Tell(AskTellMessage.Tell tell)
    {
        Assignment assignment = Known(tell.Number);
        if (_finished.TryGetValue(tell.Number, out Observation? before))
            throw new AskTellException("already-told", string.Create(CultureInfo.InvariantCulture,
                $"trial {tell.Number} has been told already, as {(before.Loss is { } loss ? Signed(loss).ToString("R", CultureInfo.InvariantCulture) : "failed")}"));
        double[]? losses = tell.Failed ? null : Losses(tell);
        if (!tell.Failed && !_stopped.ContainsKey(tell.Number) && _spec.Constraints.FirstOrDefault(c => !tell.Metrics.ContainsKey(c.Metric)) is { } missing)
            throw new AskTellException("invalid-tell", $"a constraint needs the metric '{missing.Metric}': tell it beside the value as \"metrics\": {{\"{missing.Metric}\": …}}");
        if (OfTask(tell) is not { } whole) return AskTellAnswer.Ok;
        if (whole != tell) (tell, losses) = (whole, Losses(whole)); // what all tasks together say
        _pending.Remove(tell.Number);
        List<double>? curve = _curves.GetValueOrDefault(tell.Number);
        _finished.Add(tell.Number, losses is null ? new Observation(tell.Number, assignment, ObservationState.Failed, null)
            : _stopped.ContainsKey(tell.Number)
                ? new Observation(tell.Number, assignment, ObservationState.Stopped, losses[0], Resource: _stopping!.Ladder[curve!.Count - 1], Curve: curve)
            : new Observation(tell.Number, assignment, ObservationState.Completed, losses[0], Curve: curve,
                Excess: _spec.Constraints.IsEmpty ? null : [.. _spec.Constraints.Select(c => c.Excess(tell.Metrics[c.Metric]))], Losses: _spec.HasFront ? losses : null)
            {
                Seconds = _spec.Search.CostAware && !_spec.HasFront ? tell.Seconds : null,
            });
        return AskTellAnswer.Ok;
    }

    // The losses that a tell says: its value, or with several objectives the values by their metrics.
    private double[] Losses(AskTellMessage.Tell tell)
    {
        string metrics = string.Join(", ", _spec.Objectives.Select(o => $"\"{o.Metric}\": …"));
        if (!_spec.HasFront) return tell.Value is { } value ? [Signed(value)] : throw new AskTellException("invalid-tell", "there is one objective: tell its \"value\"");
        if (tell.Values is not { } values) throw new AskTellException("invalid-tell", $"there are several objectives: tell \"values\": {{{metrics}}}");
        if (values.Keys.FirstOrDefault(k => _spec.Objectives.All(o => o.Metric != k)) is { } unknown)
            throw new AskTellException("invalid-tell", $"\"{unknown}\" is no objective: tell \"values\": {{{metrics}}}, and others as \"metrics\"");
        return [.. _spec.Objectives.Select(o => values.TryGetValue(o.Metric, out double v) ? Signed(v, o)
            : throw new AskTellException("invalid-tell", $"the value of \"{o.Metric}\" is missing: tell \"values\": {{{metrics}}}"))];
    }

    // With tasks: the trial's result once all tasks are told, or one has failed; null before. Without: what was told.
    private AskTellMessage.Tell? OfTask(AskTellMessage.Tell tell)
    {
        if (_spec.Tasks.IsEmpty)
            return tell.Task is null ? tell : throw new AskTellException("invalid-tell", $"the sweep has no tasks, but got \"task\": \"{tell.Task}\"");
        string names = string.Join(", ", _spec.Tasks.Select(t => t.Name));
        int task = tell.Task is not { } name ? throw new AskTellException("invalid-tell", $"say of which task the value is: \"task\" is one of {names}")
            : _spec.Tasks.Select(t => t.Name).ToList().IndexOf(name) is >= 0 and var at ? at : throw new AskTellException("invalid-tell", $"there is no task \"{name}\"; the tasks are {names}");
        if (!_told.TryGetValue(tell.Number, out SortedDictionary<int, AskTellMessage.Tell>? told)) _told[tell.Number] = told = [];
        if (!told.TryAdd(task, tell)) throw new AskTellException("already-told", string.Create(CultureInfo.InvariantCulture, $"trial {tell.Number} has been told already on task {tell.Task}"));
        if (tell.Value is null) return tell;
        if (told.Count < _spec.Tasks.Length) return null;
        double value = Objective.SearchAggregate(_spec.Objective, [.. told.Select(t => _spec.Tasks[t.Key].OnScale(t.Value.Value!.Value))]);
        // Constraints bound the mean of a metric over the runs.
        return tell with { Value = value, Seconds = told.Values.All(t => t.Seconds is not null) ? told.Values.Average(t => t.Seconds) : null, Metrics = _spec.Constraints.ToDictionary(c => c.Metric, c => told.Values.Average(t => t.Metrics[c.Metric]), StringComparer.Ordinal) };
    }

    private string Report(AskTellMessage.Report report)
    {
        Known(report.Number);
        if (_finished.ContainsKey(report.Number))
            throw new AskTellException("already-told", string.Create(CultureInfo.InvariantCulture, $"trial {report.Number} has ended, so it cannot report step {report.Step}"));
        if (_stopping is not { } plan) return AskTellAnswer.Decision(stop: false, "no stopping rule");
        if (_stopped.TryGetValue(report.Number, out string? reason)) return AskTellAnswer.Decision(stop: true, reason);
        int rung = plan.Ladder.Reached(report.Step), known = _curves.GetValueOrDefault(report.Number)?.Count ?? 0;
        if (rung < known)
            return AskTellAnswer.Decision(stop: false, rung < 0 ? $"no rung at step {report.Step.ToString("R", CultureInfo.InvariantCulture)}; the rungs are {plan.Ladder}" : $"rung {rung.ToString(CultureInfo.InvariantCulture)} has been reported already");
        if (known == 0) _curves.Add(report.Number, []);
        List<double> curve = _curves[report.Number];
        while (curve.Count <= rung) curve.Add(Signed(report.Value));
        RungDecision decision = plan.Rule.Decide(plan.Ladder, [.. _curves.Select(c => new RungCurve(c.Key, c.Value, _finished.GetValueOrDefault(c.Key) is { State: ObservationState.Completed } told ? told.Loss : null))], report.Number);
        if (decision.Stop) _stopped.Add(report.Number, decision.Reason);
        return AskTellAnswer.Decision(decision.Stop, decision.Reason);
    }

    private string Best()
    {
        Recommendation recommendation = _algorithm.Recommend(Context());
        IReadOnlyList<int> ranking = recommendation.Ranking;
        if (_spec.HasFront)
            return ranking.Count == 0 ? AskTellAnswer.NoFront : AskTellAnswer.Front(ranking.Take(recommendation.Front!.Value)
                .Select(t => (t, _spec.Objectives.Select((o, k) => (o.Metric, Signed(_finished[t].Losses![k], o))), _trials[t])));
        return ranking.Count == 0 ? AskTellAnswer.NoBest
            : AskTellAnswer.Best(ranking[0], Signed(_finished[ranking[0]].Loss!.Value), _trials[ranking[0]]);
    }

    private Assignment Known(int number) => number >= 0 && number < _trials.Count ? _trials[number]
        : throw new AskTellException("unknown-trial", string.Create(CultureInfo.InvariantCulture,
            $"trial {number} has not been asked for; {(_trials.Count == 0 ? "none has" : $"known are 0 to {_trials.Count - 1}")}"));

    private (int Number, Assignment Assignment) Add(Assignment assignment)
    {
        int number = _trials.Count;
        _trials.Add(assignment);
        _pending.Add(number, new PendingTrial(number, assignment));
        return (number, assignment);
    }

    private SearchContext Context() => new SearchContext
    {
        Space = _spec.Space,
        Seed = _seed,
        FirstTrial = _trials.Count,
        Observations = _finished.Values.AsReadOnly(),
        Pending = _pending.Values.AsReadOnly(),
        Budget = _spec.Limits.Trials,
        Parallel = _spec.Limits.Parallel ?? 1,
    }.For(_spec);

    // To and from a loss: a maximised metric changes its sign. 0 stays 0, not −0.
    private double Signed(double value) => Signed(value, _spec.Objective);

    private static double Signed(double value, ObjectiveSpec objective) => objective.Goal == Goal.Maximize ? 0 - value : value;
}
