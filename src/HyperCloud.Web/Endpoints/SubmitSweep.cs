using System.Collections.Immutable;
using System.Text.RegularExpressions;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Creates a sweep from a spec, finds the one that the spec has created before, or extends it.</summary>
internal static partial class SubmitSweep
{
    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Post("/api/sweeps", "submitSweep", Handle);

    private static async Task<IResult> Handle(ApiCall call)
    {
        bool json = Body.IsJson(call.Http.Request);
        byte[] body = await Body.Read(call.Http.Request, call.Cancellation);
        var keys = new IdempotencyKeys(call.Api.Hub.Store, call.Api.Hub.Time);
        string? key = IdempotencyKeys.Name(call);
        string digest = IdempotencyKeys.Digest(json, body);
        if (key is not null && await keys.Find(key, digest, call.Cancellation) is { Row: { StatusCode: { } code, Answer: { } known } }) return Replayed(call, code, known);

        // A spec that is refused takes no key: mended, it may come again with the same one.
        (SweepSpec spec, ImmutableArray<ProblemItem> warnings, ImmutableArray<RunnerInput> inputs) = await Read(call, json, body);
        HeldKey? held = key is null ? null : await keys.Take(key, digest, call.Cancellation);
        if (held is { Row: { StatusCode: { } code2, Answer: { } known2 } }) return Replayed(call, code2, known2);

        Submission answer = await Submit(call, spec, warnings, inputs);
        int status = answer.Status is "running" or "paused" ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        if (held is not null) (status, answer) = await keys.Complete(held, status, answer, call.Cancellation);
        return Answer(call, status, answer);
    }

    private static async Task<Submission> Submit(ApiCall call, SweepSpec spec, ImmutableArray<ProblemItem> warnings, ImmutableArray<RunnerInput> inputs)
    {
        Api api = call.Api;
        string id = SpecDigest.SweepId(spec);
        // Finding it also forgets what is remembered of a sweep of this id that is no more.
        SweepView? view = await api.Catalog.Find(id, call.Cancellation);
        if (view is { Summary.Deleting: true })
            throw new ProblemException(ProblemTypes.BeingDeleted, $"the deletion of sweep {id} has begun; DELETE /api/sweeps/{id} again to complete it, then submit the spec");
        bool created = await api.Service.Create(id, spec, api.Options.BaseDirectory, inputs, call.Cancellation), extended = false;
        if (!created)
        {
            // As with 'run': a spec that asks for fewer trials than the sweep has been extended to means the sweep as it is.
            int trials = await api.Hub.Session(id).Read(s => s.Spec.Limits.Trials, call.Cancellation);
            extended = await api.Service.Extend(id, spec.Limits with { Trials = Math.Max(trials, spec.Limits.Trials) }, call.Cancellation);
            if (spec.Schedule is { } schedule) extended |= await api.Service.SetSchedule(id, schedule, "api", call.Cancellation);
            if (extended) await api.Catalog.Refresh(id, view?.Summary.BaseDirectory ?? api.Options.BaseDirectory, call.Cancellation);
        }

        SweepStatus status = await api.Hub.Session(id).Read(s => s.Status, call.Cancellation);
        if (status == SweepStatus.Running) await api.Hosting.Wake(id, call.Cancellation);
        return new Submission
        {
            Id = id,
            Name = spec.Name,
            Status = Describe.Word(status),
            Created = created,
            Extended = extended,
            Warnings = warnings,
            Links = SweepLinks.Of(id),
        };
    }

    private static IResult Replayed(ApiCall call, int status, Submission answer)
    {
        call.Http.Response.Headers["Idempotency-Replayed"] = "true";
        return Answer(call, status, answer);
    }

    private static IResult Answer(ApiCall call, int status, Submission answer)
    {
        call.Http.Response.Headers.Location = answer.Links.Self;
        if (status == StatusCodes.Status202Accepted) call.Http.Response.Headers.RetryAfter = "2";
        return Results.Json(answer, WebJson.Form.Submission, statusCode: status);
    }

    /// <summary>Reads the spec and has its runner look at what the first run would trip over.</summary>
    private static async Task<(SweepSpec Spec, ImmutableArray<ProblemItem> Warnings, ImmutableArray<RunnerInput> Inputs)> Read(ApiCall call, bool json, byte[] body)
    {
        ApiOptions options = call.Api.Options;
        SpecResult result = SpecReader.Read(body, json ? "body.json" : "body.yaml", options.Specs);
        if (result.Spec is not { } spec)
        {
            ProblemItem[] errors = [.. result.Errors.Select(Item)];
            bool malformed = errors.All(e => e.Code is SpecCodes.Syntax or SpecCodes.File or SpecCodes.TooLarge or SpecCodes.DuplicateKey);
            throw new ProblemException(malformed ? ProblemTypes.MalformedSpec : ProblemTypes.InvalidSpec,
                errors.Length == 1 ? $"{result.Errors.First()}" : $"the spec has {errors.Length} errors; nothing was started")
            { Errors = [.. errors] };
        }

        ImmutableArray<ProblemItem> warnings = [.. result.Warnings.Select(Item)];
        if (spec.Trial is not { } trial) return (spec, warnings, []);
        RunnerCheck check = await call.Api.Hub.Runners[trial.Runner].Check(spec, options.BaseDirectory, call.Cancellation);
        ProblemItem[] fatal = [.. check.Findings.Where(f => f.Fatal).Select(f => Item(trial, f))];
        if (fatal.Length > 0) throw new ProblemException(ProblemTypes.InvalidSpec, "no run of this spec could work; nothing was started") { Errors = [.. fatal] };
        return (spec, [.. warnings, .. check.Findings.Select(f => Item(trial, f))], check.Inputs);
    }

    private static ProblemItem Item(SpecProblem p) => new(p.Pointer, p.Message)
    {
        Code = p.Code,
        Line = p.Line > 0 ? p.Line : null,
        Column = p.Line > 0 ? p.Column : null,
        Suggestion = Suggestion(p.Message),
    };

    private static ProblemItem Item(TrialSpec trial, RunnerFinding f) => new($"/trial/{trial.Runner}{f.Pointer}", f.Message)
    {
        Code = SpecCodes.Runner,
        Suggestion = Suggestion(f.Message),
    };

    /// <summary>The reader says what was probably meant at the end of its sentence, for people; programs get it by itself.</summary>
    private static string? Suggestion(string message) => Meant().Match(message) is { Success: true } m ? m.Groups[2].Value : null;

    [GeneratedRegex("""did you mean ([`'"])(.+?)\1\?""")]
    private static partial Regex Meant();
}
