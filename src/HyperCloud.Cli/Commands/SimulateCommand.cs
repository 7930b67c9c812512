using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Cli.Simulation;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud simulate SPEC</c>: what a spec would do, before anything is spent. Values are invented; counts and times are the plan.</summary>
internal static class SimulateCommand
{
    private static readonly Argument<string> Spec = new("spec") { Description = "Spec file (YAML or JSON)." };
    private static readonly Option<string[]> Set = new("--set") { Description = "Change a value of the spec: path=value. May be repeated." };
    private static readonly Option<string?> RunTime = new("--run-time") { Description = "Mean time of a run of full length, such as 60s (default: half of limits.runTime, else 1m)." };
    private static readonly Option<double> Spread = new("--spread") { Description = "Spread of run times: standard deviation of their logarithm.", DefaultValueFactory = _ => 0.3 };
    private static readonly Option<double> FailureRate = new("--failure-rate") { Description = "Share of runs that fail, 0 … 1.", DefaultValueFactory = _ => 0 };
    private static readonly Option<int> Memory = new("--memory") { Description = "Memory of a function instance in MB, for the costs: 512, 2048 or 4096.", DefaultValueFactory = _ => 2_048 };
    private static readonly Option<double> Pack = new("--pack-seconds") { Description = "How long an activity goes on with short runs, for the costs; 0 packs none.", DefaultValueFactory = _ => 10 };
    private static readonly Option<string?> PriceFile = new("--prices") { Description = "A price table (JSON) in place of the list prices (default: $HYPERCLOUD_PRICES)." };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Seed of what is invented (default: the sweep's seed)." };

    public static Command Create()
    {
        var command = new Command("simulate", "Show what a spec would do: trials, runs, rungs, times, costs. Nothing is run or stored; measured values are invented.") { Spec, Set, RunTime, Spread, FailureRate, Memory, Pack, PriceFile, Seed };
        command.SetAction(Invoke);
        return command;
    }

    private static int Invoke(ParseResult parsed)
    {
        SweepSpec spec = Common.ReadSpec(parsed.GetValue(Spec)!, parsed.GetValue(Set) ?? [], trialRequired: false);
        (Assumptions assumed, string why) = Assume(parsed, spec);
        Forecast forecast = SimulatedRun.Run(spec, spec.Trial is { } trial ? Common.Runners[trial.Runner] : null, assumed);
        if (parsed.IsJson()) WriteJson(spec, forecast, assumed, why);
        else WriteText(spec, forecast, assumed, why);
        return ExitCodes.Ok;
    }

    private static (Assumptions Assumed, string Why) Assume(ParseResult parsed, SweepSpec spec)
    {
        TimeSpan runTime;
        string why;
        if (parsed.GetValue(RunTime) is { } text)
        {
            if (!Durations.TryParse(text, out runTime) || runTime <= TimeSpan.Zero)
                throw new CliException(ExitCodes.BadInput, $"--run-time is a duration such as 90s, 10m or 2h, but got '{text}'");
            why = "as given";
        }
        else
        {
            (runTime, why) = spec.Limits.RunTime is { } limit ? (limit / 2, "half of limits.runTime; --run-time says better") : (TimeSpan.FromMinutes(1), "a guess; --run-time says better");
        }

        double spread = parsed.GetValue(Spread), rate = parsed.GetValue(FailureRate);
        if (spread is not (>= 0 and <= 3)) throw new CliException(ExitCodes.BadInput, Invariant($"--spread is a number from 0 to 3, but got {spread}"));
        if (rate is not (>= 0 and <= 1)) throw new CliException(ExitCodes.BadInput, Invariant($"--failure-rate is a share from 0 to 1, but got {rate}"));
        int memory = parsed.GetValue(Memory);
        if (memory is < 128 or > 65_536) throw new CliException(ExitCodes.BadInput, Invariant($"--memory is in MB, 128 to 65536, but got {memory}"));
        double pack = parsed.GetValue(Pack);
        if (pack is not (>= 0 and <= 300)) throw new CliException(ExitCodes.BadInput, Invariant($"--pack-seconds is a number from 0 to 300, but got {pack}"));
        var costs = new CostOptions { Prices = Common.Prices(parsed.GetValue(PriceFile)), InstanceMemoryMb = memory };
        return (new Assumptions(runTime, spread, rate, parsed.GetValue(Seed) ?? spec.Search.Seed, costs, TimeSpan.FromSeconds(pack)), why);
    }

    private static void WriteText(SweepSpec spec, Forecast f, Assumptions assumed, string why)
    {
        Console.WriteLine($"SIMULATION of {spec.Name}: nothing was run or stored. What runs measure is invented; counts and times show the plan.");
        Console.WriteLine(Invariant($"assumed      {Time(assumed.RunTime)} for a run of full length ({why}), spread {assumed.Spread}, {Percent(assumed.FailureRate)} fail; seed {assumed.Seed}"));
        Console.WriteLine(Invariant($"trials       {f.State.Trials.Count} of {spec.Limits.Trials} at most, {f.State.Lanes} runs at a time{(spec.Limits.Parallel is null ? " (limits.parallel is not set: as on this machine)" : "")}"));
        if (f.State.SearchEnded is { } ended) Console.WriteLine($"search ends  [{ended.Code}] {ended.Reason}");
        Console.WriteLine($"sweep ends   {f.State.Status.ToString().ToLowerInvariant()}{(f.State.Status == SweepStatus.Finished ? "" : $" [{f.State.End?.Code}] {f.State.End?.Reason}")}");
        if (spec.Objective.Target is not null) Console.WriteLine("target       left out: invented values cannot reach it; a real sweep may end earlier");
        Console.WriteLine();
        Tables.Write(["stage", "trials", "runs", "completed", "stopped", "failed", "wall time", "compute time", "share"], f.Stages.Select(s => new[]
        {
            s.Kind.ToString().ToLowerInvariant(), Int(s.Trials), Int(s.Runs), Int(s.Completed), Int(s.Stopped), Int(s.Failed), Time(s.WallTime), Time(s.ComputeTime), Percent(Share(s, f)),
        }).Append(["total", Int(f.State.Trials.Count), Int(f.Stages.Sum(s => s.Runs)), Int(f.Stages.Sum(s => s.Completed)), Int(f.Stages.Sum(s => s.Stopped)), Int(f.Stages.Sum(s => s.Failed)), Time(f.WallTime), Time(f.ComputeTime), Percent(1)]));
        Console.WriteLine();
        if (spec.EarlyStopping is { } stopping)
        {
            Tables.Write([stopping.Resource, "trials that reach it", "share"], f.Rungs.Select(r => new[]
            {
                Invariant($"{r.Resource:G6}"), Int(r.Trials), Percent(f.State.Trials.Count == 0 ? 0 : (double)r.Trials / f.State.Trials.Count),
            }));
            Console.WriteLine(Invariant($"search spends {f.ResourceSpent:N0} {stopping.Resource}; all to the end it would be {f.ResourceToTheEnd:N0}: {Percent(f.ResourceToTheEnd > 0 ? 1 - f.ResourceSpent / f.ResourceToTheEnd : 0)} saved"));
            Console.WriteLine();
        }

        Console.WriteLine(Invariant($"compute      {f.ComputeTime.TotalHours:0.##} hours"));
        if (f.Reserves is { } r)
        {
            Console.WriteLine(Invariant($"reserved     of limits.time {Time(r.Limit)}: {Time(r.Evaluation)} ({Percent(r.Evaluation / r.Limit)}) for evaluation ({r.EvaluationRuns} runs), {Time(r.Selection)} ({Percent(r.Selection / r.Limit)}) for selection (up to {r.SelectionRuns} runs), by the run time of this simulation"));
        }
        else
        {
            Console.WriteLine("reserved     nothing needs to be: there is no limits.time");
        }

        WriteCost(spec, f);
    }

    private static void WriteCost(SweepSpec spec, Forecast f)
    {
        (CostForecast cost, CostBasis basis) = (f.Cost, f.Cost.Basis);
        string currency = basis.Prices.Currency;
        (string What, decimal Amount)[] lines =
            [("compute", cost.Lines.Compute), ("executions", cost.Lines.Executions), ("containers", cost.Lines.Containers), ("storage", cost.Lines.Storage), ("logs", cost.Lines.Logs)];
        string each = cost.Attempts > 0 ? $", {Amount(cost.Lines.Total / cost.Attempts)} a run" : "";
        string packed = basis.PackMs > 0 ? Invariant($"runs below {basis.PackMs / 1000.0:0.#} s packed") : "each run an activity";
        Console.WriteLine($"cost         about {Amount(cost.Lines.Total)} on Azure{each}: {string.Join(", ", lines.Where(l => l.Amount > 0).Select(l => $"{l.What} {Amount(l.Amount)}"))}");
        Console.WriteLine(Invariant($"             ({basis.InstanceMemoryMb} MB instances, {packed}; prices of {basis.Prices.AsOf}, {basis.Prices.Region}; free grants not counted)"));
        if (spec.Limits.Cost is { } limit) Console.WriteLine($"             kept of limits.cost {limit}: {Amount(cost.Evaluation)} for evaluation, {Amount(cost.Selection)} for selection");
        if (cost.Night is { } night) Console.WriteLine($"             each robustness sweep {Amount(night)}");

        string Amount(decimal amount) => Budget.Amount(amount, currency);
    }

    private static void WriteJson(SweepSpec spec, Forecast f, Assumptions assumed, string why)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("name", spec.Name);
        writer.WriteBoolean("simulated", true);
        writer.WriteString("note", "values are invented; counts and times show the plan");
        writer.WriteStartObject("assumed");
        writer.WriteNumber("runTimeSeconds", assumed.RunTime.TotalSeconds);
        writer.WriteString("runTimeFrom", why);
        writer.WriteNumber("spread", assumed.Spread);
        writer.WriteNumber("failureRate", assumed.FailureRate);
        writer.WriteNumber("seed", assumed.Seed);
        writer.WriteBoolean("targetLeftOut", spec.Objective.Target is not null);
        writer.WriteEndObject();
        writer.WriteNumber("trials", f.State.Trials.Count);
        writer.WriteNumber("parallel", f.State.Lanes);
        writer.WriteString("status", f.State.Status.ToString().ToLowerInvariant());
        writer.WriteString("searchEnded", f.State.SearchEnded?.Code);
        writer.WriteStartArray("stages");
        foreach (StageOutcome s in f.Stages)
        {
            writer.WriteStartObject();
            writer.WriteString("stage", s.Kind.ToString().ToLowerInvariant());
            writer.WriteNumber("trials", s.Trials);
            writer.WriteNumber("runs", s.Runs);
            writer.WriteNumber("completed", s.Completed);
            writer.WriteNumber("stopped", s.Stopped);
            writer.WriteNumber("failed", s.Failed);
            writer.WriteNumber("wallSeconds", s.WallTime.TotalSeconds);
            writer.WriteNumber("computeSeconds", s.ComputeTime.TotalSeconds);
            writer.WriteNumber("share", Share(s, f));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (spec.EarlyStopping is { } stopping)
        {
            writer.WriteStartObject("earlyStopping");
            writer.WriteString("resource", stopping.Resource);
            writer.WriteStartArray("rungs");
            foreach (RungOutcome r in f.Rungs)
            {
                writer.WriteStartObject();
                writer.WriteNumber("resource", r.Resource);
                writer.WriteNumber("trials", r.Trials);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNumber("resourceSpent", f.ResourceSpent);
            writer.WriteNumber("resourceToTheEnd", f.ResourceToTheEnd);
            writer.WriteEndObject();
        }

        writer.WriteNumber("wallSeconds", f.WallTime.TotalSeconds);
        writer.WriteNumber("computeHours", f.ComputeTime.TotalHours);
        if (f.Reserves is { } reserves)
        {
            writer.WriteStartObject("reserved");
            writer.WriteNumber("limitSeconds", reserves.Limit.TotalSeconds);
            writer.WriteNumber("evaluationSeconds", reserves.Evaluation.TotalSeconds);
            writer.WriteNumber("evaluationRuns", reserves.EvaluationRuns);
            writer.WriteNumber("selectionSeconds", reserves.Selection.TotalSeconds);
            writer.WriteNumber("selectionRuns", reserves.SelectionRuns);
            writer.WriteEndObject();
        }

        CostForecast cost = f.Cost;
        writer.WriteStartObject("cost");
        writer.WriteNumber("total", Math.Round(cost.Lines.Total, 6));
        writer.WriteString("currency", cost.Basis.Prices.Currency);
        writer.WriteNumber("compute", Math.Round(cost.Lines.Compute, 6));
        writer.WriteNumber("executions", Math.Round(cost.Lines.Executions, 6));
        writer.WriteNumber("containers", Math.Round(cost.Lines.Containers, 6));
        writer.WriteNumber("storage", Math.Round(cost.Lines.Storage, 6));
        writer.WriteNumber("logs", Math.Round(cost.Lines.Logs, 6));
        writer.WriteNumber("attempts", cost.Attempts);
        writer.WriteNumber("reservedForEvaluation", Math.Round(cost.Evaluation, 6));
        writer.WriteNumber("reservedForSelection", Math.Round(cost.Selection, 6));
        if (cost.Night is { } night) writer.WriteNumber("robustnessSweep", Math.Round(night, 6));
        writer.WriteNumber("instanceMemoryMb", cost.Basis.InstanceMemoryMb);
        writer.WriteNumber("packSeconds", cost.Basis.PackMs / 1000.0);
        writer.WriteString("prices", $"{cost.Basis.Prices.AsOf}, {cost.Basis.Prices.Region}");
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    private static double Share(StageOutcome stage, Forecast forecast) => forecast.ComputeTime > TimeSpan.Zero ? stage.ComputeTime / forecast.ComputeTime : 0;

    private static string Int(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double share) => Invariant($"{share * 100:0.#} %");

    private static string Time(TimeSpan t) => t.TotalHours >= 1 ? Invariant($"{(int)t.TotalHours}h {t.Minutes:00}m") : t.TotalMinutes >= 1 ? Invariant($"{t.Minutes}m {t.Seconds:00}s") : Invariant($"{t.TotalSeconds:0.#}s");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
