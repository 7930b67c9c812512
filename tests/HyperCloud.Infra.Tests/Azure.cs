using System.Collections.Immutable;
using HyperCloud.Infra.Plan;
using HyperCloud.Infra.Plan.Tests;
using Pulumi;
using Pulumi.Testing;

namespace HyperCloud.Infra.Tests;

/// <summary>A resource as the program registered it.</summary>
/// <param name="Type">Its type, such as <c>azure-native:storage:StorageAccount</c>.</param>
/// <param name="Name">Its name in the program.</param>
/// <param name="Inputs">What it was given.</param>
internal sealed record Registered(string Type, string Name, ImmutableDictionary<string, object> Inputs)
{
    /// <summary>Its id in the Azure of these tests.</summary>
    public string Id => Azure.IdOf(Type, Name);

    /// <summary>A text, number or flag, found by a path with dots; null when there is none. A number in the path is a place in a list.</summary>
    public object? At(string path) => path.Split('.').Aggregate((object?)Inputs, (at, part) => at switch
    {
        ImmutableDictionary<string, object> map => map.GetValueOrDefault(part),
        ImmutableArray<object> list => list[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)],
        _ => null,
    });

    /// <summary>All texts in the inputs, with their paths.</summary>
    public IEnumerable<(string Path, string Text)> Texts() => Azure.Texts("", Inputs);
}

/// <summary>An Azure that makes everything at once and forgets it, and keeps a log.</summary>
internal sealed class Azure : IMocks
{
    /// <summary>What Application Insights says of itself: its key is no credential while local authentication is off.</summary>
    public const string InsightsConnection = "InstrumentationKey=00000000-1111-2222-3333-444444444444;IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/";

    private readonly Lock _lock = new();
    private readonly List<Registered> _log = [];
    private readonly List<string> _calls = [];

    private readonly List<ResourceTransformationArgs> _options = [];

    /// <summary>Every resource with the options that it was made with.</summary>
    public IReadOnlyList<ResourceTransformationArgs> Options => _options;

    /// <summary>Everything that was registered, in order; components included.</summary>
    public ImmutableArray<Registered> All
    {
        get
        {
            lock (_lock) return [.. _log];
        }
    }

    /// <summary>Azure's resources among it.</summary>
    public ImmutableArray<Registered> Resources => [.. All.Where(r => r.Type.StartsWith("azure-native:", StringComparison.Ordinal))];

    /// <summary>Functions of the provider that were called.</summary>
    public ImmutableArray<string> Calls
    {
        get
        {
            lock (_lock) return [.. _calls];
        }
    }

    /// <summary>What the stack tells of itself.</summary>
    public IDictionary<string, object?> Outputs { get; private set; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>Makes a plan's stack.</summary>
    public static async Task<Azure> Make(StackPlan plan)
    {
        var azure = new Azure();
        // A transformation sees what resources are made with, and this one leaves it as it is.
        ResourceTransformation note = args =>
        {
            azure._options.Add(args);
            return null;
        };
        await azure.Run(() => Task.FromResult(HyperCloudStack.Make(plan, new() { ResourceTransformations = [note] })), plan.Names.Stack);
        return azure;
    }

    /// <summary>Runs a program.</summary>
    public async Task Run(Func<Task<IDictionary<string, object?>>> program, string stack)
    {
        var options = new TestOptions { IsPreview = false, ProjectName = "hypercloud", StackName = stack };
        (_, Outputs) = await Deployment.TestAsync(this, options, program);
    }

    /// <summary>All resources of a type.</summary>
    public ImmutableArray<Registered> Of(string type) => [.. Resources.Where(r => r.Type == $"azure-native:{type}")];

    /// <summary>The only resource of a type.</summary>
    public Registered The(string type) => Assert.Single(Of(type));

    /// <inheritdoc/>
    public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
    {
        var resource = new Registered(args.Type!, args.Name!, args.Inputs);
        lock (_lock) _log.Add(resource);
        return Task.FromResult<(string? id, object state)>((resource.Id, State(resource)));
    }

    /// <inheritdoc/>
    public Task<object> CallAsync(MockCallArgs args)
    {
        lock (_lock) _calls.Add(args.Token!);
        return Task.FromResult<object>(new Dictionary<string, object>
        {
            ["clientId"] = Guid.Empty.ToString(),
            ["objectId"] = Guid.Empty.ToString(),
            ["subscriptionId"] = Samples.Subscriber.Subscription,
            ["tenantId"] = Samples.Subscriber.Tenant,
        });
    }

    public static string IdOf(string type, string name) => $"/subscriptions/s/{type.Split(':')[^1]}/{name}";

    public static IEnumerable<(string Path, string Text)> Texts(string path, object? value) => value switch
    {
        string text => [(path, text)],
        ImmutableDictionary<string, object> map => map.SelectMany(m => Texts($"{path}.{m.Key}", m.Value)),
        ImmutableArray<object> list => list.SelectMany((item, i) => Texts($"{path}.{i}", item)),
        _ => [],
    };

    // What Azure adds to what it was given: names under "name", and what else the program asks for.
    private static ImmutableDictionary<string, object> State(Registered resource)
    {
        ImmutableDictionary<string, object> state = resource.Inputs;
        if (!resource.Type.StartsWith("azure-native:", StringComparison.Ordinal)) return state;
        string kind = resource.Type.Split(':')[^1];
        string own = kind switch
        {
            "ResourceGroup" => "resourceGroupName",
            "StorageAccount" => "accountName",
            "Scheduler" => "schedulerName",
            "VirtualNetwork" => "virtualNetworkName",
            "PrivateZone" => "privateZoneName",
            "PrivateEndpoint" => "privateEndpointName",
            "Vault" => "vaultName",
            "Registry" => "registryName",
            "TaskHub" => "taskHubName",
            _ => "name",
        };
        if (state.TryGetValue(own, out object? name)) state = state.SetItem("name", name);
        return kind switch
        {
            "Component" => state.SetItem("connectionString", InsightsConnection),
            "UserAssignedIdentity" => state.SetItem("clientId", $"client-of-{resource.Name}").SetItem("principalId", $"principal-of-{resource.Name}"),
            "WebApp" => state.SetItem("defaultHostName", $"{state["name"]}.azurewebsites.net"),
            "Registry" => state.SetItem("loginServer", $"{state["name"]}.azurecr.io"),
            "Scheduler" => state.SetItem("properties", ((ImmutableDictionary<string, object>)state["properties"]).SetItem("endpoint", $"https://{state["name"]}.westeurope.durabletask.io").SetItem("provisioningState", "Succeeded")),
            _ => state,
        };
    }
}
