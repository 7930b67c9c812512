using System.CommandLine;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli;

/// <summary>Loads and prints reports.</summary>
internal static class Reporting
{
    public static async Task<SweepReport> Load(SweepHub hub, string id, CancellationToken cancellation) =>
        await hub.Session(id).Read(ReportBuilder.Build, cancellation);

    public static string Render(SweepReport report, string form) => form switch
    {
        "json" => ReportText.ToJson(report),
        "markdown" => ReportText.ToMarkdown(report),
        _ => ReportText.ToText(report),
    };

    public static int ExitCode(SweepReport report) => report.Status switch
    {
        SweepStatus.Finished => ExitCodes.Ok,
        SweepStatus.Paused or SweepStatus.Running => ExitCodes.Paused,
        _ => ExitCodes.NoAnswer,
    };

    /// <summary>What a user may want to type next.</summary>
    public static string WhereNext(SweepReport report, ParseResult parsed)
    {
        string store = parsed.StoreWords();
        return report.Provisional
            ? $"\nnext:  run the same command again to go on\n       hypercloud status {report.Sweep}{store}\n"
            : $"""

              next:  {(report.Front is { } front
                  ? $"hypercloud best {report.Sweep}{store} --trial {front.Trials[0].Number} --as args      one of the front as command-line arguments (or env, json)"
                  : $"hypercloud best {report.Sweep}{store} --as args      the champion as command-line arguments (or env, json)")}
                     hypercloud show {report.Champion?.Number ?? report.Front?.Trials[0].Number ?? 0} --sweep {report.Sweep}{store}      one trial with all its runs
                     hypercloud replay {report.Sweep}{store} --head {report.HeadDigest[..16]}      re-derive every decision
                     the same run command with --more 40 extends the sweep

              """;
    }
}
