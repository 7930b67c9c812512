using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>The trials of a sweep, by number.</summary>
internal static class Trials
{
    public static ApiEndpoint List { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/trials", "listTrials", HandleList, "limit", "cursor", "state");

    public static ApiEndpoint One { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/trials/{number}", "getTrial", HandleOne);

    private static async Task<IResult> HandleList(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        int limit = call.QueryInt("limit", 100, 1, 1000);
        string? state = call.QueryWord("state", Describe.TrialStates);
        string scope = $"trials|{sweep.Scope}|state={state}";
        int from = Cursor.Read(call, scope) is { } position ? int.Parse(position, CultureInfo.InvariantCulture) + 1 : 0;
        TrialBody[] page = await sweep.Read<TrialBody[]>(s =>
            [.. s.Trials.Skip(from).Where(t => state is null || Describe.State(t) == state).Take(limit + 1).Select(t => Describe.Trial(s, t, withRuns: false))], call.Cancellation);
        string? next = page.Length > limit ? Cursor.Write(scope, page[limit - 1].Number.ToString(CultureInfo.InvariantCulture)) : null;
        return Results.Json(new Page<TrialBody>([.. page.Take(limit)], next), WebJson.Form.TrialPage);
    }

    private static async Task<IResult> HandleOne(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        string text = call.Route("number");
        (TrialBody? trial, int count) = await sweep.Read(s =>
            (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n < s.Trials.Count ? Describe.Trial(s, s.Trials[n], withRuns: true) : null, s.Trials.Count), call.Cancellation);
        return trial is null
            ? throw ProblemException.NotFound(count == 0 ? $"sweep {sweep.Id} has no trials yet" : $"sweep {sweep.Id} has trials 0 … {count - 1}, but no trial '{ApiCall.Cut(text)}'")
            : Results.Json(trial, WebJson.Form.TrialBody);
    }
}
