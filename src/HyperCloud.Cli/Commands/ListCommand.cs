using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud list</c>: the sweeps of the store, newest first.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var command = new Command("list", "List the sweeps of the store or server, newest first.").AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        IReadOnlyList<SweepSummary> sweeps = await source.List(cancellation);
        if (parsed.IsJson())
        {
            WriteJson(sweeps);
            return ExitCodes.Ok;
        }

        Tables.Write(["sweep", "status", "stage", "trials", "champion", "created (UTC)"], sweeps.Select(s => new[]
        {
            s.Id, s.Status.ToString().ToLowerInvariant(), s.Stage?.ToString().ToLowerInvariant() ?? "–", s.Trials.ToString(CultureInfo.InvariantCulture),
            s.Champion?.ToString(CultureInfo.InvariantCulture) ?? (s.Front is { } front ? string.Create(CultureInfo.InvariantCulture, $"front of {front}") : "–"), s.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        }));
        return ExitCodes.Ok;
    }

    private static void WriteJson(IReadOnlyList<SweepSummary> sweeps)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartArray();
        foreach (SweepSummary s in sweeps)
        {
            writer.WriteStartObject();
            writer.WriteString("id", s.Id);
            writer.WriteString("name", s.Name);
            writer.WriteString("status", s.Status.ToString().ToLowerInvariant());
            if (s.Stage is { } stage) writer.WriteString("stage", stage.ToString().ToLowerInvariant());
            writer.WriteNumber("trials", s.Trials);
            if (s.Champion is { } champion) writer.WriteNumber("champion", champion);
            if (s.Front is { } front) writer.WriteNumber("front", front);
            writer.WriteString("createdAt", s.CreatedAt);
            if (s.Deleting) writer.WriteBoolean("deleting", true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.Flush();
        Console.WriteLine();
    }
}
