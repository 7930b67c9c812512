using System.CommandLine;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Sources;

/// <summary>The options that say where sweeps are, and what they open.</summary>
internal static class Source
{
    /// <summary>Variable that holds the key of a server.</summary>
    public const string KeyVariable = "HYPERCLOUD_KEY";

    private const string ServerVariable = "HYPERCLOUD_SERVER";

    public static Option<string?> Server { get; } = new("--server")
    {
        Description = $"Address of a HyperCloud server to ask instead of opening a store (default: ${ServerVariable} unless --store is given).",
    };

    public static Option<string?> Key { get; } = new("--key") { Description = $"Key of the server (default: ${KeyVariable}, which other users of this machine cannot read)." };

    public static Option<string?> Sweep { get; } = new("--sweep") { Description = "Sweep id, its beginning, or its name (default: the newest)." };

    /// <summary>Lets a verb work at a server too.</summary>
    public static Command AtServer(this Command command)
    {
        command.Options.Add(Server);
        command.Options.Add(Key);
        return command;
    }

    /// <summary>The server's address; null when a store is meant.</summary>
    public static string? ServerAddress(this ParseResult parsed)
    {
        bool store = parsed.GetValue(Common.Store) is not null;
        if (parsed.GetValue(Server) is { Length: > 0 } given)
            return store ? throw new CliException(ExitCodes.BadInput, "--server and --store name two places; give one of them") : given;
        return !store && Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } address ? address : null;
    }

    /// <summary>The server's key; null: none was given.</summary>
    public static string? ServerKey(this ParseResult parsed) =>
        parsed.GetValue(Key) is { Length: > 0 } given ? given : Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? key : null;

    /// <summary>A client of the server.</summary>
    public static ServerClient Client(this ParseResult parsed, string address) => new(address, parsed.ServerKey());

    /// <summary>Opens what the options name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="change">The store must be writable.</param>
    public static ISweepSource OpenSource(this ParseResult parsed, bool change = false)
    {
        if (parsed.ServerAddress() is { } address) return new ServerSource(parsed.Client(address));
        // Opened to read first, so that a missing store is said to be missing instead of being made.
        IStore store = parsed.OpenStoreToRead();
        if (!change) return new StoreSource(parsed, store);
        store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return new StoreSource(parsed, parsed.OpenStore());
    }

    /// <summary>Finds the sweep a user means.</summary>
    public static async Task<SweepSummary> Find(this ISweepSource source, string? wanted, CancellationToken cancellation) =>
        Common.FindSweep(await source.List(cancellation), wanted, source.RunsSweeps ? "server" : "store");

    /// <summary>The sweep's state as its record has it now.</summary>
    public static async Task<SweepState> State(this ISweepSource source, SweepSummary sweep, CancellationToken cancellation)
    {
        SweepLog log = source.Log(sweep);
        await log.ReadOn(TimeSpan.Zero, null, cancellation);
        return log.State.Created is null ? throw new CliException(ExitCodes.NotFound, $"sweep {sweep.Id} has no record; perhaps it is being deleted") : log.State;
    }
}
