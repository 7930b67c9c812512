// The process that the storage tests kill, and the second process that writes to the same store:
//   append FILE          adds batches until it is killed; prints each batch's number once the store has answered
//   count FILE TIMES     increments a counter that others increment too, TIMES times, then prints "done"
using System.Globalization;
using System.Text;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

await using SqliteStore store = SqliteStore.Open(args[1]);
CancellationToken none = CancellationToken.None;
switch (args[0])
{
    case "append":
        for (int i = 0; ; i++)
        {
            string number = i.ToString("D8", CultureInfo.InvariantCulture);
            await store.Apply("apply", "crash", "p",
                [new RowChange.Insert(number + "-a", number), new RowChange.Insert(number + "-b", number), new RowChange.Put("last", number)], none);
            if (i % 10 == 0) await store.PutBlob("blob", "crash/" + number, Encoding.UTF8.GetBytes(number), true, none);
            Console.WriteLine(number);
        }

    case "count":
        for (int done = 0, times = int.Parse(args[2], CultureInfo.InvariantCulture); done < times;)
        {
            StoredRow? row = await store.Get("get", "crash", "p", "counter", none);
            string next = (row is null ? 1 : int.Parse(row.Body, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
            RowChange change = row is null ? new RowChange.Insert("counter", next) : new RowChange.Replace("counter", next, row.ETag);
            if ((await store.Apply("apply", "crash", "p", [change], none)).Applied) done++;
        }

        Console.WriteLine("done");
        return 0;

    default:
        Console.Error.WriteLine($"unknown command '{args[0]}'");
        return 2;
}
