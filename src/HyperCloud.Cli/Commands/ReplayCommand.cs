using System.CommandLine;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud replay ID</c>: recomputes every decision from the record and compares bit for bit.</summary>
internal static class ReplayCommand
{
    private static readonly Argument<string?> Sweep = new("sweep") { Description = "Sweep id, its beginning, or its name (default: the newest).", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Head = new("--head") { Description = "Head digest (or its first 8 or more digits) noted when 'run' or 'report' printed it: finds a record that was edited and chained anew." };

    public static Command Create()
    {
        var command = new Command("replay", "Recompute every decision of a sweep from its record, bit for bit.") { Sweep, Head };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        string? head = parsed.GetValue(Head);
        if (head is not null && (head.Length < 8 || !head.All(char.IsAsciiHexDigit)))
            throw new CliException(ExitCodes.BadInput, $"--head takes at least 8 hexadecimal digits, but got '{head}'");
        await using IStore store = parsed.OpenStoreToRead();
        SweepHub hub = parsed.OpenHub(store);
        string id = (await Common.FindSweep(new SweepService(hub), parsed.GetValue(Sweep), cancellation)).Id;
        ReplayResult result = await Replayer.Replay(store, id, head, cancellation);
        (int code, string text) = Describe(id, result, head);
        if (parsed.IsJson()) WriteJson(id, result);
        else Console.Write(text);
        return code;
    }

    /// <summary>The verdict for people, and the exit code that says it to programs.</summary>
    internal static (int Code, string Text) Describe(string id, ReplayResult result, string? head)
    {
        return result switch
        {
            ReplayResult.Verified v => (ExitCodes.Ok,
                $"verified: {v.Decisions.Values.Sum()} decisions of sweep {id} recomputed, all bit for bit the same\n"
                + string.Concat(v.Decisions.Select(d => $"  {d.Key,-16} {d.Value}\n"))
                + $"  {"entries",-16} {v.Entries}\n  head digest      {v.HeadDigest}{(head is null ? "" : " (as given)")}\n"),
            ReplayResult.Mismatch m => (ExitCodes.ReplayMismatch,
                $"MISMATCH at entry {m.Seq} ({m.Kind}): {m.Message}\n  the record says    {m.Stored}\n  recomputed         {m.Recomputed ?? "(nothing)"}\n"),
            ReplayResult.Broken b => (ExitCodes.RecordEdited, $"EDITED: {b.Message}\n"),
            ReplayResult.OtherHead o => (ExitCodes.RecordEdited,
                $"EDITED: the record is consistent in itself, but its head digest is {o.Actual}, and {o.Expected} was noted: it is not the record that was printed then\n"),
            ReplayResult.CannotReplay c => (ExitCodes.CannotReplay, $"cannot-replay: needs {c.Needs}\n"),
            _ => throw new InvalidOperationException(),
        };
    }

    private static void WriteJson(string id, ReplayResult result)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        WriteFields(writer, id, result);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    /// <summary>The verdict as fields of an object.</summary>
    internal static void WriteFields(Utf8JsonWriter writer, string id, ReplayResult result)
    {
        writer.WriteString("sweep", id);
        switch (result)
        {
            case ReplayResult.Verified v:
                writer.WriteString("result", "verified");
                writer.WriteNumber("entries", v.Entries);
                writer.WriteStartObject("decisions");
                foreach ((string kind, int n) in v.Decisions) writer.WriteNumber(kind, n);
                writer.WriteEndObject();
                writer.WriteString("headDigest", v.HeadDigest);
                break;
            case ReplayResult.Mismatch m:
                writer.WriteString("result", "mismatch");
                writer.WriteNumber("entry", m.Seq);
                writer.WriteString("kind", m.Kind);
                writer.WriteString("message", m.Message);
                writer.WritePropertyName("stored");
                writer.WriteRawValue(m.Stored);
                writer.WritePropertyName("recomputed");
                writer.WriteRawValue(m.Recomputed ?? "null");
                break;
            case ReplayResult.Broken b:
                writer.WriteString("result", "edited");
                writer.WriteNumber("entry", b.Seq);
                writer.WriteString("message", b.Message);
                break;
            case ReplayResult.OtherHead o:
                writer.WriteString("result", "edited");
                writer.WriteString("expectedHead", o.Expected);
                writer.WriteString("headDigest", o.Actual);
                break;
            case ReplayResult.CannotReplay c:
                writer.WriteString("result", "cannot-replay");
                writer.WriteString("needs", c.Needs);
                break;
        }
    }
}
