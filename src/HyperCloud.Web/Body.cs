using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace HyperCloud.Web;

/// <summary>Reads request bodies within their limits.</summary>
internal static class Body
{
    /// <summary>The body, at most <see cref="Api.MaxBody"/> bytes: more is refused by its announced length, or as soon as it has come.</summary>
    public static async Task<byte[]> Read(HttpRequest request, CancellationToken cancellation)
    {
        if (request.ContentLength > Api.MaxBody) throw TooLarge();
        using var content = new MemoryStream((int)(request.ContentLength ?? 0));
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellation)) > 0)
        {
            if (content.Length + read > Api.MaxBody) throw TooLarge();
            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    /// <summary>Whether the body is JSON; YAML otherwise, and when nothing is said.</summary>
    public static bool IsJson(HttpRequest request)
    {
        if (string.IsNullOrEmpty(request.ContentType)) return false;
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            && (type.Charset.Value is null || type.Charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            switch (type.MediaType.Value?.ToLowerInvariant())
            {
                case "application/json" or "text/json":
                    return true;
                case "application/yaml" or "application/x-yaml" or "text/yaml" or "text/x-yaml" or "text/vnd.yaml":
                    return false;
            }
        }

        throw new ProblemException(ProblemTypes.UnsupportedMediaType,
            $"a spec is application/yaml or application/json in UTF-8, but got '{ApiCall.Cut(request.ContentType)}'; with curl: --header 'content-type: application/yaml' --data-binary @sweep.yaml");
    }

    private static ProblemException TooLarge() => new(ProblemTypes.TooLarge, $"a request may have {Api.MaxBody} bytes (1 MiB)");
}
