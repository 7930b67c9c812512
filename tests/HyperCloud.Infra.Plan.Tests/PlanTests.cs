using System.Text.Json;
using System.Text.RegularExpressions;

namespace HyperCloud.Infra.Plan.Tests;

public sealed class PlanTests
{
    // Restated from https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (MicrosoftDocs/azure-docs, edition of 2026-04-09).
    private static readonly Dictionary<string, string> s_published = new()
    {
        ["Storage Blob Data Owner"] = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        ["Storage Blob Data Contributor"] = "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        ["Storage Queue Data Contributor"] = "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
        ["Storage Table Data Contributor"] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
        ["Monitoring Metrics Publisher"] = "3913510d-42f4-4e42-8a64-420c390055eb",
        ["Key Vault Secrets User"] = "4633458b-17de-408a-b874-0445c86b69e6",
        ["Durable Task Data Contributor"] = "0ad04412-c4d5-4796-b79c-f76d14c8d402",
        ["Container Apps Jobs Operator"] = "b9a307c4-5aa3-4b52-ba60-2b17c136cd7b",
        ["AcrPull"] = "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    };

    [Fact]
    public void Roles_have_the_published_ids() => Assert.Equal(
        s_published.OrderBy(r => r.Key),
        typeof(BuiltInRole).GetProperties().Where(p => p.PropertyType == typeof(BuiltInRole)).Select(p => (BuiltInRole)p.GetValue(null)!).ToDictionary(r => r.Name, r => r.Id.ToString()).OrderBy(r => r.Key));

    [Fact]
    public void The_role_table_of_dev() => Assert.Equal(
        [
            "app-keyvaultsecretsuser-vault",
            "app-monitoringmetricspublisher-insights",
            "app-storageblobdatacontributor-datastorage",
            "app-storageblobdataowner-hubstorage",
            "app-storagequeuedatacontributor-hubstorage",
            "app-storagetabledatacontributor-datastorage",
            "app-storagetabledatacontributor-hubstorage",
        ],
        Keys(Samples.Plan("dev")));

    [Fact]
    public void A_scheduler_takes_the_place_of_queues_and_tables() => Assert.Equal(
        ["-app-storagequeuedatacontributor-hubstorage", "-app-storagetabledatacontributor-hubstorage", "+app-durabletaskdatacontributor-taskhub"],
        Difference(Keys(Samples.Plan("dev")), Keys(Samples.Plan("dev", ("taskHub", "scheduler-consumption")))));

    [Fact]
    public void Containers_add_starting_the_job_and_pulling_its_image_and_training_code_gets_nothing_else()
    {
        Assert.Equal(["+app-containerappsjobsoperator-job", "+jobs-acrpull-registry"], Difference(Keys(Samples.Plan("dev")), Keys(Samples.Plan("dev", ("containers", "true")))));
        Assert.Equal(Scope.Registry, Assert.Single(Samples.Plan("prod").Roles, r => r.Principal == Principal.Jobs).Scope);
    }

    [Fact]
    public void Every_role_says_what_it_is_for_and_none_comes_twice()
    {
        StackPlan prod = Samples.Plan("prod");
        Assert.All(prod.Roles, r => Assert.NotEmpty(r.Why));
        Assert.Equal(prod.Roles.Count, prod.Roles.Select(r => r.Key).Distinct().Count());
    }

    [Fact]
    public void The_settings_of_dev()
    {
        StackPlan dev = Samples.Plan("dev");
        string hub = dev.Names.HubStorage, data = dev.Names.DataStorage;
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "ClientId=${app.clientId};Authorization=AAD",
                ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "${insights.connectionString}",
                ["AZURE_CLIENT_ID"] = "${app.clientId}",
                ["AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions"] = "2",
                ["AzureWebJobsStorage__blobServiceUri"] = $"https://{hub}.blob.core.windows.net",
                ["AzureWebJobsStorage__clientId"] = "${app.clientId}",
                ["AzureWebJobsStorage__credential"] = "managedidentity",
                ["AzureWebJobsStorage__queueServiceUri"] = $"https://{hub}.queue.core.windows.net",
                ["AzureWebJobsStorage__tableServiceUri"] = $"https://{hub}.table.core.windows.net",
                ["HYPERCLOUD_WEBHOOK_SECRET"] = $"@Microsoft.KeyVault(VaultName={dev.Names.Vault};SecretName=webhook-secret)",
                ["HyperCloud__HistoryDays"] = "7",
                ["HyperCloud__InstanceMemoryMb"] = "2048",
                ["HyperCloud__PackSeconds"] = "10",
                ["HyperCloud__Store"] = $"https://{data}.table.core.windows.net",
            }.OrderBy(s => s.Key, StringComparer.Ordinal),
            dev.App.Settings);
    }

    [Fact]
    public void A_scheduler_is_named_by_settings_that_hold_no_key()
    {
        IReadOnlyDictionary<string, string> settings = Samples.Plan("dev", ("taskHub", "scheduler-dedicated")).App.Settings;
        Assert.Equal("Endpoint=${scheduler.endpoint};Authentication=ManagedIdentity;ClientID=${app.clientId}", settings["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"]);
        Assert.Equal("azureManaged", settings["AzureFunctionsJobHost__extensions__durableTask__storageProvider__type"]);
        Assert.Equal("DURABLE_TASK_SCHEDULER_CONNECTION_STRING", settings["AzureFunctionsJobHost__extensions__durableTask__storageProvider__connectionStringName"]);
        Assert.Equal("HyperCloud", settings["AzureFunctionsJobHost__extensions__durableTask__hubName"]);
    }

    [Fact]
    public void Containers_are_found_by_the_variables_that_their_runner_reads()
    {
        StackPlan plan = Samples.Plan("dev", ("containers", "true"));
        string runner = Samples.Source("src", "HyperCloud.Runners", "Container", "ContainerOptions.cs");
        foreach ((string name, string value) in new[] { ("HYPERCLOUD_CONTAINER_SUBSCRIPTION", Samples.Subscriber.Subscription), ("HYPERCLOUD_CONTAINER_RESOURCE_GROUP", plan.Names.ResourceGroup) })
        {
            Assert.Contains($"\"{name}\"", runner);
            Assert.Equal(value, plan.App.Settings[name]);
        }

        Assert.Equal("16", plan.App.Settings["AzureFunctionsJobHost__extensions__durableTask__maxConcurrentActivityFunctions"]);
    }

    [Theory]
    [InlineData("512", 1)]
    [InlineData("2048", 2)]
    [InlineData("4096", 4)]
    public void Activities_at_once_follow_the_cores(string memory, int activities) =>
        Assert.Equal(activities, AppSettings.ActivitiesPerInstance(Samples.Settings("dev", ("instanceMemory", memory))));

    public static TheoryData<string, string, string> Options => new()
    {
        { "dev", "signIn", Samples.ClientId }, { "dev", "taskHub", "scheduler-consumption" }, { "dev", "taskHub", "scheduler-dedicated" }, { "dev", "containers", "true" },
        { "dev", "privateNetwork", "true" }, { "dev", "zoneRedundant", "true" }, { "dev", "alwaysReady", "1" }, { "prod", "containers", "false" }, { "prod", "coolAfterDays", "0" },
    };

    // What the app reads, what host.json has and what Flex Consumption takes, under every option.
    [Theory]
    [MemberData(nameof(Options))]
    public void Settings_are_those_that_somebody_reads(string stack, string key, string value)
    {
        StackPlan plan = Samples.Plan(stack, (key, value));
        string options = Samples.Source("functions", "Hosting", "HyperCloudOptions.cs");
        JsonElement durable = JsonDocument.Parse(Samples.Source("host.json")).RootElement.GetProperty("extensions").GetProperty("durableTask");
        foreach ((string name, string text) in plan.App.Settings)
        {
            Assert.DoesNotContain(name, AppSettings.Retired);
            Assert.DoesNotContain("AccountKey", text);
            Assert.Empty(Placeholder().Matches(text).Select(m => m.Value).Except([AppSettings.ClientId, AppSettings.InsightsConnection, AppSettings.SchedulerEndpoint]));
            if (name.StartsWith("HyperCloud__", StringComparison.Ordinal)) Assert.Matches($@"public [\w?]+ {name["HyperCloud__".Length..]} \{{ get; set; \}}", options);
            const string Override = "AzureFunctionsJobHost__extensions__durableTask__";
            // connectionStringName is the scheduler's own, so host.json, which is written for storage, has none.
            if (name.StartsWith(Override, StringComparison.Ordinal) && !name.EndsWith("__connectionStringName", StringComparison.Ordinal))
                Assert.True(name[Override.Length..].Split("__").Aggregate((JsonElement?)durable, (at, part) => at is { } e && e.TryGetProperty(part, out JsonElement inner) ? inner : null) is not null, $"host.json has no {name}");
        }
    }

    [Fact]
    public void The_hub_has_the_name_of_host_json() => Assert.Equal(
        JsonDocument.Parse(Samples.Source("host.json")).RootElement.GetProperty("extensions").GetProperty("durableTask").GetProperty("hubName").GetString(), Samples.Plan("dev").Names.TaskHub);

    // Every table that the code writes, found where it is named.
    [Fact]
    public void Tables_are_those_of_the_store()
    {
        string[] named =
        [
            .. new[] { "HyperCloud.Sweeps", "HyperCloud.Web" }
                .SelectMany(p => Directory.EnumerateFiles(Path.Combine(Samples.Root(), "src", p), "*.cs", SearchOption.AllDirectories))
                .SelectMany(f => TableName().Matches(File.ReadAllText(f))).Select(m => m.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal),
        ];
        Assert.Contains("sweeps", named);
        Assert.Equal(named.Select(n => $"hypercloud1{n}"), StoragePlan.StoreTables);
        Assert.Contains($"SchemaVersion = 1;", Samples.Source("src", "HyperCloud.Storage", "Azure", "AzureNames.cs"));
        Assert.Contains($"DefaultPrefix = \"{StoragePlan.Prefix}\"", Samples.Source("src", "HyperCloud.Storage", "Azure", "AzureNames.cs"));
    }

    [Fact]
    public void Lifecycle_deletes_nothing_that_a_record_refers_to()
    {
        StackPlan dev = Samples.Plan("dev");
        Assert.Equal(
            [new LifecycleRule("deleted-checkpoints-and-sweeps", "hypercloud/", DeleteVersionsAfterDays: 7), new LifecycleRule("old-sweeps-and-logs", "hypercloud/sweeps/", 30, 90)],
            dev.DataStorage.Rules);
        Assert.Equal(30, Samples.Plan("prod").DataStorage.Rules[0].DeleteVersionsAfterDays);
        Assert.Single(Samples.Plan("dev", ("coolAfterDays", "0")).DataStorage.Rules);
        // Where the blobs of sweeps are, by the code.
        Assert.Contains("$\"sweeps/{sweep}/runs/", Samples.Source("src", "HyperCloud.Sweeps", "Engine", "RunRows.cs"));
        Assert.Contains("$\"sweeps/{request.Sweep}/checkpoints/", Samples.Source("src", "HyperCloud.Sweeps", "Engine", "Checkpoints.cs"));
        Assert.Equal(
            ["packages/ 7", "azure-webjobs-secrets/ 7", "azure-webjobs-hosts/ 1", "hypercloud-leases/ 1", "hypercloud-applease/ 1", "hypercloud-largemessages/ 1"],
            dev.HubStorage.Rules.Select(r => $"{r.Prefix} {r.DeleteVersionsAfterDays}"));
        Assert.All(dev.HubStorage.Rules, r => Assert.Null(r.CoolAfterDays));
    }

    [Fact]
    public void Alerts_ask_for_what_the_code_says()
    {
        WatchPlan watch = Samples.Plan("dev").Watch;
        Assert.Equal(["alerts-hypercloud-dev-failed-orchestrations", "alerts-hypercloud-dev-queue-age", "alerts-hypercloud-dev-poison"], watch.Alerts.Select(a => a.Name));
        Assert.Contains($"Message = \"{WatchPlan.OrchestrationFailed} ", Samples.Source("functions", "Durable", "DurableHosting.cs"));
        Assert.Contains($"CreateHistogram<double>(\"{WatchPlan.Queued}\", \"s\"", Samples.Source("src", "HyperCloud.Sweeps", "Engine", "HubTelemetry.cs"));
        Assert.All(watch.Alerts, a => Assert.True(a.Text.Length > 50 && (a.Measure is null) != a.Query.StartsWith("AppMetrics", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_budget_begins_with_the_month_and_tells_before_and_after()
    {
        BudgetPlan budget = Samples.Plan("dev").Watch.Budget;
        Assert.Equal((20, "2026-11-01T00:00:00Z"), (budget.Amount, budget.Start));
        Assert.Equal([(80, false), (100, false), (100, true)], budget.Messages.Select(m => (m.Percent, m.Forecast)));
    }

    [Fact]
    public void Sign_in_leaves_open_what_needs_no_key_and_reports_of_runs()
    {
        Assert.Null(Samples.Plan("dev").SignIn);
        StackPlan prod = Samples.Plan("prod");
        SignInPlan signIn = prod.SignIn!;
        Assert.Equal(($"https://login.microsoftonline.com/{Samples.Subscriber.Tenant}/v2.0", Samples.ClientId), (signIn.Issuer, signIn.ClientId));
        // The functions that ask for no key, by the code.
        string[] anonymous = [.. Anonymous().Matches(Samples.Source("functions", "Triggers", "HttpFunctions.cs")).Select(m => "/api/" + m.Groups["route"].Value.Replace("{run}/reports", "*"))];
        Assert.Equal(4, anonymous.Length);
        Assert.Equal(anonymous.Order(), signIn.Open.Order());
        Assert.Equal(AppSettings.ClientId, prod.App.Settings[AppSettings.SignInIdentity]);
        Assert.Equal(Samples.Subscriber.Tenant, prod.App.Settings["WEBSITE_AUTH_AAD_ALLOWED_TENANTS"]);
    }

    [Fact]
    public void A_private_network_closes_storage_and_leads_to_everything_inside()
    {
        StackPlan dev = Samples.Plan("dev"), plan = Samples.Plan("dev", ("privateNetwork", "true"), ("addressSpace", "10.7.0.0/16")), prod = Samples.Plan("prod");
        Assert.Null(dev.Network);
        Assert.True(dev.HubStorage.PublicAccess && dev.DataStorage.PublicAccess);
        Assert.False(plan.HubStorage.PublicAccess || plan.DataStorage.PublicAccess);
        Assert.Equal(("10.7.0.0/26", "10.7.0.128/26", null), (plan.Network!.App.Addresses, plan.Network.Inside.Addresses, plan.Network.Jobs));
        Assert.Equal(
            ["HubStorage/blob", "HubStorage/queue", "HubStorage/table", "DataStorage/blob", "DataStorage/table", "Vault/vault"], plan.Network.Endpoints.Select(e => $"{e.Target}/{e.Group}"));
        Assert.Equal("Microsoft.App/environments", plan.Network.App.Delegation);
        Assert.Equal("10.20.0.64/26", prod.Network!.Jobs!.Addresses);
        Assert.Contains(prod.Network.Endpoints, e => e is { Target: Scope.Registry, Zone: "privatelink.azurecr.io" });
    }

    [Fact]
    public void Options_change_what_they_name()
    {
        StackPlan dev = Samples.Plan("dev"), prod = Samples.Plan("prod");
        Assert.Null(dev.Scheduler);
        Assert.False(Samples.Plan("dev", ("taskHub", "scheduler-consumption")).Scheduler!.Dedicated);
        Assert.True(Samples.Plan("dev", ("taskHub", "scheduler-dedicated")).Scheduler!.Dedicated);
        Assert.Null(dev.Containers);
        Assert.Equal(new ContainersPlan(StackSettings.SampleImage, 1, "2Gi", 86400, true, true), prod.Containers);
        Assert.Equal("0.5Gi", Samples.Plan("dev", ("containers", "true"), ("containerCores", "0.25")).Containers!.Memory);
        Assert.Equal((false, 0, false), (dev.App.ZoneRedundant, dev.App.AlwaysReady, dev.PurgeProtection));
        Assert.Equal((true, 2, true), (prod.App.ZoneRedundant, prod.App.AlwaysReady, prod.PurgeProtection));
        Assert.True(prod.HubStorage.ZoneRedundant && prod.DataStorage.ZoneRedundant && !dev.HubStorage.ZoneRedundant);
    }

    [Fact]
    public void Tags_are_the_stacks_own_and_the_users() => Assert.Equal(
        new Dictionary<string, string> { ["cost-center"] = "42", ["managed-by"] = "pulumi", ["owner"] = "you@example.org", ["product"] = "hypercloud", ["stack"] = "dev" },
        Samples.Plan("dev", ("tags", "{\"cost-center\": \"42\"}")).Tags);

    [Fact]
    public void Too_many_tags_are_refused()
    {
        string tags = JsonSerializer.Serialize(Enumerable.Range(0, 47).ToDictionary(i => $"t{i}", i => "x"));
        Assert.Contains("tags must be at most 46", Assert.Single(Assert.Throws<SettingsException>(() => Samples.Settings("dev", ("tags", tags))).Problems));
    }

    [Fact]
    public void The_plan_knows_nothing_of_Pulumi() => Assert.DoesNotContain("Reference", Samples.Source("infra", "Plan", "HyperCloud.Infra.Plan.csproj"));

    private static string[] Keys(StackPlan plan) => [.. plan.Roles.Select(r => r.Key).Order(StringComparer.Ordinal)];

    private static string[] Difference(string[] before, string[] after) => [.. before.Except(after).Select(k => "-" + k), .. after.Except(before).Select(k => "+" + k)];

    private static Regex Placeholder() => new(@"\$\{[^}]*\}");

    private static Regex TableName() => new("const string (Sweeps)?Table = \"(?<name>[a-z]+)\"");

    private static Regex Anonymous() => new("AuthorizationLevel.Anonymous, \"\\w+\", Route = \"(?<route>[^\"]+)\"");
}
