using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HyperCloud.Functions.Tests;

/// <summary>Under whose name telemetry is sent.</summary>
public sealed class TelemetryTests
{
    private const string Connection = "InstrumentationKey=00000000-1111-2222-3333-444444444444;IngestionEndpoint=https://localhost/";

    [Theory]
    [InlineData("ClientId=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0;Authorization=AAD")]
    [InlineData("Authorization=AAD")]
    public void With_an_authentication_string_it_is_an_identity(string authentication) => Assert.IsType<ManagedIdentityCredential>(Options(authentication).Credential);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ClientId=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0")]
    public void Without_one_it_is_the_connection_strings_key(string? authentication) => Assert.Null(Options(authentication).Credential);

    private static AzureMonitorExporterOptions Options(string? authentication)
    {
        FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder([]);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = Connection,
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = authentication,
            ["HyperCloud:Store"] = "UseDevelopmentStorage=true",
        });
        builder.AddHyperCloud();
        using ServiceProvider services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptionsMonitor<AzureMonitorExporterOptions>>().CurrentValue;
    }
}
