using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;

namespace HyperCloud.Cli.Exports;

/// <summary>A table as a Parquet file of one row group; every column may be null. Times are ISO 8601 texts in UTC.</summary>
internal static class ParquetTable
{
    private static readonly HashSet<string> s_whole =
        ["trial", "replicate", "rung", "stage", "seed", "durationMs", "attempts", "lost", "preempted", "runs", "selectionRuns", "evaluationRuns", "seq", "activeMs"];

    private static readonly HashSet<string> s_real = ["value", "step", "cost", "searchValue"];

    /// <summary>Writes it.</summary>
    /// <param name="to">Where to; seekable.</param>
    /// <param name="columns">Names; those of parameters are not among the ones known here, and are numbers where all values are.</param>
    /// <param name="rows">Values by column.</param>
    public static async Task Write(Stream to, string[] columns, IReadOnlyList<JsonNode?[]> rows)
    {
        DataField[] fields = [.. columns.Select((name, i) => Field(name, rows.Select(r => r[i])))];
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), to);
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        for (int i = 0; i < fields.Length; i++)
        {
            int column = i;
            IEnumerable<JsonNode?> values = rows.Select(r => r[column]);
            if (fields[i].ClrType == typeof(long)) await group.WriteAsync<long>(fields[i], values.Select(v => v?.Deserialize<long>()).ToArray());
            else if (fields[i].ClrType == typeof(double)) await group.WriteAsync<double>(fields[i], values.Select(Real).ToArray());
            else if (fields[i].ClrType == typeof(bool)) await group.WriteAsync<bool>(fields[i], values.Select(v => v?.Deserialize<bool>()).ToArray());
            else await group.WriteAsync(fields[i], values.Select(v => v is null ? null : v.GetValueKind() == JsonValueKind.String ? v.GetValue<string>() : v.ToJsonString()).ToArray()!);
        }
    }

    private static DataField Field(string name, IEnumerable<JsonNode?> values) =>
        s_whole.Contains(name) ? new DataField<long?>(name)
        : s_real.Contains(name) ? new DataField<double?>(name)
        : name == "champion" ? new DataField<bool?>(name)
        : values.Any(v => v is not null) && values.All(v => v is null || v.GetValueKind() == JsonValueKind.Number) ? new DataField<double?>(name)
        : new DataField<string>(name);

    /// <summary>What is not finite is text in JSON.</summary>
    private static double? Real(JsonNode? value) => value is null ? null
        : value.GetValueKind() == JsonValueKind.String ? double.Parse(value.GetValue<string>(), CultureInfo.InvariantCulture) : value.Deserialize<double>();
}
