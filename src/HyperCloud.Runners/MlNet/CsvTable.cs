using System.Collections.Immutable;
using System.Text;

namespace HyperCloud.Runners;

/// <summary>Something is wrong with a data file; the message names file, line, column and value.</summary>
internal sealed class DataException(string message) : Exception(message);

/// <summary>
/// A CSV file as text: a header line, then one record a line, fields quoted as in RFC 4180. The separator is a comma, or a semicolon or tab
/// when the header has no comma but one of these. Empty lines do not count.
/// </summary>
internal sealed class CsvTable
{
    private CsvTable(string name, ImmutableArray<string> header, List<string[]> records, List<int> lines) =>
        (Name, Header, Records, Lines) = (name, header, records, lines);

    /// <summary>The file as the spec names it, for messages.</summary>
    public string Name { get; }

    /// <summary>Column names.</summary>
    public ImmutableArray<string> Header { get; }

    /// <summary>The records; each has one field a column.</summary>
    public IReadOnlyList<string[]> Records { get; }

    /// <summary>The line each record begins on, from 1.</summary>
    public IReadOnlyList<int> Lines { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">It is not there, has no records, a record of another length, an open quote, or doubtful column names.</exception>
    public static CsvTable Read(string name, string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(e is FileNotFoundException or DirectoryNotFoundException ? $"there is no file '{name}' (looked for {file})" : $"'{name}' cannot be read: {e.Message}");
        }

        return Parse(name, text);
    }

    /// <summary>Reads a text; see <see cref="Read"/>.</summary>
    public static CsvTable Parse(string name, string text)
    {
        var records = new List<string[]>();
        var lines = new List<int>();
        ImmutableArray<string> header = default;
        char separator = ',';
        int at = 0, line = 1;
        while (at < text.Length)
        {
            if (header.IsDefault) separator = Separator(text.AsSpan(at));
            int begun = line;
            string[] fields = Record(name, text, separator, ref at, ref line);
            if (fields is [""]) continue;
            if (header.IsDefault)
            {
                header = [.. fields.Select(f => f.Trim())];
                if (header.IndexOf("") is >= 0 and var empty) throw new DataException(Invariant($"{name}, line {begun}: column {empty + 1} has no name; the first line must be a header"));
                if (header.GroupBy(h => h, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
                    throw new DataException(Invariant($"{name}, line {begun}: two columns are named '{twice.Key}'"));
                continue;
            }

            if (fields.Length != header.Length)
                throw new DataException(Invariant($"{name}, line {begun}: {fields.Length} fields, but the header names {header.Length} columns"));
            records.Add(fields);
            lines.Add(begun);
        }

        return records.Count > 0 ? new CsvTable(name, header, records, lines) : throw new DataException($"{name} holds no records");
    }

    private static char Separator(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> first = text.IndexOf('\n') is >= 0 and var end ? text[..end] : text;
        return first.Contains(',') ? ',' : first.Contains(';') ? ';' : first.Contains('\t') ? '\t' : ',';
    }

    private static string[] Record(string name, string text, char separator, ref int at, ref int line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        while (true)
        {
            field.Clear();
            if (at < text.Length && text[at] == '"') Quoted(name, text, field, ref at, ref line);
            while (at < text.Length && text[at] != separator && text[at] is not ('\n' or '\r')) field.Append(text[at++]);
            fields.Add(field.ToString());
            if (at < text.Length && text[at] == separator)
            {
                at++;
                continue;
            }

            if (at < text.Length && text[at] == '\r') at++;
            if (at < text.Length && text[at] == '\n') at++;
            line++;
            return [.. fields];
        }
    }

    private static void Quoted(string name, string text, StringBuilder field, ref int at, ref int line)
    {
        int begun = line;
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                if (at + 1 < text.Length && text[at + 1] == '"') at++;
                else
                {
                    at++;
                    return;
                }
            }

            if (text[at] == '\n') line++;
            field.Append(text[at]);
        }

        throw new DataException(Invariant($"{name}, line {begun}: a quote is opened and never closed"));
    }

    private static string Invariant(FormattableString s) => FormattableString.Invariant(s);
}
