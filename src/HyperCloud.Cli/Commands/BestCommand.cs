using System.CommandLine;
using HyperCloud.Cli.Sources;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud best ID --as args|env|json</c>: the champion's configuration, ready to be used.</summary>
internal static class BestCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();

    private static readonly Option<string?> As = new Option<string?>("--as") { Description = "args: --name=value …; env: HYPERCLOUD_PARAM_NAME=value lines; json: an object." }
        .AcceptOnlyFromAmong("args", "env", "json");

    public static Command Create()
    {
        var command = new Command("best", "Print the champion's configuration (before the end: what would be chosen now, said so).") { Sweep, As }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
        SweepState state = await source.State(sweep, cancellation);
        int trial;
        if (state.Champion is { } champion)
        {
            trial = champion.Trial;
        }
        else
        {
            (IReadOnlyList<int> candidates, string reason) = StageDecisions.Candidates(state, StageDecisions.SearchOf(state.Spec));
            if (candidates.Count == 0) throw new CliException(ExitCodes.NoAnswer, $"sweep {sweep.Id} has no completed trial yet");
            trial = candidates[0];
            await Console.Error.WriteLineAsync($"provisional: no champion has been chosen yet; search would recommend trial {trial} ({reason})");
        }

        Assignment best = state.Trials[trial].Assignment;
        string? form = parsed.GetValue(As) ?? (parsed.IsJson() ? "json" : null);
        switch (form)
        {
            case "args":
                Console.WriteLine(string.Join(" ", best.Active().Select(p => ShellQuote($"--{p.Key}={p.Value}"))));
                break;
            case "env":
                foreach ((string name, ParameterValue value) in best.Active())
                    Console.WriteLine($"HYPERCLOUD_PARAM_{name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}={ShellQuote(value.ToString())}");
                break;
            case "json":
                Console.WriteLine(best.ToJson());
                break;
            default:
                Console.WriteLine($"trial {trial} of {sweep.Id}");
                foreach ((string name, ParameterValue value) in best.Active()) Console.WriteLine($"  {name} = {value}");
                break;
        }

        return ExitCodes.Ok;
    }

    private static string ShellQuote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_=./:,+@%".Contains(c)) ? text : $"'{text.Replace("'", "'\\''")}'";
}
