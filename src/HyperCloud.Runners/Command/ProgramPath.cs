namespace HyperCloud.Runners;

/// <summary>Finds the file a command's first element names, as a shell would.</summary>
internal static class ProgramPath
{
    /// <summary>
    /// With a directory separator: that file, relative to the working directory. Otherwise the first executable of that name on
    /// <paramref name="path"/>. Null with a sentence in <paramref name="problem"/> when there is none.
    /// </summary>
    public static string? Find(string program, string workDirectory, string? path, out string problem)
    {
        problem = "";
        if (program.Contains('/') || program.Contains(Path.DirectorySeparatorChar))
        {
            string file = Path.GetFullPath(program, workDirectory);
            if (WithExtension(file) is not { } found) problem = $"there is no file '{program}' (looked for {file})";
            else if (!IsExecutable(found)) problem = $"'{program}' is not executable; chmod +x it, or name its interpreter first";
            else return found;
            return null;
        }

        string[] places = (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        foreach (string place in places)
            if (WithExtension(Path.Combine(workDirectory, place, program)) is { } found && IsExecutable(found)) return found;
        problem = File.Exists(Path.Combine(workDirectory, program))
            ? $"there is no program '{program}' on PATH; for the file of that name write './{program}'"
            : $"there is no program '{program}' on PATH ({(places.Length == 0 ? "which is empty" : string.Join(Path.PathSeparator, places))}); install it or write its full path";
        return null;
    }

    private static string? WithExtension(string file)
    {
        if (File.Exists(file)) return file;
        if (!OperatingSystem.IsWindows()) return null;
        return new[] { ".exe", ".cmd", ".bat" }.Select(e => file + e).FirstOrDefault(File.Exists);
    }

    private static bool IsExecutable(string file) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
