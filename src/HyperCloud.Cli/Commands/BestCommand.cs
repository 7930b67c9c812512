using System.CommandLine;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Core;
using HyperCloud.Search;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud best ID --as args|env|json</c>: the champion's configuration, or the front's, ready to be used.</summary>
internal static class BestCommand
{
    private static readonly Argument<string> Sweep = Common.Sweep();

    private static readonly Option<string?> As = new Option<string?>("--as") { Description = "args: --name=value …; env: HYPERCLOUD_PARAM_NAME=value lines; json: an object." }
        .AcceptOnlyFromAmong("args", "env", "json");

    private static readonly Option<int?> Trial = new("--trial") { Description = "With several objectives: which trial of the front." };

    public static Command Create()
    {
        var command = new Command("best", "Print the champion's configuration, or the front's (before the end: what would be chosen now, said so).") { Sweep, As, Trial }.AtServer();
        command.SetAction(Invoke);
        return command;
    }

    private static async Task<int> Invoke(ParseResult parsed, CancellationToken cancellation)
    {
        await using ISweepSource source = parsed.OpenSource();
        SweepSummary sweep = await source.Find(parsed.GetValue(Sweep), cancellation);
        SweepState state = await source.State(sweep, cancellation);
        string? form = parsed.GetValue(As) ?? (parsed.IsJson() ? "json" : null);
        int trial;
        if (state.Spec.HasFront)
        {
            IReadOnlyList<int> front = await Front(state, sweep.Id);
            if (parsed.GetValue(Trial) is { } wanted)
            {
                if (!front.Contains(wanted)) throw new CliException(ExitCodes.BadInput, $"trial {wanted} is not on the front of sweep {sweep.Id}, which has {string.Join(", ", front)}");
                trial = wanted;
            }
            else if (form is "args" or "env" && front.Count > 1)
            {
                throw new CliException(ExitCodes.BadInput, $"sweep {sweep.Id} has several objectives and a front of {front.Count}: choose one of it with --trial ({string.Join(", ", front)})");
            }
            else if (form is null or "json")
            {
                PrintFront(state, sweep.Id, front, form is not null);
                return ExitCodes.Ok;
            }
            else
            {
                trial = front[0];
            }
        }
        else if (parsed.GetValue(Trial) is not null)
        {
            throw new CliException(ExitCodes.BadInput, "--trial chooses from a front, and this sweep has one objective: its best is the champion ('hypercloud show TRIAL' shows another)");
        }
        else if (state.Champion is { } champion)
        {
            trial = champion.Trial;
        }
        else
        {
            (IReadOnlyList<int> candidates, string reason) = StageDecisions.Candidates(state, StageDecisions.SearchOf(state.Spec));
            if (candidates.Count == 0) throw new CliException(ExitCodes.NoAnswer, $"sweep {sweep.Id} has no completed trial yet");
            trial = candidates[0];
            await Console.Error.WriteLineAsync($"provisional: no champion has been chosen yet; search would recommend trial {trial} ({reason})");
        }

        Assignment best = state.Trials[trial].Assignment;
        switch (form)
        {
            case "args":
                Console.WriteLine(string.Join(" ", best.Active().Select(p => ShellQuote($"--{p.Key}={p.Value}"))));
                break;
            case "env":
                foreach ((string name, ParameterValue value) in best.Active())
                    Console.WriteLine($"HYPERCLOUD_PARAM_{name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')}={ShellQuote(value.ToString())}");
                break;
            case "json":
                Console.WriteLine(best.ToJson());
                break;
            default:
                Console.WriteLine($"trial {trial} of {sweep.Id}");
                foreach ((string name, ParameterValue value) in best.Active()) Console.WriteLine($"  {name} = {value}");
                break;
        }

        return ExitCodes.Ok;
    }

    private static async Task<IReadOnlyList<int>> Front(SweepState state, string sweep)
    {
        if (state.Front is { } chosen) return chosen.Trials;
        (IReadOnlyList<int> front, _, string reason) = StageDecisions.Ranked(state, SearchAlgorithms.Create(state.Spec.Search.Algorithm));
        if (front.Count == 0) throw new CliException(ExitCodes.NoAnswer, $"sweep {sweep} has no completed trial yet");
        await Console.Error.WriteLineAsync($"provisional: no front has been chosen yet; search would recommend {front.Count} trials ({reason})");
        return front;
    }

    // The front with what each member is known to reach: on evaluation seeds where it has run on them, else in search, said so.
    private static void PrintFront(SweepState state, string sweep, IReadOnlyList<int> front, bool json)
    {
        SweepReport report = ReportBuilder.Build(state);
        (int Trial, bool Measured, double?[] Values)[] members = [.. front.Select(t =>
        {
            double[]? search = Objective.Values(state.Spec, state.Trials[t].SearchResults);
            ReportTrial? known = report.Front!.Trials.FirstOrDefault(m => m.Number == t);
            return known?.Evaluation?.Pool.Value is not null
                ? (t, true, known.Objectives!.Value.Select(o => o.Evaluation!.Pool.Value).ToArray())
                : (t, false, state.Spec.Objectives.Select((_, k) => search?[k]).ToArray());
        })];
        if (!json)
        {
            Console.WriteLine($"front of {sweep}: {front.Count} trials{(members.All(m => m.Measured) ? ", values on evaluation seeds" : ", values in search: not their performance")}");
            foreach ((int t, _, double?[] values) in members)
            {
                Console.WriteLine($"trial {t}: {string.Join(", ", values.Select((v, k) => $"{state.Spec.Objectives[k].Metric} {ReportText.Number(v)}"))}");
                foreach ((string name, ParameterValue value) in state.Trials[t].Assignment.Active()) Console.WriteLine($"  {name} = {value}");
            }

            return;
        }

        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteStartArray("front");
        foreach ((int t, bool measured, double?[] values) in members)
        {
            writer.WriteStartObject();
            writer.WriteNumber("trial", t);
            writer.WriteString("pool", measured ? "evaluation" : "search");
            writer.WriteStartObject("values");
            for (int k = 0; k < values.Length; k++)
                if (values[k] is { } v) writer.WriteNumber(state.Spec.Objectives[k].Metric, v);
            writer.WriteEndObject();
            writer.WritePropertyName("params");
            state.Trials[t].Assignment.WriteTo(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    private static string ShellQuote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_=./:,+@%".Contains(c)) ? text : $"'{text.Replace("'", "'\\''")}'";
}
