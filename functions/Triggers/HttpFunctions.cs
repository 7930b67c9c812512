using HyperCloud.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace HyperCloud.Functions;

/// <summary>
/// The endpoints of the API, an HTTP trigger each: the same handlers as those of <c>hypercloud serve</c>. Who may call is checked by the Functions
/// host, with function keys, where the table says <see cref="ApiAccess.Key"/>; a test holds these triggers to <see cref="ApiTable.All"/>.
/// </summary>
public sealed class HttpFunctions(Api api, DurableHosting hosting)
{
    /// <summary><c>POST /api/sweeps</c>.</summary>
    [Function("submitSweep")]
    public Task<IResult> SubmitSweep([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("submitSweep", request, client);

    /// <summary><c>GET /api/sweeps</c>.</summary>
    [Function("listSweeps")]
    public Task<IResult> ListSweeps([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("listSweeps", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}</c>.</summary>
    [Function("getSweep")]
    public Task<IResult> GetSweep([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getSweep", request, client);

    /// <summary><c>DELETE /api/sweeps/{sweep}</c>.</summary>
    [Function("deleteSweep")]
    public Task<IResult> DeleteSweep([HttpTrigger(AuthorizationLevel.Function, "delete", Route = "sweeps/{sweep}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("deleteSweep", request, client);

    /// <summary><c>POST /api/sweeps/{sweep}/pause</c>.</summary>
    [Function("pauseSweep")]
    public Task<IResult> PauseSweep([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps/{sweep}/pause")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("pauseSweep", request, client);

    /// <summary><c>POST /api/sweeps/{sweep}/resume</c>.</summary>
    [Function("resumeSweep")]
    public Task<IResult> ResumeSweep([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps/{sweep}/resume")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("resumeSweep", request, client);

    /// <summary><c>POST /api/sweeps/{sweep}/cancel</c>.</summary>
    [Function("cancelSweep")]
    public Task<IResult> CancelSweep([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps/{sweep}/cancel")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("cancelSweep", request, client);

    /// <summary><c>POST /api/sweeps/{sweep}/retry</c>.</summary>
    [Function("retrySweep")]
    public Task<IResult> RetrySweep([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps/{sweep}/retry")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("retrySweep", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/trials</c>.</summary>
    [Function("listTrials")]
    public Task<IResult> ListTrials([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/trials")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("listTrials", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/trials/{number}</c>.</summary>
    [Function("getTrial")]
    public Task<IResult> GetTrial([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/trials/{number}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getTrial", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/runs</c>.</summary>
    [Function("listRuns")]
    public Task<IResult> ListRuns([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/runs")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("listRuns", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/runs/{run}</c>.</summary>
    [Function("getRun")]
    public Task<IResult> GetRun([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/runs/{run}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getRun", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/report</c>.</summary>
    [Function("getReport")]
    public Task<IResult> GetReport([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/report")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getReport", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/analysis</c>.</summary>
    [Function("getAnalysis")]
    public Task<IResult> GetAnalysis([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/analysis")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getAnalysis", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/capsule</c>.</summary>
    [Function("getCapsule")]
    public Task<IResult> GetCapsule([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/capsule")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getCapsule", request, client);

    /// <summary><c>GET /api/sweeps/{sweep}/events</c>.</summary>
    [Function("listEvents")]
    public Task<IResult> ListEvents([HttpTrigger(AuthorizationLevel.Function, "get", Route = "sweeps/{sweep}/events")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("listEvents", request, client);

    /// <summary><c>POST /api/sweeps/{sweep}/ask</c>.</summary>
    [Function("askForRuns")]
    public Task<IResult> AskForRuns([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps/{sweep}/ask")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("askForRuns", request, client);

    /// <summary><c>POST /api/sweeps/{sweep}/tell</c>.</summary>
    [Function("tellRun")]
    public Task<IResult> TellRun([HttpTrigger(AuthorizationLevel.Function, "post", Route = "sweeps/{sweep}/tell")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("tellRun", request, client);

    /// <summary><c>POST /api/runs/{run}/reports</c>.</summary>
    [Function("reportRun")]
    public Task<IResult> ReportRun([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "runs/{run}/reports")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("reportRun", request, client);

    /// <summary><c>GET /api/schedules</c>.</summary>
    [Function("listSchedules")]
    public Task<IResult> ListSchedules([HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("listSchedules", request, client);

    /// <summary><c>PUT /api/schedules/{sweep}</c>.</summary>
    [Function("putSchedule")]
    public Task<IResult> PutSchedule([HttpTrigger(AuthorizationLevel.Function, "put", Route = "schedules/{sweep}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("putSchedule", request, client);

    /// <summary><c>DELETE /api/schedules/{sweep}</c>.</summary>
    [Function("deleteSchedule")]
    public Task<IResult> DeleteSchedule([HttpTrigger(AuthorizationLevel.Function, "delete", Route = "schedules/{sweep}")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("deleteSchedule", request, client);

    /// <summary><c>GET /api/health</c>.</summary>
    [Function("getHealth")]
    public Task<IResult> GetHealth([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getHealth", request, client);

    /// <summary><c>GET /api/schema</c>.</summary>
    [Function("getSchema")]
    public Task<IResult> GetSchema([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "schema")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getSchema", request, client);

    /// <summary><c>GET /api/openapi.yaml</c>.</summary>
    [Function("getOpenApi")]
    public Task<IResult> GetOpenApi([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "openapi.yaml")] HttpRequest request, [DurableClient] DurableTaskClient client) =>
        Answer("getOpenApi", request, client);

    private Task<IResult> Answer(string operation, HttpRequest request, DurableTaskClient client)
    {
        hosting.Use(client);
        return ApiPipeline.Run(ApiTable.ByOperation[operation], request.HttpContext, api);
    }
}
