using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>trial</c>: exactly one runner with its options, and what all runners share; then asks the runner about its options.</summary>
internal sealed class TrialReader(ProblemList problems, SpecContext context, SectionReader root)
{
    public TrialSpec? Read(Space space)
    {
        if (context.TrialRequired)
            root.Require("trial", $"say how a run is executed, such as `trial: {{command: [python3, train.py, \"${{args}}\"]}}` (runners: {Kinds})");
        SectionReader reader = root.Section("trial");
        if (!reader.Given) return null;
        var trial = new TrialSpec
        {
            Runner = "",
            Options = default,
            Retries = (int?)reader.Integer("retries") ?? TrialSpec.DefaultRetries,
            Checkpoints = reader.Boolean("checkpoints") ?? false,
            WorkDir = reader.Text("workdir"),
            Env = reader.TextMap("env"),
            Slots = reader.TextMaps("slots"),
        };
        if (Runner(reader) is not { } entry) return null;
        if (!NodeJson.CanWrite(entry.Value)) return null;
        trial = trial with { Runner = entry.Key, Options = NodeJson.ToElement(entry.Value) };
        if (context.Runners?.GetValueOrDefault(entry.Key) is { } runner)
            foreach (RunnerFinding finding in runner.Validate(trial, space))
                Report(entry, finding);
        return trial;
    }

    private string Kinds => context.Runners is { Count: > 0 } runners ? string.Join(", ", runners.Keys.Order(StringComparer.Ordinal)) : "none registered";

    // The one entry of a runner; reports none, several and unknown ones.
    private MapEntry? Runner(SectionReader reader)
    {
        List<MapEntry> runners = [];
        bool mistaken = false;
        foreach (MapEntry entry in reader.Entries)
        {
            if (SpecKeys.Trial.Keys.Any(k => k.Name == entry.Key)) continue;
            if (context.Runners is null || context.Runners.ContainsKey(entry.Key))
            {
                runners.Add(entry);
                continue;
            }

            mistaken = true;
            UnknownKeys.Report(problems, SpecKeys.Trial, reader.Pointer, entry, context.Runners.Keys.Order(StringComparer.Ordinal));
        }

        if (runners.Count > 1)
            problems.Error(SpecCodes.Invalid, runners[1].KeyPlace, reader.PointerOf(runners[1].Key),
                $"`trial` must name exactly one runner, but got {string.Join(" and ", runners.Select(r => $"`{r.Key}`"))}");
        else if (runners.Count == 0 && !mistaken)
            problems.Error(SpecCodes.MissingKey, reader.Place, reader.Pointer,
                $"`trial` must name exactly one runner, but names none; the runners are {Kinds}");
        return runners.Count == 1 && !mistaken ? runners[0] : null;
    }

    private void Report(MapEntry entry, RunnerFinding finding)
    {
        SpecNode at = SpecNode.Nearest(entry.Value, finding.Pointer);
        string pointer = entry.Value.Pointer + finding.Pointer;
        if (finding.Fatal) problems.Error(SpecCodes.Runner, at.Place, pointer, finding.Message);
        else problems.Warn(SpecCodes.Runner, at.Place, pointer, finding.Message);
    }
}
