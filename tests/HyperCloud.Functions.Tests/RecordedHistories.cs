using System.Text.Json;
using Google.Protobuf;
using HyperCloud.Sweeps;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Protobuf;
using Microsoft.DurableTask.Worker.Grpc;

namespace HyperCloud.Functions.Tests;

/// <summary>
/// Histories of orchestrations that the workflows' text of a version wrote (<c>Histories/VERSION</c>): the present text asks for the very same when
/// it replays them, so that an app may be replaced while sweeps go on.
/// </summary>
/// <remarks>
/// Does one fail here because the text was changed, orchestrations that go on over the change fail in the field, and are begun anew from the record
/// (<see cref="VersionTests"/>): raise <c>defaultVersion</c> in host.json, so that older apps leave alone what the new one began, and record its
/// histories by running <see cref="HistoryTests"/> with <c>HYPERCLOUD_RECORD</c> naming a folder.
/// </remarks>
public sealed class RecordedHistories
{
    private const string Folder = "Histories";

    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static TheoryData<string> All => [.. Files().Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    private static string Root => Path.Combine(AppContext.BaseDirectory, Folder);

    [Theory]
    [MemberData(nameof(All))]
    public void The_present_text_replays_it(string file)
    {
        JsonElement recorded = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, file))).RootElement;
        Replay(
            s_parser.Parse<OrchestratorRequest>(recorded.GetProperty("asked").GetRawText()),
            s_parser.Parse<OrchestratorResponse>(recorded.GetProperty("answered").GetRawText()));
    }

    [Fact]
    public void There_are_some_of_the_present_version_for_every_workflow()
    {
        string version = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json"))).RootElement
            .GetProperty("extensions").GetProperty("durableTask").GetProperty("defaultVersion").GetString()!;
        string[] names = [.. Files().Where(f => Path.GetFileName(Path.GetDirectoryName(f)) == version).Select(f => Path.GetFileName(f).Split('.')[0]).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal([Workflows.Group.Name, Workflows.Lane.Name, Workflows.Sweep.Name], names);
    }

    [Fact]
    public void Another_text_would_be_found()
    {
        JsonElement recorded = JsonDocument.Parse(File.ReadAllText(Files().First(f => Path.GetFileName(f).StartsWith(Workflows.Lane.Name, StringComparison.Ordinal)))).RootElement;
        OrchestratorRequest asked = s_parser.Parse<OrchestratorRequest>(recorded.GetProperty("asked").GetRawText());
        // A lane that asks for what comes next before it works, which no lane does.
        OrchestratorResponse answered = Run(asked, (context, input) => DurableWorkflowContext.Turn(context, input, Workflows.Lane, async (workflow, state) =>
        {
            await workflow.Activity(Activities.AdvanceName, new AdvanceInput(state.Sweep, state.Round));
            return await Workflows.LaneTurn(workflow, state);
        }));
        CompleteOrchestrationAction end = Assert.Single(answered.Actions, a => a.CompleteOrchestration is not null).CompleteOrchestration;
        Assert.Equal(OrchestrationStatus.Failed, end.OrchestrationStatus);
        Assert.Contains("non-deterministic", $"{end.FailureDetails}", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Replays a step of an orchestration with the present text.</summary>
    internal static void Replay(OrchestratorRequest asked, OrchestratorResponse answered)
    {
        string name = WorkItemWatch.NameOf(asked);
        OrchestratorResponse now = Run(asked, name == Workflows.Sweep.Name ? Orchestrators.Sweep : name == Workflows.Group.Name ? Orchestrators.Group : Orchestrators.Lane);
        string was = Text(answered), isNow = Text(now);
        Assert.True(was == isNow, $"{name} {asked.InstanceId}: the workflow's text asks for something else than the text that wrote this history did. See the remarks of {nameof(RecordedHistories)}.\nwas {was}\nis  {isNow}");
    }

    /// <summary>Keeps the longest step of each workflow, where the environment says so.</summary>
    internal static void Record(WorkItemWatch watch, string scenario)
    {
        if (Environment.GetEnvironmentVariable("HYPERCLOUD_RECORD") is not { Length: > 0 } folder) return;
        Directory.CreateDirectory(folder);
        foreach (var workflow in watch.Steps.Values.GroupBy(s => WorkItemWatch.NameOf(s.Asked)))
        {
            (OrchestratorRequest asked, OrchestratorResponse answered) = workflow.OrderByDescending(s => WorkItemWatch.EventsOf(s.Asked).Count()).ThenBy(s => s.Asked.InstanceId, StringComparer.Ordinal).First();
            var text = answered.Clone();
            text.CompletionToken = "";
            File.WriteAllText(Path.Combine(folder, $"{workflow.Key}.{scenario}.json"), $$"""{"asked":{{JsonFormatter.Default.Format(asked)}},"answered":{{JsonFormatter.Default.Format(text)}}}""" + "\n");
        }
    }

    private static OrchestratorResponse Run(OrchestratorRequest asked, Func<TaskOrchestrationContext, JsonElement, Task<JsonElement?>> text) =>
        OrchestratorResponse.Parser.ParseFrom(Convert.FromBase64String(GrpcOrchestrationRunner.LoadAndRun(Convert.ToBase64String(asked.ToByteArray()), text)));

    private static string Text(OrchestratorResponse response) => $"{string.Join(" ", response.Actions.Select(a => JsonFormatter.Default.Format(a)))} {response.CustomStatus}";

    private static IEnumerable<string> Files() => Directory.Exists(Root) ? Directory.GetFiles(Root, "*.json", SearchOption.AllDirectories) : [];
}
