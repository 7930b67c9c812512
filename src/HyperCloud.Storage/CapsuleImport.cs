using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>The store holds another sweep, or another course of the sweep, than the capsule. Nothing was overwritten.</summary>
/// <param name="message">A sentence with both head digests.</param>
public sealed class CapsuleRefusedException(string message) : Exception(message)
{
}

/// <summary>Puts a capsule's sweep into a store: as an interrupted <see cref="StoreCopy"/>, an interrupted import is simply started again.</summary>
public static class CapsuleImport
{
    /// <summary>Imports.</summary>
    /// <param name="capsule">A capsule whose digests have been checked.</param>
    /// <param name="store">Where its sweep shall be.</param>
    /// <param name="baseDirectory">Folder to which relative paths of the spec refer from now on.</param>
    /// <param name="cancellation">Cancels the import.</param>
    /// <returns>False: the sweep was there with this very record, and nothing was changed.</returns>
    /// <exception cref="CapsuleRefusedException">The sweep is not over, or the store holds it with another record.</exception>
    /// <exception cref="StoreCopyException">The store holds other details of its runs.</exception>
    public static async Task<bool> Import(Capsule capsule, IStore store, string baseDirectory, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(capsule);
        ArgumentNullException.ThrowIfNull(store);
        // Two hosts that know nothing of each other would go on with it, each in its own way.
        if (capsule.State.End is null) throw new CapsuleRefusedException($"sweep {capsule.Sweep} was not over when the capsule was made, and goes on elsewhere: make one when it is over");
        var log = new EventLog(store, capsule.Sweep);
        await log.ReadNew(cancellation).ConfigureAwait(false);
        if (log.Head >= 0 && capsule.DigestAt(log.Head) != log.HeadDigest)
            throw new CapsuleRefusedException($"{store.Description} holds sweep {capsule.Sweep} with another record (head digest {log.HeadDigest}, the capsule's is {capsule.State.HeadDigest}); nothing was changed: delete that one first, or import into another store");
        if (await store.Get("capsule.get", SweepHub.SweepsTable, SweepHub.SweepsPartition, capsule.Sweep, cancellation).ConfigureAwait(false) is not null)
        {
            return log.HeadDigest == capsule.State.HeadDigest ? false
                : throw new CapsuleRefusedException($"{store.Description} holds sweep {capsule.Sweep} as it stood earlier, at entry {log.Head}; nothing was changed: delete that one first, or import into another store");
        }

        await using var whole = new MemoryStore();
        await capsule.WriteTo(whole, baseDirectory, cancellation).ConfigureAwait(false);
        await StoreCopy.Copy(whole, store, new StoreCopyOptions { Sweep = capsule.Sweep }, cancellation).ConfigureAwait(false);
        return true;
    }
}
