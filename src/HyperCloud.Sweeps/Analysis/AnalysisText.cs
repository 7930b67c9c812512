using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>Writes analyses as JSON and for people.</summary>
public static class AnalysisText
{
    private const int BarLength = 16;

    /// <summary>Estimates of tunability that are shown; JSON has all.</summary>
    private const int MostEstimates = 20;

    /// <summary>The share of an interaction from which on its surface is shown.</summary>
    private const double LeastSurface = 0.02;

    /// <summary>The analysis as JSON.</summary>
    public static string ToJson(SweepAnalysis analysis) => JsonSerializer.Serialize(analysis, AnalysisJson.Default.SweepAnalysis) + "\n";

    /// <summary>The analysis as plain text, at most about 100 columns wide where names are short.</summary>
    public static string ToText(SweepAnalysis a)
    {
        var text = new StringBuilder();
        Line($"{a.Name} · which hyperparameters mattered{(a.Provisional ? " · PROVISIONAL" : "")}");
        Line($"sweep {a.Sweep}: {a.Metric} ({(a.Goal == Goal.Minimize ? "smaller" : "larger")} is better), {a.Trials.Used} of {a.Trials.Suggested} trials used");
        if (a.Parameters.Length > 0)
        {
            Effects($"Effect on {a.Metric}", a.MetricModel, p => p.Metric, best: true);
            Effects("Effect on run time", a.RunTimeModel, p => p.RunTime, best: false);
        }

        if (a.Pairs.Length > 0)
        {
            Heading($"Interactions in {a.Metric}, beyond both main effects (no verdict)");
            Table(["parameters", "share of variance", ""], [.. a.Pairs.Select(p => new[] { $"{p.First} × {p.Second}", Share(p.Fraction, p.Spread), Bar(p.Fraction) })]);
        }

        if (a.MetricModel.WhyNone is null)
        {
            AnalysisParameter[] shown = [.. a.Parameters.Where(p => p.Metric.Verdict == ImportanceVerdict.EffectShown && p.Curve.Length > 1).OrderByDescending(p => p.Metric.Fraction ?? 0)];
            Heading($"Predicted {a.Metric} along each parameter with an effect, others averaged (± standard deviation)");
            if (shown.Length == 0) Line("  none");
            else Table(["parameter", "from", "", "to", "best", "worst"], [.. shown.Select(Curve)]);
            foreach (AnalysisPair pair in a.Pairs.Where(p => p.Surface is not null && p.Fraction >= LeastSurface && shown.Any(s => s.Name == p.First || s.Name == p.Second)))
            {
                AnalysisSurface s = pair.Surface!;
                Heading($"Predicted {a.Metric} over {pair.First} (down) and {pair.Second} (across), others averaged");
                double most = s.Deviations.Max(r => r.Max());
                Table(["", .. s.Second.Select(Value)], [.. s.First.Select((v, i) => (string[])[Value(v), .. s.Means[i].Select(m => ReportText.Short(m))])]);
                Line($"  standard deviations up to {ReportText.Short(most)}");
            }
        }

        Heading(a.Tunability.RSquared is { } cross ? string.Create(CultureInfo.InvariantCulture, $"Tunability: predicted gain over the default configuration (exploratory; R² of either half of the trials on the other: {cross:0.00})") : "Tunability: predicted gain over the default configuration (exploratory)");
        if (a.Tunability.WhyNone is { } why) Line($"  none: {why}");
        else Table(["tuned, others at default", "gain", "active"], [.. a.Tunability.Estimates.Take(MostEstimates).Select(e => new[]
        {
            e.Parameters.Length > 2 ? $"all {e.Parameters.Length}" : string.Join(" + ", e.Parameters), $"{ReportText.Short(e.Gain)} ± {ReportText.Short(e.Spread)}", Percent(e.ActiveShare),
        })]);
        if (a.Parameters.Any(p => p.ChampionLoss is not null))
        {
            Heading($"How much worse the champion is predicted to get when one parameter moves by a tenth of its range, or to another value (exploratory)");
            Table(["parameter", "worse by"], [.. a.Parameters.Where(p => p.ChampionLoss is not null).OrderByDescending(p => p.ChampionLoss).Select(p => new[] { p.Name, ReportText.Short(p.ChampionLoss!.Value) })]);
        }

        Heading("Notes");
        foreach (string note in a.Notes) Line($"  - {note}");
        return text.ToString();

        string[] Curve(AnalysisParameter p)
        {
            AnalysisPoint[] sorted = [.. p.Curve.OrderBy(c => a.Goal == Goal.Minimize ? c.Mean : -c.Mean)];
            return [p.Name, Value(p.Curve[0].Value), Sparkline(p.Curve), Value(p.Curve[^1].Value), At(sorted[0]), At(sorted[^1])];
        }

        void Effects(string title, AnalysisModel model, Func<AnalysisParameter, AnalysisEffect> effect, bool best)
        {
            Heading(model.RSquared is { } r ? string.Create(CultureInfo.InvariantCulture, $"{title} ({(model.Kind == EffectModel.Forest ? "forest" : "Gaussian process")}, R² on trials left out: {r:0.00})") : title);
            if (model.WhyNone is { } none)
            {
                Line($"  none: {none}");
                return;
            }

            string[] head = ["parameter", "active", "share of variance", "", .. best ? [string.Create(CultureInfo.InvariantCulture, $"best {a.BestFraction:P0}")] : Array.Empty<string>(), "verdict"];
            Table(head, [.. a.Parameters.OrderByDescending(p => effect(p).Fraction ?? -1).Select(p =>
            {
                AnalysisEffect e = effect(p);
                string[] local = best ? [p.AmongBest is { } l ? Percent(l) : "–"] : [];
                return (string[])[p.Name, Percent(p.ActiveShare), Share(e.Fraction, e.Spread), Bar(e.Fraction), .. local, Verdict(e)];
            })]);
        }

        void Heading(string title) => text.Append('\n').Append(title).Append('\n');

        void Line(string line) => text.Append(line).Append('\n');

        void Table(string[] header, string[][] rows)
        {
            string[][] all = [header, .. rows];
            int[] widths = [.. header.Select((_, i) => all.Max(r => r[i].Length))];
            foreach (string[] row in all) Line("  " + string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
        }
    }

    private static string Verdict(AnalysisEffect e) => e.Verdict switch
    {
        ImportanceVerdict.EffectShown => string.Create(CultureInfo.InvariantCulture, $"effect shown (p {e.PValue:0.00})"),
        ImportanceVerdict.NoEffectShown => e.PValue is { } p ? string.Create(CultureInfo.InvariantCulture, $"no effect shown (p {p:0.00})") : "no effect shown",
        _ => "too few trials",
    };

    private static string At(AnalysisPoint c) => $"{ReportText.Number(c.Mean)} ± {ReportText.Number(c.Deviation)} at {Value(c.Value)}";

    /// <summary>The curve in blocks, the lowest for its least value.</summary>
    private static string Sparkline(ImmutableArray<AnalysisPoint> curve)
    {
        double least = curve.Min(c => c.Mean), range = curve.Max(c => c.Mean) - least;
        return string.Concat(curve.Select(c => "▁▂▃▄▅▆▇█"[range > 0 ? Math.Min(7, (int)(8 * (c.Mean - least) / range)) : 0]));
    }

    private static string Value(JsonElement value) => value.ValueKind == JsonValueKind.Number ? ReportText.Short(value.GetDouble()) : value.GetRawText().Trim('"');

    private static string Percent(double share) => share.ToString("0.#%", CultureInfo.InvariantCulture);

    private static string Share(double? fraction, double? spread) => fraction is { } f ? $"{Percent(f)}{(spread is { } s ? $" ± {Percent(s)}" : "")}" : "–";

    private static string Bar(double? fraction) => new('█', (int)Math.Round(BarLength * Math.Clamp(fraction ?? 0, 0, 1)));
}
