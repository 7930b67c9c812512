using System.Globalization;
using System.Text;
using System.Text.Json;
using HyperCloud.Core;

namespace HyperCloud.Search.Tests;

/// <summary>Plays a sweep against an algorithm, and writes contexts and answers as text.</summary>
internal sealed class Sweeper(Space space, Func<Assignment, double> loss)
{
    public ulong Seed { get; init; } = 42;

    public int? Budget { get; init; }

    public bool Deterministic { get; init; }

    /// <summary>Trials in flight; the oldest but one ends first, so that results come out of order.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>Which trials fail.</summary>
    public Func<int, bool> Fails { get; init; } = _ => false;

    /// <summary>By how much a configuration breaks each constraint; null: there are none.</summary>
    public Func<Assignment, double[]>? Excess { get; init; }

    /// <summary>The losses of a configuration, when there are several objectives; the one loss is not asked then.</summary>
    public Func<Assignment, double[]>? Losses { get; init; }

    /// <summary>How many objectives <see cref="Losses"/> has.</summary>
    public int Objectives { get; init; } = 1;

    /// <summary>Trials of an earlier sweep, numbered below 0.</summary>
    public IReadOnlyList<Observation> Earlier { get; init; } = [];

    /// <summary>The contexts asked with, each with its answer.</summary>
    public List<(SearchContext Context, SuggestResult Result)> Asked { get; } = [];

    public List<Observation> Observations { get; } = [];

    public List<PendingTrial> Pending { get; } = [];

    public int Next { get; private set; }

    public SearchContext Context => new()
    {
        Space = space,
        Seed = Seed,
        FirstTrial = Next,
        Observations = [.. Earlier, .. Observations.OrderBy(o => o.Number)],
        Pending = [.. Pending.OrderBy(p => p.Number)],
        Budget = Budget,
        Parallel = Parallel,
        Deterministic = Deterministic,
        Objectives = Objectives,
    };

    /// <summary>Runs until so many trials are suggested or the algorithm ends; the sentence it ended with.</summary>
    public string? Run(ISearchAlgorithm algorithm, int trials)
    {
        while (Next < trials)
        {
            while (Pending.Count < Parallel && Next < trials)
            {
                SearchContext context = Context;
                SuggestResult result = algorithm.Suggest(context, 1);
                Asked.Add((context, result));
                if (result.Exhausted is { } end)
                {
                    while (Pending.Count > 0) Finish(0);
                    return end;
                }

                Pending.Add(new PendingTrial(Next++, Assert.Single(result.Suggestions).Assignment));
            }

            Finish(Math.Min(1, Pending.Count - 1));
        }

        while (Pending.Count > 0) Finish(0);
        return null;
    }

    private void Finish(int place)
    {
        PendingTrial trial = Pending[place];
        Pending.RemoveAt(place);
        double[]? losses = Losses?.Invoke(trial.Assignment);
        Observations.Add(Fails(trial.Number)
            ? new Observation(trial.Number, trial.Assignment, ObservationState.Failed, null)
            : losses is not null ? new Observation(trial.Number, trial.Assignment, ObservationState.Completed, losses[0], Excess: Excess?.Invoke(trial.Assignment), Losses: losses)
            : new Observation(trial.Number, trial.Assignment, ObservationState.Completed, loss(trial.Assignment), Excess: Excess?.Invoke(trial.Assignment)));
    }

    public static string Text(SuggestResult result) =>
        string.Join("\n", result.Suggestions.Select(s => s.Assignment.ToJson() + " " + s.Reason)) + "\n" + result.Exhausted;

    public static string Text(Recommendation recommendation) => string.Join(",", recommendation.Ranking) + " " + recommendation.Front + " " + recommendation.Reason;

    /// <summary>The same context as another process would read it from a record.</summary>
    public static SearchContext ThroughJson(SearchContext context)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (Observation o in context.Observations)
            {
                writer.WriteStartObject();
                writer.WriteNumber("number", o.Number);
                writer.WritePropertyName("assignment");
                o.Assignment.WriteTo(writer);
                writer.WriteString("state", o.State.ToString());
                if (o.Loss is { } loss) writer.WriteNumber("loss", loss);
                if (o.Losses is not null) writer.WriteString("losses", JsonSerializer.Serialize(o.Losses));
                if (o.Excess is not null) writer.WriteString("excess", JsonSerializer.Serialize(o.Excess));
                writer.WriteEndObject();
            }

            foreach (PendingTrial p in context.Pending)
            {
                writer.WriteStartObject();
                writer.WriteNumber("number", p.Number);
                writer.WritePropertyName("assignment");
                p.Assignment.WriteTo(writer);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        var space = new Space(context.Space.Parameters, context.Space.Forbidden);
        List<Observation> observations = [];
        List<PendingTrial> pending = [];
        foreach (JsonElement e in document.RootElement.EnumerateArray())
        {
            Assignment assignment = Assignment.FromJson(space, e.GetProperty("assignment"));
            int number = e.GetProperty("number").GetInt32();
            if (!e.TryGetProperty("state", out JsonElement state)) pending.Add(new PendingTrial(number, assignment));
            else observations.Add(new Observation(number, assignment, Enum.Parse<ObservationState>(state.GetString()!),
                e.TryGetProperty("loss", out JsonElement loss) ? double.Parse(loss.GetRawText(), CultureInfo.InvariantCulture) : null,
                Losses: e.TryGetProperty("losses", out JsonElement losses) ? JsonSerializer.Deserialize<double[]>(losses.GetString()!) : null,
                Excess: e.TryGetProperty("excess", out JsonElement excess) ? JsonSerializer.Deserialize<double[]>(excess.GetString()!) : null));
        }

        return context with { Space = space, Observations = observations, Pending = pending };
    }
}
