using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>A file is no capsule, or not the one that was written.</summary>
/// <param name="code"><c>not-a-capsule</c>, <c>newer-version</c>, <c>too-large</c> or <c>damaged</c> (cut, or edited).</param>
/// <param name="message">A sentence with what is wrong.</param>
/// <param name="inner">What found it.</param>
public sealed class CapsuleException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;
}

/// <summary>One file of a capsule.</summary>
/// <param name="Bytes">Its length before compression.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hex.</param>
internal sealed record CapsuleFile(long Bytes, string Sha256);

/// <summary>What <c>manifest.json</c> says. All of it follows from the other files, so that an edit of it is found.</summary>
internal sealed record CapsuleManifest
{
    public required string Format { get; init; }
    public required int FormatVersion { get; init; }

    /// <summary>Version of the product that created the sweep.</summary>
    public required string Product { get; init; }

    public required string Sweep { get; init; }

    /// <summary>Digest of what makes the sweep this sweep (SEMANTICS §4).</summary>
    public required string Identity { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required SweepStatus Status { get; init; }
    public required long Entries { get; init; }
    public required string HeadDigest { get; init; }

    /// <summary>Every other file by name.</summary>
    public required ImmutableSortedDictionary<string, CapsuleFile> Files { get; init; }
}

/// <summary>
/// One file that holds a sweep whole: a zip of <c>events.jsonl</c> (the record, rows exactly as stored), <c>runs.jsonl</c> (details of every attempt),
/// <c>report.json</c> and <c>report.md</c> (for people), and <c>manifest.json</c> with the SHA-256 of each. The same sweep gives the same bytes:
/// entries are sorted, times fixed. Leases, run tokens, handles of processes and checkpoints are not in it.
/// <para>One digest stands for all of it: <see cref="Digest"/>. The record is chained, and its decisions can be replayed; details of runs and the report
/// are held by the manifest alone, so whoever must not trust the sender compares that digest.</para>
/// </summary>
public sealed class Capsule
{
    /// <summary>How the name of a capsule's file ends.</summary>
    public const string Extension = ".capsule.zip";

    /// <summary>Most bytes that the files of a capsule may have together before compression: it is read into memory.</summary>
    public const long MaxBytes = 1L << 30;

    private const string Format = "hypercloud-capsule", Manifest = "manifest.json", Events = "events.jsonl", Runs = "runs.jsonl", ReportJson = "report.json", ReportMarkdown = "report.md";
    private const int FormatVersion = 1, MaxManifestBytes = 64 * 1024;

    private static readonly string[] s_names = [Events, Manifest, ReportJson, ReportMarkdown, Runs];

    // The earliest time that a zip can hold.
    private static readonly DateTimeOffset s_time = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SortedDictionary<string, byte[]> _files;
    private readonly string[] _rows;
    private readonly LogEntry[] _entries;
    private readonly RunDetails[] _details;

    /// <summary>From the files beside the manifest.</summary>
    private Capsule(SortedDictionary<string, byte[]> files)
    {
        _files = files;
        _rows = Lines(Events);
        _entries = new LogEntry[_rows.Length];
        string digest = EventLog.Genesis;
        try
        {
            for (int i = 0; i < _rows.Length; i++)
            {
                (LogEntry entry, digest) = EventLog.Parse(_rows[i], digest, i);
                _entries[i] = entry with { Digest = digest };
                State.Apply(_entries[i]);
            }
        }
        catch (LogBrokenException e)
        {
            throw new CapsuleException("damaged", $"{Events}: {e.Message}", e);
        }
        catch (StoreException e)
        {
            throw new CapsuleException("newer-version", $"{Events}: {e.Message}", e);
        }

        if (State.Created is null) throw new CapsuleException("damaged", $"{Events} does not begin with the creation of a sweep");
        _details = [.. Lines(Runs).Select(Details)];
        var manifest = new CapsuleManifest
        {
            Format = Format,
            FormatVersion = FormatVersion,
            Product = State.Created.Product,
            Sweep = Sweep,
            Identity = State.Created.Identity,
            CreatedAt = State.CreatedAt,
            Status = State.Status,
            Entries = _rows.Length,
            HeadDigest = State.HeadDigest,
            Files = files.ToImmutableSortedDictionary(f => f.Key, f => new CapsuleFile(f.Value.Length, Sha256(f.Value)), StringComparer.Ordinal),
        };
        ManifestBytes = JsonSerializer.SerializeToUtf8Bytes(manifest, CapsuleJson.Default.CapsuleManifest);
        Digest = Sha256(ManifestBytes);
    }

    /// <summary>The sweep as its record has it.</summary>
    public SweepState State { get; } = new();

    /// <summary>Sweep id.</summary>
    public string Sweep => State.Created!.Sweep;

    /// <summary>SHA-256 of the manifest, lower-case hex, and through it of everything in the capsule.</summary>
    public string Digest { get; }

    /// <summary>Attempts whose details are in it.</summary>
    public int Attempts => _details.Length;

    /// <summary>Whether the report in it is what this program makes of the record; another version may word it otherwise.</summary>
    public bool ReportIsOurs => _files[ReportJson].AsSpan().SequenceEqual(s_utf8.GetBytes(Report().Json)) && _files[ReportMarkdown].AsSpan().SequenceEqual(s_utf8.GetBytes(Report().Markdown));

    private byte[] ManifestBytes { get; }

    /// <summary>Takes a sweep out of a store as it stands; it may be going on.</summary>
    /// <exception cref="LogBrokenException">Its record is damaged.</exception>
    /// <exception cref="CapsuleException">There is no record, or it is too large.</exception>
    public static async Task<Capsule> Take(IStore store, string sweep, CancellationToken cancellation)
    {
        List<string> rows = [];
        var state = new SweepState();
        foreach (LogEntry entry in await new EventLog(store, sweep).ReadNew(rows.Add, cancellation)) state.Apply(entry);
        if (state.Created is null) throw new CapsuleException("damaged", $"sweep {sweep} has no record; perhaps it is being deleted");
        IEnumerable<string> details = (await RunRows.All(store, sweep, state.Trials.Count, cancellation)).Where(d => Belongs(state, d))
            // How to end an attempt, and until when it may take, concern the store it runs on alone.
            .Select(d => JsonSerializer.Serialize(d with { Handle = null, LeaseUntil = null, LeaseMs = null, HostUntil = null, Counting = null }, SweepsJson.Default.RunDetails));
        SweepReport report = ReportBuilder.Build(state);
        return new Capsule(new(StringComparer.Ordinal)
        {
            [Events] = JsonLines(rows),
            [Runs] = JsonLines(details),
            [ReportJson] = s_utf8.GetBytes(ReportText.ToJson(report)),
            [ReportMarkdown] = s_utf8.GetBytes(ReportText.ToMarkdown(report)),
        });
    }

    /// <summary>The file: equal bytes for equal content.</summary>
    /// <exception cref="CapsuleException">It would be larger than what is read again.</exception>
    public byte[] ToZip()
    {
        if (_files.Values.Sum(f => (long)f.Length) > MaxBytes) throw new CapsuleException("too-large", $"sweep {Sweep} has more than {MaxBytes >> 20} MiB, which no capsule holds; 'hypercloud store copy' moves it");
        var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string name in s_names)
            {
                ZipArchiveEntry entry = zip.CreateEntry(name, CompressionLevel.Optimal);
                entry.LastWriteTime = s_time;
                // The default tells on which system it was written.
                entry.ExternalAttributes = 0;
                using Stream stream = entry.Open();
                stream.Write(name == Manifest ? ManifestBytes : _files[name]);
            }
        }

        return buffer.ToArray();
    }

    /// <summary>Reads a capsule and checks all its digests. Nothing is written anywhere, whatever the names in it say.</summary>
    /// <param name="zip">The file; seekable.</param>
    /// <param name="maxBytes">Most bytes its files may have before compression; whatever the zip claims, no more are unpacked.</param>
    /// <exception cref="CapsuleException">It is no capsule, of a newer form, too large, cut, or edited.</exception>
    public static Capsule Read(Stream zip, long maxBytes = MaxBytes)
    {
        try
        {
            using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            string[] names = [.. archive.Entries.Select(e => e.FullName)];
            if (!names.Contains(Manifest, StringComparer.Ordinal)) throw new CapsuleException("not-a-capsule", $"it is a zip without a {Manifest}, and no capsule");
            byte[] given = Unpack(archive.GetEntry(Manifest)!, MaxManifestBytes);
            CheckVersion(given);
            if (!names.Order(StringComparer.Ordinal).SequenceEqual(s_names))
                throw new CapsuleException("damaged", $"a capsule holds {string.Join(", ", s_names)}, each once, but this one {string.Join(", ", names.Take(10).Select(n => $"'{Cut(n)}'"))}{(names.Length > 10 ? ", …" : "")}");
            SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);
            long left = maxBytes;
            foreach (string name in s_names.Where(n => n != Manifest))
            {
                files[name] = Unpack(archive.GetEntry(name)!, left);
                left -= files[name].Length;
            }

            CheckFiles(given, files);
            var capsule = new Capsule(files);
            return capsule.ManifestBytes.AsSpan().SequenceEqual(given)
                ? capsule
                : throw new CapsuleException("damaged", $"{Manifest} was edited: it does not say what follows from the files beside it");
        }
        catch (InvalidDataException e)
        {
            throw new CapsuleException("damaged", $"it is no whole zip file ({e.Message.TrimEnd('.')}): perhaps it was cut while it was copied", e);
        }
        catch (EndOfStreamException e)
        {
            throw new CapsuleException("damaged", "the zip file ends too early: perhaps it was cut while it was copied", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or DecoderFallbackException)
        {
            throw new CapsuleException("damaged", $"what is in it cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Recomputes every decision from the record.</summary>
    public ReplayResult Replay() => new Replayer().Replay(_entries);

    /// <summary>
    /// Writes all that is in the capsule into an empty store, the summary too; from there it is copied as any sweep is. Verdicts of nights count as told.
    /// </summary>
    /// <param name="store">An empty store.</param>
    /// <param name="baseDirectory">Folder to which relative paths of the spec refer.</param>
    /// <param name="cancellation">Cancels the writing.</param>
    public async Task WriteTo(IStore store, string baseDirectory, CancellationToken cancellation)
    {
        foreach ((int Seq, string Row)[] batch in _rows.Index().Chunk(StoreLimits.BatchRows / 4))
        {
            // Shards are a multiple of the batch, so none is split.
            await store.Apply("capsule.write", EventLog.Table, EventLog.Partition(Sweep, batch[0].Seq / EventLog.ShardSize),
                [.. batch.Select(r => new RowChange.Insert(EventLog.Key(r.Seq), r.Row))], cancellation);
        }

        foreach (RunDetails details in _details) await RunRows.Put(store, Sweep, details, null, cancellation);
        await Webhooks.MarkTold(store, State, cancellation);
        // A file from somebody else must not run his commands here by the clock: its schedule rests until it is given again.
        SweepSummary summary = SweepHub.Summarize(State, baseDirectory) with { Cron = null, ScheduleKind = null, DueFrom = null };
        await store.Apply("capsule.write", SweepHub.SweepsTable, SweepHub.SweepsPartition,
            [new RowChange.Insert(Sweep, JsonSerializer.Serialize(summary, SweepsJson.Default.SweepSummary))], cancellation);
    }

    /// <summary>The digest of an entry of the record; null when it has no such entry.</summary>
    /// <param name="seq">Sequence number.</param>
    public string? DigestAt(long seq) => seq >= 0 && seq < _entries.Length ? _entries[seq].Digest : null;

    private (string Json, string Markdown) Report()
    {
        SweepReport report = ReportBuilder.Build(State);
        return (ReportText.ToJson(report), ReportText.ToMarkdown(report));
    }

    private RunDetails Details(string line)
    {
        RunDetails details = JsonSerializer.Deserialize(line, SweepsJson.Default.RunDetails)!;
        return Belongs(State, details) ? details
            : throw new CapsuleException("damaged", $"{Runs} has attempt {details.Attempt} of '{Cut(details.Run)}', of which the record knows nothing");
    }

    private static bool Belongs(SweepState state, RunDetails details) =>
        RunKey.TryParse(details.Run, out RunKey key) && state.Run(key) is { } run && details.Attempt >= 1 && details.Attempt <= run.Attempt;

    private string[] Lines(string name)
    {
        string text = s_utf8.GetString(_files[name]);
        if (text.Length == 0) return [];
        return text[^1] == '\n' ? text[..^1].Split('\n') : throw new CapsuleException("damaged", $"{name} does not end with a whole line");
    }

    private static byte[] JsonLines(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (string line in lines) text.Append(line).Append('\n');
        return s_utf8.GetBytes(text.ToString());
    }

    /// <summary>A file of another version may have other files: its version is looked at before them.</summary>
    private static void CheckVersion(byte[] manifest)
    {
        using JsonDocument document = JsonDocument.Parse(manifest);
        if (document.RootElement.GetProperty("format").GetString() != Format) throw new CapsuleException("not-a-capsule", $"its {Manifest} is not that of a capsule");
        int version = document.RootElement.GetProperty("formatVersion").GetInt32();
        if (version > FormatVersion) throw new CapsuleException("newer-version", $"it has form {version}, and this program knows {FormatVersion}: use a newer hypercloud");
    }

    /// <summary>Says which file is another than the manifest says, before its content is looked at.</summary>
    private static void CheckFiles(byte[] manifest, SortedDictionary<string, byte[]> files)
    {
        CapsuleManifest said = JsonSerializer.Deserialize(manifest, CapsuleJson.Default.CapsuleManifest)!;
        foreach ((string name, byte[] content) in files)
        {
            if (!said.Files.TryGetValue(name, out CapsuleFile? file)) throw new CapsuleException("damaged", $"{Manifest} was edited: it does not name {name}");
            if (file.Bytes != content.Length || file.Sha256 != Sha256(content))
            {
                throw new CapsuleException("damaged", string.Create(CultureInfo.InvariantCulture,
                    $"{name} was edited, or {Manifest} was: it has {content.Length} bytes with digest {Sha256(content)[..12]}…, and should have {file.Bytes} with {Cut(file.Sha256, 12)}"));
            }
        }
    }

    private static byte[] Unpack(ZipArchiveEntry entry, long most)
    {
        using Stream stream = entry.Open();
        var content = new MemoryStream();
        byte[] buffer = new byte[81_920];
        while (stream.Read(buffer) is var read and > 0)
        {
            if (content.Length + read > most) throw new CapsuleException("too-large", $"{entry.FullName} unpacks to more than the {most} bytes that are left for it; nothing was kept");
            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string Cut(string text, int length = 80) => text.Length <= length ? text : string.Concat(text.AsSpan(0, length), "…");
}

/// <summary>JSON of capsules.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n", UseStringEnumConverter = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CapsuleManifest))]
internal sealed partial class CapsuleJson : JsonSerializerContext
{
}
