using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class MlNetRunnerTests : IDisposable
{
    private const string Cancer = "\"data\": \"data/breast-cancer.csv\", \"label\": \"malignant\"";
    private const string Diabetes = "\"data\": \"data/diabetes.csv\", \"label\": \"progression\"";
    private static readonly string Examples = Path.Combine(AppContext.BaseDirectory, "examples");
    private readonly MlNetRunner _runner = new(TimeProvider.System);
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    public static TheoryData<string, string> Trainers => new()
    {
        { "lightgbm", Cancer },
        { "lightgbm", Diabetes },
        { "fasttree", Cancer },
        { "sdca", Cancer },
        { "sdca", Diabetes },
        { "ols", Diabetes },
    };

    [Theory]
    [MemberData(nameof(Trainers))]
    public async Task The_same_seed_gives_the_same_bits_also_when_runs_go_at_once(string trainer, string data)
    {
        SkipWithoutLibrary(trainer);
        Space space = trainer is "lightgbm" or "fasttree"
            ? new Space([Requests.Int("rounds", 10), Requests.Float("feature_fraction", 0.5), Requests.Float("bagging_fraction", 0.7)])
            : new Space([]);
        Task<string> Fingerprint(int seed) => Run($$"""{"trainer": "{{trainer}}", {{data}}}""", space, seed);
        string[] alone = [await Fingerprint(1), await Fingerprint(2)];
        Assert.NotEqual(alone[0], alone[1]);
        string[] together = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Fingerprint(1 + i % 2))));
        Assert.All(together.Index(), t => Assert.Equal(alone[t.Index % 2], t.Item));
    }

    [Theory]
    [InlineData("\"validation\": 0.3")]
    [InlineData("\"folds\": 4")]
    public async Task Search_and_selection_never_read_the_held_out_rows(string inner)
    {
        // The same file twice, but in the second the held-out rows are spoilt.
        string[] lines = File.ReadAllLines(Path.Combine(Examples, "data/diabetes.csv"));
        _directory.Write("data.csv", string.Join('\n', lines));
        string options = $$"""{"trainer": "ols", "data": "data.csv", "label": "progression", {{inner}}}""";
        var data = Dataset.From(CsvTable.Read("data.csv", Path.Combine(_directory.Path, "data.csv")), Options(options));
        (_, int[] heldOut) = Splitter.Holdout(data, 0.2, 42);
        Assert.Equal(88, heldOut.Length); // 0.2 of 442 rows
        Dictionary<SeedPool, string> before = await AllPools(options);
        foreach (int row in heldOut) lines[row + 1] = "1,1,1,1,1,1,1,1,1,1,99999";
        _directory.Write("data.csv", string.Join('\n', lines));
        Dictionary<SeedPool, string> after = await AllPools(options);
        Assert.Equal(before[SeedPool.Search], after[SeedPool.Search]);
        Assert.Equal(before[SeedPool.Selection], after[SeedPool.Selection]);
        Assert.NotEqual(before[SeedPool.Evaluation], after[SeedPool.Evaluation]);
    }

    [Fact]
    public async Task Without_holdout_evaluation_measures_as_search_does()
    {
        Dictionary<SeedPool, string> all = await AllPools($$"""{"trainer": "ols", {{Diabetes}}, "holdout": 0}""", Examples);
        Assert.Equal(all[SeedPool.Search], all[SeedPool.Evaluation]);
    }

    [Fact]
    public async Task Every_round_is_reported_with_all_metrics()
    {
        SkipWithoutLibrary("lightgbm");
        Recorder recorder = await Record($$"""{"trainer": "lightgbm", {{Cancer}}}""", new Space([Requests.Int("rounds", 12)]));
        Assert.Equal(Enumerable.Range(1, 12).Select(i => (double?)i), recorder.Reports.Select(r => r.Step));
        Assert.All(recorder.Reports, r => Assert.Equal(["accuracy", "auc", "f1", "logloss"], r.Metrics.Keys.Order()));
        Assert.True(recorder.Reports[^1].Metrics["logloss"] < recorder.Reports[0].Metrics["logloss"] / 2);
    }

    [Fact]
    public async Task The_resource_limits_the_rounds_and_a_shorter_run_is_the_beginning_of_a_longer_one()
    {
        SkipWithoutLibrary("lightgbm");
        string options = $$"""{"trainer": "lightgbm", {{Cancer}}}""";
        Recorder whole = await Record(options, new Space([Requests.Int("rounds", 12)])), part = await Record(options, new Space([Requests.Int("rounds", 12)]), resource: 5);
        Assert.Equal(Fingerprint(whole).Split('\n').Take(5), Fingerprint(part).Split('\n'));
    }

    [Fact]
    public async Task A_stop_ends_the_training_at_that_round()
    {
        SkipWithoutLibrary("lightgbm");
        var recorder = new Recorder { Decide = r => new ReportDecision(r.Step >= 3, "too bad") };
        RunOutcome outcome = await _runner.Run(Requests.Of(Requests.Trial("mlnet", $$"""{"trainer": "lightgbm", {{Cancer}}}"""), Examples), recorder, default);
        Assert.IsType<RunOutcome.Stopped>(outcome);
        Assert.Equal(3, recorder.Reports.Count);
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_a_timeout()
    {
        SkipWithoutLibrary("lightgbm");
        RunRequest request = Requests.Of(Requests.Trial("mlnet", $$"""{"trainer": "lightgbm", {{Cancer}}}"""), Examples, new Space([new ConstantParameter("rounds", ParameterValue.Of(100_000))]));
        var failed = Assert.IsType<RunOutcome.Failed>(await _runner.Run(request with { RunTime = TimeSpan.FromMilliseconds(200) }, new Recorder(), default));
        Assert.Equal("timeout", failed.Code);
        Assert.Equal("ran longer than runTime 0.2s", failed.Message);
    }

    [Theory]
    [InlineData("lightgbm", 0.15)]
    [InlineData("fasttree", 0.2)]
    [InlineData("sdca", 0.2)]
    public async Task Several_classes_texts_and_gaps_are_learned(string trainer, double atMost)
    {
        SkipWithoutLibrary(trainer);
        // Three classes told apart by a text, a number with gaps, and noise.
        var stream = new RandomStream(5, StreamPurpose.Run);
        var lines = new List<string> { "size,colour,noise,kind" };
        for (int i = 0; i < 300; i++)
        {
            int kind = i % 3;
            string size = stream.NextInt(10) == 0 ? "NA" : FormattableString.Invariant($"{(kind == 0 ? 0 : 5) + stream.NextDouble():F3}");
            lines.Add(FormattableString.Invariant($"{size},{(kind == 1 ? "red" : stream.NextInt(2) == 0 ? "blue" : "green")},{stream.NextDouble():F3},k{kind}"));
        }

        _directory.Write("kinds.csv", string.Join('\n', lines));
        Recorder recorder = await Record($$"""{"trainer": "{{trainer}}", "data": "kinds.csv", "label": "kind"}""", new Space([]), directory: _directory.Path);
        Assert.Equal(["accuracy", "logloss"], recorder.Reports[^1].Metrics.Keys.Order());
        Assert.InRange(recorder.Reports[^1].Metrics["logloss"], 0, atMost);
    }

    [Fact]
    public async Task FastTree_reports_once_when_trees_may_be_dropped()
    {
        Recorder recorder = await Record($$"""{"trainer": "fasttree", {{Cancer}}}""", new Space([Requests.Int("rounds", 5), Requests.Float("drop_rate", 0.3)]));
        Assert.Null(Assert.Single(recorder.Reports).Step);
    }

    [Theory]
    [InlineData("""{"trainer": "lightgmb", "data": "d", "label": "y"}""", "/trainer", "'trainer' cannot be 'lightgmb'; did you mean 'lightgbm'?")]
    [InlineData("""{"trainer": "ols", "label": "y"}""", "", "mlnet needs 'data'")]
    [InlineData("""{"data": "d", "label": "y"}""", "", "mlnet needs 'trainer', one of lightgbm, fasttree, sdca, ols")]
    [InlineData("""{"trainer": "ols", "data": "d", "label": "y", "holdot": 0.1}""", "/holdot", "mlnet has no option 'holdot'; did you mean 'holdout'?")]
    [InlineData("""{"trainer": "ols", "data": "d", "label": "y", "holdout": 1}""", "/holdout", "'holdout' must be a number from 0 to 0.9, but got 1")]
    [InlineData("""{"trainer": "ols", "data": "d", "label": "y", "folds": 3, "validation": 0.2}""", "/folds", "exclude each other")]
    [InlineData("""{"trainer": "ols", "data": "d", "label": "y", "learning_rate": 0.1}""", "/learning_rate", "belongs into the space, fixed as 'learning_rate: {value: …}'")]
    [InlineData("\"lightgbm\"", "", "mlnet must be an object")]
    public void Wrong_options_are_findings(string options, string pointer, string message)
    {
        RunnerFinding finding = Assert.Single(_runner.Validate(Requests.Trial("mlnet", options), new Space([])));
        Assert.True(finding.Fatal);
        Assert.Equal(pointer, finding.Pointer);
        Assert.Contains(message, finding.Message);
    }

    [Fact]
    public void Wrong_hyperparameters_are_all_found_at_once()
    {
        var space = new Space([
            new FloatParameter("learning_rat", 0, 1), new FloatParameter("rounds", 1, 9), new IntParameter("leaves", 1, 9), new FloatParameter("num_leaves", 2, 9),
            new FloatParameter("feature_fraction", 0, 1), Requests.Choice("booster", "gbdt", "dort"), new ConstantParameter("lambda_l2", ParameterValue.Of("x")),
            new FloatParameter("max_depth", 2, 4) { Step = 1 }, new FloatParameter("lambda_l1", 0, 3),
        ]);
        Assert.Equal(
            [
                "lightgbm has no hyperparameter 'learning_rat'; did you mean 'learning_rate'?",
                "lightgbm: 'rounds' must be a whole number: write type: int",
                "lightgbm: 'leaves' must be at least 2 and at most 131072, but can be 1",
                "'leaves' and 'num_leaves' are the same hyperparameter of lightgbm",
                "lightgbm: 'feature_fraction' must be above 0 and at most 1, but can be 0.0",
                "lightgbm: 'booster' cannot be 'dort'; did you mean 'dart'?",
                "lightgbm: 'lambda_l2' must be a number, but can be 'x'",
            ],
            _runner.Validate(Requests.Trial("mlnet", $$"""{"trainer": "lightgbm", {{Cancer}}}"""), space).Select(f => f.Message));
    }

    [Theory]
    [InlineData("data/breast-cancr.csv", "malignant", "logloss", "there is no file 'data/breast-cancr.csv' (looked for ")]
    [InlineData("data/breast-cancer.csv", "malign", "logloss", "data/breast-cancer.csv has no column 'malign'")]
    [InlineData("data/breast-cancer.csv", "malignant", "loglos", "objective.metric is 'loglos', but binary reports logloss, auc, accuracy, f1")]
    [InlineData("data/breast-cancer.csv", "malignant", "auc", "objective.goal is minimize, but of 'auc' more is better")]
    public async Task Check_finds_what_the_first_run_would_trip_over(string data, string label, string metric, string message)
    {
        RunnerCheck check = await _runner.Check(
            Requests.Sweep(Requests.Trial("mlnet", $$"""{"trainer": "sdca", "data": "{{data}}", "label": "{{label}}"}"""), metric: metric), Examples, default);
        Assert.Contains(message, Assert.Single(check.Findings).Message);
    }

    [Fact]
    public async Task Check_refuses_a_trainer_that_cannot_do_the_task()
    {
        RunnerCheck check = await _runner.Check(Requests.Sweep(Requests.Trial("mlnet", $$"""{"trainer": "ols", {{Cancer}}}"""), metric: "logloss"), Examples, default);
        Assert.StartsWith("ols cannot do binary, which the label 'malignant' asks for", Assert.Single(check.Findings).Message);
    }

    [Fact]
    public async Task Check_digests_the_data()
    {
        _directory.Write("data.csv", "x,y\n" + string.Join('\n', Enumerable.Range(0, 20).Select(i => $"{i},{i % 2}")) + "\n");
        RunnerCheck check = await _runner.Check(Requests.Sweep(Requests.Trial("mlnet", """{"trainer": "sdca", "data": "data.csv", "label": "y"}"""), metric: "logloss"), _directory.Path, default);
        Assert.Empty(check.Findings);
        // (echo x,y; for i in $(seq 0 19); do echo $i,$((i % 2)); done) | sha256sum
        Assert.Equal([new RunnerInput("data.csv", "a9fa60c156b702436b590ea61763abad909782e3725a22cf8e996d1496e7102f")], check.Inputs);
    }

    [Fact]
    public void The_holdout_is_known_from_the_options()
    {
        Assert.True(_runner.HasHoldout(Requests.Trial("mlnet", $$"""{"trainer": "ols", {{Cancer}}}""")));
        Assert.False(_runner.HasHoldout(Requests.Trial("mlnet", $$"""{"trainer": "ols", {{Cancer}}, "holdout": 0}""")));
    }

    [Fact]
    public async Task Data_that_went_wrong_since_the_check_fails_the_run_with_its_place()
    {
        _directory.Write("data.csv", "x,y\n1,0\n2,1,3\n");
        RunOutcome outcome = await _runner.Run(Requests.Of(Requests.Trial("mlnet", """{"trainer": "sdca", "data": "data.csv", "label": "y"}"""), _directory.Path), new Recorder(), default);
        Assert.Equal(new RunOutcome.Failed("data", "data.csv, line 3: 3 fields, but the header names 2 columns"), outcome);
    }

    private static void SkipWithoutLibrary(string trainer)
    {
        if (trainer == "lightgbm" && LightGbmNative.Missing() is { } missing) Assert.Skip(missing);
    }

    private static MlNetOptions Options(string json) => MlNetOptions.Read(Requests.Trial("mlnet", json), ["ols"], _ => false, [])!;

    private async Task<Dictionary<SeedPool, string>> AllPools(string options, string? directory = null)
    {
        var all = new Dictionary<SeedPool, string>();
        foreach (SeedPool pool in Enum.GetValues<SeedPool>()) all[pool] = Fingerprint(await Record(options, new Space([]), pool: pool, directory: directory ?? _directory.Path));
        return all;
    }

    private async Task<string> Run(string options, Space space, int seed) => Fingerprint(await Record(options, space, seed));

    private async Task<Recorder> Record(string options, Space space, int seed = 3, SeedPool pool = SeedPool.Search, double? resource = null, string? directory = null)
    {
        var recorder = new Recorder();
        RunOutcome outcome = await _runner.Run(Requests.Of(Requests.Trial("mlnet", options), directory ?? Examples, space, seed, pool) with { Resource = resource }, recorder, default);
        Assert.Equal(new RunOutcome.Finished(), outcome);
        return recorder;
    }

    // Every bit of every report.
    private static string Fingerprint(Recorder recorder) => string.Join('\n', recorder.Reports.Select(
        r => $"{r.Step} {string.Join(' ', r.Metrics.Select(m => $"{m.Key}={BitConverter.DoubleToInt64Bits(m.Value):x}"))}"));
}
