using System.CommandLine;
using System.Text;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud ask-tell SPEC</c>: JSON lines on standard input and output, for people who run trials themselves.</summary>
internal static class AskTellCommand
{
    private static readonly Argument<string> Spec = new("spec") { Description = "Spec file; needs no trial section." };
    private static readonly Option<string?> Algorithm = new("--algorithm") { Description = "Search algorithm instead of the spec's." };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Sweep seed instead of the spec's." };

    public static Command Create()
    {
        var command = new Command("ask-tell", "Ask for trials and tell their results as JSON lines on standard input and output.") { Spec, Algorithm, Seed };
        command.SetAction(Invoke);
        return command;
    }

    private static int Invoke(ParseResult parsed)
    {
        SweepSpec spec = Common.ReadSpec(parsed.GetValue(Spec)!, [], trialRequired: false);
        var session = new AskTellSession(spec, parsed.GetValue(Algorithm), parsed.GetValue(Seed));
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
        while (input.ReadLine() is { } line) output.WriteLine(session.Handle(line));
        return ExitCodes.Ok;
    }
}
