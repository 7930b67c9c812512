using System.Reflection;
using System.Text.RegularExpressions;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

/// <summary>docs/spec.md against the table of keys.</summary>
public partial class DocTests
{
    private static readonly Lazy<string> s_text = new(() => File.ReadAllText(Path.Combine(Root, "docs", "spec.md")));

    // The rows of the table under a section's heading, by key.
    private static Dictionary<string, string[]> Rows(SpecSection section)
    {
        string heading = section.Path.Length == 0 ? "## The whole" : $"# `{section.Path}`";
        int from = s_text.Value.IndexOf(heading + "\n", StringComparison.Ordinal);
        Assert.True(from >= 0, $"docs/spec.md has no heading {heading}");
        int to = s_text.Value.IndexOf("\n## ", from + 4, StringComparison.Ordinal) is >= 0 and var next ? next : s_text.Value.Length;
        int inner = s_text.Value.IndexOf("\n### ", from + 4, StringComparison.Ordinal);
        if (inner >= 0 && inner < to) to = inner;
        return s_text.Value[from..to].Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
            .Select(l => l.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)).ToDictionary(c => c[0].Trim('`'));
    }

    [Fact]
    public void Every_key_is_documented_with_its_type_and_default_and_no_other()
    {
        foreach (SpecSection section in SpecKeys.All)
        {
            Dictionary<string, string[]> rows = Rows(section);
            Assert.Equal(section.Keys.Select(k => k.Name), rows.Keys);
            foreach (SpecKey key in section.Keys)
            {
                string[] cells = rows[key.Name];
                Assert.Equal(4, cells.Length);
                string type = key.Type switch
                {
                    KeyType.Text => "text",
                    KeyType.Integer => "whole number",
                    KeyType.Number => "number",
                    KeyType.Boolean => "boolean",
                    KeyType.Choice => "choice",
                    KeyType.Duration => "duration",
                    KeyType.Money => "money",
                    KeyType.Scalar => "any",
                    KeyType.Scalars or KeyType.TextMaps or KeyType.Combinations or KeyType.Configurations or KeyType.SectionList => "list",
                    KeyType.SectionOrList => "mapping or list",
                    KeyType.Interval => "two numbers",
                    _ => "mapping",
                };
                Assert.Equal(type, cells[1]);
                if (key.Default is not null) Assert.Equal($"`{key.Default}`", cells[2]);
                else if (key.Required) Assert.Equal("required", cells[2]);
                else Assert.DoesNotContain('`', cells[2].Replace("`slots`", "", StringComparison.Ordinal));
                foreach (string choice in key.Choices) Assert.Contains($"`{choice}`", cells[3], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Every_code_is_documented_and_no_other()
    {
        string[] codes = [.. typeof(SpecCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)];
        string table = s_text.Value[s_text.Value.IndexOf("## Codes of problems", StringComparison.Ordinal)..];
        Assert.Equal(codes, CodeRow().Matches(table).Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void The_examples_are_specs()
    {
        string[] examples = [.. Example().Matches(s_text.Value).Select(m => m.Groups[1].Value)];
        Assert.True(examples.Length >= 4);
        foreach (string example in examples) Clean(Yaml(example));
    }

    [Fact]
    public void The_defaults_of_the_table_are_those_of_the_code()
    {
        Assert.Equal(new SelectionSpec { Top = Default(SpecKeys.Selection, "top"), Runs = Default(SpecKeys.Selection, "runs"), MaxSeeds = Default(SpecKeys.Selection, "maxSeeds") }, new SelectionSpec());
        Assert.Equal(new LimitsSpec { Trials = Default(SpecKeys.Limits, "trials") }, new LimitsSpec());
        Assert.Equal(new ScheduleSpec { Cron = "", Seeds = Default(SpecKeys.Schedule, "seeds"), Neighbours = Default(SpecKeys.Schedule, "neighbours") }, new ScheduleSpec { Cron = "" });
        Assert.Equal(new EarlyStoppingSpec { Rule = "", Max = 9, Min = Default(SpecKeys.EarlyStopping, "min"), Reduction = Default(SpecKeys.EarlyStopping, "reduction") }, new EarlyStoppingSpec { Rule = "", Max = 9 });

        static int Default(SpecSection section, string key) => int.Parse(section.Key(key).Default!);
    }

    [GeneratedRegex("^\\| `([a-z-]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex CodeRow();

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();
}
