using System.Globalization;
using CsCheck;
using HyperCloud.Sweeps;

namespace HyperCloud.Storage.Tests;

/// <summary>
/// Random operations, each compared with the simplest thing that could be right: a sorted dictionary. Few keys and partitions, so that
/// conflicts, replacements and deletes of what is there happen all the time.
/// </summary>
public abstract partial class StoreConformance
{
    private static readonly string[] s_keys = ["a", "a.1", "a-1", "B", "b", "~"];
    private static readonly string[] s_blobs = ["x/1", "x/2", "x", "y/1/z", "Y"];
    private int _model;

    // One random operation. Kind: 0–3 batch, 4 get, 5 query, 6 add blob, 7 put blob, 8 delete blob, 9 list blobs, 10 flush. The changes of a
    // batch: kind, key, and how old the ETag is that it names (0: current).
    private sealed record Operation(int Kind, int Partition, int Key, int Other, int Limit, string Body, (int Kind, int Key, int Age)[] Changes);

    [Fact]
    public void Random_operations_agree_with_a_model()
    {
        Gen<(int, int, int)[]> changes = Gen.Select(Gen.Int[0, 5], Gen.Int[0, s_keys.Length - 1], Gen.Int[0, 2]).Array[1, 4]
            .Select(all => all.DistinctBy(c => c.Item2).ToArray());
        Gen<string> body = Gen.String[Gen.Char.AlphaNumeric, 0, 9];
        Gen<Operation> operation = Gen.Select(Gen.Int[0, 10], Gen.Int[0, 1], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[1, 4], body, changes)
            .Select((kind, partition, key, other, limit, text, c) => new Operation(kind, partition, key, other, limit, text, c));
        // Each sample has partitions and blobs of its own, so that they share one store and need no new one. CsCheck prints the failing
        // operations and the seed; samples are independent, so they may run on several threads.
        operation.Array[1, 40].Sample(
            operations => RunAgainstModel(operations, Interlocked.Increment(ref _model)).AsTask().GetAwaiter().GetResult(),
            iter: 100, print: operations => string.Join('\n', operations.Select(o => $"{o} {string.Join(' ', o.Changes)}")));
    }

    private async ValueTask RunAgainstModel(Operation[] operations, int sample)
    {
        string scope = sample.ToString(CultureInfo.InvariantCulture);
        Dictionary<(int Partition, string Key), (string Body, List<string> ETags)> rows = [];
        SortedDictionary<string, string> blobs = new(StringComparer.Ordinal);
        Dictionary<(int, string), List<string>> history = [];
        foreach (Operation o in operations)
        {
            string partition = $"{scope}-{o.Partition}", key = s_keys[o.Key % s_keys.Length], blob = $"{scope}/{s_blobs[o.Key % s_blobs.Length]}";
            switch (o.Kind)
            {
                case <= 3:
                    await CompareBatch(o, partition);
                    break;
                case 4:
                    StoredRow? row = await Store.Get("get", Table, partition, key, None);
                    Assert.Equal(rows.TryGetValue((o.Partition, key), out var known) ? Stored(partition, key, known) : null, row);
                    break;
                case 5:
                    string? after = o.Limit % 2 == 0 ? null : key, through = o.Other < 3 ? null : s_keys[o.Other % s_keys.Length];
                    Assert.Equal(
                        rows.Where(r => r.Key.Partition == o.Partition && (after is null || string.CompareOrdinal(r.Key.Key, after) > 0)
                                && (through is null || string.CompareOrdinal(r.Key.Key, through) <= 0))
                            .OrderBy(r => r.Key.Key, StringComparer.Ordinal).Take(o.Limit).Select(r => Stored(partition, r.Key.Key, r.Value)),
                        await Store.Query("query", Table, partition, after, through, o.Limit, None));
                    break;
                case 6:
                    Assert.Equal(blobs.TryAdd(blob, o.Body), await Store.PutBlob("blob", blob, Bytes(o.Body), true, None));
                    break;
                case 7:
                    blobs[blob] = o.Body;
                    Assert.True(await Store.PutBlob("blob", blob, Bytes(o.Body), false, None));
                    break;
                case 8:
                    Assert.Equal(blobs.Remove(blob), await Store.DeleteBlob("blob", blob, None));
                    Assert.Null(await Store.GetBlob("blob", blob, None));
                    break;
                case 9:
                    string prefix = $"{scope}/{(o.Other % 2 == 0 ? "" : "x")}";
                    string? from = o.Limit % 2 == 0 ? null : blob;
                    IReadOnlyList<string> names = await Store.ListBlobs("list", prefix, from, o.Limit, None);
                    Assert.Equal(
                        blobs.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
                            .Where(n => from is null || string.CompareOrdinal(n, from) > 0).Take(o.Limit),
                        names);
                    foreach (string name in names) Assert.Equal(blobs[name], Text(await Store.GetBlob("blob", name, None)));
                    break;
                default:
                    await Store.Flush("flush", None);
                    break;
            }
        }

        async ValueTask CompareBatch(Operation o, string partition)
        {
            RowChange[] changes = [.. o.Changes.Select(c => Change(o, c))];
            BatchOutcome outcome = await Apply(Store, Table, partition, changes);
            string? conflict = changes.FirstOrDefault(c => !Holds(o.Partition, c))?.Key;
            Assert.Equal((conflict is null, conflict), (outcome.Applied, outcome.Conflict));
            Assert.Equal(conflict is null ? changes.Length : 0, outcome.ETags.Count);
            for (int i = 0; i < outcome.ETags.Count; i++)
            {
                (int, string) at = (o.Partition, changes[i].Key);
                if (changes[i] is RowChange.Delete)
                {
                    Assert.Equal("", outcome.ETags[i]);
                    rows.Remove(at);
                    continue;
                }

                List<string> tags = history.TryGetValue(at, out List<string>? had) ? had : history[at] = [];
                Assert.DoesNotContain(outcome.ETags[i], tags);
                tags.Add(outcome.ETags[i]);
                rows[at] = (BodyOf(changes[i]), tags);
            }
        }

        RowChange Change(Operation o, (int Kind, int Key, int Age) c)
        {
            string key = s_keys[c.Key];
            List<string> tags = history.GetValueOrDefault((o.Partition, key)) ?? [];
            string tag = tags.Count > c.Age ? tags[tags.Count - 1 - c.Age] : "0";
            return c.Kind switch
            {
                0 or 1 => new RowChange.Insert(key, o.Body),
                2 => new RowChange.Replace(key, o.Body, tag),
                3 => new RowChange.Put(key, o.Body),
                4 => new RowChange.Delete(key, tag),
                _ => new RowChange.Delete(key, null),
            };
        }

        bool Holds(int partition, RowChange change)
        {
            string? current = rows.TryGetValue((partition, change.Key), out var row) ? row.ETags[^1] : null;
            return change switch
            {
                RowChange.Insert => current is null,
                RowChange.Replace c => c.ETag == current,
                RowChange.Delete { ETag: not null } c => c.ETag == current,
                _ => true,
            };
        }

        static StoredRow Stored(string partition, string key, (string Body, List<string> ETags) row) => new(partition, key, row.Body, row.ETags[^1]);

        static string BodyOf(RowChange change) => change switch
        {
            RowChange.Insert c => c.Body,
            RowChange.Replace c => c.Body,
            RowChange.Put c => c.Body,
            _ => throw new ArgumentOutOfRangeException(nameof(change)),
        };
    }
}
