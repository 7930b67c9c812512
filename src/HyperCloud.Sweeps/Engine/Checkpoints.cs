using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>What a checkpoint in the store consists of: its files one behind the other, cut into parts.</summary>
internal sealed record CheckpointManifest
{
    /// <summary>Version of this form.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The files, in the order in which they follow each other.</summary>
    public required ImmutableArray<CheckpointFile> Files { get; init; }

    /// <summary>The parts.</summary>
    public required ImmutableArray<CheckpointPart> Parts { get; init; }
}

/// <summary>A file of a checkpoint.</summary>
/// <param name="Path">Relative to the folder, with '/'.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Digest">SHA-256, hex, lower case.</param>
internal sealed record CheckpointFile(string Path, long Size, string Digest);

/// <summary>A part of a checkpoint.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Digest">SHA-256, hex, lower case.</param>
internal sealed record CheckpointPart(int Size, string Digest);

/// <summary>
/// Carries checkpoints between machines. A slice that paused at a rung leaves its folder in the store, and the next slice of the run finds it
/// there, whatever machine it is on. Only on stores that machines share (<see cref="IStore.IsShared"/>): elsewhere the folder itself is enough.
/// </summary>
/// <remarks>
/// What a slice leaves is named by its rung and attempt, <c>sweeps/SWEEP/checkpoints/RUN/RUNG-ATTEMPT/</c>, and is never written twice; its
/// manifest comes last, so that what a crash has left half is nothing. The next slice takes the one that the log names, so a twin or an
/// attempt that came too late cannot give it another. Links and empty folders are not carried.
/// </remarks>
internal sealed class Checkpoints(SweepHub hub)
{
    /// <summary>Bytes of a part.</summary>
    public const int PartBytes = 32 * 1024 * 1024;

    /// <summary>Bytes of a checkpoint.</summary>
    public const long MostBytes = 2L * 1024 * 1024 * 1024;

    /// <summary>Files of a checkpoint.</summary>
    public const int MostFiles = 20_000;

    private const string Code = "checkpoint", ManifestName = "manifest", Cut = "-s";

    /// <summary>
    /// Puts the checkpoint that a slice goes on from into its folder, unless it is there. Null: the run can begin. Otherwise what became of it.
    /// </summary>
    public async ValueTask<RunOutcome?> Restore(SweepSession session, IRunner runner, RunRequest request, CancellationToken cancellation)
    {
        if (!hub.Store.IsShared || request.Run.Rung == 0 || runner.MayDetach) return null; // Where runs may go on elsewhere, so do their checkpoints.
        try
        {
            RunRecord? before = await session.Read(s => Before(s, request.Run), cancellation);
            // What a worker outside has executed left its checkpoint with the worker.
            if (before is null || before.Claim.Lane == Handout.Outside) return null;
            string origin = Origin(before.Key.Rung, before.Attempt), marker = Marker(request);
            string? known = File.Exists(marker) ? File.ReadAllText(marker) : null;
            if (known == origin && Directory.Exists(request.CheckpointDirectory)) return null;
            // A folder that never came from the store: the sweep was begun on a store of this machine alone.
            if (!await Fetch(request, origin, marker, cancellation))
                return known is null && Directory.Exists(request.CheckpointDirectory) ? null
                    : new RunOutcome.Lost(Code, $"the checkpoint that run {request.Run} goes on from ({before.Key}, attempt {before.Attempt}) is not in the store");
            File.WriteAllText(marker, origin);
            return null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new RunOutcome.Cancelled();
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new RunOutcome.Lost(Code, $"the checkpoint that run {request.Run} goes on from could not be fetched: {e.Message}");
        }
    }

    /// <summary>Name of the checkpoint that a slice of a run leaves which is cut by its time, behind that of its rung.</summary>
    public static string OriginOf(RunRequest request, int slice) => string.Create(CultureInfo.InvariantCulture, $"{Origin(request.Run.Rung, request.Attempt)}{Cut}{slice:D5}");

    /// <summary>
    /// Puts the checkpoint that a slice goes on from into the run's folder, unless it is as the slice before left it here. Null: the run can go on.
    /// </summary>
    public async ValueTask<RunOutcome?> RestoreSlice(RunRequest request, RunSlices before, CancellationToken cancellation)
    {
        if (!hub.Store.IsShared) return null;
        try
        {
            string marker = Marker(request);
            bool here = File.Exists(marker) && File.ReadAllText(marker) == before.Origin && Directory.Exists(request.CheckpointDirectory);
            if (!here && !await Fetch(request, before.Origin, marker, cancellation))
                return new RunOutcome.Lost(Code, $"the checkpoint that run {request.Run} goes on from (slice {before.Count}) is not in the store");
            // From now on it is what this slice makes of it: should it die, the next one fetches the checkpoint anew.
            File.Delete(marker);
            return null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new RunOutcome.Cancelled();
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return new RunOutcome.Lost(Code, $"the checkpoint that run {request.Run} goes on from could not be fetched: {e.Message}");
        }
    }

    /// <summary>Puts what a slice has left into the store under a name. Null: it is kept. Otherwise what became of the run.</summary>
    public async ValueTask<RunResult?> Keep(RunRequest request, string origin, CancellationToken cancellation)
    {
        if (!hub.Store.IsShared) return null;
        try
        {
            string marker = Marker(request);
            await Upload(request.CheckpointDirectory, Prefix(request) + origin + "/", cancellation);
            Directory.CreateDirectory(Path.GetDirectoryName(marker)!);
            File.WriteAllText(marker, origin);
            return null;
        }
        catch (CheckpointRefusedException e)
        {
            return Without(RunState.Failed, e.Message); // It would be so again.
        }
        catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException)
        {
            return Without(RunState.Lost, $"the checkpoint of run {request.Run} could not be kept: {e.Message}");
        }

        static RunResult Without(RunState state, string reason) => new(state, null, null, ImmutableSortedDictionary<string, double>.Empty, Code, reason);
    }

    /// <summary>Removes the checkpoints of a run's time slices but one (null: all of them); of a run that is to be tried again, none.</summary>
    public async ValueTask TidySlices(SweepSession session, RunRequest request, string? but, CancellationToken cancellation)
    {
        if (!hub.Store.IsShared) return;
        try
        {
            if (but is null && await session.Read(s => s.Run(request.Run) is not { Phase: RunPhase.Ended }, cancellation)) return;
            string own = Origin(request.Run.Rung, 0)[..4];
            await Delete(Prefix(request), name => name != but && name.Contains(Cut, StringComparison.Ordinal) && name.StartsWith(own, StringComparison.Ordinal), cancellation);
        }
        catch (StoreException)
        {
            // They only take room, until the sweep is deleted.
        }
    }

    /// <summary>
    /// Puts what a completed slice has left into the store. The result is the slice's own; where the checkpoint could not be kept, that the
    /// slice was lost: a value whose run cannot go on would promise what nobody can hold.
    /// </summary>
    public async ValueTask<RunResult> Save(SweepSession session, IRunner runner, RunRequest request, RunResult result, CancellationToken cancellation)
    {
        if (!hub.Store.IsShared || runner.MayDetach || result.State != RunState.Completed) return result;
        if (!await session.Read(s => s.Run(request.Run) is { IsSlice: true }, cancellation)) return result;
        return await Keep(request, Origin(request.Run.Rung, request.Attempt), cancellation) ?? result;
    }

    /// <summary>
    /// Removes the checkpoints that a run needs no more, all but the newest, and that one too at full length. Only once the end is in the
    /// log: until then the attempt may have to begin again from the one before.
    /// </summary>
    public async ValueTask Tidy(SweepSession session, IRunner runner, RunRequest request, CancellationToken cancellation)
    {
        if (!hub.Store.IsShared || runner.MayDetach || request.Run.Pool != SeedPool.Search) return;
        try
        {
            RunRecord? run = await session.Read(s => s.Stopping is { Pause: true } ? s.Run(request.Run) : null, cancellation);
            if (run is not { Completed: true } || run.Attempt != request.Attempt || (request.Run.Rung == 0 && !run.IsSlice)) return;
            string? newest = run.IsSlice ? Origin(run.Key.Rung, run.Attempt) : null;
            await Delete(Prefix(request), name => newest is null || string.CompareOrdinal(name, newest) < 0, cancellation);
        }
        catch (StoreException)
        {
            // They only take room, until the sweep is deleted.
        }
    }

    /// <summary>The slice whose checkpoint a run goes on from; null when it begins anew.</summary>
    internal static RunRecord? Before(SweepState state, RunKey key) => key.Rung == 0 ? null : state.Trials[key.Trial].In(key.Pool)
        .LastOrDefault(r => r.Key.Task == key.Task && r.Key.Replicate == key.Replicate && r.Key.Rung < key.Rung && r is { IsSlice: true, Completed: true });

    /// <summary>Writes the files of a folder into the store, the manifest last.</summary>
    internal async ValueTask Upload(string folder, string prefix, CancellationToken cancellation)
    {
        List<(string Path, FileInfo File)> found = [];
        if (Directory.Exists(folder)) Find(new DirectoryInfo(folder), "", found);
        found.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        long total = found.Sum(f => f.File.Length);
        if (total > MostBytes || found.Count > MostFiles)
            throw new CheckpointRefusedException(string.Create(CultureInfo.InvariantCulture,
                $"the checkpoint has {found.Count} files of {total} bytes in all, but at most {MostFiles} files of {MostBytes} bytes are carried to other machines; keep only what is needed to go on in HYPERCLOUD_CHECKPOINT_DIR"));
        byte[] buffer = new byte[Math.Clamp(total, 1, PartBytes)];
        int filled = 0;
        var files = ImmutableArray.CreateBuilder<CheckpointFile>();
        var parts = ImmutableArray.CreateBuilder<CheckpointPart>();
        foreach ((string path, FileInfo file) in found)
        {
            // Read on this thread, not asynchronously: a host in virtual time must not be left, and others have a thread for this.
            using FileStream stream = file.OpenRead();
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            while (stream.Read(buffer.AsSpan(filled)) is > 0 and var read)
            {
                digest.AppendData(buffer, filled, read);
                filled += read;
                size += read;
                if (filled == buffer.Length) await Flush();
                // It grows as we read it: somebody has not ended with the run.
                if (size > MostBytes) throw new IOException($"'{path}' does not stop growing");
            }

            files.Add(new(path, size, Convert.ToHexStringLower(digest.GetHashAndReset())));
        }

        if (filled > 0) await Flush();
        var manifest = new CheckpointManifest { Files = files.ToImmutable(), Parts = parts.ToImmutable() };
        await hub.Store.PutBlob("checkpoints.put", prefix + ManifestName, JsonSerializer.SerializeToUtf8Bytes(manifest, CheckpointJson.Default.CheckpointManifest), onlyIfAbsent: false, cancellation);

        async ValueTask Flush()
        {
            await hub.Store.PutBlob("checkpoints.put", prefix + PartName(parts.Count), buffer.AsMemory(0, filled), onlyIfAbsent: false, cancellation);
            parts.Add(new(filled, Convert.ToHexStringLower(SHA256.HashData(buffer.AsSpan(0, filled)))));
            filled = 0;
        }
    }

    /// <summary>Fetches a checkpoint, and puts it in the folder's place once all of it is there and is what it should be.</summary>
    internal async ValueTask Download(CheckpointManifest manifest, string prefix, string folder, string marker, CancellationToken cancellation)
    {
        string parent = Path.GetDirectoryName(folder)!, name = Path.GetFileName(folder);
        Directory.CreateDirectory(parent);
        Tidy(); // what one that died has left
        string fresh = Path.Combine(parent, $"{name}.{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(fresh);
            await Write(manifest, prefix, fresh, cancellation);
            // Without its marker a folder counts as unknown: a crash from here on makes the next one fetch it again.
            File.Delete(marker);
            if (Directory.Exists(folder)) Directory.Move(folder, Path.Combine(parent, $"{name}.{Guid.NewGuid():N}"));
            Directory.Move(fresh, folder);
        }
        finally
        {
            Tidy();
        }

        void Tidy()
        {
            foreach (string left in Directory.GetDirectories(parent))
                if (Path.GetFileName(left).StartsWith(name + ".", StringComparison.Ordinal)) Directory.Delete(left, recursive: true);
        }
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="InvalidDataException">It is none, or names what must not be written.</exception>
    internal static CheckpointManifest Read(byte[] json)
    {
        CheckpointManifest? manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointManifest);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"its manifest cannot be read: {e.Message}", e);
        }

        if (manifest is null || manifest.Files.IsDefault || manifest.Parts.IsDefault) throw new InvalidDataException("its manifest holds nothing");
        if (manifest.SchemaVersion != 1) throw new InvalidDataException($"its manifest is of version {manifest.SchemaVersion}, which this program does not know");
        if (manifest.Files.FirstOrDefault(f => !IsPlainPath(f.Path)) is { } wrong) throw new InvalidDataException($"its manifest names '{wrong.Path}', which is no path within the folder");
        if (manifest.Files.Select(f => f.Path).Distinct(StringComparer.Ordinal).Count() != manifest.Files.Length) throw new InvalidDataException("its manifest names a file twice");
        if (manifest.Files.Length > MostFiles || manifest.Files.Any(f => f.Size is < 0 or > MostBytes) || manifest.Parts.Any(p => p.Size is <= 0 or > PartBytes)
            || manifest.Files.Sum(f => f.Size) is var total && (total > MostBytes || total != manifest.Parts.Sum(p => (long)p.Size)))
            throw new InvalidDataException("its manifest names sizes that cannot be");
        return manifest;
    }

    private async ValueTask Write(CheckpointManifest manifest, string prefix, string folder, CancellationToken cancellation)
    {
        byte[] part = [];
        int next = 0, at = 0;
        foreach (CheckpointFile file in manifest.Files)
        {
            string path = Path.Combine(folder, Path.Combine(file.Path.Split('/')));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using (var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
            {
                for (long left = file.Size; left > 0;)
                {
                    if (at == part.Length) (part, at) = (await Part(next++), 0);
                    int take = (int)Math.Min(left, part.Length - at);
                    stream.Write(part, at, take);
                    digest.AppendData(part, at, take);
                    at += take;
                    left -= take;
                }

                stream.Flush(flushToDisk: true);
            }

            if (Convert.ToHexStringLower(digest.GetHashAndReset()) != file.Digest) throw new InvalidDataException($"the file '{file.Path}' is not what was stored");
        }

        async ValueTask<byte[]> Part(int index)
        {
            byte[] content = await hub.Store.GetBlob("checkpoints.get", prefix + PartName(index), cancellation)
                ?? throw new InvalidDataException($"part {index} of {manifest.Parts.Length} is not in the store");
            CheckpointPart expected = manifest.Parts[index];
            return content.Length == expected.Size && Convert.ToHexStringLower(SHA256.HashData(content)) == expected.Digest ? content
                : throw new InvalidDataException($"part {index} of {manifest.Parts.Length} is not what was stored");
        }
    }

    private static void Find(DirectoryInfo folder, string prefix, List<(string, FileInfo)> found)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            string path = prefix + entry.Name;
            if (entry.LinkTarget is not null || entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                throw new CheckpointRefusedException($"the checkpoint holds the link '{path}', which may point anywhere and is not carried to other machines; write a file instead");
            if (!IsPlainPath(path)) throw new CheckpointRefusedException($"the checkpoint holds '{path}', a name that not every machine can write");
            if (entry is DirectoryInfo inner) Find(inner, path + "/", found);
            else if (entry is FileInfo { Attributes: var a } file && !a.HasFlag(FileAttributes.Device)) found.Add((path, file));
        }
    }

    // Below the folder on every system: no root, no drive, no way up.
    private static bool IsPlainPath(string? path) => path is { Length: > 0 and <= 1024 } && !path.Any(c => char.IsControl(c) || c is '\\' or ':')
        && path.Split('/').All(segment => segment is not ("" or "." or ".."));

    private async ValueTask<bool> Fetch(RunRequest request, string origin, string marker, CancellationToken cancellation)
    {
        string prefix = Prefix(request) + origin + "/";
        if (await hub.Store.GetBlob("checkpoints.get", prefix + ManifestName, cancellation) is not { } manifest) return false;
        await Download(Read(manifest), prefix, request.CheckpointDirectory, marker, cancellation);
        return true;
    }

    // Checkpoints of a run by their names; the manifests first, so that none is ever there in part.
    private async ValueTask Delete(string prefix, Predicate<string> which, CancellationToken cancellation)
    {
        List<string> names = [];
        while (true)
        {
            IReadOnlyList<string> page = await hub.Store.ListBlobs("checkpoints.list", prefix, names.Count == 0 ? null : names[^1], 1000, cancellation);
            names.AddRange(page);
            if (page.Count < 1000) break;
        }

        foreach (string name in names.Where(n => which(n[prefix.Length..].Split('/')[0]))
            .OrderBy(n => n.EndsWith("/" + ManifestName, StringComparison.Ordinal) ? 0 : 1))
            await hub.Store.DeleteBlob("checkpoints.delete", name, cancellation);
    }

    private static string Prefix(RunRequest request) => $"sweeps/{request.Sweep}/checkpoints/{request.Run with { Rung = 0 }}/";

    private static string Origin(int rung, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{rung:D4}-{attempt:D6}");

    private static string PartName(int index) => string.Create(CultureInfo.InvariantCulture, $"part-{index:D5}");

    /// <summary>The file beside the folder that says which checkpoint it came from.</summary>
    internal static string Marker(RunRequest request) => request.CheckpointDirectory + "-origin";

    private sealed class CheckpointRefusedException(string message) : Exception(message);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckpointManifest))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
