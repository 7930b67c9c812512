using System.Collections.Frozen;
using System.Collections.Immutable;

namespace HyperCloud.Web;

/// <summary>
/// The one table of endpoints. To add one: a file in <c>Endpoints</c> with a handler and its <see cref="ApiEndpoint"/>, a line here, and its operation
/// in docs/openapi.yaml, which a test holds to this table.
/// </summary>
public static class ApiTable
{
    /// <summary>Every endpoint.</summary>
    public static ImmutableArray<ApiEndpoint> All { get; } =
    [
        SubmitSweep.Endpoint,
        ListSweeps.Endpoint,
        GetSweep.Endpoint,
        DeleteSweep.Endpoint,
        ChangeSweep.Pause,
        ChangeSweep.Resume,
        ChangeSweep.Cancel,
        RetrySweep.Endpoint,
        Trials.List,
        Trials.One,
        Runs.List,
        Runs.One,
        GetReport.Endpoint,
        GetAnalysis.Endpoint,
        GetCapsule.Endpoint,
        ListEvents.Endpoint,
        Workers.Ask,
        Workers.Tell,
        Workers.Report,
        ScheduleEndpoints.List,
        ScheduleEndpoints.Put,
        ScheduleEndpoints.Delete,
        About.Health,
        About.Schema,
        About.OpenApi,
    ];

    /// <summary>The endpoints by <see cref="ApiEndpoint.OperationId"/>.</summary>
    public static FrozenDictionary<string, ApiEndpoint> ByOperation { get; } = All.ToFrozenDictionary(e => e.OperationId, StringComparer.Ordinal);
}
