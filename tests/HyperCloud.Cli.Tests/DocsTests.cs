using System.Globalization;
using System.Reflection;

namespace HyperCloud.Cli.Tests;

/// <summary>docs/cli.md knows every verb and every exit code.</summary>
public sealed class DocsTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Root(), "docs", "cli.md"));

    [Fact]
    public void Every_verb_is_on_the_page() =>
        Assert.All(Verbs.Build().Subcommands, verb => Assert.True(s_page.Contains($"`{verb.Name} ", StringComparison.Ordinal) || s_page.Contains($"`{verb.Name}`", StringComparison.Ordinal), verb.Name));

    [Fact]
    public void Every_option_of_the_newer_verbs_is_on_the_page() =>
        Assert.All(
            Verbs.Build().Subcommands.Where(v => v.Name is "submit" or "watch" or "export" or "delete" or "simulate" or "doctor" or "retry").SelectMany(v => v.Options).Where(o => o is not System.CommandLine.Help.HelpOption),
            option => Assert.Contains(option.Name, s_page, StringComparison.Ordinal));

    [Fact]
    public void Every_exit_code_is_on_the_page_and_none_has_two_meanings()
    {
        int[] codes = [.. typeof(ExitCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (int)f.GetRawConstantValue()!)];
        Assert.Equal(codes.Length, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"| {code} |"), s_page, StringComparison.Ordinal));
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "HyperCloud.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
