using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Sweeps that run again by schedule.</summary>
public sealed class ScheduleScenarios
{
    private static readonly DateTimeOffset Start = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero); // where the virtual clock begins

    private static SimulatedSweep Finished(string cron = "0 2 * * *")
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 5) with { Schedule = new ScheduleSpec { Cron = cron, Seeds = 4, Neighbours = 0 } }, Scenario.Sphere());
        Assert.Equal(SweepStatus.Finished, sweep.Run().Status);
        return sweep;
    }

    private static void PassTo(SimulatedSweep sweep, DateTimeOffset time)
    {
        sweep.Clock.CreateTimer(_ => { }, null, time - sweep.Clock.GetUtcNow(), Timeout.InfiniteTimeSpan);
        sweep.Clock.Advance();
    }

    private static SweepEvent.Due? Begin(SimulatedSweep sweep) => sweep.Service.BeginDue(sweep.Id, CancellationToken.None).Now();

    [Fact]
    public void Each_due_time_comes_once_and_takes_seeds_that_nothing_had()
    {
        SimulatedSweep sweep = Finished();
        SweepReport before = ReportBuilder.Build(sweep.State);
        HashSet<int> seeds = [.. sweep.State.Runs().Select(r => r.Seed)];
        Assert.Null(Begin(sweep)); // not due yet
        for (int night = 0; night < 3; night++)
        {
            PassTo(sweep, Start.AddDays(night).AddHours(2).AddSeconds(3));
            Assert.Equal(Start.AddDays(night).AddHours(2), Begin(sweep)!.At);
            Assert.Equal(SweepStatus.Running, sweep.State.Status);
            sweep.NewHost();
            Assert.Null(Begin(sweep)); // another server looks at the same moment
            SweepState state = sweep.Run();
            Assert.Equal(SweepStatus.Finished, state.Status);
            Assert.Null(Begin(sweep)); // done for this time
            RunRecord[] fresh = [.. state.RunsOf(state.Stage!.Index).Where(r => r.Key.Repeat == 0)];
            Assert.Equal(4, fresh.Length);
            Assert.All(fresh, r => Assert.True(r.Key.Pool == SeedPool.Evaluation && r.Key.Trial == state.Champion!.Trial && seeds.Add(r.Seed)));
        }

        SweepReport report = ReportBuilder.Build(sweep.State);
        Assert.Equal(3, report.Nights.Length);
        Assert.All(report.Nights, n => Assert.Equal((0, 4), (n.Missed, n.Performance!.Pool.Completed)));
        Assert.Contains("Again, by schedule", ReportText.ToText(report), StringComparison.Ordinal);
        // The answer is what it was.
        Assert.Equal(before.Champion!.Evaluation!.Pool, report.Champion!.Evaluation!.Pool);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Missed_times_are_caught_up_with_one()
    {
        SimulatedSweep sweep = Finished();
        PassTo(sweep, Start.AddDays(9).AddHours(5));
        SweepEvent.Due due = Begin(sweep)!;
        Assert.Equal((Start.AddDays(9).AddHours(2), 9), (due.At, due.Missed));
        sweep.Run();
        Assert.Null(Begin(sweep));
        Assert.Single(sweep.State.Nights);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void What_comes_due_while_one_goes_on_waits_for_its_end()
    {
        SimulatedSweep sweep = Finished("*/5 * * * * *");
        PassTo(sweep, sweep.Clock.GetUtcNow().AddSeconds(30));
        Assert.NotNull(Begin(sweep));
        int tried = 0;
        sweep.Hub.Folded += (_, _, e) =>
        {
            if (e.Event is SweepEvent.Started) tried++;
        };
        sweep.Run(); // takes longer than five seconds
        Assert.True(tried >= 4);
        SweepEvent.Due next = Begin(sweep)!;
        Assert.True(next.Missed >= 0 && next.At > sweep.State.Nights[0].Due.At);
        sweep.Run();
        Assert.Equal(2, sweep.State.Nights.Count);
    }

    [Fact]
    public void A_schedule_can_be_given_later_and_taken_away()
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 5), Scenario.Sphere());
        sweep.Run();
        PassTo(sweep, Start.AddDays(3));
        Assert.Null(Begin(sweep));
        Assert.True(sweep.Service.SetSchedule(sweep.Id, new ScheduleSpec { Cron = "0 2 * * *", Seeds = 3 }, "test", CancellationToken.None).Now());
        Assert.False(sweep.Service.SetSchedule(sweep.Id, new ScheduleSpec { Cron = "0 2 * * *", Seeds = 3 }, "test", CancellationToken.None).Now());
        Assert.Null(Begin(sweep)); // times before it was given do not count
        PassTo(sweep, Start.AddDays(3).AddHours(3));
        Assert.Equal((Start.AddDays(3).AddHours(2), 0), (Begin(sweep)!.At, sweep.State.LastDue!.Missed));
        sweep.Run();
        sweep.Service.SetSchedule(sweep.Id, null, "test", CancellationToken.None).Now();
        PassTo(sweep, Start.AddDays(9));
        Assert.Null(Begin(sweep));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Cancelling_one_keeps_the_answer_and_ends_the_schedule()
    {
        SimulatedSweep sweep = Finished();
        PassTo(sweep, Start.AddHours(3));
        Begin(sweep);
        sweep.Service.Cancel(sweep.Id, "test", CancellationToken.None).Now();
        SweepState state = sweep.Run();
        Assert.Equal((SweepStatus.Finished, "robustness-cancelled"), (state.Status, state.End!.Code));
        PassTo(sweep, Start.AddDays(5));
        Assert.Null(Begin(sweep));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void Extending_goes_on_searching_and_the_schedule_waits_for_the_new_answer()
    {
        SimulatedSweep sweep = Finished();
        PassTo(sweep, Start.AddHours(3));
        Begin(sweep);
        sweep.Service.Extend(sweep.Id, sweep.Spec.Limits with { Trials = 8 }, CancellationToken.None).Now();
        SweepState state = sweep.Run();
        Assert.Equal(8, state.Trials.Count);
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Single(state.Nights);
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    [Fact]
    public void A_host_that_dies_in_the_night_loses_and_repeats_nothing()
    {
        SimulatedSweep sweep = Finished();
        PassTo(sweep, Start.AddHours(3));
        Begin(sweep);
        int ended = 0;
        sweep.Hub.Folded += (_, _, e) =>
        {
            if (e.Event is SweepEvent.Ended && ++ended == 2) throw new StoreException("unreachable", "the host dies here");
        };
        Assert.ThrowsAny<Exception>(() => sweep.Run());
        sweep.NewHost();
        SweepState state = sweep.Run();
        Assert.Equal((SweepStatus.Finished, 4 + 3), (state.Status, state.RunsOf(state.Stage!.Index).Count(r => r.Completed))); // with three canaries
        Assert.Null(Begin(sweep));
        Assert.IsType<ReplayResult.Verified>(sweep.Replay());
    }

    // By hand: due times after the moment the sweep finished, 2000-01-01 00:00:00, up to the given second.
    [Theory]
    [InlineData("* * * * * *", 59L, 59)]
    [InlineData("*/10 * * * * *", 59L, 5)]
    [InlineData("0 0 1 1 *", 86_400 * 800L, 2)] // 2001 and 2002
    [InlineData("0 0 29 2 *", 86_400 * 1600L, 2)] // 2000 and 2004
    public void The_newest_due_time_is_found_from_any_distance(string cron, long seconds, int times)
    {
        var sweep = new SimulatedSweep(Scenario.Spec(trials: 2) with { Schedule = new ScheduleSpec { Cron = cron, Seeds = 2 } }, r => (TimeSpan.Zero, new RunOutcome.Finished(), 1));
        SweepState state = sweep.Run();
        Assert.Equal(Start, state.FinishedAt);
        SweepEvent.Due due = Schedules.Due(state, Start.AddSeconds(seconds))!;
        Assert.Equal(times, due.Missed + 1);
        Assert.True(due.At <= Start.AddSeconds(seconds) && Schedules.Next(cron, due.At) > Start.AddSeconds(seconds));
    }

    [Fact]
    public void A_due_time_that_was_put_into_the_record_is_found()
    {
        SimulatedSweep sweep = Finished();
        PassTo(sweep, Start.AddHours(3));
        sweep.Hub.Session(sweep.Id).Decide<object>((s, _) => s.End is null ? new([], this) : new([new SweepEvent.Due(Start.AddHours(2).AddMinutes(7), 0, "robustness")], this), CancellationToken.None, hosted: false).Now();
        Assert.IsType<ReplayResult.Mismatch>(sweep.Replay());
    }
}
