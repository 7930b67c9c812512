using System.Text.Json;
using System.Text.Json.Nodes;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Schedules: which sweeps run again and when, and changing that.</summary>
internal static class ScheduleEndpoints
{
    public static ApiEndpoint List { get; } = ApiEndpoint.Get("/api/schedules", "listSchedules", HandleList, "limit", "cursor");

    public static ApiEndpoint Put { get; } = new(HttpMethods.Put, "/api/schedules/{sweep}", "putSchedule", ApiAccess.Key, HandlePut);

    public static ApiEndpoint Delete { get; } = new(HttpMethods.Delete, "/api/schedules/{sweep}", "deleteSchedule", ApiAccess.Key, HandleDelete);

    private static async Task<IResult> HandleList(ApiCall call)
    {
        int limit = call.QueryInt("limit", 100, 1, 1000);
        string? after = Cursor.Read(call, "schedules");
        SweepSummary[] page =
        [
            .. (await call.Api.Service.List(call.Cancellation)).Where(s => s is { Cron: not null, Deleting: false } && (after is null || string.CompareOrdinal(s.Id, after) > 0))
                .OrderBy(s => s.Id, StringComparer.Ordinal).Take(limit + 1),
        ];
        return Results.Json(
            new Page<ScheduleItem>([.. page.Take(limit).Select(Item)], page.Length > limit ? Cursor.Write("schedules", page[limit - 1].Id) : null), WebJson.Form.SchedulePage);
    }

    /// <summary>The schedule is checked as a section of the sweep's own spec, so that it is told what is wrong in the words of specs.</summary>
    private static async Task<IResult> HandlePut(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        byte[] bytes = await Body.Read(call.Http.Request, call.Cancellation);
        JsonNode? section;
        try
        {
            section = JsonNode.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw ProblemException.BadRequest($"the body is no JSON: {e.Message}");
        }

        JsonObject spec = JsonNode.Parse(await sweep.Read(s => SpecWriter.ToJson(s.Spec), call.Cancellation))!.AsObject();
        spec["schedule"] = section;
        SpecResult result = SpecReader.Read(System.Text.Encoding.UTF8.GetBytes(spec.ToJsonString()), "body.json", call.Api.Options.Specs);
        SpecProblem[] errors = [.. result.Errors.Where(e => e.Pointer.StartsWith("/schedule", StringComparison.Ordinal))];
        if (errors.Length > 0 || result.Spec is null)
        {
            throw new ProblemException(ProblemTypes.InvalidBody, errors.Length > 0 ? errors[0].Message : "the schedule cannot be read")
            {
                Errors = [.. errors.Select(e => new ProblemItem(e.Pointer["/schedule".Length..], e.Message) { Code = e.Code })],
            };
        }

        await call.Api.Service.SetSchedule(sweep.Id, result.Spec.Schedule, "api", call.Cancellation);
        await call.Api.Hosting.Wake(sweep.Id, call.Cancellation);
        return Results.Json(Item((await call.Api.Hub.Summary(sweep.Id, call.Cancellation))!), WebJson.Form.ScheduleItem);
    }

    private static async Task<IResult> HandleDelete(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        await call.Api.Service.SetSchedule(sweep.Id, null, "api", call.Cancellation);
        return Results.NoContent();
    }

    private static ScheduleItem Item(SweepSummary s) => new()
    {
        Sweep = s.Id,
        Name = s.Name,
        Cron = s.Cron!,
        Kind = (s.ScheduleKind ?? ScheduleKind.Robustness).ToString().ToLowerInvariant(),
        Status = Describe.Word(s.Status),
        Next = s.DueFrom is { } from ? Schedules.Next(s.Cron!, from) : null,
        Last = s.LastDue,
        Links = SweepLinks.Of(s.Id),
    };
}
