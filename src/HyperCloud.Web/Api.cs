using HyperCloud.Sweeps;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Web;

/// <summary>Settings of the API.</summary>
public sealed record ApiOptions
{
    /// <summary>How submitted specs are read: runners, algorithms, whether a <c>trial</c> section is required.</summary>
    public required SpecContext Specs { get; init; }

    /// <summary>Absolute path of the folder that relative paths of submitted specs refer to.</summary>
    public required string BaseDirectory { get; init; }

    /// <summary>The key that callers must present; null: none is asked for.</summary>
    public string? Key { get; init; }

    /// <summary>Names the server answers for in the Host header, without ports; null: any.</summary>
    public IReadOnlyCollection<string>? Hosts { get; init; }

    /// <summary>Address under which workers reach the server, such as <c>https://hyper.example</c>; null: the one that they asked under.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>How often a request that waits looks at the store; default 250 ms.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Requests that wait end when this asks them to: the server is going away.</summary>
    public CancellationToken Stopping { get; init; }
}

/// <summary>What the endpoints share: the store behind a hub, whoever hosts sweeps, settings.</summary>
/// <param name="hub">A hub of the API's own, beside those that host.</param>
/// <param name="hosting">Whoever sees to it that sweeps go on.</param>
/// <param name="options">Settings.</param>
/// <param name="logger">For faults.</param>
public sealed class Api(SweepHub hub, ISweepHosting hosting, ApiOptions options, ILogger<Api> logger)
{
    /// <summary>Bytes of a request's body: 1 MiB.</summary>
    public const int MaxBody = 1 << 20;

    /// <summary>The hub.</summary>
    public SweepHub Hub => hub;

    /// <summary>What users ask of sweeps.</summary>
    public SweepService Service { get; } = new(hub);

    /// <summary>Whoever sees to it that sweeps go on.</summary>
    public ISweepHosting Hosting => hosting;

    /// <summary>Settings.</summary>
    public ApiOptions Options => options;

    /// <summary>The sweeps as the API knows them.</summary>
    internal SweepCatalog Catalog { get; } = new(hub);

    internal ILogger<Api> Logger => logger;
}
