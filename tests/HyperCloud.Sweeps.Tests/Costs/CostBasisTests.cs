namespace HyperCloud.Sweeps.Tests;

/// <summary>What runs use and cost, against sums done by hand with the list prices (Azure's price pages, East US, see <see cref="PriceTable"/>).</summary>
public sealed class CostBasisTests
{
    private static CostBasis Functions(long packMs) => new() { Prices = PriceTable.List, InstanceMemoryMb = 2_048, PackMs = packMs };

    [Theory]
    [InlineData(10_000, 0, 20)] // A 10 s run on 2 GB.
    [InlineData(300, 0, 2)] // Below a second a whole one is billed,
    [InlineData(1_050, 0, 2.2)] // beyond it tenths.
    [InlineData(300, 10_000, 0.6)] // 34 runs of 0.3 s fill 10 s: 10.2 s billed for 34.
    [InlineData(1_000, 10_000, 2)]
    [InlineData(0, 10_000, 0.02)] // At most a hundred share the second that is billed.
    public void Time_is_billed_with_its_minimum_and_packed_runs_share_it(long ms, long packMs, double gbSeconds) =>
        Assert.Equal((decimal)gbSeconds, Functions(packMs).UseOf(ms).GbSeconds, 9);

    [Fact]
    public void A_run_of_ten_seconds_on_two_gigabytes_costs_half_a_thousandth_of_a_dollar()
    {
        CostLines lines = Functions(0).UseOf(10_000).At(PriceTable.List);
        Assert.Equal(0.00052m, lines.Compute);
        Assert.Equal(0.0000008m, lines.Executions);
        Assert.Equal(0, lines.Containers);
        Assert.Equal(lines.Compute + lines.Executions + lines.Storage + lines.Logs, Functions(0).PriceOf(10_000));
    }

    [Fact]
    public void Packing_saves_most_of_what_short_runs_cost() =>
        Assert.InRange(Functions(0).PriceOf(100) / Functions(10_000).PriceOf(100), 10, 20);

    [Fact]
    public void A_container_is_billed_by_its_cores_and_memory_and_the_host_only_for_its_looks()
    {
        CostBasis local = new CostOptions().Of("container", new HubOptions { WorkRoot = "/nowhere" });
        // 60 s × (1 × 0.000024 + 2 × 0.000003).
        Assert.Equal(0.0018m, local.UseOf(60_000).At(PriceTable.List).Total);
        CostBasis functions = new CostOptions { InstanceMemoryMb = 2_048 }.Of("container", new HubOptions { WorkRoot = "/nowhere", Backstop = TimeSpan.FromSeconds(30) });
        CostUse use = functions.UseOf(60_000);
        Assert.Equal((8m, 8m), (use.Executions, use.GbSeconds)); // Start, end and two looks in between, a second each.
        Assert.Equal(0.0018m, use.At(PriceTable.List).Containers);
    }

    [Fact]
    public void On_a_machine_of_ones_own_nothing_is_billed()
    {
        CostBasis own = new CostOptions().Of("command", new HubOptions { WorkRoot = "/nowhere" });
        Assert.False(own.IsBilled);
        Assert.Equal(default, own.UseOf(10_000));
    }

    [Fact]
    public void A_price_table_changes_what_it_names_only()
    {
        PriceTable table = PriceTable.Parse("""{"currency": "EUR", "asOf": "2027-01", "functionGbSecond": 0.00003}""");
        Assert.Equal(PriceTable.List with { Currency = "EUR", AsOf = "2027-01", FunctionGbSecond = 0.00003m }, table);
    }

    [Theory]
    [InlineData("""{"functionGbSecond": -1}""", "functionGbSecond is -1")]
    [InlineData("""{"currency": "dollar"}""", "'dollar'")]
    [InlineData("""{"functionGbSeconds": 1}""", "functionGbSeconds")]
    [InlineData("""{"functionRoundingMs": 0}""", "is 0")]
    [InlineData("null", "JSON object")]
    [InlineData("[", "not a price table")]
    public void A_bad_price_table_is_refused_by_name(string json, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => PriceTable.Parse(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "0.00 USD")]
    [InlineData(12.345, "12.35 USD")]
    [InlineData(0.0123456, "0.012 USD")]
    [InlineData(0.00052, "0.00052 USD")]
    [InlineData(-0.05, "-0.050 USD")]
    [InlineData(0.1, "0.10 USD")]
    public void Amounts_show_two_digits_that_count(double amount, string words) =>
        Assert.Equal(words, Budget.Amount((decimal)amount, "USD"));
}
