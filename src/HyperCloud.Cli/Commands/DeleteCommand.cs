using System.CommandLine;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud delete SWEEP</c>: removes a sweep that is over from the store, with all its runs.</summary>
internal static class DeleteCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep(optional: false);
    private static readonly Option<bool> Force = new("--force") { Description = "Cancel it first when it is not over." };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask. Without a terminal nothing is asked." };

    public static Command Create()
    {
        Command command = new Command("delete", "Delete a sweep with all that was measured; files that its runs wrote stay.") { Sweep, Force, Yes }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource(change: true);
        SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
        if (!parsed.GetValue(Yes) && !Console.IsInputRedirected && !Console.IsErrorRedirected)
        {
            await Console.Error.WriteAsync($"delete sweep {sweep.Id} ({sweep.Status.ToString().ToLowerInvariant()}, {Common.Count(sweep.Trials, "trial")}) of {source.Description} for good? [y/N] ");
            if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
            {
                await Console.Error.WriteLineAsync("nothing was deleted");
                return ExitCodes.Ok;
            }
        }

        await source.Delete(sweep, parsed.GetValue(Force), cancellation);
        if (parsed.IsJson())
        {
            using (var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true }))
            {
                writer.WriteStartObject();
                writer.WriteString("sweep", sweep.Id);
                writer.WriteBoolean("deleted", true);
                writer.WriteEndObject();
            }

            Console.WriteLine();
        }
        else
        {
            Console.WriteLine($"sweep {sweep.Id} is deleted");
        }

        return ExitCodes.Ok;
    }
}
