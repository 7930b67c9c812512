using System.Net.Mime;
using System.Text;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace HyperCloud.Web;

/// <summary>The report, in the form that the caller accepts.</summary>
internal static class GetReport
{
    private static readonly (string MediaType, Func<SweepReport, string> Write)[] Forms =
    [
        (MediaTypeNames.Application.Json, ReportText.ToJson),
        (MediaTypeNames.Text.Markdown, ReportText.ToMarkdown),
        (MediaTypeNames.Text.Plain, ReportText.ToText),
    ];

    public static ApiEndpoint Endpoint { get; } = ApiEndpoint.Get("/api/sweeps/{sweep}/report", "getReport", Handle);

    private static async Task<IResult> Handle(ApiCall call)
    {
        SweepView sweep = await call.Sweep();
        (string mediaType, Func<SweepReport, string> write) = Choose(call.Http.Request);
        (string etag, SweepReport? report) = await sweep.Read(s =>
        {
            string tag = $"\"{ETags.OfLog(s)}-{mediaType.Split('/')[1]}\"";
            return (tag, ETags.NoneMatches(call.Http.Request, tag) ? null : ReportBuilder.Build(s));
        }, call.Cancellation);
        call.Http.Response.Headers.ETag = etag;
        call.Http.Response.Headers.CacheControl = "no-cache";
        call.Http.Response.Headers.Vary = HeaderNames.Accept;
        return report is null ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Text(write(report), mediaType, Encoding.UTF8);
    }

    /// <summary>The form that is accepted most gladly; of equals the first of ours.</summary>
    private static (string MediaType, Func<SweepReport, string> Write) Choose(HttpRequest request)
    {
        if (request.Headers.Accept.Count == 0) return Forms[0];
        IList<MediaTypeHeaderValue> accepted = request.GetTypedHeaders().Accept;
        var best = Forms.Select(f => (Form: f, Quality: Quality(accepted, f.MediaType))).MaxBy(f => f.Quality);
        return best.Quality > 0 ? best.Form
            : throw new ProblemException(ProblemTypes.NotAcceptable, $"a report is {string.Join(", ", Forms.Select(f => f.MediaType))}, but accepted is only '{ApiCall.Cut(request.Headers.Accept.ToString())}'");
    }

    /// <summary>How much a form is wanted: what names it most closely counts.</summary>
    private static double Quality(IList<MediaTypeHeaderValue> accepted, string mediaType)
    {
        var form = new MediaTypeHeaderValue(mediaType);
        return accepted.Where(a => form.IsSubsetOf(new MediaTypeHeaderValue(a.MediaType)))
            .OrderBy(a => a.MatchesAllTypes ? 2 : a.MatchesAllSubTypes ? 1 : 0).Select(a => a.Quality ?? 1).FirstOrDefault();
    }
}
