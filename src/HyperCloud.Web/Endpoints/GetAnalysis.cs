using System.Net.Mime;
using System.Text;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Which hyperparameters mattered.</summary>
internal static class GetAnalysis
{
    /// <summary>An analysis takes seconds of a processor: one at a time leaves the others to the sweeps.</summary>
    private static readonly SemaphoreSlim s_turn = new(1, 1);

    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/analysis", "getAnalysis", Handle);

    private static async Task<IResult> Handle(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        // Only gathered under the log's lock: the sweep goes on meanwhile.
        (string etag, AnalysisInput? input) = await sweep.Read(s =>
        {
            string tag = $"\"{ETags.OfLog(s)}-analysis\"";
            return (tag, ETags.NoneMatches(call.Http.Request, tag) ? null : AnalysisBuilder.Gather(s));
        }, call.Cancellation);
        call.Http.Response.Headers.ETag = etag;
        call.Http.Response.Headers.CacheControl = "no-cache";
        if (input is null) return Results.StatusCode(StatusCodes.Status304NotModified);
        await s_turn.WaitAsync(call.Cancellation);
        try
        {
            return Results.Text(AnalysisText.ToJson(AnalysisBuilder.Analyse(input)), MediaTypeNames.Application.Json, Encoding.UTF8);
        }
        finally
        {
            s_turn.Release();
        }
    }
}
