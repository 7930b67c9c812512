using HyperCloud.Core;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>
/// Queues again what broken infrastructure left without a result in a sweep that is over; a sweep whose host met a fault is taken up again at once.
/// </summary>
internal static class RetrySweep
{
    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Post("/api/sweeps/{sweep}/retry", "retrySweep", Handle);

    private static async Task<IResult> Handle(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        await ETags.Require(call, sweep);
        bool faulted = call.Api.Hosting.Fault(sweep.Id) is not null && await sweep.Read(s => s.End is null, call.Cancellation);
        IReadOnlyList<RunKey> runs = faulted ? [] : await call.Api.Service.Retry(sweep.Id, "api", call.Cancellation);
        if (runs.Count > 0) await call.Api.Catalog.Refresh(sweep.Id, sweep.Summary.BaseDirectory, call.Cancellation);
        if (runs.Count > 0 || faulted) await call.Api.Hosting.Wake(sweep.Id, call.Cancellation);
        return Results.Json(
            new RetryBody([.. runs.Select(r => r.ToString())], faulted), WebJson.Form.RetryBody,
            statusCode: runs.Count > 0 || faulted ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
