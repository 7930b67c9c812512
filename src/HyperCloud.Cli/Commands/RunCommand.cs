using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using HyperCloud.Cli.Display;
using HyperCloud.Cli.Sources;
using HyperCloud.Local;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud run SPEC</c>: to the end on this machine; the same command again goes on, or extends.</summary>
internal static class RunCommand
{
    private static readonly Argument<string> Spec = new("spec") { Description = "Spec file (YAML or JSON)." };
    private static readonly Option<bool> Once = new("--once") { Description = "Try one trial, show its command line, environment and reports, and store nothing." };
    private static readonly Option<string[]> Set = new("--set") { Description = "Change a value of the spec: path=value, such as limits.trials=20. May be repeated." };
    private static readonly Option<int?> Trials = new("--trials") { Description = "Most trials (the same as --set limits.trials=N)." };
    private static readonly Option<int?> More = new("--more") { Description = "Extend the sweep by so many trials." };
    private static readonly Option<bool> New = new("--new") { Description = "Begin another sweep although one of this name exists." };

    public static Command Create()
    {
        var command = new Command("run", "Run a sweep on this machine to its end; run it again to go on after an interruption.") { Spec, Once, Set, Trials, More, New };
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        Common.HideSecrets();
        // The key of a server is none of a run's business either; this verb talks to no server.
        Environment.SetEnvironmentVariable(Source.KeyVariable, null);
        string path = parsed.GetValue(Spec)!;
        List<string> overrides = [.. parsed.GetValue(Set) ?? []];
        if (parsed.GetValue(Trials) is { } trials) overrides.Add(string.Create(CultureInfo.InvariantCulture, $"limits.trials={trials}"));
        SweepSpec spec = Common.ReadSpec(path, overrides, trialRequired: true);
        string baseDirectory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        IRunner runner = Common.Runners[spec.Trial!.Runner];
        ImmutableArray<RunnerInput> inputs = await Check(runner, spec, path, baseDirectory, cancellation);
        if (parsed.GetValue(Once)) return await TryOnce.Run(runner, spec, baseDirectory, parsed.IsJson(), cancellation);

        await using IStore store = parsed.OpenStore();
        SweepHub hub = parsed.OpenHub(store, baseDirectory);
        var service = new SweepService(hub);
        string id = await Prepare(service, hub, spec, baseDirectory, inputs, parsed, cancellation);
        SweepState before = await hub.Session(id).Read(s => s, cancellation);
        if (before.End is not null)
            await Console.Error.WriteLineAsync($"sweep {id} has already {(before.Status == SweepStatus.Finished ? "finished" : $"ended ({before.Status})")}; --more N adds trials, --new begins another");
        else
            await Counted(store, hub, id, () => Host(hub, service, id, before), cancellation);

        SweepReport report = await Reporting.Load(hub, id, cancellation);
        Console.Out.Write(Reporting.Render(report, parsed.GetValue(Common.Output)!));
        if (!parsed.IsJson()) Console.Error.Write(Reporting.WhereNext(report, parsed));
        return Reporting.ExitCode(report);
    }

    /// <summary>Says what the hosting has cost the store: calls in all, and for each attempt of a run that has ended.</summary>
    private static async Task Counted(IStore store, SweepHub hub, string id, Action host, CancellationToken cancellation)
    {
        long calls = store.Calls.Total;
        int ended = 0;
        hub.Folded += (_, _, entry) =>
        {
            if (entry.Event is SweepEvent.Ended) Interlocked.Increment(ref ended);
        };
        host();
        calls = store.Calls.Total - calls;
        if (ended > 0) await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"store: {calls} calls, {(double)calls / ended:0.0} for each of {ended} runs").AsMemory(), cancellation);
    }

    private static async Task<ImmutableArray<RunnerInput>> Check(IRunner runner, SweepSpec spec, string path, string baseDirectory, CancellationToken cancellation)
    {
        RunnerCheck check = await runner.Check(spec, baseDirectory, cancellation);
        foreach (RunnerFinding finding in check.Findings)
            await Console.Error.WriteLineAsync($"{path}: {(finding.Fatal ? "error" : "warning")}: trial.{runner.Kind}{finding.Pointer.Replace('/', '.')}: {finding.Message}");
        return check.Findings.Any(f => f.Fatal)
            ? throw new CliException(ExitCodes.BadInput, $"no run of {path} could work; nothing was started")
            : check.Inputs;
    }

    /// <summary>Finds or creates the sweep, extends it when the limits have changed, and resumes it when it was paused.</summary>
    private static async Task<string> Prepare(
        SweepService service, SweepHub hub, SweepSpec spec, string baseDirectory, ImmutableArray<RunnerInput> inputs, ParseResult parsed, CancellationToken cancellation)
    {
        IReadOnlyList<SweepSummary> all = await service.List(cancellation);
        string id = SpecDigest.SweepId(spec);
        if (parsed.GetValue(New))
        {
            string first = id;
            for (int n = 2; all.Any(s => s.Id == id); n++) id = string.Create(CultureInfo.InvariantCulture, $"{first}-{n}");
        }
        else if (all.FirstOrDefault(s => s.Name == spec.Name && !s.Id.StartsWith(id, StringComparison.Ordinal)) is { } other && all.All(s => s.Id != id))
        {
            throw new CliException(ExitCodes.BadInput,
                $"the store holds a sweep {other.Id} of this name, whose space, objective, search, seeds or trial section differs; --new begins another beside it, or give this one another name");
        }

        if (await service.Create(id, spec, baseDirectory, inputs, cancellation)) return id;
        SweepState state = await hub.Session(id).Read(s => s, cancellation);
        WarnOfChangedInputs(state, inputs);
        LimitsSpec limits = spec.Limits;
        if (parsed.GetValue(More) is { } more) limits = limits with { Trials = state.Spec.Limits.Trials + more };
        else if (parsed.GetValue(Trials) is null && limits.Trials < state.Spec.Limits.Trials) limits = limits with { Trials = state.Spec.Limits.Trials };
        if (await service.Extend(id, limits, cancellation)) await Console.Error.WriteLineAsync($"sweep {id}: the limits have changed (trials: {limits.Trials})");
        // A spec without a schedule says nothing of one that was given elsewhere.
        if (spec.Schedule is { } schedule && await service.SetSchedule(id, schedule, "run", cancellation)) await Console.Error.WriteLineAsync($"sweep {id}: the schedule has changed ({schedule.Cron})");
        await service.SetPaused(id, false, "run", cancellation);
        return id;
    }

    private static void WarnOfChangedInputs(SweepState state, ImmutableArray<RunnerInput> inputs)
    {
        foreach (RunnerInput input in inputs)
            if (state.Created!.Inputs.FirstOrDefault(i => i.Name == input.Name) is { } then && then.Digest != input.Digest)
                Console.Error.WriteLine($"warning: {input.Name} has changed since this sweep began (sha256 {then.Digest[..12]}… then, {input.Digest[..12]}… now): its runs are not comparable; --new begins another sweep");
    }

    /// <summary>Hosts the sweep. Ctrl-C: pause and finish what is under way; again: end that too; a third time: leave at once.</summary>
    private static void Host(SweepHub hub, SweepService service, string id, SweepState before)
    {
        var host = new LocalHost(hub);
        using var progress = new ProgressDisplay(id);
        progress.CatchUp(before);
        void OnFolded(string sweep, SweepState state, LogEntry entry)
        {
            if (sweep == id) progress.Show(state, entry);
        }

        hub.Folded += OnFolded;
        int interrupts = 0;
        void Interrupt(PosixSignalContext context)
        {
            context.Cancel = true;
            switch (Interlocked.Increment(ref interrupts))
            {
                case 1:
                    progress.Say("pausing: runs under way finish, then this ends; Ctrl-C again ends them too (they will be run again)");
                    _ = Task.Run(async () =>
                    {
                        await service.SetPaused(id, true, "Ctrl-C", CancellationToken.None);
                        host.Wake();
                    });
                    break;
                case 2:
                    progress.Say("ending the runs under way");
                    hub.Leave();
                    break;
                default:
                    Environment.Exit(ExitCodes.Interrupted);
                    break;
            }
        }

        using PosixSignalRegistration sigint = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using PosixSignalRegistration sigterm = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        SweepOutput output = host.Run(id);
        hub.Folded -= OnFolded;
        if (output.Status == "fenced") throw new CliException(ExitCodes.Busy, $"another process has taken sweep {id} over; nothing is lost");
    }
}
