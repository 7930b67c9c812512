using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Offers the API with minimal APIs.</summary>
public static class ApiApplication
{
    /// <summary>Maps every endpoint, and gives whatever else is asked for (other routes, other methods) a problem too.</summary>
    public static void UseHyperCloudApi(this WebApplication app, Api api)
    {
        app.Use(async (http, next) =>
        {
            if (ApiGuard.CheckOrigin(http.Request, api.Options) is { } refused)
            {
                await ProblemAnswer.Write(http, refused);
                return;
            }

            try
            {
                await next(http);
            }
            catch (Exception e) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
            {
                await ProblemAnswer.Write(http, ApiPipeline.ToProblem(e, http, api));
                return;
            }

            // Routing answers with a bare status.
            if (http.Response is { HasStarted: false, ContentType: null, StatusCode: >= 400 and var status } && ProblemTypes.OfStatus(status) is { } type)
                await ProblemAnswer.Write(http, new ProblemException(type, Words(http, status)));
        });
        foreach (ApiEndpoint endpoint in ApiTable.All)
            app.MapMethods(endpoint.Template, [endpoint.Method], async (HttpContext http) => await (await ApiPipeline.Run(endpoint, http, api)).ExecuteAsync(http));
    }

    private static string Words(HttpContext http, int status) => status switch
    {
        StatusCodes.Status404NotFound => $"there is nothing at {ApiCall.Cut(http.Request.Path)}; GET /api/openapi.yaml lists what there is",
        StatusCodes.Status405MethodNotAllowed => $"{http.Request.Method} is not possible here; possible: {http.Response.Headers.Allow}",
        _ => "the request was refused",
    };
}
