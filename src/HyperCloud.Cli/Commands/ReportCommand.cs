using System.CommandLine;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud report ID</c>: the honest report, as text, Markdown or JSON.</summary>
internal static class ReportCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();

    public static Command Create()
    {
        var command = new Command("report", "Print the report of a sweep (--output text, markdown or json).") { Sweep }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepState state = await source.State(await source.Find(parsed.GetValue(Sweep), cancellation), cancellation);
        Console.Write(Reporting.Render(ReportBuilder.Build(state), parsed.GetValue(Common.Output)!));
        return ExitCodes.Ok;
    }
}
