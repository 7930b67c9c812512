using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>The variables that a spec adds to the environment of its runs: <c>env</c>, and those of the run's slot, with templates.</summary>
internal sealed class RunVariables
{
    private readonly SortedDictionary<string, Template> _env = new(StringComparer.Ordinal);
    private readonly List<SortedDictionary<string, Template>> _slots = [];

    /// <summary>The parameters they name.</summary>
    public IEnumerable<string> Parameters => _env.Values.Concat(_slots.SelectMany(s => s.Values)).SelectMany(t => t.Parameters);

    /// <summary>Reads what all runners share.</summary>
    /// <param name="trial">The section.</param>
    /// <param name="space">The space whose parameters may be named.</param>
    /// <param name="findings">Where findings go.</param>
    public static RunVariables Read(TrialSpec trial, Space space, List<RunnerFinding> findings)
    {
        var variables = new RunVariables();
        foreach ((string name, string value) in trial.Env) Add(variables._env, name, value, "", "env", space, findings);
        for (int i = 0; i < trial.Slots.Length; i++)
        {
            var slot = new SortedDictionary<string, Template>(StringComparer.Ordinal);
            foreach ((string name, string value) in trial.Slots[i]) Add(slot, name, value, "", string.Create(CultureInfo.InvariantCulture, $"slots[{i}]"), space, findings);
            variables._slots.Add(slot);
        }

        return variables;
    }

    /// <summary>Adds a variable of the runner's own options; one that is there is an error.</summary>
    public void Add(string name, string value, string pointer, Space space, List<RunnerFinding> findings)
    {
        if (_env.ContainsKey(name)) findings.Add(new(true, pointer, $"the variable '{name}' is in trial.env, too"));
        else Add(_env, name, value, pointer, "env", space, findings);
    }

    /// <summary>The variables of one run; those that name an inactive parameter are absent.</summary>
    public IEnumerable<KeyValuePair<string, string>> Render(RunRequest request)
    {
        IEnumerable<KeyValuePair<string, Template>> slot = _slots.Count > 0 ? _slots[request.Slot % _slots.Count] : [];
        foreach ((string name, Template template) in _env.Concat(slot))
            if (template.Render(request) is { } value) yield return new(name, value);
    }

    private static void Add(SortedDictionary<string, Template> to, string name, string value, string pointer, string place, Space space, List<RunnerFinding> findings)
    {
        if (name.Length == 0 || name.AsSpan().IndexOfAny('=', '\0') >= 0) findings.Add(new(true, pointer, $"{place}: '{name}' cannot be the name of a variable"));
        else if (name.StartsWith("HYPERCLOUD_", StringComparison.OrdinalIgnoreCase))
            findings.Add(new(true, pointer, $"{place}: '{name}' is one of HyperCloud's own variables; choose another name"));
        else if (value.Contains('\0')) findings.Add(new(true, pointer, $"{place}.{name}: a value cannot hold the character NUL"));
        else
        {
            List<string> problems = [];
            to[name] = Template.Parse(value, space, argsAllowed: false, problems);
            findings.AddRange(problems.Select(p => new RunnerFinding(true, pointer, $"{place}.{name}: {p}")));
        }
    }
}
