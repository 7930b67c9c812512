using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage;

/// <summary>
/// How a row is an entity. Properties: <c>schemaVersion</c>; <c>write</c>, the id of the batch that wrote it; <c>before</c>, the write id of
/// the row it replaced, where the batch named one by its ETag; and the body, either as <c>body</c> (text, to be read in Storage Explorer) or
/// as <c>b00</c>, <c>b01</c>, … (64 KiB of its UTF-8 each). A body of 400 KiB has 7 such parts, of Azure's limits 255 properties, 64 KiB a
/// property and 1 MiB an entity.
/// </summary>
internal static class AzureRow
{
    /// <summary>Sorts before every key that the port permits, and is none itself: '-' is the least of their characters.</summary>
    public const string FirstKey = "-";

    private const string Version = "schemaVersion", Write = "write", Before = "before", Text = "body";

    private const int PartBytes = 64 * 1024;

    // A property may have 64 KiB in UTF-16.
    private const int TextLength = 32 * 1000;

    // Of a request's 4 MiB, what bodies as text may take; the rest is for keys and headers of 100 changes.
    private const long TextOfBatch = 3 * 1024 * 1024;

    // Well formed, and of no entity ever.
    private static readonly ETag s_never = new("W/\"datetime'1601-01-01T00%3A00%3A00.0000000Z'\"");

    private static readonly int s_idLength = NewWriteId().Length;

    /// <summary>A new write id: 128 random bits, as text without characters that need quoting.</summary>
    public static string NewWriteId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The port's ETag of a row: its write id and Azure's ETag. Write ids are never used twice, whatever the server's clock does.</summary>
    public static string ETagOf(string write, ETag? azure) => write + azure?.ToString("H");

    /// <summary>What a caller's ETag means: Azure's ETag (one that never matches when we did not give this text out) and the write id.</summary>
    public static (ETag Azure, string? Write) ParseETag(string text) =>
        text.Length > s_idLength && text.AsSpan(s_idLength).StartsWith("W/\"", StringComparison.Ordinal)
            ? (new ETag(text[s_idLength..]), text[..s_idLength])
            : (s_never, null);

    /// <summary>The entity of a row.</summary>
    public static TableEntity Entity(string partition, string key, string body, string write, string? before, bool asText)
    {
        var entity = new TableEntity(partition, key) { [Version] = AzureNames.SchemaVersion, [Write] = write };
        if (before is not null) entity[Before] = before;
        if (asText)
        {
            entity[Text] = body;
            return entity;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(body);
        for (int at = 0, part = 0; at < bytes.Length; at += PartBytes, part++) entity[Part(part)] = bytes[at..Math.Min(at + PartBytes, bytes.Length)];
        return entity;
    }

    /// <summary>
    /// The key of the receipt of a batch that only deletes and so leaves no row with its write id. '!' is no character of a key and sorts
    /// before <see cref="FirstKey"/>, so no query of the port finds it.
    /// </summary>
    public static string ReceiptKey(string firstDeleted) => "!" + firstDeleted;

    /// <summary>The receipt of a batch that only deletes.</summary>
    public static TableEntity Receipt(string partition, string firstDeleted, string write) =>
        new(partition, ReceiptKey(firstDeleted)) { [Version] = AzureNames.SchemaVersion, [Write] = write };

    /// <summary>
    /// Which bodies of a batch are written as text. The SDK writes JSON in which quotes and all but ASCII take 6 bytes a character: a large
    /// batch of that would not fit, and its rows are written as bytes, which take 4/3 of their size.
    /// </summary>
    public static bool[] AsText(IReadOnlyList<string?> bodies)
    {
        var text = new bool[bodies.Count];
        var sizes = new long[bodies.Count];
        long total = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (bodies[i] is not { } body) continue;
            text[i] = IsPlain(body, out sizes[i]);
            total += text[i] ? sizes[i] : Base64Bytes(body);
        }

        if (total <= TextOfBatch) return text;
        for (int i = 0; i < text.Length; i++) text[i] &= sizes[i] <= Base64Bytes(bodies[i]!);
        return text;
    }

    /// <summary>Reads an entity.</summary>
    /// <exception cref="StoreException"><c>newer-version</c> or <c>corrupt</c>.</exception>
    public static StoredRow Read(TableEntity entity, string place)
    {
        int version = entity.TryGetValue(Version, out object? v) && v is int number ? number : 0;
        if (version > AzureNames.SchemaVersion)
        {
            throw new StoreException("newer-version", string.Create(CultureInfo.InvariantCulture,
                $"cannot read row '{entity.PartitionKey}', '{entity.RowKey}' of {place}: a newer HyperCloud wrote it (schemaVersion {version}; this one reads up to {AzureNames.SchemaVersion}); update HyperCloud"));
        }

        if (version < 1 || WriteId(entity) is not { } write)
            throw new StoreException("corrupt", $"row '{entity.PartitionKey}', '{entity.RowKey}' of {place} is none of HyperCloud's; take another prefix, or remove it");
        return new StoredRow(entity.PartitionKey, entity.RowKey, Body(entity), ETagOf(write, entity.ETag));
    }

    /// <summary>The write id of an entity.</summary>
    public static string? WriteId(TableEntity entity) => entity.TryGetValue(Write, out object? value) ? value as string : null;

    /// <summary>Whether this entity shows that the batch with this id was applied: it wrote this row, or the one that this row replaced.</summary>
    public static bool Shows(TableEntity entity, string write) =>
        WriteId(entity) == write || (entity.TryGetValue(Before, out object? before) && before as string == write);

    private static string Body(TableEntity entity)
    {
        if (entity.TryGetValue(Text, out object? text) && text is string body) return body;
        using var all = new MemoryStream();
        for (int part = 0; entity.TryGetValue(Part(part), out object? value); part++)
        {
            ReadOnlySpan<byte> bytes = value switch
            {
                byte[] array => array,
                BinaryData data => data.ToMemory().Span,
                _ => [],
            };
            all.Write(bytes);
        }

        return Encoding.UTF8.GetString(all.GetBuffer(), 0, (int)all.Length);
    }

    private static bool IsPlain(string body, out long jsonBytes)
    {
        jsonBytes = 0;
        if (body.Length > TextLength) return false;
        foreach (char c in body)
        {
            // XML has no such characters; where they are in a property, some tools fail.
            if (c is < ' ' and not ('\t' or '\n' or '\r') or '\u007f' or '\ufffe' or '\uffff') return false;
            jsonBytes += c is >= ' ' and < '\u007f' and not ('"' or '\\' or '<' or '>' or '&' or '\'' or '+' or '`') ? 1 : 6;
        }

        return true;
    }

    private static long Base64Bytes(string body) => (Encoding.UTF8.GetByteCount(body) + 2) / 3 * 4;

    private static string Part(int number) => string.Create(CultureInfo.InvariantCulture, $"b{number:D2}");
}
