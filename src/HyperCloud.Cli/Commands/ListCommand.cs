using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud list</c>: the sweeps of the store, newest first.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var command = new Command("list", "List the sweeps of the store.");
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using IStore store = parsed.OpenStoreToRead();
        IReadOnlyList<SweepSummary> sweeps = await new SweepService(parsed.OpenHub(store)).List(cancellation);
        if (parsed.IsJson())
        {
            Console.WriteLine($"[{string.Join(",\n ", sweeps.Select(s => JsonSerializer.Serialize(s, SweepsJson.Default.SweepSummary)))}]");
            return ExitCodes.Ok;
        }

        Tables.Write(["sweep", "status", "stage", "trials", "champion", "created (UTC)"], sweeps.Select(s => new[]
        {
            s.Id, s.Status.ToString().ToLowerInvariant(), s.Stage?.ToString().ToLowerInvariant() ?? "–", s.Trials.ToString(CultureInfo.InvariantCulture),
            s.Champion?.ToString(CultureInfo.InvariantCulture) ?? "–", s.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        }));
        return ExitCodes.Ok;
    }
}
