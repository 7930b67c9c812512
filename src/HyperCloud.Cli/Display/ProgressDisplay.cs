using System.Globalization;
using HyperCloud.Sweeps;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HyperCloud.Cli.Display;

/// <summary>
/// Shows a sweep while it goes on, on standard error: a live panel on a terminal, and else a plain line at each thing worth a line.
/// </summary>
internal sealed class ProgressDisplay : IDisposable
{
    private static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(200);

    private readonly string _sweep;
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly SweepProgress _progress = new();
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly CancellationTokenSource _ended = new();
    private readonly Task? _live;
    private string? _where;

    public ProgressDisplay(string sweep)
    {
        _sweep = sweep;
        if (!Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb")) _live = Task.Run(Live);
    }

    /// <summary>Who runs the sweep, or why nobody does; shown on a terminal.</summary>
    public string? Where
    {
        set
        {
            lock (_lock) _where = value;
        }
    }

    /// <summary>Takes in what happened before anybody looked.</summary>
    public void CatchUp(SweepState known)
    {
        lock (_lock) _progress.CatchUp(known);
    }

    /// <summary>Shows an entry.</summary>
    /// <param name="state">The state after it.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="news">False: it happened before anybody looked, so that no line is written for it.</param>
    public void Show(SweepState state, LogEntry entry, bool news = true)
    {
        lock (_lock)
        {
            string? line = _progress.Fold(state, entry);
            if (line is null || !news) return;
            if (_live is null) Console.Error.WriteLine(line);
            else if (entry.Event is not SweepEvent.Ended) _lines.Enqueue(line);
        }
    }

    /// <summary>Says something now.</summary>
    public void Say(string line)
    {
        if (_live is null) Console.Error.WriteLine(line);
        else lock (_lock) _lines.Enqueue(line);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _live?.GetAwaiter().GetResult();
        _ended.Dispose();
    }

    private async Task Live()
    {
        await _console.Live(new Text("")).AutoClear(true).StartAsync(async context =>
        {
            while (true)
            {
                IRenderable frame;
                string[] lines;
                lock (_lock)
                {
                    lines = [.. _lines];
                    _lines.Clear();
                    frame = Frame();
                }

                // Padded, because the line takes the place of the panel's top and must cover it.
                int width = Math.Max(20, _console.Profile.Width - 1);
                foreach (string line in lines.SelectMany(l => Wrap(l, width))) _console.WriteLine(line.PadRight(width));
                context.UpdateTarget(frame);
                context.Refresh();
                if (_ended.IsCancellationRequested) return;
                // The pace of the picture, by the clock of whoever looks at it; nothing of the sweep waits for it.
                await Task.Delay(FrameTime, TimeProvider.System, _ended.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        });
    }

    private Panel Frame()
    {
        SweepProgress p = _progress;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        grid.AddRow(new Markup("[grey]stage[/]"), new Markup($"{p.Stage}  [green]{Bar(p.Done, p.Planned)}[/] {p.Done}/{p.Planned} {p.Unit}{Remaining(p)}"));
        grid.AddRow(new Markup("[grey]runs[/]"), new Markup(Markup.Escape($"{p.Running} under way, {p.Completed} completed, {p.Failed} failed, {p.Lost} lost{(p.Stopped > 0 ? $", {p.Stopped} stopped early" : "")}")));
        if (p.Rungs.Length > 0) grid.AddRow(new Markup("[grey]rungs[/]"), new Markup(Markup.Escape(p.Rungs)));
        if (p.Best is { } best) grid.AddRow(new Markup("[grey]best[/]"), new Markup(Markup.Escape($"{p.Metric} {ReportText.Number(best)} (trial {p.BestTrial}) in search: not yet its performance")));
        if (p.Sparkline.Length > 1) grid.AddRow(new Markup("[grey]so far[/]"), new Markup($"[blue]{p.Sparkline}[/]"));
        if (_where is { } where) grid.AddRow(new Markup("[grey]host[/]"), new Markup(Markup.Escape(where)));
        EndedRun[] recent = [.. p.Recent];
        if (recent.Length > 0) grid.AddRow(new Markup("[grey]last[/]"), Last(recent));
        return new Panel(grid) { Header = new PanelHeader($" {Markup.Escape(_sweep)} "), Border = BoxBorder.Rounded, Expand = false };
    }

    /// <summary>Cuts a line at spaces into pieces of at most this many characters.</summary>
    private static IEnumerable<string> Wrap(string line, int width)
    {
        while (line.Length > width)
        {
            int at = line.LastIndexOf(' ', width);
            // The indentation of a piece is no place to cut it at.
            if (at <= 2) at = width;
            yield return line[..at];
            line = "  " + line[at..].TrimStart();
        }

        yield return line;
    }

    private static Table Last(EndedRun[] runs)
    {
        Table table = new Table().NoBorder().HideHeaders().AddColumns(new TableColumn("").NoWrap(), new TableColumn("").NoWrap(), new TableColumn("").RightAligned().NoWrap(), new TableColumn("").RightAligned().NoWrap());
        table.Columns[0].PadLeft(0);
        foreach (EndedRun run in runs)
        {
            string color = run.State switch { "completed" => "green", "stopped" or "paused" => "yellow", _ => "red" };
            string step = run.Step is { } s ? string.Create(CultureInfo.InvariantCulture, $" at {s:G6}") : "";
            table.AddRow(new Markup(Markup.Escape(run.Run)), new Markup($"[{color}]{Markup.Escape(run.State + (run.State is "stopped" or "paused" ? step : ""))}[/]"),
                new Markup(Markup.Escape(run.Value)), new Markup(string.Create(CultureInfo.InvariantCulture, $"[grey]{run.Seconds:0.0} s[/]")));
        }

        return table;
    }

    private static string Bar(int done, int planned)
    {
        const int width = 24;
        int full = planned == 0 ? 0 : Math.Clamp(done * width / planned, 0, width);
        return new string('━', full) + "[/][grey]" + new string('─', width - full);
    }

    private static string Remaining(SweepProgress p) => p.RemainingSeconds is { } s
        ? string.Create(CultureInfo.InvariantCulture, $"  [grey]about {(s >= 90 ? $"{s / 60:0} min" : $"{s:0} s")} left[/]")
        : "";
}
