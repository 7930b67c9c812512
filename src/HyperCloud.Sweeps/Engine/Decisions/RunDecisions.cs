using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>The decisions about single runs: who is handed out, and what follows from an attempt's end. Pure.</summary>
public static class RunDecisions
{
    /// <summary>Hands a run to the lane that asks.</summary>
    public static SweepEvent.Started Claim(RunKey run, int attempt, int seed, NextInput lane) =>
        new(run.ToString(), attempt, seed, lane.Stage, lane.Round, lane.Lane, lane.Step);

    /// <summary>What follows when an attempt ends in this state (SEMANTICS §3).</summary>
    /// <param name="state">The log so far.</param>
    /// <param name="run">The run, its attempt still under way.</param>
    /// <param name="ended">How the attempt ended.</param>
    public static Consequence After(SweepState state, RunRecord run, RunState ended)
    {
        // What is no longer wanted is not tried again: the sweep was cancelled, search was abandoned, or the race goes on without the trial.
        bool wanted = state.Cancel is null && (run.Key.Pool != SeedPool.Search || !state.SearchAbandoned)
            && (run.Key.Pool != SeedPool.Selection || !state.HasRaced(run.Key.Trial));
        return ended switch
        {
            RunState.Completed or RunState.Stopped or RunState.Failed => Consequence.Final,
            RunState.Cancelled => Consequence.Incomplete,
            RunState.Preempted => wanted ? Consequence.Retry : Consequence.Incomplete,
            RunState.Lost when run.Lost - run.Forgiven < (state.Spec.Trial?.Retries ?? TrialSpec.DefaultRetries) => wanted ? Consequence.Retry : Consequence.Incomplete,
            RunState.Lost => run.Key.Pool == SeedPool.Search ? Consequence.CountsAsFailed : Consequence.Incomplete,
            _ => throw new ArgumentOutOfRangeException(nameof(ended), ended, "an unknown state"),
        };
    }
}
