using System.CommandLine;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary>
/// <c>hypercloud capsule [SWEEP]</c>, <c>verify FILE</c> and <c>import FILE</c>: a sweep as one file, checked by whoever has it, and taken into another store.
/// </summary>
internal static class CapsuleCommands
{
    private static readonly Argument<string> Sweep = Common.Sweep();
    private static readonly Option<string?> Out = new("--out") { Description = $"File to write; it is replaced whole, or stays as it was (default: SWEEP{Capsule.Extension} in this folder)." };
    private static readonly Argument<string> File = new("file") { Description = "A capsule." };
    private static readonly Option<string?> Digest = new("--digest") { Description = "Digest of the capsule (or its first 8 or more digits) that 'capsule' printed: finds one that was edited and sealed anew." };

    public static Command CreateCapsule()
    {
        var command = new Command("capsule", "Write a sweep whole into one file: spec, seeds, every run, decisions, digests.") { Sweep, Out }.AtServer();
        command.SetAction(Make);
        return command;
    }

    public static Command CreateVerify()
    {
        var command = new Command("verify", "Check the digests of a capsule and recompute every decision in it, bit for bit.") { File, Digest };
        command.SetAction(Verify);
        return command;
    }

    public static Command CreateImport()
    {
        var command = new Command("import", "Take the sweep of a capsule into the store, once its digests and decisions have been checked.") { File, Digest };
        command.SetAction(Import);
        return command;
    }

    private static async Task<int> Make(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
        byte[] zip = await source.Capsule(sweep, cancellation);
        // Read again: what is handed out is what 'verify' will accept, whoever made it.
        Capsule capsule = Read("the capsule", new MemoryStream(zip));
        string path = Path.GetFullPath(parsed.GetValue(Out) ?? sweep.Id + Capsule.Extension);
        Common.WriteWhole(path, stream => stream.Write(zip));
        if (parsed.IsJson())
        {
            WriteJson(writer =>
            {
                writer.WriteString("sweep", capsule.Sweep);
                writer.WriteString("file", path);
                writer.WriteNumber("bytes", zip.Length);
                writer.WriteString("headDigest", capsule.State.HeadDigest);
                writer.WriteString("capsuleDigest", capsule.Digest);
            });
        }
        else
        {
            Console.WriteLine($"{path}: sweep {capsule.Sweep}{(capsule.State.End is null ? ", which is not over," : "")} with {capsule.State.Seq + 1} entries, {Common.Count(capsule.State.Trials.Count, "trial")}, details of {Common.Count(capsule.Attempts, "attempt")}\n  head digest      {capsule.State.HeadDigest}\n  capsule digest   {capsule.Digest}");
        }

        return ExitCodes.Ok;
    }

    private static async Task<int> Verify(ParseResult parsed, CancellationToken cancellation)
    {
        Capsule capsule = await Open(parsed, cancellation);
        ReplayResult result = capsule.Replay();
        (int code, string text) = ReplayCommand.Describe(capsule.Sweep, result, null);
        if (parsed.IsJson())
        {
            WriteJson(writer =>
            {
                ReplayCommand.WriteFields(writer, capsule.Sweep, result);
                writer.WriteString("capsuleDigest", capsule.Digest);
                writer.WriteBoolean("reportIsOurs", capsule.ReportIsOurs);
            });
            return code;
        }

        Console.Write(text);
        Console.WriteLine($"  capsule digest   {capsule.Digest}{(parsed.GetValue(Digest) is null ? "" : " (as given)")}");
        if (!capsule.ReportIsOurs) Console.WriteLine("  note: the report in it is not what this program makes of the record; another version wrote it, or somebody: trust the record");
        return code;
    }

    private static async Task<int> Import(ParseResult parsed, CancellationToken cancellation)
    {
        Capsule capsule = await Open(parsed, cancellation);
        ReplayResult result = capsule.Replay();
        (int code, string text) = ReplayCommand.Describe(capsule.Sweep, result, null);
        if (result is ReplayResult.CannotReplay) await Console.Error.WriteLineAsync($"hypercloud: the decisions were not recomputed: {text.TrimEnd()}");
        else if (code != ExitCodes.Ok) throw new CliException(code, $"{text.TrimEnd()}\nnothing was stored");
        await using IStore store = parsed.OpenStore();
        bool added;
        try
        {
            added = await CapsuleImport.Import(capsule, store, Environment.CurrentDirectory, cancellation);
        }
        catch (Exception e) when (e is CapsuleRefusedException or StoreCopyException)
        {
            throw new CliException(ExitCodes.CopyRefused, e.Message);
        }

        if (parsed.IsJson())
        {
            WriteJson(writer =>
            {
                writer.WriteString("sweep", capsule.Sweep);
                writer.WriteBoolean("added", added);
                writer.WriteString("headDigest", capsule.State.HeadDigest);
                writer.WriteString("capsuleDigest", capsule.Digest);
            });
        }
        else
        {
            Console.WriteLine(added ? $"sweep {capsule.Sweep} is in {store.Description} now, head digest {capsule.State.HeadDigest}" : $"sweep {capsule.Sweep} was in {store.Description} already, with this very record; nothing was changed");
        }

        return ExitCodes.Ok;
    }

    private static async Task<Capsule> Open(ParseResult parsed, CancellationToken cancellation)
    {
        string? digest = parsed.GetValue(Digest);
        if (digest is not null && (digest.Length < 8 || !digest.All(char.IsAsciiHexDigit)))
            throw new CliException(ExitCodes.BadInput, $"--digest takes at least 8 hexadecimal digits, but got '{digest}'");
        string path = parsed.GetValue(File)!;
        Capsule capsule;
        await using (FileStream file = System.IO.File.OpenRead(path)) capsule = Read(path, file);
        cancellation.ThrowIfCancellationRequested();
        return digest is null || capsule.Digest.StartsWith(digest, StringComparison.OrdinalIgnoreCase)
            ? capsule
            : throw new CliException(ExitCodes.RecordEdited, $"{path} is consistent in itself, but its digest is {capsule.Digest}, and {digest} was noted: it is not the capsule that was printed then");
    }

    private static Capsule Read(string name, Stream zip)
    {
        try
        {
            return Capsule.Read(zip);
        }
        catch (CapsuleException e)
        {
            int code = e.Code switch { "not-a-capsule" or "too-large" => ExitCodes.BadInput, "newer-version" => ExitCodes.CannotReplay, _ => ExitCodes.RecordEdited };
            throw new CliException(code, $"{name}: {e.Message} [{e.Code}]; nothing was stored");
        }
    }

    private static void WriteJson(Action<Utf8JsonWriter> fields)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        fields(writer);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
