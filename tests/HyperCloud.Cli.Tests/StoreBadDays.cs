using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace HyperCloud.Cli.Tests;

/// <summary>What the store can do to a user: each ends in a clear message and a record that is whole.</summary>
public sealed class StoreBadDays
{
    private const string Spec = """
        name: days
        objective: {metric: loss}
        space: {x: {type: float, min: -5, max: 5}}
        search: {algorithm: random}
        limits: {trials: 900, parallel: 2}
        seeds:
          evaluation: {seeds: 6, holdout: none}
        trial: {objective: noisy-sphere}
        """;

    [Fact]
    public void A_store_of_a_newer_version_is_refused()
    {
        using var place = new Workplace();
        string spec = place.Write("s.yaml", Spec);
        place.Run("run", spec, "--trials", "5").Expect(ExitCodes.Ok);
        using (var connection = new SqliteConnection($"Data Source={place.StorePath};Pooling=false"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE meta SET value = '999' WHERE name = 'schemaVersion'";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        foreach (string[] verb in new[] { new[] { "run", spec }, ["report"], ["list"] })
        {
            Outcome outcome = place.Run(verb).Expect(ExitCodes.Store);
            Assert.Contains("999", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_no_store_is_refused_and_left_alone()
    {
        using var place = new Workplace();
        string other = place.Write("other.db", "these are my notes, not a database, and they are long enough to be looked at by anybody who cares");
        Outcome outcome = place.Run("run", place.Write("s.yaml", Spec), "--store", other).Expect(ExitCodes.Store);
        Assert.Contains("other.db", outcome.Error, StringComparison.Ordinal);
        Assert.StartsWith("these are my notes", File.ReadAllText(other), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_ends_the_sweep_with_a_message_and_room_lets_it_go_on()
    {
        using var place = new Workplace();
        string disk = Directory.CreateDirectory(Path.Combine(place.Folder, "disk")).FullName;
        Mount(disk, "tmpfs", "size=600k");
        try
        {
            string spec = place.Write("s.yaml", Spec), store = Path.Combine(disk, "store.db");
            Outcome full = place.Run("run", spec, "--store", store).Expect(ExitCodes.Store);
            Assert.Contains("full", full.Error, StringComparison.Ordinal);
            Mount(disk, "tmpfs", "remount,size=60m");
            place.Run("replay", "--store", store).Expect(ExitCodes.Ok);
            place.Run("run", spec, "--store", store, "--trials", "900").Expect(ExitCodes.Ok);
            place.Run("replay", "--store", store).Expect(ExitCodes.Ok);
        }
        finally
        {
            Shell("umount", disk);
        }
    }

    [Fact]
    public void A_read_only_store_can_be_looked_at_and_refuses_a_run()
    {
        using var place = new Workplace();
        string disk = Directory.CreateDirectory(Path.Combine(place.Folder, "disk")).FullName;
        Mount(disk, "tmpfs", "size=60m");
        try
        {
            string spec = place.Write("s.yaml", Spec), store = Path.Combine(disk, "store.db");
            place.Run("run", spec, "--store", store, "--trials", "5").Expect(ExitCodes.Ok);
            Mount(disk, "tmpfs", "remount,ro");
            Assert.Contains("finished", place.Run("report", "--store", store).Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
            place.Run("replay", "--store", store).Expect(ExitCodes.Ok);
            Outcome refused = place.Run("run", spec, "--store", store, "--trials", "50").Expect(ExitCodes.Store);
            Assert.Contains("read-only", refused.Error, StringComparison.Ordinal);
        }
        finally
        {
            Shell("umount", disk);
        }
    }

    private static void Mount(string folder, string type, string options) =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && Shell("mount", "-t", type, "-o", options, type, folder), "needs the right to mount a small tmpfs");

    private static bool Shell(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
