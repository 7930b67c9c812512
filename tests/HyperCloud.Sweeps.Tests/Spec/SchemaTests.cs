using System.Text.Json;
using NJsonSchema;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

public class SchemaTests
{
    private static readonly Lazy<Task<JsonSchema>> s_schema = new(() => JsonSchema.FromJsonAsync(SpecSchema.ToJson()));

    private static async Task<string[]> Errors(string json) => [.. (await s_schema.Value).Validate(json).Select(e => $"{e.Path}: {e.Kind}")];

    // A YAML text as JSON, for the schema.
    private static string AsJson(string yaml)
    {
        var problems = new ProblemList();
        return NodeJson.ToElement(SpecReader.Parse(yaml, null, problems)!).GetRawText();
    }

    /// <summary>The published file is the generated one. After a change of the keys, run this test with HYPERCLOUD_WRITE_GOLDEN=1 and commit the file.</summary>
    [Fact]
    public void The_published_schema_is_that_of_the_code()
    {
        string path = Path.Combine(Root, "docs", "sweep.schema.json");
        if (Environment.GetEnvironmentVariable("HYPERCLOUD_WRITE_GOLDEN") == "1") File.WriteAllText(path, SpecSchema.ToJson());
        Assert.Equal(SpecSchema.ToJson(), File.ReadAllText(path));
    }

    [Theory]
    [InlineData(Example)]
    [InlineData(ExampleJson)]
    [InlineData("name: a\nobjective: {metric: x}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace:\nsearch:\nlimits: {time: }")]
    [InlineData("name: a\nobjective: {metric: x, statistic: cvar(0.2), bounds: [0, 1]}\nspace: {c: {value: null}, d: {values: [1, a, null, true]}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {c: {values: [1]}, d: {value: 1, when: {c: 1}}, e: {value: 1, when: {c: [1]}}}")]
    [InlineData("name: a\nobjective: {metric: x}\ntrial: {command: [a], env: {A: 1}, slots: [{B: x}]}\nschedule: {cron: '0 2 * * *'}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {c: {values: [a, 2]}, x: {min: 0.5, max: 1}}\nforbid: [{c: 2, x: {max: 0.6}}, {c: [a], x: {min: 0.9}}]\nenqueue: [{c: a}, {x: 0.7, c: 2}, {}]")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {c: {values: [a, null], prior: {center: null}}, x: {min: 0.5, max: 1, prior: {center: 0.6, weight: 2.5}}}")]
    [InlineData("name: a\nobjective: {metric: x}\ntasks: [pong, breakout-v4]\nseeds: {evaluation: {also: 2}}")]
    [InlineData("name: a\nobjective: {metric: x}\ntasks: {pong: {reference: [-20.7, 14.6], env: {ROM: pong.bin, SKIP: 4}}, breakout: {reference: [1.7, 30.5]}}")]
    [InlineData("name: a\nobjective: {metric: x, bounds: [0, 1]}\ntasks: {pong: , breakout: {}}")]
    [InlineData("name: a\nobjective: [{metric: x, bounds: [0, 1]}, {metric: y, goal: maximize, reference: 1}]")]
    [InlineData("name: a\nobjective: {metric: x}\nconstraints: [{metric: latency, max: 100}, {metric: recall, min: 0.5, max: 0.9}]")]
    public async Task Good_specs_pass_the_schema_and_the_reader(string text)
    {
        Assert.NotNull(Yaml(text).Spec);
        Assert.Empty(await Errors(AsJson(text)));
    }

    [Fact]
    public async Task The_canonical_form_passes_the_schema() => Assert.Empty(await Errors(SpecWriter.ToJson(Yaml(Example).Spec!)));

    [Theory]
    [InlineData("objective: {metric: x}")]
    [InlineData("name: a")]
    [InlineData("name: 'a b'\nobjective: {metric: x}")]
    [InlineData("name: a\nobjective: {metric: x}\nextra: 1")]
    [InlineData("name: a\nobjective: {metric: x}\ntasks: []")]
    [InlineData("name: a\nobjective: [{metric: x}]")]
    [InlineData("name: a\nobjective: [{metric: x}, {goal: minimize}]")]
    [InlineData("name: a\nobjective: {metric: x, goal: up}")]
    [InlineData("name: a\nobjective: {metric: x, statistic: cvar}")]
    [InlineData("name: a\nobjective: {metric: x, bounds: [1]}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: 1}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {1lr: {value: 1}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {value: 1, values: [1]}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {value: 1, min: 0}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {values: []}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {min: 0.5, max: 1, step: 0}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {min: 0.5, max: 1, ordered: true}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {min: 0.5}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {lr: {min: 0.5, max: 1, prior: 3}}")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {x: {min: 0.5, max: 1}}\nforbid: [{x: {min: 0.6, above: 1}}]")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {x: {min: 0.5, max: 1}}\nforbid: [{}]")]
    [InlineData("name: a\nobjective: {metric: x}\nspace: {x: {min: 0.5, max: 1}}\nenqueue: {x: 1}")]
    [InlineData("name: a\nobjective: {metric: x}\nconstraints: [{metric: y}]")]
    [InlineData("name: a\nobjective: {metric: x}\nconstraints: [{max: 1}]")]
    [InlineData("name: a\nobjective: {metric: x}\nsearch: {seed: -1}")]
    [InlineData("name: a\nobjective: {metric: x}\nlimits: {trials: 0}")]
    [InlineData("name: a\nobjective: {metric: x}\nlimits: {time: 90}")]
    [InlineData("name: a\nobjective: {metric: x}\nlimits: {time: 1h30m}")]
    [InlineData("name: a\nobjective: {metric: x}\nseeds: {evaluation: {confidence: 1}}")]
    [InlineData("name: a\nobjective: {metric: x}\nseeds: {selection: {tops: 1}}")]
    [InlineData("name: a\nobjective: {metric: x}\ntrial: {retries: 1}")]
    [InlineData("name: a\nobjective: {metric: x}\ntrial: {command: [x], mlnet: {}}")]
    [InlineData("name: a\nobjective: {metric: x}\ntrial: {kubernetes: {}}")]
    [InlineData("name: a\nobjective: {metric: x}\ntrial: {command: [x], env: {A-B: 1}}")]
    [InlineData("name: a\nobjective: {metric: x}\nschedule: {kind: robustness}")]
    public async Task Bad_specs_fail_the_schema_and_the_reader(string text)
    {
        Assert.NotEmpty(Yaml(text).Errors);
        Assert.NotEmpty(await Errors(AsJson(text)));
    }

    public static TheoryData<string, string> AllKeys
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (SpecSection section in SpecKeys.All)
                foreach (SpecKey key in section.Keys)
                    data.Add(section.Path, key.Name);
            return data;
        }
    }

    /// <summary>Every key of the table is read, and known to the schema: a value that no key takes is noticed under its pointer.</summary>
    [Theory]
    [MemberData(nameof(AllKeys))]
    public async Task Every_key_is_read(string section, string key)
    {
        string[] path = [.. section.Replace("<name>", "p", StringComparison.Ordinal).Replace("<index>", "0", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries), key];
        string pointer = "/" + string.Join('/', path);
        // A list of a list fits no key at all.
        string start = section == SpecKeys.Parameter.Path
            ? "name: a\nobjective: {metric: x}\nspace: {p: " + (key switch { "values" or "ordered" => "{values: [1]}", "value" => "{value: 1}", _ => "{type: int, min: 1, max: 2}" }) + "}"
            : "name: a\nobjective: {metric: x}\nspace: {p: {value: 1}}" + (section == SpecKeys.Constraint.Path ? "\nconstraints: [{}]" : "");
        SpecResult result = Yaml(start, $"{pointer}=[[x]]");
        Assert.Contains(result.Errors, e => e.Pointer.StartsWith(pointer, StringComparison.Ordinal) && e.Code is SpecCodes.WrongType or SpecCodes.Reserved);
        Assert.DoesNotContain(result.Errors, e => e.Code == SpecCodes.UnknownKey);

        using JsonDocument schema = JsonDocument.Parse(SpecSchema.ToJson());
        JsonElement at = schema.RootElement;
        foreach (string step in path)
        {
            if (at.TryGetProperty("anyOf", out JsonElement forms) && forms[0].TryGetProperty("properties", out _)) at = forms[0]; // a mapping, or a list of such
            JsonElement properties = at.TryGetProperty("properties", out JsonElement p) ? p : default;
            at = properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(step, out JsonElement known)
                ? known
                : at.TryGetProperty("patternProperties", out JsonElement named) ? named.EnumerateObject().Single().Value
                : at.GetProperty("items");
        }

        Assert.False(string.IsNullOrEmpty(at.GetProperty("description").GetString()));
    }

    [Fact]
    public void The_schema_knows_no_key_that_the_reader_does_not()
    {
        using JsonDocument schema = JsonDocument.Parse(SpecSchema.ToJson());
        int keys = 0;
        Walk(schema.RootElement, SpecKeys.Root);
        Assert.Equal(SpecKeys.All.Sum(s => s.Keys.Length + s.Otherwise.Length) + SpecKeys.Runners.Count, keys);

        void Walk(JsonElement at, SpecSection section)
        {
            foreach (JsonProperty property in at.GetProperty("properties").EnumerateObject())
            {
                keys++;
                SpecKey? key = section.Keys.FirstOrDefault(k => k.Name == property.Name);
                if (key?.Type == KeyType.Section) Walk(property.Value, key.Section!);
                if (key?.Type == KeyType.SectionOrList) Walk(property.Value.GetProperty("anyOf")[0], key.Section!);
                if (key?.Type == KeyType.SectionList) Walk(property.Value.GetProperty("items"), key.Section!);
                if (key?.Type is KeyType.Sections or KeyType.Tasks) Walk(property.Value.GetProperty("patternProperties").EnumerateObject().Single().Value, key.Section!);
            }
        }
    }
}
