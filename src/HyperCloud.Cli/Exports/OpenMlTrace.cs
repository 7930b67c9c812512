using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Exports;

/// <summary>
/// A sweep as an OpenML optimisation trace in ARFF: <c>repeat, fold, iteration, evaluation, selected</c>, then setup parameters. Readers of traces take
/// no attributes but those and ones that begin with <c>parameter_</c>, so a run's own facts are <c>parameter_hypercloud.NAME</c>. Every run is an
/// iteration of repeat 0 and fold 0; a run without a value has NaN, since readers want a number. <c>selected</c> is true for one run of the champion.
/// </summary>
internal static class OpenMlTrace
{
    private static readonly string[] s_facts = ["run", "trial", "pool", "task", "replicate", "rung", "stage", "seed", "attempt", "lost", "preempted", "state", "host", "durationMs", "cost", "currency", "code", "reason"];

    public static void Write(TextWriter to, SweepState state, IReadOnlyList<ExportedRun> runs)
    {
        string[] parameters = [.. state.Spec.Space.Parameters.Select(p => p.Name)];
        to.Write($"% sweep {state.Created!.Sweep}, head digest {state.HeadDigest}, metric {Line(state.Spec.Objective.Metric)}\n@RELATION Trace\n\n");
        foreach (string name in (string[])["repeat", "fold", "iteration", "evaluation"]) to.Write($"@ATTRIBUTE {name} NUMERIC\n");
        to.Write("@ATTRIBUTE selected {true, false}\n");
        foreach (string name in parameters.Concat(s_facts.Select(f => "hypercloud." + f))) to.Write($"@ATTRIBUTE {Quote("parameter_" + name)} STRING\n");
        to.Write("\n@DATA\n");
        bool selected = false;
        for (int i = 0; i < runs.Count; i++)
        {
            ExportedRun run = runs[i];
            bool champion = !selected && run.Run.Key.Trial == state.Champion?.Trial && run.Run.Key.Pool == SeedPool.Search;
            selected |= champion;
            JsonObject values = JsonNode.Parse(run.Trial.Assignment.ToJson())!.AsObject();
            Dictionary<string, string> facts = run.Facts().ToDictionary(f => f.Name, f => f.Text);
            to.Write(string.Create(CultureInfo.InvariantCulture, $"0,0,{i},{Number(run.Run.Result?.Value)},{(champion ? "true" : "false")}"));
            // As in traces of OpenML the values are JSON; '?' is what ARFF has for none.
            foreach (string name in parameters) to.Write("," + (values[name] is { } value ? Quote(value.ToJsonString()) : "?"));
            foreach (string name in s_facts) to.Write("," + (facts.TryGetValue(name, out string? text) ? Quote(text) : "?"));
            to.Write("\n");
        }
    }

    private static string Number(double? value) => value is not { } v ? "NaN"
        : double.IsPositiveInfinity(v) ? "inf" : double.IsNegativeInfinity(v) ? "-inf" : v.ToString("R", CultureInfo.InvariantCulture);

    private static string Line(string text) => text.ReplaceLineEndings(" ");

    /// <summary>A quoted ARFF text: backslash, quote and what would break the line are escaped.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in text)
        {
            quoted.Append(c switch { '\\' => "\\\\", '\'' => "\\'", '\n' => "\\n", '\r' => "\\r", '\t' => "\\t", _ => c.ToString() });
        }

        return quoted.Append('\'').ToString();
    }
}
