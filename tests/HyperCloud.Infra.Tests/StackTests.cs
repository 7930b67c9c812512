using System.Collections.Immutable;
using System.Text.RegularExpressions;
using HyperCloud.Infra.Plan;
using HyperCloud.Infra.Plan.Tests;
using Pulumi;

namespace HyperCloud.Infra.Tests;

/// <summary>
/// The program against an Azure of its own. Types, property names and enum values are those of the published provider: the program is compiled
/// against Pulumi.AzureNative 3.28, which is generated from Azure's API descriptions, and would not compile with others. All in one class, whose
/// tests run one after the other: Pulumi keeps the deployment under way in a static variable.
/// </summary>
public sealed class StackTests
{
    public static TheoryData<string, string, string> Stacks => new()
    {
        { "dev", "packSeconds", "10" }, { "dev", "signIn", Samples.ClientId }, { "dev", "taskHub", "scheduler-consumption" }, { "dev", "taskHub", "scheduler-dedicated" }, { "dev", "containers", "true" },
        { "dev", "privateNetwork", "true" }, { "dev", "zoneRedundant", "true" }, { "dev", "alwaysReady", "1" }, { "dev", "purgeProtection", "true" }, { "dev", "tags", "{\"cost-center\": \"42\"}" },
        { "prod", "packSeconds", "10" }, { "prod", "containers", "false" }, { "prod", "signIn", "none" },
    };

    [Fact]
    public async Task The_resources_of_dev() => Assert.Equal(
        [
            "applicationinsights:Component", "authorization:RoleAssignment × 7", "consumption:Budget", "keyvault:Vault", "managedidentity:UserAssignedIdentity", "monitor:ActionGroup", "monitor:DiagnosticSetting",
            "monitor:ScheduledQueryRule × 3", "operationalinsights:Workspace", "resources:ResourceGroup", "storage:BlobContainer × 2", "storage:BlobServiceProperties × 2", "storage:ManagementPolicy × 2",
            "storage:StorageAccount × 2", "storage:Table × 7", "web:AppServicePlan", "web:WebApp", "web:WebAppFtpAllowed", "web:WebAppScmAllowed",
        ],
        Counts(await Azure.Make(Samples.Plan("dev"))));

    [Theory]
    [InlineData("signIn", Samples.ClientId, "web:WebAppAuthSettingsV2")]
    [InlineData("taskHub", "scheduler-consumption", "durabletask:Scheduler", "durabletask:TaskHub", "authorization:RoleAssignment × 6")]
    [InlineData(
        "containers", "true", "app:Job", "app:ManagedEnvironment", "containerregistry:Registry", "managedidentity:UserAssignedIdentity × 2", "monitor:DiagnosticSetting × 2", "authorization:RoleAssignment × 9")]
    [InlineData(
        "privateNetwork", "true", "network:VirtualNetwork", "network:Subnet × 2", "network:PrivateEndpoint × 6", "network:PrivateDnsZoneGroup × 6", "privatedns:PrivateZone × 4", "privatedns:VirtualNetworkLink × 4")]
    [InlineData("zoneRedundant", "true")]
    [InlineData("alwaysReady", "3")]
    public async Task An_option_adds_what_it_needs_and_nothing_else(string key, string value, params string[] added)
    {
        string[] plain = Counts(await Azure.Make(Samples.Plan("dev"))), with = Counts(await Azure.Make(Samples.Plan("dev", (key, value))));
        Assert.Equal(added.Order(StringComparer.Ordinal), with.Except(plain).Order(StringComparer.Ordinal));
    }

    // The whole table, each row with the principal, the role and the one resource that it is for.
    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task Every_role_is_given_to_the_right_identity_on_the_right_resource(string stack, string key, string value)
    {
        StackPlan plan = Samples.Plan(stack, (key, value));
        Azure azure = await Azure.Make(plan);
        var ids = new Dictionary<Scope, string?>
        {
            [Scope.HubStorage] = azure.Of("storage:StorageAccount").Single(a => Equals(a.At("accountName"), plan.Names.HubStorage)).Id,
            [Scope.DataStorage] = azure.Of("storage:StorageAccount").Single(a => Equals(a.At("accountName"), plan.Names.DataStorage)).Id,
            [Scope.Insights] = azure.The("applicationinsights:Component").Id,
            [Scope.Vault] = azure.The("keyvault:Vault").Id,
            [Scope.TaskHub] = azure.Of("durabletask:TaskHub").SingleOrDefault()?.Id,
            [Scope.Job] = azure.Of("app:Job").SingleOrDefault()?.Id,
            [Scope.Registry] = azure.Of("containerregistry:Registry").SingleOrDefault()?.Id,
        };
        Assert.Equal(
            plan.Roles.Select(r => $"{(r.Principal == Principal.App ? "principal-of-identity-app" : "principal-of-identity-jobs")} | /subscriptions/{plan.Subscriber.Subscription}/providers/Microsoft.Authorization/roleDefinitions/{r.Role.Id} | {ids[r.Scope]} | ServicePrincipal")
                .Order(StringComparer.Ordinal),
            azure.Of("authorization:RoleAssignment").Select(r => $"{r.At("principalId")} | {r.At("roleDefinitionId")} | {r.At("scope")} | {r.At("principalType")}").Order(StringComparer.Ordinal));
        // Never on what holds other things, too.
        Assert.DoesNotContain(azure.Of("authorization:RoleAssignment"), r => Equals(r.At("scope"), azure.The("resources:ResourceGroup").Id));
    }

    // What a resource waits for by its options: the resources named, and all that is in the parts named.
    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task The_app_waits_for_roles_storage_and_network(string stack, string key, string value)
    {
        Azure azure = await Azure.Make(Samples.Plan(stack, (key, value)));
        var parents = azure.Options.ToDictionary(o => o.Resource, o => o.Options.Parent);
        HashSet<Resource> before = await Before("azure-native:web:WebApp");
        string[] first = ["authorization:RoleAssignment", "storage:BlobContainer", "storage:Table", "storage:BlobServiceProperties", "network:PrivateEndpoint", "network:PrivateDnsZoneGroup", "privatedns:VirtualNetworkLink"];
        foreach (string type in first)
        {
            Resource[] resources = [.. azure.Options.Select(o => o.Resource).Where(r => r.GetResourceType() == $"azure-native:{type}")];
            Assert.Equal(azure.Of(type).Length, resources.Length);
            Assert.All(resources, r => Assert.True(before.Contains(r) || (parents[r] is { } part && before.Contains(part)), $"the app does not wait for {r.GetResourceName()}"));
        }

        // Rules for versions are refused by an account that keeps none yet.
        foreach (ResourceTransformationArgs lifecycle in azure.Options.Where(o => o.Resource.GetResourceType() == "azure-native:storage:ManagementPolicy"))
            Assert.Equal([lifecycle.Resource.GetResourceName().Replace("-lifecycle", "-blobs")], (await Named(lifecycle)).Select(r => r.GetResourceName()));

        async Task<HashSet<Resource>> Before(string type) => [.. await Named(azure.Options.Single(o => o.Resource.GetResourceType() == type))];
    }

    [Fact]
    public async Task Subnets_are_made_one_after_the_other()
    {
        Azure azure = await Azure.Make(Samples.Plan("prod"));
        var after = new List<string>();
        foreach (ResourceTransformationArgs subnet in azure.Options.Where(o => o.Resource.GetResourceType() == "azure-native:network:Subnet"))
            after.Add($"{subnet.Resource.GetResourceName()} after {string.Join(",", (await Named(subnet)).Select(r => r.GetResourceName()))}");
        Assert.Equal(["subnet-endpoints after ", "subnet-app after subnet-endpoints", "subnet-jobs after subnet-app"], after);
    }

    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task No_key_signature_or_connection_string_is_in_any_input_or_output(string stack, string key, string value)
    {
        Azure azure = await Azure.Make(Samples.Plan(stack, (key, value)));
        var texts = azure.All.SelectMany(r => r.Texts().Select(t => (Where: $"{r.Type} {r.Name}{t.Path}", t.Text))).ToList();
        Assert.True(texts.Count > 200);
        foreach ((string name, object? output) in azure.Outputs) texts.Add(($"output {name}", (string)(await Value(output))!));
        foreach ((string where, string text) in texts)
        {
            // The one exception, which opens nothing, since every Application Insights here takes identities only.
            if (text == Azure.InsightsConnection && Equals(azure.The("applicationinsights:Component").At("disableLocalAuth"), true)) continue;
            Assert.False(Secrets().IsMatch(text), $"{where}: {text}");
        }

        // Nor does the program ask for any: it calls no listKeys, and makes no secret.
        Assert.Empty(azure.Calls.Where(c => c != "azure-native:authorization:getClientConfig"));
        Assert.Empty(azure.Of("keyvault:Secret"));
        Assert.DoesNotContain(azure.All.SelectMany(r => r.Texts()), t => Regex.IsMatch(t.Path, @"\.(connectionStrings|sharedKey|secrets|adminPassword|passwordSecretRef)(\.|$)"));
    }

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=x")]
    [InlineData("https://a.blob.core.windows.net/c?sv=2024-01-01&sig=abc%3D")]
    [InlineData("BlobEndpoint=https://a;SharedAccessSignature=sv=1")]
    [InlineData("Endpoint=sb://a;SharedAccessKeyName=k;SharedAccessKey=x")]
    [InlineData("InstrumentationKey=1;IngestionEndpoint=https://a")]
    [InlineData("x Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZg== y")]
    public void The_search_for_secrets_finds_them(string text) => Assert.Matches(Secrets(), text);

    // Whatever can bear tags, by the provider's own types.
    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task Everything_that_can_bear_tags_bears_all_of_them(string stack, string key, string value)
    {
        StackPlan plan = Samples.Plan(stack, (key, value));
        Azure azure = await Azure.Make(plan);
        ILookup<string, Type> args = typeof(global::Pulumi.AzureNative.Storage.StorageAccount).Assembly.GetTypes().Where(t => t.Name.EndsWith("Args", StringComparison.Ordinal)).ToLookup(t => t.FullName!.ToLowerInvariant());
        var taggable = azure.Resources.Where(r => args[$"pulumi.azurenative.{r.Type.Split(':')[1]}.{r.Type.Split(':')[2]}args".ToLowerInvariant()].Single().GetProperty("Tags") is not null).ToList();
        Assert.True(taggable.Count >= 12);
        Assert.All(taggable, r =>
        {
            var tags = (ImmutableDictionary<string, object>?)r.At("tags");
            Assert.True(tags is not null, $"{r.Type} {r.Name} has no tags");
            Assert.Equal(plan.Tags.OrderBy(t => t.Key, StringComparer.Ordinal), tags.ToDictionary(t => t.Key, t => (string)t.Value).OrderBy(t => t.Key, StringComparer.Ordinal));
        });
    }

    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task Every_storage_account_is_closed_and_keeps_versions(string stack, string key, string value)
    {
        StackPlan plan = Samples.Plan(stack, (key, value));
        Azure azure = await Azure.Make(plan);
        Assert.Equal(2, azure.Of("storage:StorageAccount").Length);
        foreach (Registered account in azure.Of("storage:StorageAccount"))
        {
            Expect(account, ("allowSharedKeyAccess", false), ("allowBlobPublicAccess", false), ("enableHttpsTrafficOnly", true), ("minimumTlsVersion", "TLS1_2"), ("isLocalUserEnabled", false), ("kind", "StorageV2"));
            Expect(account, ("publicNetworkAccess", plan.Network is null ? "Enabled" : "Disabled"), ("networkRuleSet.defaultAction", plan.Network is null ? "Allow" : "Deny"));
            Expect(account, ("sku.name", plan.App.ZoneRedundant ? "Standard_ZRS" : "Standard_LRS"));
            Registered blobs = azure.Of("storage:BlobServiceProperties").Single(b => Equals(b.At("accountName"), account.At("accountName")));
            Expect(blobs, ("isVersioningEnabled", true), ("deleteRetentionPolicy.enabled", true), ("containerDeleteRetentionPolicy.enabled", true));
            Assert.Single(azure.Of("storage:ManagementPolicy"), p => Equals(p.At("accountName"), account.At("accountName")));
        }

        Assert.All(azure.Of("storage:BlobContainer"), c => Expect(c, ("publicAccess", "None")));
        Assert.Equal(StoragePlan.StoreTables, azure.Of("storage:Table").Select(t => (string)t.At("tableName")!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Lifecycle_rules_are_the_plans()
    {
        StackPlan plan = Samples.Plan("dev");
        Azure azure = await Azure.Make(plan);
        Registered data = azure.Of("storage:ManagementPolicy").Single(p => Equals(p.At("accountName"), plan.Names.DataStorage));
        Expect(
            data,
            ("policy.rules.0.name", "deleted-checkpoints-and-sweeps"), ("policy.rules.0.definition.actions.version.delete.daysAfterCreationGreaterThan", 7d), ("policy.rules.0.definition.actions.baseBlob", null),
            ("policy.rules.1.definition.actions.baseBlob.tierToCool.daysAfterModificationGreaterThan", 30d), ("policy.rules.1.definition.actions.baseBlob.tierToCold.daysAfterModificationGreaterThan", 90d),
            ("policy.rules.1.definition.actions.baseBlob.delete", null), ("policy.rules.1.definition.filters.prefixMatch.0", "hypercloud/sweeps/"), ("policy.rules.1.type", "Lifecycle"));
    }

    [Fact]
    public async Task The_app_is_a_flex_consumption_app_with_an_identity_instead_of_keys()
    {
        StackPlan plan = Samples.Plan("dev", ("alwaysReady", "2"), ("instanceMemory", "4096"));
        Azure azure = await Azure.Make(plan);
        Registered farm = azure.The("web:AppServicePlan"), app = azure.The("web:WebApp");
        Expect(farm, ("sku.name", "FC1"), ("sku.tier", "FlexConsumption"), ("reserved", true), ("kind", "functionapp"), ("zoneRedundant", false));
        string identity = azure.The("managedidentity:UserAssignedIdentity").Id;
        Expect(
            app,
            ("kind", "functionapp,linux"), ("serverFarmId", farm.Id), ("httpsOnly", true), ("siteConfig.ftpsState", "Disabled"), ("siteConfig.minTlsVersion", "1.2"), ("keyVaultReferenceIdentity", identity),
            ("identity.type", "UserAssigned"), ("identity.userAssignedIdentities.0", identity), ("virtualNetworkSubnetId", null),
            ("functionAppConfig.runtime.name", "dotnet-isolated"), ("functionAppConfig.runtime.version", "10.0"),
            ("functionAppConfig.scaleAndConcurrency.instanceMemoryMB", 4096d), ("functionAppConfig.scaleAndConcurrency.maximumInstanceCount", 20d),
            ("functionAppConfig.scaleAndConcurrency.alwaysReady.0.name", "durable"), ("functionAppConfig.scaleAndConcurrency.alwaysReady.0.instanceCount", 2d),
            ("functionAppConfig.deployment.storage.type", "blobContainer"), ("functionAppConfig.deployment.storage.value", $"https://{plan.Names.HubStorage}.blob.core.windows.net/packages"),
            ("functionAppConfig.deployment.storage.authentication.type", "UserAssignedIdentity"), ("functionAppConfig.deployment.storage.authentication.userAssignedIdentityResourceId", identity));
        Assert.Contains(azure.Of("storage:BlobContainer"), c => Equals(c.At("accountName"), plan.Names.HubStorage) && Equals(c.At("containerName"), "packages"));
        Expect(azure.The("web:WebAppFtpAllowed"), ("allow", false));
        Expect(azure.The("web:WebAppScmAllowed"), ("allow", false));
    }

    [Fact]
    public async Task Nothing_is_always_ready_unless_asked_for() =>
        Expect((await Azure.Make(Samples.Plan("dev"))).The("web:WebApp"), ("functionAppConfig.scaleAndConcurrency.alwaysReady", null));

    [Theory]
    [MemberData(nameof(Stacks))]
    public async Task Settings_are_the_plans_with_every_gap_filled(string stack, string key, string value)
    {
        StackPlan plan = Samples.Plan(stack, (key, value));
        Azure azure = await Azure.Make(plan);
        var settings = ((ImmutableArray<object>)azure.The("web:WebApp").At("siteConfig.appSettings")!).Cast<ImmutableDictionary<string, object>>().ToDictionary(s => (string)s["name"], s => (string)s["value"]);
        Assert.Equal(plan.App.Settings.Keys, settings.Keys.Order(StringComparer.Ordinal));
        Assert.All(settings, s => Assert.DoesNotContain("${", s.Value));
        Assert.Equal("client-of-identity-app", settings["AZURE_CLIENT_ID"]);
        Assert.Equal("ClientId=client-of-identity-app;Authorization=AAD", settings["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]);
        Assert.Equal(Azure.InsightsConnection, settings["APPLICATIONINSIGHTS_CONNECTION_STRING"]);
        if (plan.Scheduler is not null)
            Assert.Equal($"Endpoint=https://{plan.Names.Scheduler}.westeurope.durabletask.io;Authentication=ManagedIdentity;ClientID=client-of-identity-app", settings["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"]);
    }

    [Fact]
    public async Task Telemetry_takes_identities_only_and_alarms_reach_people()
    {
        StackPlan plan = Samples.Plan("prod");
        Azure azure = await Azure.Make(plan);
        Expect(azure.The("applicationinsights:Component"), ("disableLocalAuth", true), ("ingestionMode", "LogAnalytics"), ("workspaceResourceId", azure.The("operationalinsights:Workspace").Id));
        Expect(azure.The("operationalinsights:Workspace"), ("features.disableLocalAuth", true), ("retentionInDays", 90d), ("workspaceCapping.dailyQuotaGb", 5d), ("sku.name", "PerGB2018"));
        Registered contacts = azure.The("monitor:ActionGroup");
        Expect(contacts, ("enabled", true), ("emailReceivers.0.emailAddress", "team@example.org"), ("emailReceivers.1.emailAddress", "oncall@example.org"));
        Assert.Equal(plan.Watch.Alerts.Select(a => a.Name).Order(), azure.Of("monitor:ScheduledQueryRule").Select(a => (string)a.At("ruleName")!).Order());
        Assert.All(azure.Of("monitor:ScheduledQueryRule"), a => Expect(a, ("enabled", true), ("kind", "LogAlert"), ("actions.actionGroups.0", contacts.Id), ("scopes.0", azure.The("operationalinsights:Workspace").Id)));
        Registered age = azure.Of("monitor:ScheduledQueryRule").Single(a => a.Name.EndsWith("queue-age", StringComparison.Ordinal));
        Expect(age, ("criteria.allOf.0.metricMeasureColumn", "Max"), ("criteria.allOf.0.timeAggregation", "Maximum"), ("criteria.allOf.0.threshold", 3600d), ("criteria.allOf.0.operator", "gt"));
        Expect(
            azure.The("consumption:Budget"),
            ("amount", 500d), ("scope", azure.The("resources:ResourceGroup").Id), ("timeGrain", "Monthly"), ("timePeriod.startDate", "2026-11-01T00:00:00Z"),
            ("notifications.forecast-100.thresholdType", "Forecasted"), ("notifications.actual-80.threshold", 80d), ("notifications.actual-80.contactEmails.0", "team@example.org"));
        // Each month's plan names another first day; the budget keeps its own.
        Assert.Equal(["timePeriod"], ((CustomResourceOptions)azure.Options.Single(o => o.Resource.GetResourceType() == "azure-native:consumption:Budget").Options).IgnoreChanges);
    }

    [Fact]
    public async Task The_vault_is_ruled_by_roles_and_cannot_be_purged_in_prod()
    {
        Registered dev = (await Azure.Make(Samples.Plan("dev"))).The("keyvault:Vault"), prod = (await Azure.Make(Samples.Plan("prod"))).The("keyvault:Vault");
        Assert.All([dev, prod], v => Expect(v, ("properties.enableRbacAuthorization", true), ("properties.enableSoftDelete", true), ("properties.accessPolicies", null), ("properties.tenantId", Samples.Subscriber.Tenant)));
        Expect(dev, ("properties.enablePurgeProtection", null), ("properties.publicNetworkAccess", "Enabled"));
        Expect(prod, ("properties.enablePurgeProtection", true), ("properties.publicNetworkAccess", "Disabled"), ("properties.networkAcls.defaultAction", "Deny"));
    }

    [Fact]
    public async Task Sign_in_is_demanded_of_everything_but_open_paths_and_has_no_client_secret()
    {
        Registered auth = (await Azure.Make(Samples.Plan("prod"))).The("web:WebAppAuthSettingsV2");
        Expect(
            auth,
            ("platform.enabled", true), ("globalValidation.requireAuthentication", true), ("globalValidation.unauthenticatedClientAction", "Return401"), ("httpSettings.requireHttps", true),
            ("identityProviders.azureActiveDirectory.registration.clientId", Samples.ClientId),
            ("identityProviders.azureActiveDirectory.registration.clientSecretSettingName", "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID"),
            ("identityProviders.azureActiveDirectory.validation.allowedAudiences.0", $"api://{Samples.ClientId}"));
        Assert.Equal(["/api/health", "/api/schema", "/api/openapi.yaml", "/api/runs/*"], ((ImmutableArray<object>)auth.At("globalValidation.excludedPaths")!).Cast<string>());
    }

    [Fact]
    public async Task Containers_run_under_an_identity_that_may_only_pull()
    {
        StackPlan plan = Samples.Plan("prod");
        Azure azure = await Azure.Make(plan);
        string jobs = azure.Of("managedidentity:UserAssignedIdentity").Single(i => i.Name == "identity-jobs").Id;
        Expect(
            azure.The("app:Job"),
            ("environmentId", azure.The("app:ManagedEnvironment").Id), ("identity.userAssignedIdentities.0", jobs), ("configuration.triggerType", "Manual"), ("configuration.replicaRetryLimit", 0d),
            ("configuration.registries.0.identity", jobs), ("configuration.registries.0.server", $"{plan.Names.Registry}.azurecr.io"), ("template.containers.0.resources.cpu", 1d), ("template.containers.0.resources.memory", "2Gi"));
        Registered subnet = azure.Of("network:Subnet").Single(s => Equals(s.At("subnetName"), "jobs"));
        Expect(azure.The("app:ManagedEnvironment"), ("zoneRedundant", true), ("vnetConfiguration.infrastructureSubnetId", subnet.Id), ("appLogsConfiguration.destination", "azure-monitor"), ("appLogsConfiguration.logAnalyticsConfiguration", null));
        Expect(azure.The("containerregistry:Registry"), ("adminUserEnabled", false), ("anonymousPullEnabled", false), ("sku.name", "Premium"), ("zoneRedundancy", "Enabled"));
        Expect((await Azure.Make(Samples.Plan("dev", ("containers", "true")))).The("containerregistry:Registry"), ("sku.name", "Basic"), ("zoneRedundancy", "Disabled"));
    }

    [Fact]
    public async Task Private_endpoints_lead_to_what_is_closed_and_the_app_is_inside()
    {
        StackPlan plan = Samples.Plan("prod");
        Azure azure = await Azure.Make(plan);
        string inside = azure.Of("network:Subnet").Single(s => Equals(s.At("subnetName"), "endpoints")).Id;
        Expect(azure.The("web:WebApp"), ("virtualNetworkSubnetId", azure.Of("network:Subnet").Single(s => Equals(s.At("subnetName"), "app")).Id));
        Assert.All(azure.Of("network:PrivateEndpoint"), e => Expect(e, ("subnet.id", inside)));
        var reached = azure.Of("network:PrivateEndpoint").Select(e => $"{e.At("privateLinkServiceConnections.0.privateLinkServiceId")}/{e.At("privateLinkServiceConnections.0.groupIds.0")}").ToHashSet();
        // Every account that refuses the internet is reached for all that its role rows need, and so is the vault.
        foreach (Registered account in azure.Of("storage:StorageAccount"))
            Assert.All(new[] { "blob", "table" }, service => Assert.Contains($"{account.Id}/{service}", reached));
        Assert.Contains($"{azure.The("keyvault:Vault").Id}/vault", reached);
        foreach (Registered group in azure.Of("network:PrivateDnsZoneGroup"))
            Assert.Contains(azure.Of("privatedns:PrivateZone"), z => Equals(group.At("privateDnsZoneConfigs.0.privateDnsZoneId"), z.Id));
        Assert.Equal(azure.Of("privatedns:PrivateZone").Length, azure.Of("privatedns:VirtualNetworkLink").Length);
    }

    [Fact]
    public async Task Zone_redundancy_is_storage_and_plan()
    {
        Azure azure = await Azure.Make(Samples.Plan("dev", ("zoneRedundant", "true")));
        Expect(azure.The("web:AppServicePlan"), ("zoneRedundant", true));
        Assert.All(azure.Of("storage:StorageAccount"), a => Expect(a, ("sku.name", "Standard_ZRS")));
    }

    [Theory]
    [InlineData("scheduler-consumption", "Consumption", null)]
    [InlineData("scheduler-dedicated", "Dedicated", 1d)]
    public async Task A_scheduler_has_the_plans_size(string setting, string sku, object? capacity)
    {
        Azure azure = await Azure.Make(Samples.Plan("dev", ("taskHub", setting)));
        Expect(azure.The("durabletask:Scheduler"), ("properties.sku.name", sku), ("properties.sku.capacity", capacity));
        Expect(azure.The("durabletask:TaskHub"), ("taskHubName", "HyperCloud"), ("schedulerName", azure.The("durabletask:Scheduler").At("schedulerName")));
    }

    // Every name of the plan is some resource's, and none is left to chance.
    [Fact]
    public async Task Names_are_the_plans()
    {
        foreach (StackPlan plan in new[] { Samples.Plan("prod"), Samples.Plan("dev", ("taskHub", "scheduler-consumption")) })
        {
            Azure azure = await Azure.Make(plan);
            var used = azure.Resources.SelectMany(r => r.Texts()).Where(t => t.Path.EndsWith("Name", StringComparison.Ordinal) || t.Path == ".name").Select(t => t.Text).ToHashSet();
            string[] optional = [.. plan.Scheduler is null ? [plan.Names.Scheduler, plan.Names.TaskHub] : new[] { plan.Names.JobsIdentity, plan.Names.Environment, plan.Names.Job, plan.Names.Registry, plan.Names.Network }];
            Assert.Empty(plan.Names.Ruled().Select(n => n.Name).Except(used).Except(optional));
        }
    }

    [Fact]
    public async Task Outputs_say_where_everything_is_and_what_is_secret_is_marked()
    {
        StackPlan plan = Samples.Plan("prod");
        Azure azure = await Azure.Make(plan);
        var shown = new Dictionary<string, object?>();
        var secret = new List<string>();
        foreach ((string name, object? output) in azure.Outputs)
        {
            shown[name] = await Value(output);
            if (await Output.IsSecretAsync((Output<string>)output!)) secret.Add(name);
        }

        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["app"] = plan.Names.App,
                ["dashboard"] = $"https://portal.azure.com/#@{plan.Subscriber.Tenant}/resource{azure.The("applicationinsights:Component").Id}/overview",
                ["endpoint"] = $"https://{plan.Names.App}.azurewebsites.net",
                ["health"] = $"https://{plan.Names.App}.azurewebsites.net/api/health",
                ["insightsConnectionString"] = Azure.InsightsConnection,
                ["job"] = "train",
                ["registry"] = $"{plan.Names.Registry}.azurecr.io",
                ["resourceGroup"] = "rg-hypercloud-prod",
                ["store"] = $"https://{plan.Names.DataStorage}.table.core.windows.net",
                ["vault"] = $"https://{plan.Names.Vault}.vault.azure.net",
            },
            shown.OrderBy(o => o.Key, StringComparer.Ordinal).ToDictionary());
        Assert.Equal(["insightsConnectionString"], secret);
    }

    [Fact]
    public async Task A_whole_deployment_reads_its_configuration()
    {
        var azure = new Azure();
        await Configured(azure, Samples.Values("dev"));
        Assert.Equal(["azure-native:authorization:getClientConfig"], azure.Calls);
        Assert.Equal("rg-hypercloud-dev", azure.The("resources:ResourceGroup").At("resourceGroupName"));
        Assert.Equal(Samples.Plan("dev").Names.App, azure.The("web:WebApp").At("name"));
    }

    [Fact]
    public async Task A_mistyped_setting_ends_it_before_anything_is_made()
    {
        var azure = new Azure();
        Dictionary<string, string> values = Samples.Values("dev");
        values["maximumInstance"] = "4";
        var e = await Assert.ThrowsAnyAsync<Exception>(() => Configured(azure, values));
        Assert.Contains("there is no setting 'maximumInstance'", e.ToString());
        Assert.Empty(azure.Resources);
    }

    private static async Task Configured(Azure azure, Dictionary<string, string> values)
    {
        const string Variable = "PULUMI_CONFIG";
        Environment.SetEnvironmentVariable(Variable, System.Text.Json.JsonSerializer.Serialize(values.ToDictionary(v => $"hypercloud:{v.Key}", v => v.Value)));
        try
        {
            await azure.Run(HyperCloudStack.Deploy, "dev");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, null);
        }
    }

    private static string[] Counts(Azure azure) =>
        [.. azure.Resources.GroupBy(r => r.Type["azure-native:".Length..]).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} × {g.Count()}")];

    private static void Expect(Registered resource, params (string Path, object? Value)[] expected) =>
        Assert.All(expected, e => Assert.True(Equals(e.Value, resource.At(e.Path)), $"{resource.Type} {resource.Name}: {e.Path} is '{resource.At(e.Path)}' instead of '{e.Value}'"));

    private static async Task<object?> Value(object? output) => await Content((Output<string>)output!);

    private static async Task<ImmutableArray<Resource>> Named(ResourceTransformationArgs resource) => await Content(((Input<ImmutableArray<Resource>>)resource.Options.DependsOn).ToOutput());

    private static Task<T> Content<T>(Output<T> output)
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        output.Apply(v =>
        {
            source.SetResult(v);
            return v;
        });
        return source.Task;
    }

    private static Regex Secrets() => new(
        @"AccountKey=|SharedAccess(Key|Signature)|[?&]sig=|DefaultEndpointsProtocol=|InstrumentationKey=|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{42,}={1,2}(?![A-Za-z0-9+/=])", RegexOptions.IgnoreCase);
}
