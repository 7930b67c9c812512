namespace HyperCloud.Infra.Plan.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void The_dev_sample_is_ready_to_use()
    {
        StackSettings dev = StackSettings.Read(Samples.Values("dev"));
        Assert.Null(dev.SignIn);
        Assert.Equal((2048, 20, 0, false, false, false), (dev.InstanceMemory, dev.MaximumInstances, dev.AlwaysReady, dev.ZoneRedundant, dev.PrivateNetwork, dev.Containers));
        Assert.Equal(TaskHubKind.Storage, dev.TaskHub);
    }

    [Fact]
    public void The_prod_sample_asks_for_an_app_registration_and_nothing_else()
    {
        string problem = Assert.Single(Assert.Throws<SettingsException>(() => StackSettings.Read(Samples.Values("prod"))).Problems);
        Assert.Contains("signIn is still the sample's", problem);
        StackSettings prod = Samples.Settings("prod");
        Assert.Equal(Guid.Parse(Samples.ClientId), prod.SignIn);
        Assert.Equal((200, 2, true, true, true, true), (prod.MaximumInstances, prod.AlwaysReady, prod.ZoneRedundant, prod.PrivateNetwork, prod.Containers, prod.PurgeProtection));
        Assert.Equal(["team@example.org", "oncall@example.org"], prod.Contacts);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var e = Assert.Throws<SettingsException>(() => StackSettings.Read(new Dictionary<string, string> { ["maximumInstance"] = "4", ["instanceMemory"] = "1024", ["budget"] = "0" }));
        Assert.Equal(
            [
                "location must be given",
                "owner must be given",
                "signIn must be given: the client id of an Entra app registration for people to sign in with (docs/deploying.md makes one), or 'none' to rely on function keys alone",
                "contacts must be given",
                "budget must be a whole number from 1 to 1000000, but is '0'",
                "instanceMemory must be one of 512, 2048, 4096, but is '1024'",
            ],
            e.Problems.Take(6));
        Assert.StartsWith("there is no setting 'maximumInstance'; the settings are addressSpace, alwaysReady,", e.Problems[6]);
        Assert.Equal(7, e.Problems.Count);
    }

    [Theory]
    [InlineData("location", "West Europe", "location must be the name of a region")]
    [InlineData("name", "hypercloud-team", "name must be 3 to 12 small letters")]
    [InlineData("owner", "a/b", "owner must be a name")]
    [InlineData("signIn", "me", "signIn must be the client id")]
    [InlineData("contacts", "[]", "contacts must be a list")]
    [InlineData("contacts", "you@example.org", "contacts must be a list")]
    [InlineData("contacts", "[\"nobody\"]", "contacts must be a list")]
    [InlineData("budget", "-1", "budget must be a whole number from 1")]
    [InlineData("budget", "20.5", "budget must be a whole number from 1")]
    [InlineData("maximumInstances", "1001", "maximumInstances must be a whole number from 1 to 1000")]
    [InlineData("alwaysReady", "101", "alwaysReady must be a whole number from 0 to 100")]
    [InlineData("alwaysReady", "21", "alwaysReady must be at most maximumInstances, but they are 21 and 20")]
    [InlineData("zoneRedundant", "yes", "zoneRedundant must be true or false, but is 'yes'")]
    [InlineData("taskHub", "netherite", "taskHub must be storage, scheduler-consumption or scheduler-dedicated")]
    [InlineData("containerCores", "0.3", "containerCores must be 0.25 to 4 in quarters")]
    [InlineData("packSeconds", "301", "packSeconds must be a whole number from 0 to 300")]
    [InlineData("logDays", "7", "logDays must be a whole number from 30 to 730")]
    [InlineData("addressSpace", "10.20.0.1/24", "addressSpace must be an IPv4 network from /8 to /24")]
    [InlineData("addressSpace", "10.20.0.0/25", "addressSpace must be an IPv4 network from /8 to /24")]
    [InlineData("addressSpace", "fd00::/16", "addressSpace must be an IPv4 network from /8 to /24")]
    [InlineData("tags", "{\"Owner\": \"me\"}", "the tag 'Owner' is ours")]
    [InlineData("tags", "{\"a<b\": \"me\"}", "the name of a tag must have 1 to 128 characters")]
    [InlineData("tags", "[1]", "tags must be a mapping")]
    public void A_value_out_of_range_is_refused_with_what_would_do(string key, string value, string problem) =>
        Assert.StartsWith(problem, Assert.Single(Assert.Throws<SettingsException>(() => Samples.Settings("dev", (key, value))).Problems));

    [Fact]
    public void What_is_wrong_only_together_is_refused()
    {
        Assert.Contains("zoneRedundant with containers needs privateNetwork", Refusal(("zoneRedundant", "true"), ("containers", "true")));
        Assert.Contains("privateNetwork with a scheduler", Refusal(("privateNetwork", "true"), ("taskHub", "scheduler-dedicated")));
        Samples.Settings("dev", ("zoneRedundant", "true"), ("containers", "true"), ("privateNetwork", "true"));

        static string Refusal(params (string, string?)[] changes) => Assert.Single(Assert.Throws<SettingsException>(() => Samples.Settings("dev", changes)).Problems);
    }

    [Fact]
    public void The_page_on_deploying_describes_every_setting()
    {
        string page = Samples.Source("docs", "deploying.md");
        Assert.All(StackSettings.Keys, key => Assert.Contains($"| `{key}` |", page));
    }
}
