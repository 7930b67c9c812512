using System.Globalization;

namespace HyperCloud.Sweeps;

/// <summary>How a front reads.</summary>
public static partial class ReportText
{
    private static void WriteFront(SweepReport r, ReportFront front, Form form)
    {
        string[] metrics = [.. r.Objectives!.Value.Select(o => o.Metric)];
        form.Heading("Answer");
        form.Line(front.Trials.Length == 1
            ? $"A front of one: trial {front.Trials[0].Number} alone was left by selection, as no other candidate was better in anything."
            : $"A front of {front.Trials.Length} configurations, no single best: by selection each is better in something than every other.");
        if (front.Trials.Any(t => t.Evaluation is not null))
        {
            form.Line($"On evaluation seeds that search and selection never used ({Level(r)} intervals):");
            List<string> header = ["trial"];
            foreach (string metric in metrics) header.AddRange([metric, "interval"]);
            if (front.Trials.Any(t => t.Evaluation?.Pool.Failed > 0)) header.Add("failed");
            IEnumerable<ReportTrial> rows = r.Default is { Evaluation: not null } d && front.Trials.All(t => t.Number != d.Number) ? [.. front.Trials, d] : front.Trials;
            form.Table([.. header], [.. rows.Select(t =>
            {
                List<string> row = [t.Number == r.Default?.Number ? $"{t.Number} default" : t.Number.ToString(CultureInfo.InvariantCulture)];
                foreach (ReportTrialObjective o in t.Objectives!.Value) row.AddRange([Number(o.Evaluation?.Pool.Value), Interval(o.Evaluation?.Interval)]);
                if (header[^1] == "failed") row.Add((t.Evaluation?.Pool.Failed ?? 0).ToString(CultureInfo.InvariantCulture));
                return row.ToArray();
            })]);
            Compare(r, front, form);
        }
        else
        {
            form.Line("It has not been measured yet.");
        }

        form.Line("");
        foreach (ReportTrial t in front.Trials)
            form.Item($"trial {t.Number}: {string.Join(", ", t.Params.EnumerateObject().Select(p => $"{p.Name} = {p.Value.GetRawText().Trim('"')}"))}");
        Volume(r, front, form);
    }

    // What evaluation shows of differences, and what it does not.
    private static void Compare(SweepReport r, ReportFront front, Form form)
    {
        if (front.Trials.Length > 1)
            form.Line("Where the intervals of two of them overlap, evaluation has not shown which is better in that objective. "
                + (front.Dominated.IsEmpty ? "By the means none dominates another."
                : "By the means some are dominated after all; the front stays as selection chose it, for evaluation chooses nobody:"));
        foreach (ReportDominance d in front.Dominated) form.Item(Sentence(d.Reason));
        ReportTrial[] compared = [.. front.Trials.Where(t => t.Objectives!.Value.Any(o => o.Gain is not null))];
        if (compared.Length == 0) return;
        form.Line("");
        form.Line("Against the default configuration, seed by seed:");
        foreach (ReportTrial t in compared) form.Item($"trial {t.Number}: {string.Join("; ", t.Objectives!.Value.Select(Gain))}");

        static string Gain(ReportTrialObjective o)
        {
            if (o.Gain is not { Value: { } value } g) return $"{o.Metric}: not known";
            string size = $"{Number(Math.Abs(value))} {(g.Interval.Low is null ? "(no interval)" : $"[{Number(value >= 0 ? g.Interval.Low : -g.Interval.High)}, {Number(value >= 0 ? g.Interval.High : -g.Interval.Low)}]")}";
            return value == 0 ? $"{o.Metric} the same" : $"{o.Metric} {(value > 0 ? "better" : "worse")} by {size}{(g.Shown || g.Interval.High < 0 ? "" : ", not shown")}";
        }
    }

    private static void Volume(SweepReport r, ReportFront front, Form form)
    {
        if (front.Hypervolume is not { } volume) return;
        string at = string.Join(", ", r.Objectives!.Value.Select((o, k) => $"{o.Metric} {Number(volume.Reference[k])}"));
        form.Line("");
        form.Line($"Hypervolume of search {Number(volume.Search)} (by search scores, which look too good){(volume.Evaluation is { } e ? $", of the front on evaluation seeds {Number(e)}" : "")}; reference point {at}: {volume.Origin}.");
    }

    private static void FrontTables(SweepReport r, Form form)
    {
        if (r.Candidates.Length == 0) return;
        bool chosen = r.Front is { Chosen: true };
        form.Heading(chosen ? "Candidates" : "Front of search so far");
        form.Line("Search scores led the search and selection scores the choice: both look too good for whoever was chosen by them. Only evaluation is performance.");
        List<string> header = ["trial"];
        foreach (ReportObjective o in r.Objectives!.Value) header.Add($"{o.Metric}: search (runs)");
        if (chosen)
            foreach (ReportObjective o in r.Objectives!.Value) header.Add($"{o.Metric}: selection (runs)");
        HashSet<int> front = chosen ? [.. r.Front!.Trials.Select(t => t.Number)] : [];
        form.Table([.. header], [.. Rows(r).Select(t =>
        {
            string mark = (front.Contains(t.Number) ? " front" : "") + (t.Number == r.Default?.Number ? front.Contains(t.Number) ? ", default" : " default" : "");
            List<string> row = [$"{t.Number}{mark}", .. t.Objectives!.Value.Select(o => Cell(o.Search))];
            if (chosen) row.AddRange(t.Objectives!.Value.Select(o => Cell(o.Selection)));
            return row.ToArray();
        })]);
        if (!chosen && r.Front is { } sofar) Volume(r, sofar, form);
    }
}
