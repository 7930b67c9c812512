namespace HyperCloud.Sweeps.Tests;

/// <summary>Sweeps whose search weighs expected gain against expected run time.</summary>
public sealed class CostAwareScenarios
{
    // Time grows with x, from 1 to 150 seconds; the optimum lies in the middle.
    private static SweepState Run(bool costAware, out ReplayResult replay)
    {
        SweepSpec spec = Scenario.Spec(trials: 40, parallel: 2, algorithm: "auto");
        var sweep = new SimulatedSweep(spec with { Search = spec.Search with { CostAware = costAware } }, request =>
        {
            double x = request.Assignment["x"]!.Value.AsNumber(), y = request.Assignment["y"]!.Value.AsNumber();
            return (TimeSpan.FromSeconds(Math.Exp((x + 5) / 2)), new RunOutcome.Finished(), 1 - Math.Exp(-(x * x + y * y) / 4) + 0.1 * (1 - Math.Cos(3 * y)));
        });
        SweepState state = sweep.Run();
        replay = sweep.Replay();
        return state;
    }

    [Fact]
    public void Spends_less_time_on_as_many_trials_and_replays_from_the_durations_of_the_record()
    {
        SweepState with = Run(costAware: true, out ReplayResult replay), without = Run(costAware: false, out _);
        Assert.Equal(SweepStatus.Finished, with.Status);
        Assert.IsType<ReplayResult.Verified>(replay);
        Assert.Contains(with.Trials, t => t.Reason.Contains("usual time"));
        Assert.DoesNotContain(without.Trials, t => t.Reason.Contains("usual time"));
        Assert.True(Spent(with) < 0.95 * Spent(without), $"{Spent(with)} ms with, {Spent(without)} without");

        static long Spent(SweepState state) => state.Runs().Where(r => r.Key.Pool == HyperCloud.Core.SeedPool.Search).Sum(r => r.Result!.DurationMs);
    }
}
