using Microsoft.AspNetCore.Http;

namespace HyperCloud.Web;

/// <summary>Who may call an endpoint.</summary>
public enum ApiAccess
{
    /// <summary>Anyone who reaches the server.</summary>
    Open,

    /// <summary>Who presents the server's key, when it has one.</summary>
    Key,

    /// <summary>Who presents the token of the run that the call is about; the endpoint looks at it.</summary>
    RunToken,
}

/// <summary>
/// One endpoint, independent of the host that offers it: minimal APIs map <see cref="ApiTable.All"/> in one loop, Azure Functions a trigger each.
/// Both hand the request to <see cref="ApiPipeline.Run"/>.
/// </summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Template">Route template, such as <c>/api/sweeps/{sweep}</c>.</param>
/// <param name="OperationId">Its name in docs/openapi.yaml.</param>
/// <param name="Access">Who may call it.</param>
/// <param name="Handle">Answers a call; throws <see cref="ProblemException"/> for what is wrong with it.</param>
public sealed record ApiEndpoint(string Method, string Template, string OperationId, ApiAccess Access, Func<ApiCall, Task<IResult>> Handle)
{
    /// <summary>Query parameters it knows; any other is refused.</summary>
    public IReadOnlyList<string> Query { get; init; } = [];

    /// <summary>A GET that needs the key.</summary>
    public static ApiEndpoint Get(string template, string operationId, Func<ApiCall, Task<IResult>> handle, params string[] query) =>
        new(HttpMethods.Get, template, operationId, ApiAccess.Key, handle) { Query = query };

    /// <summary>A POST that needs the key.</summary>
    public static ApiEndpoint Post(string template, string operationId, Func<ApiCall, Task<IResult>> handle) =>
        new(HttpMethods.Post, template, operationId, ApiAccess.Key, handle);
}
