using System.Text;

namespace HyperCloud.Sweeps;

/// <summary>
/// Reads a spec (docs/spec.md) from YAML or JSON and reports all its problems at once, each with its place. Never throws for what the text
/// holds.
/// </summary>
public static class SpecReader
{
    /// <summary>The most bytes a spec's file may have; larger ones need not be read to be refused.</summary>
    public const int MaxBytes = 4 * SpecText.MaxLength;

    /// <summary>Reads a spec.</summary>
    /// <param name="text">The text; a byte order mark is skipped.</param>
    /// <param name="fileName">Its name, or null: a name that ends in <c>.json</c> means JSON, all else YAML.</param>
    /// <param name="context">What the program knows: runners, algorithms.</param>
    /// <param name="overrides">Overrides <c>path=value</c>, applied in order before reading: see <see cref="Read(ReadOnlySpan{byte}, string?, SpecContext, IReadOnlyList{string}?)"/>.</param>
    public static SpecResult Read(string text, string? fileName, SpecContext context, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(context);
        var problems = new ProblemList();
        SpecNode? root = Parse(text, fileName, problems);
        if (root is null) return new SpecResult(null, problems.Sorted());
        if (root is MapNode map) SpecOverrides.Apply(map, overrides ?? [], problems);
        SpecNode.Locate(root, problems);
        SweepSpec? spec = new SweepReading(problems, context, root).Read();
        return new SpecResult(problems.HasErrors ? null : spec, problems.Sorted());
    }

    /// <summary>Reads a spec from the bytes of a file.</summary>
    /// <param name="bytes">UTF-8 with or without byte order mark, or UTF-16 with one.</param>
    /// <param name="fileName">Its name, or null: a name that ends in <c>.json</c> means JSON, all else YAML.</param>
    /// <param name="context">What the program knows: runners, algorithms.</param>
    /// <param name="overrides">
    /// Overrides <c>path=value</c>, applied in order before reading. A path is keys joined by dots (<c>limits.trials</c>,
    /// <c>space.lr.max</c>, <c>trial.command.0</c>) or a JSON pointer (<c>/space/a.b/max</c>); the value is YAML
    /// (<c>20</c>, <c>2h</c>, <c>[a, b]</c>, <c>null</c> to remove a key). Missing mappings on the way are added.
    /// </param>
    public static SpecResult Read(ReadOnlySpan<byte> bytes, string? fileName, SpecContext context, IReadOnlyList<string>? overrides = null)
    {
        var problems = new ProblemList();
        string? text = Decode(bytes, problems);
        return text is null ? new SpecResult(null, problems.Sorted()) : Read(text, fileName, context, overrides);
    }

    /// <summary>Reads a spec's file. A file that cannot be read is a problem like others.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="context">What the program knows: runners, algorithms.</param>
    /// <param name="overrides">Overrides <c>path=value</c>.</param>
    public static SpecResult ReadFile(string path, SpecContext context, IReadOnlyList<string>? overrides = null)
    {
        string? problem;
        try
        {
            var file = new FileInfo(path);
            if (Directory.Exists(path)) problem = $"'{path}' is a folder; name the file of the spec in it";
            else if (!file.Exists) problem = $"there is no file '{path}'";
            else if (file.Length > MaxBytes) return Refused(SpecCodes.TooLarge, $"a spec may have {SpecText.MaxLength} characters (1 MiB), but '{path}' has {file.Length} bytes");
            else return Read(File.ReadAllBytes(path), path, context, overrides);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problem = $"'{path}' cannot be read: {e.Message}";
        }

        return Refused(SpecCodes.File, problem);

        static SpecResult Refused(string code, string message) => new(null, [new SpecProblem(SpecSeverity.Error, code, "", 0, 0, message)]);
    }

    /// <summary>The tree of a text, or null when it cannot be read at all; used by everything that takes YAML or JSON.</summary>
    internal static SpecNode? Parse(string text, string? fileName, ProblemList problems)
    {
        try
        {
            text = SpecText.Prepare(text, source: null);
            bool json = fileName?.EndsWith(".json", StringComparison.OrdinalIgnoreCase) == true;
            SpecNode? root = json ? JsonNodes.Read(text) : YamlNodes.Read(text);
            if (root is null) problems.Error(SpecCodes.Syntax, default, "", "the spec is empty; `hypercloud init` writes one to begin with");
            return root;
        }
        catch (SpecSyntaxException e)
        {
            problems.Error(e.Code, e.Place, "", e.Message);
            return null;
        }
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, ProblemList problems)
    {
        if (bytes.Length > MaxBytes)
        {
            problems.Error(SpecCodes.TooLarge, default, "", $"a spec may have {SpecText.MaxLength} characters (1 MiB), but this one has {bytes.Length} bytes");
            return null;
        }

        bool little = bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]), big = bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);
        Encoding encoding = little || big ? new UnicodeEncoding(big, byteOrderMark: true, throwOnInvalidBytes: true) : new UTF8Encoding(false, throwOnInvalidBytes: true);
        try
        {
            return encoding.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            int at = Math.Clamp(e.Index, 0, bytes.Length);
            int line = 1 + bytes[..at].Count((byte)'\n');
            int start = bytes[..at].LastIndexOf((byte)'\n') + 1;
            int column = little || big ? 1 : Encoding.UTF8.GetString(bytes[start..at]).Length + 1;
            problems.Error(SpecCodes.File, new SpecPlace(line, column), "", $"a spec must be text in UTF-8, but byte 0x{e.BytesUnknown?.FirstOrDefault():X2} here is not");
            return null;
        }
    }
}
