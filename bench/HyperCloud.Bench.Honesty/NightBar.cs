using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Bench.Honesty;

/// <summary>Nights after nights: how often they cry wolf, and how soon they see a wolf.</summary>
internal static class NightBar
{
    private const int Seeds = 20, Nights = 100, Quiet = 200, Dropping = 1_000, Before = 8, Week = 7;
    private const double Margin = 0.25;

    private static readonly (string Name, Func<RandomStream, double> Draw)[] Noises =
    [
        ("normal", r => r.NextNormal()),
        ("lognormal(1), tail on the bad side", r => (Elementary.Exp(r.NextNormal()) - Elementary.Exp(0.5)) / Math.Sqrt((Math.E - 1) * Math.E)),
        ("normal, one run in twenty collapses", r => (0.3 * r.NextNormal() + (r.NextDouble() < 0.05 ? 5 : 0) - 0.25) / Math.Sqrt(0.09 + 25 * 0.05 * 0.95)),
        ("uniform", r => (r.NextDouble() - 0.5) * Math.Sqrt(12)),
    ];

    public static void Print()
    {
        Console.WriteLine($"{Seeds} seeds in the evaluation and each night, margin {Margin} sd, alarm at {NightComparison.Threshold}. Baseline and nights drawn anew for each sweep.");
        Console.WriteLine($"False alarms: {Quiet} sweeps of {Nights} nights without a change. Drops: {Dropping} sweeps a cell, the change begins after {Before} nights; found within {Week} nights, of those without an alarm before.");
        Console.WriteLine();
        Console.WriteLine("| noise | alarms per 100 nights | no change for 100 nights: `same` at the end | worse by 0.5 sd found | median nights | better by 0.5 sd found | worse by 0.25 sd | worse by 1 sd |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach ((string name, Func<RandomStream, double> draw) in Noises)
        {
            int alarms = 0, same = 0;
            for (int s = 0; s < Quiet; s++)
            {
                NightJudgement judgement = NightComparison.Judge(Draw(draw, (ulong)s, Nights, 0), Margin)!;
                alarms += judgement.Changes;
                if (judgement.Verdict == NightVerdict.Same) same++;
            }

            (double half, double median) = Found(draw, 0.5);
            Console.WriteLine($"| {name} | {alarms * 100.0 / (Quiet * Nights):F2} | {same * 100.0 / Quiet:F0} % | {half:P1} | {median:F0} | {Found(draw, -0.5).Share:P1} | {Found(draw, 0.25).Share:P1} | {Found(draw, 1).Share:P1} |");
        }
    }

    private static (double Share, double Median) Found(Func<RandomStream, double> draw, double drop)
    {
        int watched = 0;
        List<int> nights = [];
        for (int s = 0; s < Dropping; s++)
        {
            double[][] drawn = Draw(draw, 10_000UL + (ulong)s, Before + Week, drop);
            if (NightComparison.Judge(drawn[..(Before + 1)], Margin)!.Changes > 0) continue;
            watched++;
            for (int n = 1; n <= Week; n++)
            {
                if (NightComparison.Judge(drawn[..(Before + 1 + n)], Margin)! is not { Changes: > 0 } j || j.Verdict != (drop > 0 ? NightVerdict.Worse : NightVerdict.Better)) continue;
                nights.Add(n);
                break;
            }
        }

        nights.Sort();
        return ((double)nights.Count / watched, nights.Count == 0 ? double.NaN : nights[nights.Count / 2]);
    }

    // The evaluation, and so many nights; the losses rise by the drop after the nights before it.
    private static double[][] Draw(Func<RandomStream, double> draw, ulong key, int nights, double drop)
    {
        var random = new RandomStream(key, StreamPurpose.Run, index: 2);
        return [.. Enumerable.Range(0, nights + 1).Select(n => Enumerable.Range(0, Seeds).Select(_ => draw(random) + (n > Before ? drop : 0)).ToArray())];
    }
}
