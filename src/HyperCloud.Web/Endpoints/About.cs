using System.Reflection;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>The server itself: whether it works, and what it speaks.</summary>
internal static class About
{
    private static readonly Lazy<byte[]> s_document = new(() =>
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("openapi.yaml")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    });

    public static ApiEndpoint Health { get; } = new(HttpMethods.Get, "/api/health", "getHealth", ApiAccess.Open, HandleHealth);

    public static ApiEndpoint Schema { get; } = new(HttpMethods.Get, "/api/schema", "getSchema", ApiAccess.Open,
        _ => Task.FromResult(Results.Text(SpecSchema.ToJson(), "application/schema+json")));

    public static ApiEndpoint OpenApi { get; } = new(HttpMethods.Get, "/api/openapi.yaml", "getOpenApi", ApiAccess.Open,
        _ => Task.FromResult(Results.Bytes(s_document.Value, "application/yaml")));

    private static async Task<IResult> HandleHealth(ApiCall call)
    {
        call.Http.Response.Headers.CacheControl = "no-store";
        await call.Api.Hub.Store.Get("health", SweepHub.SweepsTable, SweepHub.SweepsPartition, "health", call.Cancellation);
        return Results.Json(new HealthBody("ok", SweepService.Product, call.Api.Hub.Time.GetUtcNow(), "ok"), WebJson.Form.HealthBody);
    }
}
