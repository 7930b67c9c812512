using System.Collections.Immutable;
using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads one parameter without its conditions: exactly one of a range, a list of values, or a constant.</summary>
internal sealed class ParameterReader(string name, SectionReader reader)
{
    /// <summary>Longer lists are mistakes: no search tells so many unordered values apart, and every check of a value walks the list.</summary>
    public const int MaxValues = 1000;

    private static readonly string[] s_range = ["type", "min", "max", "scale", "step", "points"];

    private bool _good = true;

    public Parameter? Read()
    {
        bool range = s_range.Any(Has), values = Has("values"), value = Has("value");
        ParameterRole? role = reader.Choice("kind") switch { "model" => ParameterRole.Model, "algorithm" => ParameterRole.Algorithm, _ => null };
        bool? ordered = reader.Boolean("ordered");
        if (!Alone(range, values, value)) return null;
        if (!values && ordered == true) Fail("ordered", SpecCodes.Invalid, $"`ordered` goes with `values`, which '{name}' does not have");
        Parameter? parameter = value ? Constant() : values ? Listed(ordered == true) : new RangeReader(name, reader).Read();
        if (parameter is null) return null;
        parameter = parameter with { Role = role };
        if (Has("default")) parameter = Default(parameter);
        if (Has("prior")) parameter = Prior(parameter);
        return _good ? parameter : null;
    }

    private bool Has(string key) => reader.Node(key) is not null;

    private void Fail(string key, string code, string message)
    {
        _good = false;
        reader.Error(code, key, message);
    }

    // One kind of domain, and the error for none or several.
    private bool Alone(bool range, bool values, bool value)
    {
        if (values && value) Fail("value", SpecCodes.Invalid, $"'{name}' has both `value` (a constant) and `values` (a choice); keep one");
        if (!range && !values && !value)
        {
            if (reader.Given)
                reader.Problems.Error(SpecCodes.MissingKey, reader.Place, reader.Pointer,
                    $"'{name}' has no domain: give `min` and `max`, or `values`, or `value`");
            return false;
        }

        if (range && (values || value))
        {
            string wrong = s_range.First(Has), kept = values ? "values" : "value";
            Fail(wrong, SpecCodes.Invalid, wrong == "type"
                ? $"`type` goes with `min` and `max`; with `{kept}`, '{name}' keeps the types of what is listed, so leave it out"
                : $"'{name}' has both `{wrong}` (a range) and `{kept}`; keep one");
        }

        return _good;
    }

    private ConstantParameter? Constant()
    {
        if (Has("default")) Fail("default", SpecCodes.Invalid, $"'{name}' is a constant, so it has no `default`; leave it out");
        switch (reader.Node("value"))
        {
            case ScalarNode { Refused: true }: return null;
            case ScalarNode scalar: return _good ? new ConstantParameter(name, scalar.Value) : null;
            default:
                SpecNode node = reader.Node("value")!;
                Fail("value", SpecCodes.WrongType,
                    $"the value of '{name}' must be a single value, but got {node.Describe()}{(node is ListNode ? "; for a choice write `values`" : "")}");
                return null;
        }
    }

    private CategoricalParameter? Listed(bool ordered)
    {
        if (reader.Node("values") is not ListNode { Items.Count: > 0 } list)
        {
            SpecNode node = reader.Node("values")!;
            if (node is not ScalarNode { Refused: true })
                Fail("values", SpecCodes.WrongType, $"the values of '{name}' must be a list with at least one value, but got {node.Describe()}");
            return null;
        }

        if (list.Items.Count > MaxValues)
        {
            Fail("values", SpecCodes.TooLarge,
                FormattableString.Invariant($"a list may have {MaxValues} values, but that of '{name}' has {list.Items.Count}; is it a range?"));
            return null;
        }

        var values = ImmutableArray.CreateBuilder<ParameterValue>();
        Dictionary<ParameterValue, string> seen = [];
        foreach (SpecNode item in list.Items)
        {
            if (item is ScalarNode { Refused: true }) _good = false;
            else if (item is not ScalarNode scalar)
            {
                _good = false;
                reader.Problems.Error(SpecCodes.WrongType, item, $"the values of '{name}' must be single values, but got {item.Describe()}");
            }
            else if (!seen.TryAdd(scalar.Value, scalar.Written))
            {
                _good = false;
                string same = seen[scalar.Value] == scalar.Written ? "stands twice" : $"equals {seen[scalar.Value]}, which stands there already";
                reader.Problems.Error(SpecCodes.Invalid, item, $"the values of '{name}' must differ, but {scalar.Describe()} {same}");
            }
            else values.Add(scalar.Value);
        }

        if (!_good) return null;
        if (!ordered) return new CategoricalParameter(name, values.ToImmutable());
        if (values.All(v => v.IsNumeric) && values.Zip(values.Skip(1)).Any(p => p.First.AsNumber() > p.Second.AsNumber()))
            reader.Warn(SpecCodes.Weak, "values", $"the values of '{name}' are ordered as listed, but the numbers do not ascend");
        return new OrdinalParameter(name, values.ToImmutable());
    }

    private Parameter Prior(Parameter parameter)
    {
        SectionReader section = reader.Section("prior");
        if (!section.Given)
        {
            _good = false;
            return parameter;
        }

        section.Require("center", $"say which value of '{name}' is believed to be the best");
        double weight = section.Number("weight") ?? double.Parse(SpecKeys.Prior.Key("weight").Default!, CultureInfo.InvariantCulture);
        if (section.Node("center") is not { } node || node is ScalarNode { Refused: true })
        {
            _good = false;
        }
        else if (node is not ScalarNode scalar)
        {
            _good = false;
            section.Error(SpecCodes.WrongType, "center", $"the center of the prior of '{name}' must be a single value, but got {node.Describe()}");
        }
        else if (parameter is ConstantParameter)
        {
            Fail("prior", SpecCodes.Invalid, $"'{name}' is a constant, so there is nothing to believe about its best value; leave `prior` out");
        }
        else if (parameter.Contains(scalar.Value))
        {
            return parameter with { Prior = new ParameterPrior(Domains.Canonical(parameter, scalar.Value), weight) };
        }
        else
        {
            _good = false;
            section.Error(SpecCodes.Invalid, "center",
                $"the center of the prior of '{name}' must be in its domain ({Domains.Describe(parameter)}), but got {node.Describe()}{Domains.Hint(parameter, scalar.Value)}");
        }

        return parameter;
    }

    private Parameter Default(Parameter parameter)
    {
        SpecNode node = reader.Node("default")!;
        if (node is ScalarNode { Refused: true })
        {
            _good = false;
        }
        else if (node is not ScalarNode scalar)
        {
            Fail("default", SpecCodes.WrongType, $"the default of '{name}' must be a single value, but got {node.Describe()}");
        }
        else if (parameter.Contains(scalar.Value))
        {
            return parameter with { Default = Domains.Canonical(parameter, scalar.Value) };
        }
        else
        {
            Fail("default", SpecCodes.Invalid, string.Create(CultureInfo.InvariantCulture,
                $"the default of '{name}' must be in its domain ({Domains.Describe(parameter)}), but got {scalar.Describe()}{Domains.Hint(parameter, scalar.Value)}"));
        }

        return parameter;
    }
}
