namespace HyperCloud.Web.Tests;

internal static class Specs
{
    /// <summary>A sweep of some tens of quick runs.</summary>
    public static string Small(string name = "small", int trials = 12, string objective = "noisy-sphere", int parallel = 2, int seed = 3) => $$"""
        name: {{name}}
        objective: {metric: loss}
        space:
          x: {type: float, min: -5, max: 5, default: 3.0}
          y: {type: float, min: -5, max: 5, default: 2.0}
        search: {algorithm: random, seed: {{seed}} }
        limits: {trials: {{trials}}, parallel: {{parallel}} }
        seeds:
          selection: {top: 2, runs: 4}
          evaluation: {seeds: 3, holdout: none}
        trial: {objective: {{objective}}}
        """;
}
