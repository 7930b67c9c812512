namespace HyperCloud.Runners;

/// <summary>How a trainer wants its features.</summary>
internal enum FeatureStyle
{
    /// <summary>As they are; NaN where missing. The trainer knows what to do with it.</summary>
    Raw,

    /// <summary>Missing numbers are replaced by the mean, beside a column that says where.</summary>
    Imputed,

    /// <summary>As <see cref="Imputed"/>, then every column with mean 0 and standard deviation 1.</summary>
    Standardised,
}

/// <summary>A table of numbers, row after row.</summary>
internal sealed record Matrix(double[] Values, int Rows, int Columns)
{
    /// <summary>One row.</summary>
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Columns, Columns);
}

/// <summary>
/// Turns columns into numbers. Everything it learns (means, deviations, categories) comes from the rows it is fitted on, never from those a
/// model is measured on. Texts become one column a category, two categories one column; unseen and missing texts are zero everywhere.
/// </summary>
internal sealed class FeatureEncoder
{
    private readonly List<Func<int, double>> _columns = [];

    private FeatureEncoder()
    {
    }

    /// <summary>Learns from the given rows.</summary>
    public static FeatureEncoder Fit(Dataset data, int[] rows, FeatureStyle style)
    {
        var encoder = new FeatureEncoder();
        foreach (FeatureColumn column in data.Features)
        {
            if (column.Numbers is { } numbers) encoder.AddNumbers(numbers, rows, style);
            else encoder.AddTexts(column.Texts!, rows, style);
        }

        return encoder;
    }

    /// <summary>The given rows as numbers.</summary>
    public Matrix Encode(int[] rows)
    {
        var values = new double[rows.Length * _columns.Count];
        for (int i = 0; i < rows.Length; i++)
            for (int j = 0; j < _columns.Count; j++) values[i * _columns.Count + j] = _columns[j](rows[i]);
        return new Matrix(values, rows.Length, _columns.Count);
    }

    private void AddNumbers(double[] numbers, int[] rows, FeatureStyle style)
    {
        if (style == FeatureStyle.Raw)
        {
            _columns.Add(r => numbers[r]);
            return;
        }

        double[] present = [.. rows.Select(r => numbers[r]).Where(v => !double.IsNaN(v))];
        double mean = present.Length == 0 ? 0 : present.Sum() / present.Length;
        Add(r => double.IsNaN(numbers[r]) ? mean : numbers[r], rows, style);
        if (present.Length < rows.Length) Add(r => double.IsNaN(numbers[r]) ? 1 : 0, rows, style);
    }

    private void AddTexts(string?[] texts, int[] rows, FeatureStyle style)
    {
        string[] categories = [.. rows.Select(r => texts[r]).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        foreach (string category in categories.Length == 2 ? categories[1..] : categories) Add(r => texts[r] == category ? 1 : 0, rows, style);
        if (rows.Any(r => texts[r] is null)) Add(r => texts[r] is null ? 1 : 0, rows, style);
    }

    private void Add(Func<int, double> value, int[] rows, FeatureStyle style)
    {
        if (style != FeatureStyle.Standardised)
        {
            _columns.Add(value);
            return;
        }

        (double mean, double deviation) = Moments([.. rows.Select(value)]);
        _columns.Add(r => (value(r) - mean) / deviation);
    }

    /// <summary>Mean and standard deviation (divisor n); a deviation of zero is given as 1.</summary>
    public static (double Mean, double Deviation) Moments(double[] values)
    {
        double sum = 0, squares = 0;
        foreach (double v in values) sum += v;
        double mean = sum / values.Length;
        foreach (double v in values) squares += (v - mean) * (v - mean);
        double deviation = Math.Sqrt(squares / values.Length);
        return (mean, deviation > 1e-12 * Math.Abs(mean) && deviation > 0 ? deviation : 1);
    }
}
