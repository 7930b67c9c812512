using HyperCloud.Core;
using HyperCloud.Search;

/// <summary>One sweep on a problem with several objectives, one trial at a time.</summary>
internal static class FrontSweep
{
    /// <summary>Runs; the true losses of the recommended front after each number of trials asked for.</summary>
    public static double[][][] Run(FrontProblem problem, string algorithm, int seed, int[] marks)
    {
        ISearchAlgorithm search = SearchAlgorithms.Create(algorithm);
        var noise = new RandomStream((ulong)seed, StreamPurpose.Run);
        List<Observation> observations = [];
        List<double[][]> fronts = [];
        for (int t = 0; t < marks[^1]; t++)
        {
            Assignment a = search.Suggest(Context(), 1).Suggestions[0].Assignment;
            double[] losses = [.. problem.Losses(a).Select(l => problem.Noise == 0 ? l : l + problem.Noise * noise.NextNormal())];
            observations.Add(new Observation(t, a, ObservationState.Completed, losses[0], Losses: losses));
            if (!marks.Contains(t + 1)) continue;
            Recommendation best = search.Recommend(Context());
            fronts.Add([.. best.Ranking.Take(best.Front!.Value).Select(n => problem.Losses(observations[n].Assignment))]);
        }

        return [.. fronts];

        SearchContext Context() => new()
        {
            Space = problem.Space,
            Seed = (ulong)seed,
            FirstTrial = observations.Count,
            Observations = observations,
            Pending = [],
            Budget = marks[^1],
            Objectives = problem.Reference.Length,
            Deterministic = problem.Noise == 0,
        };
    }

    /// <summary>Runs all and prints, for each problem and algorithm, what is missing of the hypervolume, in parts of a hundred.</summary>
    public static void Table(string[] names, string[] algorithms, int[] seeds, int[] marks)
    {
        Console.WriteLine($"| problem | ideal | trials | {string.Join(" | ", algorithms)} |\n|---|---|---|{string.Concat(Enumerable.Repeat("---|", algorithms.Length))}");
        foreach (FrontProblem problem in FrontProblem.All.Where(p => names.Length == 0 || names.Contains(p.Name)))
        {
            double[][][][][] fronts = [.. algorithms.Select(a => seeds.Select(s => Run(problem, a, s, marks)).ToArray())];
            double ideal = problem.Ideal ?? Hypervolume.Of([.. fronts.SelectMany(a => a.SelectMany(s => s.SelectMany(f => f)))], problem.Reference);
            for (int m = 0; m < marks.Length; m++)
            {
                IEnumerable<string> cells = fronts.Select(a =>
                {
                    double[] missing = [.. a.Select(s => 100 * (1 - Hypervolume.Of(s[m], problem.Reference) / ideal)).Order()];
                    return $"{(missing[(missing.Length - 1) / 2] + missing[missing.Length / 2]) / 2:0.00}";
                });
                Console.WriteLine($"| {problem.Name} | {ideal:0.0000}{(problem.Ideal is null ? " (found)" : "")} | {marks[m]} | {string.Join(" | ", cells)} |");
            }

            Console.Out.Flush();
        }
    }
}
