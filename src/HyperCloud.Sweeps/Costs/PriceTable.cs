using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace HyperCloud.Sweeps;

/// <summary>
/// What the platform charges, without free grants and discounts. The defaults are list prices of one region at one date; a file or settings
/// replace any of them.
/// </summary>
public sealed record PriceTable
{
    /// <summary>The prices that are taken where nothing else is said.</summary>
    public static PriceTable List { get; } = new();

    /// <summary>ISO 4217 code of all prices; default USD.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>When these prices were looked up: year and month.</summary>
    public string AsOf { get; init; } = "2026-11";

    /// <summary>Where they hold, for people.</summary>
    public string Region { get; init; } = "East US, list prices, pay as you go";

    /// <summary>Flex Consumption, on demand: a million executions.</summary>
    public decimal FunctionMillionExecutions { get; init; } = 0.40m;

    /// <summary>Flex Consumption, on demand: a GB of instance memory for a second of execution.</summary>
    public decimal FunctionGbSecond { get; init; } = 0.000026m;

    /// <summary>Least time of an execution that is billed, in milliseconds.</summary>
    public int FunctionMinimumMs { get; init; } = 1_000;

    /// <summary>Beyond it time is rounded up to a multiple of this, in milliseconds.</summary>
    public int FunctionRoundingMs { get; init; } = 100;

    /// <summary>Ten thousand transactions of Table storage (LRS).</summary>
    public decimal TableTenThousand { get; init; } = 0.00036m;

    /// <summary>Ten thousand operations of Queue storage (LRS, general purpose v2, class 1).</summary>
    public decimal QueueTenThousand { get; init; } = 0.004m;

    /// <summary>Ten thousand write operations of Blob storage (LRS, hot). Reads are cheaper; all are counted as writes.</summary>
    public decimal BlobTenThousand { get; init; } = 0.05m;

    /// <summary>A GB of telemetry taken in by Log Analytics.</summary>
    public decimal LogGb { get; init; } = 2.30m;

    /// <summary>Container Apps: a vCPU for a second.</summary>
    public decimal ContainerVcpuSecond { get; init; } = 0.000024m;

    /// <summary>Container Apps: a GiB of memory for a second.</summary>
    public decimal ContainerGibSecond { get; init; } = 0.000003m;

    /// <summary>Reads a table from JSON; what it does not name keeps its list price.</summary>
    /// <exception cref="FormatException">It is not such JSON, names an unknown price, or a price is negative.</exception>
    public static PriceTable Parse(string json)
    {
        PriceTable table;
        try
        {
            if (JsonNode.Parse(json, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }) is not JsonObject given)
                throw new FormatException("a price table is a JSON object with prices by name");
            // On top of the list: what is absent must keep its price.
            JsonObject whole = JsonSerializer.SerializeToNode(List, CostsJson.Default.PriceTable)!.AsObject();
            foreach ((string name, JsonNode? value) in given)
                whole[whole.ContainsKey(name) ? name : throw new FormatException($"'{name}' is no price: there are {string.Join(", ", whole.Select(p => p.Key))}")] = value?.DeepClone();
            table = whole.Deserialize(CostsJson.Default.PriceTable)!;
        }
        catch (JsonException e)
        {
            throw new FormatException($"not a price table: {e.Message}", e);
        }

        return table.Check() is { } wrong ? throw new FormatException(wrong) : table;
    }

    /// <summary>What is wrong with it, in a sentence; null: nothing.</summary>
    public string? Check()
    {
        if (Currency is not { Length: 3 } || !Currency.All(char.IsAsciiLetterUpper)) return $"the currency of a price table is a code such as USD, but is '{Currency}'";
        foreach ((string name, decimal value) in new[]
        {
            (nameof(FunctionMillionExecutions), FunctionMillionExecutions), (nameof(FunctionGbSecond), FunctionGbSecond), (nameof(FunctionMinimumMs), FunctionMinimumMs),
            (nameof(TableTenThousand), TableTenThousand), (nameof(QueueTenThousand), QueueTenThousand), (nameof(BlobTenThousand), BlobTenThousand),
            (nameof(LogGb), LogGb), (nameof(ContainerVcpuSecond), ContainerVcpuSecond), (nameof(ContainerGibSecond), ContainerGibSecond),
        })
            if (value < 0) return FormattableString.Invariant($"a price cannot be negative, but {JsonNamingPolicy.CamelCase.ConvertName(name)} is {value}");
        return FunctionRoundingMs > 0 ? null : FormattableString.Invariant($"functionRoundingMs is at least 1, but is {FunctionRoundingMs}");
    }
}

/// <summary>JSON of price tables.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PriceTable))]
internal sealed partial class CostsJson : JsonSerializerContext
{
}
