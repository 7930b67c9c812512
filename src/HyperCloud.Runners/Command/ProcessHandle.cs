using System.Diagnostics;
using System.Globalization;

namespace HyperCloud.Runners;

/// <summary>
/// Names one started process beyond the life of its host, and beyond the reuse of its number.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="Start">When it started: on Linux clock ticks since boot (field 22 of <c>/proc/PID/stat</c>), elsewhere UTC ticks.</param>
/// <param name="Token">The unique value of <see cref="RunEnvironment.TokenVariable"/> in its environment.</param>
/// <param name="OwnSession">Whether it leads a session (and process group) of its own.</param>
internal sealed record ProcessHandle(int Pid, long Start, string Token, bool OwnSession)
{
    /// <summary>The handle as the record keeps it.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"pid={Pid} start={Start} token={Token} session={(OwnSession ? 1 : 0)}");

    /// <summary>Reads what <see cref="ToString"/> writes; null for anything else.</summary>
    public static ProcessHandle? TryParse(string text)
    {
        var parts = text.Split(' ').Select(p => p.Split('=', 2)).Where(p => p.Length == 2).ToLookup(p => p[0], p => p[1], StringComparer.Ordinal);
        return int.TryParse(parts["pid"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 1
            && long.TryParse(parts["start"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long start)
            && parts["token"].FirstOrDefault() is { Length: >= 16 } token
            ? new ProcessHandle(pid, start, token, parts["session"].FirstOrDefault() == "1")
            : null;
    }

    /// <summary>The handle of a process that has just been started.</summary>
    public static ProcessHandle Of(Process process, string token, bool ownSession)
    {
        long start = 0;
        if (OperatingSystem.IsLinux()) start = LinuxProcesses.Stat(process.Id)?.Start ?? 0;
        else
        {
            try
            {
                start = process.StartTime.ToUniversalTime().Ticks;
            }
            catch (InvalidOperationException)
            {
                // It has ended already: 0 matches no process.
            }
        }

        return new ProcessHandle(process.Id, start, token, ownSession);
    }
}
