using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>What stands under <c>command:</c>, with the templates of the trial's environment.</summary>
internal sealed class CommandOptions
{
    /// <summary>How long a run that is told to end has before it is killed, unless the spec says otherwise.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(5);

    private ImmutableArray<Template> _elements = [];
    private readonly SortedDictionary<string, Template> _env = new(StringComparer.Ordinal);
    private readonly List<SortedDictionary<string, Template>> _slots = [];

    private CommandOptions()
    {
    }

    /// <summary>Time between SIGTERM and SIGKILL.</summary>
    public TimeSpan Grace { get; private set; } = DefaultGrace;

    /// <summary>Everything that is wrong.</summary>
    public List<RunnerFinding> Findings { get; } = [];

    /// <summary>The list as the spec writes it, templates unfilled.</summary>
    public ImmutableArray<string> Source { get; private set; } = [];

    /// <summary>The elements that hold no reference, with their position: the files a run depends on are among them.</summary>
    public IEnumerable<(int Index, string Text)> Literals => _elements.Select((t, i) => (t, i)).Where(e => e.t.IsLiteral).Select(e => (e.i, Source[e.i]));

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

        options.ReadElements(list, at, space);
        options.ReadEnvironment(trial, space);
        return options;
    }

    /// <summary>The command line for one run.</summary>
    public ImmutableArray<string> Render(RunRequest request)
    {
        var line = ImmutableArray.CreateBuilder<string>();
        foreach (Template element in _elements)
        {
            if (element.IsArgs) line.AddRange(Args(request.Assignment));
            else if (element.Render(request) is { } text) line.Add(text);
        }

        return line.ToImmutable();
    }

    /// <summary>The variables of <c>env</c> and of the run's slot, filled; those that name an inactive parameter are absent.</summary>
    public IEnumerable<KeyValuePair<string, string>> Variables(RunRequest request)
    {
        IEnumerable<KeyValuePair<string, Template>> slot = _slots.Count > 0 ? _slots[request.Slot % _slots.Count] : [];
        foreach ((string name, Template template) in _env.Concat(slot))
            if (template.Render(request) is { } value) yield return new(name, value);
    }

    // One --name=value for each active parameter that is referenced nowhere else.
    private IEnumerable<string> Args(Assignment assignment)
    {
        HashSet<string> elsewhere =
            [.. _elements.Concat(_env.Values).Concat(_slots.SelectMany(s => s.Values)).SelectMany(t => t.Parameters)];
        return assignment.Active().Where(p => !elsewhere.Contains(p.Key)).Select(p => $"--{p.Key}={p.Value}");
    }

    private void ReadElements(JsonElement list, string at, Space space)
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

        var source = ImmutableArray.CreateBuilder<string>();
        var elements = ImmutableArray.CreateBuilder<Template>();
        foreach (JsonElement e in list.EnumerateArray())
        {
            string pointer = string.Create(CultureInfo.InvariantCulture, $"{at}/{source.Count}");
            // A YAML list such as [train, --epochs, 20] has a number in it; only what has one spelling is taken as text.
            string? text = e.ValueKind == JsonValueKind.String ? e.GetString()
                : e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out long n) ? n.ToString(CultureInfo.InvariantCulture)
                : null;
            if (text is null) Findings.Add(new(true, pointer, $"an argument must be a text, but got {OptionReader.Show(e)}; put it into quotes"));
            else if (text.Contains('\0')) Findings.Add(new(true, pointer, "an argument cannot hold the character NUL"));
            source.Add(text ?? "");
            elements.Add(Parse(text ?? "", space, argsAllowed: true, pointer, ""));
        }

        Source = source.ToImmutable();
        _elements = elements.ToImmutable();
        if (_elements[0].IsArgs || Source[0].Length == 0) Findings.Add(new(true, $"{at}/0", $"the first element must be the program, but got '{Source[0]}'"));
        foreach (string name in _elements[0].Parameters)
            if (space.Parameters[space.IndexOf(name)].When.Length > 0)
                Findings.Add(new(true, $"{at}/0", $"the program cannot hang on '{name}', which is not always active"));
        foreach (int second in Enumerable.Range(0, _elements.Length).Where(i => _elements[i].IsArgs).Skip(1))
            Findings.Add(new(true, string.Create(CultureInfo.InvariantCulture, $"{at}/{second}"), "${args} is there twice"));
    }

    private void ReadEnvironment(TrialSpec trial, Space space)
    {
        ReadVariables(trial.Env, "env", _env, space);
        for (int i = 0; i < trial.Slots.Length; i++)
        {
            var slot = new SortedDictionary<string, Template>(StringComparer.Ordinal);
            ReadVariables(trial.Slots[i], string.Create(CultureInfo.InvariantCulture, $"slots[{i}]"), slot, space);
            _slots.Add(slot);
        }
    }

    private void ReadVariables(ImmutableSortedDictionary<string, string> from, string place, SortedDictionary<string, Template> to, Space space)
    {
        foreach ((string name, string value) in from)
        {
            if (name.Length == 0 || name.AsSpan().IndexOfAny('=', '\0') >= 0) Findings.Add(new(true, "", $"{place}: '{name}' cannot be the name of a variable"));
            else if (name.StartsWith("HYPERCLOUD_", StringComparison.OrdinalIgnoreCase))
                Findings.Add(new(true, "", $"{place}: '{name}' is one of HyperCloud's own variables; choose another name"));
            else if (value.Contains('\0')) Findings.Add(new(true, "", $"{place}.{name}: a value cannot hold the character NUL"));
            else to[name] = Parse(value, space, argsAllowed: false, "", $"{place}.{name}: ");
        }
    }

    private Template Parse(string text, Space space, bool argsAllowed, string pointer, string prefix)
    {
        List<string> problems = [];
        Template template = Template.Parse(text, space, argsAllowed, problems);
        Findings.AddRange(problems.Select(p => new RunnerFinding(true, pointer, prefix + p)));
        return template;
    }
}
