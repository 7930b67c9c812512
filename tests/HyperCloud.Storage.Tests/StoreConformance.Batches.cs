using System.Globalization;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>Batches: preconditions, atomicity, ETags.</summary>
public abstract partial class StoreConformance
{
    [Fact]
    public async Task An_insert_of_what_is_there_conflicts_and_changes_nothing()
    {
        BatchOutcome first = await Apply(new RowChange.Insert("k", "1"));
        BatchOutcome second = await Apply(new RowChange.Insert("k", "2"));
        Assert.False(second.Applied);
        Assert.Equal("k", second.Conflict);
        Assert.Empty(second.ETags);
        Assert.Equal(new StoredRow("p", "k", "1", first.ETags[0]), await Get("k"));
    }

    [Fact]
    public async Task A_replacement_needs_the_current_ETag()
    {
        string first = (await Apply(new RowChange.Insert("k", "1"))).ETags[0];
        string second = (await Apply(new RowChange.Replace("k", "2", first))).ETags[0];
        Assert.NotEqual(first, second);
        BatchOutcome stale = await Apply(new RowChange.Replace("k", "3", first));
        Assert.Equal((false, "k"), (stale.Applied, stale.Conflict));
        Assert.Equal(new StoredRow("p", "k", "2", second), await Get("k"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("99999999999999999999999")]
    [InlineData("-1")]
    public async Task An_ETag_that_was_never_given_out_conflicts(string etag)
    {
        await Apply(new RowChange.Insert("k", "1"));
        Assert.Equal("k", (await Apply(new RowChange.Replace("k", "2", etag))).Conflict);
        Assert.Equal("k", (await Apply(new RowChange.Delete("k", etag))).Conflict);
        Assert.Equal("1", (await Get("k"))!.Body);
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_replaced_or_deleted_by_ETag()
    {
        string etag = (await Apply(new RowChange.Insert("other", "1"))).ETags[0];
        Assert.Equal("k", (await Apply(new RowChange.Replace("k", "2", etag))).Conflict);
        Assert.Equal("k", (await Apply(new RowChange.Delete("k", etag))).Conflict);
        Assert.Null(await Get("k"));
    }

    [Fact]
    public async Task Put_adds_or_replaces()
    {
        string first = (await Apply(new RowChange.Put("k", "1"))).ETags[0];
        string second = (await Apply(new RowChange.Put("k", "2"))).ETags[0];
        Assert.NotEqual(first, second);
        Assert.Equal(new StoredRow("p", "k", "2", second), await Get("k"));
    }

    [Fact]
    public async Task A_write_of_the_same_body_changes_the_ETag()
    {
        string first = (await Apply(new RowChange.Insert("k", "1"))).ETags[0];
        string second = (await Apply(new RowChange.Replace("k", "1", first))).ETags[0];
        string third = (await Apply(new RowChange.Put("k", "1"))).ETags[0];
        Assert.Distinct([first, second, third]);
    }

    [Fact]
    public async Task Delete_by_ETag_and_without()
    {
        string first = (await Apply(new RowChange.Insert("k", "1"))).ETags[0];
        string second = (await Apply(new RowChange.Put("k", "2"))).ETags[0];
        Assert.Equal("k", (await Apply(new RowChange.Delete("k", first))).Conflict);
        BatchOutcome deleted = await Apply(new RowChange.Delete("k", second));
        Assert.True(deleted.Applied);
        Assert.Equal([""], deleted.ETags);
        Assert.Null(await Get("k"));
        Assert.True((await Apply(new RowChange.Delete("k", null))).Applied);
        await Apply(new RowChange.Put("k", "3"));
        Assert.True((await Apply(new RowChange.Delete("k", null))).Applied);
        Assert.Null(await Get("k"));
        Assert.Empty(await Query("p"));
    }

    [Fact]
    public async Task An_ETag_is_never_used_again_for_a_row()
    {
        HashSet<string> seen = [];
        for (int i = 0; i < 20; i++)
        {
            Assert.True(seen.Add((await Apply(new RowChange.Insert("k", "1"))).ETags[0]));
            Assert.True((await Apply(new RowChange.Delete("k", null))).Applied);
        }

        await Apply(new RowChange.Insert("k", "1"));
        foreach (string old in seen) Assert.Equal("k", (await Apply(new RowChange.Replace("k", "2", old))).Conflict);
    }

    [Fact]
    public async Task An_ETag_is_never_used_again_by_another_instance()
    {
        HashSet<string> seen = [];
        for (int i = 0; i < 5; i++)
        {
            IStore other = await Another();
            Assert.True(seen.Add((await Apply(other, Table, "p", new RowChange.Put("k", "1"))).ETags[0]));
            Assert.True(seen.Add((await Apply(new RowChange.Put("k", "1"))).ETags[0]));
        }
    }

    [Fact]
    public async Task A_batch_of_a_hundred_mixed_changes_is_applied_in_order()
    {
        string[] old = [.. Enumerable.Range(0, 75).Select(Name)];
        BatchOutcome before = await Apply([.. old.Select(k => new RowChange.Insert(k, "old"))]);
        RowChange[] changes =
        [
            .. Enumerable.Range(0, 25).Select(i => new RowChange.Replace(old[i], "replaced", before.ETags[i])),
            .. Enumerable.Range(25, 25).Select(i => new RowChange.Put(old[i], "put")),
            .. Enumerable.Range(50, 25).Select(i => new RowChange.Delete(old[i], i % 2 == 0 ? before.ETags[i] : null)),
            .. Enumerable.Range(75, 25).Select(i => new RowChange.Insert(Name(i), "new")),
        ];
        BatchOutcome outcome = await Apply(changes);
        Assert.True(outcome.Applied);
        Assert.Equal(StoreLimits.BatchRows, outcome.ETags.Count);
        IReadOnlyList<StoredRow> rows = await Query("p");
        Assert.Equal(75, rows.Count);
        foreach (StoredRow row in rows)
        {
            int i = Array.FindIndex(changes, c => c.Key == row.Key);
            Assert.Equal(outcome.ETags[i], row.ETag);
            Assert.Equal(i < 25 ? "replaced" : i < 50 ? "put" : "new", row.Body);
        }

        Assert.All(outcome.ETags.Skip(50).Take(25), tag => Assert.Equal("", tag));

        static string Name(int i) => i.ToString("D3", CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    [InlineData(99)]
    public async Task One_conflict_undoes_the_whole_batch_and_is_named(int at)
    {
        await Apply(new RowChange.Insert("there", "1"), new RowChange.Insert("doomed", "1"));
        RowChange[] changes =
        [
            new RowChange.Put("there", "2"), new RowChange.Delete("doomed", null), .. Enumerable.Range(2, 98).Select(i => new RowChange.Insert($"n{i}", "new")),
        ];
        changes[at] = new RowChange.Replace("absent", "x", (await Get("there"))!.ETag);
        BatchOutcome outcome = await Apply(changes);
        Assert.False(outcome.Applied);
        Assert.Equal("absent", outcome.Conflict);
        Assert.Empty(outcome.ETags);
        Assert.Equal([("doomed", "1"), ("there", "1")], (await Query("p")).Select(r => (r.Key, r.Body)));
    }

    [Fact]
    public async Task The_first_of_several_conflicts_is_named()
    {
        await Apply(new RowChange.Insert("a", "1"), new RowChange.Insert("b", "1"));
        Assert.Equal("b", (await Apply(new RowChange.Put("c", "1"), new RowChange.Insert("b", "2"), new RowChange.Insert("a", "2"))).Conflict);
        Assert.Equal("a", (await Apply(new RowChange.Put("c", "1"), new RowChange.Insert("a", "2"), new RowChange.Insert("b", "2"))).Conflict);
    }

    [Fact]
    public async Task After_a_conflict_the_store_goes_on()
    {
        await Apply(new RowChange.Insert("k", "1"));
        Assert.False((await Apply(new RowChange.Insert("new", "1"), new RowChange.Insert("k", "2"))).Applied);
        string etag = (await Apply(new RowChange.Insert("new", "2"))).ETags[0];
        Assert.True((await Apply(new RowChange.Replace("new", "3", etag))).Applied);
    }

    [Fact]
    public async Task A_batch_may_have_2_MiB()
    {
        string body = new('x', StoreLimits.BatchBytes / 8);
        Assert.True((await Apply([.. Enumerable.Range(0, 8).Select(i => new RowChange.Insert($"k{i}", body))])).Applied);
        Assert.Equal(Enumerable.Repeat(body, 8), (await Query("p")).Select(r => r.Body));
    }

    [Fact]
    public async Task An_empty_batch_is_applied() => Assert.Equal((true, null, 0), await Apply() is var o ? (o.Applied, o.Conflict, o.ETags.Count) : default);

    private ValueTask<StoredRow?> Get(string key) => Store.Get("get", Table, "p", key, None);
}
