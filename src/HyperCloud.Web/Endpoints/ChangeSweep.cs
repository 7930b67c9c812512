using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Pause, resume and cancel: facts in the store. Each may be said again without harm; the answer is the sweep's status.</summary>
internal static class ChangeSweep
{
    private const string By = "api";

    public static ApiEndpoint Pause { get; } = ApiEndpoint.Post("/api/sweeps/{sweep}/pause", "pauseSweep",
        call => Change(call, id => call.Api.Service.SetPaused(id, true, By, call.Cancellation)));

    public static ApiEndpoint Resume { get; } = ApiEndpoint.Post("/api/sweeps/{sweep}/resume", "resumeSweep",
        call => Change(call, id => call.Api.Service.SetPaused(id, false, By, call.Cancellation)));

    public static ApiEndpoint Cancel { get; } = ApiEndpoint.Post("/api/sweeps/{sweep}/cancel", "cancelSweep",
        call => Change(call, id => call.Api.Service.Cancel(id, By, call.Cancellation)));

    /// <summary>202 when this call changed something that the host must follow; 200 when it was so already.</summary>
    private static async Task<IResult> Change(ApiCall call, Func<string, ValueTask<bool>> change)
    {
        SweepView sweep = await call.Sweep();
        await ETags.Require(call, sweep);
        bool changed = await change(sweep.Id);
        if (changed)
        {
            await call.Api.Catalog.Refresh(sweep.Id, sweep.Summary.BaseDirectory, call.Cancellation);
            await call.Api.Hosting.Wake(sweep.Id, call.Cancellation);
            call.Http.Response.Headers.Location = SweepLinks.Of(sweep.Id).Self;
        }

        return await GetSweep.Status(call, sweep, changed ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, conditional: false);
    }
}
