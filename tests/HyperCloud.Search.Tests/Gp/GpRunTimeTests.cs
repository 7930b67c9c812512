using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

public sealed class GpRunTimeTests
{
    private static readonly Space Plane = new([new FloatParameter("x", 0, 1), new FloatParameter("size", 0, 1)]);

    // Run time falls 150-fold with size, and the least losses lie where it is small.
    private static Observation Told(int number, Assignment a, bool timed)
    {
        double[] u = a.ToUnit();
        double loss = Math.Sin(9 * u[0]) + 0.3 * Math.Sin(7 * u[0] + 4 * u[1]);
        return new Observation(number, a, ObservationState.Completed, loss) { Seconds = timed ? Math.Exp(5 - 5 * u[1]) : null };
    }

    private static SearchContext Context(bool timed, int trials, int? budget) => new()
    {
        Space = Plane,
        Seed = 3,
        FirstTrial = trials,
        Observations = [.. Enumerable.Range(0, trials).Select(i => Told(i, Plane.FromUnit([i * 0.618 % 1, i * 0.383 % 1]), timed))],
        Pending = [],
        Budget = budget,
    };

    private static double SecondsOf(Suggestion s) => Math.Exp(5 - 5 * s.Assignment.ToUnit()[1]);

    [Theory]
    [InlineData("gp")]
    [InlineData("auto")]
    public void Cheaper_trials_are_taken_where_time_is_told_and_the_reason_says_so(string algorithm)
    {
        int cheaper = 0;
        for (int trials = 14; trials < 34; trials += 2)
        {
            Suggestion without = SearchAlgorithms.Create(algorithm).Suggest(Context(false, trials, 1000), 1).Suggestions[0];
            Suggestion with = SearchAlgorithms.Create(algorithm).Suggest(Context(true, trials, 1000), 1).Suggestions[0];
            Assert.DoesNotContain("usual time", without.Reason);
            if (with.Reason.Contains("usual time")) cheaper += SecondsOf(with) < SecondsOf(without) ? 1 : 0;
        }

        Assert.InRange(cheaper, 7, 10);
    }

    [Fact]
    public void The_weight_is_the_share_of_trials_that_are_left()
    {
        var runTime = new GpRunTime(new GpOptions());
        Assert.Equal(0.8, runTime.TryFit(new SearchState(Context(true, 20, 100)))!.Weight);
        Assert.Equal(1, runTime.TryFit(new SearchState(Context(true, 20, null)))!.Weight);
        Assert.Null(runTime.TryFit(new SearchState(Context(true, 20, 20))));
        Assert.Null(runTime.TryFit(new SearchState(Context(false, 20, 100))));
    }

    // exp(5 - 5 size): the closed form of this test's run time, in multiples of the geometric mean.
    [Fact]
    public void The_expected_time_is_that_of_the_trials_around()
    {
        SearchContext context = Context(true, 30, 100);
        GpRunTime.Fit fit = new GpRunTime(new GpOptions()).TryFit(new SearchState(context))!;
        double mean = context.Observations.Average(o => Math.Log(o.Seconds!.Value));
        foreach (double size in new[] { 0.1, 0.5, 0.9 }) Assert.Equal(1, fit.Relative([0.5, size]) / Math.Exp(5 - 5 * size - mean), 0.1);
    }

    [Fact]
    public void Slopes_are_those_of_the_penalty()
    {
        GpRunTime.Fit fit = new GpRunTime(new GpOptions()).TryFit(new SearchState(Context(true, 25, 50)))!;
        double[] x = [0.3, 0.6], slopes = [1, 2];
        Assert.Equal(fit.Penalty(x), fit.Penalty(x, [0, 1], slopes), 12);
        const double H = 1e-6;
        double[] byHand = [1 - (fit.Penalty([0.3 + H, 0.6]) - fit.Penalty([0.3 - H, 0.6])) / (2 * H), 2 - (fit.Penalty([0.3, 0.6 + H]) - fit.Penalty([0.3, 0.6 - H])) / (2 * H)];
        Assert.Equal(byHand[0], slopes[0], 1e-4);
        Assert.Equal(byHand[1], slopes[1], 1e-4);
    }

    [Theory]
    [InlineData(0)] // no measurable time
    [InlineData(5)] // the same for all
    public void Times_that_tell_nothing_change_nothing(double seconds)
    {
        SearchContext without = Context(false, 20, 100), with = without with { Observations = [.. without.Observations.Select(o => o with { Seconds = seconds })] };
        Suggestion a = SearchAlgorithms.Create("gp").Suggest(without, 1).Suggestions[0], b = SearchAlgorithms.Create("gp").Suggest(with, 1).Suggestions[0];
        Assert.Equal((a.Assignment, a.Reason), (b.Assignment, b.Reason));
    }

    [Fact]
    public void What_an_instance_was_asked_before_leaves_no_trace()
    {
        ISearchAlgorithm cached = SearchAlgorithms.Create("auto");
        for (int trials = 12; trials < 30; trials++)
        {
            Suggestion a = cached.Suggest(Context(true, trials, 100), 1).Suggestions[0], b = SearchAlgorithms.Create("auto").Suggest(Context(true, trials, 100), 1).Suggestions[0];
            Assert.Equal((a.Assignment, a.Reason), (b.Assignment, b.Reason));
        }
    }
}
