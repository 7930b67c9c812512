using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps.Tests;

/// <summary>The analysis of whole sweeps in virtual time.</summary>
public sealed class AnalysisTests
{
    // loss = x² + a little noise; run time = 1 … 10 s by y; z does nothing; some trials fail, by z's value alone.
    private static SimulatedSweep Sweep(bool failures = false, ulong seed = 42) => new(
        Scenario.Spec(trials: 60, algorithm: "random", seed: seed) with
        {
            Space = new Space([new FloatParameter("x", -5, 5), new FloatParameter("y", 0, 1), new FloatParameter("z", 0, 1) { Role = ParameterRole.Model }]),
        },
        r => (TimeSpan.FromSeconds(1 + 9 * r.Assignment["y"]!.Value.AsNumber()),
            failures && r.Assignment["z"]!.Value.AsNumber() < 0.2 ? new RunOutcome.Failed("exit-code", "it fell over") : new RunOutcome.Finished(),
            Math.Pow(r.Assignment["x"]!.Value.AsNumber(), 2) + 0.1 * new RandomStream((ulong)r.Seed, StreamPurpose.Run).NextNormal()));

    [Fact]
    public void Says_what_mattered_to_the_metric_and_what_to_run_time()
    {
        SimulatedSweep sweep = Sweep();
        SweepState state = sweep.Run();
        SweepAnalysis analysis = AnalysisBuilder.Build(state);
        Assert.Equal((60, 60, 0, 0, 0), (analysis.Trials.Suggested, analysis.Trials.Used, analysis.Trials.Failed, analysis.Trials.Stopped, analysis.Trials.Without));
        (AnalysisParameter x, AnalysisParameter y, AnalysisParameter z) = (analysis.Parameters[0], analysis.Parameters[1], analysis.Parameters[2]);
        Assert.Equal((ImportanceVerdict.EffectShown, ImportanceVerdict.EffectShown), (x.Metric.Verdict, y.RunTime.Verdict));
        Assert.True(x.Metric.Fraction > 0.8 && y.RunTime.Fraction > 0.8 && x.AmongBest > 0.5, $"{x.Metric.Fraction} {y.RunTime.Fraction} {x.AmongBest}");
        Assert.Equal(ParameterRole.Model, z.Kind);
        // The curve of x is a parabola: low in the middle.
        Assert.True(x.Curve[7].Mean < 5 && x.Curve[0].Mean > 10 && x.Curve[^1].Mean > 10);
        Assert.False(analysis.Provisional);

        // The same record says the same, whoever folded it.
        sweep.NewHost();
        Assert.Equal(AnalysisText.ToJson(analysis), AnalysisText.ToJson(AnalysisBuilder.Build(sweep.State)));
        Assert.Equal(state.HeadDigest, JsonDocument.Parse(AnalysisText.ToJson(analysis)).RootElement.GetProperty("headDigest").GetString());
        string text = AnalysisText.ToText(analysis);
        Assert.Contains("no effect shown", text, StringComparison.Ordinal);
        Assert.Contains("60 of 60 trials used", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_nothing_is_rarely_said_to_do_something()
    {
        // Ten sweeps with two parameters each that do nothing to the metric, and two to run time: of 40 verdicts at level 0.02 more than 4 have a
        // chance of 0.001. What does something is found in all.
        int wrong = 0;
        for (ulong seed = 1; seed <= 10; seed++)
        {
            AnalysisParameter[] p = [.. AnalysisBuilder.Build(Sweep(seed: seed).Run()).Parameters];
            Assert.Equal((ImportanceVerdict.EffectShown, ImportanceVerdict.EffectShown), (p[0].Metric.Verdict, p[1].RunTime.Verdict));
            wrong += new[] { p[1].Metric, p[2].Metric, p[0].RunTime, p[2].RunTime }.Count(e => e.Verdict == ImportanceVerdict.EffectShown);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{wrong} of 40");
        Assert.True(wrong <= 4, $"{wrong} of 40");
    }

    [Fact]
    public void Failed_trials_are_left_out_and_said_to_be()
    {
        SweepAnalysis analysis = AnalysisBuilder.Build(Sweep(failures: true).Run());
        Assert.True(analysis.Trials.Failed > 3, $"{analysis.Trials.Failed}");
        Assert.Equal(analysis.Trials.Suggested, analysis.Trials.Used + analysis.Trials.Failed);
        Assert.Contains(analysis.Notes, n => n.StartsWith($"{analysis.Trials.Failed} failed trials are left out", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sweep_in_which_everything_failed_gets_a_sentence()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 12), _ => (TimeSpan.FromSeconds(1), new RunOutcome.Failed("exit-code", "it fell over"), null));
        SweepAnalysis analysis = AnalysisBuilder.Build(sweep.Run());
        Assert.Equal("an analysis needs at least 10 trials with a value, but there are 0", analysis.MetricModel.WhyNone);
        Assert.All(analysis.Parameters, p => Assert.Equal(ImportanceVerdict.TooFewTrials, p.Metric.Verdict));
        Assert.Contains("none: an analysis needs", AnalysisText.ToText(analysis), StringComparison.Ordinal);
    }
}
