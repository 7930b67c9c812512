using System.Globalization;

// What a stopping rule with a model gains, in units of resource (epochs) to the same quality. Prints Markdown.
//   HyperCloud.Bench.Search TABLE [--seeds 0-9] [--units 1200] [--methods asha+auto,hyperband+auto,…] [--noise both|yes|no]
//   HyperCloud.Bench.Search cost [--seeds 0-19] [--trials 80] [--algorithm auto]
// What weighing gain against run time is worth: seconds to a loss, with and without.
// TABLE: a folder of the shared search benchmark that has learning curves (tables/mlp_digits). A method is [rule[-trend][-pause]+]algorithm.

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: HyperCloud.Bench.Search TABLE [--seeds 0-9] [--units 1200] [--methods random,asha+random,asha+auto] [--noise both|yes|no]");
    return 2;
}

string Option(string name, string fallback) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : fallback;
int[] range = [.. Option("--seeds", "0-9").Split('-').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
int[] seeds = [.. Enumerable.Range(range[0], range[^1] - range[0] + 1)];
int units = int.Parse(Option("--units", "1200"), CultureInfo.InvariantCulture);
string[] methods = Option("--methods", "random,tpe,auto,asha+random,asha+tpe,asha+gp,asha+auto,asha-pause+random,asha-pause+auto,hyperband+random,hyperband+tpe,hyperband+auto").Split(',');
if (args[0] == "cost") return Cost();
var table = new CurveTable(args[0]);
bool[] noises = Option("--noise", "both") switch { "yes" => [true], "no" => [false], _ => [true, false] };

foreach (bool noisy in noises)
{
    Dictionary<string, List<(int Units, double Regret)>[]> all = [];
    Dictionary<string, double> trials = [];
    foreach (string method in methods)
    {
        string[] parts = method.Split('+');
        string? rule = parts.Length > 1 ? parts[0].Replace("-pause", "").Replace("-trend", "") : null;
        // What nothing learns is cheap to simulate, so the yardstick of full-length random search is followed further.
        int length = method == "random" ? 4 * units : units;
        FidelitySweep[] sweeps = [.. seeds.Select(s => new FidelitySweep(table, parts[^1], rule, parts[0].Contains("-pause"), parts[0].Contains("-trend"), noisy, s))];
        all[method] = [.. sweeps.Select(s => s.Run(length))];
        trials[method] = Median([.. sweeps.Select(s => (double)s.Trials)]);
        Console.Error.WriteLine($"{table.Name} {(noisy ? "noisy" : "noise-free")} {method} {string.Join(" ", new[] { units / 4, units / 2, units }.Select(u => Median([.. all[method].Select(h => At(h, u))]).ToString("0.#")))}");
    }

    Console.WriteLine($"\n### {table.Name}, {(noisy ? "noise of one seed" : "noise-free")}, {seeds.Length} seeds, {FidelitySweep.Workers} workers, full length {table.Length}\n");
    int[] marks = [units / 8, units / 4, units / 2, units];
    double[] targets = [200, 100, 50, 25];
    Console.WriteLine($"| method | trials | {string.Join(" | ", marks.Select(m => $"regret at {m}"))} | {string.Join(" | ", targets.Select(t => $"units to {t}"))} |");
    Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---|", marks.Length + targets.Length))}");
    foreach (string method in methods)
    {
        List<(int Units, double Regret)>[] runs = all[method];
        IEnumerable<string> regrets = marks.Select(m => Median([.. runs.Select(h => At(h, m))]).ToString("0.#"));
        IEnumerable<string> needed = targets.Select(t => Median([.. runs.Select(h => Needed(h, t))]) is var u && double.IsFinite(u) ? u.ToString("0") : "–");
        Console.WriteLine($"| {method} | {trials[method]} | {string.Join(" | ", regrets)} | {string.Join(" | ", needed)} |");
    }
}

return 0;

// Before the first trial has run to full length there is nothing to recommend: a random design, 1000.
int Cost()
{
    int trials = int.Parse(Option("--trials", "80"), CultureInfo.InvariantCulture);
    string algorithm = Option("--algorithm", "auto");
    double[] targets = [0.2, 0.05, 0.02, 0.01];
    Console.WriteLine($"{algorithm}, {trials} trials, {seeds.Length} seeds: median seconds to a loss (–: not reached), and median loss after all trials\n");
    Console.WriteLine($"| best configuration | costAware | {string.Join(" | ", targets.Select(t => $"to {t}"))} | seconds in all | loss at half of them | loss at the end |");
    Console.WriteLine($"|---|---|{string.Concat(Enumerable.Repeat("---|", targets.Length + 3))}");
    foreach (string kind in CostSweep.Kinds)
    {
        List<(double Seconds, double Loss)>[][] both = [.. new[] { false, true }.Select(aware => seeds.Select(s => new CostSweep(kind, algorithm, aware, trials, s).Run()).ToArray())];
        // Half the time of the search that does not know of it is the yardstick for both.
        double half = Median([.. both[0].Select(h => h[^1].Seconds)]) / 2;
        for (int aware = 0; aware < 2; aware++)
        {
            string To(double target) => Median([.. both[aware].Select(h => h.Where(p => p.Loss <= target).Select(p => p.Seconds).DefaultIfEmpty(double.PositiveInfinity).First())]) is var m && double.IsInfinity(m) ? "–" : m.ToString("0");
            Console.WriteLine($"| {kind} | {(aware == 1 ? "yes" : "no")} | {string.Join(" | ", targets.Select(To))} | {Median([.. both[aware].Select(h => h[^1].Seconds)]):0} | {Median([.. both[aware].Select(h => h.Where(p => p.Seconds <= half).Select(p => p.Loss).DefaultIfEmpty(double.PositiveInfinity).Last())]):0.####} | {Median([.. both[aware].Select(h => h[^1].Loss)]):0.######} |");
        }
    }

    return 0;
}

static double At(List<(int Units, double Regret)> history, int units) => history.LastOrDefault(h => h.Units <= units, (0, 1000)).Regret;

// The units after which the recommended trial was first so good.
static double Needed(List<(int Units, double Regret)> history, double target) =>
    history.FirstOrDefault(h => h.Regret <= target, (-1, 0)) is var (units, _) && units >= 0 ? units : double.PositiveInfinity;

static double Median(double[] values)
{
    double[] sorted = [.. values.Order()];
    double low = sorted[(sorted.Length - 1) / 2], high = sorted[sorted.Length / 2];
    return double.IsInfinity(high) ? high : (low + high) / 2;
}
