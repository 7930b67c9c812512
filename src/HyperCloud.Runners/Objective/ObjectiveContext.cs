using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>What an objective is told about one run, and how it reports.</summary>
public sealed class ObjectiveContext
{
    private readonly RunRequest _request;
    private readonly InProcessRun _run;

    internal ObjectiveContext(RunRequest request, JsonElement options, TimeProvider time, InProcessRun run)
    {
        (_request, _run) = (request, run);
        (Options, Time) = (options, time);
    }

    /// <summary>The configuration.</summary>
    public Assignment Assignment => _request.Assignment;

    /// <summary>Which run it is: trial, pool, replicate.</summary>
    public RunKey Run => _request.Run;

    /// <summary>The run's seed, in [0, 2³¹).</summary>
    public int Seed => _request.Seed;

    /// <summary>The name of the task to run on; null in a sweep without tasks.</summary>
    public string? Task => _request.Task?.Name;

    /// <summary>The seed pool. Data that search must not read may be read in <see cref="SeedPool.Evaluation"/> only.</summary>
    public SeedPool Pool => _request.Run.Pool;

    /// <summary>The resource to run to (epochs, rounds); null when the sweep has no rungs.</summary>
    public double? Resource => _request.Resource;

    /// <summary>The metric that is taken as the result.</summary>
    public string Metric => _request.Metric;

    /// <summary>Slot 0 … parallel − 1, unique among the runs in flight on this host.</summary>
    public int Slot => _request.Slot;

    /// <summary>Absolute path of the spec's folder.</summary>
    public string BaseDirectory => _request.BaseDirectory;

    /// <summary>Absolute path of a folder for this trial's checkpoints; not created.</summary>
    public string CheckpointDirectory => _request.CheckpointDirectory;

    /// <summary>Absolute path of a folder for this run's files; not created.</summary>
    public string OutputDirectory => _request.OutputDirectory;

    /// <summary>What stands under <c>objective:</c> in the spec; an object with at least <c>name</c>.</summary>
    public JsonElement Options { get; }

    /// <summary>The clock. Wait with <c>Task.Delay(duration, context.Time, cancellation)</c>, so that simulations need not.</summary>
    public TimeProvider Time { get; }

    /// <summary>Whether a parameter is active in this configuration.</summary>
    /// <exception cref="KeyNotFoundException">The space has no such parameter.</exception>
    public bool IsActive(string name) => Assignment[name] is not null;

    /// <summary>The value of a float or int parameter.</summary>
    /// <exception cref="KeyNotFoundException">No such parameter, or it is inactive here.</exception>
    /// <exception cref="InvalidOperationException">Its value is no number.</exception>
    public double Number(string name) => Active(name).AsNumber();

    /// <summary>The value of an int parameter.</summary>
    /// <exception cref="KeyNotFoundException">No such parameter, or it is inactive here.</exception>
    /// <exception cref="InvalidOperationException">Its value is no integer.</exception>
    public long Integer(string name) => Active(name).AsInteger();

    /// <summary>The value of a parameter as text; see <see cref="ParameterValue.ToString"/>.</summary>
    /// <exception cref="KeyNotFoundException">No such parameter, or it is inactive here.</exception>
    public string Text(string name) => Active(name).ToString();

    /// <summary>The value of a boolean parameter.</summary>
    /// <exception cref="KeyNotFoundException">No such parameter, or it is inactive here.</exception>
    /// <exception cref="InvalidOperationException">Its value is no boolean.</exception>
    public bool Boolean(string name) => Active(name).AsBoolean();

    /// <summary>A stream of random numbers that depends on the run's seed and <paramref name="index"/> only.</summary>
    public RandomStream Random(ulong index = 0) => new((ulong)Seed, StreamPurpose.Run, index);

    /// <summary>Reports the sweep's metric at a step.</summary>
    /// <param name="step">The resource reached, ≥ 0.</param>
    /// <param name="value">The metric's value.</param>
    /// <returns>True when the run must end now; the cancellation token is cancelled as well.</returns>
    public ValueTask<bool> Report(double step, double value) => Report(step, (Metric, value));

    /// <summary>Reports several metrics at a step.</summary>
    /// <param name="step">The resource reached, ≥ 0.</param>
    /// <param name="metrics">Values by name.</param>
    /// <returns>True when the run must end now; the cancellation token is cancelled as well.</returns>
    public ValueTask<bool> Report(double step, params (string Name, double Value)[] metrics) =>
        _run.Report(new RunReport(step, metrics.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal)));

    private ParameterValue Active(string name) =>
        Assignment[name] ?? throw new KeyNotFoundException($"the parameter '{name}' is inactive in this configuration ({Assignment})");
}
