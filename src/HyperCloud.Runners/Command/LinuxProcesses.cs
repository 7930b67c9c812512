using System.Globalization;
using System.Text;

namespace HyperCloud.Runners;

/// <summary>Reads <c>/proc</c> (see proc(5)).</summary>
internal static class LinuxProcesses
{
    /// <summary>What one line of <c>/proc/PID/stat</c> says.</summary>
    /// <param name="Pid">Process id.</param>
    /// <param name="Parent">Its parent's.</param>
    /// <param name="Session">Its session's.</param>
    /// <param name="State">R, S, D, Z (ended, not yet collected), …</param>
    /// <param name="Start">Clock ticks since boot.</param>
    internal sealed record ProcessStat(int Pid, int Parent, int Session, char State, long Start);

    /// <summary>The state of a process; null when it is gone.</summary>
    public static ProcessStat? Stat(int pid)
    {
        try
        {
            string text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // The program's name stands in parentheses and may itself hold blanks and parentheses.
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessStat(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture),
                fields[0][0], long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// The living processes that belong to a run: the process of the handle, those of its session, those that carry its token in their
    /// environment (they may have left the session or been adopted by init), and the children of all these. Never this process itself.
    /// </summary>
    /// <param name="handle">The run's process.</param>
    /// <param name="trustSession">
    /// Whether a session of the handle's number is the run's: true while its starter lives and for a leader that still is the same process.
    /// </param>
    public static List<int> Of(ProcessHandle handle, bool trustSession)
    {
        byte[] token = Encoding.UTF8.GetBytes($"{RunEnvironment.TokenVariable}={handle.Token}");
        List<ProcessStat> living = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid != Environment.ProcessId
                && Stat(pid) is { State: not ('Z' or 'X') } stat)
                living.Add(stat);

        HashSet<int> mine = [];
        foreach (ProcessStat p in living)
            if ((p.Pid == handle.Pid && p.Start == handle.Start)
                || (trustSession && handle.OwnSession && p.Session == handle.Pid && p.Start >= handle.Start)
                || HasToken(p.Pid, token))
                mine.Add(p.Pid);
        bool grew = mine.Count > 0;
        while (grew)
        {
            grew = false;
            foreach (ProcessStat p in living)
                if (mine.Contains(p.Parent) && mine.Add(p.Pid)) grew = true;
        }

        return [.. mine.Order()];
    }

    private static bool HasToken(int pid, byte[] token)
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/environ")).AsSpan().IndexOf(token) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // Gone, or another user's: then not ours.
        }
    }
}
