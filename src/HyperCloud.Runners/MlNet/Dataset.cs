using System.Collections.Immutable;
using System.Globalization;

namespace HyperCloud.Runners;

/// <summary>What is learned.</summary>
internal enum LearningTask
{
    /// <summary>One of two classes.</summary>
    Binary,

    /// <summary>One of three or more classes.</summary>
    Multiclass,

    /// <summary>A number.</summary>
    Regression,
}

/// <summary>A feature column: numbers, NaN where missing; or texts, null where missing.</summary>
internal sealed record FeatureColumn(string Name, double[]? Numbers, string?[]? Texts);

/// <summary>A table made ready for learning: typed feature columns and the label.</summary>
/// <param name="Task">What is learned.</param>
/// <param name="Features">The feature columns in the file's order.</param>
/// <param name="Target">One entry a row: the class index, or the number.</param>
/// <param name="Classes">Names of the classes by index (the positive class of a binary task is the second); empty for regression.</param>
internal sealed record Dataset(LearningTask Task, ImmutableArray<FeatureColumn> Features, double[] Target, ImmutableArray<string> Classes)
{
    private const int MaxCategories = 256, MaxClasses = 100, FewNumbers = 20;

    private static readonly HashSet<string> Missing = new(StringComparer.OrdinalIgnoreCase) { "", "NA", "N/A", "NaN", "null", "?" };

    /// <summary>How many rows there are.</summary>
    public int Rows => Target.Length;

    /// <summary>Takes the columns the options name from a table.</summary>
    /// <exception cref="DataException">A column is not there, a value does not fit its column, the label has too few classes, …</exception>
    public static Dataset From(CsvTable table, MlNetOptions options)
    {
        foreach (string column in options.Features.Concat(options.Ignore).Concat(options.Categorical).Prepend(options.Label))
            if (!table.Header.Contains(column)) throw new DataException($"{table.Name} has no column '{column}'{Nearest.Hint(column, table.Header)}");
        string[] names = [.. options.Features.Length > 0 ? options.Features : table.Header.Where(h => h != options.Label && !options.Ignore.Contains(h))];
        if (names.Contains(options.Label)) throw new DataException($"the label '{options.Label}' cannot be a feature");
        if (names.Length == 0) throw new DataException($"{table.Name} has no column beside the label '{options.Label}' and those ignored");
        (LearningTask task, double[] target, ImmutableArray<string> classes) = Label(table, options);
        return new Dataset(task, [.. names.Select(n => Feature(table, n, options.Categorical.Contains(n)))], target, classes);
    }

    private static FeatureColumn Feature(CsvTable table, string name, bool categorical)
    {
        int column = table.Header.IndexOf(name);
        var numbers = new double[table.Records.Count];
        var texts = new string?[table.Records.Count];
        int numeric = 0, text = 0, firstText = -1;
        for (int row = 0; row < numbers.Length; row++)
        {
            string field = table.Records[row][column].Trim();
            texts[row] = Missing.Contains(field) ? null : field;
            numbers[row] = double.NaN;
            if (texts[row] is null) continue;
            if (TryNumber(field, out numbers[row])) numeric++;
            else
            {
                text++;
                if (firstText < 0) firstText = row;
            }
        }

        if (text == 0 && !categorical) return new FeatureColumn(name, numbers, null);
        if (!categorical && numeric >= 9 * text)
            throw new DataException(FormattableString.Invariant(
                $"{table.Name}, line {table.Lines[firstText]}, column '{name}': '{texts[firstText]}' is not a number, but {numeric} other values are; mend it, or name the column in 'categorical' or 'ignore'"));
        int categories = texts.Where(t => t is not null).Distinct(StringComparer.Ordinal).Count();
        return categories <= MaxCategories
            ? new FeatureColumn(name, null, texts)
            : throw new DataException(FormattableString.Invariant($"{table.Name}, column '{name}' has {categories} different texts (at most {MaxCategories}); name it in 'ignore'"));
    }

    private static (LearningTask, double[], ImmutableArray<string>) Label(CsvTable table, MlNetOptions options)
    {
        int column = table.Header.IndexOf(options.Label);
        string[] texts = [.. table.Records.Select(r => r[column].Trim())];
        if (Array.FindIndex(texts, Missing.Contains) is >= 0 and var gap)
            throw new DataException(FormattableString.Invariant($"{table.Name}, line {table.Lines[gap]}: the label '{options.Label}' is missing"));
        var numbers = new double[texts.Length];
        int firstText = -1;
        for (int row = 0; row < texts.Length; row++)
            if (!TryNumber(texts[row], out numbers[row]) && firstText < 0) firstText = row;
        bool numeric = firstText < 0;

        // Equal numbers are one class however they are written; classes are ordered as numbers, else by their characters.
        Dictionary<string, string> spelling = texts.Distinct(StringComparer.Ordinal).ToDictionary(
            t => t, t => numeric && TryNumber(t, out double v) ? v.ToString("R", CultureInfo.InvariantCulture) : t, StringComparer.Ordinal);
        string[] classes = [.. spelling.Values.Distinct(StringComparer.Ordinal)];
        if (numeric) classes = [.. classes.OrderBy(c => double.Parse(c, CultureInfo.InvariantCulture))];
        else Array.Sort(classes, StringComparer.Ordinal);

        LearningTask task = options.Task ?? (classes.Length <= 2 ? LearningTask.Binary
            : !numeric || (classes.Length <= FewNumbers && numbers.All(n => n == Math.Floor(n))) ? LearningTask.Multiclass
            : LearningTask.Regression);
        if (task == LearningTask.Regression)
        {
            if (!numeric) throw new DataException(FormattableString.Invariant($"{table.Name}, line {table.Lines[firstText]}, column '{options.Label}': '{texts[firstText]}' is not a number, as regression needs"));
            if (classes.Length < 2) throw new DataException($"{table.Name}: the label '{options.Label}' is {classes[0]} in every row; there is nothing to learn");
            return (task, numbers, []);
        }

        if (classes.Length < 2) throw new DataException($"{table.Name}: the label '{options.Label}' has only one class ('{classes[0]}'); at least 2 are needed");
        if (task == LearningTask.Binary && classes.Length > 2)
            throw new DataException(FormattableString.Invariant($"{table.Name}: the label '{options.Label}' has {classes.Length} classes, but task: binary needs 2"));
        if (classes.Length > MaxClasses)
            throw new DataException(FormattableString.Invariant($"{table.Name}: the label '{options.Label}' has {classes.Length} classes (at most {MaxClasses}); for a number write task: regression"));
        if (options.Positive is { } positive)
        {
            if (classes.Length != 2 || !classes.Contains(positive)) throw new DataException($"'positive' is '{positive}', which is not one of the label's two classes ({string.Join(", ", classes)})");
            if (classes[0] == positive) Array.Reverse(classes);
        }

        task = classes.Length == 2 ? LearningTask.Binary : task; // task: multiclass with two classes is a binary task.
        return (task, [.. texts.Select(t => (double)Array.IndexOf(classes, spelling[t]))], [.. classes]);
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
