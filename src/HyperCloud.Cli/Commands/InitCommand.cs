using System.CommandLine;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud init [FROM]</c>: a spec to begin with, from a script's flags or another tool's sweep.</summary>
internal static class InitCommand
{
    private static readonly Argument<string?> From = new("from")
    {
        Description = "A Python script that uses argparse, or a W&B sweep file (default: a commented template).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> To = new("--to") { Description = "File to write (default: standard output). An existing file is never overwritten." };
    private static readonly Option<string?> Name = new("--name") { Description = "Name of the sweep." };
    private static readonly Option<string?> Metric = new("--metric") { Description = "Metric to optimise." };
    private static readonly Option<string?> Goal = new Option<string?>("--goal") { Description = "minimize or maximize." }.AcceptOnlyFromAmong("minimize", "maximize");

    public static Command Create()
    {
        var command = new Command("init", "Write a spec to begin with: a template, or one made from a script's flags or another tool's sweep.") { From, To, Name, Metric, Goal };
        command.SetAction(Invoke);
        return command;
    }

    private static int Invoke(ParseResult parsed)
    {
        var options = new SpecInitOptions
        {
            Name = parsed.GetValue(Name),
            Metric = parsed.GetValue(Metric),
            Goal = parsed.GetValue(Goal) switch { "maximize" => Core.Goal.Maximize, "minimize" => Core.Goal.Minimize, _ => null },
        };
        string? from = parsed.GetValue(From);
        if (from is not null && !File.Exists(from)) throw new CliException(ExitCodes.BadInput, $"there is no file '{from}'");
        SpecInitResult result = from is null ? SpecInit.Template(options) : SpecInit.From(File.ReadAllText(from), from, options);
        foreach (SpecProblem problem in result.Problems) Console.Error.WriteLine(Common.Describe(from ?? "template", problem));
        if (result.Text is null) throw new CliException(ExitCodes.BadInput, $"no spec could be made from '{from}'");
        foreach (string note in result.Notes) Console.Error.WriteLine($"note: {note}");
        Write(result.Text, parsed.GetValue(To));
        return ExitCodes.Ok;
    }

    private static void Write(string text, string? to)
    {
        if (to is null)
        {
            Console.Write(text);
            return;
        }

        try
        {
            using var file = new StreamWriter(new FileStream(to, FileMode.CreateNew));
            file.Write(text);
        }
        catch (IOException) when (File.Exists(to))
        {
            throw new CliException(ExitCodes.BadInput, $"'{to}' exists already and was left as it is; name another file with --to");
        }

        Console.Error.WriteLine($"wrote {to}; try one run of it: hypercloud run {to} --once");
    }
}
