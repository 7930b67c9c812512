using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>The runs of a sweep, by trial, pool and replicate.</summary>
internal static class Runs
{
    public static ApiEndpoint List { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/runs", "listRuns", HandleList, "limit", "cursor", "state", "pool", "trial");

    public static ApiEndpoint One { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/runs/{run}", "getRun", HandleOne, "attempt");

    private static async Task<IResult> HandleList(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        int limit = call.QueryInt("limit", 100, 1, 1000), trial = call.QueryInt("trial", -1, 0, int.MaxValue);
        string? state = call.QueryWord("state", Describe.RunStates), pool = call.QueryWord("pool", [.. Enum.GetValues<SeedPool>().Select(RunKey.PoolName)]);
        string scope = string.Create(CultureInfo.InvariantCulture, $"runs|{sweep.Scope}|state={state}|pool={pool}|trial={trial}");
        RunKey? after = Cursor.Read(call, scope) is { } position && RunKey.TryParse(position, out RunKey key) ? key : null;
        RunBody[] page = await sweep.Read<RunBody[]>(s =>
        [
            .. s.Trials.Skip(after?.Trial ?? 0)
                .Where(t => trial < 0 || t.Number == trial)
                .SelectMany(t => t.Runs.Values)
                .Where(r => (after is null || r.Key.CompareTo(after.Value) > 0)
                    && (state is null || Describe.State(r) == state) && (pool is null || RunKey.PoolName(r.Key.Pool) == pool))
                .Take(limit + 1)
                .Select(r => Describe.Run(sweep.Id, s.Spec, r)),
        ], call.Cancellation);
        return Results.Json(new Page<RunBody>([.. page.Take(limit)], page.Length > limit ? Cursor.Write(scope, page[limit - 1].Run) : null), WebJson.Form.RunPage);
    }

    private static async Task<IResult> HandleOne(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        string text = call.Route("run");
        RunBody? run = RunKey.TryParse(text, out RunKey key) ? await sweep.Read(s => s.Run(key) is { } r ? Describe.Run(sweep.Id, s.Spec, r) : null, call.Cancellation) : null;
        if (run is null) throw ProblemException.NotFound($"sweep {sweep.Id} has no run '{ApiCall.Cut(text)}'; a run is written trial-pool-replicate, such as 12-search-0");
        int attempt = call.QueryInt("attempt", run.Attempts, 0, int.MaxValue);
        if (attempt > run.Attempts) throw ProblemException.NotFound($"run {run.Run} has had {run.Attempts} attempts, but no attempt {attempt}");
        RunDetails? details = attempt == 0 ? null : await call.Api.Service.Details(sweep.Id, key, attempt, call.Cancellation);
        return Results.Json(
            new RunDetailsBody
            {
                Run = run,
                Attempt = attempt,
                Host = details?.Host,
                StartedAt = details?.StartedAt,
                Message = details?.Message,
                ReportCount = details?.ReportCount ?? 0,
                Reports = details?.Reports ?? [],
                Log = details?.Log ?? [],
            },
            WebJson.Form.RunDetailsBody);
    }
}
