using CsCheck;

namespace HyperCloud.Sweeps.Tests;

public class UnitTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("2h", 7200)]
    [InlineData("1d", 86400)]
    [InlineData("1.5h", 5400)]
    [InlineData("0.25s", 0.25)]
    public void Durations_are_read(string text, double seconds)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("10")]
    [InlineData("-5s")]
    [InlineData("0m")]
    [InlineData("10 m")]
    [InlineData("10ms")]
    [InlineData("10M")]
    [InlineData("1,5h")]
    [InlineData("10m\n")]
    [InlineData("99999d")]
    [InlineData(null)]
    public void Other_forms_are_no_durations(string? text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData(90, "90s")]
    [InlineData(120, "2m")]
    [InlineData(7200, "2h")]
    [InlineData(172800, "2d")]
    [InlineData(0.5, "0.5s")]
    public void Durations_are_written_in_the_largest_whole_unit(double seconds, string text) => Assert.Equal(text, Durations.Format(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Durations_survive_writing_and_reading() =>
        Gen.Long[1, Durations.Longest.Ticks / 10].Select(us => TimeSpan.FromMicroseconds(us)).Sample(d => Durations.TryParse(Durations.Format(d), out TimeSpan again) && again == d);

    [Theory]
    [InlineData("2 USD", 2)]
    [InlineData("0.50 EUR", 0.5)]
    public void Money_is_read(string text, double amount) => Assert.True(Money.TryParse(text, out Money money) && money.Amount == (decimal)amount);

    [Theory]
    [InlineData("2")]
    [InlineData("USD 2")]
    [InlineData("2USD")]
    [InlineData("2 usd")]
    [InlineData("0 USD")]
    [InlineData("1.234 USD")]
    public void Other_forms_are_no_money(string text) => Assert.False(Money.TryParse(text, out _));

    // Expected times by hand from a calendar: 1 January 2025 is a Wednesday, 2028 the next leap year.
    [Theory]
    [InlineData("0 2 * * *", "2025-01-01T02:00:00", "2025-01-02T02:00:00")]
    [InlineData("*/15 * * * *", "2025-01-01T00:15:00", "2025-01-01T00:30:00")]
    [InlineData("30 4 1,15 * *", "2025-01-01T04:30:00", "2025-01-15T04:30:00")]
    [InlineData("0 9 * * MON-FRI", "2025-01-01T09:00:00", "2025-01-02T09:00:00")]
    [InlineData("0 0 * * 0", "2025-01-05T00:00:00", "2025-01-12T00:00:00")]
    [InlineData("0 0 * * 7", "2025-01-05T00:00:00", "2025-01-12T00:00:00")]
    [InlineData("0 0 29 2 *", "2028-02-29T00:00:00", "2032-02-29T00:00:00")]
    [InlineData("15,45 30 2 * * *", "2025-01-01T02:30:15", "2025-01-01T02:30:45")]
    [InlineData("0 0 1 JAN,jul *", "2025-07-01T00:00:00", "2026-01-01T00:00:00")]
    [InlineData("0 10-20/5 * * *", "2025-01-01T10:00:00", "2025-01-01T15:00:00")]
    public void Cron_names_the_next_times(string text, string first, string second)
    {
        Assert.True(CronExpression.TryParse(text, out CronExpression? cron, out string? error), error);
        DateTimeOffset at = cron!.Next(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero))!.Value;
        Assert.Equal(first, at.ToString("yyyy-MM-ddTHH:mm:ss"));
        Assert.Equal(second, cron.Next(at)!.Value.ToString("yyyy-MM-ddTHH:mm:ss"));
    }

    [Theory]
    [InlineData("60 * * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("1--2 * * * *")]
    [InlineData("a * * * *")]
    [InlineData(", * * * *")]
    [InlineData("* * * *")]
    [InlineData("* * * * * * *")]
    [InlineData("0 0 31 4 *")]
    public void Crons_that_cannot_be(string text)
    {
        Assert.False(CronExpression.TryParse(text, out _, out string? error));
        Assert.NotNull(error);
    }
}
