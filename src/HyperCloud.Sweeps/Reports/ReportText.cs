using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace HyperCloud.Sweeps;

/// <summary>Writes reports for people: plain text for terminals, Markdown for notebooks and pull requests. The same words in both.</summary>
public static partial class ReportText
{
    private const int ProfileRows = 8;

    /// <summary>The report as JSON.</summary>
    public static string ToJson(SweepReport report) => JsonSerializer.Serialize(report, ReportJson.Default.SweepReport) + "\n";

    /// <summary>The report as plain text, at most about 100 columns wide.</summary>
    public static string ToText(SweepReport report) => Write(report, new PlainForm());

    /// <summary>The report as Markdown.</summary>
    public static string ToMarkdown(SweepReport report) => Write(report, new MarkdownForm());

    /// <summary>A number for people: five significant digits.</summary>
    public static string Number(double? value) => value is { } v
        ? v == 0 || (Math.Abs(v) >= 1e-4 && Math.Abs(v) < 1e6) ? Trim(v) : v.ToString("0.####e0", CultureInfo.InvariantCulture)
        : "–";

    /// <summary>A number where there is little room: three significant digits.</summary>
    public static string Short(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);

    private static string Trim(double v)
    {
        int digits = v == 0 ? 0 : Math.Clamp(4 - (int)Math.Floor(Math.Log10(Math.Abs(v))), 0, 8);
        return v.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static string Write(SweepReport r, Form form)
    {
        form.Title($"{r.Name} · {Status(r)}{(r.Provisional ? " · PROVISIONAL" : "")}");
        form.Line($"sweep {r.Sweep}: {Goal(r)}, judged by {(r.Objectives is null ? "its" : "their")} {r.Statistic}; {Plural(r.Trials, "trial")}, {r.ActiveSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s");
        if (r.Provisional) form.Line("The sweep is not over: everything below may still change.");

        if (r.Champion is { } champion)
        {
            form.Heading("Answer");
            form.Line(Headline(r, champion));
            if (r.Gain is { } gain) form.Line(Sentence(gain.Verdict));
            if (r.Gain?.Probability is { } chance) form.Line(Probability(r, chance, "the default configuration"));
            foreach (ReportComparison c in r.Comparisons)
                form.Line($"Against trial {c.Trial.ToString(CultureInfo.InvariantCulture)}: {c.Gain.Verdict}. {(c.Gain.Probability is { } q ? Probability(r, q, "it") : "")}".TrimEnd());
            if (r.Optimism is { } o) form.Line(Optimism(r, o));
            form.Line("");
            form.Line($"champion, trial {champion.Number}:");
            foreach (JsonProperty p in champion.Params.EnumerateObject()) form.Item($"{p.Name} = {p.Value.GetRawText().Trim('"')}");
        }
        else if (r.Front is { Chosen: true } front)
        {
            WriteFront(r, front, form);
        }
        else if (!r.Provisional)
        {
            form.Heading("No answer");
            form.Line(r.Reasons.Length > 0 ? Sentence(r.Reasons[^1].Reason) : "The sweep has no answer.");
        }

        if (r.Tunability is { } tuned) Tunability(r, tuned, form);
        if (r.Objectives is null) Tables(r, form);
        else FrontTables(r, form);
        Tasks(r, form);
        Anatomy(r, form);

        if (r.Nights.Length > 0)
        {
            form.Heading("Again, by schedule");
            form.Table(["due (UTC)", "seeds", "value (runs)", $"{Level(r)} interval", "failed / no result", "verdict"], [.. r.Nights.Select(n => new[]
            {
                n.Due.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + (n.Missed > 0 ? $" ({n.Missed.ToString(CultureInfo.InvariantCulture)} missed before)" : ""),
                string.Create(CultureInfo.InvariantCulture, $"{n.From} … {n.From + n.Seeds - 1}"),
                Cell(n.Performance?.Pool), Interval(n.Performance?.Interval),
                n.Performance is { } p ? $"{p.Pool.Failed} / {p.Pool.Incomplete}" : "–",
                n.Verdict is { } v ? v.ToString().ToLowerInvariant() + (n.Changed.Length > 0 ? " (changed)" : "") : "–",
            })]);
            ReportNight newest = r.Nights[^1];
            if (newest.Reason is { } said) form.Line(Sentence(said));
            if (newest.Neighbours.Length > 0)
            {
                form.Line("");
                form.Line($"Trials near the champion on the seeds of the newest night. They are not candidates: evaluation seeds choose nobody.");
                form.Table(["trial", "value (runs)", "worse than the champion by"], [.. newest.Neighbours.Select(b => new[]
                {
                    b.Trial.ToString(CultureInfo.InvariantCulture), $"{Number(b.Value)} ({b.Completed}{(b.Failed > 0 ? $", {b.Failed} failed" : "")})", Number(b.Loss),
                })]);
            }
        }

        form.Heading("What the interval covers");
        foreach (string line in r.Coverage) form.Item(line);
        if (r.Warnings.Length > 0)
        {
            form.Heading("Warnings");
            foreach (string warning in r.Warnings) form.Item(Sentence(warning));
        }

        form.Heading("Declared plan");
        form.Line($"{r.Plan.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC: {r.Plan.Declared}.");
        foreach (Deviation d in r.Plan.Deviations) form.Item($"{d.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}: {d.What}");
        if (r.Plan.Deviations.Length == 0) form.Item("no deviation from it is in the record");

        form.Heading("Record");
        form.Item($"runs: {r.Runs.Completed} completed, {r.Runs.Failed} failed, {r.Runs.Stopped} stopped, {r.Runs.Incomplete} without a result; attempts lost {r.Runs.LostAttempts}, pre-empted {r.Runs.PreemptedAttempts}");
        if (r.Cost is { } cost) form.Item(Cost(cost));
        form.Item($"seeds (sweep seed {r.SweepSeed.ToString(CultureInfo.InvariantCulture)}): {string.Join("; ", r.SeedsUsed)}");
        foreach (ReportReason reason in r.Reasons) form.Item($"{reason.What} [{reason.Code}]: {reason.Reason}");
        form.Item($"head digest {r.HeadDigest}");
        return form.ToString();
    }

    private static void Tables(SweepReport r, Form form)
    {
        if (r.Candidates.Length == 0) return;
        form.Heading(r.Champion is null ? "Best of search so far" : "Candidates");
        form.Line($"Search scores led the search and selection scores the choice: both look too good for whoever was chosen by them. Only evaluation is performance.");
        List<string[]> rows = [];
        foreach (ReportTrial t in Rows(r))
        {
            string mark = t.Number == r.Champion?.Number ? " champion" : "";
            if (t.Number == r.Default?.Number) mark += mark.Length > 0 ? ", default" : " default";
            rows.Add([$"{t.Number}{mark}", Cell(t.Search), Cell(t.Selection) + Left(t.LeftRace), Cell(t.Evaluation?.Pool), Interval(t.Evaluation?.Interval)]);
        }

        form.Table(["trial", "search (runs)", "selection (runs)", "EVALUATION (runs)", $"{Level(r)} interval"], rows);
        if (r.Candidates.Any(t => t.LeftRace is not null))
            form.Line("Who left the race ran on its first seeds only: such a selection score does not compare with those over more seeds. On the seeds they shared, others were better.");
        if (r.Champion?.Evaluation is null && r.Default?.Evaluation is null) return;
        List<string[]> detail = [];
        foreach (ReportTrial t in new[] { r.Champion, r.Default }.OfType<ReportTrial>().DistinctBy(t => t.Number))
        {
            if (t.Evaluation is not { } e) continue;
            detail.Add([
                t.Number == r.Champion?.Number ? "champion" : "default", Number(e.Pool.StandardDeviation),
                e.WorstSeed is { } seed ? $"{Number(e.WorstValue)} (seed {seed.ToString(CultureInfo.InvariantCulture)})" : "–",
                $"{Percent(e.SuccessShare)} [{Percent(e.SuccessInterval.Low)}, {Percent(e.SuccessInterval.High)}]",
                $"{e.Pool.Failed} / {e.Pool.Incomplete}",
            ]);
        }

        form.Table(["evaluation", "sd over seeds", "worst seed", "success share", "failed / no result"], detail);
        if (r.Champion?.Evaluation?.Interval is { } interval) form.Line($"Interval: {interval.WhyNone ?? interval.Method}.");
    }

    private static void Tunability(SweepReport r, ImmutableArray<ReportTuned> tuned, Form form)
    {
        form.Heading("What tuning is worth");
        form.Line($"Each row: the best that was found with these parameters tuned and all others at their defaults, chosen on selection seeds; then run again beside the default on evaluation seeds. A longer search may find more. Each interval holds for its row alone.");
        form.Table(["tuned", "gain", $"{Level(r)} interval", "pairs", "beyond one alone", "verdict"], [.. tuned.Select(t => new[]
        {
            string.Join(" + ", t.Parameters) + (t.ActiveShare < 1 ? $" (active in {Percent(t.ActiveShare)})" : ""), Number(t.Gain?.Value), Interval(t.Gain?.Interval),
            t.Gain is { } g ? g.Pairs.ToString(CultureInfo.InvariantCulture) : "–", t.Beyond is { } b ? $"{Number(b.Value)} {Interval(b.Interval)}" : "–",
            t.Verdict switch { TunabilityVerdict.EffectShown => t.Gain?.Value < 0 ? "worse" : "effect shown", TunabilityVerdict.NoEffectShown => "no effect shown", _ => t.Gain is null ? "not measured" : "unsure" },
        })]);
        if (tuned.Select(t => t.Margin).OfType<double>().DefaultIfEmpty().Max() is > 0 and var margin)
            form.Line($"\"No effect shown\" says that the interval lies within ±{Number(margin)}, the margin; \"unsure\" that more evaluation seeds are needed to tell.");
    }

    private static void Tasks(SweepReport r, Form form)
    {
        if (r.Tasks.Length == 0 || r.Champion?.Evaluation is not { } ours) return;
        ReportPerformance? theirs = r.Default is { } d && d.Number != r.Champion.Number ? d.Evaluation : null;
        form.Heading("Task by task");
        string[] more = theirs is null ? [] : ["default (runs)"];
        form.Table(["task", "champion (runs)", $"{Level(r)} interval", $"mean {r.EvaluationMetric}", "failed / no result", .. more], [.. ours.Tasks.Select((t, i) => new[]
        {
            t.Name, Value(t), Interval(t.Interval), Number(t.Raw), $"{t.Failed} / {t.Incomplete}",
        }.Concat(theirs is null ? [] : [Value(theirs.Tasks[i])]).ToArray())]);
        if (ours.Profile.Length == 0) return;
        form.Line($"Performance profile: which share of the runs on all tasks is at least as good as a value, with its pointwise {Level(r)} interval. Failed runs reach none.");
        int step = Math.Max(1, (ours.Profile.Length + ProfileRows - 2) / (ProfileRows - 1));
        form.Table(["value", "champion", "", "", .. theirs is null ? Array.Empty<string>() : ["default", ""]], [.. Enumerable.Range(0, ours.Profile.Length).Where(i => i % step == 0 || i == ours.Profile.Length - 1).Select(i =>
        {
            Statistics.ProfilePoint p = ours.Profile[i];
            return new[] { Number(p.Threshold), Percent(p.Share), new string('█', (int)Math.Round(p.Share * 20)).PadRight(20, '·'), Band(p) }
                .Concat(theirs is { Profile.Length: > 0 } ? [Percent(theirs.Profile[i].Share), Band(theirs.Profile[i])] : theirs is null ? [] : ["–", "–"]).ToArray();
        })]);

        static string Value(ReportTask t) => $"{Number(t.Value)} ({t.Completed.ToString(CultureInfo.InvariantCulture)})";

        static string Band(Statistics.ProfilePoint p) => $"[{Percent(p.Low)}, {Percent(p.High)}]";
    }

    private static void Anatomy(SweepReport r, Form form)
    {
        if (r.Anatomy is not { } a) return;
        form.Heading(r.Objectives is { Length: > 0 } several ? $"Where the spread of {several[0].Metric} comes from" : "Where the spread comes from");
        if (a.WhyNone is { } none)
        {
            form.Line(Sentence(none));
            return;
        }

        form.Line(Sentence(a.Says!));
        form.Table(["source", "sd", $"{Level(r)} interval", "share of variance"], [.. a.Parts.Select(p => new[] { p.Source, Number(p.Deviation), p.Low is null ? "–" : $"[{Number(p.Low)}, {Number(p.High)}]", Percent(p.Share) })]);
        form.Line($"Next: {a.Advice}.");
        form.Line($"Power: {a.Power}.");
    }

    private static string Probability(SweepReport r, ReportProbability p, string other)
    {
        string interval = p.Interval.Low is null ? $"no interval: {p.Interval.WhyNone}" : $"{Level(r)} interval [{Percent(p.Interval.Low)}, {Percent(p.Interval.High)}]";
        return p.Value is null ? Sentence(p.Interval.WhyNone!)
            : $"One run of the champion is better than one of {other} with probability {Percent(p.Value)} ({interval}); on the same seed in {Percent(p.PairedShare)} of the runs.";
    }

    private static IEnumerable<ReportTrial> Rows(SweepReport r) =>
        r.Default is { } d && r.Candidates.All(c => c.Number != d.Number) ? r.Candidates.Append(d) : r.Candidates;

    private static string Headline(SweepReport r, ReportTrial champion)
    {
        if (champion.Evaluation is not { Pool.Value: { } value } e)
            return champion.Evaluation?.Pool is { Completed: > 0, Note: { } note } ? Sentence(note)
                : r.Provisional ? $"Trial {champion.Number} was chosen; its performance has not been measured yet." : $"Trial {champion.Number} was chosen, but nothing can be said of its performance.";
        string interval = e.Interval.Low is null ? $"no interval: {e.Interval.WhyNone}" : $"{Level(r)} interval [{Number(e.Interval.Low)}, {Number(e.Interval.High)}]";
        string failures = e.Pool.Failed > 0 ? $" where it completed, which is {Percent(e.SuccessShare)} of its runs" : "";
        return $"{r.EvaluationMetric} {Number(value)}{failures}, {interval}, over {(r.Tasks.Length > 0 ? $"{e.Pool.Completed.ToString(CultureInfo.InvariantCulture)} evaluation runs on {Plural(r.Tasks.Length, "task")}, on seeds" : Plural(e.Pool.Completed, "evaluation seed"))} that search and selection never used.";
    }

    private static string Cost(ReportCost c)
    {
        (string What, decimal Amount)[] lines = [("compute", c.Compute), ("executions", c.Executions), ("containers", c.Containers), ("storage", c.Storage), ("logs", c.Logs)];
        string limit = c.Limit is { } most ? $" of limits.cost {Budget.Amount(most, c.Currency)}" : "";
        return $"cost: about {Budget.Amount(c.Total, c.Currency)}{limit} ({string.Join(", ", lines.Where(l => l.Amount > 0).Select(l => $"{l.What} {Budget.Amount(l.Amount, c.Currency)}"))}), by prices of {c.Prices}; free grants not counted";
    }

    private static string Optimism(SweepReport r, ReportOptimism o)
    {
        string size = o.InDeviations is { } d ? $" ({Math.Abs(d).ToString("0.0", CultureInfo.InvariantCulture)} sd)" : "";
        return o.Difference > 0
            ? $"Search had shown {Number(o.Search)} for it: too good by {Number(o.Difference)}{size}."
            : $"Search had shown {Number(o.Search)} for it: this time not too good (worse by {Number(-o.Difference)}{size}).";
    }

    private static string Cell(ReportPool? pool) => pool is null ? "–"
        : $"{Number(pool.Value)} ({pool.Completed}{(pool.Failed > 0 ? $", {pool.Failed} failed" : "")}{(pool.Incomplete > 0 ? $", {pool.Incomplete} missing" : "")})";

    private static string Left(ReportExit? exit) => exit is null ? "" : exit.Shown ? $" worse, after {exit.Seeds}" : $" set aside after {exit.Seeds}";

    private static string Interval(ReportInterval? i) => i?.Low is null ? "–" : $"[{Number(i.Low)}, {Number(i.High)}]";

    private static string Level(SweepReport r) => Percent(r.Champion?.Evaluation?.Interval.Level ?? r.Default?.Evaluation?.Interval.Level ?? 0.95);

    private static string Percent(double? share) => share is { } s ? (s * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %" : "–";

    private static string Goal(SweepReport r) => r.Objectives is { } several
        ? string.Join(", ", several.Select(o => $"{(o.Goal == Core.Goal.Minimize ? "minimize" : "maximize")} {o.Metric}")) : $"{(r.Goal == Core.Goal.Minimize ? "minimize" : "maximize")} {r.Metric}";

    private static string Status(SweepReport r) => r.Status.ToString().ToLowerInvariant();

    private static string Plural(int n, string noun) => n == 1 ? $"1 {noun}" : $"{n.ToString(CultureInfo.InvariantCulture)} {noun}s";

    private static string Sentence(string s) => s.Length == 0 ? s : char.ToUpperInvariant(s[0]) + s[1..] + (s.EndsWith('.') ? "" : ".");

    private abstract class Form
    {
        protected StringBuilder Text { get; } = new();

        public abstract void Title(string title);

        public abstract void Heading(string heading);

        public abstract void Item(string item);

        public abstract void Table(string[] header, List<string[]> rows);

        public abstract void Line(string line);

        public override string ToString() => Text.ToString();
    }

    private sealed class PlainForm : Form
    {
        private const int Width = 100;

        public override void Title(string title) => Text.Append(title).Append('\n').Append('═', title.Length).Append('\n');

        public override void Heading(string heading) => Text.Append('\n').Append(heading).Append('\n').Append('─', heading.Length).Append('\n');

        public override void Item(string item) => Wrap(item, "  ", "    ");

        public override void Line(string line) => Wrap(line, "", "");

        public override void Table(string[] header, List<string[]> rows)
        {
            int[] widths = [.. header.Select((h, i) => rows.Select(row => row[i].Length).Append(h.Length).Max())];
            Text.Append('\n');
            foreach (string[] row in rows.Prepend(header))
                Text.Append("  ").Append(string.Join("   ", row.Select((c, i) => i == 0 ? c.PadRight(widths[i]) : c.PadLeft(widths[i]))).TrimEnd()).Append('\n');
            Text.Append('\n');
        }

        private void Wrap(string text, string first, string next)
        {
            string indent = first;
            var line = new StringBuilder();
            foreach (string word in text.Split(' '))
            {
                if (line.Length > 0 && indent.Length + line.Length + 1 + word.Length > Width)
                {
                    Text.Append(indent).Append(line).Append('\n');
                    line.Clear();
                    indent = next;
                }

                if (line.Length > 0) line.Append(' ');
                line.Append(word);
            }

            Text.Append(indent).Append(line).Append('\n');
        }
    }

    private sealed class MarkdownForm : Form
    {
        public override void Title(string title) => Text.Append("# ").Append(title).Append("\n\n");

        public override void Heading(string heading) => Text.Append("\n## ").Append(heading).Append("\n\n");

        public override void Item(string item) => Text.Append("- ").Append(item).Append('\n');

        public override void Line(string line) => Text.Append(line).Append("\n\n");

        public override void Table(string[] header, List<string[]> rows)
        {
            Text.Append("\n| ").AppendJoin(" | ", header).Append(" |\n|").AppendJoin("|", header.Select((_, i) => i == 0 ? "---" : "---:")).Append("|\n");
            foreach (string[] row in rows) Text.Append("| ").AppendJoin(" | ", row.Select(c => c.Replace("|", "\\|"))).Append(" |\n");
            Text.Append('\n');
        }
    }
}
