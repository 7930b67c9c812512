using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Deletes a sweep that is over, or, forced, one that is not.</summary>
internal static class DeleteSweep
{
    public static ApiEndpoint Endpoint { get; } =
        new(HttpMethods.Delete, "/api/sweeps/{sweep}", "deleteSweep", ApiAccess.Key, Handle) { Query = ["force"] };

    private static async Task<IResult> Handle(ApiCall call)
    {
        Api api = call.Api;
        bool force = call.QueryFlag("force");
        SweepView sweep = await api.Catalog.Find(call.Route("sweep"), call.Cancellation)
            ?? throw ProblemException.NotFound($"there is no sweep '{ApiCall.Cut(call.Route("sweep"))}'; perhaps it is deleted already");
        // A damaged record must stay deletable, so nothing of it is read unless asked for.
        if (!sweep.Summary.Deleting && call.Http.Request.Headers.IfMatch.Count > 0) await ETags.Require(call, sweep);
        if (force && !sweep.Summary.Deleting && await CancelFirst(call, sweep)) await api.Hosting.Wake(sweep.Id, call.Cancellation);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation, api.Options.Stopping);
        DeletionOutcome outcome;
        try
        {
            outcome = await api.Service.DeleteOnceReleased(sweep.Id, async () => force || await IsOver(call, sweep), api.Options.PollInterval, ending.Token);
        }
        catch (OperationCanceledException) when (!call.Cancellation.IsCancellationRequested)
        {
            throw new ProblemException(ProblemTypes.Busy, "the server is ending; delete the sweep again at the next one") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        api.Catalog.Forget(sweep.Id);
        return outcome == DeletionOutcome.NotOver ? throw NotOver(sweep) : Results.NoContent();
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
