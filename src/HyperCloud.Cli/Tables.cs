namespace HyperCloud.Cli;

/// <summary>Plain tables on standard output: columns as wide as they need, nothing but spaces between.</summary>
internal static class Tables
{
    public static void Write(string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        int[] widths = [.. header.Select((_, i) => all.Max(r => r[i].Length))];
        foreach (string[] row in all) Console.WriteLine(string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
