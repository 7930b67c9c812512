using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace HyperCloud.Runners;

/// <summary>
/// Ends a process with everything it has started: a polite signal, a grace period, then a kill. On Linux the tree is found by session, by
/// parent and by a token in the environment, so that what has forked, detached or been adopted by init is found too; a process that leaves
/// the session, loses its parent and empties its environment escapes. Elsewhere the process group or .NET's view of the tree is used.
/// </summary>
internal static class ProcessTree
{
    private const int SigKill = 9, SigTerm = 15;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);

    /// <summary>Whether anything of the run still lives, as far as this platform can tell.</summary>
    public static bool HasLeftovers(ProcessHandle handle) => OperatingSystem.IsLinux() && LinuxProcesses.Of(handle, trustSession: true).Count > 0;

    /// <summary>Ends the tree of a process this host has started.</summary>
    /// <param name="handle">Its handle.</param>
    /// <param name="process">The process, which may have ended already.</param>
    /// <param name="grace">Time between the polite signal and the kill.</param>
    /// <param name="time">The clock.</param>
    public static async Task End(ProcessHandle handle, Process process, TimeSpan grace, TimeProvider time)
    {
        if (OperatingSystem.IsLinux()) await EndOnLinux(handle, trustSession: true, grace, time);
        else await EndElsewhere(handle, process, grace, time);
    }

    /// <summary>Ends what a dead host left behind, if it is still the same process.</summary>
    public static async Task EndLeft(ProcessHandle handle, TimeSpan grace, TimeProvider time)
    {
        if (OperatingSystem.IsLinux())
        {
            bool sameLeader = LinuxProcesses.Stat(handle.Pid)?.Start == handle.Start;
            await EndOnLinux(handle, sameLeader, grace, time);
            return;
        }

        try
        {
            using var process = Process.GetProcessById(handle.Pid);
            if (process.StartTime.ToUniversalTime().Ticks == handle.Start) await EndElsewhere(handle, process, grace, time);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // No such process, or one we may not look at: then it is not ours.
        }
    }

    private static async Task EndOnLinux(ProcessHandle handle, bool trustSession, TimeSpan grace, TimeProvider time)
    {
        HashSet<int> asked = [];
        bool leads = true;
        List<int> living = LinuxProcesses.Of(handle, trustSession);
        long begun = time.GetTimestamp();
        do
        {
            // What the leader starts to tidy up with is left alone. Once it has ended itself, what it had just started is asked too, and all
            // are asked again: a process between fork and exec may have swallowed the signal.
            if (leads && !living.Contains(handle.Pid)) (leads, asked) = (false, []);
            if (asked.Count == 0 || !leads)
                foreach (int pid in living)
                    if (asked.Add(pid)) _ = kill(pid, SigTerm);
            if (living.Count == 0) return;
            // Processes that are not our children tell nobody that they have ended: /proc is looked at again.
            await Task.Delay(Poll, time);
            living = LinuxProcesses.Of(handle, trustSession);
        }
        while (time.GetElapsedTime(begun) < grace);

        // A process that forks while it is being looked for may be missed once: look until nothing is left.
        begun = time.GetTimestamp();
        while (living.Count > 0 && time.GetElapsedTime(begun) < KillLimit)
        {
            foreach (int pid in living) _ = kill(pid, SigKill);
            // As above.
            await Task.Delay(Poll, time);
            living = LinuxProcesses.Of(handle, trustSession);
        }
    }

    private static async Task EndElsewhere(ProcessHandle handle, Process process, TimeSpan grace, TimeProvider time)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = kill(handle.OwnSession ? -handle.Pid : handle.Pid, SigTerm);
            using var waiting = new CancellationTokenSource();
            // The grace period, or its end before.
            await Task.WhenAny(process.WaitForExitAsync(waiting.Token), Task.Delay(grace, time, waiting.Token));
            await waiting.CancelAsync();
            if (handle.OwnSession) _ = kill(-handle.Pid, SigKill);
        }

        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // It has ended in the meantime, or a part of the tree may not be touched.
        }
    }

    // kill(2).
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);
}
