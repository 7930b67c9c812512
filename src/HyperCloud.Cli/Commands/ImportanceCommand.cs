using System.CommandLine;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud importance ID</c>: which hyperparameters mattered, to the metric and to run time.</summary>
internal static class ImportanceCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();

    public static Command Create()
    {
        var command = new Command("importance", "Show which hyperparameters mattered, to the metric and to run time.") { Sweep }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepState state = await source.State(await source.Find(parsed.GetValue(Sweep), cancellation), cancellation);
        SweepAnalysis analysis = AnalysisBuilder.Build(state);
        Console.Write(parsed.IsJson() ? AnalysisText.ToJson(analysis) : AnalysisText.ToText(analysis));
        return ExitCodes.Ok;
    }
}
