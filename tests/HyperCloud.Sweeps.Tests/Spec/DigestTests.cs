using System.Text.Json;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

public class DigestTests
{
    [Fact]
    public void The_same_spec_in_YAML_and_JSON_has_one_digest_and_it_is_this_one()
    {
        SweepSpec yaml = Clean(Yaml(Example)), json = Clean(Json(ExampleJson));
        // SHA-256 of the text below, computed with sha256sum: a change of either breaks every stored sweep's identity.
        Assert.Equal(
            """{"objective":{"metric":"logloss","goal":"minimize","statistic":"mean","target":0.05,"take":"last"},"space":{"booster":{"values":["gbdt","dart"],"ordered":false,"default":"gbdt"},"learning_rate":{"type":"float","min":0.0001,"max":0.5,"scale":"log","default":0.1},"leaves":{"type":"int","min":4,"max":256,"scale":"log","default":31,"kind":"model"},"drop_rate":{"type":"float","min":0.0,"max":0.5,"scale":"linear","step":0.05,"default":0.1,"when":{"booster":["dart"]}},"size":{"values":["small","medium","large"],"ordered":true,"default":"medium"},"rounds":{"value":200}},"search":{"algorithm":"auto","seed":42,"order":"async"},"seeds":{"search":1,"searchMode":"fresh","selection":{"top":8,"runs":80,"maxSeeds":50,"race":true},"evaluation":{"seeds":20,"confidence":0.95}},"trial":{"mlnet":{"data":"data/breast-cancer.csv","holdout":0.2,"label":"malignant","trainer":"lightgbm"},"retries":2}}""",
            SpecDigest.IdentityJson(yaml));
        Assert.Equal(SpecDigest.IdentityJson(yaml), SpecDigest.IdentityJson(json));
        Assert.Equal("73f3dd566de30712c186de1efe328ad926605bed9014a129adfc21c90d294d51", SpecDigest.Identity(yaml));
        Assert.Equal("breast-cancer-73f3dd566de3", SpecDigest.SweepId(yaml));
    }

    [Theory]
    [InlineData("name: breast-cancer", "name: other")]
    [InlineData("trials: 100, parallel: 8", "trials: 500, parallel: 2")]
    [InlineData("time: 2h", "time: 3h")]
    [InlineData("min: 1e-4", "min: 0.0001")]
    [InlineData("min: 1e-4", "min: 1.0E-4")]
    [InlineData("holdout: 0.2", "holdout: 2e-1")]
    [InlineData("trainer: lightgbm, data: data/breast-cancer.csv", "data: data/breast-cancer.csv, trainer: 'lightgbm'")]
    [InlineData("algorithm: auto, seed: 42", "seed: 42")]
    [InlineData("when: {booster: dart}", "when: {booster: [dart]}")]
    [InlineData("min: 4, max: 256", "min: 4.0, max: 2.56e2")]
    [InlineData("  retries: 2", "  retries: 2\nschedule: {cron: '0 2 * * *'}")]
    public void What_does_not_decide_does_not_count(string old, string changed)
    {
        Assert.Contains(old, Example, StringComparison.Ordinal);
        Assert.Equal(SpecDigest.Identity(Yaml(Example).Spec!), SpecDigest.Identity(Yaml(Example.Replace(old, changed, StringComparison.Ordinal)).Spec!));
    }

    [Theory]
    [InlineData("metric: logloss", "metric: loss")]
    [InlineData("max: 0.5, scale: log", "max: 0.6, scale: log")]
    [InlineData("seed: 42", "seed: 43")]
    [InlineData("top: 8", "top: 9")]
    [InlineData("retries: 2", "retries: 3")]
    [InlineData("holdout: 0.2", "holdout: 0.3")]
    [InlineData("value: 200", "value: '200'")]
    [InlineData("value: 200", "value: 200.0")]
    [InlineData("[gbdt, dart]", "[dart, gbdt]")]
    [InlineData("kind: model", "kind: algorithm")]
    [InlineData("kind: model", "kind: model, prior: {center: 31}")]
    [InlineData("search: {algorithm", "forbid: [{booster: dart, leaves: {min: 200}}]\nsearch: {algorithm")]
    [InlineData("search: {algorithm", "warmStart: other\nsearch: {algorithm")]
    [InlineData("search: {algorithm", "enqueue: [{booster: dart}]\nsearch: {algorithm")]
    [InlineData("search: {algorithm", "constraints: [{metric: latency, max: 1}]\nsearch: {algorithm")]
    public void What_decides_counts(string old, string changed)
    {
        Assert.Contains(old, Example, StringComparison.Ordinal);
        Assert.NotEqual(SpecDigest.Identity(Yaml(Example).Spec!), SpecDigest.Identity(Yaml(Example.Replace(old, changed, StringComparison.Ordinal)).Spec!));
    }

    [Fact]
    public void The_order_of_parameters_counts_and_that_of_parents_does_not()
    {
        string a = "a: {values: [1, 2]}", b = "b: {values: [1, 2]}";
        Assert.NotEqual(SpecDigest.Identity(Yaml(WithSpace(a, b)).Spec!), SpecDigest.Identity(Yaml(WithSpace(b, a)).Spec!));
        Assert.Equal(
            SpecDigest.Identity(Yaml(WithSpace(a, b, "c: {value: 1, when: {a: 1, b: 2}}")).Spec!),
            SpecDigest.Identity(Yaml(WithSpace(a, b, "c: {value: 1, when: {b: 2, a: 1}}")).Spec!));
    }

    [Fact]
    public void Canonical_JSON_is_readable_JSON_and_reading_it_gives_an_equal_spec()
    {
        SweepSpec spec = Yaml(Example + "\n  env: {B: \"x\\ty\\u0007é😀\", A: \"\\\"q\\\\\"}\n  slots: [{G: 0}, {G: 1}, {}, {}, {}, {}, {}, {}]\nschedule: {cron: '0 2 * * *'}"
            + "\nforbid: [{leaves: {max: 8}, booster: dart}, {size: [small, large], learning_rate: {min: 0.4, max: 0.5}}]\nenqueue: [{drop_rate: 0.2}, {}]\nwarmStart: earlier"
            + "\nconstraints: [{metric: latency, max: 3}, {metric: recall, min: 0.5, max: 1}]").Spec!;
        foreach (bool indented in (bool[])[false, true])
        {
            string text = SpecWriter.ToJson(spec, indented);
            SweepSpec again = Json(text).Spec!;
            Assert.Equal(text, SpecWriter.ToJson(again, indented));
            SpecEquality.AssertEqual(spec, again);
            using JsonDocument document = JsonDocument.Parse(text);
            Assert.Equal("x\ty\u0007é😀", document.RootElement.GetProperty("trial").GetProperty("env").GetProperty("B").GetString());
        }
    }

    [Fact]
    public void Every_default_is_written_out()
    {
        using JsonDocument document = JsonDocument.Parse(SpecWriter.ToJson(Clean(Yaml("name: a\nobjective: {metric: x}\nspace: {f: {min: 0, max: 0.5}, i: {type: int, min: 1, max: 2}, c: {values: [1]}}\ntrial: {mlnet: {}}"))));
        using JsonDocument tuning = JsonDocument.Parse(SpecWriter.ToJson(Clean(Yaml("name: a\nobjective: {metric: x}\nspace: {f: {min: 0, max: 0.5, default: 0.1}}\ntunability: {}\ntrial: {mlnet: {}}"))));
        foreach (SpecSection section in SpecKeys.All.Where(s => s != SpecKeys.Root && !s.Path.Contains('<') && s != SpecKeys.EarlyStopping && s != SpecKeys.Schedule))
        {
            JsonElement at = section == SpecKeys.Tunability ? tuning.RootElement : document.RootElement;
            foreach (string key in section.Path.Split('.')) at = at.GetProperty(key);
            foreach (SpecKey key in section.Keys.Where(k => k.Default is not null))
                Assert.Equal(key.Default, at.GetProperty(key.Name).ToString().ToLowerInvariant());
        }
    }
}
