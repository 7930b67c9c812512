using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>A parameter as read: its name, its entry in the spec, and the parameter without conditions unless it is faulty.</summary>
internal sealed record ReadParameter(string Name, MapEntry Entry, SectionReader Reader, Parameter? Parameter);

/// <summary>Reads <c>space</c>: names, then each parameter alone, then the conditions between them.</summary>
internal sealed class SpaceReader(ProblemList problems, SpecNode? node)
{
    /// <summary>Search spaces beyond this are mistakes; the checks between parameters are quadratic.</summary>
    public const int MaxParameters = 1000;

    private readonly List<ReadParameter> _read = [];

    /// <summary>What could be read of each parameter, in the spec's order.</summary>
    public IReadOnlyList<ReadParameter> Parameters => _read;

    /// <summary>
    /// All parameters by name without conditions, faulty ones as constants: enough to check whether a template names a parameter, so that
    /// the runner's findings need not wait until the space is right.
    /// </summary>
    public Space Provisional => new(_read.Select(r => r.Parameter ?? new ConstantParameter(r.Name, ParameterValue.Null)));

    /// <summary>Reads the space; null when anything is wrong with it. A space that is not given has no parameters.</summary>
    public Space? Read()
    {
        if (node is null || node.IsNull) return new Space([]);
        if (node is not MapNode map)
        {
            if (node is not ScalarNode { Refused: true })
                problems.Error(SpecCodes.WrongType, node, $"`space` must be a mapping from names to parameters, such as {{lr: {{min: 1e-4, max: 0.1, scale: log}}}}, but got {node.Describe()}");
            return null;
        }

        if (map.Entries.Count > MaxParameters)
        {
            problems.Error(SpecCodes.TooLarge, node, FormattableString.Invariant($"a space may have {MaxParameters} parameters, but this one has {map.Entries.Count}"));
            return null;
        }

        bool names = Names(map);
        foreach (MapEntry entry in map.Entries)
            if (SpecKeys.Matches(entry.Key, SpecKeys.ParameterNamePattern))
                _read.Add(ReadOne(entry));
        var conditions = new ConditionReader(problems, _read);
        Parameter[]? finished = conditions.Read();
        if (!names || finished is null || _read.Any(r => r.Parameter is null)) return null;
        Defaults();
        return new Space(finished);
    }

    private ReadParameter ReadOne(MapEntry entry)
    {
        string pointer = SpecNode.Child(node!.Pointer, entry.Key);
        if (entry.Value is not MapNode)
        {
            string advice = entry.Value switch
            {
                ScalarNode { Refused: true } => "",
                ScalarNode { IsNull: true } => "give it a range, a list of values or a value",
                ScalarNode scalar => $"for a constant write {{value: {scalar.Written}}}",
                _ => "for a choice write {values: [...]}",
            };
            if (advice.Length > 0)
                problems.Error(SpecCodes.WrongType, entry.Value, $"the parameter '{entry.Key}' must be a mapping, but got {entry.Value.Describe()}; {advice}");
            return new ReadParameter(entry.Key, entry, new SectionReader(new ProblemList(), SpecKeys.Parameter, null, pointer, entry.KeyPlace), null);
        }

        var reader = new SectionReader(problems, SpecKeys.Parameter, entry.Value, pointer, entry.KeyPlace);
        return new ReadParameter(entry.Key, entry, reader, new ParameterReader(entry.Key, reader).Read());
    }

    private bool Names(MapNode map)
    {
        bool good = true;
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (MapEntry entry in map.Entries)
        {
            string pointer = SpecNode.Child(map.Pointer, entry.Key);
            if (!SpecKeys.Matches(entry.Key, SpecKeys.ParameterNamePattern))
            {
                problems.Error(SpecCodes.Name, entry.KeyPlace, pointer,
                    $"a parameter's name begins with a letter and goes on with letters, digits, '_', '.' and '-', 128 at most, but got '{ScalarNode.Shorten(entry.Key)}'");
                good = false;
                continue;
            }

            string variable = VariableOf(entry.Key);
            if (variables.TryAdd(variable, entry.Key)) continue;
            problems.Error(SpecCodes.Name, entry.KeyPlace, pointer,
                $"the parameters '{variables[variable]}' and '{entry.Key}' would both be the environment variable {variable}; rename one");
            good = false;
        }

        return good;
    }

    /// <summary>The environment variable of a parameter (SEMANTICS §6, §7).</summary>
    private static string VariableOf(string name) =>
        "HYPERCLOUD_PARAM_" + name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');

    private void Defaults()
    {
        ReadParameter[] without = [.. _read.Where(r => r.Parameter is { Default: null } and not ConstantParameter)];
        int with = _read.Count(r => r.Parameter?.Default is not null);
        if (with == 0 || without.Length == 0) return;
        problems.Warn(SpecCodes.Weak, without[0].Entry.KeyPlace, without[0].Reader.Pointer,
            $"the default configuration is the baseline only when it is complete, but {string.Join(", ", without.Take(5).Select(r => $"'{r.Name}'"))}{(without.Length > 5 ? ", …" : "")} {(without.Length == 1 ? "has" : "have")} no default");
    }
}
