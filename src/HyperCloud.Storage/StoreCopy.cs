using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>What to copy.</summary>
public sealed record StoreCopyOptions
{
    /// <summary>One sweep (its full id) with all that belongs to it; null: everything.</summary>
    public string? Sweep { get; init; }

    /// <summary>Read both stores again afterwards and compare. Default true.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>Is told the counts after each page; on whatever thread.</summary>
    public IProgress<StoreCopyCounts>? Progress { get; init; }
}

/// <summary>What a copy has done so far.</summary>
/// <param name="Tables">Tables begun.</param>
/// <param name="Partitions">Partitions begun.</param>
/// <param name="RowsCopied">Rows written.</param>
/// <param name="RowsThere">Rows that the destination held already, equal.</param>
/// <param name="BlobsCopied">Blobs written.</param>
/// <param name="BlobsThere">Blobs that the destination held already, equal.</param>
/// <param name="RowsVerified">Rows read again and found equal.</param>
/// <param name="BlobsVerified">Blobs read again and found equal.</param>
public sealed record StoreCopyCounts(
    long Tables, long Partitions, long RowsCopied, long RowsThere, long BlobsCopied, long BlobsThere, long RowsVerified, long BlobsVerified)
{
    /// <summary>Nothing yet.</summary>
    public static StoreCopyCounts None { get; } = new(0, 0, 0, 0, 0, 0, 0, 0);
}

/// <summary>The destination holds something else under a name, or what was copied is not what is there. Nothing was overwritten.</summary>
/// <param name="place">Table, partition and key, or the blob's name.</param>
/// <param name="message">A sentence with the place.</param>
/// <param name="counts">What had been done.</param>
public sealed class StoreCopyException(string place, string message, StoreCopyCounts counts) : Exception(message)
{
    /// <summary>Table, partition and key joined by '/', or <c>blob </c> and its name.</summary>
    public string Place { get; } = place;

    /// <summary>What had been done.</summary>
    public StoreCopyCounts Counts { get; } = counts;
}

/// <summary>
/// Copies a store from one adapter to any other through the port alone. Rows are only ever inserted: equal ones that are there are skipped, so
/// that an interrupted copy is simply started again; a different one is refused, never overwritten. Rows of a partition are written in key
/// order, so that what an interrupted copy leaves of an event log is a beginning of it. Summaries of sweeps come last: a sweep is listed in the
/// destination when it is there whole. Leases are left out: they say which process of the source works on a sweep, and would keep others from
/// taking it up in the destination. Bodies are copied as they are, ETags are the destination's own.
/// <para>Nobody should write to the source meanwhile; where somebody does, verification finds it.</para>
/// </summary>
public static class StoreCopy
{
    private const string Leases = "leases";
    private const int PageRows = 100, PageNames = 500;

    /// <summary>Copies.</summary>
    /// <returns>The counts at the end.</returns>
    /// <exception cref="StoreCopyException">The destination differs; its place is named. What was copied before stays.</exception>
    /// <exception cref="ArgumentException">There is no such sweep in the source, or both stores are the same instance.</exception>
    /// <exception cref="StoreException">A store failed; start the copy again when it is back.</exception>
    public static async Task<StoreCopyCounts> Copy(IStore from, IStore to, StoreCopyOptions? options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (ReferenceEquals(from, to)) throw new ArgumentException("a store cannot be copied onto itself", nameof(to));
        options ??= new StoreCopyOptions();
        if (options.Sweep is { } sweep && await from.Get("copy.get", SweepHub.SweepsTable, SweepHub.SweepsPartition, sweep, cancellation).ConfigureAwait(false) is null)
            throw new ArgumentException($"there is no sweep '{sweep}' in {from.Description}", nameof(options));
        var copy = new Copier(from, to, options, cancellation);
        await copy.Run(verify: false).ConfigureAwait(false);
        await to.Flush("copy.flush", cancellation).ConfigureAwait(false);
        if (options.Verify) await copy.Run(verify: true).ConfigureAwait(false);
        return copy.Counts;
    }

    private sealed class Copier(IStore from, IStore to, StoreCopyOptions options, CancellationToken cancellation)
    {
        public StoreCopyCounts Counts { get; private set; } = StoreCopyCounts.None;

        public async Task Run(bool verify)
        {
            IReadOnlyList<string> tables = await from.ListTables("copy.tables", cancellation).ConfigureAwait(false);
            foreach (string table in tables.Where(t => t != Leases && t != SweepHub.SweepsTable)) await Table(table, verify).ConfigureAwait(false);
            await Blobs(verify).ConfigureAwait(false);
            if (tables.Contains(SweepHub.SweepsTable)) await Table(SweepHub.SweepsTable, verify).ConfigureAwait(false);
        }

        private async Task Table(string table, bool verify)
        {
            if (!verify) Counts = Counts with { Tables = Counts.Tables + 1 };
            if (options.Sweep is { } only)
            {
                if (table == SweepHub.SweepsTable) await Rows(table, SweepHub.SweepsPartition, only, verify).ConfigureAwait(false);
                await Rows(table, only, null, verify).ConfigureAwait(false);
            }

            // A sweep's shards are "ID~000000", "ID~000001", … in all tables.
            string? shards = options.Sweep is { } id ? id + "~" : null, after = shards;
            IReadOnlyList<string> page;
            do
            {
                page = await from.ListPartitions("copy.partitions", table, after, PageNames, cancellation).ConfigureAwait(false);
                foreach (string partition in page)
                {
                    if (shards is not null && !partition.StartsWith(shards, StringComparison.Ordinal)) return;
                    await Rows(table, partition, null, verify).ConfigureAwait(false);
                    after = partition;
                }
            }
            while (page.Count == PageNames);
        }

        private async Task Rows(string table, string partition, string? only, bool verify)
        {
            string? after = null;
            IReadOnlyList<StoredRow> page;
            do
            {
                page = only is null
                    ? await from.Query("copy.read", table, partition, after, null, PageRows, cancellation).ConfigureAwait(false)
                    : await from.Get("copy.read", table, partition, only, cancellation).ConfigureAwait(false) is { } row ? [row] : [];
                if (page.Count == 0) return;
                if (!verify && after is null) Counts = Counts with { Partitions = Counts.Partitions + 1 };
                await Page(table, partition, only is null ? after : null, page, only is not null, verify).ConfigureAwait(false);
                after = page[^1].Key;
                options.Progress?.Report(Counts);
            }
            while (only is null && page.Count == PageRows);
        }

        private async Task Page(string table, string partition, string? after, IReadOnlyList<StoredRow> page, bool single, bool verify)
        {
            IReadOnlyList<StoredRow> there = single
                ? await to.Get("copy.compare", table, partition, page[0].Key, cancellation).ConfigureAwait(false) is { } one ? [one] : []
                : await to.Query("copy.compare", table, partition, after, page[^1].Key, int.MaxValue, cancellation).ConfigureAwait(false);
            Dictionary<string, string> bodies = there.ToDictionary(r => r.Key, r => r.Body, StringComparer.Ordinal);
            List<StoredRow> missing = [];
            // All of the page before any of it is written.
            foreach (StoredRow row in page)
            {
                if (!bodies.TryGetValue(row.Key, out string? body)) missing.Add(row);
                else if (body != row.Body) throw Differs(table, partition, row.Key, verify);
            }

            if (verify)
            {
                if (missing.Count > 0) throw Absent($"{table}/{partition}/{missing[0].Key}", $"row '{missing[0].Key}' of table '{table}', partition '{partition}'");
                Counts = Counts with { RowsVerified = Counts.RowsVerified + page.Count };
                return;
            }

            Counts = Counts with { RowsThere = Counts.RowsThere + page.Count - missing.Count };
            for (int at = 0; at < missing.Count;)
            {
                int count = 0;
                long bytes = 0;
                while (at + count < missing.Count && count < StoreLimits.BatchRows
                    && (bytes += System.Text.Encoding.UTF8.GetByteCount(missing[at + count].Body)) <= StoreLimits.BatchBytes)
                {
                    count++;
                }

                List<RowChange> batch = [.. missing.GetRange(at, count).Select(r => new RowChange.Insert(r.Key, r.Body))];
                BatchOutcome outcome = await to.Apply("copy.write", table, partition, batch, cancellation).ConfigureAwait(false);
                if (outcome.Applied)
                {
                    Counts = Counts with { RowsCopied = Counts.RowsCopied + count };
                    at += count;
                    continue;
                }

                // Somebody else, perhaps the same copy started twice, wrote it since we looked.
                StoredRow ours = missing.Find(r => r.Key == outcome.Conflict)!;
                StoredRow? theirs = await to.Get("copy.compare", table, partition, ours.Key, cancellation).ConfigureAwait(false);
                if (theirs is null) continue;
                if (theirs.Body != ours.Body) throw Differs(table, partition, ours.Key, verify);
                missing.Remove(ours);
                Counts = Counts with { RowsThere = Counts.RowsThere + 1 };
            }
        }

        private async Task Blobs(bool verify)
        {
            string prefix = options.Sweep is { } sweep ? $"sweeps/{sweep}/" : "";
            string? after = null;
            IReadOnlyList<string> names;
            do
            {
                names = await from.ListBlobs("copy.blobs", prefix, after, PageNames, cancellation).ConfigureAwait(false);
                foreach (string name in names) await Blob(name, verify).ConfigureAwait(false);
                after = names.Count == 0 ? null : names[^1];
                options.Progress?.Report(Counts);
            }
            while (names.Count == PageNames);
        }

        private async Task Blob(string name, bool verify)
        {
            byte[]? content = await from.GetBlob("copy.read", name, cancellation).ConfigureAwait(false);
            if (content is null) return; // deleted since it was listed
            byte[]? there = await to.GetBlob("copy.compare", name, cancellation).ConfigureAwait(false);
            if (there is null && !verify)
            {
                if (await to.PutBlob("copy.write", name, content, onlyIfAbsent: true, cancellation).ConfigureAwait(false))
                {
                    Counts = Counts with { BlobsCopied = Counts.BlobsCopied + 1 };
                    return;
                }

                there = await to.GetBlob("copy.compare", name, cancellation).ConfigureAwait(false);
            }

            if (there is null) throw Absent($"blob {name}", $"blob '{name}'");
            if (!content.AsSpan().SequenceEqual(there))
            {
                throw new StoreCopyException($"blob {name}",
                    $"{to.Description} holds another blob '{name}' ({there.Length} bytes) than {from.Description} ({content.Length} bytes); nothing was overwritten: copy into an empty store, or remove what is there{Changed(verify)}", Counts);
            }

            Counts = verify ? Counts with { BlobsVerified = Counts.BlobsVerified + 1 } : Counts with { BlobsThere = Counts.BlobsThere + 1 };
        }

        private StoreCopyException Differs(string table, string partition, string key, bool verify) => new($"{table}/{partition}/{key}",
            $"row '{key}' of table '{table}', partition '{partition}' differs between {from.Description} and {to.Description}; nothing was overwritten: copy into an empty store, or remove what is there{Changed(verify)}", Counts);

        private StoreCopyException Absent(string place, string what) =>
            new(place, $"{what} of {from.Description} is not in {to.Description}{Changed(true)}", Counts);

        private static string Changed(bool verify) => verify ? "; one of the stores was changed while it was copied: end what writes to it and copy again" : "";
    }
}
