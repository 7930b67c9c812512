using System.Net.Mime;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>The sweep whole, in one file.</summary>
internal static class GetCapsule
{
    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/capsule", "getCapsule", Handle);

    private static async Task<IResult> Handle(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        string now = await sweep.Read(Tag, call.Cancellation);
        call.Http.Response.Headers.CacheControl = "no-cache";
        if (ETags.NoneMatches(call.Http.Request, now))
        {
            call.Http.Response.Headers.ETag = now;
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        try
        {
            Capsule capsule = await Capsule.Take(call.Api.Hub.Store, sweep.Id, call.Cancellation);
            // Of what was taken: the sweep may have gone on since.
            call.Http.Response.Headers.ETag = Tag(capsule.State);
            return Results.Bytes(capsule.ToZip(), MediaTypeNames.Application.Zip, sweep.Id + Capsule.Extension);
        }
        catch (CapsuleException e) when (e.Code == "too-large")
        {
            throw new ProblemException(ProblemTypes.TooLarge, e.Message);
        }
    }

    private static string Tag(SweepState state) => $"\"{ETags.OfLog(state)}-capsule\"";
}
