using System.Globalization;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>The sweeps, newest first.</summary>
internal static class ListSweeps
{
    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Get("/api/sweeps", "listSweeps", Handle, "limit", "cursor", "status", "name");

    private static async Task<IResult> Handle(ApiCall call)
    {
        int limit = call.QueryInt("limit", 50, 1, 1000);
        string? status = call.QueryWord("status", [.. Enum.GetValues<SweepStatus>().Select(s => Describe.Word(s))]), name = call.Query("name");
        string scope = $"sweeps|status={status}|name={name}";
        IEnumerable<SweepSummary> sweeps = (await call.Api.Service.List(call.Cancellation))
            .Where(s => (status is null || Describe.Word(s.Status) == status) && (name is null || s.Name == name));
        if (Cursor.Read(call, scope) is { } position) sweeps = sweeps.Where(After(position));
        SweepSummary[] page = [.. sweeps.Take(limit + 1)];
        return Results.Json(
            new Page<SweepItem>([.. page.Take(limit).Select(Item)], page.Length > limit ? Cursor.Write(scope, Position(page[limit - 1])) : null), WebJson.Form.SweepPage);
    }

    private static string Position(SweepSummary s) => string.Create(CultureInfo.InvariantCulture, $"{s.CreatedAt.UtcTicks} {s.Id}");

    private static Func<SweepSummary, bool> After(string position)
    {
        string[] parts = position.Split(' ', 2);
        long ticks = long.Parse(parts[0], CultureInfo.InvariantCulture);
        return s => s.CreatedAt.UtcTicks < ticks || (s.CreatedAt.UtcTicks == ticks && string.CompareOrdinal(s.Id, parts[1]) > 0);
    }

    private static SweepItem Item(SweepSummary s) => new()
    {
        Id = s.Id,
        Name = s.Name,
        Status = Describe.Word(s.Status),
        Stage = s.Stage is { } stage ? Describe.Word(stage) : null,
        Trials = s.Trials,
        Champion = s.Champion,
        Front = s.Front,
        CreatedAt = s.CreatedAt,
        Deleting = s.Deleting ? true : null,
        Links = SweepLinks.Of(s.Id),
    };
}
