using System.Xml.Linq;

namespace HyperCloud.Core.Tests;

/// <summary>The house of the design: arrows between projects point inward only, and the pure projects stay pure.</summary>
public sealed class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Search"] = ["Core"],
        ["Statistics"] = ["Core"],
        ["Sweeps"] = ["Core", "Search", "Statistics"],
        ["Storage"] = ["Sweeps"],
        ["Runners"] = ["Sweeps"],
        ["Web"] = ["Sweeps"],
        ["Local"] = ["Sweeps"],
        ["Cli"] = ["Sweeps", "Storage", "Runners", "Local", "Web"],
    };

    [Fact]
    public void Every_project_is_in_the_map() => Assert.Equal(Allowed.Keys.Order(), Projects().Select(p => p.Name).Order());

    [Fact]
    public void References_point_inward_only()
    {
        foreach ((string name, XDocument project) in Projects())
        {
            string[] references = [.. project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!.Value).Replace("HyperCloud.", ""))];
            Assert.All(references, r => Assert.True(Allowed[name].Contains(r), $"{name} must not reference {r}"));
        }
    }

    [Fact]
    public void The_pure_projects_reference_no_package()
    {
        foreach ((string name, XDocument project) in Projects().Where(p => p.Name is "Core" or "Search" or "Statistics"))
            Assert.True(!project.Descendants("PackageReference").Any(), $"{name} must stay free of packages");
    }

    [Fact]
    public void Pure_code_reads_no_clock_no_files_and_no_unkeyed_randomness()
    {
        string[] forbidden = ["System.Random", "new Random(", "Random.Shared", "DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.Now", "DateTimeOffset.UtcNow", "Stopwatch", "File.", "Environment.", "Guid.NewGuid"];
        foreach (string name in new[] { "Core", "Search", "Statistics" })
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Root(), "src", $"HyperCloud.{name}"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")))
            {
                string code = string.Join("\n", File.ReadLines(file).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));
                Assert.All(forbidden, word => Assert.False(code.Contains(word, StringComparison.Ordinal), $"{Path.GetFileName(file)} uses {word}"));
            }
    }

    private static IEnumerable<(string Name, XDocument Project)> Projects() =>
        Directory.EnumerateDirectories(Path.Combine(Root(), "src")).Select(d => (Path.GetFileName(d).Replace("HyperCloud.", ""), XDocument.Load(Path.Combine(d, Path.GetFileName(d) + ".csproj"))));

    private static string Root()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "HyperCloud.sln"))) return folder;
        throw new InvalidOperationException("the tests must run inside the repository");
    }
}
