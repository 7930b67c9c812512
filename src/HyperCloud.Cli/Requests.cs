using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli;

/// <summary>Requests that are only looked at, never executed.</summary>
internal static class Requests
{
    /// <summary>The request of a trial's first search run, for a preview.</summary>
    public static RunRequest For(SweepState state, string baseDirectory, TrialRecord trial) => new()
    {
        Sweep = state.Created!.Sweep,
        Run = new RunKey(trial.Number, SeedPool.Search, 0),
        Attempt = 1,
        Assignment = trial.Assignment,
        Seed = state.Seeds.SeedOf(SeedPool.Search, trial.Number, 0),
        Task = state.Spec.TaskOf(0),
        SweepSeed = state.Spec.Search.Seed,
        Metric = state.Spec.Objective.Metric,
        Goal = state.Spec.Objective.Goal,
        Resource = trial.Runs.Values.First().Resource,
        RunTime = state.Spec.Limits.RunTime,
        BaseDirectory = baseDirectory,
        CheckpointDirectory = "",
        OutputDirectory = "",
        Trial = state.Spec.Trial!,
    };
}
