using HyperCloud.Infra.Plan;
using Pulumi;
using AN = Pulumi.AzureNative;
using Args = Pulumi.AzureNative.Web.Inputs;

namespace HyperCloud.Infra;

/// <summary>The Flex Consumption plan, the app on it, and Entra in front of it.</summary>
internal sealed class FunctionApp : Part
{
    /// <summary>Makes the app, when everything that it touches at its start is there: storage, roles, the way to them.</summary>
    public FunctionApp(Home home, Identities identities, Watch watch, Network? network, Scheduler? scheduler, Resource[] after)
        : base(home, "App", "app")
    {
        AppPlan plan = Plan.App;
        var farm = new AN.Web.AppServicePlan("plan", new()
        {
            Name = Plan.Names.Plan,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            Kind = "functionapp",
            Reserved = true, // Linux
            Sku = new Args.SkuDescriptionArgs { Name = "FC1", Tier = "FlexConsumption" },
            ZoneRedundant = plan.ZoneRedundant,
            Tags = home.Tags,
        }, Mine());
        var args = new AN.Web.WebAppArgs
        {
            Name = Plan.Names.App,
            ResourceGroupName = home.Group.Name,
            Location = home.Location,
            Kind = "functionapp,linux",
            Reserved = true,
            ServerFarmId = farm.Id,
            HttpsOnly = true,
            ClientAffinityEnabled = false,
            PublicNetworkAccess = "Enabled",
            Identity = new Args.ManagedServiceIdentityArgs { Type = AN.Web.ManagedServiceIdentityType.UserAssigned, UserAssignedIdentities = [identities.App.Id] },
            KeyVaultReferenceIdentity = identities.App.Id,
            FunctionAppConfig = Config(plan, identities),
            SiteConfig = new Args.SiteConfigArgs
            {
                FtpsState = AN.Web.FtpsState.Disabled,
                MinTlsVersion = "1.2",
                ScmMinTlsVersion = "1.2",
                Http20Enabled = true,
                RemoteDebuggingEnabled = false,
                AppSettings = [.. plan.Settings.Select(s => new Args.NameValuePairArgs { Name = s.Key, Value = Fill(s.Value, identities, watch, scheduler) })],
            },
            Tags = home.Tags,
        };
        if (network is not null) args.VirtualNetworkSubnetId = network.App.Id;
        Site = new("app", args, Mine(after));
        // Deployments show an Entra token, too: no user names and passwords for publishing.
        _ = new AN.Web.WebAppFtpAllowed("no-ftp-passwords", new() { Name = Site.Name, ResourceGroupName = home.Group.Name, Allow = false }, Mine());
        _ = new AN.Web.WebAppScmAllowed("no-publishing-passwords", new() { Name = Site.Name, ResourceGroupName = home.Group.Name, Allow = false }, Mine());
        if (Plan.SignIn is { } signIn) _ = SignIn(signIn);
        RegisterOutputs();
    }

    /// <summary>The app.</summary>
    public AN.Web.WebApp Site { get; }

    private static Args.FunctionAppConfigArgs Config(AppPlan plan, Identities identities)
    {
        var scale = new Args.FunctionsScaleAndConcurrencyArgs { InstanceMemoryMB = plan.InstanceMemory, MaximumInstanceCount = plan.MaximumInstances };
        if (plan.AlwaysReady > 0) scale.AlwaysReady = [new Args.FunctionsAlwaysReadyConfigArgs { Name = AppPlan.AlwaysReadyGroup, InstanceCount = plan.AlwaysReady }];
        return new()
        {
            Runtime = new Args.FunctionsRuntimeArgs { Name = "dotnet-isolated", Version = plan.RuntimeVersion },
            ScaleAndConcurrency = scale,
            Deployment = new Args.FunctionsDeploymentArgs
            {
                Storage = new Args.FunctionsDeploymentStorageArgs
                {
                    Type = AN.Web.FunctionsDeploymentStorageType.BlobContainer,
                    Value = plan.Packages,
                    Authentication = new Args.FunctionsDeploymentStorageAuthenticationArgs
                    {
                        Type = AN.Web.AuthenticationType.UserAssignedIdentity,
                        UserAssignedIdentityResourceId = identities.App.Id,
                    },
                },
            },
        };
    }

    // What only Azure knows, put into a setting.
    private static Output<string> Fill(string value, Identities identities, Watch watch, Scheduler? scheduler)
    {
        Output<string> filled = Output.Create(value);
        foreach ((string place, Output<string>? content) in new[]
        {
            (AppSettings.ClientId, identities.App.ClientId),
            (AppSettings.InsightsConnection, Output.CreateSecret(watch.Insights.ConnectionString)),
            (AppSettings.SchedulerEndpoint, scheduler?.Endpoint),
        })
        {
            if (content is not null && value.Contains(place, StringComparison.Ordinal))
                filled = Output.Tuple(filled, content).Apply(t => t.Item1.Replace(place, t.Item2, StringComparison.Ordinal));
        }

        return filled;
    }

    private AN.Web.WebAppAuthSettingsV2 SignIn(SignInPlan plan) => new("sign-in", new()
    {
        Name = Site.Name,
        ResourceGroupName = Home.Group.Name,
        Platform = new Args.AuthPlatformArgs { Enabled = true },
        HttpSettings = new Args.HttpSettingsArgs { RequireHttps = true },
        GlobalValidation = new Args.GlobalValidationArgs
        {
            RequireAuthentication = true,
            // A page to sign in would only puzzle programs; browsers begin at /.auth/login/aad.
            UnauthenticatedClientAction = AN.Web.UnauthenticatedClientActionV2.Return401,
            ExcludedPaths = [.. plan.Open],
        },
        IdentityProviders = new Args.IdentityProvidersArgs
        {
            AzureActiveDirectory = new Args.AzureActiveDirectoryArgs
            {
                Enabled = true,
                // The app's identity vouches for the registration instead of a client secret.
                Registration = new Args.AzureActiveDirectoryRegistrationArgs { ClientId = plan.ClientId, OpenIdIssuer = plan.Issuer, ClientSecretSettingName = AppSettings.SignInIdentity },
                Validation = new Args.AzureActiveDirectoryValidationArgs { AllowedAudiences = [.. plan.Audiences] },
            },
        },
        Login = new Args.LoginArgs { TokenStore = new Args.TokenStoreArgs { Enabled = false } },
    }, Mine());
}
