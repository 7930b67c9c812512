using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>How the store behind a <see cref="StoreAddress"/> is opened.</summary>
public sealed record StoreAddressOptions
{
    /// <summary>Open for reading only. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Prefix of an Azure store (see <see cref="AzureStoreOptions.Prefix"/>); null: what the address says, else <c>hypercloud</c>. Nothing to SQLite.</summary>
    public string? Prefix { get; init; }

    /// <summary>Further settings of an Azure store; its prefix and reading only are taken from here and from the address.</summary>
    public AzureStoreOptions Azure { get; init; } = new();

    /// <summary>Further settings of an SQLite store; reading only is taken from here.</summary>
    public SqliteStoreOptions Sqlite { get; init; } = new();
}

/// <summary>
/// What a user writes for <c>--store</c>: the path of a file (SQLite); an Azure connection string; or an account URL,
/// <c>https://ACCOUNT.table.core.windows.net</c>, for an identity. The latter two may end in <c>#prefix</c> where several stores share an
/// account, <c>https://ACCOUNT.table.core.windows.net#team</c>.
/// </summary>
public static class StoreAddress
{
    /// <summary>Whether the address names an Azure store rather than a file.</summary>
    public static bool IsAzure(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        string text = address.Trim();
        return AzureAccount.LooksLikeUrl(text) || IsConnectionString(text);
    }

    /// <summary>Opens the store. An SQLite file is opened at once, and made unless for reading only; to Azure nothing is sent before the first call.</summary>
    /// <exception cref="ArgumentException">The address is malformed: a sentence that says how it should be and repeats no secret.</exception>
    /// <exception cref="StoreException">The file cannot be opened (see <see cref="SqliteStore.Open"/>).</exception>
    public static IStore Open(string address, StoreAddressOptions? options = null)
    {
        options ??= new StoreAddressOptions();
        if (string.IsNullOrWhiteSpace(address))
            throw new ArgumentException("the store's address is empty; give a file, an Azure connection string or https://ACCOUNT.table.core.windows.net", nameof(address));
        string text = address.Trim();
        if (!IsAzure(text))
        {
            // Never taken for a file's name: "htps://account…" would quietly make a folder.
            if (text.IndexOf("://", StringComparison.Ordinal) is > 0 and var at)
                throw new ArgumentException($"a store is no '{text[..at]}' URL; give a file, an Azure connection string or https://ACCOUNT.table.core.windows.net", nameof(address));
            return SqliteStore.Open(text, options.Sqlite with { ReadOnly = options.ReadOnly });
        }

        (string account, string? prefix) = SplitPrefix(text);
        return AzureStore.Open(account, options.Azure with { ReadOnly = options.ReadOnly, Prefix = options.Prefix ?? prefix ?? options.Azure.Prefix });
    }

    /// <summary>The address for people and logs: without keys and signatures.</summary>
    public static string Describe(string address)
    {
        if (string.IsNullOrWhiteSpace(address)) return "";
        if (!IsAzure(address)) return Path.GetFullPath(address.Trim());
        try
        {
            (string account, string? prefix) = SplitPrefix(address.Trim());
            // Opening sends nothing, and says what the store would call itself.
            return AzureStore.Open(account, new AzureStoreOptions { Prefix = prefix ?? AzureNames.DefaultPrefix }).Description;
        }
        catch (ArgumentException)
        {
            return "a malformed Azure address";
        }
    }

    // A file may have "=" in its name, but hardly a setting of Azure's followed by ";" or at its end.
    private static bool IsConnectionString(string text) => AzureAccount.LooksLikeConnectionString(text) && !File.Exists(text);

    private static (string Account, string? Prefix) SplitPrefix(string text)
    {
        // No key (base64), name, URL or signature holds '#'.
        int at = text.LastIndexOf('#');
        return at < 0 ? (text, null) : (text[..at].TrimEnd(), text[(at + 1)..].Trim());
    }
}
