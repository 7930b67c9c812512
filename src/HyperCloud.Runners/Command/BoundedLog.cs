using System.Globalization;

namespace HyperCloud.Runners;

/// <summary>
/// Passes a run's log lines on, but never more than a bounded number: the first ones at once, and of the rest the last ones at the end, with
/// a line between that says how many were left out. A run may print what it likes; memory stays small.
/// </summary>
/// <param name="write">Takes the lines.</param>
/// <param name="head">How many lines are passed on at once.</param>
/// <param name="tail">How many of the later ones are kept for the end.</param>
/// <param name="lineLength">Characters of a line that are kept.</param>
internal sealed class BoundedLog(Action<string> write, int head = 1000, int tail = 200, int lineLength = 2000)
{
    private readonly Queue<string> _tail = new();
    private long _count;

    /// <summary>Takes one line.</summary>
    public void Add(string line)
    {
        if (line.Length > lineLength) line = string.Create(CultureInfo.InvariantCulture, $"{line.AsSpan(0, lineLength)}… ({line.Length} characters)");
        if (++_count <= head)
        {
            write(line);
            return;
        }

        if (_tail.Count == tail) _tail.Dequeue();
        _tail.Enqueue(line);
    }

    /// <summary>Passes on what was kept for the end.</summary>
    public void Complete()
    {
        if (_count - head - _tail.Count is > 0 and var left) write(string.Create(CultureInfo.InvariantCulture, $"… {left} lines left out …"));
        while (_tail.TryDequeue(out string? line)) write(line);
    }
}

/// <summary>The last lines of standard error, for the message of a failure: at most 50 lines and 16 KiB.</summary>
internal sealed class ErrorTail
{
    private const int MaxLines = 50, MaxCharacters = 16 * 1024;
    private readonly Queue<string> _lines = new();
    private int _characters;

    /// <summary>Takes one line.</summary>
    public void Add(string line)
    {
        if (line.Length > MaxCharacters / 4) line = line[..(MaxCharacters / 4)] + "…";
        _lines.Enqueue(line);
        _characters += line.Length + 1;
        while (_lines.Count > MaxLines || _characters > MaxCharacters) _characters -= _lines.Dequeue().Length + 1;
    }

    /// <summary>"; last lines of standard error:" and the lines, or a remark that there are none.</summary>
    public string Describe() => _lines.Count == 0 ? "; standard error was empty" : "; last lines of standard error:\n" + string.Join('\n', _lines);
}
