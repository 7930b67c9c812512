using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace HyperCloud.Runners;

/// <summary>A Container Apps job in Azure.</summary>
/// <param name="Subscription">Subscription id, a GUID.</param>
/// <param name="ResourceGroup">Resource group.</param>
/// <param name="Name">The job's name.</param>
internal sealed partial record JobId(string Subscription, string ResourceGroup, string Name)
{
    /// <summary>Its resource id, which is also its path at Azure Resource Manager.</summary>
    public string Path => $"/subscriptions/{Subscription}/resourceGroups/{ResourceGroup}/providers/Microsoft.App/jobs/{Name}";

    /// <summary>The resource id of one of its executions.</summary>
    public string Execution(string name) => $"{Path}/executions/{name}";

    /// <summary>For messages.</summary>
    public override string ToString() => $"'{Name}' in resource group '{ResourceGroup}' of subscription {Subscription}";

    /// <summary>Understands a job's resource id.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out JobId? job)
    {
        Match match = ResourceId().Match(text);
        job = match.Success && !match.Groups["execution"].Success ? Of(match) : null;
        return job is not null;
    }

    /// <summary>Understands the resource id of an execution: what nobody else could have written, since a token is sent there.</summary>
    public static bool TryParseExecution(string text, [NotNullWhen(true)] out JobId? job, [NotNullWhen(true)] out string? execution)
    {
        Match match = ResourceId().Match(text);
        (job, execution) = match.Success && match.Groups["execution"].Success ? (Of(match), match.Groups["execution"].Value) : (null, null);
        return job is not null;
    }

    /// <summary>Whether a text can be the name of a job or of an execution.</summary>
    public static bool IsName(string text) => JobName().IsMatch(text);

    /// <summary>Whether a text can be the name of a resource group.</summary>
    public static bool IsGroup(string text) => GroupName().IsMatch(text);

    private static JobId Of(Match match) => new(match.Groups["subscription"].Value, match.Groups["group"].Value, match.Groups["job"].Value);

    // The patterns of the published API description (Microsoft.App, Jobs); '.' and '..' alone would lead elsewhere.
    [GeneratedRegex(@"\A(?!\.\.?\z)[-\w.()]{1,90}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex JobName();

    [GeneratedRegex(@"\A(?!\.\.?\z)[-\w.()]{1,90}\z", RegexOptions.CultureInvariant)]
    private static partial Regex GroupName();

    [GeneratedRegex(@"\A/subscriptions/(?<subscription>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})/resourceGroups/(?<group>(?!\.\.?/)[-\w.()]{1,90})/providers/Microsoft\.App/jobs/(?<job>(?!\.\.?(/|\z))[-\w.()]{1,90})(/executions/(?<execution>(?!\.\.?\z)[-\w.()]{1,90}))?\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ResourceId();
}
