using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>
/// Selection as a race (SEMANTICS §5). Each round of the race is a selection stage; within it trials are eliminated as soon as the log has
/// the seeds that show them to be worse, and between rounds the better ones go on. Pure: the race is played again from the log at each look,
/// seed after seed, so that neither the order in which runs end nor the moment of the look changes who is eliminated.
/// </summary>
public static class Racing
{
    /// <summary>The first version of the engine that races. Selection of sweeps made before gives all candidates the same seeds.</summary>
    public const int SinceEngine = 2;

    /// <summary>Why the sweep's selection does not race; null when it does.</summary>
    public static string? WhyNot(SweepState state) =>
        state.Spec.HasFront ? "no test of elimination is known that keeps its error for a front, so every candidate gets the same seeds"
        : state.Created!.EngineVersion < SinceEngine ? "it was made before there were races"
        : state.Spec.Tunability is not null ? "the winners of several groups are looked for, so every candidate gets the same seeds"
        : !state.Spec.Seeds.Selection.Race ? "the spec says race: false"
        : state.Spec.Constraints.Length > 0 ? "the tests of a race know nothing of constraints, so every candidate gets the same seeds"
        : state.Spec.Objective.Statistic.Kind != StatisticKind.Mean ? $"no test of elimination by {state.Spec.Objective.Statistic} is known that keeps its error, so every candidate gets the same seeds"
        : null;

    /// <summary>The test: as the spec says, or betting where bounds are declared and signs otherwise.</summary>
    public static RaceTest TestOf(SweepSpec spec) => spec.Seeds.Selection.Test ?? (spec.Objective.Bounds is null ? RaceTest.Sign : RaceTest.Betting);

    /// <summary>The trial that the runs so far show to be worse and that has not been eliminated yet; null: none, or no race.</summary>
    public static SweepEvent.Eliminated? Eliminate(SweepState state)
    {
        if (!state.InStage(StageKind.Selection) || state.Champion is not null || state.Cancel is not null || WhyNot(state) is not null) return null;
        Standings now = Play(state)!;
        if (now.Eliminations.Count == state.Eliminated.Count) return null;
        Elimination next = now.Eliminations[state.Eliminated.Count];
        int trial = now.Trials[next.Trial], rival = now.Trials[next.Rival], left = now.Trials.Count - now.AsideBefore(next) - state.Eliminated.Count - 1;
        double alpha = state.Spec.Seeds.Selection.Alpha;
        string what = TestOf(state.Spec) switch
        {
            RaceTest.Sign => "it would come from a trial that is at least as likely to be the better one on a seed as the worse one (sign test: about the typical seed, not the mean)",
            RaceTest.Betting => "it would come from a trial whose mean no other one beats (betting on means, by the declared bounds)",
            _ => "it would come from a trial whose differences to the others are symmetric about a centre in its favour (symmetric test)",
        };
        return new(trial, rival, next.Seeds, next.Better, next.Worse, next.Evidence, left, Code(TestOf(state.Spec)), string.Create(CultureInfo.InvariantCulture,
            $"trial {trial} leaves the race after {next.Seeds} common seeds: worse than the best other trial on {next.Worse}, better on {next.Better}; evidence of {next.Evidence:0.#} reaches {1 / alpha:0.#}, and in at most {alpha * 100:0.###} % of races {what}"));
    }

    /// <summary>
    /// The same while a round goes on. Where it is promised that a sweep run again has the same runs at any parallelism (SEMANTICS §2),
    /// eliminations wait for the round's end: which runs are under way when a trial is shown to be worse depends on how long they take.
    /// </summary>
    public static SweepEvent.Eliminated? EliminateEarly(SweepState state) =>
        state.Spec.Search.Order == SearchOrder.Lagged || state.Spec.Search.Algorithm is "random" or "grid" or "sobol" ? null : Eliminate(state);

    /// <summary>The next round, now that no run of this one is queued or under way; null: the race is over.</summary>
    internal static SweepEvent.StageOpened? NextRound(SweepState state)
    {
        if (WhyNot(state) is not null) return null;
        Standings now = Play(state)!;
        SelectionSpec selection = state.Spec.Seeds.Selection;
        int used = now.Rounds.Sum(r => state.RunsOf(r.Index).Count(run => run.Attempt > 0));
        int affordable = Budget.Affordable(state, Math.Max(0, selection.Runs - used), 1, Budget.EvaluationRuns(state)).Runs;
        (int keep, int seeds) = RaceRounds.Next(now.Began, now.Race.Active.Count, now.Race.Seeds, affordable / state.Spec.TaskCount, selection.MaxSeeds);
        if (seeds == 0) return null;
        int[] on = [.. now.Race.Ranking().Take(keep).Order().Select(i => now.Trials[i])];
        int aside = now.Race.Active.Count - keep;
        string others = aside == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {(aside == 1 ? "the other one is" : $"the other {aside} are")} set aside, which is not to say {(aside == 1 ? "that it is" : "that they are")} worse");
        return new(state.Stages.Count, StageKind.Selection, Plan(state, on, now.Race.Seeds + seeds), LookedBefore: false, "race", string.Create(CultureInfo.InvariantCulture,
            $"round {now.Rounds.Count + 1} of the race: trials {string.Join(", ", on)} have the best means over {now.Race.Seeds} common seeds and get {seeds} more each, of {affordable} runs left{others}"));
    }

    /// <summary>Runs that bring each trial to so many seeds; those that an earlier selection has run count.</summary>
    internal static ImmutableArray<PlannedRuns> Plan(SweepState state, IEnumerable<int> trials, int seeds) =>
    [
        .. trials.Select(t =>
        {
            int have = state.Trials[t].In(SeedPool.Selection).GroupBy(r => r.Key.Replicate).Count(g => g.Count() == state.Spec.TaskCount);
            return new PlannedRuns(t, Math.Min(have, seeds), Math.Max(0, seeds - have));
        }),
    ];

    /// <summary>The newest race as far as the log tells it, whether it goes on or is over; null: there was none.</summary>
    internal static Standings? Play(SweepState state)
    {
        if (WhyNot(state) is not null) return null;
        int last = state.Stages.FindLastIndex(s => s.Kind == StageKind.Selection), first = last;
        if (last < 0) return null;
        while (first > 0 && state.Stages[first - 1].Kind == StageKind.Selection) first--;
        List<StageRecord> rounds = state.Stages[first..(last + 1)];
        int[] trials = [.. rounds[0].Opened.Plan.Select(p => p.Trial)];
        var standings = new Standings(trials, rounds, new Race(trials.Length, TestOf(state.Spec), state.Spec.Seeds.Selection.Alpha, LossBounds(state.Spec)));
        foreach (StageRecord round in rounds)
            if (!PlayRound(state, standings, round)) break;
        return standings;
    }

    // False when a run that comes next has not ended yet.
    private static bool PlayRound(SweepState state, Standings now, StageRecord round)
    {
        ImmutableArray<PlannedRuns> plan = round.Opened.Plan;
        now.Race.Keep([.. plan.Select(p => IndexOf(now.Trials, p.Trial))]);
        now.Began = now.Race.Active.Count;
        now.AsideAfter.Add((now.Race.Seeds, now.Trials.Count - plan.Length - now.Eliminations.Count));
        int until = plan.Max(p => p.From + p.Count);
        double[] losses = new double[now.Trials.Count];
        while (now.Race.Seeds < until && now.Race.Active.Count > 1)
        {
            foreach (int i in now.Race.Active)
            {
                // With tasks, what is compared on a seed is the mean over all of them.
                double loss = 0;
                for (int task = 0; task < state.Spec.TaskCount; task++)
                {
                    if (state.Run(new RunKey(now.Trials[i], SeedPool.Selection, now.Race.Seeds, task)) is not { Phase: RunPhase.Ended } run) return false;
                    loss += run.CompletedInFull ? state.Spec.Objective.ToLoss(run.Result!.Value!.Value) / state.Spec.TaskCount : run.Failed ? double.PositiveInfinity : double.NaN;
                }

                losses[i] = loss;
            }

            now.Eliminations.AddRange(now.Race.Add(losses));
        }

        return true;
    }

    private static int IndexOf(IReadOnlyList<int> trials, int trial)
    {
        for (int i = 0; i < trials.Count; i++)
            if (trials[i] == trial) return i;
        throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"trial {trial} joins a race that has begun without it"));
    }

    private static (double Low, double High)? LossBounds(SweepSpec spec)
    {
        if (spec.Objective.Bounds is not { } b) return null;
        if (!spec.Tasks.IsEmpty) b = (spec.Tasks.Sum(t => t.OnScale(b.Low) / spec.TaskCount), spec.Tasks.Sum(t => t.OnScale(b.High) / spec.TaskCount));
        return spec.Objective.Goal == Goal.Minimize ? b : (-b.High, -b.Low);
    }

    private static string Code(RaceTest test) => test.ToString().ToLowerInvariant();

    /// <summary>A race as the log tells it.</summary>
    /// <param name="Trials">The candidates, by index in the race.</param>
    /// <param name="Rounds">Its rounds so far.</param>
    /// <param name="Race">The race after the seeds that count.</param>
    internal sealed record Standings(IReadOnlyList<int> Trials, IReadOnlyList<StageRecord> Rounds, Race Race)
    {
        /// <summary>Trials that began the newest round.</summary>
        public int Began { get; set; }

        /// <summary>Who was shown to be worse, in order.</summary>
        public List<Elimination> Eliminations { get; } = [];

        /// <summary>For each round: seeds at its beginning, and how many trials had been set aside by then.</summary>
        public List<(int Seeds, int Aside)> AsideAfter { get; } = [];

        /// <summary>The trials that are still in the race.</summary>
        public IEnumerable<int> Active => Race.Active.Select(i => Trials[i]);

        /// <summary>After how many seeds a trial was set aside; null: it was not.</summary>
        public int? SetAside(int trial)
        {
            for (int r = 1; r < AsideAfter.Count; r++)
            {
                if (Rounds[r - 1].Opened.Plan.All(p => p.Trial != trial) || Rounds[r].Opened.Plan.Any(p => p.Trial == trial)) continue;
                return Eliminations.Exists(e => Trials[e.Trial] == trial) ? null : AsideAfter[r].Seeds;
            }

            return null;
        }

        /// <summary>How many trials had been set aside before an elimination.</summary>
        public int AsideBefore(Elimination e) => AsideAfter.FindLast(a => a.Seeds < e.Seeds).Aside;
    }
}
