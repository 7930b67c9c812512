using System.Collections.Immutable;
using System.Text.Json;

namespace HyperCloud.Sweeps;

public sealed partial class SweepService
{
    /// <summary>Gives a sweep another schedule, or none. Nothing happens when it is what it was, but that the schedule of an imported sweep rests no more.</summary>
    /// <param name="id">Sweep id.</param>
    /// <param name="schedule">The schedule; null: no more.</param>
    /// <param name="by">Who asked.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>Whether it changed.</returns>
    /// <exception cref="SweepOverException">The sweep was cancelled.</exception>
    public async ValueTask<bool> SetSchedule(string id, ScheduleSpec? schedule, string by, CancellationToken cancellation)
    {
        JsonElement? json = schedule is null ? null : StoredSpec.WriteSchedule(schedule);
        bool changed = await hub.Session(id).Decide<object>((state, _) =>
            state.Spec.Schedule == schedule ? new([], hub)
            : schedule is not null && state.Spec.HasFront ? throw new SweepOverException($"sweep {id} has several objectives: its answer is a front, and a schedule runs a champion again")
            : state.Cancel is not null ? throw new SweepOverException($"sweep {id} was cancelled, so it has no schedule")
            : new([new SweepEvent.Scheduled(by) { Schedule = json }], this), cancellation, hosted: false) == (object)this;
        await RefreshSummary(id, cancellation);
        return changed;
    }

    /// <summary>Begins what is due at a sweep: the fact goes into its log, once, whoever calls, and however often.</summary>
    /// <returns>The due time that begins now; null when none is due.</returns>
    public async ValueTask<SweepEvent.Due?> BeginDue(string id, CancellationToken cancellation)
    {
        SweepEvent.Due? begun = null;
        SweepSpec? due = await hub.Session(id).Read(s => Schedules.Due(s, hub.Time.GetUtcNow()) is null ? null : s.Spec, cancellation);
        ImmutableArray<RunnerInput>? inputs = due is null ? null : await Inputs(id, due, cancellation);
        await hub.Session(id).Decide<object>((state, _) =>
        {
            begun = Schedules.Due(state, hub.Time.GetUtcNow()) is { } now ? now with { Environment = HostEnvironment, Inputs = inputs } : null;
            return begun is null ? new([], hub) : new([begun], this);
        }, cancellation, hosted: false);
        await RefreshSummary(id, cancellation);
        return begun;
    }

    /// <summary>Tells the webhook again of what it has not taken.</summary>
    public async ValueTask Tell(string id, CancellationToken cancellation)
    {
        DateTimeOffset? tellAt = await hub.Webhooks.Tell(id, cancellation);
        if (await hub.Summary(id, cancellation) is { } summary && summary.TellAt != tellAt) await hub.WriteSummary(summary with { TellAt = tellAt }, cancellation);
    }

    /// <summary>The files that runs depend on, as they are now; null: they cannot be looked at here.</summary>
    private async ValueTask<ImmutableArray<RunnerInput>?> Inputs(string id, SweepSpec spec, CancellationToken cancellation)
    {
        if (spec.Trial is not { } trial || hub.Runners.GetValueOrDefault(trial.Runner) is not { } runner || await hub.Summary(id, cancellation) is not { } summary) return null;
        return (await runner.Check(spec, hub.Options.BaseDirectory ?? summary.BaseDirectory, cancellation)).Inputs;
    }

    private async ValueTask RefreshSummary(string id, CancellationToken cancellation)
    {
        if (await hub.Summary(id, cancellation) is { } summary)
            await hub.WriteSummary(await hub.Session(id).Read(s => SweepHub.Summarize(s, summary.BaseDirectory, summary.TellAt), cancellation), cancellation);
    }
}
