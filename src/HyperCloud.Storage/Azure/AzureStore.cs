using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>
/// A store on Azure Tables and Blobs: a table per table of the port and one container for all blobs, made at the first write. Safe for many
/// threads, processes and machines. Transient faults are waited for (<see cref="AzureStoreOptions.RetryFor"/>), and a write whose answer was
/// lost is found again rather than reported as a conflict with itself (<see cref="AzureTransaction"/>).
/// </summary>
public sealed class AzureStore : IStore
{
    private const int PageRows = 1000, PageBlobs = 5000; // Azure's own largest pages
    private const string WriteMetadata = "write";

    private readonly AzureStoreOptions _options;
    private readonly TableServiceClient _tables;
    private readonly BlobContainerClient _container;
    private volatile bool _answered; // ever

    private AzureStore(AzureAccount account, AzureStoreOptions options)
    {
        _options = options;
        _tables = account.Tables;
        _container = account.Blobs.GetBlobContainerClient(options.Prefix);
        // The path without query: that of a connection string with a shared access signature holds it.
        string uri = _tables.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/');
        Description = options.Prefix == AzureNames.DefaultPrefix ? uri : $"{uri}#{options.Prefix}";
    }

    /// <summary>The URL of the account's tables, and the prefix where it is not the default. No keys, no signatures.</summary>
    public string Description { get; }

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public StoreCalls Calls { get; } = new();

    /// <summary>Opens a store; nothing is sent before the first call.</summary>
    /// <param name="address">
    /// A connection string (key, shared access signature, or <c>UseDevelopmentStorage=true</c>); or an account URL for an identity
    /// (<see cref="AzureStoreOptions.Credential"/>), <c>https://ACCOUNT.table.core.windows.net</c>, that of another service of the account, or for
    /// custom domains both: <c>https://TABLES,https://BLOBS</c>.
    /// </param>
    /// <param name="options">Null: the defaults.</param>
    /// <exception cref="ArgumentException">Address or options have another form.</exception>
    public static AzureStore Open(string address, AzureStoreOptions? options = null)
    {
        options ??= new AzureStoreOptions();
        return new AzureStore(AzureAccount.Open(address, options), options);
    }

    /// <inheritdoc/>
    public async ValueTask<StoredRow?> Get(string call, string table, string partition, string key, CancellationToken cancellation)
    {
        StoreRules.CheckRow(table, partition, key);
        TableClient client = Begin(call, table, cancellation);
        return await Read(client, partition, key, Patience(), cancellation).ConfigureAwait(false) is { } entity ? AzureRow.Read(entity, Description) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredRow>> Query(
        string call, string table, string partition, string? after, string? through, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckQuery(table, partition, after, through, limit);
        TableClient client = Begin(call, table, cancellation);
        string filter = $"PartitionKey eq '{partition}' and " + (after is null ? $"RowKey ge '{AzureRow.FirstKey}'" : $"RowKey gt '{after}'");
        if (through is not null) filter += $" and RowKey le '{through}'";
        List<StoredRow> found = [];
        await foreach (TableEntity entity in Entities(client, filter, null, limit, cancellation).ConfigureAwait(false)) found.Add(AzureRow.Read(entity, Description));
        return found;
    }

    /// <inheritdoc/>
    public ValueTask<BatchOutcome> Apply(
        string call, string table, string partition, IReadOnlyList<RowChange> changes, CancellationToken cancellation)
    {
        StoreRules.CheckBatch(table, partition, changes);
        TableClient client = Begin(call, table, cancellation);
        const string doing = "write rows";
        if (_options.ReadOnly) throw AzureErrors.ReadOnlyAt(Description, doing);
        if (changes.Count == 0) return new(new BatchOutcome(true, null, []));
        AzurePatience patience = Patience();
        var transaction = new AzureTransaction(
            partition, changes, patience,
            send: actions => Once(() => client.SubmitTransactionAsync(actions, cancellation), doing, cancellation),
            read: key => Read(client, partition, key, Patience(), cancellation),
            wait: error => patience.Next(error, Description, doing, cancellation),
            create: () => CreateTable(client, cancellation));
        return transaction.Run(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListTables(string call, CancellationToken cancellation)
    {
        Begin(call, cancellation);
        (string from, string to) = AzureNames.Range(_options.Prefix);
        List<string> found = [];
        string? token = null;
        do
        {
            Page<Azure.Data.Tables.Models.TableItem>? page = await Patiently(
                () => FirstPage(_tables.QueryAsync($"TableName ge '{from}' and TableName lt '{to}'", PageRows, cancellation).AsPages(token, PageRows)),
                "list tables", cancellation).ConfigureAwait(false);
            // The names are filtered again: Azure compares them without regard to case.
            found.AddRange((page?.Values ?? []).Select(t => AzureNames.FromAzure(_options.Prefix, t.Name)).OfType<string>());
            token = page?.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(token));
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListPartitions(string call, string table, string? after, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckPartitions(table, after, limit);
        TableClient client = Begin(call, table, cancellation);
        List<string> found = [];
        // Azure has no list of partitions. To ask for the first row behind each costs a request per partition, however many rows they have.
        while (found.Count < limit)
        {
            string? next = null;
            string filter = $"PartitionKey gt '{after ?? ""}' and RowKey ge '{AzureRow.FirstKey}'";
            await foreach (TableEntity entity in Entities(client, filter, ["PartitionKey"], 1, cancellation).ConfigureAwait(false)) next = entity.PartitionKey;
            if (next is null) break;
            found.Add(after = next);
        }

        return found;
    }

    /// <summary>
    /// <inheritdoc/> Where the answer of an attempt was lost and the blob then is there, its write id, kept in its metadata, tells whether it
    /// is ours. (Not when it was overwritten since: then the answer is false.)
    /// </summary>
    public async ValueTask<bool> PutBlob(string call, string name, ReadOnlyMemory<byte> content, bool onlyIfAbsent, CancellationToken cancellation)
    {
        StoreRules.CheckBlob(name, content);
        Begin(call, cancellation);
        const string doing = "write a blob";
        if (_options.ReadOnly) throw AzureErrors.ReadOnlyAt(Description, doing);
        BlobClient blob = _container.GetBlobClient(name);
        string write = AzureRow.NewWriteId();
        var upload = new BlobUploadOptions
        {
            Conditions = onlyIfAbsent ? new BlobRequestConditions { IfNoneMatch = ETag.All } : null,
            Metadata = new Dictionary<string, string> { [WriteMetadata] = write },
            // One request: in blocks it would be several, of which another writer's could come between.
            TransferOptions = new Azure.Storage.StorageTransferOptions { InitialTransferSize = StoreRules.BlobBytes + 1, MaximumTransferSize = StoreRules.BlobBytes + 1 },
        };
        AzurePatience patience = Patience();
        while (true)
        {
            try
            {
                await Once(() => blob.UploadAsync(BinaryData.FromBytes(content), upload, cancellation), doing, cancellation).ConfigureAwait(false);
                return true;
            }
            catch (RequestFailedException e) when (AzureErrors.IsMissingHome(e))
            {
                await Patiently(async () =>
                {
                    await _container.CreateIfNotExistsAsync(cancellationToken: cancellation).ConfigureAwait(false);
                    return true;
                }, "make the container", cancellation).ConfigureAwait(false);
            }
            catch (RequestFailedException e) when (onlyIfAbsent && AzureErrors.IsConflict(e))
            {
                return patience.Ambiguous && await WriteIdOf(blob, cancellation).ConfigureAwait(false) == write;
            }
            catch (Exception e) when (AzurePatience.IsTransient(e, cancellation))
            {
                await patience.Next(e, Description, doing, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]?> GetBlob(string call, string name, CancellationToken cancellation)
    {
        StoreRules.CheckBlobName(name);
        Begin(call, cancellation);
        try
        {
            Response<BlobDownloadResult> result = await Patiently(
                () => _container.GetBlobClient(name).DownloadContentAsync(cancellation), "read a blob", cancellation).ConfigureAwait(false);
            return result.Value.Content.ToArray();
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> ListBlobs(string call, string prefix, string? after, int limit, CancellationToken cancellation)
    {
        StoreRules.CheckList(prefix, after, limit);
        Begin(call, cancellation);
        List<string> found = [];
        string? token = null;
        // 'StartFrom' includes its name and must not lie before the prefix; what is not wanted is left out here, also where it is ignored.
        var options = new GetBlobsOptions { Prefix = prefix };
        if (after is not null && string.CompareOrdinal(after, prefix) > 0) options.StartFrom = after;
        do
        {
            int wanted = (int)Math.Min((long)limit - found.Count + 1, PageBlobs);
            Page<BlobItem>? page;
            try
            {
                page = await Patiently(() => FirstPage(_container.GetBlobsAsync(options, cancellation).AsPages(token, wanted)), "list blobs", cancellation)
                    .ConfigureAwait(false);
            }
            catch (RequestFailedException e) when (AzureErrors.IsMissingHome(e))
            {
                return [];
            }

            foreach (BlobItem item in page?.Values ?? [])
            {
                if (after is not null && string.CompareOrdinal(item.Name, after) <= 0) continue;
                found.Add(item.Name);
                if (found.Count == limit) return found;
            }

            token = page?.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(token));
        return found;
    }

    /// <summary>
    /// <inheritdoc/> Where the answer of an attempt was lost and the blob then is gone, it is taken for deleted by this call.
    /// </summary>
    public async ValueTask<bool> DeleteBlob(string call, string name, CancellationToken cancellation)
    {
        StoreRules.CheckBlobName(name);
        Begin(call, cancellation);
        const string doing = "delete a blob";
        if (_options.ReadOnly) throw AzureErrors.ReadOnlyAt(Description, doing);
        AzurePatience patience = Patience();
        try
        {
            await Patiently(() => _container.GetBlobClient(name).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots, null, cancellation), doing, cancellation, patience)
                .ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return patience.Ambiguous;
        }
    }

    /// <summary>Does nothing: Azure answers a write when it is durable.</summary>
    public ValueTask Flush(string call, CancellationToken cancellation)
    {
        Begin(call, cancellation);
        return default;
    }

    /// <summary>Does nothing: connections belong to the process.</summary>
    public ValueTask DisposeAsync() => default;

    private TableClient Begin(string call, string table, CancellationToken cancellation)
    {
        string name = AzureNames.Table(_options.Prefix, table);
        Begin(call, cancellation);
        return _tables.GetTableClient(name);
    }

    private void Begin(string call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Calls.Count(call);
    }

    private AzurePatience Patience() => new(_options, () => _answered);

    private async ValueTask<TableEntity?> Read(TableClient client, string partition, string key, AzurePatience patience, CancellationToken cancellation)
    {
        NullableResponse<TableEntity> response = await Patiently(
            () => client.GetEntityIfExistsAsync<TableEntity>(partition, key, null, cancellation), "read a row", cancellation, patience).ConfigureAwait(false);
        return response.HasValue ? response.Value : null;
    }

    private async IAsyncEnumerable<TableEntity> Entities(
        TableClient client, string filter, string[]? select, int limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        string? token = null;
        int found = 0;
        do
        {
            int wanted = Math.Min(limit - found, PageRows);
            Page<TableEntity>? page;
            try
            {
                page = await Patiently(
                    () => FirstPage(client.QueryAsync<TableEntity>(filter, wanted, select, cancellation).AsPages(token, wanted)), "read rows", cancellation)
                    .ConfigureAwait(false);
            }
            catch (RequestFailedException e) when (AzureErrors.IsMissingHome(e))
            {
                yield break;
            }

            foreach (TableEntity entity in page?.Values ?? [])
            {
                yield return entity;
                if (++found == limit) yield break;
            }

            // A page may be short or even empty with more behind it: after 5 s, or at the border of a server's range.
            token = page?.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(token));
    }

    private async ValueTask CreateTable(TableClient client, CancellationToken cancellation) => await Patiently(async () =>
    {
        await client.CreateIfNotExistsAsync(cancellation).ConfigureAwait(false);
        return true;
    }, "make a table", cancellation).ConfigureAwait(false);

    private async ValueTask<string?> WriteIdOf(BlobClient blob, CancellationToken cancellation)
    {
        try
        {
            Response<BlobProperties> response = await Patiently(() => blob.GetPropertiesAsync(null, cancellation), "read a blob", cancellation).ConfigureAwait(false);
            return response.Value.Metadata.TryGetValue(WriteMetadata, out string? write) ? write : null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private static async Task<Page<T>?> FirstPage<T>(IAsyncEnumerable<Page<T>> pages)
        where T : notnull
    {
        await foreach (Page<T> page in pages.ConfigureAwait(false)) return page;
        return null;
    }

    /// <summary>Repeats what may be repeated without a second thought.</summary>
    private async ValueTask<T> Patiently<T>(Func<Task<T>> send, string doing, CancellationToken cancellation, AzurePatience? patience = null)
    {
        patience ??= Patience();
        while (true)
        {
            try
            {
                return await Once(send, doing, cancellation).ConfigureAwait(false);
            }
            catch (Exception e) when (AzurePatience.IsTransient(e, cancellation))
            {
                await patience.Next(e, Description, doing, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>One attempt. What its caller can make something of passes; all else is translated.</summary>
    private async Task<T> Once<T>(Func<Task<T>> send, string doing, CancellationToken cancellation)
    {
        try
        {
            T result = await send().ConfigureAwait(false);
            _answered = true;
            return result;
        }
        catch (RequestFailedException e) when (e.Status == 404 || AzureErrors.IsConflict(e))
        {
            _answered = true;
            throw;
        }
        catch (Exception e) when (!AzurePatience.IsTransient(e, cancellation))
        {
            if (AzureErrors.From(e, Description, doing) is var translated && !ReferenceEquals(translated, e)) throw translated;
            throw;
        }
    }
}
