using System.Text.Json;

namespace HyperCloud.Cli.Tests;

/// <summary><c>doctor</c>: what is wrong, and what would mend it.</summary>
public sealed class DoctorTests
{
    [Fact]
    public void A_machine_that_is_well_is_said_to_be_and_nothing_is_left_behind()
    {
        using var place = new Workplace();
        Assert.True(Doctor(place, ExitCodes.Ok).GetProperty("well").GetBoolean());
        Assert.Empty(Directory.GetFileSystemEntries(place.Folder));
        place.Run("run", place.Write("s.yaml", "name: well\nobjective: {metric: loss}\nspace: {x: {type: float, min: 0.5, max: 5}}\nlimits: {trials: 2}\nseeds: {evaluation: {seeds: 2, holdout: none}}\ntrial: {objective: sphere}\n"));
        JsonElement checks = Doctor(place, ExitCodes.Ok).GetProperty("checks");
        foreach (string check in (string[])["runtime", "disk", "work folder", "runners", "store", "store writes"])
            Assert.Equal("ok", Result(checks, check));
        Assert.Contains("ok ", place.Run("doctor").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_failure_has_a_remedy_and_its_own_exit_code()
    {
        using var place = new Workplace();
        place.Write("broken.db", new string('x', 10_000));
        Fails(place, "store", "--store", "broken.db");
        Fails(place, "store", "--store", "htps://account.table.core.windows.net");
        Fails(place, "server", "--server", "http://127.0.0.1:1");
    }

    private static void Fails(Workplace place, string check, params string[] options)
    {
        JsonElement found = Doctor(place, ExitCodes.Unwell, options).GetProperty("checks").EnumerateArray().Single(c => c.GetProperty("check").GetString() == check);
        Assert.Equal("fail", found.GetProperty("result").GetString());
        Assert.NotEqual("", found.GetProperty("remedy").GetString());
    }

    private static string? Result(JsonElement checks, string check) =>
        checks.EnumerateArray().Single(c => c.GetProperty("check").GetString() == check).GetProperty("result").GetString();

    private static JsonElement Doctor(Workplace place, int exitCode, params string[] options) =>
        JsonDocument.Parse(place.Run(["doctor", "--output", "json", .. options]).Expect(exitCode).Out).RootElement;
}
