using System.Globalization;
using System.Text;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>A parameter of a spec that is being made: its domain in flow YAML, and a remark.</summary>
internal sealed record InitParameter(string Name, string Domain, string Remark);

/// <summary>Collects what is known of a spec to be made, and writes it as commented YAML.</summary>
internal sealed class InitSheet(SpecInitOptions options)
{
    /// <summary>Where it comes from, in a sentence.</summary>
    public required string Origin { get; init; }

    public string Name { get; set; } = "my-sweep";

    public string Metric { get; set; } = "loss";

    public Goal Goal { get; set; }

    public string? Target { get; set; }

    public string Algorithm { get; set; } = "auto";

    public int Trials { get; set; } = 100;

    public List<string> Command { get; init; } = [];

    public List<InitParameter> Parameters { get; } = [];

    public List<string> Notes { get; } = [];

    /// <summary>The YAML, with the user's options in place of what was found.</summary>
    public SpecInitResult Finish()
    {
        string name = NameOf(options.Name ?? Name), metric = options.Metric ?? Metric;
        if (metric == "step" || !SpecKeys.Matches(metric, SpecKeys.Objective.Key("metric").Pattern!))
        {
            Notes.Add($"'{ScalarNode.Shorten(metric)}' cannot be the name of a metric; put yours in place of `loss`");
            metric = "loss";
        }

        Goal goal = options.Goal ?? Goal;
        var text = new StringBuilder();
        Line($"# {OneLine(Origin)} Every key: docs/spec.md. Check it: hypercloud validate FILE");
        foreach (string note in Notes) Line($"# Note: {OneLine(note)}");
        Line("");
        Line($"name: {Scalar(name)}");
        Line("");
        Line("# The metric that runs report, as a line on standard output such as");
        Line($"#   ::hypercloud:: {{\"step\": 3, {CanonicalText(metric)}: 0.21}}");
        Line($"objective: {{metric: {Scalar(metric)}, goal: {(goal == Goal.Minimize ? "minimize" : "maximize")}, statistic: mean{(Target is null ? "" : $", target: {Target}")}}}");
        Line("");
        if (Parameters.Count == 0)
        {
            Line("space: {}   # nothing to search: the sweep measures this one configuration");
        }
        else
        {
            Line("space:");
            int width = Math.Min(30, Parameters.Max(p => Scalar(p.Name).Length));
            foreach (InitParameter p in Parameters)
                Line($"  {(Scalar(p.Name) + ":").PadRight(width + 1)} {p.Domain}{(p.Remark.Length == 0 ? "" : $"   # {OneLine(p.Remark)}")}");
        }

        Line("");
        Line($"search: {{algorithm: {Scalar(Algorithm)}, seed: 0}}");
        Line(string.Create(CultureInfo.InvariantCulture, $"limits: {{trials: {Trials}}}   # also: parallel, failures, time: 2h, runTime: 10m"));
        Line("");
        Line("seeds:");
        Line("  search: 1                              # runs of each trial while searching");
        Line("  selection: {top: 8, runs: 80}          # the best are run again on fresh seeds");
        Line("  # The champion is measured on seeds nothing else has used. If the script reports a metric on data that training and");
        Line("  # tuning never read, name it: metric: test_loss. Otherwise holdout: none says that there is none.");
        Line("  evaluation: {seeds: 20, holdout: none}");
        Line("");
        Line("trial:");
        Line("  # ${args} becomes --name=value for each active parameter that is not named elsewhere; also ${param.NAME} and ${seed}.");
        Line($"  command: [{string.Join(", ", Command.Select(Scalar))}]");
        return new(text.ToString(), [.. Notes], []);

        void Line(string line) => text.Append(line).Append('\n');
    }

    /// <summary>A text as a YAML flow scalar that is read back as this text: plain where that is safe, else quoted.</summary>
    public static string Scalar(string text)
    {
        bool plain = text.Length > 0 && char.IsAsciiLetter(text[0]) && text[^1] != ' ' && text.All(c => char.IsAsciiLetterOrDigit(c) || "_-./ ".Contains(c, StringComparison.Ordinal))
            && YamlScalars.Resolve(text) is { Error: null, Warning: null, Value.Kind: ValueKind.Text };
        return plain ? text : CanonicalText(text);
    }

    /// <summary>A value as a YAML flow scalar of the same type.</summary>
    public static string Scalar(ParameterValue value) => value.Kind == ValueKind.Text ? Scalar(value.AsText()) : value.ToString();

    /// <summary>Any text as a name that a sweep may have.</summary>
    public static string NameOf(string text)
    {
        string name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).Trim('-', '.', '_');
        return name.Length == 0 ? "my-sweep" : name.Length > 64 ? name[..64] : name;
    }

    // JSON strings are YAML's double-quoted scalars.
    private static string CanonicalText(string text)
    {
        var json = new CanonicalJson();
        json.Value(text);
        return json.ToString();
    }

    // A remark must not end its comment, nor hold what cannot stand in a spec.
    private static string OneLine(string text) => string.Join(' ',
        string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\uFEFF' ? ' ' : c)).Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
