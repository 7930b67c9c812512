using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

// What holds with several objectives.
public abstract partial class SearchAlgorithmTests
{
    /// <summary>Whether it searches for a front; one that does not refuses.</summary>
    private protected virtual bool TakesSeveralObjectives => true;

    // Two bowls with optima apart, and a third objective that is a slope: nothing is best in all.
    private static double[] Conflict(Assignment a)
    {
        double[] u = a.ToUnit(0.9);
        return [u.Sum(x => (x - 0.2) * (x - 0.2)), u.Sum(x => (x - 0.8) * (x - 0.8)), u.Sum()];
    }

    private static Sweeper ForFront(Space space, int objectives, int parallel = 1, bool deterministic = true) => new(space, _ => throw new InvalidOperationException("there is more than one loss"))
    {
        Losses = a => Conflict(a)[..objectives],
        Objectives = objectives,
        Parallel = parallel,
        Deterministic = deterministic,
        Fails = t => t % 9 == 4,
    };

    [Fact]
    public void TheRegistryKnowsWhoSearchesForAFrontAndTheOthersRefuse()
    {
        Assert.Equal(TakesSeveralObjectives, SearchAlgorithms.TakesSeveralObjectives(Create().Name));
        if (!TakesSeveralObjectives)
            Assert.Contains("one objective", Assert.Throws<SearchException>(() => ForFront(Spaces.Mixed, 2).Run(Create(), 20)).Message);
    }

    [Fact]
    public void WithSeveralObjectivesTheSameContextGetsTheSameAnswerAndAlsoThroughJson()
    {
        if (!TakesSeveralObjectives) return;
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional, Spaces.MixedForbidden, Spaces.Single }.Select(Prepare))
        {
            Sweeper sweep = ForFront(space, 2, parallel: 3, deterministic: false);
            ISearchAlgorithm served = Create();
            sweep.Run(served, 26);
            Assert.All(sweep.Observations, o => Spaces.AssertInside(space, o.Assignment));
            foreach ((SearchContext context, SuggestResult result) in sweep.Asked.Skip(8))
            {
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(served.Suggest(context, 1)));
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(Create().Suggest(Sweeper.ThroughJson(context), 1)));
            }

            Assert.Equal(Sweeper.Text(served.Recommend(sweep.Context)), Sweeper.Text(Create().Recommend(Sweeper.ThroughJson(sweep.Context))));
        }
    }

    [Fact]
    public void WithSeveralObjectivesABatchIsTheSameAsOneAfterTheOther()
    {
        if (!TakesSeveralObjectives) return;
        Sweeper sweep = ForFront(Prepare(Spaces.Mixed), 3);
        sweep.Run(Create(), 16);
        SearchContext context = sweep.Context;
        SuggestResult batch = Create().Suggest(context, 3);
        foreach (Suggestion s in batch.Suggestions)
        {
            Assert.Equal(s, Create().Suggest(context, 1).Suggestions[0]);
            context = context with { FirstTrial = context.FirstTrial + 1, Pending = [.. context.Pending, new PendingTrial(context.FirstTrial, s.Assignment)] };
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void WithoutNoiseTheFrontIsWhatNothingDominatesAndItComesFirst(int objectives)
    {
        if (!TakesSeveralObjectives) return;
        Sweeper sweep = ForFront(Prepare(Spaces.Mixed), objectives);
        ISearchAlgorithm algorithm = Create();
        sweep.Run(algorithm, 40);
        Observation[] completed = [.. sweep.Observations.Where(o => o.Losses is not null)];
        bool Dominated(Observation o) => completed.Any(p => p.Losses!.Zip(o.Losses!).All(l => l.First <= l.Second) && p.Losses!.Zip(o.Losses!).Any(l => l.First < l.Second));
        Recommendation best = algorithm.Recommend(sweep.Context);
        Assert.Equal(completed.Where(o => !Dominated(o)).Select(o => o.Number).Order(), best.Ranking.Take(best.Front!.Value).Order());
        Assert.Equal(completed.Select(o => o.Number).Order(), best.Ranking.Order());
    }

    [Fact]
    public void WithSeveralObjectivesTrialsThatBreakAConstraintAreNotOfTheFront()
    {
        if (!TakesSeveralObjectives) return;
        var sweep = new Sweeper(Prepare(Spaces.Mixed), Bowl) { Losses = a => Conflict(a)[..2], Objectives = 2, Excess = TwoBounds, Fails = t => t % 9 == 4 };
        ISearchAlgorithm algorithm = Create();
        sweep.Run(algorithm, 40);
        Dictionary<int, double> violation = sweep.Observations.ToDictionary(o => o.Number, o => o.Violation);
        Recommendation best = algorithm.Recommend(sweep.Context);
        Assert.Equal(best.Ranking.Select(t => violation[t]).Order(), best.Ranking.Select(t => violation[t]));
        Assert.All(best.Ranking.Take(best.Front!.Value), t => Assert.Equal(0, violation[t]));
    }

    [Fact]
    public void HugeTiedAndConstantVectorsAndFailuresAreSurvived()
    {
        if (!TakesSeveralObjectives) return;
        Func<Assignment, double[]>[] losses =
        [
            _ => [0, 0], a => [Bowl(a) > 0.5 ? 1e300 : -1e300, Bowl(a)], a => [1, Bowl(a), -Bowl(a)], a => [double.MaxValue * Math.Sign(a.ToUnit(0.5)[0] - 0.5), -double.MaxValue],
            a => [Math.Round(Bowl(a)), -Math.Round(Bowl(a)), 1, Bowl(a)],
        ];
        foreach (Space space in new[] { Spaces.Conditional, Spaces.Single }.Select(Prepare))
        {
            foreach (Func<Assignment, double[]> loss in losses) Check(loss, _ => false);
            Check(losses[0], _ => true);
            Check(losses[1], t => t < 15);

            void Check(Func<Assignment, double[]> loss, Func<int, bool> fails)
            {
                var sweep = new Sweeper(space, Bowl) { Losses = loss, Objectives = loss(space.FromUnit(new double[space.Count])).Length, Fails = fails };
                ISearchAlgorithm algorithm = Create();
                sweep.Run(algorithm, 22);
                Assert.All(sweep.Observations, o => Spaces.AssertInside(space, o.Assignment));
                Recommendation best = algorithm.Recommend(sweep.Context);
                Assert.Equal(sweep.Observations.Where(o => o.Loss is not null).Select(o => o.Number).Order(), best.Ranking.Order());
                Assert.InRange(best.Front!.Value, Math.Min(1, best.Ranking.Count), best.Ranking.Count);
            }
        }
    }

    [Fact]
    public void WithSeveralObjectivesAFiniteSpaceIsSeenWholeBeforeItEnds()
    {
        if (!TakesSeveralObjectives) return;
        foreach ((Space space, int count) in new[] { (Spaces.Small, 28), (Spaces.SmallForbidden, 20) })
        {
            Sweeper sweep = ForFront(space, 2, parallel: 2);
            Assert.NotNull(sweep.Run(Create(), 100));
            Assert.Equal(count, sweep.Observations.Select(o => o.Assignment).Distinct().Count());
            Assert.Equal(count, sweep.Observations.Count);
        }
    }

    [Fact]
    public void EveryObjectiveMattersToAlgorithmsThatLearnAndToNoOthers()
    {
        if (!TakesSeveralObjectives) return;
        Space space = Prepare(Spaces.Mixed);
        string Run(Func<Assignment, double[]> losses)
        {
            var sweep = new Sweeper(space, Bowl) { Losses = losses, Objectives = 2 };
            sweep.Run(Create(), 30);
            return string.Join("\n", sweep.Observations.Select(o => o.Assignment.ToJson()));
        }

        Assert.Equal(Learns, Run(a => Conflict(a)[..2]) != Run(a => [Conflict(a)[0], -Conflict(a)[1]]));
    }
}
