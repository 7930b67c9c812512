using Azure;
using Azure.Data.Tables;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>
/// One batch on its way through Azure's entity group transactions. What they lack of the port's promises is added here:
/// <para>
/// <b>Lost answers.</b> An attempt that timed out may have gone through. Sent again, its inserts then find themselves there and its
/// replacements an ETag that is no longer the one they name. So every batch has an id of 128 random bits, which each row it writes carries
/// (<c>write</c>); a row that replaces another by ETag also carries the id of that one (<c>before</c>). When an attempt conflicts after an
/// earlier one may have gone through, the rows are read back: batches are atomic, so one row that shows our id, in either place, proves that
/// all of ours was applied. A batch that only deletes by ETag leaves no row; it writes a receipt with its id beside them, under a key that no
/// query of the port finds and that the next such delete of that key overwrites.
/// </para>
/// <para>
/// What remains: our batch went through, its answer was lost, and before we look, others have rewritten <em>every</em> row of it twice, put
/// them blindly, or deleted them. And a Put or an unconditional Delete, which conflict with nothing, may be carried out twice, as if
/// called twice. Sweeps do neither to rows that several write.
/// </para>
/// <para>
/// <b>Deleting what is not there.</b> It fails a transaction. The row was gone at that moment, which is all that was asked, so the batch is
/// sent again without this change; the others stay one transaction.
/// </para>
/// </summary>
internal sealed class AzureTransaction(
    string partition,
    IReadOnlyList<RowChange> changes,
    AzurePatience patience,
    Func<IReadOnlyList<TableTransactionAction>, Task<Response<IReadOnlyList<Response>>>> send,
    Func<string, ValueTask<TableEntity?>> read,
    Func<Exception, ValueTask> wait,
    Func<ValueTask> create)
{
    private readonly string _write = AzureRow.NewWriteId();

    // Indices of the changes still to be made: all but deletes of what is gone.
    private readonly List<int> _pending = [.. Enumerable.Range(0, changes.Count)];

    /// <summary>Carries it out.</summary>
    public async ValueTask<BatchOutcome> Run(CancellationToken cancellation)
    {
        List<TableTransactionAction> actions = Actions();
        while (_pending.Count > 0)
        {
            try
            {
                Response<IReadOnlyList<Response>> response = await send(actions).ConfigureAwait(false);
                return Applied(i => response.Value[i].Headers.ETag);
            }
            catch (RequestFailedException e) when (AzureErrors.IsMissingHome(e))
            {
                await create().ConfigureAwait(false);
            }
            catch (RequestFailedException e) when (AzureErrors.IsConflict(e))
            {
                if (patience.Ambiguous && await FindOurs().ConfigureAwait(false) is { } ours) return ours;
                int? failed = (e as TableTransactionFailedException)?.FailedTransactionActionIndex;
                if (failed < _pending.Count && e.Status == 404 && changes[_pending[failed.Value]] is RowChange.Delete { ETag: null })
                {
                    _pending.RemoveAt(failed.Value);
                    actions.RemoveAt(failed.Value);
                    continue;
                }

                if (await FirstFailing(failed).ConfigureAwait(false) is { } conflict) return new BatchOutcome(false, conflict, []);
                // Azure did not say which, and by now all hold: somebody changed the rows meanwhile. Ask again.
                await wait(e).ConfigureAwait(false);
            }
            catch (Exception e) when (AzurePatience.IsTransient(e, cancellation))
            {
                await wait(e).ConfigureAwait(false);
            }
        }

        return Applied(_ => null);
    }

    private static bool IsWrite(RowChange change) => change is not RowChange.Delete;

    private static string? BodyOf(RowChange change) => change switch
    {
        RowChange.Insert c => c.Body,
        RowChange.Replace c => c.Body,
        RowChange.Put c => c.Body,
        _ => null,
    };

    private List<TableTransactionAction> Actions()
    {
        bool[] text = AzureRow.AsText([.. changes.Select(BodyOf)]);
        List<TableTransactionAction> actions = [];
        for (int i = 0; i < changes.Count; i++)
        {
            string key = changes[i].Key;
            actions.Add(changes[i] switch
            {
                RowChange.Insert c => new(TableTransactionActionType.Add, AzureRow.Entity(partition, key, c.Body, _write, null, text[i])),
                RowChange.Put c => new(TableTransactionActionType.UpsertReplace, AzureRow.Entity(partition, key, c.Body, _write, null, text[i])),
                RowChange.Replace c when AzureRow.ParseETag(c.ETag) is var (tag, before) =>
                    new(TableTransactionActionType.UpdateReplace, AzureRow.Entity(partition, key, c.Body, _write, before, text[i]), tag),
                RowChange.Delete c => new(
                    TableTransactionActionType.Delete, new TableEntity(partition, key), c.ETag is null ? ETag.All : AzureRow.ParseETag(c.ETag).Azure),
                _ => throw new ArgumentException($"unknown change {changes[i].GetType().Name}", nameof(changes)),
            });
        }

        // Of 100 deletes Azure has no place for a receipt: they are found again by all being gone.
        if (Receipt() is { } first && changes.Count < StoreLimits.BatchRows)
            actions.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, AzureRow.Receipt(partition, first, _write)));
        return actions;
    }

    /// <summary>The key whose receipt this batch writes; null when it writes rows, or deletes none by ETag and so cannot conflict.</summary>
    private string? Receipt() =>
        changes.Any(IsWrite) || !changes.Any(c => c is RowChange.Delete { ETag: not null }) ? null : changes.First(c => c is RowChange.Delete { ETag: not null }).Key;

    private BatchOutcome Applied(Func<int, ETag?> tagOf)
    {
        var tags = new string[changes.Count];
        Array.Fill(tags, "");
        for (int at = 0; at < _pending.Count; at++)
            if (IsWrite(changes[_pending[at]])) tags[_pending[at]] = AzureRow.ETagOf(_write, tagOf(at));
        return new BatchOutcome(true, null, tags);
    }

    /// <summary>The outcome of an earlier attempt of this batch that went through; null when none did.</summary>
    private async ValueTask<BatchOutcome?> FindOurs()
    {
        if (Receipt() is { } first)
        {
            if (changes.Count < StoreLimits.BatchRows)
                return await read(AzureRow.ReceiptKey(first)).ConfigureAwait(false) is { } receipt && AzureRow.Shows(receipt, _write) ? Applied(_ => null) : null;
            foreach (int i in _pending)
                if (await read(changes[i].Key).ConfigureAwait(false) is not null) return null;
            return Applied(_ => null);
        }

        var tags = new ETag?[changes.Count];
        bool found = false;
        for (int at = 0; at < _pending.Count; at++)
        {
            if (!IsWrite(changes[_pending[at]]) || await read(changes[_pending[at]].Key).ConfigureAwait(false) is not { } entity) continue;
            found |= AzureRow.Shows(entity, _write);
            // Replaced since: the row has another ETag, and ours, without Azure's part, will never match again.
            if (AzureRow.WriteId(entity) == _write) tags[at] = entity.ETag;
        }

        return found ? Applied(at => tags[at]) : null;
    }

    /// <summary>
    /// The key of the first change whose precondition fails. Azure names one; that it is the first it does not promise, so those before it
    /// are read (where there are any, which appends to a log do not have).
    /// </summary>
    private async ValueTask<string?> FirstFailing(int? named)
    {
        int end = named is { } index && index < _pending.Count ? index : _pending.Count;
        for (int at = 0; at < end; at++)
        {
            RowChange change = changes[_pending[at]];
            if (change is RowChange.Put or RowChange.Delete { ETag: null }) continue;
            TableEntity? entity = await read(change.Key).ConfigureAwait(false);
            bool holds = change switch
            {
                RowChange.Insert => entity is null,
                RowChange.Replace c => entity is not null && entity.ETag == AzureRow.ParseETag(c.ETag).Azure,
                RowChange.Delete c => entity is not null && entity.ETag == AzureRow.ParseETag(c.ETag!).Azure,
                _ => true,
            };
            if (!holds) return change.Key;
        }

        return end < _pending.Count ? changes[_pending[end]].Key : null;
    }
}
