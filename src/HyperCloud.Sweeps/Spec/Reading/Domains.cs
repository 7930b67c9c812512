using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Speaks about the domains of parameters: what they hold, and what in them is near to a value they do not hold.</summary>
internal static class Domains
{
    /// <summary>A value of the domain in the domain's own type: 1.0 of an int is 1.</summary>
    public static ParameterValue Canonical(Parameter parameter, ParameterValue value) => parameter switch
    {
        ConstantParameter constant => constant.Value,
        FloatParameter { Step: null } => ParameterValue.Of(value.AsNumber()),
        _ => parameter.ValueAt(parameter.IndexOf(value)),
    };

    public static string Describe(Parameter parameter) => parameter switch
    {
        FloatParameter { Step: { } step } f => string.Create(CultureInfo.InvariantCulture, $"{Show(f.Min)} to {Show(f.Max)} in steps of {step}"),
        FloatParameter f => $"{Show(f.Min)} to {Show(f.Max)}",
        IntParameter { Step: > 1 } i => string.Create(CultureInfo.InvariantCulture, $"whole numbers {i.Min} to {i.Max} in steps of {i.Step}"),
        IntParameter i => string.Create(CultureInfo.InvariantCulture, $"whole numbers {i.Min} to {i.Max}"),
        CategoricalParameter c => string.Join(", ", c.Values.Take(12).Select(Quote)) + (c.Values.Length > 12 ? ", …" : ""),
        ConstantParameter c => Quote(c.Value),
        _ => throw new ArgumentOutOfRangeException(nameof(parameter)),
    };

    /// <summary><c>; did you mean …?</c> for a value that is not in the domain, or nothing.</summary>
    public static string Hint(Parameter parameter, ParameterValue value)
    {
        if (Near(parameter, value) is not { } near) return "";
        string type = near.Kind != value.Kind && near.ToString() == value.ToString() ? value.Kind == ValueKind.Text ? " without quotes" : " in quotes" : "";
        return type.Length > 0 ? $"; write {Quote(near)}{type}" : $"; did you mean {Quote(near)}?";
    }

    /// <summary>The value of the domain that is near; null when none is.</summary>
    public static ParameterValue? Near(Parameter parameter, ParameterValue value)
    {
        if (parameter is FloatParameter or IntParameter)
        {
            // A number written as a text is taken for what it says.
            if (value.Kind == ValueKind.Text && YamlScalars.Resolve(value.AsText()) is { Error: null, Value.IsNumeric: true } plain) value = plain.Value;
            if (!value.IsNumeric) return null;
            return parameter switch
            {
                FloatParameter { Step: null } f => ParameterValue.Of(Math.Clamp(value.AsNumber(), f.Min, f.Max)),
                FloatParameter f => f.ValueAt(f.IndexOf(ParameterValue.Of(Math.Clamp(value.AsNumber(), f.Min, f.Max)))),
                IntParameter i => i.ValueAt(i.IndexOf(ParameterValue.Of(Math.Clamp(value.AsNumber(), i.Min, i.Max)))),
                _ => null,
            };
        }

        ParameterValue[] listed = parameter is CategoricalParameter c ? [.. c.Values] : parameter is ConstantParameter k ? [k.Value] : [];
        foreach (ParameterValue v in listed)
            if (v.ToString() == value.ToString()) return v;
        if (value.IsNumeric && listed.Any(v => v.IsNumeric))
            return listed.Where(v => v.IsNumeric).MinBy(v => Math.Abs(v.AsNumber() - value.AsNumber()));
        string? near = Nearest.To(value.ToString(), listed.Select(v => v.ToString()));
        foreach (ParameterValue v in listed)
            if (v.ToString() == near) return v;
        return null;
    }

    /// <summary>A value as a spec would write it.</summary>
    public static string Quote(ParameterValue value) => value.Kind == ValueKind.Text ? $"'{ScalarNode.Shorten(value.AsText())}'" : value.ToString();

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
