using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>One process from its start to the end of everything it started.</summary>
internal sealed class CommandRun
{
    // How long the streams may stay open and silent after the process has ended before those who hold them are ended too.
    private static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(5);
    private static readonly string? Setsid = OperatingSystem.IsWindows() ? null : ProgramPath.Find("setsid", "/", "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin", out _);

    private readonly IRunReporter _reporter;
    private readonly TimeProvider _time;
    private readonly TimeSpan _grace;
    private readonly CancellationToken _cancellation;
    private readonly BoundedLog _log;
    private readonly ErrorTail _errors = new();
    private readonly TaskCompletionSource _endAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _cause;
    private volatile bool _leftBehind;

    private CommandRun(IRunReporter reporter, TimeSpan grace, TimeProvider time, CancellationToken cancellation)
    {
        (_reporter, _grace, _time, _cancellation) = (reporter, grace, time, cancellation);
        _log = new BoundedLog(reporter.Log);
    }

    /// <summary>Why a run is being ended; the first cause counts.</summary>
    private enum Cause
    {
        None,
        Stop,
        Timeout,
        Cancel,
        Fault,
    }

    /// <summary>Starts the process and sees it to its end.</summary>
    /// <param name="what">Command line, working directory, variables.</param>
    /// <param name="grace">Time between SIGTERM and SIGKILL.</param>
    /// <param name="runTime">The time limit, if any.</param>
    /// <param name="reporter">Takes reports and log lines.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<RunOutcome> Execute(
        RunPreview what, TimeSpan grace, TimeSpan? runTime, IRunReporter reporter, TimeProvider time, CancellationToken cancellation)
    {
        if (!Directory.Exists(what.WorkDirectory)) return new RunOutcome.Failed("start", $"the working directory {what.WorkDirectory} does not exist");
        string token = Guid.NewGuid().ToString("N");
        var start = new ProcessStartInfo
        {
            WorkingDirectory = what.WorkDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        RunEnvironment.Apply(start.Environment, what.Environment, token);
        start.Environment.TryGetValue("PATH", out string? path);
        if (ProgramPath.Find(what.Command[0], what.WorkDirectory, path, out string problem) is not { } program)
            return new RunOutcome.Failed("start", $"cannot start '{what.Command[0]}': {problem}");

        // A session of its own: a signal reaches the whole group, and Ctrl-C on the terminal does not reach the run before we decide.
        start.FileName = Setsid ?? program;
        if (Setsid is not null) start.ArgumentList.Add(program);
        foreach (string argument in what.Command.Skip(1)) start.ArgumentList.Add(argument);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            const int tryAgain = 11, noMemory = 12; // EAGAIN, ENOMEM: the machine is full; the command is not at fault.
            string message = $"cannot start '{what.Command[0]}' ({program}): {e.Message}";
            return e.NativeErrorCode is tryAgain or noMemory && !OperatingSystem.IsWindows()
                ? new RunOutcome.Lost("start", message)
                : new RunOutcome.Failed("start", message);
        }

        using (process)
            return await new CommandRun(reporter, grace, time, cancellation).Attend(process, ProcessHandle.Of(process, token, Setsid is not null), runTime);
    }

    private async Task<RunOutcome> Attend(Process process, ProcessHandle handle, TimeSpan? runTime)
    {
        process.StandardInput.Close();
        var output = new ProcessOutput(process.StandardOutput.BaseStream, process.StandardError.BaseStream, _time);
        Task exited = process.WaitForExitAsync(CancellationToken.None);
        Task consumed = Consume(output);
        await using (_cancellation.Register(() => Ask(Cause.Cancel)))
        await using (runTime is { } limit ? _time.CreateTimer(_ => Ask(Cause.Timeout), null, limit, Timeout.InfiniteTimeSpan) : null)
        {
            try
            {
                await _reporter.Started(handle.ToString(), _cancellation);
            }
            catch (Exception e)
            {
                Ask(e is OperationCanceledException && _cancellation.IsCancellationRequested ? Cause.Cancel : Cause.Fault);
                await EndAndDrain(process, handle, exited, output);
                await consumed;
                if (Asked == Cause.Cancel) return new RunOutcome.Cancelled();
                throw;
            }

            await Task.WhenAny(exited, _endAsked.Task);
        }

        await EndAndDrain(process, handle, exited, output);
        await consumed; // Throws what the reporter threw: a fault of the host, not of the run.
        return Outcome(exited.IsCompleted ? process.ExitCode : null, runTime);
    }

    /// <summary>Ends the process if it runs, and whatever else is left; returns when the streams have ended or were given up.</summary>
    private async Task EndAndDrain(Process process, ProcessHandle handle, Task exited, ProcessOutput output)
    {
        if (!exited.IsCompleted)
        {
            await ProcessTree.End(handle, process, _grace, _time);
            // A process in an uninterruptible wait outlives SIGKILL: it is not waited for without end.
            await Task.WhenAny(exited, Task.Delay(AfterKill, _time));
        }

        await Task.WhenAny(output.Ended, Silence(output));
        bool left = ProcessTree.HasLeftovers(handle);
        if (!output.Ended.IsCompleted || left)
        {
            // A stream that is still open is no proof where processes can be looked at: its end may only be late on a busy machine.
            _leftBehind |= Asked == Cause.None && (left || !OperatingSystem.IsLinux());
            await ProcessTree.End(handle, process, _grace < Drain ? _grace : Drain, _time);
        }

        await Task.WhenAny(output.Ended, Silence(output));
        if (!output.Ended.IsCompleted) output.Abandon();
    }

    private async Task Silence(ProcessOutput output)
    {
        // Silence is an absence and gives no signal: the streams are looked at until they have ended, or have had nothing for a while.
        while (!output.Ended.IsCompleted && output.Idle() < Drain) await Task.Delay(Poll, _time);
    }

    private async Task Consume(ProcessOutput output)
    {
        Exception? fault = null;
        await foreach (IReadOnlyList<OutputLine> batch in output.Batches)
        {
            if (fault is not null) continue; // Goes on reading, so that the process can end.
            try
            {
                foreach (OutputLine line in batch) await Take(line);
            }
            catch (Exception e)
            {
                fault = e;
                Ask(e is OperationCanceledException && _cancellation.IsCancellationRequested ? Cause.Cancel : Cause.Fault);
            }
        }

        if (fault is not null && Asked == Cause.Fault) ExceptionDispatchInfo.Throw(fault);
        if (fault is not null) return;
        _log.Complete();
        if (_leftBehind) _reporter.Log("(ended processes that the run had left behind)");
    }

    private async ValueTask Take(OutputLine line)
    {
        if (line.IsError)
        {
            _errors.Add(line.Text);
            _log.Add(line.Text);
        }
        else if (!ReportLine.IsProtocol(line.Text)) _log.Add(line.Text);
        else if (line.IsCut) _log.Add(string.Create(CultureInfo.InvariantCulture, $"(a report was ignored: its line is longer than {ProcessOutput.MaxLine} bytes)"));
        else if (ReportLine.Parse(line.Text, out string problem) is not { } report) _log.Add($"(a report was ignored: {problem}) {line.Text}");
        else if (Asked == Cause.None && (await _reporter.Report(report, _cancellation)).Stop) Ask(Cause.Stop);
    }

    private Cause Asked => (Cause)Volatile.Read(ref _cause);

    private void Ask(Cause cause)
    {
        if (Interlocked.CompareExchange(ref _cause, (int)cause, (int)Cause.None) == (int)Cause.None) _endAsked.TrySetResult();
    }

    private RunOutcome Outcome(int? exitCode, TimeSpan? runTime) => Asked switch
    {
        Cause.Stop => new RunOutcome.Stopped(),
        Cause.Cancel => new RunOutcome.Cancelled(),
        Cause.Timeout => new RunOutcome.Failed("timeout", $"ran longer than runTime {Durations.Format(runTime!.Value)}{_errors.Describe()}"),
        _ => exitCode switch
        {
            0 => new RunOutcome.Finished(),
            137 or 143 when !OperatingSystem.IsWindows() => new RunOutcome.Lost("killed",
                exitCode == 137 ? "exit code 137: killed from outside, often because memory ran out" : "exit code 143: ended from outside by SIGTERM"),
            { } code => new RunOutcome.Failed("exit", string.Create(CultureInfo.InvariantCulture, $"exit code {code}{Signal(code)}{_errors.Describe()}")),
            null => new RunOutcome.Lost("killed", "the process did not end after SIGKILL"),
        },
    };

    private static string Signal(int exitCode) => OperatingSystem.IsWindows() ? "" : exitCode switch
    {
        132 => " (illegal instruction)",
        134 => " (aborted)",
        135 => " (bus error)",
        136 => " (arithmetic error)",
        139 => " (segmentation fault)",
        _ => "",
    };
}
