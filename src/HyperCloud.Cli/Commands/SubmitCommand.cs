using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud submit SPEC</c>: hands a spec to a server, which runs the sweep. Sent twice it is one sweep.</summary>
internal static class SubmitCommand
{
    private static readonly Argument<string> Spec = new("spec") { Description = "Spec file (YAML or JSON)." };
    private static readonly Option<string[]> Set = new("--set") { Description = "Change a value of the spec: path=value. May be repeated." };
    private static readonly Option<bool> Watch = new("--watch") { Description = "Watch the sweep until it is over." };

    public static Command Create()
    {
        Command command = new Command("submit", "Hand a spec to a server, which runs the sweep; the same spec with other limits extends it.") { Spec, Set, Watch }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(Spec)!;
        string address = parsed.ServerAddress()
            ?? throw new CliException(ExitCodes.BadInput, "submit hands a spec to a server: name it with --server or $HYPERCLOUD_SERVER ('hypercloud run SPEC' needs none)");
        string[] set = parsed.GetValue(Set) ?? [];
        // The server judges the spec, which may know more runners than this program; only changed values need it to be read here.
        SpecResult result = Common.LoadSpec(path, set, trialRequired: false);
        if (set.Length > 0 && result.Spec is null) _ = Common.ReadSpec(path, set, trialRequired: false);
        if (result.Spec is { } spec) await WarnOfPaths(spec, path, cancellation);
        byte[] body = set.Length > 0 ? Encoding.UTF8.GetBytes(SpecWriter.ToJson(result.Spec!)) : await File.ReadAllBytesAsync(path, cancellation);
        bool json = set.Length > 0 || Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

        await using var source = new ServerSource(parsed.Client(address));
        // One key for all attempts of this command, so that an answer that got lost is given again.
        string key = Guid.NewGuid().ToString("N");
        JsonElement answer = (await source.Client.Send(HttpMethod.Post, "/api/sweeps", request =>
        {
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(json ? "application/json" : "application/yaml") } };
            request.Headers.Add("Idempotency-Key", key);
        }, cancellation)).Body;
        foreach (JsonElement warning in answer.GetProperty("warnings").EnumerateArray())
            await Console.Error.WriteLineAsync($"{path}: warning: {warning.GetProperty("pointer").GetString()}: {warning.GetProperty("detail").GetString()}");
        string id = answer.GetProperty("id").GetString()!;
        if (parsed.GetValue(Watch))
        {
            await Console.Error.WriteLineAsync(Words(answer, id, address));
            return await WatchCommand.Watch(source, await source.Find(id, cancellation), parsed, cancellation);
        }

        if (parsed.IsJson()) WriteJson(answer, id);
        else Console.WriteLine(Words(answer, id, address));
        return ExitCodes.Ok;
    }

    private static string Words(JsonElement answer, string id, string address)
    {
        string status = answer.GetProperty("status").GetString()!;
        return $"sweep {id} {(answer.GetProperty("created").GetBoolean() ? "is created" : answer.GetProperty("extended").GetBoolean() ? "is extended" : "was there already")} at {address} ({status}{(status == "paused" ? $"; 'hypercloud resume {id}' goes on" : "")})";
    }

    private static void WriteJson(JsonElement answer, string id)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("sweep", id);
        foreach (string name in (string[])["status", "created", "extended", "warnings"])
        {
            writer.WritePropertyName(name);
            answer.GetProperty(name).WriteTo(writer);
        }

        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    /// <summary>Says which of this machine's files the server will look for in its own folder.</summary>
    private static async Task WarnOfPaths(SweepSpec spec, string path, CancellationToken cancellation)
    {
        if (spec.Trial is not { } trial || !Common.Runners.TryGetValue(trial.Runner, out IRunner? runner)) return;
        RunnerCheck check = await runner.Check(spec, Path.GetDirectoryName(Path.GetFullPath(path))!, cancellation);
        string[] names = [.. check.Inputs.Select(i => i.Name).Append(trial.WorkDir).OfType<string>().Where(n => !Path.IsPathRooted(n)).Distinct()];
        if (names.Length > 0)
            await Console.Error.WriteLineAsync($"{path}: warning: {string.Join(", ", names)} {(names.Length == 1 ? "is" : "are")} looked for in the server's folder ('serve --base'), not on this machine; nothing is sent but the spec");
    }
}
