using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

/// <summary>Builds what runners are given.</summary>
internal static class Requests
{
    public static TrialSpec Trial(string runner, string options) => new() { Runner = runner, Options = JsonDocument.Parse(options).RootElement };

    public static TrialSpec Command(params string[] line) => Trial("command", JsonSerializer.Serialize(line));

    /// <summary>A command that hands a script to sh.</summary>
    public static TrialSpec Shell(string script) => Command("sh", "-c", script.Replace("$", "$$"));

    public static RunRequest Of(TrialSpec trial, string directory, Space? space = null, int seed = 7, SeedPool pool = SeedPool.Search, string metric = "loss") => new()
    {
        Sweep = "s1",
        Run = new RunKey(3, pool, 0),
        Attempt = 1,
        Assignment = (space ?? new Space([])).Default() ?? throw new InvalidOperationException("the test's space needs defaults"),
        Seed = seed,
        SweepSeed = 42,
        Metric = metric,
        Goal = Goal.Minimize,
        BaseDirectory = directory,
        CheckpointDirectory = Path.Combine(directory, "checkpoints"),
        OutputDirectory = Path.Combine(directory, "output"),
        Trial = trial,
    };

    public static SweepSpec Sweep(TrialSpec trial, Space? space = null, string metric = "loss") => new()
    {
        Name = "test",
        Objective = new ObjectiveSpec { Metric = metric },
        Space = space ?? new Space([]),
        Trial = trial,
    };

    public static FloatParameter Float(string name, double value) => new(name, -100, 100) { Default = ParameterValue.Of(value) };

    public static IntParameter Int(string name, long value) => new(name, -1000, 1000) { Default = ParameterValue.Of(value) };

    public static CategoricalParameter Choice(string name, params string[] values) =>
        new(name, [.. values.Select(ParameterValue.Of)]) { Default = ParameterValue.Of(values[0]) };

    public static T When<T>(this T parameter, string parent, params string[] values) where T : Parameter =>
        parameter with { When = parameter.When.Add(new ConditionClause(parent, [.. values.Select(ParameterValue.Of)])) };
}
