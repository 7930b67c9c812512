using System.Diagnostics;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>The real process, ended by <c>kill -9</c> at random moments and started again with the same command.</summary>
public sealed class KillTests
{
    // Each run takes some tens of milliseconds (hundreds when eight go on at once, so that the sweep outlives some kills), and leaves a line
    // when it has got to its end.
    private static string Script(int parallel) => $$"""
        sleep 0.{{(parallel > 1 ? "" : "0")}}$(( (HYPERCLOUD_SEED % 4) + 1 ))
        awk -v x="$1" -v y="$2" -v s="$HYPERCLOUD_SEED" 'BEGIN { printf "::hypercloud:: {\"loss\": %.17g}\n", x*x + y*y + (s % 1000) / 1000 }'
        echo "$HYPERCLOUD_TRIAL-$HYPERCLOUD_POOL-$HYPERCLOUD_SEED" >> finished.log
        """;

    private static string Spec(int parallel, string order) => $$"""
        name: killed
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          y: {type: float, min: -5, max: 5, default: 2.0}
        search: {algorithm: tpe, seed: 7, order: {{order}} }
        limits: {trials: 24, parallel: {{parallel}} }
        seeds:
          selection: {top: 3, runs: 12}
          evaluation: {seeds: 6, holdout: none}
        trial: {command: [sh, run.sh, "${param.x}", "${param.y}"]}
        """;

    [Theory]
    [InlineData(1, "async")]
    [InlineData(8, "lagged")]
    public async Task A_killed_sweep_goes_on_to_the_very_same_result(int parallel, string order)
    {
        Needs.Posix();
        using var undisturbed = new Workplace();
        undisturbed.Write("run.sh", Script(parallel));
        undisturbed.Run("run", undisturbed.Write("s.yaml", Spec(parallel, order))).Expect(ExitCodes.Ok);
        SweepState expected = await undisturbed.State();

        using var killed = new Workplace();
        killed.Write("run.sh", Script(parallel));
        int kills = Kill(killed, Spec(parallel, order), moments: 8, seed: (ulong)parallel);
        SweepState state = await killed.State();

        Assert.True(kills >= 3, $"only {kills} of the kills met a living process");
        Assert.Equal(Workplace.Fingerprint(expected), Workplace.Fingerprint(state));
        Assert.All(Workplace.Runs(state), r => Assert.True(r.Completed));
        Assert.Equal(0, Workplace.Runs(state).Sum(r => r.Lost));
        killed.Run("replay").Expect(ExitCodes.Ok);
    }

    [Fact]
    public async Task An_asynchronous_parallel_sweep_that_was_killed_counts_every_run_once_and_replays()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", Script(8));
        Kill(place, Spec(8, "async"), moments: 8, seed: 99);
        SweepState state = await place.State();
        Assert.Equal(SweepStatus.Finished, state.Status);
        Assert.Equal(24, state.Trials.Count);
        Assert.All(Workplace.Runs(state), r => Assert.True(r.Completed));
        // A run whose end is recorded is not started again: it finished more often than once only when it was under way at a kill.
        ILookup<string, string> finished = (await File.ReadAllLinesAsync(Path.Combine(place.Folder, "finished.log"), TestContext.Current.CancellationToken)).ToLookup(l => l);
        foreach (RunRecord run in Workplace.Runs(state))
        {
            int times = finished[$"{run.Key.Trial}-{RunKey.PoolName(run.Key.Pool)}-{run.Seed}"].Count();
            Assert.InRange(times, 1, 1 + run.Preempted);
        }

        string head = place.Run("replay", "--output", "json").Expect(ExitCodes.Ok).Out;
        Assert.Contains("\"verified\"", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupting_pauses_and_the_same_command_goes_on()
    {
        Needs.Interrupts();
        using var place = new Workplace();
        // Every run but the first waits until the pause is in the record, so that the sweep cannot be over before it, however busy the machine.
        place.Write("run.sh", "[ $HYPERCLOUD_TRIAL = 0 ] || until [ -f go ]; do sleep 0.01; done\n" + Script(1));
        string spec = place.Write("s.yaml", Spec(1, "async"));
        using Process process = place.Start("run", spec);
        await Said(process, "trial 0");
        Signal(process, "INT");
        await Said(process, "paused");
        place.Write("go", "");
        Outcome paused = Workplace.Finish(process).Expect(ExitCodes.Paused);
        Assert.Contains("PROVISIONAL", paused.Out, StringComparison.Ordinal);
        SweepState state = await place.State();
        Assert.Equal(SweepStatus.Paused, state.Status);
        Assert.Empty(state.Running);
        Assert.Contains("paused", place.Run("status").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);

        place.Run("run", spec).Expect(ExitCodes.Ok);
        using var undisturbed = new Workplace();
        undisturbed.Write("run.sh", Script(1));
        undisturbed.Run("run", undisturbed.Write("s.yaml", Spec(1, "async"))).Expect(ExitCodes.Ok);
        Assert.Equal(Workplace.Fingerprint(await undisturbed.State()), Workplace.Fingerprint(await place.State()));
    }

    [Fact]
    public async Task Two_processes_do_not_run_one_sweep_and_another_one_can_cancel_it()
    {
        Needs.Posix();
        using var place = new Workplace();
        place.Write("run.sh", "echo started >> started.log; sleep 600");
        string spec = place.Write("s.yaml", Spec(1, "async"));
        using Process first = place.Start("run", spec);
        await Said(first, "search ");
        Outcome second = place.Run("run", spec).Expect(ExitCodes.Busy);
        Assert.Contains($"process {first.Id}", second.Error, StringComparison.Ordinal);
        Assert.Contains("running, in process", place.Run("status").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);

        place.Run("cancel", "killed").Expect(ExitCodes.Ok);
        Workplace.Finish(first).Expect(ExitCodes.NoAnswer);
        SweepState state = await place.State();
        Assert.Equal(SweepStatus.Cancelled, state.Status);
        Assert.Empty(state.Running);
        Assert.Contains("cannot be extended", place.Run("run", spec, "--trials", "99").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
    }

    /// <summary>Starts the sweep again and again, ending it after a random time, and at last lets it finish.</summary>
    private static int Kill(Workplace place, string text, int moments, ulong seed)
    {
        string spec = place.Write("s.yaml", text);
        var random = new RandomStream(seed, StreamPurpose.Run);
        int kills = 0;
        for (int i = 0; i < moments; i++)
        {
            using Process process = place.Start("run", spec);
            if (process.WaitForExit(250 + random.NextInt(600))) break;
            process.Kill(); // SIGKILL, to this process alone: its children are left behind
            process.WaitForExit();
            kills++;
        }

        place.Run("run", spec).Expect(ExitCodes.Ok);
        return kills;
    }

    /// <summary>Reads standard error up to a line that begins so.</summary>
    private static async Task Said(Process process, string beginning)
    {
        string? line;
        do line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line?.StartsWith(beginning, StringComparison.Ordinal) == false);
        Assert.True(line is not null, $"it ended without saying '{beginning}'");
    }

    private static void Signal(Process process, string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
