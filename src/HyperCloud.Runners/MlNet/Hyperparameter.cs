using System.Globalization;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>A hyperparameter a trainer understands: a number in a range, a whole number in a range, or one of some words.</summary>
/// <param name="Name">Its name in spaces.</param>
/// <param name="Default">What the trainer takes when the space does not name it.</param>
internal sealed record Hyperparameter(string Name, ParameterValue Default)
{
    /// <summary>Smallest value, inclusive unless <see cref="AboveMin"/>.</summary>
    public double Min { get; private init; } = double.NegativeInfinity;

    /// <summary>Largest value, inclusive.</summary>
    public double Max { get; private init; } = double.PositiveInfinity;

    /// <summary>The value must be greater than <see cref="Min"/>.</summary>
    public bool AboveMin { get; private init; }

    /// <summary>Only whole numbers.</summary>
    public bool Whole { get; private init; }

    /// <summary>The words it takes; empty for numbers.</summary>
    public string[] Words { get; private init; } = [];

    /// <summary>Other names for the same.</summary>
    public string[] Aliases { get; private init; } = [];

    /// <summary>A number in [min, max], or (min, max].</summary>
    public static Hyperparameter Number(string name, double @default, double min, double max, bool aboveMin = false, params string[] aliases) =>
        new(name, ParameterValue.Of(@default)) { Min = min, Max = max, AboveMin = aboveMin, Aliases = aliases };

    /// <summary>A whole number in [min, max].</summary>
    public static Hyperparameter Integer(string name, long @default, long min, long max, params string[] aliases) =>
        new(name, ParameterValue.Of(@default)) { Min = min, Max = max, Whole = true, Aliases = aliases };

    /// <summary>One of some words, the first by default.</summary>
    public static Hyperparameter Word(string name, string[] words, params string[] aliases) =>
        new(name, ParameterValue.Of(words[0])) { Words = words, Aliases = aliases };

    /// <summary>Whether the name or an alias is the given one.</summary>
    public bool IsNamed(string name) => Name == name || Aliases.Contains(name);

    /// <summary>What is wrong with a value; null when nothing is.</summary>
    public string? Problem(ParameterValue value)
    {
        if (Words.Length > 0)
        {
            string word = value.ToString();
            return Words.Contains(word) ? null : $"'{Name}' cannot be {Show(value)}{Nearest.Hint(word, Words)}";
        }

        if (!value.IsNumeric) return $"'{Name}' must be a number, but can be {Show(value)}";
        double v = value.AsNumber();
        if (Whole && v != Math.Floor(v)) return $"'{Name}' must be a whole number, but can be {Show(value)}";
        return v < Min || v > Max || (AboveMin && v == Min) ? $"'{Name}' must be {Range}, but can be {Show(value)}" : null;
    }

    /// <summary>What is wrong with the domain of a parameter of this name; null when nothing is.</summary>
    public string? Problem(Parameter parameter) => parameter switch
    {
        FloatParameter { Step: null } when Whole => $"'{Name}' must be a whole number: write type: int",
        FloatParameter p => Problem(ParameterValue.Of(p.Min)) ?? Problem(ParameterValue.Of(p.Max)) ?? (Whole ? Problem(p.ValueAt(Math.Min(1, p.Cardinality!.Value - 1))) : null),
        IntParameter p => Problem(ParameterValue.Of(p.Min)) ?? Problem(ParameterValue.Of(p.Max)),
        CategoricalParameter p => p.Values.Select(Problem).FirstOrDefault(m => m is not null),
        ConstantParameter p => Problem(p.Value),
        _ => null,
    };

    private string Range => string.Create(CultureInfo.InvariantCulture,
        $"{(AboveMin ? "above" : "at least")} {Min}{(double.IsPositiveInfinity(Max) ? "" : string.Create(CultureInfo.InvariantCulture, $" and at most {Max}"))}");

    private static string Show(ParameterValue value) => value.Kind == ValueKind.Text ? $"'{value}'" : value.ToString();
}

/// <summary>The hyperparameters of one run, by the trainer's names, defaults filled in.</summary>
internal sealed class HyperparameterValues
{
    private readonly Dictionary<string, ParameterValue> _values = new(StringComparer.Ordinal);

    /// <summary>Takes the active parameters of an assignment.</summary>
    public HyperparameterValues(IReadOnlyList<Hyperparameter> known, Assignment assignment)
    {
        foreach (Hyperparameter h in known) _values[h.Name] = h.Default;
        foreach ((string name, ParameterValue value) in assignment.Active())
        {
            Hyperparameter h = known.FirstOrDefault(k => k.IsNamed(name)) ?? throw new ArgumentException($"there is no hyperparameter '{name}'", nameof(assignment));
            if (h.Problem(value) is { } problem) throw new ArgumentException(problem, nameof(assignment));
            _values[h.Name] = value;
            Given.Add(h.Name);
        }
    }

    /// <summary>The names that the configuration gives, as opposed to defaults.</summary>
    public HashSet<string> Given { get; } = new(StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IEnumerable<KeyValuePair<string, ParameterValue>> All => _values;

    /// <summary>A number.</summary>
    public double Number(string name) => _values[name].AsNumber();

    /// <summary>A whole number.</summary>
    public int Integer(string name) => (int)_values[name].AsNumber();

    /// <summary>A word.</summary>
    public string Word(string name) => _values[name].ToString();

    /// <summary>Checks that a space has only hyperparameters a trainer understands, each once, and only values that it takes.</summary>
    public static IEnumerable<RunnerFinding> Check(string trainer, IReadOnlyList<Hyperparameter> known, Space space)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Parameter parameter in space.Parameters)
        {
            Hyperparameter? h = known.FirstOrDefault(k => k.IsNamed(parameter.Name));
            if (h is null)
                yield return new RunnerFinding(true, "/trainer", $"{trainer} has no hyperparameter '{parameter.Name}'{Nearest.Hint(parameter.Name, [.. known.SelectMany(k => k.Aliases.Prepend(k.Name))])}");
            else if (!seen.TryAdd(h.Name, parameter.Name))
                yield return new RunnerFinding(true, "/trainer", $"'{seen[h.Name]}' and '{parameter.Name}' are the same hyperparameter of {trainer}");
            else if (h.Problem(parameter) is { } problem) yield return new RunnerFinding(true, "/trainer", $"{trainer}: {problem}");
        }
    }
}
