using System.Globalization;
using System.Text.RegularExpressions;

namespace HyperCloud.Sweeps;

/// <summary>An amount of money as a spec writes it: <c>2 USD</c>, <c>0.50 EUR</c>.</summary>
/// <param name="Amount">Above 0, at most two decimals.</param>
/// <param name="Currency">ISO 4217 code, three capitals.</param>
public readonly partial record struct Money(decimal Amount, string Currency)
{
    /// <summary>The form as a regular expression, for the JSON Schema.</summary>
    public const string Pattern = "^[0-9]{1,12}(\\.[0-9]{1,2})? [A-Z]{3}$";

    /// <summary>Reads an amount above 0 with its currency.</summary>
    public static bool TryParse(string? text, out Money money)
    {
        money = default;
        if (text is null || Form().Match(text) is not { Success: true } match) return false;
        money = new Money(decimal.Parse(match.Groups["amount"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture),
            match.Groups["currency"].Value);
        return money.Amount > 0;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount} {Currency}");

    [GeneratedRegex("\\A(?<amount>[0-9]{1,12}(\\.[0-9]{1,2})?) (?<currency>[A-Z]{3})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
