using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What the tests of the spec share: a program with two runners, and the examples.</summary>
internal static class SpecFixture
{
    /// <summary>The example of DESIGN §5, without what this version refuses.</summary>
    public const string Example = """
        name: breast-cancer
        objective: {metric: logloss, goal: minimize, statistic: mean, target: 0.05}
        space:
          booster:        {values: [gbdt, dart], default: gbdt}
          learning_rate:  {type: float, min: 1e-4, max: 0.5, scale: log, default: 0.1}
          leaves:         {type: int, min: 4, max: 256, scale: log, default: 31, kind: model}
          drop_rate:      {type: float, min: 0.0, max: 0.5, step: 0.05, default: 0.1, when: {booster: dart}}   # also when: {booster: [a, b]}
          size:           {values: [small, medium, large], ordered: true, default: medium}
          rounds:         {value: 200}
        search: {algorithm: auto, seed: 42}
        limits: {trials: 100, parallel: 8, failures: 10, time: 2h, runTime: 10m}
        seeds:
          search: 1
          selection:  {top: 8, runs: 80, maxSeeds: 50, race: true}
          evaluation: {seeds: 20, confidence: 0.95}
        trial:
          mlnet: {trainer: lightgbm, data: data/breast-cancer.csv, label: malignant, holdout: 0.2}
          retries: 2
        """;

    /// <summary>The same spec in JSON.</summary>
    public const string ExampleJson = """
        {
          "name": "breast-cancer",
          "objective": {"metric": "logloss", "goal": "minimize", "statistic": "mean", "target": 0.05},
          "space": {
            "booster": {"values": ["gbdt", "dart"], "default": "gbdt"},
            "learning_rate": {"type": "float", "min": 0.0001, "max": 0.5, "scale": "log", "default": 1e-1},
            "leaves": {"type": "int", "min": 4, "max": 256, "scale": "log", "default": 31, "kind": "model"},
            "drop_rate": {"type": "float", "min": 0, "max": 0.5, "step": 5e-2, "default": 0.1, "when": {"booster": ["dart"]}},
            "size": {"values": ["small", "medium", "large"], "ordered": true, "default": "medium"},
            "rounds": {"value": 200}
          },
          "search": {"algorithm": "auto", "seed": 42},
          "limits": {"trials": 100, "parallel": 8, "failures": 10, "time": "2h", "runTime": "10m"},
          "seeds": {
            "search": 1,
            "selection": {"top": 8, "runs": 80, "maxSeeds": 50, "race": true},
            "evaluation": {"seeds": 20, "confidence": 0.95}
          },
          "trial": {
            "mlnet": {"label": "malignant", "holdout": 0.20, "trainer": "lightgbm", "data": "data/breast-cancer.csv"},
            "retries": 2
          }
        }
        """;

    public static SpecContext Context { get; } = new()
    {
        Runners = new Dictionary<string, IRunner> { ["command"] = new FakeRunner("command", false), ["mlnet"] = new FakeRunner("mlnet", true) },
    };

    /// <summary>As for ask-tell, so that small specs need no trial.</summary>
    public static SpecContext Bare { get; } = Context with { TrialRequired = false };

    public static SpecResult Yaml(string text, params string[] overrides) => SpecReader.Read(text, "sweep.yaml", Bare, overrides);

    public static SpecResult Json(string text, params string[] overrides) => SpecReader.Read(text, "sweep.json", Bare, overrides);

    /// <summary>A spec that must have no problems at all.</summary>
    public static SweepSpec Clean(SpecResult result)
    {
        Assert.Empty(result.Problems.Select(p => p.ToString()));
        return result.Spec!;
    }

    /// <summary>A spec with a space given by its lines, and nothing else of interest.</summary>
    public static string WithSpace(params string[] lines) => "name: a\nobjective: {metric: loss}\nspace:\n" + string.Concat(lines.Select(l => $"  {l}\n"));

    /// <summary>The folder of the repository.</summary>
    public static string Root
    {
        get
        {
            string? at = AppContext.BaseDirectory;
            while (at is not null && !File.Exists(Path.Combine(at, "HyperCloud.sln"))) at = Path.GetDirectoryName(at);
            return at ?? throw new InvalidOperationException("the tests do not run inside the repository");
        }
    }
}

/// <summary>A runner that only validates: a command must be a list; unknown parameters in templates and unknown options are found.</summary>
internal sealed class FakeRunner(string kind, bool holdout) : IRunner
{
    public string Kind => kind;

    public bool HasHoldout(TrialSpec trial) => holdout;

    public IEnumerable<RunnerFinding> Validate(TrialSpec trial, Space space)
    {
        if (trial.Options.ValueKind == JsonValueKind.Array)
        {
            int at = 0;
            foreach (JsonElement element in trial.Options.EnumerateArray())
            {
                string text = element.ToString();
                if (text.StartsWith("${param.", StringComparison.Ordinal) && space.IndexOf(text[8..^1]) < 0)
                    yield return new RunnerFinding(true, $"/{at}", $"the template `{text}` names no parameter");
                at++;
            }
        }
        else if (trial.Options.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty p in trial.Options.EnumerateObject().Where(p => p.Name == "colour"))
                yield return new RunnerFinding(false, $"/{p.Name}", "`colour` has no effect");
        }
        else
        {
            yield return new RunnerFinding(true, "", $"`{kind}` must be a list or a mapping");
        }
    }

    public ValueTask<RunnerCheck> Check(SweepSpec spec, string baseDirectory, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<RunOutcome> Run(RunRequest request, IRunReporter reporter, CancellationToken cancellation) => throw new NotSupportedException();

    public RunPreview Preview(RunRequest request) => throw new NotSupportedException();

    public ValueTask End(string handle, CancellationToken cancellation) => throw new NotSupportedException();
}
