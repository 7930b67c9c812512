using HyperCloud.Core;
using HyperCloud.Search;

/// <summary>
/// A sweep over a <see cref="CurveTable"/> in virtual time: some workers, an epoch of any trial takes one tick of one worker and counts as one unit.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="algorithm">Search algorithm.</param>
/// <param name="rule">Stopping rule; null: every trial runs to full length.</param>
/// <param name="pause">Trials pause at rungs and may go on later, instead of being stopped.</param>
/// <param name="trend">The rule compares whole curves (<c>compare: trend</c>).</param>
/// <param name="noisy">Runs see the noise of one seed.</param>
/// <param name="seed">Sweep seed; also keys the noise.</param>
internal sealed class FidelitySweep(CurveTable table, string algorithm, string? rule, bool pause, bool trend, bool noisy, int seed)
{
    public const int Workers = 4;
    public const double Reduction = 3;

    private readonly ISearchAlgorithm _algorithm = SearchAlgorithms.Create(algorithm);
    private readonly IStoppingRule? _rule = rule is null ? null : StoppingRules.Create(rule, trend);
    private readonly RungLadder _ladder = new(1, table.Length, Reduction);
    private readonly List<Trial> _trials = [];

    private sealed class Trial(int number, Assignment assignment, double[] curve)
    {
        public int Number { get; } = number;

        public Assignment Assignment { get; } = assignment;

        public double[] Curve { get; } = curve;

        public List<double> Rungs { get; } = [];

        public int Epochs { get; set; }

        public bool Running { get; set; } = true;

        public bool Stopped { get; set; }
    }

    /// <summary>After which numbers of units the recommended trial changed, and its normalised regret from then on.</summary>
    public List<(int Units, double Regret)> Run(int units)
    {
        var workers = new Trial?[Workers];
        List<(int Units, double Regret)> history = [];
        int recommended = -1;
        for (int used = 0; used < units;)
        {
            for (int w = 0; w < Workers && used < units; w++)
            {
                Trial trial = workers[w] ??= Resume() ?? Suggest();
                trial.Epochs++;
                used++;
                bool full = trial.Epochs == table.Length;
                if (full) trial.Running = false;
                else if (_rule is not null && _ladder.Reached(trial.Epochs) is var rung && rung >= trial.Rungs.Count) AtRung(trial, rung);
                if (trial.Running) continue;
                workers[w] = null;
                if (!full || _algorithm.Recommend(Context()).Ranking[0] is var best && best == recommended) continue;
                recommended = best;
                history.Add((used, 1000 * (table.True(_trials[best].Assignment)[^1] - table.Best) / table.Scale));
            }
        }

        Trials = _trials.Count;
        return history;
    }

    /// <summary>Trials suggested.</summary>
    public int Trials { get; private set; }

    private void AtRung(Trial trial, int rung)
    {
        while (trial.Rungs.Count <= rung) trial.Rungs.Add(trial.Curve[trial.Epochs - 1]);
        if (rung < _rule!.FirstRung(_ladder, trial.Number)) return;
        if (pause) trial.Running = false;
        else if (_rule.Decide(_ladder, Curves(), trial.Number).Stop) (trial.Running, trial.Stopped) = (false, true);
    }

    private Trial? Resume()
    {
        if (!pause || _rule!.Promote(_ladder, Curves(), t => !_trials[t].Running && _trials[t].Epochs < table.Length) is not { } promotion) return null;
        Trial trial = _trials[promotion.Trial];
        trial.Running = true;
        return trial;
    }

    private Trial Suggest()
    {
        SearchContext context = Context();
        Assignment next = _algorithm.Suggest(context, 1).Suggestions[0].Assignment;
        double[] curve = noisy ? table.Observe(next, new RandomStream((ulong)seed, StreamPurpose.Run, (ulong)context.FirstTrial)) : table.True(next);
        var trial = new Trial(context.FirstTrial, next, curve);
        _trials.Add(trial);
        return trial;
    }

    private List<RungCurve> Curves() => [.. _trials.Where(t => t.Rungs.Count > 0).Select(t => new RungCurve(t.Number, t.Rungs, t.Epochs == table.Length ? t.Curve[^1] : null))];

    private SearchContext Context() => new()
    {
        Space = table.Space,
        Seed = (ulong)seed,
        FirstTrial = _trials.Count,
        Observations = [.. _trials.Where(t => !t.Running || (pause && t.Rungs.Count > 0)).Select(Told)],
        Pending = [.. _trials.Where(t => t.Running && !(pause && t.Rungs.Count > 0)).Select(t => new PendingTrial(t.Number, t.Assignment))],
        Parallel = Workers,
        Deterministic = !noisy,
    };

    // As the engine tells it (Objective.Observe): the value at full length, or that of the highest rung.
    private Observation Told(Trial trial)
    {
        double[]? rungs = _rule is null ? null : [.. trial.Rungs];
        return !trial.Running && trial.Epochs == table.Length
            ? new Observation(trial.Number, trial.Assignment, ObservationState.Completed, trial.Curve[^1], Curve: rungs)
            : new Observation(trial.Number, trial.Assignment, ObservationState.Stopped, rungs![^1], Resource: _ladder[rungs.Length - 1], Curve: rungs);
    }
}
