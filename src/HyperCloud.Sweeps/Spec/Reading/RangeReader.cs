using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Reads a parameter with <c>min</c> and <c>max</c>: its type, scale, step and points.</summary>
internal sealed class RangeReader(string name, SectionReader reader)
{
    /// <summary>More grid values than this are a mistake; doubles near the bounds could not be told apart either.</summary>
    private const decimal MaxSteps = 1_000_000_000;

    private bool _good = true;

    public Parameter? Read()
    {
        reader.Require("min", $"'{name}' is a range and needs `min` and `max`");
        reader.Require("max", $"'{name}' is a range and needs `min` and `max`");
        string? scale = reader.Choice("scale");
        bool log = scale == "log";
        string? type = reader.Choice("type");
        double? min = reader.Number("min"), max = reader.Number("max"), step = reader.Number("step");
        int? points = (int?)reader.Integer("points");
        if (min is not { } low || max is not { } high) return null;
        // What is there, but faulty, would only lead to errors that are none.
        bool faulty = (Given("type") && type is null) || (Given("step") && step is null) || (Given("points") && points is null) || (Given("scale") && scale is null);
        if (low > high) Fail("min", $"`min <= max` must hold for '{name}', but got min={Written("min")}, max={Written("max")}");
        if (faulty) return null;
        type ??= Infer(low, high, step, log);
        if (type is null) return null;
        if (log && low <= 0)
            Fail("min", $"`min > 0` must hold for '{name}' with scale: log, but got min={Written("min")}{(type == "int" ? "; take 1" : "")}");
        if (step is not null && points is not null) Fail("points", $"'{name}' has both `step` and `points`: its {(type == "int" ? "values" : "grid points")} follow from the step; keep one");
        return type == "int" ? Whole(low, high, step, log, points) : Real(low, high, step, log, points);
    }

    private bool Given(string key) => reader.Node(key) is not null;

    private string Written(string key) => (reader.Node(key) as ScalarNode)?.Written ?? "";

    private void Fail(string key, string message)
    {
        _good = false;
        reader.Error(SpecCodes.Invalid, key, message);
    }

    private string? Infer(double low, double high, double? step, bool log)
    {
        if (Math.Floor(low) != low || Math.Floor(high) != high || (step is { } s && Math.Floor(s) != s) || (log && low < 1)) return "float";
        string rest = $"min: {Written("min")}, max: {Written("max")}{(step is null ? "" : $", step: {Written("step")}")}{(log ? ", scale: log" : "")}}}";
        reader.Problems.Error(SpecCodes.MissingKey, reader.Place, reader.PointerOf("type"),
            $"the type of '{name}' does not follow from whole bounds; write {{type: int, {rest} or {{type: float, {rest}");
        return null;
    }

    private IntParameter? Whole(double low, double high, double? step, bool log, int? points)
    {
        foreach ((string key, double value) in ((string, double)[])[("min", low), ("max", high), ("step", step ?? 1)])
        {
            if (Math.Floor(value) != value)
                Fail(key, $"`{key}` of the int '{name}' must be a whole number, but got {Written(key)}{(key == "step" ? "" : "; write type: float for a real range")}");
            else if (Math.Abs(value) > SpecKeys.LargestWhole)
                Fail(key, $"`{key}` of the int '{name}' must lie within ±2^53, but got {Written(key)}");
        }

        if (!_good) return null;
        var parameter = new IntParameter(name, (long)low, (long)high) { Log = log, Step = (long)(step ?? 1), Points = points };
        long left = (parameter.Max - parameter.Min) % parameter.Step;
        if (left != 0)
            OffGrid(parameter.Max - left, parameter.Max - left + parameter.Step);
        if (points > parameter.Cardinality)
            Fail("points", FormattableString.Invariant($"points={points} is more than the {parameter.Cardinality} values of '{name}'; leave it out to take all"));
        return _good ? parameter : null;
    }

    private FloatParameter? Real(double low, double high, double? step, bool log, int? points)
    {
        if (!double.IsFinite(high - low)) Fail("max", $"`max - min` of '{name}' must fit into a double, but got min={Written("min")}, max={Written("max")}");
        if (points is not null && low == high) Fail("points", $"'{name}' has one value only (min = max = {Written("min")}), so `points` has no meaning");
        if (step is null || !_good) return _good ? new FloatParameter(name, low, high) { Log = log, Points = points } : null;

        foreach ((string key, double value) in ((string, double)[])[("min", low), ("max", high), ("step", step.Value)])
            if (Math.Abs(value) > 1e15 || (double)(decimal)value != value)
                Fail(key, $"with `step`, `{key}` of '{name}' must have at most 15 significant digits and lie within ±1e15 and above 1e-13, but got {Written(key)}");
        if (!_good) return null;
        decimal from = (decimal)low, to = (decimal)high, by = (decimal)step.Value;
        decimal count = decimal.Floor((to - from) / by);
        if (count > MaxSteps)
        {
            Fail("step", string.Create(CultureInfo.InvariantCulture, $"step={Written("step")} cuts '{name}' into more than {MaxSteps:0} values; leave it out for a continuous range"));
            return null;
        }

        // Neighbours must be different doubles, with room for rounding.
        if ((double)by < 8 * Math.Max(Math.BitIncrement(Math.Abs(low)) - Math.Abs(low), Math.BitIncrement(Math.Abs(high)) - Math.Abs(high)))
            Fail("step", $"step={Written("step")} is too small beside min={Written("min")}, max={Written("max")} of '{name}' for doubles to tell the values apart");
        if (from + count * by != to) OffGrid(from + count * by, from + (count + 1) * by);
        return _good ? new FloatParameter(name, low, high) { Log = log, Step = by } : null;
    }

    private void OffGrid(decimal below, decimal above)
    {
        string Show(decimal value) => value.ToString("0.#############################", CultureInfo.InvariantCulture);
        string near = below > (decimal)reader.Number("min")!.Value ? $"the nearest are {Show(below)} and {Show(above)}" : $"the nearest is {Show(above)}";
        Fail("max", $"`max` of '{name}' must be min + k·step, but got min={Written("min")}, max={Written("max")}, step={Written("step")}; {near}");
    }
}
