using System.Diagnostics;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

/// <summary>Programs that behave badly. No test sleeps: each waits for what must happen.</summary>
public sealed class BadDayTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CommandRunner _runner = new(TimeProvider.System);
    private readonly Recorder _recorder = new();

    public BadDayTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "looks at /proc and needs setsid");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Prints_nothing()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("true"));
        Assert.Empty(_recorder.Reports);
        Assert.Empty(_recorder.Lines);
    }

    [Fact]
    public async Task Prints_NaN()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("echo '::hypercloud:: {\"step\": 1, \"loss\": NaN}'"));
        Assert.True(double.IsNaN(Assert.Single(_recorder.Reports).Metrics["loss"]));
    }

    [Fact]
    public async Task Prints_rubbish_with_the_prefix()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("echo '::hypercloud:: loss=3'"));
        Assert.Empty(_recorder.Reports);
        Assert.Contains("(a report was ignored: not JSON", Assert.Single(_recorder.Lines));
    }

    [Fact]
    public async Task Prints_a_million_lines()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("seq -f 'line %.0f of a very talkative program' 1000000; echo '::hypercloud:: {\"loss\": 1}'"));
        Assert.Single(_recorder.Reports);
        Assert.Equal(1201, _recorder.Lines.Count);
        Assert.Equal("… 998800 lines left out …", _recorder.Lines[1000]);
    }

    [Fact]
    public async Task Prints_one_line_without_end()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("head -c 50000000 /dev/zero | tr '\\0' x; echo; echo after; printf '::hypercloud:: {\"a\":1'; head -c 70000 /dev/zero | tr '\\0' ' '; echo '}'"));
        Assert.Equal("after", _recorder.Lines[1]);
        Assert.InRange(_recorder.Lines[0].Length, 2000, 2100);
        Assert.Contains("longer than 65536 bytes", _recorder.Lines[2]);
        Assert.Empty(_recorder.Reports);
    }

    [Fact]
    public async Task Prints_bytes_that_are_not_UTF8()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("printf 'a\\377\\376b\\n'; printf '::hypercloud:: {\"loss\": 2, \"note\": \"\\377\"}\\n'"));
        Assert.Equal("a\uFFFD\uFFFDb", Assert.Single(_recorder.Lines));
        Assert.Equal(2, Assert.Single(_recorder.Reports).Metrics["loss"]);
    }

    [Fact]
    public async Task Floods_both_streams_at_once()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("(yes error | head -n 300000 >&2) & yes output | head -n 300000; wait"));
        Assert.False(_recorder.Overlapped);
    }

    [Fact]
    public async Task Exits_with_137_of_its_own_accord()
    {
        var lost = Assert.IsType<RunOutcome.Lost>(await Run("exit 137"));
        Assert.Equal("killed", lost.Code);
    }

    [Fact]
    public async Task Is_killed_by_someone_else()
    {
        Assert.IsType<RunOutcome.Lost>(await Run("kill -9 $$"));
        Assert.IsType<RunOutcome.Lost>(await Run("kill -15 $$", new Recorder()));
        var failed = Assert.IsType<RunOutcome.Failed>(await Run("kill -11 $$", new Recorder()));
        Assert.StartsWith("exit code 139 (segmentation fault); standard error was empty", failed.Message);
    }

    [Fact]
    public async Task Hangs_until_its_time_is_up()
    {
        RunRequest request = Request("echo working >&2; sleep 600") with { RunTime = TimeSpan.FromMilliseconds(300) };
        var failed = Assert.IsType<RunOutcome.Failed>(await _runner.Run(request, _recorder, default));
        Assert.Equal("timeout", failed.Code);
        Assert.Equal("ran longer than runTime 0.3s; last lines of standard error:\nworking", failed.Message);
        await AssertNothingIsLeft(_recorder);
    }

    [Fact]
    public async Task Hangs_and_ignores_SIGTERM()
    {
        using var cancel = new CancellationTokenSource();
        Task<RunOutcome> run = _runner.Run(Request("trap '' TERM; echo ready; while :; do sleep 600; done", grace: "200ms"), _recorder, cancel.Token);
        await _recorder.FirstLine;
        await cancel.CancelAsync();
        Assert.IsType<RunOutcome.Cancelled>(await run);
        await AssertNothingIsLeft(_recorder);
    }

    [Fact]
    public async Task A_stop_gives_it_time_to_tidy_up()
    {
        var recorder = new Recorder { Decide = _ => new ReportDecision(true, "too bad") };
        RunOutcome outcome = await Run("trap 'echo tidied > tidied; exit 1' TERM; echo '::hypercloud:: {\"step\":1,\"loss\":9}'; while :; do sleep 600 & wait; done", recorder);
        Assert.IsType<RunOutcome.Stopped>(outcome);
        Assert.Equal("tidied\n", _directory.Read("tidied"));
        Assert.Single(recorder.Reports);
        await AssertNothingIsLeft(recorder);
    }

    [Fact]
    public async Task What_it_starts_to_tidy_up_with_is_left_alone()
    {
        var recorder = new Recorder { Decide = _ => new ReportDecision(true, "too bad") };
        // The helper writes only after several looks at the process list.
        const string tidy = "sh -c \"sleep 0.3; echo helped > helped\"; echo tidied > tidied; exit 0";
        Assert.IsType<RunOutcome.Stopped>(await Run($"trap '{tidy}' TERM; echo '::hypercloud:: {{\"step\":1,\"loss\":9}}'; while :; do sleep 600 & wait; done", recorder));
        Assert.Equal("helped\n", _directory.Read("helped"));
        Assert.Equal("tidied\n", _directory.Read("tidied"));
    }

    [Fact]
    public async Task Reports_after_a_stop_are_not_heard_even_when_it_ends_by_itself()
    {
        var recorder = new Recorder { Decide = _ => new ReportDecision(true, "too bad") };
        Assert.IsType<RunOutcome.Stopped>(await Run("trap '' TERM; for i in 1 2 3; do echo '::hypercloud:: {\"step\":'$i',\"loss\":9}'; done", recorder));
        Assert.Single(recorder.Reports);
    }

    [Theory]
    [InlineData("a child", "sleep 600 & echo ready; sleep 600")]
    [InlineData("a detached child", "setsid sleep 600 & echo ready; sleep 600")]
    [InlineData("a grandchild adopted by init in a session of its own", "(setsid sh -c 'sleep 600 & sleep 600' >/dev/null 2>&1 &) ; echo ready; sleep 600")]
    [InlineData("a child without its environment", "env -i sleep 600 & echo ready; sleep 600")]
    public async Task Forks(string what, string script)
    {
        using var cancel = new CancellationTokenSource();
        Task<RunOutcome> run = _runner.Run(Request(script), _recorder, cancel.Token);
        await _recorder.FirstLine;
        ProcessHandle handle = ProcessHandle.TryParse(await _recorder.Started)!;
        Assert.True(LinuxProcesses.Of(handle, trustSession: true).Count >= 2, what);
        await cancel.CancelAsync();
        Assert.IsType<RunOutcome.Cancelled>(await run);
        await AssertNothingIsLeft(_recorder);
    }

    [Fact]
    public async Task Ends_and_leaves_a_child_that_holds_its_output_open()
    {
        long begun = Stopwatch.GetTimestamp();
        Assert.IsType<RunOutcome.Finished>(await Run("setsid sleep 600 & echo '::hypercloud:: {\"loss\":1}'"));
        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Single(_recorder.Reports);
        Assert.Contains("(ended processes that the run had left behind)", _recorder.Lines);
        await AssertNothingIsLeft(_recorder);
    }

    [Fact]
    public async Task Ends_and_leaves_a_silent_daemon()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("setsid sleep 600 >/dev/null 2>&1 </dev/null & exit 0"));
        await AssertNothingIsLeft(_recorder);
    }

    [Fact]
    public async Task Reads_its_standard_input()
    {
        Assert.IsType<RunOutcome.Finished>(await Run("cat; echo done"));
        Assert.Equal(["done"], _recorder.Lines);
    }

    [Fact]
    public async Task Its_host_dies_and_another_ends_what_was_left()
    {
        using var host = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", "setsid sleep 600 & exec sleep 600"]) { Environment = { [RunEnvironment.TokenVariable] = "0123456789abcdef0123" } })!;
        var handle = ProcessHandle.Of(host, "0123456789abcdef0123", ownSession: true);
        while (LinuxProcesses.Of(handle, true).Count < 2) await Task.Yield();

        await _runner.End((handle with { Start = handle.Start - 1, Token = "another-token-of-the-past" }).ToString(), default);
        Assert.Equal(2, LinuxProcesses.Of(handle, true).Count); // The number is the same, the process is not.
        await _runner.End("rubbish", default);
        await _runner.End(handle.ToString(), default);
        await host.WaitForExitAsync();
        Assert.Empty(LinuxProcesses.Of(handle, true));
    }

    [Fact]
    public void A_handle_survives_being_written_down()
    {
        var handle = new ProcessHandle(123, 456, "0123456789abcdef", true);
        Assert.Equal(handle, ProcessHandle.TryParse(handle.ToString()));
        Assert.Null(ProcessHandle.TryParse("pid=1 start=4 token=0123456789abcdef session=1"));
        Assert.Null(ProcessHandle.TryParse(""));
    }

    private Task<RunOutcome> Run(string script, Recorder? recorder = null) => _runner.Run(Request(script), recorder ?? _recorder, default);

    private RunRequest Request(string script, string grace = "5s") => Requests.Of(
        Requests.Trial("command", System.Text.Json.JsonSerializer.Serialize(new { run = new[] { "sh", "-c", script.Replace("$", "$$") }, grace })), _directory.Path);

    private static async Task AssertNothingIsLeft(Recorder recorder) =>
        Assert.False(ProcessTree.HasLeftovers(ProcessHandle.TryParse(await recorder.Started)!));
}
