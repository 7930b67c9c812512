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

    private readonly SweepHub _hub;
    private readonly string _sweep;
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly SweepProgress _progress = new();
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly CancellationTokenSource _ended = new();
    private readonly Task? _live;

    public ProgressDisplay(SweepHub hub, string sweep, SweepState known)
    {
        _progress.CatchUp(known);
        _hub = hub;
        _sweep = sweep;
        hub.Folded += OnFolded;
        if (!Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb")) _live = Task.Run(Live);
    }

    /// <summary>Says something now.</summary>
    public void Say(string line)
    {
        if (_live is null) Console.Error.WriteLine(line);
        else lock (_lock) _lines.Enqueue(line);
    }

    public void Dispose()
    {
        _hub.Folded -= OnFolded;
        _ended.Cancel();
        _live?.GetAwaiter().GetResult();
        _ended.Dispose();
    }

    private void OnFolded(string sweep, SweepState state, LogEntry entry)
    {
        if (sweep != _sweep) return;
        lock (_lock)
        {
            string? line = _progress.Fold(state, entry);
            if (line is not null && _live is null) Console.Error.WriteLine(line);
            else if (line is not null && entry.Event is not SweepEvent.Ended) _lines.Enqueue(line);
        }
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
                foreach (string line in lines) _console.WriteLine(line.PadRight(Math.Max(0, _console.Profile.Width - 1)));
                context.UpdateTarget(frame);
                context.Refresh();
                if (_ended.IsCancellationRequested) return;
                await Task.Delay(FrameTime, TimeProvider.System, _ended.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
        });
    }

    private Panel Frame()
    {
        SweepProgress p = _progress;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        grid.AddRow(new Markup("[grey]stage[/]"), new Markup($"{p.Stage}  [green]{Bar(p.Done, p.Planned)}[/] {p.Done}/{p.Planned} {p.Unit}{Remaining(p)}"));
        grid.AddRow(new Markup("[grey]runs[/]"), new Markup(Markup.Escape($"{p.Running} under way, {p.Completed} completed, {p.Failed} failed, {p.Lost} lost")));
        if (p.Best is { } best) grid.AddRow(new Markup("[grey]best[/]"), new Markup(Markup.Escape($"{p.Metric} {ReportText.Number(best)} (trial {p.BestTrial}) in search: not yet its performance")));
        if (p.Sparkline.Length > 1) grid.AddRow(new Markup("[grey]so far[/]"), new Markup($"[blue]{p.Sparkline}[/]"));
        if (p.LastTrial is { } last) grid.AddRow(new Markup("[grey]last[/]"), new Markup(Markup.Escape(last)));
        return new Panel(grid) { Header = new PanelHeader($" {Markup.Escape(_sweep)} "), Border = BoxBorder.Rounded, Expand = false };
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
