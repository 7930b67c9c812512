using System.Collections.Immutable;
using System.Text.Json;
using CsCheck;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class TemplateTests
{
    private static readonly Space Space = new([
        Requests.Choice("booster", "gbdt", "dart"), Requests.Float("lr", 0.1), Requests.Int("leaves", 31), Requests.Float("drop.rate", 0.5).When("booster", "dart"),
    ]);

    [Fact]
    public void References_are_filled() =>
        Assert.Equal(
            ["train", "--lr=0.1", "7", "3", "search", "{\"booster\":\"gbdt\",\"lr\":0.1,\"leaves\":31}", "cost $5 ${x} $HOME", ""],
            Render("train", "--lr=${param.lr}", "${seed}", "${trial}", "${pool}", "${params_json}", "cost $$5 $${x} $HOME", ""));

    [Fact]
    public void Args_stand_for_the_active_parameters_that_nothing_else_names() =>
        Assert.Equal(["t", "--booster=gbdt", "--leaves=31", "x=0.1"], Render("t", "${args}", "x=${param.lr}"));

    [Fact]
    public void Args_leave_out_what_the_environment_names()
    {
        TrialSpec trial = Requests.Command("t", "${args}") with
        {
            Env = ImmutableSortedDictionary<string, string>.Empty.Add("LR", "${param.lr}"),
            Slots = [ImmutableSortedDictionary<string, string>.Empty.Add("B", "${param.booster}")],
        };
        Assert.Equal(["t", "--leaves=31"], Preview(trial).Command);
    }

    [Fact]
    public void An_element_that_names_an_inactive_parameter_or_an_absent_resource_disappears() =>
        Assert.Equal(["t", "z"], Render("t", "--drop=${param.drop.rate}", "--lr=${param.lr},${param.drop.rate}", "--epochs=${resource}", "z"));

    [Fact]
    public void The_resource_is_written_without_point_when_whole()
    {
        RunRequest request = Requests.Of(Requests.Command("t", "${resource}"), "/", Space) with { Resource = 27 };
        Assert.Equal(["t", "27"], new CommandRunner(TimeProvider.System).Preview(request).Command);
    }

    [Fact]
    public void A_variable_that_names_an_inactive_parameter_is_not_set()
    {
        TrialSpec trial = Requests.Command("t") with
        {
            Env = ImmutableSortedDictionary<string, string>.Empty.Add("DROP", "${param.drop.rate}").Add("RATE", "r${param.lr}"),
        };
        RunPreview preview = Preview(trial);
        Assert.DoesNotContain("DROP", preview.Environment.Keys);
        Assert.Equal("r0.1", preview.Environment["RATE"]);
    }

    [Theory]
    [InlineData("--x=${param.leafs}", "names 'leafs', which is not a parameter of the space; did you mean 'leaves'?")]
    [InlineData("${lr}", "write ${param.lr} for the parameter 'lr'")]
    [InlineData("${seeds}", "there is no ${seeds}; did you mean 'seed'?")]
    [InlineData("a ${args}", "${args} stands for several arguments and must be an element of its own")]
    [InlineData("${seed", "has '${' without '}'")]
    public void Wrong_references_are_findings_with_their_place(string element, string message)
    {
        RunnerFinding finding = Assert.Single(Validate(JsonSerializer.Serialize(new[] { "t", "ok", element })));
        Assert.True(finding.Fatal);
        Assert.Equal("/2", finding.Pointer);
        Assert.Contains(message, finding.Message);
    }

    [Theory]
    [InlineData("\"python3 train.py --fast\"", "", "write [\"python3\", \"train.py\", \"--fast\"]")]
    [InlineData("[]", "", "must be a list of the program and its arguments")]
    [InlineData("{\"grace\": \"3s\"}", "", "command needs 'run'")]
    [InlineData("{\"run\": [\"t\"], \"grce\": \"3s\"}", "/grce", "did you mean 'grace'?")]
    [InlineData("{\"run\": [\"t\"], \"grace\": 3}", "/grace", "must be a duration such as 500ms, 90s, 10m or 2h, but got 3")]
    [InlineData("{\"run\": [\"t\", true]}", "/run/1", "an argument must be a text, but got true")]
    [InlineData("[\"t\", 0.1]", "/1", "put it into quotes")]
    [InlineData("[\"${args}\"]", "/0", "the first element must be the program")]
    [InlineData("[\"${param.drop.rate}\"]", "/0", "not always active")]
    [InlineData("[\"t\", \"${args}\", \"${args}\"]", "/2", "twice")]
    public void Wrong_options_are_findings_with_their_place(string options, string pointer, string message)
    {
        RunnerFinding finding = Assert.Single(Validate(options));
        Assert.Equal(pointer, finding.Pointer);
        Assert.Contains(message, finding.Message);
    }

    [Fact]
    public void Wrong_variables_are_all_found_at_once()
    {
        TrialSpec trial = Requests.Command("t") with
        {
            Env = ImmutableSortedDictionary<string, string>.Empty.Add("HYPERCLOUD_SEED", "1").Add("A", "${args}"),
            Slots = [ImmutableSortedDictionary<string, string>.Empty.Add("B", "${slot}")],
        };
        string[] messages = [.. new CommandRunner(TimeProvider.System).Validate(trial, Space).Select(f => f.Message)];
        Assert.Equal(3, messages.Length);
        Assert.Contains(messages, m => m.StartsWith("env: 'HYPERCLOUD_SEED' is one of HyperCloud's own"));
        Assert.Contains(messages, m => m.StartsWith("env.A: ") && m.Contains("may only stand in the list of arguments"));
        Assert.Contains(messages, m => m.StartsWith("slots[0].B: ") && m.Contains("no ${slot}"));
    }

    [Fact]
    public void Text_with_doubled_dollars_comes_out_as_it_was() => Gen.String[Gen.Char["${}ab\" '*"], 0, 20].Sample(text =>
    {
        List<string> problems = [];
        string? rendered = Template.Parse(text.Replace("$", "$$"), Space, true, problems).Render(Requests.Of(Requests.Command("t"), "/", Space));
        return problems.Count == 0 && rendered == text;
    });

    private static IReadOnlyList<string> Render(params string[] elements) => Preview(Requests.Command(elements)).Command;

    private static RunPreview Preview(TrialSpec trial) => new CommandRunner(TimeProvider.System).Preview(Requests.Of(trial, "/", Space));

    private static IEnumerable<RunnerFinding> Validate(string options) =>
        new CommandRunner(TimeProvider.System).Validate(Requests.Trial("command", options), Space);

    [Fact]
    public void A_run_learns_its_task_by_template_and_by_variable_and_gets_what_is_the_tasks()
    {
        TrialSpec trial = Requests.Command("t", "data/${task}.csv") with { Env = ImmutableSortedDictionary<string, string>.Empty.Add("ROM", "none").Add("OWN", "${task}!") };
        var task = new TaskSpec { Name = "pong", Env = ImmutableSortedDictionary<string, string>.Empty.Add("ROM", "pong.bin") };
        RunPreview preview = new CommandRunner(TimeProvider.System).Preview(Requests.Of(trial, "/tmp") with { Task = task });
        Assert.Equal(["t", "data/pong.csv"], preview.Command);
        Assert.Equal(("pong", "pong.bin", "pong!"), (preview.Environment["HYPERCLOUD_TASK"], preview.Environment["ROM"], preview.Environment["OWN"]));
        preview = new CommandRunner(TimeProvider.System).Preview(Requests.Of(trial, "/tmp"));
        Assert.Equal(["t"], preview.Command);
        Assert.False(preview.Environment.ContainsKey("HYPERCLOUD_TASK"));
    }
}
