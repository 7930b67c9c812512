using System.Collections.Immutable;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class CommandRunnerTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CommandRunner _runner = new(TimeProvider.System);
    private readonly Recorder _recorder = new();

    public CommandRunnerTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a POSIX shell");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Reports_and_log_lines_are_told_apart_and_the_run_finishes()
    {
        RunOutcome outcome = await Run(Requests.Shell("echo one; echo '::hypercloud:: {\"step\":1,\"loss\":0.5}'; echo two >&2; echo '::hypercloud:: {\"step\":2,\"loss\":0.25}'; printf tail"));
        Assert.IsType<RunOutcome.Finished>(outcome);
        Assert.Equal([1d, 2d], _recorder.Reports.Select(r => r.Step));
        Assert.Equal(["one", "tail"], _recorder.Lines.Where(l => l != "two"));
        Assert.Contains("two", _recorder.Lines);
    }

    [Fact]
    public async Task The_environment_is_that_of_the_protocol()
    {
        var space = new Space([
            Requests.Float("learning-rate", 0.001), Requests.Choice("booster", "gbdt", "dart"), Requests.Float("drop", 0.5).When("booster", "dart"),
        ]);
        RunRequest request = Requests.Of(Requests.Command("env"), _directory.Path, space, pool: SeedPool.Evaluation) with { Resource = 9, Slot = 1 };
        request = request with
        {
            Trial = request.Trial with
            {
                Env = ImmutableSortedDictionary<string, string>.Empty.Add("MINE", "lr ${param.learning-rate}"),
                Slots = [ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, string>.Empty.Add("CUDA_VISIBLE_DEVICES", "1")],
            },
        };
        Assert.IsType<RunOutcome.Finished>(await _runner.Run(request, _recorder, default));
        string[] expected =
        [
            "HYPERCLOUD_PARAMS={\"learning-rate\":0.001,\"booster\":\"gbdt\"}", "HYPERCLOUD_PARAM_LEARNING_RATE=0.001", "HYPERCLOUD_PARAM_BOOSTER=gbdt",
            "HYPERCLOUD_SWEEP=s1", "HYPERCLOUD_TRIAL=3", "HYPERCLOUD_SEED=7", "HYPERCLOUD_POOL=evaluation", "HYPERCLOUD_RESOURCE=9", "HYPERCLOUD_SLOT=1",
            $"HYPERCLOUD_CHECKPOINT_DIR={request.CheckpointDirectory}", $"HYPERCLOUD_OUTPUT_DIR={request.OutputDirectory}", "PYTHONUNBUFFERED=1",
            "MINE=lr 0.001", "CUDA_VISIBLE_DEVICES=1",
        ];
        Assert.All(expected, line => Assert.Contains(line, _recorder.Lines));
        Assert.DoesNotContain(_recorder.Lines, l => l.StartsWith("HYPERCLOUD_PARAM_DROP"));
        Assert.True(Directory.Exists(request.CheckpointDirectory));
        Assert.True(Directory.Exists(request.OutputDirectory));
        Assert.All(expected.SkipLast(0), line => Assert.Equal(line.Split('=', 2)[1], _runner.Preview(request).Environment[line.Split('=', 2)[0]]));
    }

    [Fact]
    public async Task Arguments_reach_the_program_as_they_are_because_no_shell_sees_them()
    {
        var space = new Space([new CategoricalParameter("text", [ParameterValue.Of("a b; $(touch pwned) \"' * `x`\n\\")]) { Default = ParameterValue.Of("a b; $(touch pwned) \"' * `x`\n\\") }]);
        TrialSpec trial = Requests.Command("sh", "-c", "printf '%s' \"$$1\" > got", "sh", "${param.text}");
        Assert.IsType<RunOutcome.Finished>(await _runner.Run(Requests.Of(trial, _directory.Path, space), _recorder, default));
        Assert.Equal("a b; $(touch pwned) \"' * `x`\n\\", _directory.Read("got"));
        Assert.False(File.Exists(Path.Combine(_directory.Path, "pwned")));
    }

    [Fact]
    public async Task The_working_directory_is_below_the_specs_folder()
    {
        Directory.CreateDirectory(Path.Combine(_directory.Path, "sub"));
        Assert.IsType<RunOutcome.Finished>(await Run(Requests.Command("pwd") with { WorkDir = "sub" }));
        Assert.EndsWith("/sub", Assert.Single(_recorder.Lines));
    }

    [Fact]
    public async Task A_failure_keeps_the_exit_code_and_the_tail_of_standard_error()
    {
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Requests.Shell("i=0; while [ $i -lt 200 ]; do echo line $i >&2; i=$((i+1)); done; exit 3")));
        Assert.Equal("exit", failed.Code);
        Assert.StartsWith("exit code 3; last lines of standard error:\nline 150\n", failed.Message);
        Assert.EndsWith("\nline 199", failed.Message);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_failed_start_that_says_where_it_was_looked_for()
    {
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Requests.Command("no-such-program-here")));
        Assert.Equal("start", failed.Code);
        Assert.StartsWith("cannot start 'no-such-program-here': there is no program 'no-such-program-here' on PATH (", failed.Message);
    }

    [Fact]
    public async Task A_file_without_dot_slash_gets_a_hint()
    {
        _directory.Write("train", "#!/bin/sh\n");
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Requests.Command("train")));
        Assert.Contains("for the file of that name write './train'", failed.Message);
        failed = Assert.IsType<RunOutcome.Failed>(await Run(Requests.Command("./train")));
        Assert.Contains("'./train' is not executable; chmod +x it", failed.Message);
    }

    [Fact]
    public async Task A_missing_working_directory_is_a_failed_start()
    {
        var failed = Assert.IsType<RunOutcome.Failed>(await Run(Requests.Command("pwd") with { WorkDir = "nowhere" }));
        Assert.Equal("start", failed.Code);
        Assert.Contains("nowhere does not exist", failed.Message);
    }

    [Fact]
    public async Task A_fault_of_the_reporter_ends_the_process_and_comes_out()
    {
        var recorder = new Recorder { Decide = _ => throw new StoreException("full", "the disk is full") };
        var e = await Assert.ThrowsAsync<StoreException>(() => _runner.Run(Requests.Of(Requests.Shell("echo '::hypercloud:: {\"loss\":1}'; sleep 600"), _directory.Path), recorder, default));
        Assert.Equal("full", e.Code);
        Assert.False(ProcessTree.HasLeftovers(ProcessHandle.TryParse(await recorder.Started)!));
    }

    [Fact]
    public async Task Check_finds_a_missing_program_and_script_and_digests_the_files_that_are_there()
    {
        _directory.Write("train.sh", "hello\n");
        RunnerCheck check = await Check(Requests.Command("sh", "train.sh", "--lr=1", "absent.txt"));
        Assert.Empty(check.Findings);
        // printf 'hello\n' | sha256sum
        Assert.Equal([new RunnerInput("train.sh", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")], check.Inputs);

        Assert.Equal(["/1"], (await Check(Requests.Command("sh", "trian.py"))).Findings.Select(f => f.Pointer));
        RunnerFinding program = Assert.Single((await Check(Requests.Command("no-such-program-here"))).Findings);
        Assert.True(program.Fatal);
        Assert.Equal("/0", program.Pointer);
        Assert.Contains("nowhere does not exist", Assert.Single((await Check(Requests.Command("sh") with { WorkDir = "nowhere" })).Findings).Message);
    }

    [Fact]
    public async Task Check_warns_when_runs_would_share_a_slot()
    {
        TrialSpec trial = Requests.Command("sh") with { Slots = [ImmutableSortedDictionary<string, string>.Empty] };
        SweepSpec spec = Requests.Sweep(trial) with { Limits = new LimitsSpec { Parallel = 2 } };
        RunnerFinding finding = Assert.Single((await _runner.Check(spec, _directory.Path, default)).Findings);
        Assert.False(finding.Fatal);
        Assert.Contains("parallel is 2, but slots has 1", finding.Message);
    }

    private Task<RunOutcome> Run(TrialSpec trial) => _runner.Run(Requests.Of(trial, _directory.Path), _recorder, default);

    private async Task<RunnerCheck> Check(TrialSpec trial) => await _runner.Check(Requests.Sweep(trial), _directory.Path, default);
}
