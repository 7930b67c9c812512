using HyperCloud.Core;
using HyperCloud.Search;

/// <summary>
/// A sweep whose trials take different times, in virtual time, one after the other: what weighing gain against time (<c>search.costAware</c>) is worth
/// where run time goes with the loss, against it, or with neither.
/// </summary>
/// <param name="kind">Which of <see cref="Kinds"/>.</param>
/// <param name="algorithm">Search algorithm.</param>
/// <param name="costAware">The search is told of times.</param>
/// <param name="trials">Its limit of trials.</param>
/// <param name="seed">Sweep seed.</param>
internal sealed class CostSweep(string kind, string algorithm, bool costAware, int trials, int seed)
{
    /// <summary>
    /// Where the best configuration lies: among those of middling time, among the longest, among the shortest; and a space in which nothing but chance tells times.
    /// </summary>
    public static readonly string[] Kinds = ["middling", "longest", "shortest", "even"];

    // A network: learning rate, width and depth set loss and time; dropout only the loss, batch size mostly the time.
    private static readonly Space Net = new(
    [
        new FloatParameter("lr", 1e-5, 1) { Log = true }, new IntParameter("width", 8, 1024) { Log = true }, new IntParameter("depth", 1, 8),
        new FloatParameter("dropout", 0, 0.8), new IntParameter("batch", 8, 512) { Log = true },
    ]);

    /// <summary>The seconds used after each trial, and the best loss so far (0 is the optimum).</summary>
    public List<(double Seconds, double Loss)> Run()
    {
        ISearchAlgorithm search = SearchAlgorithms.Create(algorithm);
        List<Observation> told = [];
        List<(double, double)> history = [];
        double used = 0, best = double.PositiveInfinity;
        for (int t = 0; t < trials; t++)
        {
            var context = new SearchContext { Space = Net, Seed = (ulong)seed, FirstTrial = t, Observations = told, Pending = [], Budget = trials };
            Assignment next = search.Suggest(context, 1).Suggestions[0].Assignment;
            double[] u = next.ToUnit();
            double loss = Loss(u), seconds = Seconds(u, new RandomStream((ulong)seed, StreamPurpose.Run, (ulong)t));
            used += seconds;
            best = Math.Min(best, loss);
            history.Add((used, best));
            told.Add(new Observation(t, next, ObservationState.Completed, loss) { Seconds = costAware ? seconds : null });
        }

        return history;
    }

    private double Loss(double[] u)
    {
        (double width, double depth) = kind switch { "longest" => (0.95, 0.9), "shortest" => (0.1, 0.15), _ => (0.55, 0.5) };
        double lr = u[0] - 0.55 + 0.25 * (u[1] - width); // wider needs a lower rate
        double off = 30 * lr * lr + 4 * Square(u[1] - width) + 3 * Square(u[2] - depth) + 2 * Square(u[3] - 0.3) + Square(u[4] - 0.4);
        return 1 - Math.Exp(-off) + 0.05 * (1 - Math.Cos(6 * Math.PI * lr)); // far away all is equally bad, and rates have valleys
    }

    // From 1 to some 1,000 times the shortest: as width, depth and the inverse of the batch size go.
    private double Seconds(double[] u, RandomStream random) =>
        Math.Exp(0.1 * random.NextNormal()) * (kind == "even" ? 10 : 0.5 * Math.Exp(4 * u[1] + 1.5 * u[2] + 1.5 * (1 - u[4])));

    private static double Square(double x) => x * x;
}
