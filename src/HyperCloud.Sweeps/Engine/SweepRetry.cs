using HyperCloud.Core;

namespace HyperCloud.Sweeps;

public sealed partial class SweepService
{
    /// <summary>
    /// Queues again what a sweep that is over was denied by broken infrastructure: runs of its newest stage that were lost until they counted as
    /// failed (<c>killed</c>, <c>lease-expired</c>, <c>runner-fault</c>, …) or stayed incomplete. Each keeps its seed, its number of attempts goes
    /// on, and it may be lost as often again as at first. Runs whose objective failed are observations and stay what they are; so do runs of
    /// earlier stages, which later decisions have been built on. The sweep then goes on wherever a host takes it up.
    /// </summary>
    /// <param name="id">Sweep id.</param>
    /// <param name="by">Who asks.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>The runs; none when there is nothing to try again.</returns>
    /// <exception cref="SweepOverException">The sweep goes on, so that its host tries again by itself, or it was cancelled.</exception>
    public async ValueTask<IReadOnlyList<RunKey>> Retry(string id, string by, CancellationToken cancellation)
    {
        object retried = await hub.Session(id).Decide<object>((state, _) =>
        {
            if (state.Cancel is not null) throw new SweepOverException($"sweep {id} was cancelled, which is for good; its spec under another name, or --new, begins afresh");
            if (state.End is null) throw new SweepOverException($"sweep {id} is not over; lost runs are tried again by themselves up to 'trial.retries' times, and what is left can be tried again at its end");
            RunKey[] runs = [.. state.Retryable().Select(r => r.Key)];
            return runs.Length == 0 ? new([], Array.Empty<RunKey>()) : new([new SweepEvent.Retried([.. runs.Select(r => r.ToString())], by)], runs);
        }, cancellation, hosted: false);
        return (RunKey[])retried;
    }
}
