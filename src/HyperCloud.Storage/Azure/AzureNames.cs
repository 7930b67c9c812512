using System.Globalization;

namespace HyperCloud.Storage;

/// <summary>Names of our tables and of the container in an account that may hold other things too.</summary>
internal static class AzureNames
{
    /// <summary>The prefix where none is given.</summary>
    public const string DefaultPrefix = "hypercloud";

    /// <summary>
    /// Version of the layout of rows, their <c>schemaVersion</c>. It also stands between prefix and table name: a digit cannot occur in
    /// either prefix or at the beginning of a table's name, so "hc1events" is never the table "xevents" of another prefix.
    /// </summary>
    public const int SchemaVersion = 1;

    private const int PrefixMax = 24, TableMax = 63;

    private static readonly string s_separator = SchemaVersion.ToString(CultureInfo.InvariantCulture);

    /// <summary>Refuses a prefix of another form.</summary>
    public static void CheckPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length is < 3 or > PrefixMax || !prefix.All(char.IsAsciiLetterLower))
            throw new ArgumentException($"a prefix is 3 to {PrefixMax} lower-case letters, but got '{(prefix.Length > 80 ? prefix[..80] + "…" : prefix)}'", nameof(prefix));
    }

    /// <summary>The name in Azure of a table of the port.</summary>
    /// <exception cref="ArgumentException">Both together are longer than Azure permits.</exception>
    public static string Table(string prefix, string table)
    {
        string name = prefix + s_separator + table;
        return name.Length <= TableMax ? name : throw new ArgumentException(
            $"with the prefix '{prefix}' a table name has at most {TableMax - prefix.Length - s_separator.Length} characters on Azure, but got '{table}'", nameof(table));
    }

    /// <summary>The table of the port that has this name in Azure; null when it is none of this prefix.</summary>
    public static string? FromAzure(string prefix, string name) =>
        name.Length > prefix.Length + 1 && name.StartsWith(prefix + s_separator, StringComparison.Ordinal) ? name[(prefix.Length + s_separator.Length)..] : null;

    /// <summary>Bounds of the names of a prefix's tables, lower included and upper excluded, for a query.</summary>
    public static (string From, string To) Range(string prefix) =>
        (prefix + s_separator, prefix + (SchemaVersion + 1).ToString(CultureInfo.InvariantCulture));
}
