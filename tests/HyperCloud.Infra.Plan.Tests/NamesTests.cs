using CsCheck;

namespace HyperCloud.Infra.Plan.Tests;

public sealed class NamesTests
{
    [Fact]
    public void Names_of_the_samples()
    {
        StackNames dev = Samples.Plan("dev").Names;
        Assert.Equal("rg-hypercloud-dev", dev.ResourceGroup);
        Assert.Matches("^hyperclouddevhub[a-z2-7]{6}$", dev.HubStorage);
        Assert.Matches("^hyperclouddevdata[a-z2-7]{6}$", dev.DataStorage);
        Assert.Matches("^hypercloud-dev-[a-z2-7]{6}$", dev.App);
        Assert.Matches("^kv-hyperclouddev-[a-z2-7]{6}$", dev.Vault);
        Assert.Equal("hypercloudproddata".Length + 6, Samples.Plan("prod").Names.DataStorage.Length);
    }

    // Whatever name and stack are allowed, every name keeps to its rule (Create refuses otherwise), and those of different stacks differ worldwide.
    [Fact]
    public void Every_allowed_name_and_stack_gives_names_within_Azures_limits() => Gen.Select(
            Gen.Select(Gen.Char['a', 'z'], Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789"], 2, 11], (first, rest) => first + rest),
            Gen.String[Gen.Char["abcxyzABC0189-_."], 1, 29].Where(s => s.Any(char.IsAsciiLetterOrDigit)))
        .Sample((name, stack) =>
        {
            StackNames names = StackNames.Create(name, stack, "s1");
            Assert.All(names.Ruled(), n => Assert.Null(n.Rule.Problem(n.Name)));
            Assert.NotEqual(names.HubStorage, names.DataStorage);
            Assert.NotEqual(names.DataStorage, StackNames.Create(name, stack, "s2").DataStorage);
            Assert.NotEqual(names.App, StackNames.Create(name, stack + "2", "s1").App);
        });

    [Fact]
    public void Names_are_the_same_each_time() => Assert.Equal(StackNames.Create("team", "dev", "s").Ruled(), StackNames.Create("team", "dev", "s").Ruled());

    // The limits, restated from https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules; the app's is that of host ids.
    [Theory]
    [InlineData("storage account", 3, 24, "hypercloud1", "hyper-cloud")]
    [InlineData("function app", 2, 32, "hyper-cloud", "hyper-")]
    [InlineData("vault", 3, 24, "kv-a-1", "kv--a")]
    [InlineData("vault", 3, 24, "kv-a-1", "1kv")]
    [InlineData("log workspace", 4, 63, "log-a", "-log")]
    [InlineData("container registry", 5, 50, "Hyper1", "hyper-cloud")]
    [InlineData("container environment or job", 2, 32, "cae-a", "Cae")]
    [InlineData("resource group", 1, 90, "rg_(a).b", "rg.")]
    [InlineData("scheduler or task hub", 3, 64, "HyperCloud", "hyper_cloud")]
    [InlineData("identity", 3, 128, "id_a-b", "-id")]
    [InlineData("budget", 1, 63, "budget_1", "bud.get")]
    public void Rules(string kind, int min, int max, string good, string bad)
    {
        NameRule rule = Samples.Plan("prod").Names.Ruled().First(r => r.Rule.Kind == kind).Rule;
        Assert.Equal((min, max), (rule.Min, rule.Max));
        Assert.Null(rule.Problem(good));
        Assert.Null(rule.Problem(new string('a', min)));
        Assert.Null(rule.Problem(new string('a', max)));
        Assert.StartsWith($"the name of a {kind} must have {min} to {max} characters", rule.Problem(bad));
        Assert.NotNull(rule.Problem(new string('a', max + 1)));
        Assert.NotNull(rule.Problem(new string('a', min - 1)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--")]
    [InlineData("a-stack-with-a-name-longer-than-thirty-letters")]
    public void A_stack_without_a_usable_name_is_refused(string stack) =>
        Assert.Contains("the name of a stack must have 1 to 30", Assert.Single(Assert.Throws<SettingsException>(() => StackNames.Create("hypercloud", stack, "s")).Problems));

    [Fact]
    public void Containers_tables_and_subnets_keep_to_their_rules()
    {
        StackPlan prod = Samples.Plan("prod");
        foreach (StoragePlan storage in new[] { prod.HubStorage, prod.DataStorage })
        {
            Assert.All(storage.Containers, n => Assert.Null(NameRule.Container.Problem(n)));
            Assert.All(storage.Tables, n => Assert.Null(NameRule.Table.Problem(n)));
        }

        NetworkPlan network = prod.Network!;
        Assert.All([network.Name, network.App.Name, network.Inside.Name, .. network.Endpoints.Select(e => e.Name)], n => Assert.Null(NameRule.Network.Problem(n)));
        Assert.Null(NameRule.ActionGroupShortName.Problem(prod.Watch.ShortName));
        Assert.All(prod.Watch.Alerts, a => Assert.Null(NameRule.Insights.Problem(a.Name)));
    }
}
