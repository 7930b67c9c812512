using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

/// <summary>What every search algorithm promises. One subclass an algorithm; a new algorithm adds one and inherits all.</summary>
public abstract partial class SearchAlgorithmTests
{
    private protected abstract ISearchAlgorithm Create();

    /// <summary>Changes a space where the algorithm needs it (a grid needs points).</summary>
    private protected virtual Space Prepare(Space space) => space;

    /// <summary>Whether the observations change what is suggested.</summary>
    private protected virtual bool Learns => false;

    private protected virtual IEnumerable<Space> AllSpaces => [.. Spaces.All, .. Spaces.WithForbidden, Spaces.Believed];

    /// <summary>A smooth loss over the unit cube with its optimum inside, whatever the space.</summary>
    private protected static double Bowl(Assignment a)
    {
        double sum = 0;
        double[] u = a.ToUnit(0.9);
        for (int i = 0; i < u.Length; i++) sum += (u[i] - 0.3) * (u[i] - 0.3) * (1 + i % 3);
        return sum;
    }

    [Fact]
    public void AnInstanceNamesItselfAsTheRegistryDoes()
    {
        ISearchAlgorithm algorithm = Create();
        Assert.Contains(algorithm.Name, SearchAlgorithms.Names);
        Assert.IsType(algorithm.GetType(), SearchAlgorithms.Create(algorithm.Name));
        Assert.True(algorithm.Version >= 1);
    }

    [Fact]
    public void EverySuggestionIsInsideItsSpaceAndInactiveParametersAreAbsent()
    {
        foreach (Space space in AllSpaces)
        {
            var sweep = new Sweeper(space, Bowl) { Parallel = 2 };
            sweep.Run(Create(), space.Count > 100 ? 14 : 60);
            Assert.NotEmpty(sweep.Observations);
            Assert.All(sweep.Observations, o => Spaces.AssertInside(space, o.Assignment));
            Assert.All(sweep.Asked.SelectMany(a => a.Result.Suggestions), s => Assert.NotEmpty(s.Reason));
        }
    }

    [Fact]
    public void TheSameContextGetsTheSameAnswerFromAnInstanceThatHasServedAndFromAFreshOneAtEveryPrefix()
    {
        foreach (Space space in AllSpaces)
        {
            var sweep = new Sweeper(space, Bowl) { Parallel = 3, Fails = t => t % 7 == 3 };
            ISearchAlgorithm served = Create();
            sweep.Run(served, space.Count > 100 ? 13 : 45);
            foreach ((SearchContext context, SuggestResult result) in sweep.Asked)
            {
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(Create().Suggest(context, 1)));
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(served.Suggest(context, 1)));
            }

            Assert.Equal(Sweeper.Text(served.Recommend(sweep.Context)), Sweeper.Text(Create().Recommend(sweep.Context)));
        }
    }

    [Fact]
    public void TheContextReadBackFromJsonGetsTheSameAnswer()
    {
        foreach (Space space in AllSpaces)
        {
            var sweep = new Sweeper(space, Bowl) { Parallel = 2, Fails = t => t % 5 == 1 };
            ISearchAlgorithm served = Create();
            sweep.Run(served, space.Count > 100 ? 13 : 30);
            foreach ((SearchContext context, SuggestResult result) in sweep.Asked.Skip(sweep.Asked.Count - 8))
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(served.Suggest(Sweeper.ThroughJson(context), 1)));
            Assert.Equal(Sweeper.Text(Create().Recommend(sweep.Context)), Sweeper.Text(Create().Recommend(Sweeper.ThroughJson(sweep.Context))));
        }
    }

    [Fact]
    public void SuggestingChangesNothing()
    {
        var sweep = new Sweeper(Prepare(Spaces.Mixed), Bowl);
        ISearchAlgorithm algorithm = Create();
        sweep.Run(algorithm, 20);
        SearchContext context = sweep.Context;
        string first = Sweeper.Text(algorithm.Suggest(context, 2));
        algorithm.Suggest(context with { Seed = 7, FirstTrial = 90 }, 3);
        algorithm.Recommend(context);
        Assert.Equal(first, Sweeper.Text(algorithm.Suggest(context, 2)));
        Assert.Equal(20, context.Observations.Count);
    }

    [Fact]
    public void ABatchIsTheSameAsOneAfterTheOtherWithTheEarlierOnesPending()
    {
        foreach (Space space in AllSpaces)
        {
            var sweep = new Sweeper(space, Bowl);
            sweep.Run(Create(), 15);
            SearchContext context = sweep.Context;
            SuggestResult batch = Create().Suggest(context, 4);
            List<Suggestion> single = [];
            for (int i = 0; i < batch.Suggestions.Count; i++)
            {
                single.Add(Create().Suggest(context, 1).Suggestions[0]);
                context = context with { FirstTrial = context.FirstTrial + 1, Pending = [.. context.Pending, new PendingTrial(context.FirstTrial, single[^1].Assignment)] };
            }

            Assert.Equal(batch.Suggestions, single);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(17)]
    public void AsManyAsAskedForAreSuggested(int count)
    {
        SuggestResult result = Create().Suggest(new Sweeper(Prepare(Spaces.Mixed), Bowl).Context, count);
        Assert.Equal(count, result.Suggestions.Count);
        Assert.Null(result.Exhausted);
    }

    [Fact]
    public void ANegativeCountIsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Create().Suggest(new Sweeper(Prepare(Spaces.Mixed), Bowl).Context, -1));

    [Fact]
    public void TheSeedDecides()
    {
        string Run(ulong seed)
        {
            var sweep = new Sweeper(Prepare(Spaces.Mixed), Bowl) { Seed = seed };
            sweep.Run(Create(), 15);
            return string.Join("\n", sweep.Observations.Select(o => o.Assignment.ToJson()));
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
        Assert.NotEqual(Run(1), Run(1UL << 40 | 1));
    }

    [Fact]
    public void HugeTiedAndConstantLossesAndFailuresAreSurvived()
    {
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional, Spaces.Single }.Select(Prepare))
        {
            double at = 0;
            Func<Assignment, double>[] losses =
            [
                _ => 0, _ => -1e300, a => Bowl(a) > 0.5 ? 1e300 : -1e300, a => Math.Round(Bowl(a)), _ => at++ % 2 == 0 ? double.MaxValue : double.MinValue,
                _ => double.Epsilon,
            ];
            foreach (Func<Assignment, double> loss in losses) Check(new Sweeper(space, loss));
            Check(new Sweeper(space, Bowl) { Fails = _ => true });
            Check(new Sweeper(space, Bowl) { Fails = t => t < 20 });

            void Check(Sweeper sweep)
            {
                ISearchAlgorithm algorithm = Create();
                sweep.Run(algorithm, 30);
                Assert.All(sweep.Observations, o => Spaces.AssertInside(space, o.Assignment));
                Recommendation best = algorithm.Recommend(sweep.Context);
                Assert.Equal(sweep.Observations.Where(o => o.Loss is not null).Select(o => o.Number).Order(), best.Ranking.Order());
                Assert.NotEmpty(best.Reason);
            }
        }
    }

    [Fact]
    public void StoppedTrialsInformButAreNeverRecommended()
    {
        Space space = Prepare(Spaces.Mixed);
        var sweep = new Sweeper(space, Bowl);
        sweep.Run(Create(), 24);
        SearchContext context = sweep.Context;
        context = context with
        {
            Observations = [.. context.Observations.Select(o => o.Number % 3 == 0 ? o with { State = ObservationState.Stopped, Loss = -100, Resource = 3, Curve = [-100] } : o with { Curve = [-90] })],
        };
        ISearchAlgorithm algorithm = Create();
        Spaces.AssertInside(space, algorithm.Suggest(context, 1).Suggestions[0].Assignment);
        SearchContext otherwise = context with { Observations = [.. context.Observations.Select(o => o.State == ObservationState.Stopped ? o with { Curve = [-100 + o.Number] } : o)] };
        Spaces.AssertInside(space, Create().Suggest(otherwise, 1).Suggestions[0].Assignment);
        Assert.Equal(Enumerable.Range(0, 24).Where(t => t % 3 != 0), algorithm.Recommend(context).Ranking.Order());
    }

    // Breaks one of two constraints in about half of the space each.
    private static double[] TwoBounds(Assignment a)
    {
        double[] u = a.ToUnit(0.5);
        return [u[0] - 0.5, 10 * (0.4 - u[^1])];
    }

    [Fact]
    public void TrialsThatBreakAConstraintComeAfterAllThatDoNotTheLeastBrokenFirst()
    {
        var sweep = new Sweeper(Prepare(Spaces.Mixed), Bowl) { Excess = TwoBounds, Fails = t => t % 9 == 4 };
        ISearchAlgorithm algorithm = Create();
        sweep.Run(algorithm, 40);
        Dictionary<int, double> violation = sweep.Observations.ToDictionary(o => o.Number, o => o.Violation);
        int[] ranking = [.. algorithm.Recommend(sweep.Context).Ranking];
        Assert.Equal(sweep.Observations.Count(o => o.Loss is not null), ranking.Length);
        Assert.Contains(ranking, t => violation[t] > 0);
        Assert.Equal(ranking.Select(t => violation[t]).Order(), ranking.Select(t => violation[t]));
    }

    [Fact]
    public void WithConstraintsTheSameContextGetsTheSameAnswerAndAlsoThroughJson()
    {
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional, Spaces.MixedForbidden, Spaces.Single }.Select(Prepare))
        {
            var sweep = new Sweeper(space, Bowl) { Excess = TwoBounds, Parallel = 3, Fails = t => t % 7 == 3 };
            ISearchAlgorithm served = Create();
            sweep.Run(served, 25);
            foreach ((SearchContext context, SuggestResult result) in sweep.Asked.Skip(10))
            {
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(served.Suggest(context, 1)));
                Assert.Equal(Sweeper.Text(result), Sweeper.Text(Create().Suggest(Sweeper.ThroughJson(context), 1)));
            }
        }
    }

    [Fact]
    public void ConstraintsThatNothingMeetsOrOfHugeValuesAreSurvived()
    {
        foreach (Func<Assignment, double[]> excess in new Func<Assignment, double[]>[] { _ => [1], a => [1e300 * (a.ToUnit(0.5)[0] - 0.5)], _ => [double.MaxValue, double.MaxValue], _ => [0] })
        {
            var sweep = new Sweeper(Prepare(Spaces.Mixed), Bowl) { Excess = excess };
            ISearchAlgorithm algorithm = Create();
            sweep.Run(algorithm, 18);
            Assert.All(sweep.Observations, o => Spaces.AssertInside(Prepare(Spaces.Mixed), o.Assignment));
            Assert.Equal(18, algorithm.Recommend(sweep.Context).Ranking.Count);
        }
    }

    private static Observation[] EarlierTrials(Space space, int count)
    {
        var earlier = new Sweeper(space, Bowl) { Seed = 7 };
        earlier.Run(new RandomAlgorithm(), count);
        return [.. earlier.Observations.Select(o => o with { Number = o.Number - count })];
    }

    [Fact]
    public void TrialsOfAnEarlierSweepInformAlgorithmsThatLearnAndNoOthers()
    {
        foreach (Space space in new[] { Spaces.Mixed, Spaces.Conditional, Spaces.Single }.Select(Prepare))
        {
            string Run(IReadOnlyList<Observation> earlier)
            {
                var sweep = new Sweeper(space, Bowl) { Earlier = earlier, Parallel = 2 };
                ISearchAlgorithm served = Create();
                sweep.Run(served, 14);
                Assert.All(sweep.Observations, o => Spaces.AssertInside(space, o.Assignment));
                foreach ((SearchContext context, SuggestResult result) in sweep.Asked)
                    Assert.Equal(Sweeper.Text(result), Sweeper.Text(Create().Suggest(Sweeper.ThroughJson(context), 1)));
                Assert.Equal(earlier.Count + sweep.Observations.Count, served.Recommend(sweep.Context).Ranking.Count);
                return string.Join("\n", sweep.Observations.Select(o => o.Assignment.ToJson()));
            }

            if (space.CountAssignments(100) is null) Assert.Equal(Learns, Run([]) != Run(EarlierTrials(space, 25)));
        }
    }

    [Fact]
    public void WhatAnEarlierSweepHasSeenMayBeSeenAgain()
    {
        var sweep = new Sweeper(Spaces.Small, Bowl) { Earlier = EarlierTrials(Spaces.Small, 28), Deterministic = true };
        Assert.NotNull(sweep.Run(Create(), 100));
        Assert.Equal(28, sweep.Observations.Select(o => o.Assignment).Distinct().Count());
    }

    [Fact]
    public void WithoutTrialsNothingIsRecommended() => Assert.Empty(Create().Recommend(new Sweeper(Spaces.Mixed, Bowl).Context).Ranking);

    [Fact]
    public void WithoutNoiseTheRankingIsTheLosses()
    {
        var sweep = new Sweeper(Prepare(Spaces.Mixed), Bowl) { Deterministic = true };
        ISearchAlgorithm algorithm = Create();
        sweep.Run(algorithm, 40);
        Assert.Equal(sweep.Observations.OrderBy(o => o.Loss).ThenBy(o => o.Number).Select(o => o.Number), algorithm.Recommend(sweep.Context).Ranking);
    }

    [Fact]
    public void AFiniteSpaceIsSeenWholeBeforeAnythingIsRepeatedAndThenEndsWhenThereIsNoNoise()
    {
        var sweep = new Sweeper(Spaces.Small, Bowl) { Deterministic = true, Parallel = 3 };
        string? end = sweep.Run(Create(), 100);
        Assert.Contains("28", end);
        Assert.Equal(28, sweep.Observations.Count);
        Assert.Equal(28, sweep.Observations.Select(o => o.Assignment).Distinct().Count());
    }

    [Fact]
    public void OfAFiniteSpaceAllThatIsAllowedIsSeenBeforeItEnds()
    {
        var sweep = new Sweeper(Spaces.SmallForbidden, Bowl) { Deterministic = true, Parallel = 2 };
        Assert.NotNull(sweep.Run(Create(), 100));
        Assert.Equal(20, sweep.Observations.Count);
        Assert.Equal(20, sweep.Observations.Select(o => o.Assignment).Distinct().Count());
        Assert.All(sweep.Observations, o => Spaces.AssertInside(Spaces.SmallForbidden, o.Assignment));
    }

    [Fact]
    public void WhatIsLeftOfASpaceIsFoundHoweverLittleItIs()
    {
        // Two of 160,000 configurations are allowed, and with noise they are tried again and again.
        ParameterValue a = Spaces.V("v0");
        var space = new Space(Enumerable.Range(0, 4).Select(i => (Parameter)new CategoricalParameter($"c{i}", [.. Enumerable.Range(0, 20).Select(k => Spaces.V($"v{k}"))])),
            Enumerable.Range(0, 4).Select(i => new ForbiddenCombination([new($"c{i}", [.. Enumerable.Range(i == 0 ? 2 : 1, i == 0 ? 18 : 19).Select(k => Spaces.V($"v{k}"))])])));
        var sweep = new Sweeper(space, Bowl);
        sweep.Run(Create(), 12);
        Assert.Equal(2, sweep.Observations.Select(o => o.Assignment).Distinct().Count());
        Assert.All(sweep.Observations, o => Assert.Equal(a, o.Assignment["c3"]));
    }

    [Fact]
    public void WhereEverythingIsForbiddenNothingIsSuggested()
    {
        var space = new Space(Spaces.Small.Parameters, [new([new("n", [], Min: 0)])]);
        SuggestResult result = Create().Suggest(new Sweeper(space, Bowl).Context, 3);
        Assert.Empty(result.Suggestions);
        Assert.Contains("forbidden", result.Exhausted);
        Assert.Contains("forbidden", SearchAlgorithms.Problem("random", space));
    }

    [Fact]
    public void ABatchThatExhaustsTheSpaceIsShortAndSaysWhy()
    {
        SuggestResult result = Create().Suggest(new Sweeper(Spaces.Small, Bowl) { Deterministic = true }.Context, 40);
        Assert.Equal(28, result.Suggestions.Select(s => s.Assignment).Distinct().Count());
        Assert.Equal(28, result.Suggestions.Count);
        Assert.NotNull(result.Exhausted);
    }

    [Fact]
    public void ASpaceWithoutParametersHasOneTrial()
    {
        var sweep = new Sweeper(Spaces.Empty, _ => 1);
        Assert.NotNull(sweep.Run(Create(), 10));
        Assert.Equal("{}", Assert.Single(sweep.Observations).Assignment.ToJson());
        var constant = new Sweeper(new Space([new ConstantParameter("k", Spaces.V("a"))]), _ => 1);
        Assert.NotNull(constant.Run(Create(), 10));
        Assert.Single(constant.Observations);
    }

    [Fact]
    public void NoiseAllowsRepeatsOnceAllIsSeenUnlessItIsAGrid()
    {
        var sweep = new Sweeper(Spaces.Small, Bowl);
        string? end = sweep.Run(Create(), 60);
        Assert.Equal(28, sweep.Observations.Take(28).Select(o => o.Assignment).Distinct().Count());
        Assert.Equal(RepeatsUnderNoise, end is null);
        Assert.Equal(RepeatsUnderNoise ? 60 : 28, sweep.Observations.Count);
    }

    private protected virtual bool RepeatsUnderNoise => true;

    [Fact]
    public void ObservationsMatterToAlgorithmsThatLearnAndToNoOthers()
    {
        Space space = Prepare(Spaces.Mixed);
        string Run(Func<Assignment, double> loss)
        {
            var sweep = new Sweeper(space, loss);
            sweep.Run(Create(), 40);
            return string.Join("\n", sweep.Observations.Select(o => o.Assignment.ToJson()));
        }

        Assert.Equal(Learns, Run(Bowl) != Run(a => -Bowl(a)));
    }

    [Fact]
    public void PendingTrialsAreNotSuggestedAgainOnAFiniteSpace()
    {
        ISearchAlgorithm algorithm = Create();
        SearchContext context = new Sweeper(Spaces.Small, Bowl).Context;
        List<PendingTrial> pending = [];
        for (int t = 0; t < 28; t++)
        {
            Assignment next = algorithm.Suggest(context with { FirstTrial = t, Pending = [.. pending] }, 1).Suggestions[0].Assignment;
            Assert.DoesNotContain(next, pending.Select(p => p.Assignment));
            pending.Add(new PendingTrial(t, next));
        }
    }
}
