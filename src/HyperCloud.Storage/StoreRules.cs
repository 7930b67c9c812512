using System.Buffers;
using System.Text;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>
/// What every adapter refuses before it touches anything: the forms and limits of <see cref="IStore"/> and <see cref="StoreLimits"/>, in one
/// place, so that a name that works on a laptop works on Azure too.
/// </summary>
internal static class StoreRules
{
    /// <summary>Bytes of one blob.</summary>
    public const int BlobBytes = 64 * 1024 * 1024;

    /// <summary>Characters of a blob name (Azure's limit).</summary>
    public const int BlobNameLength = 1024;

    /// <summary>Sorts after every character a key or a blob name may hold: the open end of a range.</summary>
    public const string AfterEveryKey = "\u007f";

    private const string KeyForm = "[A-Za-z0-9._~-]";

    private static readonly SearchValues<char> s_keyCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");

    private static readonly SearchValues<char> s_letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> s_lettersAndDigits =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    // Throws on an unpaired surrogate, which would otherwise be stored as U+FFFD and come back as something else than was written.
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks where a row is: table, partition, key.</summary>
    public static void CheckRow(string table, string partition, string key)
    {
        CheckTable(table);
        CheckKey(partition, "partition key");
        CheckKey(key, "row key");
    }

    /// <summary>Checks the arguments of a query.</summary>
    public static void CheckQuery(string table, string partition, string? after, string? through, int limit)
    {
        CheckTable(table);
        CheckKey(partition, "partition key");
        if (after is not null) CheckKey(after, "lower end of the keys");
        if (through is not null) CheckKey(through, "upper end of the keys");
        CheckLimit(limit);
    }

    /// <summary>Checks the arguments of a listing of partitions.</summary>
    public static void CheckPartitions(string table, string? after, int limit)
    {
        CheckTable(table);
        if (after is not null) CheckKey(after, "lower end of the partitions");
        CheckLimit(limit);
    }

    /// <summary>Checks a batch: names, number of changes, distinct keys, sizes of the bodies.</summary>
    public static void CheckBatch(string table, string partition, IReadOnlyList<RowChange> changes)
    {
        CheckTable(table);
        CheckKey(partition, "partition key");
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Count > StoreLimits.BatchRows)
            throw new ArgumentException($"a batch holds at most {StoreLimits.BatchRows} changes, but got {changes.Count} for table '{table}'", nameof(changes));
        HashSet<string>? seen = changes.Count > 1 ? new HashSet<string>(changes.Count, StringComparer.Ordinal) : null;
        long bytes = 0;
        foreach (RowChange change in changes)
        {
            ArgumentNullException.ThrowIfNull(change, nameof(changes));
            CheckKey(change.Key, "row key");
            if (seen is not null && !seen.Add(change.Key))
                throw new ArgumentException($"the keys of a batch must differ, but '{change.Key}' is there twice (table '{table}')", nameof(changes));
            bytes += change switch
            {
                RowChange.Insert c => BodyBytes(c.Key, c.Body),
                RowChange.Replace c => BodyBytes(c.Key, c.Body),
                RowChange.Put c => BodyBytes(c.Key, c.Body),
                RowChange.Delete => 0,
                _ => throw new ArgumentException($"a change of the unknown kind {change.GetType().Name} for key '{change.Key}'", nameof(changes)),
            };
            if (change is RowChange.Replace { ETag: null }) throw new ArgumentException($"a replacement of '{change.Key}' needs an ETag", nameof(changes));
        }

        if (bytes > StoreLimits.BatchBytes)
            throw new ArgumentException($"a batch's bodies have at most {StoreLimits.BatchBytes} bytes, but got {bytes} for table '{table}'", nameof(changes));
    }

    /// <summary>Checks a blob's name.</summary>
    public static void CheckBlobName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length > BlobNameLength)
            throw new ArgumentException($"a blob name has at most {BlobNameLength} characters, but got {name.Length}: '{Cut(name)}'", nameof(name));
        foreach (Range range in name.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> segment = name.AsSpan()[range];
            // A segment that ends with a dot is lost or resolved ("..") on its way through URLs; Azure advises against it.
            if (segment.IsEmpty || segment.ContainsAnyExcept(s_keyCharacters) || segment[^1] == '.')
            {
                throw new ArgumentException(
                    $"a blob name is segments of {KeyForm}, none ending with '.', joined by '/', but got '{Cut(name)}'", nameof(name));
            }
        }
    }

    /// <summary>Checks name and size of a blob to be written.</summary>
    public static void CheckBlob(string name, ReadOnlyMemory<byte> content)
    {
        CheckBlobName(name);
        if (content.Length > BlobBytes)
            throw new ArgumentException($"a blob has at most {BlobBytes} bytes, but got {content.Length} for '{name}'", nameof(content));
    }

    /// <summary>Checks the arguments of a listing; the prefix may end within a segment.</summary>
    public static void CheckList(string prefix, string? after, int limit)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        foreach (char c in prefix)
        {
            if (c != '/' && !s_keyCharacters.Contains(c))
                throw new ArgumentException($"a blob prefix holds only {KeyForm} and '/', but got '{Cut(prefix)}'", nameof(prefix));
        }

        if (after is not null) CheckBlobName(after);
        CheckLimit(limit);
    }

    private static void CheckTable(string table)
    {
        ArgumentNullException.ThrowIfNull(table);
        // The rule of Azure Tables, where a table is a resource with a name of its own.
        if (table.Length is < 3 or > 63 || !s_letters.Contains(table[0]) || table.AsSpan().ContainsAnyExcept(s_lettersAndDigits))
            throw new ArgumentException($"a table name is 3 to 63 letters and digits beginning with a letter, but got '{Cut(table)}'", nameof(table));
    }

    private static void CheckKey(string key, string what)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is < 1 or > StoreLimits.KeyLength || key.AsSpan().ContainsAnyExcept(s_keyCharacters))
        {
            throw new ArgumentException(
                $"a {what} is 1 to {StoreLimits.KeyLength} characters of {KeyForm}, but got '{Cut(key)}' ({key.Length} characters)", nameof(key));
        }
    }

    private static void CheckLimit(int limit)
    {
        if (limit < 1) throw new ArgumentOutOfRangeException(nameof(limit), limit, "`limit` must be at least 1");
    }

    private static int BodyBytes(string key, string body)
    {
        ArgumentNullException.ThrowIfNull(body);
        int bytes;
        try
        {
            bytes = s_strict.GetByteCount(body);
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException($"the body of row '{key}' is no Unicode text: an unpaired surrogate at index {e.Index}", nameof(body), e);
        }

        if (body.Contains('\0'))
            throw new ArgumentException($"the body of row '{key}' is no JSON text: it holds U+0000 at index {body.IndexOf('\0')}", nameof(body));
        return bytes <= StoreLimits.RowBytes ? bytes : throw new ArgumentException(
            $"a row's body has at most {StoreLimits.RowBytes} bytes in UTF-8, but row '{key}' has {bytes}: what is larger belongs into a blob", nameof(body));
    }

    private static string Cut(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 80), "…");
}
