using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

/// <summary>The Python that is shipped: the helper in docs/training-code.md and the network of the examples.</summary>
public sealed class TrainingCodeTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CommandRunner _runner = new(TimeProvider.System);
    private readonly Recorder _recorder = new();

    public TrainingCodeTests() => Assert.SkipWhen(ProgramPath.Find("python3", "/", Environment.GetEnvironmentVariable("PATH"), out string problem) is null, problem);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_helper_reads_its_configuration_and_reports()
    {
        string page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs/training-code.md"));
        string helper = page.Split("```python\n")[1].Split("```")[0];
        Assert.InRange(helper.Split('\n').Count(l => l.Trim().Length > 0), 5, 10);
        _directory.Write("train.py", helper + """
            assert params == {"lr": 0.5, "kind": "a"} and seed == 7 and pool == "evaluation" and resource == 9, (params, seed, pool, resource)
            report(1, loss=float("nan"), other=2)
            report(2, loss=params["lr"])
            report(loss=0.25)
            """);
        var space = new Space([Requests.Float("lr", 0.5), Requests.Choice("kind", "a", "b")]);
        RunRequest request = Requests.Of(Requests.Command("python3", "train.py"), _directory.Path, space, pool: SeedPool.Evaluation) with { Resource = 9 };
        Assert.Equal(new RunOutcome.Finished(), await _runner.Run(request, _recorder, default));
        Assert.Equal([1, 2, null], _recorder.Reports.Select(r => r.Step));
        Assert.Equal([double.NaN, 0.5, 0.25], _recorder.Reports.Select(r => r.Metrics["loss"]));
    }

    [Theory]
    [InlineData(SeedPool.Search)]
    [InlineData(SeedPool.Evaluation)]
    public async Task The_network_learns_and_reads_test_data_in_evaluation_only(SeedPool pool)
    {
        var space = new Space([Requests.Int("hidden", 4), Requests.Choice("activation", "relu"), Requests.Float("learning_rate", 0.1), Requests.Float("momentum", 0.9), new ConstantParameter("epochs", ParameterValue.Of(4))]);
        TrialSpec trial = Requests.Command("python3", "network/train.py", "--seed=${seed}", "${args}");
        RunRequest request = Requests.Of(trial, Path.Combine(AppContext.BaseDirectory, "examples"), space, pool: pool) with
        {
            CheckpointDirectory = _directory.Path,
            OutputDirectory = _directory.Path,
        };
        Assert.Equal(new RunOutcome.Finished(), await _runner.Run(request, _recorder, default));
        Assert.Equal([1, 2, 3, 4], _recorder.Reports.Select(r => r.Step!.Value));
        Assert.True(_recorder.Reports[^1].Metrics["loss"] < 0.4);
        Assert.Equal(pool == SeedPool.Evaluation, _recorder.Reports[^1].Metrics.ContainsKey("test_loss"));
    }
}
