using Azure.Core;
using Azure.Core.Pipeline;

namespace HyperCloud.Storage;

/// <summary>How an <see cref="AzureStore"/> is opened.</summary>
public sealed record AzureStoreOptions
{
    /// <summary>
    /// What the names of the tables and of the container begin with, so that several stores share an account: 3 to 24 lower-case letters,
    /// default <c>hypercloud</c>. No digits: the first digit of a table's name ends the prefix, which keeps one store's tables from being
    /// taken for another's.
    /// </summary>
    public string Prefix { get; init; } = AzureNames.DefaultPrefix;

    /// <summary>Open for reading only: nothing is made or changed, writing calls answer <c>read-only</c>. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// For how long a call goes on trying when the store throttles, is out of reach or answers with its own faults: 0 (one attempt) to 1 h,
    /// default 90 s, so that a store which is away for a minute is waited for. An attempt under way at that moment is waited for.
    /// </summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>First pause before a repetition; doubles with each, with jitter of ±20 %. 1 ms to 1 min, default 0.4 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(0.4);

    /// <summary>Longest pause that we choose ourselves; a longer <c>Retry-After</c> of the store is honoured. Default 10 s.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one attempt on a table may stay without an answer; one on a blob has four times as long. 10 ms to 10 min, default 25 s.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>Who we are, where the address is a URL. Null: <c>DefaultAzureCredential</c> (managed identity, environment, Azure CLI, …).</summary>
    public TokenCredential? Credential { get; init; }

    /// <summary>What sends the requests; for tests that inject faults.</summary>
    internal HttpPipelineTransport? Transport { get; init; }

    /// <summary>The clock of the pauses; for tests that do not wait.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Refuses values outside of their ranges.</summary>
    internal void Check()
    {
        AzureNames.CheckPrefix(Prefix);
        Within(RetryFor, TimeSpan.Zero, TimeSpan.FromHours(1), nameof(RetryFor));
        Within(RetryDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1), nameof(RetryDelay));
        Within(RetryDelayMax, RetryDelay, TimeSpan.FromHours(1), nameof(RetryDelayMax));
        Within(AttemptTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10), nameof(AttemptTimeout));
    }

    private static void Within(TimeSpan value, TimeSpan min, TimeSpan max, string name)
    {
        if (value < min || value > max) throw new ArgumentOutOfRangeException(name, value, $"`{name}` must be from {min} to {max}");
    }
}
