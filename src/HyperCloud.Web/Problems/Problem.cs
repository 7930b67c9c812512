using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>One of several things that are wrong.</summary>
/// <param name="Pointer">JSON pointer (RFC 6901) into the spec; empty for the whole.</param>
/// <param name="Detail">A sentence with the offending value and what would be right.</param>
public sealed record ProblemItem(string Pointer, string Detail)
{
    /// <summary>Stable code (docs/spec.md).</summary>
    public required string Code { get; init; }

    /// <summary>Line in the text, from 1; absent when the problem has no place.</summary>
    public int? Line { get; init; }

    /// <summary>Column, from 1, in UTF-16 code units.</summary>
    public int? Column { get; init; }

    /// <summary>What was probably meant.</summary>
    public string? Suggestion { get; init; }
}

/// <summary>The body of a problem (RFC 9457, <c>application/problem+json</c>).</summary>
public sealed record Problem
{
    /// <summary>Relative reference that names the kind.</summary>
    public required string Type { get; init; }

    /// <summary>The kind in words.</summary>
    public required string Title { get; init; }

    /// <summary>HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What happened here, and what would mend it.</summary>
    public required string Detail { get; init; }

    /// <summary>Path of the request.</summary>
    public string? Instance { get; init; }

    /// <summary>Everything that is wrong, when it is several things.</summary>
    public ImmutableArray<ProblemItem>? Errors { get; init; }

    /// <summary>Finds the occurrence in the server's log; with statuses from 500.</summary>
    public string? TraceId { get; init; }
}

/// <summary>Ends a request with a problem.</summary>
/// <param name="type">Its kind.</param>
/// <param name="detail">What happened and what would mend it.</param>
public sealed class ProblemException(ProblemType type, string detail) : Exception(detail)
{
    /// <summary>Its kind.</summary>
    public ProblemType Type { get; } = type;

    /// <summary>Everything that is wrong.</summary>
    public ImmutableArray<ProblemItem>? Errors { get; init; }

    /// <summary>When to try again; null: not by itself.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A 404.</summary>
    public static ProblemException NotFound(string detail) => new(ProblemTypes.NotFound, detail);

    /// <summary>A 400 about a parameter.</summary>
    public static ProblemException BadRequest(string detail) => new(ProblemTypes.BadRequest, detail);
}

/// <summary>Writes a problem as a response.</summary>
internal sealed class ProblemAnswer(ProblemException problem) : IResult
{
    public ProblemException Problem => problem;

    public Task ExecuteAsync(HttpContext httpContext) => Write(httpContext, problem);

    public static Task Write(HttpContext http, ProblemException problem)
    {
        ProblemType type = problem.Type;
        http.Response.StatusCode = type.Status;
        if (problem.RetryAfter is { } after) http.Response.Headers.RetryAfter = ApiCall.Seconds(after);
        if (type.Status == StatusCodes.Status401Unauthorized) http.Response.Headers.WWWAuthenticate = "Bearer realm=\"hypercloud\"";
        // A problem is about this moment: no cache may answer with it later.
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsJsonAsync(
            new Problem
            {
                Type = type.Uri,
                Title = type.Title,
                Status = type.Status,
                Detail = problem.Message,
                Instance = http.Request.Path.Value,
                Errors = problem.Errors,
                TraceId = type.Status >= 500 ? System.Diagnostics.Activity.Current?.Id ?? http.TraceIdentifier : null,
            },
            WebJson.Form.Problem, "application/problem+json", http.RequestAborted);
    }
}
