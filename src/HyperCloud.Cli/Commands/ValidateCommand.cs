using System.CommandLine;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud validate SPEC</c>: every problem at once, with its place; with --check also what the first run would trip over.</summary>
internal static class ValidateCommand
{
    private static readonly Argument<string> Spec = new("spec") { Description = "Spec file (YAML or JSON)." };
    private static readonly Option<string[]> Set = new("--set") { Description = "Change a value of the spec: path=value. May be repeated." };
    private static readonly Option<bool> Resolved = new("--resolved") { Description = "Print the spec with all defaults filled in, as JSON." };

    public static Command Create()
    {
        var command = new Command("validate", "Check a spec and what its first run needs, without running anything.") { Spec, Set, Resolved };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(Spec)!;
        SpecResult result = Common.LoadSpec(path, parsed.GetValue(Set) ?? [], trialRequired: false);
        List<RunnerFinding> findings = [];
        if (result.Spec is { Trial: { } trial } spec)
            findings.AddRange((await Common.Runners[trial.Runner].Check(spec, Path.GetDirectoryName(Path.GetFullPath(path))!, cancellation)).Findings);
        bool good = result.Spec is not null && !findings.Any(f => f.Fatal);
        if (parsed.IsJson()) WriteJson(result, findings, good);
        else WriteText(path, result, findings, parsed.GetValue(Resolved));
        return good ? ExitCodes.Ok : ExitCodes.BadInput;
    }

    private static void WriteText(string path, SpecResult result, List<RunnerFinding> findings, bool resolved)
    {
        foreach (SpecProblem problem in result.Problems) Console.Error.WriteLine(Common.Describe(path, problem));
        foreach (RunnerFinding f in findings) Console.Error.WriteLine($"{path}: {(f.Fatal ? "error" : "warning")}: {f.Message}");
        if (result.Spec is not { } spec) return;
        if (resolved) Console.WriteLine(SpecWriter.ToJson(spec, indented: true));
        else Console.WriteLine($"{path} is valid: sweep {SpecDigest.SweepId(spec)}, {Common.Count(spec.Space.Count, "parameter")}, identity sha256 {SpecDigest.Identity(spec)}");
    }

    private static void WriteJson(SpecResult result, List<RunnerFinding> findings, bool good)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteBoolean("valid", good);
        if (result.Spec is { } spec)
        {
            writer.WriteString("sweep", SpecDigest.SweepId(spec));
            writer.WriteString("identity", SpecDigest.Identity(spec));
            writer.WritePropertyName("spec");
            writer.WriteRawValue(SpecWriter.ToJson(spec));
        }

        writer.WriteStartArray("problems");
        foreach (SpecProblem p in result.Problems)
        {
            writer.WriteStartObject();
            writer.WriteString("severity", p.Severity.ToString().ToLowerInvariant());
            writer.WriteString("code", p.Code);
            writer.WriteString("pointer", p.Pointer);
            writer.WriteNumber("line", p.Line);
            writer.WriteNumber("column", p.Column);
            writer.WriteString("message", p.Message);
            writer.WriteEndObject();
        }

        foreach (RunnerFinding f in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("severity", f.Fatal ? "error" : "warning");
            writer.WriteString("code", "runner");
            writer.WriteString("pointer", $"/trial/{result.Spec!.Trial!.Runner}{f.Pointer}");
            writer.WriteString("message", f.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
