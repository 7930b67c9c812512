using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>
/// The workflows, written once and run by every host (DESIGN §4a). Orchestration only: whatever needs data is decided in activities.
/// </summary>
public static class Workflows
{
    /// <summary>Runs a lane takes in one turn before it goes on afresh, which bounds the history of a durable host.</summary>
    public const int StepsPerTurn = 40;

    /// <summary>The name of the one signal: look at the store again.</summary>
    public const string Wake = "wake";

    /// <summary>How long a waiting lane goes without looking at the store when no wake-up comes.</summary>
    public static readonly TimeSpan Backstop = TimeSpan.FromSeconds(5);

    /// <summary>The sweep workflow.</summary>
    public static TaskName<SweepTurn, SweepOutput> Sweep { get; } = new("HyperCloudSweep", SweepsJson.Default.SweepTurn, SweepsJson.Default.SweepOutput);

    /// <summary>The lane workflow.</summary>
    public static TaskName<LaneTurn, LaneOutput> Lane { get; } = new("HyperCloudLane", SweepsJson.Default.LaneTurn, SweepsJson.Default.LaneOutput);

    /// <summary>The instance id of a lane.</summary>
    public static string LaneId(string sweep, int lane) => string.Create(CultureInfo.InvariantCulture, $"{sweep}~lane{lane:D4}");

    /// <summary>One turn of a sweep: open what comes next, run its lanes, look again.</summary>
    public static async Task<Turn<SweepTurn, SweepOutput>> SweepTurn(IWorkflowContext context, SweepTurn state)
    {
        if (state.Round == 0)
        {
            OpenRoundOutput opened = await context.Activity(Activities.OpenRoundName, new OpenRoundInput(state.Sweep, state.Token));
            state = state with { Round = opened.Round };
        }

        AdvanceOutput next = await context.Activity(Activities.AdvanceName, new AdvanceInput(state.Sweep, state.Round));
        context.SetStatus(next.Kind);
        switch (next.Kind)
        {
            case "stage":
                var lanes = new Task<LaneOutput>[next.Lanes];
                for (int lane = 0; lane < lanes.Length; lane++)
                    lanes[lane] = context.Child(Lane, LaneId(state.Sweep, lane), new LaneTurn(state.Sweep, state.Round, next.Stage, lane, 0));
                await Task.WhenAll(lanes);
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

    /// <summary>One turn of a lane: claim, run, claim, run, with one thing in flight.</summary>
    public static async Task<Turn<LaneTurn, LaneOutput>> LaneTurn(IWorkflowContext context, LaneTurn state)
    {
        Task? wake = null;
        for (int i = 0; i < StepsPerTurn; i++)
        {
            NextOutput next = await context.Activity(Activities.NextName, new NextInput(state.Sweep, state.Round, state.Stage, state.Lane, state.Step));
            switch (next.Kind)
            {
                case "run":
                    RunReceipt receipt = await context.Activity(
                        Activities.RunName, new RunInput(state.Sweep, state.Round, state.Stage, state.Lane, next.Run!, next.Attempt));
                    foreach (int lane in receipt.Wake ?? []) context.Send(LaneId(state.Sweep, lane), Wake);
                    // A run that goes on elsewhere stays this step's claim, and is asked for again.
                    if (receipt.State == RunActivity.DetachedState) wake = await WaitForWake(context, wake);
                    else state = state with { Step = state.Step + 1 };
                    break;
                case "wait":
                    wake = await WaitForWake(context, wake);
                    break;
                default:
                    return new Turn<LaneTurn, LaneOutput>.Done(new(state.Step));
            }
        }

        return new Turn<LaneTurn, LaneOutput>.Again(state);
    }

    /// <summary>
    /// Waits for a wake-up, or for the backstop. One wait per name is kept for the whole turn: a wait that is abandoned can swallow the next signal.
    /// </summary>
    /// <returns>The wait to go on with; null when it was answered.</returns>
    private static async Task<Task?> WaitForWake(IWorkflowContext context, Task? wake)
    {
        wake ??= context.Signal(Wake);
        using var timer = new CancellationTokenSource();
        Task delay = context.Delay(Backstop, timer.Token);
        bool woken = await Task.WhenAny(wake, delay) == wake;
        timer.Cancel();
        return woken ? null : wake;
    }
}
