using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Simulation;

/// <summary>What a simulation assumes of runs.</summary>
/// <param name="RunTime">Mean time of a run of full length.</param>
/// <param name="Spread">Standard deviation of the logarithm of run times.</param>
/// <param name="FailureRate">Share of runs that fail, 0 … 1.</param>
/// <param name="Seed">Decides all that is invented.</param>
/// <param name="Costs">The function app whose costs are counted.</param>
/// <param name="Pack">How long one of its activities goes on with short runs.</param>
internal sealed record Assumptions(TimeSpan RunTime, double Spread, double FailureRate, ulong Seed, CostOptions Costs, TimeSpan Pack);

/// <summary>
/// Takes the place of a spec's runner in virtual time. Its metric is invented: a smooth random function of the parameters, noise, and, where there
/// are rungs, a curve that falls towards it. Everything about a run follows from its seed, so that a simulation comes out the same again.
/// </summary>
internal sealed class StandInRunner : IRunner
{
    private const int Waves = 12;

    /// <summary>Reports on the way to full length, beside those at rungs.</summary>
    private const int Reports = 10;

    private const double Noise = 0.15, CurveHeight = 1.5, CurveRate = 3;

    private readonly Assumptions _assumed;
    private readonly EarlyStoppingSpec? _stopping;
    private readonly ObjectiveSpec[] _others;
    private readonly IRunner? _real;
    private readonly TimeProvider _time;
    private readonly (double[] Frequencies, double Phase, double Height)[] _waves;

    /// <summary>Resource reached so far, by checkpoint folder: where the next slice of a run goes on.</summary>
    private readonly Dictionary<string, double> _checkpoints = new(StringComparer.Ordinal);

    /// <summary>Makes one.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="real">The runner it stands for; null when the spec names none.</param>
    /// <param name="assumed">What is assumed of runs.</param>
    /// <param name="time">The virtual clock.</param>
    public StandInRunner(SweepSpec spec, IRunner? real, Assumptions assumed, TimeProvider time)
    {
        (_stopping, _real, _assumed, _time) = (spec.EarlyStopping, real, assumed, time);
        _others = [.. spec.MoreObjectives];
        var random = new RandomStream(assumed.Seed, StreamPurpose.Run, index: 1);
        _waves = new (double[], double, double)[Waves];
        for (int i = 0; i < Waves; i++)
        {
            double[] frequencies = new double[spec.Space.Count];
            for (int d = 0; d < frequencies.Length; d++) frequencies[d] = 3 * random.NextNormal();
            _waves[i] = (frequencies, 2 * Math.PI * random.NextDouble(), random.NextNormal() / Math.Sqrt(Waves));
        }
    }

    /// <summary>Resource that search has spent so far.</summary>
    public double SearchResource { get; private set; }

    public string Kind => _real?.Kind ?? "stand-in";

    public bool KeepsCheckpoints(TrialSpec trial) => true;

    public bool HasHoldout(TrialSpec trial) => _real?.HasHoldout(trial) ?? false;

    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space) => [];

    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation) => ValueTask.FromResult(new RunnerCheck([], []));

    public RunPreview Preview(RunRequest request) => new(["(simulated)"], "", new Dictionary<string, string>());

    public ValueTask End(string handle, CancellationToken cancellation) => ValueTask.CompletedTask;

    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        // All draws come first and in one order, so that each means the same whatever is assumed of the others.
        var random = new RandomStream((ulong)request.Seed ^ (_assumed.Seed << 32), StreamPurpose.Run, (ulong)request.Attempt);
        double length = Math.Exp(_assumed.Spread * random.NextNormal() - _assumed.Spread * _assumed.Spread / 2), noise = Noise * random.NextNormal();
        double failsAt = random.NextDouble() < _assumed.FailureRate ? random.NextDouble() : 2;
        TimeSpan full = _assumed.RunTime * length, left = request.RunTime ?? TimeSpan.MaxValue;
        try
        {
            // The delays below pass in virtual time only: they are what a run is assumed to take.
            double max = _stopping?.Max ?? 1, at = _checkpoints.GetValueOrDefault(request.CheckpointDirectory);
            foreach (double step in Steps(request, at))
            {
                double failure = failsAt * max;
                if (failure < step && failure >= at)
                {
                    // Run time in the virtual clock, here and below: nobody waits for it.
                    await Task.Delay(full * ((failure - at) / max), _time, cancellation);
                    return new RunOutcome.Failed("simulated", "this run was chosen to fail (--failure-rate)");
                }

                TimeSpan takes = full * ((step - at) / max);
                if (takes > left)
                {
                    await Task.Delay(left, _time, cancellation);
                    return new RunOutcome.Failed("timeout", $"it was still running after limits.runTime = {Durations.Format(request.RunTime!.Value)}");
                }

                await Task.Delay(takes, _time, cancellation);
                left -= takes;
                if (request.Run.Pool == SeedPool.Search) SearchResource += step - at;
                at = step;
                _checkpoints[request.CheckpointDirectory] = at;
                double value = Value(request, noise, at / max);
                var metrics = new Dictionary<string, double> { [request.Metric] = value };
                // The others are against it, so that there is a front.
                foreach (ObjectiveSpec other in _others) metrics[other.Metric] = other.Goal == request.Goal ? -value : value;
                ReportDecision decision = await reporter.Report(new RunReport(_stopping is null ? null : step, metrics), cancellation);
                if (decision.Stop) return new RunOutcome.Stopped();
            }

            return new RunOutcome.Finished();
        }
        catch (OperationCanceledException)
        {
            return new RunOutcome.Cancelled();
        }
    }

    /// <summary>Where a run reports: at rungs and evenly between, or at its end only.</summary>
    private double[] Steps(RunRequest request, double from)
    {
        if (_stopping is null) return [1];
        double to = request.Resource ?? _stopping.Max;
        if (request.Run.Pool != SeedPool.Search) return [to];
        IEnumerable<double> even = Enumerable.Range(1, Reports).Select(i => Math.Ceiling(_stopping.Max * i / Reports));
        double[] steps = [.. _stopping.Ladder.Levels.Concat(even).Append(to).Where(s => s > from && s <= to).Distinct().Order()];
        // A run whose checkpoint is there already reports its last value again.
        return steps.Length > 0 ? steps : [to];
    }

    private double Value(RunRequest request, double noise, double share)
    {
        double[] x = request.Assignment.ToUnit(inactive: 0.5);
        double loss = noise;
        foreach ((double[] frequencies, double phase, double height) in _waves)
        {
            double angle = phase;
            for (int d = 0; d < x.Length; d++) angle += frequencies[d] * x[d];
            loss += height * Math.Cos(angle);
        }

        loss += CurveHeight * (Math.Exp(-CurveRate * share) - Math.Exp(-CurveRate));
        return request.Goal == Goal.Minimize ? loss : -loss;
    }
}
