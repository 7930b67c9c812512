using System.ComponentModel.DataAnnotations;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Functions;

/// <summary>Settings of the app, from application settings that begin with <c>HyperCloud__</c>. Checked when the app starts.</summary>
public sealed class HyperCloudOptions : IValidatableObject
{
    /// <summary>The section they are bound from.</summary>
    public const string Section = "HyperCloud";

    /// <summary>
    /// Where sweeps are kept: an Azure connection string, or <c>https://ACCOUNT.table.core.windows.net</c> for the app's identity (of several user-assigned ones <c>AZURE_CLIENT_ID</c> names it); either may end in
    /// <c>#prefix</c>. Default: the connection string of <c>AzureWebJobsStorage</c>, which suits a laptop; in Azure give the data an account of its own.
    /// </summary>
    public string Store { get; set; } = "";

    /// <summary>Folder that relative paths of submitted specs refer to. Default: the app's own folder, which holds the examples' <c>data</c>.</summary>
    public string? Base { get; set; }

    /// <summary>Folder for checkpoints and outputs while runs go on. Default: in the machine's temporary folder; checkpoints are kept in blobs.</summary>
    public string? Work { get; set; }

    /// <summary>Address under which runs that are executed elsewhere reach the app. Default: the one that Azure gives it.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Seconds that one activity goes on with short runs; 0 packs none. Default 10, at most 300.</summary>
    [Range(0, 300)]
    public double PackSeconds { get; set; } = 10;

    /// <summary>
    /// Minutes after which a run that goes on from checkpoints (<c>trial.checkpoints</c>, <c>mode: pause</c>) is cut at its next report, to go on in
    /// another activity; 0 cuts none. Default 8: within the ten minutes that the platform leaves an instance which it takes away. At most 1440; where
    /// <c>functionTimeout</c> is finite, stay below it by the time between two reports.
    /// </summary>
    [Range(0, 1440)]
    public double SliceMinutes { get; set; } = 8;

    /// <summary>Seconds between the signs of life of a run; after three times as long it counts as lost. Default 30, 5 … 300.</summary>
    [Range(5, 300)]
    public double HeartbeatSeconds { get; set; } = 30;

    /// <summary>Memory of an instance in MB, by which the time of runs is priced; as the plan has it. Default 2048, 512 … 16384.</summary>
    [Range(512, 16_384)]
    public int InstanceMemoryMb { get; set; } = 2_048;

    /// <summary>Cores of the containers that execute runs. Default 1.</summary>
    [Range(0.25, 64)]
    public double ContainerVcpu { get; set; } = 1;

    /// <summary>Memory of those containers in GiB. Default 2.</summary>
    [Range(0.5, 1_024)]
    public double ContainerGib { get; set; } = 2;

    /// <summary>Prices that differ from the list prices, such as <c>HyperCloud__Prices__FunctionGbSecond</c>.</summary>
    public PriceTable Prices { get; set; } = PriceTable.List;

    /// <summary>Days that the history of orchestrations is kept after they have ended. The sweeps themselves are kept until deleted. Default 7.</summary>
    [Range(1, 3650)]
    public int HistoryDays { get; set; } = 7;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Store))
            yield return new("HyperCloud__Store is not set, and AzureWebJobsStorage is no connection string that could stand in: give a connection string or https://ACCOUNT.table.core.windows.net", [nameof(Store)]);
        else if (!StoreAddress.IsAzure(Store))
            yield return new("HyperCloud__Store must be an Azure connection string or https://ACCOUNT.table.core.windows.net: a file would be lost with the machine, and other instances could not read it", [nameof(Store)]);
        if (PublicUrl is { Length: > 0 } && !(Uri.TryCreate(PublicUrl, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
            yield return new($"HyperCloud__PublicUrl must be an http or https address, but is '{PublicUrl}'", [nameof(PublicUrl)]);
        if (Prices.Check() is { } wrong) yield return new($"HyperCloud__Prices: {wrong}", [nameof(Prices)]);
        if (Base is { Length: > 0 } && !Directory.Exists(Base))
            yield return new($"HyperCloud__Base: there is no folder '{Base}'", [nameof(Base)]);
    }
}
