using System.CommandLine;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud report ID</c>: the honest report, as text, Markdown or JSON.</summary>
internal static class ReportCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();

    public static Command Create()
    {
        var command = new Command("report", "Print the report of a sweep (--output text, markdown or json).") { Sweep };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using IStore store = parsed.OpenStoreToRead();
        SweepHub hub = parsed.OpenHub(store);
        string id = (await Common.FindSweep(new SweepService(hub), parsed.GetValue(Sweep), cancellation)).Id;
        Console.Write(Reporting.Render(await Reporting.Load(hub, id, cancellation), parsed.GetValue(Common.Output)!));
        return ExitCodes.Ok;
    }
}
