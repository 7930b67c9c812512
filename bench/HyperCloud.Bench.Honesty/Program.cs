// Whether what HyperCloud says is true, simulated with known truth. The figures of bench/reports/honesty.md.
//   dotnet run -c Release --project bench/HyperCloud.Bench.Honesty -- racing | coverage | selection | nights | importance | tasks | tunability
using System.Diagnostics;
using System.Globalization;
using HyperCloud.Bench.Honesty;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var verbs = new SortedDictionary<string, Action>(StringComparer.Ordinal)
{
    ["coverage"] = CoverageBar.Print,
    ["importance"] = ImportanceBar.Print,
    ["nights"] = NightBar.Print,
    ["racing"] = RacingBar.Print,
    ["selection"] = SelectionBar.Print,
    ["tasks"] = TasksBar.Print,
    ["tunability"] = TunabilityBar.Print,
};
if (args.Length != 1 || !verbs.TryGetValue(args[0], out Action? print))
{
    Console.Error.WriteLine($"say which bar: {string.Join(", ", verbs.Keys)}");
    return 2;
}

long begun = Stopwatch.GetTimestamp();
print();
Console.WriteLine();
Console.WriteLine($"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
return 0;
