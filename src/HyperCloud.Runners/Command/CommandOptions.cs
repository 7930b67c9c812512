using System.Collections.Immutable;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>What stands under <c>command:</c>, with the templates of the trial's environment.</summary>
internal sealed class CommandOptions
{
    /// <summary>How long a run that is told to end has before it is killed, unless the spec says otherwise.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(5);

    private ArgumentList _line = ArgumentList.Empty;

    private CommandOptions()
    {
    }

    /// <summary>Time between SIGTERM and SIGKILL.</summary>
    public TimeSpan Grace { get; private set; } = DefaultGrace;

    /// <summary>Everything that is wrong.</summary>
    public List<RunnerFinding> Findings { get; } = [];

    /// <summary>The variables of <c>env</c> and <c>slots</c>.</summary>
    public RunVariables Variables { get; private set; } = new();

    /// <summary>The elements that hold no reference, with their position: the files a run depends on are among them.</summary>
    public IEnumerable<(int Index, string Text)> Literals =>
        _line.Elements.Select((t, i) => (t, i)).Where(e => e.t.IsLiteral).Select(e => (e.i, _line.Source[e.i]));

    /// <summary>Reads the options; never throws.</summary>
    public static CommandOptions Read(TrialSpec trial, Space space)
    {
        var options = new CommandOptions();
        JsonElement list = trial.Options;
        string at = "";
        if (list.ValueKind == JsonValueKind.Object)
        {
            var reader = new OptionReader("command", list, options.Findings);
            options.Grace = reader.Duration("grace") ?? DefaultGrace;
            bool hasRun = reader.Has("run");
            reader.RefuseUnknown();
            if (!hasRun)
            {
                options.Findings.Add(new(true, "", "command needs 'run': the list of the program and its arguments"));
                return options;
            }

            (list, at) = (list.GetProperty("run"), "/run");
        }

        options.ReadLine(list, at, space);
        options.Variables = RunVariables.Read(trial, space, options.Findings);
        return options;
    }

    /// <summary>The command line for one run.</summary>
    public ImmutableArray<string> Render(RunRequest request) => _line.Render(request, _line.Parameters.Concat(Variables.Parameters).ToHashSet());

    private void ReadLine(JsonElement list, string at, Space space)
    {
        if (list.ValueKind == JsonValueKind.String)
        {
            string[] words = list.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Findings.Add(new(true, at, $"command must be a list, one element an argument, because no shell takes it apart; write [{string.Join(", ", words.Select(w => $"\"{w}\""))}]"));
            return;
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            Findings.Add(new(true, at, $"command must be a list of the program and its arguments, such as [python3, train.py, \"${{args}}\"], but got {OptionReader.Show(list)}"));
            return;
        }

        _line = ArgumentList.Read(list, at, space, Findings);
        if (_line.Elements[0].IsArgs || _line.Source[0].Length == 0) Findings.Add(new(true, $"{at}/0", $"the first element must be the program, but got '{_line.Source[0]}'"));
        foreach (string name in _line.Elements[0].Parameters)
            if (space.Parameters[space.IndexOf(name)].When.Length > 0)
                Findings.Add(new(true, $"{at}/0", $"the program cannot hang on '{name}', which is not always active"));
    }
}
