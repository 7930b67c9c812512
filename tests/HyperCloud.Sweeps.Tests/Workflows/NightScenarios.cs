using System.Text.Json;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What nights run, find and tell.</summary>
public sealed class NightScenarios
{
    private static readonly DateTimeOffset Start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero); // where the virtual clock begins

    private readonly Receiver _receiver = new();
    private double _worse;
    private int _nights;

    private SimulatedSweep Finished(int neighbours = 2)
    {
        var sweep = new SimulatedSweep(
            Scenario.Spec(trials: 12) with { Schedule = new ScheduleSpec { Cron = "0 2 * * *", Seeds = 10, Neighbours = neighbours, Webhook = "https://example.org/hook" } },
            request =>
            {
                (TimeSpan duration, RunOutcome outcome, double? value) = Scenario.Sphere()(request);
                return (duration, outcome, value + _worse);
            })
        { Options = o => o with { Webhooks = _receiver } };
        sweep.Runner.Inputs = [new("train.py", "aa"), new("rows.csv", "bb")];
        sweep.NewHost();
        Assert.Equal(SweepStatus.Finished, sweep.Run().Status);
        return sweep;
    }

    private SweepEvent.Judged Night(SimulatedSweep sweep)
    {
        DateTimeOffset at = Start.AddDays(_nights++).AddHours(2).AddSeconds(3);
        sweep.Clock.CreateTimer(_ => { }, null, at - sweep.Clock.GetUtcNow(), Timeout.InfiniteTimeSpan);
        sweep.Clock.Advance();
        Assert.NotNull(sweep.Service.BeginDue(sweep.Id, CancellationToken.None).Now());
        SweepState state = sweep.Run();
        Assert.Equal(SweepStatus.Finished, state.Status);
        return state.Judgements[state.Stage!.Index];
    }

    [Fact]
    public void A_night_repeats_canaries_and_runs_champion_and_neighbours_on_the_same_fresh_seeds()
    {
        SimulatedSweep sweep = Finished();
        SweepEvent.Judged judged = Night(sweep);
        SweepState state = sweep.State;
        int champion = state.Champion!.Trial;
        RunRecord[] runs = [.. state.RunsOf(state.Stage!.Index)];
        RunRecord[] canaries = [.. runs.Where(r => r.Key.Repeat == 1)];
        Assert.Equal(3, canaries.Length);
        Assert.All(canaries, c =>
        {
            RunRecord was = state.Run(c.Key with { Repeat = 0 })!;
            Assert.Equal((champion, state.Evaluation!.Index, was.Seed, was.Result!.Value), (c.Key.Trial, was.Stage, c.Seed, c.Result!.Value));
        });
        IGrouping<int, RunRecord>[] fresh = [.. runs.Where(r => r.Key.Repeat == 0).GroupBy(r => r.Key.Trial)];
        Assert.Equal(3, fresh.Length);
        Assert.All(fresh, g => Assert.Equal(fresh[0].Select(r => r.Seed).Order(), g.Select(r => r.Seed).Order()));
        Assert.DoesNotContain(fresh[0].Select(r => r.Seed), s => state.RunsOf(state.Evaluation!.Index).Any(r => r.Seed == s));
        Assert.Equal((NightVerdict.Unsure, 0, false), (judged.Verdict, judged.Changed.Length, judged.Tell));
        Assert.Contains("3 repeated runs came out the same", judged.Reason, StringComparison.Ordinal);

        // Neighbours are the nearest ones, and evaluation does not know the night.
        double Apart(int trial) => new[] { "x", "y" }.Sum(p => Math.Abs(state.Trials[trial].Assignment[p]!.Value.AsNumber() - state.Trials[champion].Assignment[p]!.Value.AsNumber()));
        double farthest = fresh.Max(g => Apart(g.Key));
        Assert.All(state.Trials.Where(t => fresh.All(g => g.Key != t.Number)), t => Assert.True(Apart(t.Number) >= farthest));
        SweepReport report = ReportBuilder.Build(state);
        Assert.Equal(10, report.Champion!.Evaluation!.Pool.Completed);
        Assert.Equal((10, 2), (report.Nights[0].Performance!.Pool.Completed, report.Nights[0].Neighbours.Length));
        Assert.Contains("unsure: no change of loss is shown", ReportText.ToText(report), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(_receiver.Messages);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_change_is_found_the_same_night_and_told_once_and_so_is_its_end()
    {
        SimulatedSweep sweep = Finished(neighbours: 0);
        for (int n = 0; n < 3; n++) Night(sweep);
        _worse = 2;
        SweepEvent.Judged judged = Night(sweep);
        Assert.Equal((NightVerdict.Worse, true), (judged.Verdict, judged.Tell));
        Assert.Equal(["nondeterminism"], judged.Changed);
        Assert.InRange(2, judged.Low!.Value, judged.High!.Value);
        Assert.Equal((40, 10), (judged.BaselineRuns, judged.RecentRuns));
        Assert.StartsWith("worse: loss is worse by ", judged.Reason, StringComparison.Ordinal);
        Assert.False(Night(sweep).Tell); // as bad as it was
        _worse = 0;
        judged = Night(sweep);
        Assert.Equal((true, true), (judged.Verdict != NightVerdict.Worse, judged.Tell));
        Assert.Equal(["worse", judged.Verdict.ToString().ToLowerInvariant()], _receiver.Messages.Select(m => m.Body.GetProperty("verdict").GetString()));
        Assert.Equal(sweep.Id, _receiver.Messages[0].Body.GetProperty("sweep").GetString());
        Assert.Equal(2, _receiver.Messages.Select(m => m.Id).Distinct().Count());
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Changed_files_are_named_as_code_or_data()
    {
        SimulatedSweep sweep = Finished(neighbours: 0);
        sweep.Runner.Inputs = [new("train.py", "ab"), new("rows.csv", "bb")];
        Assert.Equal(["code: train.py"], Night(sweep).Changed);
        sweep.Runner.Inputs = [new("train.py", "ab"), new("rows.csv", "bc")];
        SweepEvent.Judged judged = Night(sweep);
        Assert.Equal(["code: train.py", "data: rows.csv"], judged.Changed);
        Assert.True(judged.Tell);
        Assert.False(Night(sweep).Tell);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public async Task A_receiver_that_is_away_is_told_later_with_the_same_id()
    {
        SimulatedSweep sweep = Finished(neighbours: 0);
        _receiver.Problem = "away";
        _worse = 5;
        Night(sweep);
        SweepSummary summary = sweep.Hub.Summary(sweep.Id, CancellationToken.None).Now()!;
        Assert.Equal(sweep.Clock.GetUtcNow() + TimeSpan.FromMinutes(1), summary.TellAt);
        await sweep.Service.Tell(sweep.Id, CancellationToken.None); // too early: not tried
        Assert.Single(_receiver.Messages);
        _receiver.Problem = null;
        sweep.Clock.CreateTimer(_ => { }, null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        sweep.Clock.Advance();
        await sweep.Service.Tell(sweep.Id, CancellationToken.None);
        await sweep.Service.Tell(sweep.Id, CancellationToken.None); // taken: not again
        Assert.Equal(2, _receiver.Messages.Count);
        Assert.Equal(_receiver.Messages[0].Id, _receiver.Messages[1].Id);
        Assert.Null(sweep.Hub.Summary(sweep.Id, CancellationToken.None).Now()!.TellAt);
    }

    private sealed class Receiver : IWebhookSender
    {
        public List<(string Id, JsonElement Body)> Messages { get; } = [];

        public string? Problem { get; set; }

        public ValueTask<string?> Send(Uri address, string id, string body, CancellationToken cancellation)
        {
            Assert.Equal("https://example.org/hook", address.ToString());
            Messages.Add((id, JsonDocument.Parse(body).RootElement));
            return ValueTask.FromResult(Problem);
        }
    }
}
