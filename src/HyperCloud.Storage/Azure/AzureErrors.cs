using System.Globalization;
using System.Net.Sockets;
using Azure;
using Azure.Identity;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>
/// Says in our words what Azure had against a call: the stable codes of <see cref="StoreException"/> and a sentence with the place and what
/// would mend it. The SDK's own messages are not repeated, for they list headers and, after a failed signature, parts of what was signed.
/// </summary>
internal static class AzureErrors
{
    /// <summary>Whether the table or the container is not there (rather than a row or blob in it).</summary>
    public static bool IsMissingHome(RequestFailedException e) => e.Status == 404 && e.ErrorCode is "TableNotFound" or "ContainerNotFound";

    /// <summary>Whether the precondition of a change does not hold.</summary>
    public static bool IsConflict(RequestFailedException e) => e.Status switch
    {
        404 => !IsMissingHome(e),
        409 => e.ErrorCode is "EntityAlreadyExists" or "BlobAlreadyExists",
        412 => true,
        _ => false,
    };

    /// <summary>Translates what another attempt would not mend.</summary>
    public static Exception From(Exception error, string place, string doing) => error switch
    {
        StoreException => error,
        AuthenticationFailedException => new StoreException("forbidden",
            $"cannot {doing} in {place}: there is no valid identity here; run 'az login', give this machine a managed identity, set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or use a connection string ({FirstLine(error.Message)})", error),
        RequestFailedException { Status: 401 or 403 } e => Forbidden(e, place, doing),
        RequestFailedException { ErrorCode: "TableBeingDeleted" or "ContainerBeingDeleted" } e => new StoreException("busy",
            $"cannot {doing} in {place}: Azure is still deleting what was there under this name (about 40 s); try again, or take another prefix", e),
        RequestFailedException { Status: 507 } e => new StoreException("full", $"cannot {doing} in {place}: the account is full; make room or use another account", e),
        RequestFailedException e => new StoreException("other", $"cannot {doing} in {place}: Azure answered {Answer(e)}", e),
        _ => error,
    };

    /// <summary>Gives up after repetitions.</summary>
    public static StoreException GaveUp(Exception error, string place, string doing, int attempts, TimeSpan spent, bool ambiguous)
    {
        Exception last = error is AggregateException all ? all.InnerExceptions[^1] : error;
        bool throttled = last is RequestFailedException { Status: 429 or 503 };
        string why = last switch
        {
            RequestFailedException { Status: > 0 } e => $"Azure answered {Answer(e)}",
            OperationCanceledException => "there was no answer in time",
            _ when AzurePatience.SocketErrorOf(last) is { } socket => $"the connection failed ({socket})",
            _ => "the connection failed",
        };
        string remedy = throttled
            ? "it takes no more requests for now: try again later, or spread the load over more accounts"
            : AzurePatience.SocketErrorOf(last) == SocketError.HostNotFound
                ? "check the account's name and the network"
                : "check the network, the firewall of the account and its health";
        string unknown = ambiguous ? "; whether the last attempt went through is not known" : "";
        return new StoreException(throttled ? "busy" : "unreachable", string.Create(CultureInfo.InvariantCulture,
            $"cannot {doing} in {place}: {why} at attempt {attempts} after {spent.TotalSeconds:0.#} s{unknown}; {remedy}"), error);
    }

    /// <summary>Opened for reading only.</summary>
    public static StoreException ReadOnlyAt(string place, string doing) =>
        new("read-only", $"cannot {doing} in {place}: the store was opened for reading only");

    private static StoreException Forbidden(RequestFailedException e, string place, string doing) => new("forbidden", e.ErrorCode switch
    {
        "AuthenticationFailed" or "InvalidAuthenticationInfo" or "NoAuthenticationInformation" =>
            $"cannot {doing} in {place}: Azure does not accept the key or token ({Answer(e)}); check the account key of the connection string, the tenant, and this machine's clock",
        "KeyBasedAuthenticationNotPermitted" =>
            $"cannot {doing} in {place}: the account takes no keys ({Answer(e)}); use its URL (https://ACCOUNT.table.core.windows.net) with an identity instead of a connection string",
        _ => $"cannot {doing} in {place}: not permitted ({Answer(e)}); this identity needs the roles 'Storage Table Data Contributor' and 'Storage Blob Data Contributor' on the account (for reading: the 'Data Reader' ones), and the account's firewall must let this machine in; a new role takes some minutes",
    }, e);

    private static string Answer(RequestFailedException e) => e.ErrorCode is { Length: > 0 } code ? $"{e.Status.ToString(CultureInfo.InvariantCulture)} {code}" : e.Status.ToString(CultureInfo.InvariantCulture);

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim() is var line && line.Length > 200 ? line[..200] + "…" : line;
}
