using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Deletes a sweep that is over, or, forced, one that is not.</summary>
internal static class DeleteSweep
{
    public static ApiEndpoint Endpoint { get; } =
        new(HttpMethods.Delete, "/api/sweeps/{sweep}", "deleteSweep", ApiAccess.Key, Handle) { Query = ["force"] };

    /// <summary>How long a forced deletion waits for the host to end what is under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static async Task<IResult> Handle(ApiCall call)
    {
        Api api = call.Api;
        bool force = call.QueryFlag("force");
        SweepView sweep = await api.Catalog.Find(call.Route("sweep"), call.Cancellation)
            ?? throw ProblemException.NotFound($"there is no sweep '{ApiCall.Cut(call.Route("sweep"))}'; perhaps it is deleted already");
        // A damaged record must stay deletable, so nothing of it is read unless asked for.
        if (!sweep.Summary.Deleting && call.Http.Request.Headers.IfMatch.Count > 0) await ETags.Require(call, sweep);
        if (force && !sweep.Summary.Deleting && await CancelFirst(call, sweep)) await api.Hosting.Wake(sweep.Id, call.Cancellation);
        long begun = api.Hub.Time.GetTimestamp();
        while (true)
        {
            try
            {
                DeletionOutcome outcome = await api.Service.Delete(sweep.Id, call.Cancellation);
                api.Catalog.Forget(sweep.Id);
                return outcome == DeletionOutcome.NotOver
                    ? throw NotOver(sweep)
                    : Results.NoContent();
            }
            catch (SweepBusyException) when (api.Hub.Time.GetElapsedTime(begun) < Patience && !api.Options.Stopping.IsCancellationRequested)
            {
                if (!force && !await IsOver(call, sweep)) throw NotOver(sweep);
                // Its host is ending the runs under way, and lets go of the sweep after that.
                await Task.Delay(api.Options.PollInterval, api.Hub.Time, call.Cancellation);
            }
        }
    }

    private static ProblemException NotOver(SweepView sweep) => new(ProblemTypes.NotOver,
        $"sweep {sweep.Id} goes on; cancel it first (POST {SweepLinks.Of(sweep.Id).Self}/cancel), or DELETE with ?force=true");

    private static async Task<bool> CancelFirst(ApiCall call, SweepView sweep)
    {
        try
        {
            return await call.Api.Service.Cancel(sweep.Id, "api", call.Cancellation);
        }
        catch (LogBrokenException)
        {
            return false; // Nobody can host a damaged sweep.
        }
    }

    private static async Task<bool> IsOver(ApiCall call, SweepView sweep)
    {
        try
        {
            return await sweep.Read(s => s.End is not null || s.Cancel is not null, call.Cancellation);
        }
        catch (LogBrokenException)
        {
            return true;
        }
    }
}
