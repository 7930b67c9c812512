using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace HyperCloud.Storage;

/// <summary>The clients of an account's tables and blobs, from a connection string or from URLs: one code path behind both.</summary>
/// <param name="Tables">Client of the tables.</param>
/// <param name="Blobs">Client of the blobs.</param>
internal sealed record AzureAccount(TableServiceClient Tables, BlobServiceClient Blobs)
{
    private const string Forms =
        "give an Azure connection string, an account URL (https://ACCOUNT.table.core.windows.net), or for custom domains both URLs with a comma between them (tables first)";

    private static readonly string[] s_marks =
        ["AccountName=", "UseDevelopmentStorage=", "DefaultEndpointsProtocol=", "TableEndpoint=", "BlobEndpoint=", "SharedAccessSignature="];

    /// <summary>Whether a text is meant as a connection string.</summary>
    public static bool LooksLikeConnectionString(string address) => s_marks.Any(m => address.Contains(m, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a text is meant as a URL.</summary>
    public static bool LooksLikeUrl(string address) =>
        address.StartsWith("https:", StringComparison.OrdinalIgnoreCase) || address.StartsWith("http:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes the clients; nothing is sent.</summary>
    /// <exception cref="ArgumentException">The address has another form. The message does not repeat it where it may hold a key.</exception>
    public static AzureAccount Open(string address, AzureStoreOptions options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        options.Check();
        var tables = new TableClientOptions();
        var blobs = new BlobClientOptions();
        foreach (ClientOptions client in (ReadOnlySpan<ClientOptions>)[tables, blobs])
        {
            client.Retry.MaxRetries = 0; // see AzurePatience
            client.Retry.NetworkTimeout = options.AttemptTimeout;
            client.Diagnostics.IsTelemetryEnabled = false;
            if (options.Transport is not null) client.Transport = options.Transport;
        }

        blobs.Retry.NetworkTimeout *= 4; // as much as 64 MiB
        if (LooksLikeConnectionString(address)) return FromConnectionString(address, tables, blobs);
        (Uri tableUri, Uri blobUri) = Endpoints(address);
        TokenCredential credential = options.Credential ?? new DefaultAzureCredential();
        return new AzureAccount(new TableServiceClient(tableUri, credential, tables), new BlobServiceClient(blobUri, credential, blobs));
    }

    /// <summary>The endpoints of tables and of blobs that URLs name.</summary>
    /// <exception cref="ArgumentException">They have another form.</exception>
    public static (Uri Tables, Uri Blobs) Endpoints(string address)
    {
        string[] parts = address.Split(',', StringSplitOptions.TrimEntries);
        if (parts.Length > 2) throw new ArgumentException($"a store has one or two URLs, but got {parts.Length}; {Forms}", nameof(address));
        Uri[] uris = [.. parts.Select(Check)];
        if (uris.Length == 1)
        {
            return (Sibling(uris[0], "table"), Sibling(uris[0], "blob")) is ({ } t, { } b) ? (t, b) : throw new ArgumentException(
                $"'{uris[0].Host}' names no Azure Storage service, so the URL of the other one cannot be derived; {Forms}", nameof(address));
        }

        // Where the names tell, the order does not matter.
        return Service(uris[0]) == "blob" || Service(uris[1]) == "table" ? (uris[1], uris[0]) : (uris[0], uris[1]);
    }

    private static AzureAccount FromConnectionString(string address, TableClientOptions tables, BlobClientOptions blobs)
    {
        AzureAccount account;
        try
        {
            account = new AzureAccount(new TableServiceClient(address, tables), new BlobServiceClient(address, blobs));
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or KeyNotFoundException or UriFormatException)
        {
            // Neither the text nor the SDK's message, which may quote it: it holds a key.
            throw new ArgumentException(
                "the Azure connection string is malformed; copy it whole from the portal (Access keys): 'DefaultEndpointsProtocol=https;AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net', or one with TableEndpoint and BlobEndpoint", nameof(address));
        }

        return account;
    }

    private static Uri Check(string text)
    {
        // No error repeats the query, which may be a signature, nor user information.
        string shown = text.Split('?', '@')[0];
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http"))
            throw new ArgumentException($"'{shown}' is no URL; {Forms}", nameof(text));
        if (uri.Query.Length > 0 || uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
            throw new ArgumentException($"the account URL '{uri.Scheme}://{uri.Host}' must stand alone; a shared access signature belongs into a connection string (TableEndpoint=…;BlobEndpoint=…;SharedAccessSignature=…)", nameof(text));
        if (uri.Scheme == "http")
        {
            throw new ArgumentException(
                $"'{shown}' is not encrypted, so no identity can be shown to it; for Azurite give its connection string ('UseDevelopmentStorage=true', or one with AccountName, AccountKey, TableEndpoint and BlobEndpoint)", nameof(text));
        }

        return uri;
    }

    // ACCOUNT.table.core.windows.net, ACCOUNT.z1.blob.storage.azure.net, ACCOUNT.privatelink.blob.…: one label names the service.
    private static string? Service(Uri uri) => uri.Host.Split('.').Skip(1).FirstOrDefault(l => l is "table" or "blob" or "queue" or "file" or "dfs" or "web");

    private static Uri? Sibling(Uri uri, string service)
    {
        if (Service(uri) is not { } label) return null;
        string[] labels = uri.Host.Split('.');
        labels[Array.IndexOf(labels, label, 1)] = service;
        return new UriBuilder(uri) { Host = string.Join('.', labels) }.Uri;
    }
}
