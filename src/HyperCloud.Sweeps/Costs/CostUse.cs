namespace HyperCloud.Sweeps;

/// <summary>What was used, in the units that are billed.</summary>
/// <param name="Executions">Executions of functions.</param>
/// <param name="GbSeconds">Instance memory times billed time of functions.</param>
/// <param name="VcpuSeconds">Cores of containers times time.</param>
/// <param name="GibSeconds">Memory of containers times time.</param>
/// <param name="TableTransactions">Requests to Table storage.</param>
/// <param name="QueueTransactions">Requests to Queue storage.</param>
/// <param name="BlobTransactions">Requests to Blob storage.</param>
/// <param name="LogBytes">Telemetry.</param>
public readonly record struct CostUse(
    decimal Executions, decimal GbSeconds, decimal VcpuSeconds, decimal GibSeconds, decimal TableTransactions, decimal QueueTransactions, decimal BlobTransactions, decimal LogBytes)
{
    /// <summary>Both together.</summary>
    public static CostUse operator +(CostUse a, CostUse b) => new(
        a.Executions + b.Executions, a.GbSeconds + b.GbSeconds, a.VcpuSeconds + b.VcpuSeconds, a.GibSeconds + b.GibSeconds,
        a.TableTransactions + b.TableTransactions, a.QueueTransactions + b.QueueTransactions, a.BlobTransactions + b.BlobTransactions, a.LogBytes + b.LogBytes);

    /// <summary>So many times this.</summary>
    public static CostUse operator *(CostUse a, decimal times) => new(
        a.Executions * times, a.GbSeconds * times, a.VcpuSeconds * times, a.GibSeconds * times,
        a.TableTransactions * times, a.QueueTransactions * times, a.BlobTransactions * times, a.LogBytes * times);

    /// <summary>What it costs.</summary>
    public CostLines At(PriceTable prices) => new(
        GbSeconds * prices.FunctionGbSecond,
        Executions * prices.FunctionMillionExecutions / 1_000_000m,
        (VcpuSeconds * prices.ContainerVcpuSecond) + (GibSeconds * prices.ContainerGibSecond),
        ((TableTransactions * prices.TableTenThousand) + (QueueTransactions * prices.QueueTenThousand) + (BlobTransactions * prices.BlobTenThousand)) / 10_000m,
        LogBytes * prices.LogGb / 1_000_000_000m);
}

/// <summary>Money by what it is spent on, in the currency of the price table.</summary>
/// <param name="Compute">Time of functions.</param>
/// <param name="Executions">Executions of functions.</param>
/// <param name="Containers">Time of containers.</param>
/// <param name="Storage">Storage transactions: the task hub's and the sweep's own.</param>
/// <param name="Logs">Telemetry.</param>
public readonly record struct CostLines(decimal Compute, decimal Executions, decimal Containers, decimal Storage, decimal Logs)
{
    /// <summary>All together.</summary>
    public decimal Total => Compute + Executions + Containers + Storage + Logs;
}
