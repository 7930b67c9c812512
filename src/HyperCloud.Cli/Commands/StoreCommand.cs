using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Commands;

/// <summary><c>hypercloud store copy FROM TO</c>: copies a store, or one sweep of it, between files and Azure accounts.</summary>
internal static class StoreCommand
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(1);

    private static readonly Argument<string> From = new("from") { Description = "Store to copy from: as --store takes it." };
    private static readonly Argument<string> To = new("to") { Description = "Store to copy to; a file is made when it is not there." };
    private static readonly Option<string?> Sweep = new("--sweep") { Description = "Only this sweep: its id, its beginning, or its name (default: everything)." };

    public static Command Create()
    {
        var copy = new Command("copy", "Copy a store or one of its sweeps. Rows are only added; equal ones are skipped, so an interrupted copy is started again.") { From, To, Sweep };
        copy.SetAction(Copy);
        return new Command("store", "Look after stores.") { copy };
    }

    private static async Task<int> Copy(ParseResult parsed, CancellationToken cancellation)
    {
        await using IStore from = Common.OpenToRead(parsed.GetValue(From)!, "name the store to copy from first");
        string? sweep = null;
        if (parsed.GetValue(Sweep) is { } wanted)
        {
            var hub = new SweepHub(from, Common.Runners, TimeProvider.System, parsed.HubOptions());
            sweep = Common.FindSweep(await new SweepService(hub).List(cancellation), wanted).Id;
        }

        await using IStore to = Common.Open(parsed.GetValue(To)!, readOnly: false);
        if (from.Description == to.Description) throw new CliException(ExitCodes.BadInput, $"both are {from.Description}; a store cannot be copied onto itself");
        StoreCopyCounts counts;
        using (var progress = new Progress())
        {
            try
            {
                counts = await StoreCopy.Copy(from, to, new StoreCopyOptions { Sweep = sweep, Progress = progress }, cancellation);
            }
            catch (StoreCopyException e)
            {
                throw new CliException(ExitCodes.CopyRefused, e.Message);
            }
        }

        if (parsed.IsJson()) WriteJson(from, to, sweep, counts);
        else Console.WriteLine($"{(sweep is null ? "everything" : $"sweep {sweep}")} of {from.Description} is in {to.Description}: {Words(counts)}");
        return ExitCodes.Ok;
    }

    private static string Words(StoreCopyCounts c) => string.Create(CultureInfo.InvariantCulture,
        $"{c.RowsCopied} rows and {c.BlobsCopied} blobs copied, {c.RowsThere} and {c.BlobsThere} were there, {c.RowsVerified} and {c.BlobsVerified} read again and equal");

    private static void WriteJson(IStore from, IStore to, string? sweep, StoreCopyCounts c)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput(), new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("from", from.Description);
        writer.WriteString("to", to.Description);
        if (sweep is not null) writer.WriteString("sweep", sweep);
        writer.WriteNumber("rowsCopied", c.RowsCopied);
        writer.WriteNumber("rowsThere", c.RowsThere);
        writer.WriteNumber("rowsVerified", c.RowsVerified);
        writer.WriteNumber("blobsCopied", c.BlobsCopied);
        writer.WriteNumber("blobsThere", c.BlobsThere);
        writer.WriteNumber("blobsVerified", c.BlobsVerified);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }

    /// <summary>Says now and then how far it is, over itself on a terminal.</summary>
    private sealed class Progress : IProgress<StoreCopyCounts>, IDisposable
    {
        private readonly bool _terminal = !Console.IsErrorRedirected;
        private long _said = TimeProvider.System.GetTimestamp();
        private int _width;

        public void Report(StoreCopyCounts value)
        {
            if (TimeProvider.System.GetElapsedTime(_said) < (_terminal ? SayEvery / 5 : SayEvery * 10)) return;
            _said = TimeProvider.System.GetTimestamp();
            string words = Words(value);
            if (_terminal) Console.Error.Write("\r" + words.PadRight(_width));
            else Console.Error.WriteLine(words);
            _width = words.Length;
        }

        public void Dispose()
        {
            if (_terminal && _width > 0) Console.Error.Write("\r" + new string(' ', _width) + "\r");
        }
    }
}
