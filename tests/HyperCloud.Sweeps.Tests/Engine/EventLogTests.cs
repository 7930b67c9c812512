using System.Text.Json;
using HyperCloud.Search;
using HyperCloud.Storage;

namespace HyperCloud.Sweeps.Tests;

public sealed class EventLogTests
{
    private static readonly DateTimeOffset Now = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(4999, 2)] // the batch begins in the last row of a shard and ends in the next one's range
    [InlineData(4950, 100)]
    [InlineData(5000, 3)]
    [InlineData(4998, 2)]
    public async Task Batches_across_the_border_of_a_shard_are_read_back_whole_and_in_order(int first, int count)
    {
        var store = new MemoryStore();
        var log = new EventLog(store, "s");
        while (log.Head + 1 < first) await Append(log, (int)Math.Min(StoreLimits.BatchRows, first - log.Head - 1));
        await Append(log, count);
        await Append(log, 1);
        await Append(log, 50);
        var reader = new EventLog(store, "s");
        IReadOnlyList<LogEntry> entries = await reader.ReadNew(CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, first + count + 51).Select(i => (long)i), entries.Select(e => e.Seq));
        Assert.Equal(log.HeadDigest, reader.HeadDigest);
    }

    [Fact]
    public async Task A_writer_that_has_not_seen_the_newest_entry_is_refused_and_writes_nothing()
    {
        var store = new MemoryStore();
        EventLog a = new(store, "s"), b = new(store, "s");
        await Append(a, 2);
        Assert.Null(await b.TryAppend([new SweepEvent.ClockRead()], Now, 0, CancellationToken.None));
        Assert.Equal(2, (await b.ReadNew(CancellationToken.None)).Count);
        Assert.NotNull(await b.TryAppend([new SweepEvent.ClockRead()], Now, 0, CancellationToken.None));
        Assert.Null(await a.TryAppend([new SweepEvent.ClockRead(), new SweepEvent.ClockRead()], Now, 0, CancellationToken.None));
        Assert.Single(await a.ReadNew(CancellationToken.None));
    }

    [Fact]
    public async Task What_has_no_value_is_read_back_without_one()
    {
        var store = new MemoryStore();
        using var none = JsonDocument.Parse("{}");
        SweepEvent[] events =
        [
            new SweepEvent.Created
            {
                Sweep = "s", Identity = "i", Spec = none.RootElement, Parallel = 1, EvaluationFrom = 0, Holdout = "none", EngineVersion = 1, Product = "p", Inputs = [],
                Ancestry = new("e", "d", 3, [new(1, none.RootElement, ObservationState.Failed, 1), new(2, none.RootElement, ObservationState.Completed, 2, -1, 0.5, 3, [1, 2], [0])]),
            },
            new SweepEvent.ChampionChosen(0, [new(0, 1, 1, 0, 0, 0.5), new(1, null, 0, 2, 0)], "selection", "r"),
        ];
        Assert.NotNull(await new EventLog(store, "s").TryAppend(events, Now, 0, CancellationToken.None));
        IReadOnlyList<LogEntry> entries = await new EventLog(store, "s").ReadNew(CancellationToken.None);
        string Text(IEnumerable<SweepEvent> of) => JsonSerializer.Serialize(of.ToArray());
        Assert.Equal(Text(events), Text(entries.Select(e => e.Event)));
        Assert.Null(Assert.IsType<SweepEvent.ChampionChosen>(entries[1].Event).Standings[1].Value);
    }

    private static async Task Append(EventLog log, int count) =>
        Assert.NotNull(await log.TryAppend([.. Enumerable.Repeat<SweepEvent>(new SweepEvent.ClockRead(), count)], Now, 0, CancellationToken.None));
}
