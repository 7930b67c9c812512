using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Where a sweep stands.</summary>
internal static class GetSweep
{
    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}", "getSweep", Handle);

    private static async Task<IResult> Handle(ApiCall call) => await Status(call, await call.Sweep(), StatusCodes.Status200OK, conditional: true);

    /// <summary>The status as an answer, with its ETag.</summary>
    public static async Task<IResult> Status(ApiCall call, SweepView sweep, int statusCode, bool conditional)
    {
        LeaseRow? lease = await SweepLease.Holder(call.Api.Hub.Store, sweep.Id, call.Api.Hub.Time, call.Cancellation);
        HostFault? fault = call.Api.Hosting.Fault(sweep.Id);
        // The log decides what the answer says, but for who hosts the sweep.
        string hosting = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{lease?.Host}|{fault?.At.UtcTicks}|{fault?.Attempts}")))[..8];
        (string etag, SweepStatusBody? body) = await sweep.Read(s =>
        {
            string tag = $"\"{ETags.OfLog(s)}-{hosting}\"";
            return (tag, conditional && ETags.NoneMatches(call.Http.Request, tag) ? null : Describe.Sweep(s, sweep.Summary, lease?.Host, fault));
        }, call.Cancellation);
        call.Http.Response.Headers.ETag = etag;
        call.Http.Response.Headers.CacheControl = "no-cache";
        return body is null ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Json(body, WebJson.Form.SweepStatusBody, statusCode: statusCode);
    }
}

/// <summary>Entity tags and conditions on them.</summary>
internal static class ETags
{
    /// <summary>The part of a tag that the sweep's record decides.</summary>
    public static string OfLog(SweepState state) => string.Create(CultureInfo.InvariantCulture, $"{state.Seq}-{state.HeadDigest[..16]}");

    /// <summary>Whether <c>If-None-Match</c> holds the tag: the caller has it already.</summary>
    public static bool NoneMatches(HttpRequest request, string tag) => Listed(request.Headers.IfNoneMatch.ToString(), t => t == tag);

    /// <summary>Refuses when <c>If-Match</c> is there and names another state of the record. Who hosts the sweep does not matter here.</summary>
    public static async Task Require(ApiCall call, SweepView sweep)
    {
        string header = call.Http.Request.Headers.IfMatch.ToString();
        if (header.Length == 0) return;
        string tag = await sweep.Read(OfLog, call.Cancellation);
        if (!Listed(header, t => t.Trim('"').StartsWith(tag, StringComparison.Ordinal)))
            throw new ProblemException(ProblemTypes.PreconditionFailed, $"sweep {sweep.Id} has gone on since: its ETag begins with \"{tag}\" now; look again, then decide");
    }

    private static bool Listed(string header, Func<string, bool> match) => header.Split(',').Select(t => t.Trim())
        .Any(t => t == "*" || match(t.StartsWith("W/", StringComparison.Ordinal) ? t[2..] : t));
}
