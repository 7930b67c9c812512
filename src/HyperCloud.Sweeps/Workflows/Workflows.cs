using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>
/// The workflows, written once and run by every host (DESIGN §4a). Orchestration only: whatever needs data is decided in activities.
/// </summary>
public static class Workflows
{
    /// <summary>Activities a lane runs in one turn before it goes on afresh, which bounds the history of a durable host.</summary>
    public const int StepsPerTurn = 40;

    /// <summary>
    /// Events that the history of one turn has at most, where no activity fails for want of infrastructure: 8 for each step of a lane that waits for
    /// a wake-up beside a timer, and the wake-ups it sends and gets; 4 for each child of a sweep or group, and 4 more. A durable host replays them at each step.
    /// </summary>
    public const int MaxEvents = 1_000;

    /// <summary>Bytes of JSON that the input of a workflow or activity stays below: ids and counters, never data.</summary>
    public const int MaxInputBytes = 1_000;

    /// <summary>Children one instance bears; a stage of more lanes becomes a tree of groups.</summary>
    public const int MaxChildren = 64;

    /// <summary>The name of the one signal: look at the store again.</summary>
    public const string Wake = "wake";

    /// <summary>The sweep workflow.</summary>
    public static TaskName<SweepTurn, SweepOutput> Sweep { get; } = new("HyperCloudSweep", SweepsJson.Default.SweepTurn, SweepsJson.Default.SweepOutput);

    /// <summary>The lane workflow.</summary>
    public static TaskName<LaneTurn, LaneOutput> Lane { get; } = new("HyperCloudLane", SweepsJson.Default.LaneTurn, SweepsJson.Default.LaneOutput);

    /// <summary>The workflow of a group of lanes.</summary>
    public static TaskName<GroupTurn, LaneOutput> Group { get; } = new("HyperCloudGroup", SweepsJson.Default.GroupTurn, SweepsJson.Default.LaneOutput);

    /// <summary>The instance id of a lane: another one in every round and stage, so that nothing that was meant for an earlier lane reaches it.</summary>
    public static string LaneId(string sweep, int round, int stage, int lane) =>
        string.Create(CultureInfo.InvariantCulture, $"{sweep}~{round}~{stage}~lane{lane:D4}");

    /// <summary>The instance id of the group that begins with a lane.</summary>
    public static string GroupId(string sweep, int round, int stage, int first) =>
        string.Create(CultureInfo.InvariantCulture, $"{sweep}~{round}~{stage}~group{first:D4}");

    /// <summary>One turn of a sweep: open what comes next, run its lanes, look again.</summary>
    public static async Task<Turn<SweepTurn, SweepOutput>> SweepTurn(IWorkflowContext context, SweepTurn state)
    {
        if (state.Round == 0)
        {
            OpenRoundOutput opened = await context.Activity(Activities.OpenRoundName, new OpenRoundInput(state.Sweep, state.Token));
            if (opened.Round == OpenRoundOutput.Busy) return new Turn<SweepTurn, SweepOutput>.Done(new("busy"));
            state = state with { Round = opened.Round };
        }

        AdvanceOutput next = await context.Activity(Activities.AdvanceName, new AdvanceInput(state.Sweep, state.Round));
        context.SetStatus(next.Kind);
        switch (next.Kind)
        {
            case "stage":
                await RunLanes(context, new GroupTurn(state.Sweep, state.Round, next.Stage, 0, next.Lanes));
                break;
            case "paused" when state.ReturnWhenPaused:
                return new Turn<SweepTurn, SweepOutput>.Done(new("paused"));
            case "paused":
                await context.Signal(Wake);
                break;
            default:
                return new Turn<SweepTurn, SweepOutput>.Done(new(next.Kind));
        }

        return new Turn<SweepTurn, SweepOutput>.Again(state);
    }

    /// <summary>The one turn of a group: its lanes, to their end.</summary>
    public static async Task<Turn<GroupTurn, LaneOutput>> GroupTurn(IWorkflowContext context, GroupTurn state) =>
        new Turn<GroupTurn, LaneOutput>.Done(new(await RunLanes(context, state)));

    /// <summary>One turn of a lane: work, work, with one activity in flight.</summary>
    public static async Task<Turn<LaneTurn, LaneOutput>> LaneTurn(IWorkflowContext context, LaneTurn state)
    {
        Task? wake = null;
        for (int i = 0; i < StepsPerTurn; i++)
        {
            WorkOutput work = await context.Activity(Activities.WorkName, new WorkInput(state.Sweep, state.Round, state.Stage, state.Lane, state.Step));
            state = state with { Step = work.Step };
            foreach (int lane in work.Wake ?? []) context.Send(LaneId(state.Sweep, state.Round, state.Stage, lane), Wake);
            if (work.Kind == "done") return new Turn<LaneTurn, LaneOutput>.Done(new(state.Step));
            if (work.Kind == "wait") wake = await WaitForWake(context, wake, TimeSpan.FromMilliseconds(work.WaitMs));
        }

        return new Turn<LaneTurn, LaneOutput>.Again(state);
    }

    // Lanes as children of this instance; more than it bears as groups, each as large as all of them need be.
    private static async Task<int> RunLanes(IWorkflowContext context, GroupTurn of)
    {
        int size = 1;
        while (of.Count > size * MaxChildren) size *= MaxChildren;
        var children = new List<Task<LaneOutput>>();
        for (int first = of.First; first < of.First + of.Count; first += size)
        {
            int count = Math.Min(size, of.First + of.Count - first);
            children.Add(size == 1
                ? context.Child(Lane, LaneId(of.Sweep, of.Round, of.Stage, first), new LaneTurn(of.Sweep, of.Round, of.Stage, first, 0))
                : context.Child(Group, GroupId(of.Sweep, of.Round, of.Stage, first), of with { First = first, Count = count }));
        }

        int steps = 0;
        foreach (LaneOutput output in await Task.WhenAll(children)) steps += output.Steps;
        return steps;
    }

    /// <summary>
    /// Waits for a wake-up, or for the backstop. One wait per name is kept for the whole turn: a wait that is abandoned can swallow the next signal.
    /// </summary>
    /// <returns>The wait to go on with; null when it was answered.</returns>
    private static async Task<Task?> WaitForWake(IWorkflowContext context, Task? wake, TimeSpan backstop)
    {
        wake ??= context.Signal(Wake);
        using var timer = new CancellationTokenSource();
        Task delay = context.Delay(backstop, timer.Token);
        bool woken = await Task.WhenAny(wake, delay) == wake;
        timer.Cancel();
        return woken ? null : wake;
    }
}
