using System.Globalization;
using System.Text.Json;

namespace HyperCloud.Core;

/// <summary>The JSON type of a <see cref="ParameterValue"/>.</summary>
public enum ValueKind
{
    /// <summary>JSON null.</summary>
    Null,

    /// <summary>JSON true or false.</summary>
    Boolean,

    /// <summary>A whole number written without a point or exponent, 64 bit.</summary>
    Integer,

    /// <summary>A finite double.</summary>
    Number,

    /// <summary>A string.</summary>
    Text,
}

/// <summary>
/// The value of one parameter: a JSON scalar that keeps its type. Two values are equal when type and content are equal, except that an
/// integer and a number of the same magnitude are equal (1 equals 1.0; SEMANTICS §6, <c>when</c>).
/// </summary>
public readonly struct ParameterValue : IEquatable<ParameterValue>
{
    private readonly long _bits;
    private readonly string? _text;

    private ParameterValue(ValueKind kind, long bits, string? text)
    {
        Kind = kind;
        _bits = bits;
        _text = text;
    }

    /// <summary>The JSON type.</summary>
    public ValueKind Kind { get; }

    /// <summary>JSON null.</summary>
    public static ParameterValue Null => default;

    /// <summary>A boolean value.</summary>
    public static ParameterValue Of(bool value) => new(ValueKind.Boolean, value ? 1 : 0, null);

    /// <summary>An integer value.</summary>
    public static ParameterValue Of(long value) => new(ValueKind.Integer, value, null);

    /// <summary>A number. Negative zero becomes zero.</summary>
    /// <exception cref="ArgumentException">The number is NaN or infinite.</exception>
    public static ParameterValue Of(double value) => double.IsFinite(value)
        ? new(ValueKind.Number, BitConverter.DoubleToInt64Bits(value == 0 ? 0.0 : value), null)
        : throw new ArgumentException($"a parameter value must be finite, but got {value.ToString(CultureInfo.InvariantCulture)}", nameof(value));

    /// <summary>A string value.</summary>
    public static ParameterValue Of(string value) => new(ValueKind.Text, 0, value ?? throw new ArgumentNullException(nameof(value)));

    /// <summary>True when the value is an integer or a number.</summary>
    public bool IsNumeric => Kind is ValueKind.Integer or ValueKind.Number;

    /// <summary>The boolean content.</summary>
    /// <exception cref="InvalidOperationException">The value is not a boolean.</exception>
    public bool AsBoolean() => Kind == ValueKind.Boolean ? _bits != 0 : throw Wrong(ValueKind.Boolean);

    /// <summary>The integer content.</summary>
    /// <exception cref="InvalidOperationException">The value is not an integer.</exception>
    public long AsInteger() => Kind == ValueKind.Integer ? _bits : throw Wrong(ValueKind.Integer);

    /// <summary>The content of an integer or number as a double.</summary>
    /// <exception cref="InvalidOperationException">The value is neither.</exception>
    public double AsNumber() => Kind switch
    {
        ValueKind.Integer => _bits,
        ValueKind.Number => BitConverter.Int64BitsToDouble(_bits),
        _ => throw Wrong(ValueKind.Number),
    };

    /// <summary>The string content.</summary>
    /// <exception cref="InvalidOperationException">The value is not a string.</exception>
    public string AsText() => Kind == ValueKind.Text ? _text! : throw Wrong(ValueKind.Text);

    /// <summary>Reads a JSON scalar; whole numbers without point or exponent become integers.</summary>
    /// <exception cref="ArgumentException">The element is an object, an array, or a number that a double cannot hold.</exception>
    public static ParameterValue FromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => Null,
        JsonValueKind.True => Of(true),
        JsonValueKind.False => Of(false),
        JsonValueKind.String => Of(element.GetString()!),
        JsonValueKind.Number when element.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 && element.TryGetInt64(out long i) => Of(i),
        JsonValueKind.Number => Of(element.GetDouble()),
        _ => throw new ArgumentException($"a parameter value must be a JSON scalar, but got {element.ValueKind}", nameof(element)),
    };

    /// <summary>Writes the value as a JSON scalar. A whole <see cref="ValueKind.Number"/> is written with <c>.0</c> so that its type survives.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case ValueKind.Null: writer.WriteNullValue(); break;
            case ValueKind.Boolean: writer.WriteBooleanValue(_bits != 0); break;
            case ValueKind.Integer: writer.WriteNumberValue(_bits); break;
            case ValueKind.Number: writer.WriteRawValue(NumberText(AsNumber()), skipInputValidation: true); break;
            case ValueKind.Text: writer.WriteStringValue(_text); break;
        }
    }

    /// <summary>
    /// The text handed to training code: <c>true</c>/<c>false</c>, integers without point, doubles shortest round-trip in the invariant
    /// culture (<c>0.1</c>, <c>1E-05</c> as <c>1e-05</c>), strings as they are, null as <c>null</c> (SEMANTICS §6).
    /// </summary>
    public override string ToString() => Kind switch
    {
        ValueKind.Null => "null",
        ValueKind.Boolean => _bits != 0 ? "true" : "false",
        ValueKind.Integer => _bits.ToString(CultureInfo.InvariantCulture),
        ValueKind.Number => NumberText(AsNumber()),
        _ => _text!,
    };

    /// <inheritdoc/>
    public bool Equals(ParameterValue other) =>
        Kind == other.Kind ? _bits == other._bits && _text == other._text : IsNumeric && other.IsNumeric && AsNumber() == other.AsNumber();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ParameterValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => IsNumeric ? AsNumber().GetHashCode() : HashCode.Combine(Kind, _bits, _text);

    /// <summary>Equality as in <see cref="Equals(ParameterValue)"/>.</summary>
    public static bool operator ==(ParameterValue left, ParameterValue right) => left.Equals(right);

    /// <summary>Inequality as in <see cref="Equals(ParameterValue)"/>.</summary>
    public static bool operator !=(ParameterValue left, ParameterValue right) => !left.Equals(right);

    private static string NumberText(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text.Replace('E', 'e');
    }

    private InvalidOperationException Wrong(ValueKind wanted) => new($"the value {this} is {Kind}, not {wanted}");
}
