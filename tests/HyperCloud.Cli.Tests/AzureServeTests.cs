using HyperCloud.Azurite;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Cli.Tests;

/// <summary>The same sweep on Azurite, over HTTP and with kills, as on SQLite without.</summary>
public sealed class AzureServeTests(AzuriteFixture azurite)
{
    // Pauses at rungs with real checkpoints: a curve whose state is in the file.
    private const string Script = """
        n=0; [ -f "$HYPERCLOUD_CHECKPOINT_DIR/n" ] && n=$(cat "$HYPERCLOUD_CHECKPOINT_DIR/n")
        r=${HYPERCLOUD_RESOURCE%.*}
        [ "$n" -ge "$r" ] && n=$((r - 1))
        while [ "$n" -lt "$r" ]; do
          n=$((n + 1))
          echo $n > "$HYPERCLOUD_CHECKPOINT_DIR/n.new"; mv "$HYPERCLOUD_CHECKPOINT_DIR/n.new" "$HYPERCLOUD_CHECKPOINT_DIR/n"
          awk -v x="$1" -v s="$HYPERCLOUD_SEED" -v n="$n" 'BEGIN { printf "::hypercloud:: {\"step\": %d, \"loss\": %.17g}\n", n, x*x + 5/n + (s % 1000) / 1000 }'
        done
        """;

    private static string Spec(string stopping) => """
        name: served
        objective: {metric: loss}
        space: {x: {type: float, min: -5, max: 5, default: 3.0}}
        search: {algorithm: tpe, seed: 7}
        limits: {trials: 14, parallel: 1}
        seeds:
          selection: {top: 2, runs: 6}
          evaluation: {seeds: 4, holdout: none}
        earlyStopping: STOPPING
        trial: {command: [sh, run.sh, "${param.x}"]}
        """.Replace("STOPPING", stopping, StringComparison.Ordinal);

    [Theory]
    [InlineData("{rule: asha, min: 1, max: 6, mode: pause}")]
    [InlineData("{rule: asha, min: 1, max: 6}")]
    public async Task A_sweep_on_azure_with_kills_is_run_by_run_the_one_on_sqlite(string stopping)
    {
        Needs.Posix();
        using var sqlite = new Workplace();
        sqlite.Write("run.sh", Script);
        sqlite.Run("run", sqlite.Write("s.yaml", Spec(stopping))).Expect(ExitCodes.Ok);

        using var place = new Workplace();
        place.Write("run.sh", Script);
        string address = $"{await azurite.ConnectionString()}#{AzuriteFixture.NewPrefix()}", cursor = "", id = "";
        for (int kills = 0; kills < 2; kills++)
        {
            using Served server = await Served.Start(place, null, "--store", address);
            if (id.Length == 0) id = await server.Submit(Spec(stopping));
            cursor = await server.WatchEntries(id, 20, cursor);
            await server.Kill();
        }

        using (Served server = await Served.Start(place, null, "--store", address))
        {
            await server.WatchToTheEnd(id);
            server.End().Expect(ExitCodes.Ok);
        }

        await using IStore store = StoreAddress.Open(address);
        var hub = new SweepHub(store, new Dictionary<string, IRunner>(), TimeProvider.System, new HubOptions { WorkRoot = place.Folder });
        SweepState state = await hub.Session(id).Read(s => s, TestContext.Current.CancellationToken);
        Assert.Equal(Workplace.Fingerprint(await sqlite.State()), Workplace.Fingerprint(state));
        Assert.True(state.Round!.Round >= 3);
        Assert.IsType<ReplayResult.Verified>(await Replayer.Replay(store, id, null, TestContext.Current.CancellationToken));
    }
}
