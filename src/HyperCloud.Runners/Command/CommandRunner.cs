using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// Runs a program of any language as a child process (DESIGN §6, SEMANTICS §6–7). Options: a list of the program and its arguments with
/// templates, or <c>{run: [...], grace: 5s}</c>, where <c>grace</c> is the time a run that is told to end has before it is killed.
/// </summary>
/// <param name="time">The clock of time limits and grace periods.</param>
internal sealed class CommandRunner(TimeProvider time) : IRunner
{
    private static readonly string[] ScriptEndings = [".py", ".sh", ".js", ".mjs", ".ts", ".r", ".jl", ".rb", ".pl", ".lua", ".php"];

    /// <inheritdoc/>
    public string Kind => "command";

    /// <inheritdoc/>
    public bool KeepsCheckpoints(TrialSpec trial) => true; // Whether the program does is the user's word: mode: pause.

    /// <inheritdoc/>
    public bool HasHoldout(TrialSpec trial) => false; // Which data a program reads is its own affair: the spec says it.

    /// <inheritdoc/>
    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => CommandOptions.Read(trial, space).Findings;

    /// <inheritdoc/>
    public async ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation)
    {
        TrialSpec trial = spec.Trial!;
        var options = CommandOptions.Read(trial, spec.Space);
        List<RunnerFinding> findings = [.. options.Findings];
        if (findings.Count > 0) return new RunnerCheck([.. findings], []);
        string directory = WorkDirectory(trial, baseDirectory);
        if (!Directory.Exists(directory))
        {
            findings.Add(new(true, "", $"the working directory {directory} does not exist"));
            return new RunnerCheck([.. findings], []);
        }

        string? searchPath = trial.Env.TryGetValue("PATH", out string? own) ? own : Environment.GetEnvironmentVariable("PATH");
        var inputs = ImmutableArray.CreateBuilder<RunnerInput>();
        foreach ((int index, string text) in options.Literals)
        {
            string pointer = string.Create(CultureInfo.InvariantCulture, $"{(trial.Options.ValueKind == System.Text.Json.JsonValueKind.Object ? "/run" : "")}/{index}");
            if (index == 0 && ProgramPath.Find(text, directory, searchPath, out string problem) is null) findings.Add(new(true, pointer, problem));
            if ((index == 0 && !text.Contains('/')) || text.Length == 0 || Path.IsPathRooted(text)) continue;
            string file = Path.GetFullPath(text, directory);
            if (File.Exists(file)) inputs.Add(new RunnerInput(text, await Digest(file, cancellation)));
            else if (index == 1 && ScriptEndings.Contains(Path.GetExtension(text).ToLowerInvariant()))
                findings.Add(new(true, pointer, $"there is no script '{text}' (looked for {file})"));
        }

        if (trial.Slots.Length > 0 && spec.Limits.Parallel > trial.Slots.Length)
            findings.Add(new(false, "", string.Create(CultureInfo.InvariantCulture,
                $"limits.parallel is {spec.Limits.Parallel}, but slots has {trial.Slots.Length} entries: some runs will share one")));
        return new RunnerCheck([.. findings], inputs.ToImmutable());
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested) return new RunOutcome.Cancelled();
        var options = CommandOptions.Read(request.Trial, request.Assignment.Space);
        if (options.Findings.Count > 0) return new RunOutcome.Failed("start", string.Join("; ", options.Findings.Select(f => f.Message)));
        try
        {
            Directory.CreateDirectory(request.CheckpointDirectory);
            Directory.CreateDirectory(request.OutputDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new RunOutcome.Lost("directory", $"a directory for the run could not be made: {e.Message}");
        }

        return await CommandRun.Execute(Preview(request), options.Grace, request.RunTime, reporter, time, cancellation);
    }

    /// <inheritdoc/>
    public RunPreview Preview(RunRequest request)
    {
        var options = CommandOptions.Read(request.Trial, request.Assignment.Space);
        return new RunPreview(options.Render(request), WorkDirectory(request.Trial, request.BaseDirectory), RunEnvironment.Additions(request, options.Variables));
    }

    /// <inheritdoc/>
    public async ValueTask End(string handle, CancellationToken cancellation)
    {
        if (ProcessHandle.TryParse(handle) is { } process) await ProcessTree.EndLeft(process, CommandOptions.DefaultGrace, time);
    }

    private static string WorkDirectory(TrialSpec trial, string baseDirectory) => Path.GetFullPath(trial.WorkDir ?? ".", baseDirectory);

    private static async Task<string> Digest(string file, CancellationToken cancellation)
    {
        await using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }
}
