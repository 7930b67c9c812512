using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// Fits models on a CSV file inside this process. Options: see <see cref="MlNetOptions"/>; hyperparameters: see the trainer.
/// </summary>
/// <remarks>
/// Data: one fixed part of the rows (<c>holdout</c>) is cut off by the sweep's seed; only evaluation measures on it, and nothing ever fits on
/// it. The rest is cut by the run's seed into rows to fit on and rows to measure on, once (<c>validation</c>) or in folds (<c>folds</c>; the
/// metrics are the folds' means). Evaluation fits on the very same parts, so that what is evaluated is the procedure that was searched.
/// Time limits and stops take effect between rounds; a trainer that cannot be interrupted is abandoned (see <see cref="InProcessRun"/>).
/// </remarks>
internal sealed class MlNetRunner : IRunner
{
    private const int MostCached = 16;

    private readonly TimeProvider _time;
    private readonly ImmutableArray<ITrainer> _trainers = [new LightGbmTrainer(), new FastTreeTrainer(), new SdcaTrainer(), new OlsTrainer()];
    private readonly ConcurrentDictionary<string, Dataset> _cache = new(StringComparer.Ordinal);

    /// <summary>Makes the runner.</summary>
    /// <param name="time">The clock of time limits.</param>
    public MlNetRunner(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public string Kind => "mlnet";

    /// <inheritdoc/>
    public bool HasHoldout(TrialSpec trial) => Options(trial, []) is { Holdout: > 0 };

    /// <inheritdoc/>
    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space)
    {
        List<RunnerFinding> findings = [];
        MlNetOptions? options = Options(trial, findings);
        if (options is not null && Trainer(options) is var trainer) findings.AddRange(HyperparameterValues.Check(trainer.Name, trainer.Hyperparameters, space));
        return findings;
    }

    /// <inheritdoc/>
    public async ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation)
    {
        List<RunnerFinding> findings = [.. Validate(spec.Trial!, spec.Space)];
        if (findings.Any(f => f.Fatal) || Options(spec.Trial!, []) is not { } options) return new RunnerCheck([.. findings], []);
        if (Trainer(options).Missing() is { } missing) findings.Add(new(true, "/trainer", missing));
        try
        {
            List<RunnerInput> inputs = [];
            foreach (MlNetOptions own in (spec.Tasks.IsEmpty ? [options] : spec.Tasks.Select(options.For)).DistinctBy(o => o.Data))
            {
                Dataset data = Load(own, spec.Trial!, baseDirectory);
                findings.AddRange(CheckData(data, own, spec));
                byte[] content = await File.ReadAllBytesAsync(Path.GetFullPath(own.Data, baseDirectory), cancellation);
                inputs.Add(new RunnerInput(own.Data, Convert.ToHexStringLower(SHA256.HashData(content))));
            }

            return new RunnerCheck([.. findings], [.. inputs]);
        }
        catch (Exception e) when (e is DataException or IOException or UnauthorizedAccessException)
        {
            findings.Add(new(true, "/data", e.Message));
            return new RunnerCheck([.. findings], []);
        }
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation)
    {
        List<RunnerFinding> findings = [];
        if (Options(request.Trial, findings) is not { } options) return new RunOutcome.Failed("start", string.Join("; ", findings.Select(f => f.Message)));
        return await InProcessRun.Execute(run => Train(request, options.For(request.Task), run), request.RunTime, reporter, _time, cancellation);
    }

    /// <inheritdoc/>
    public RunPreview Preview(RunRequest request)
    {
        MlNetOptions? options = Options(request.Trial, [])?.For(request.Task);
        string[] what = options is null ? [OptionReader.Show(request.Trial.Options)] : [options.Trainer, $"data={options.Data}", $"label={options.Label}"];
        return new RunPreview(
            ["mlnet", .. what, .. request.Assignment.Active().Select(p => $"{p.Key}={p.Value}"), string.Create(CultureInfo.InvariantCulture, $"seed={request.Seed}")],
            request.BaseDirectory, new SortedDictionary<string, string>());
    }

    /// <inheritdoc/>
    public ValueTask End(string handle, CancellationToken cancellation) => ValueTask.CompletedTask; // It dies with its host.

    private async Task Train(RunRequest request, MlNetOptions options, InProcessRun run)
    {
        ITrainer trainer = Trainer(options);
        Dataset data = Load(options, request.Trial, request.BaseDirectory);
        var values = new HyperparameterValues(trainer.Hyperparameters, request.Assignment);
        int? rounds = request.Resource is { } resource ? Math.Max(1, (int)Math.Ceiling(resource)) : null;
        IReadOnlyList<Split> splits = Splitter.ForRun(data, options, request.Run.Pool, request.Seed, request.SweepSeed);
        double[][] targets = [.. splits.Select(s => Array.ConvertAll(s.Measured, r => data.Target[r]))];
        var fits = new List<IEnumerator<double[]>>();
        try
        {
            foreach ((int index, Split split) in splits.Index())
            {
                // Everything a fit draws hangs on the run's seed and the fold; stream 0 has drawn the split.
                int seed = (int)(new RandomStream((ulong)request.Seed, StreamPurpose.Run, (ulong)index + 1).NextUInt32() >> 1);
                var encoder = FeatureEncoder.Fit(data, split.Train, trainer.Style);
                fits.Add(trainer.Predict(
                    new Fit(data.Task, data.Classes.Length, encoder.Encode(split.Train), Array.ConvertAll(split.Train, r => data.Target[r]),
                        encoder.Encode(split.Measured), values, rounds, seed),
                    run.Token).GetEnumerator());
            }

            bool staged = trainer.IsStaged(values);
            for (int step = 1; MoveNext(fits, run.Token); step++)
            {
                var means = new SortedDictionary<string, double>(StringComparer.Ordinal);
                for (int f = 0; f < fits.Count; f++)
                    foreach ((string name, double value) in Metrics.Of(data.Task, targets[f], fits[f].Current, data.Classes.Length))
                        means[name] = means.GetValueOrDefault(name) + value / fits.Count;
                if (await run.Report(new RunReport(staged ? step : null, means))) return;
            }
        }
        finally
        {
            foreach (IEnumerator<double[]> fit in fits) fit.Dispose();
        }
    }

    private static bool MoveNext(List<IEnumerator<double[]>> fits, CancellationToken cancellation)
    {
        foreach (IEnumerator<double[]> fit in fits)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!fit.MoveNext()) return false;
        }

        return true;
    }

    private IEnumerable<RunnerFinding> CheckData(Dataset data, MlNetOptions options, SweepSpec spec)
    {
        if (!Trainer(options).Supports(data.Task))
            yield return new RunnerFinding(true, "/trainer", $"{options.Trainer} cannot do {Name(data.Task)}, which the label '{options.Label}' asks for; choose another trainer{(options.Task is null ? ", or write task: …" : "")}");
        if (Splitter.TooSmall(data, options) is { } tooSmall) yield return new RunnerFinding(true, "/data", $"{options.Data}: {tooSmall}");
        IReadOnlyList<string> metrics = Metrics.Names(data.Task);
        foreach ((string metric, Goal goal) in new[] { (spec.Objective.Metric, spec.Objective.Goal), (spec.Seeds.Evaluation.Metric ?? spec.Objective.Metric, spec.Objective.Goal) }
            .Concat(spec.MoreObjectives.Select(o => (o.Metric, o.Goal))).Distinct())
        {
            if (!metrics.Contains(metric))
                yield return new RunnerFinding(true, "", $"objective.metric is '{metric}', but {Name(data.Task)} reports {string.Join(", ", metrics)}");
            else if (Metrics.IsMaximised(metric) != (goal == Goal.Maximize))
                yield return new RunnerFinding(false, "", $"objective.goal is {goal.ToString().ToLowerInvariant()}, but of '{metric}' {(Metrics.IsMaximised(metric) ? "more" : "less")} is better");
        }
    }

    // Reads the file once for all runs of a sweep, and again when it has changed.
    private Dataset Load(MlNetOptions options, TrialSpec trial, string baseDirectory)
    {
        string file = Path.GetFullPath(options.Data, baseDirectory);
        var info = new FileInfo(file);
        string key = info.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file}\n{info.Length}\n{info.LastWriteTimeUtc.Ticks}\n{trial.Options.GetRawText()}") : "";
        if (_cache.TryGetValue(key, out Dataset? known)) return known;
        var data = Dataset.From(CsvTable.Read(options.Data, file), options);
        if (_cache.Count >= MostCached) _cache.Clear(); // A host runs few sweeps at once, and a sweep few tasks.
        _cache[key] = data;
        return data;
    }

    private MlNetOptions? Options(TrialSpec trial, List<RunnerFinding> findings) => MlNetOptions.Read(
        trial, [.. _trainers.Select(t => t.Name)], key => _trainers.Any(t => t.Hyperparameters.Any(h => h.IsNamed(key))), findings);

    private ITrainer Trainer(MlNetOptions options) => _trainers.First(t => t.Name == options.Trainer);

    private static string Name(LearningTask task) => task.ToString().ToLowerInvariant();
}
