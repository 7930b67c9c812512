using System.Reflection;
using System.Text.Json;
using HyperCloud.Web;

namespace HyperCloud.Functions.Tests;

/// <summary>What the built app tells the Functions host of itself.</summary>
public sealed class MetadataTests
{
    private static readonly Dictionary<string, JsonElement> s_functions = Read();

    [Fact]
    public void Every_endpoint_of_the_API_has_a_trigger_with_its_method_route_and_authorisation()
    {
        Dictionary<string, string> expected = ApiTable.All.ToDictionary(
            e => e.OperationId,
            e => $"{e.Method.ToLowerInvariant()} {e.Template["/api/".Length..]} {(e.Access == ApiAccess.Key ? "Function" : "Anonymous")}");
        Dictionary<string, string> found = s_functions
            .Where(f => Trigger(f.Value).GetProperty("type").GetString() == "httpTrigger")
            .ToDictionary(f => f.Key, f => Trigger(f.Value) is var t
                ? $"{string.Join(",", t.GetProperty("methods").EnumerateArray().Select(m => m.GetString()))} {t.GetProperty("route").GetString()} {t.GetProperty("authLevel").GetString()}"
                : "");
        Assert.Equal(expected.OrderBy(e => e.Key), found.OrderBy(e => e.Key));
    }

    [Theory]
    [InlineData("HyperCloudSweep", "orchestrationTrigger")]
    [InlineData("HyperCloudGroup", "orchestrationTrigger")]
    [InlineData("HyperCloudLane", "orchestrationTrigger")]
    [InlineData("OpenRound", "activityTrigger")]
    [InlineData("Advance", "activityTrigger")]
    [InlineData("Work", "activityTrigger")]
    [InlineData("Patrol", "timerTrigger")]
    [InlineData("Retention", "timerTrigger")]
    public void Everything_else_is_an_orchestration_an_activity_or_a_timer(string name, string trigger)
    {
        Assert.Equal(trigger, Trigger(s_functions[name]).GetProperty("type").GetString());
        Assert.Equal(ApiTable.All.Length + 8, s_functions.Count);
    }

    [Fact]
    public void What_speaks_to_the_task_hub_has_a_client()
    {
        string[] withClient = [.. s_functions.Where(f => Bindings(f.Value).Any(b => b.GetProperty("type").GetString() == "durableClient")).Select(f => f.Key).Order(StringComparer.Ordinal)];
        Assert.Equal(ApiTable.All.Select(e => e.OperationId).Concat(["Patrol", "Retention", "Work"]).Order(StringComparer.Ordinal), withClient);
    }

    private static JsonElement Trigger(JsonElement function) => Bindings(function).Single(b => b.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.Ordinal));

    private static IEnumerable<JsonElement> Bindings(JsonElement function) => function.GetProperty("bindings").EnumerateArray();

    private static Dictionary<string, JsonElement> Read()
    {
        // Beside the app as it was built with these tests.
        string configuration = typeof(MetadataTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "HyperCloud.sln"))) root = root.Parent;
        string file = Path.Combine(root!.FullName, "functions", "bin", configuration, "net10.0", "functions.metadata");
        return JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray().ToDictionary(f => f.GetProperty("name").GetString()!, StringComparer.Ordinal);
    }
}
