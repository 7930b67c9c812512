using System.Text;
using System.Threading.Channels;

namespace HyperCloud.Runners;

/// <summary>One line a process has printed.</summary>
/// <param name="IsError">From standard error.</param>
/// <param name="Text">Without its line end; bytes that are not UTF-8 became U+FFFD.</param>
/// <param name="IsCut">The line was longer than <see cref="ProcessOutput.MaxLine"/> and lost its rest.</param>
internal readonly record struct OutputLine(bool IsError, string Text, bool IsCut);

/// <summary>
/// Reads standard output and standard error of a process in two threads of their own (reads of pipes block) into one bounded channel: the
/// process waits when nobody reads, so memory stays bounded whatever it prints, and neither stream can block the other for good.
/// </summary>
internal sealed class ProcessOutput
{
    /// <summary>Bytes of a line that are kept.</summary>
    public const int MaxLine = 64 * 1024;

    private readonly Channel<IReadOnlyList<OutputLine>> _channel = Channel.CreateBounded<IReadOnlyList<OutputLine>>(8);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly long[] _waitingSince = [0, 0];
    private volatile bool _abandoned;
    private int _open = 2;

    /// <summary>Starts reading.</summary>
    public ProcessOutput(Stream output, Stream error, TimeProvider time)
    {
        _time = time;
        Start(output, 0);
        Start(error, 1);
    }

    /// <summary>The lines in batches, until both streams have ended or were abandoned.</summary>
    public IAsyncEnumerable<IReadOnlyList<OutputLine>> Batches => _channel.Reader.ReadAllAsync();

    /// <summary>Completes when both streams have ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>How long every open stream has had nothing to give: zero while one is being read or its lines wait to be taken.</summary>
    public TimeSpan Idle()
    {
        var least = TimeSpan.MaxValue;
        for (int i = 0; i < 2; i++)
        {
            long since = Interlocked.Read(ref _waitingSince[i]);
            if (since == long.MaxValue) continue;
            TimeSpan idle = since == 0 ? TimeSpan.Zero : _time.GetElapsedTime(since);
            if (idle < least) least = idle;
        }

        return least;
    }

    /// <summary>Gives up on streams that someone out of reach holds open; <see cref="Batches"/> ends.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _channel.Writer.TryComplete();
    }

    private void Start(Stream stream, int index) =>
        new Thread(() => Read(stream, index)) { IsBackground = true, Name = index == 0 ? "run output" : "run error" }.Start();

    private void Read(Stream stream, int index)
    {
        var splitter = new LineSplitter(index == 1);
        var buffer = new byte[32 * 1024];
        try
        {
            while (!_abandoned)
            {
                Interlocked.Exchange(ref _waitingSince[index], Math.Max(1, _time.GetTimestamp()));
                int count = stream.Read(buffer);
                Interlocked.Exchange(ref _waitingSince[index], 0);
                List<OutputLine> lines = [];
                if (count == 0) splitter.Complete(lines);
                else splitter.Add(buffer.AsSpan(0, count), lines);
                if (lines.Count > 0) _channel.Writer.WriteAsync(lines).AsTask().GetAwaiter().GetResult();
                if (count == 0) break;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or ChannelClosedException)
        {
            // The pipe broke or was given up: what came so far is all there is.
        }
        finally
        {
            Interlocked.Exchange(ref _waitingSince[index], long.MaxValue);
            if (Interlocked.Decrement(ref _open) == 0)
            {
                _channel.Writer.TryComplete();
                _ended.TrySetResult();
            }
        }
    }
}

/// <summary>Cuts bytes into lines; of each line only the first <see cref="ProcessOutput.MaxLine"/> bytes are kept.</summary>
internal sealed class LineSplitter(bool isError)
{
    private readonly byte[] _line = new byte[ProcessOutput.MaxLine];
    private int _length;
    private bool _cut, _begun;

    /// <summary>Takes bytes and adds the lines they complete.</summary>
    public void Add(ReadOnlySpan<byte> bytes, List<OutputLine> lines)
    {
        while (bytes.Length > 0)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end < 0 ? bytes : bytes[..end];
            int take = Math.Min(part.Length, _line.Length - _length);
            part[..take].CopyTo(_line.AsSpan(_length));
            _length += take;
            _cut |= take < part.Length;
            _begun = true;
            if (end < 0) return;
            Emit(lines);
            bytes = bytes[(end + 1)..];
        }
    }

    /// <summary>Adds the last line, if it did not end with a line end.</summary>
    public void Complete(List<OutputLine> lines)
    {
        if (_begun) Emit(lines);
    }

    private void Emit(List<OutputLine> lines)
    {
        ReadOnlySpan<byte> line = _line.AsSpan(0, _length);
        if (line.EndsWith("\r"u8)) line = line[..^1];
        lines.Add(new OutputLine(isError, Encoding.UTF8.GetString(line), _cut));
        (_length, _cut, _begun) = (0, false, false);
    }
}
