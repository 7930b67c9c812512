using System.Globalization;
using HyperCloud.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace HyperCloud.Web;

/// <summary>One call of an endpoint: the request, and readers of what it says that answer with problems.</summary>
public sealed class ApiCall(HttpContext http, ApiEndpoint endpoint, Api api)
{
    /// <summary>The request and its response.</summary>
    public HttpContext Http => http;

    /// <summary>What the endpoints share.</summary>
    public Api Api => api;

    /// <summary>Cancelled when the caller has gone.</summary>
    public CancellationToken Cancellation => http.RequestAborted;

    /// <summary>A value of the route.</summary>
    public string Route(string name) => http.Request.RouteValues[name] as string ?? throw new InvalidOperationException($"{endpoint.Template} has no {name}");

    /// <summary>A query parameter; null when absent or empty.</summary>
    public string? Query(string name)
    {
        StringValues values = http.Request.Query[name];
        if (values.Count > 1) throw ProblemException.BadRequest($"the query parameter '{name}' was given {values.Count} times");
        return values.Count == 0 || values[0] is not { Length: > 0 } value ? null : value;
    }

    /// <summary>A query parameter that is a whole number within bounds.</summary>
    public int QueryInt(string name, int fallback, int min, int max) => Query(name) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max ? value
        : throw ProblemException.BadRequest($"'{name}' must be a whole number {min} … {max}, but got '{Cut(text)}'");

    /// <summary>A query parameter that is one of some words; null when absent.</summary>
    public string? QueryWord(string name, params string[] words) => Query(name) is not { } text ? null
        : words.Contains(text, StringComparer.Ordinal) ? text
        : throw ProblemException.BadRequest(
            $"'{name}' must be one of {string.Join(", ", words)}, but got '{Cut(text)}'{(Likeness.Nearest(text, words) is { } near ? $"; did you mean '{near}'?" : "")}");

    /// <summary>A query parameter that is <c>true</c> or <c>false</c>; absent: false.</summary>
    public bool QueryFlag(string name) => QueryWord(name, "true", "false") == "true";

    /// <summary>The sweep that the route names, up to date.</summary>
    internal async Task<SweepView> Sweep()
    {
        SweepView view = await api.Catalog.Find(Route("sweep"), Cancellation)
            ?? throw ProblemException.NotFound($"there is no sweep '{Cut(Route("sweep"))}'; GET /api/sweeps lists them");
        return view.Summary.Deleting
            ? throw new ProblemException(ProblemTypes.BeingDeleted, $"the deletion of sweep {view.Id} has begun; DELETE it again to complete it")
            : view;
    }

    /// <summary>Refuses parameters that the endpoint does not know.</summary>
    internal void CheckQuery()
    {
        foreach (string name in http.Request.Query.Keys)
            if (!endpoint.Query.Contains(name, StringComparer.Ordinal))
                throw ProblemException.BadRequest(
                    $"there is no query parameter '{Cut(name)}' here{(Likeness.Nearest(name, endpoint.Query) is { } near ? $"; did you mean '{near}'?" : endpoint.Query.Count > 0 ? $"; known are {string.Join(", ", endpoint.Query)}" : "")}");
    }

    /// <summary>Whole seconds, at least 1, for <c>Retry-After</c>.</summary>
    internal static string Seconds(TimeSpan time) => Math.Max(1, (long)Math.Ceiling(time.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>A caller's text, short enough to be said back.</summary>
    internal static string Cut(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 80), "…");
}
