using System.Text;
using System.Text.Json;

namespace HyperCloud.Core;

/// <summary>One configuration: a value for every active parameter of a space. Immutable; equal when all values are equal.</summary>
public sealed class Assignment : IEquatable<Assignment>
{
    private readonly ParameterValue?[] _values;

    internal Assignment(Space space, ParameterValue?[] values)
    {
        Space = space;
        _values = values;
    }

    /// <summary>The space it belongs to.</summary>
    public Space Space { get; }

    /// <summary>One entry a parameter in the space's order; null where inactive.</summary>
    public ReadOnlySpan<ParameterValue?> Values => _values;

    /// <summary>The value of parameter <paramref name="index"/>; null where inactive.</summary>
    public ParameterValue? this[int index] => _values[index];

    /// <summary>The value of a parameter by name; null where inactive.</summary>
    /// <exception cref="KeyNotFoundException">No such parameter.</exception>
    public ParameterValue? this[string name] =>
        Space.IndexOf(name) is >= 0 and var i ? _values[i] : throw new KeyNotFoundException($"no parameter '{name}'");

    /// <summary>The active parameters with their values, in the space's order.</summary>
    public IEnumerable<KeyValuePair<string, ParameterValue>> Active()
    {
        for (int i = 0; i < _values.Length; i++)
            if (_values[i] is { } v) yield return new(Space.Parameters[i].Name, v);
    }

    /// <summary>The point of the unit cube this assignment sits at; <paramref name="inactive"/> where a parameter is inactive.</summary>
    public double[] ToUnit(double inactive = double.NaN)
    {
        var u = new double[_values.Length];
        for (int i = 0; i < u.Length; i++) u[i] = _values[i] is { } v ? Space.Parameters[i].ToUnit(v) : inactive;
        return u;
    }

    /// <summary>Writes a JSON object of the active parameters in the space's order.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach ((string name, ParameterValue value) in Active())
        {
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    /// <summary>The JSON object of <see cref="WriteTo"/>, without white space.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream)) WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Reads the object that <see cref="WriteTo"/> writes; the types of the values are made those of the space.</summary>
    /// <exception cref="FormatException">A parameter is unknown, missing, inactive, or outside its domain; the message lists all.</exception>
    public static Assignment FromJson(Space space, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new FormatException($"a configuration must be an object, but got {json.ValueKind}");
        List<string> problems = [];
        var given = new Dictionary<string, ParameterValue>(StringComparer.Ordinal);
        foreach (JsonProperty p in json.EnumerateObject())
        {
            if (space.IndexOf(p.Name) < 0) problems.Add($"'{p.Name}' is not a parameter");
            else if (p.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array) problems.Add($"'{p.Name}' must be a scalar");
            else given[p.Name] = ParameterValue.FromJson(p.Value);
        }

        var values = new ParameterValue?[space.Count];
        foreach (int i in space.ParentsFirst)
        {
            Parameter parameter = space.Parameters[i];
            bool active = space.IsActive(i, values), present = given.TryGetValue(parameter.Name, out ParameterValue value);
            if (active && !present) problems.Add($"'{parameter.Name}' is missing");
            else if (!active && present) problems.Add($"'{parameter.Name}' is given, but inactive here");
            else if (active && !parameter.Contains(value)) problems.Add($"'{parameter.Name}' cannot be {value}");
            else if (active) values[i] = parameter.Cardinality is null ? ParameterValue.Of(value.AsNumber()) : parameter.ValueAt(parameter.IndexOf(value));
        }

        return problems.Count == 0 ? new Assignment(space, values) : throw new FormatException(string.Join("; ", problems));
    }

    /// <inheritdoc/>
    public bool Equals(Assignment? other)
    {
        if (other is null || other._values.Length != _values.Length) return false;
        for (int i = 0; i < _values.Length; i++)
            if (_values[i] != other._values[i]) return false;
        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Assignment);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (ParameterValue? v in _values) hash.Add(v);
        return hash.ToHashCode();
    }

    /// <summary>The values as <c>name=value</c> pairs.</summary>
    public override string ToString() => string.Join(" ", Active().Select(p => $"{p.Key}={p.Value}"));
}
