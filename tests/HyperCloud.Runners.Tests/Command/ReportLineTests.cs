using HyperCloud.Sweeps;

namespace HyperCloud.Runners.Tests;

public sealed class ReportLineTests
{
    [Fact]
    public void Numbers_are_metrics_and_other_members_are_not()
    {
        RunReport report = Parse("::hypercloud:: {\"step\": 3, \"loss\": 0.25, \"n\": 7, \"note\": \"hi\", \"ok\": true, \"deep\": {\"a\": 1}, \"none\": null}");
        Assert.Equal(3, report.Step);
        Assert.Equal([new("loss", 0.25), new("n", 7)], report.Metrics);
    }

    [Fact]
    public void A_step_is_not_needed() => Assert.Null(Parse("  ::hypercloud::{\"loss\":1}").Step);

    // What Python 3.11's json.dumps({"a": nan, "b": inf, "c": -inf, "d": "NaN Infinity \\\" -Infinity"}) prints.
    [Fact]
    public void Non_finite_numbers_are_read_as_Python_prints_them()
    {
        RunReport report = Parse("::hypercloud:: {\"a\": NaN, \"b\": Infinity, \"c\": -Infinity, \"d\": \"NaN Infinity \\\" -Infinity\"}");
        Assert.Equal([new("a", double.NaN), new("b", double.PositiveInfinity), new("c", double.NegativeInfinity)], report.Metrics);
    }

    [Fact]
    public void Quoted_non_finite_numbers_and_overflow_are_read_too() =>
        Assert.Equal([new("a", double.NaN), new("b", double.PositiveInfinity)], Parse("::hypercloud:: {\"a\": \"NaN\", \"b\": 1e999}").Metrics);

    [Theory]
    [InlineData("::hypercloud:: {\"step\": \"x\", \"loss\": 1}", "'step' must be a number ≥ 0, but got \"x\"")]
    [InlineData("::hypercloud:: {\"step\": -1}", "but got -1")]
    [InlineData("::hypercloud:: {\"step\": NaN}", "'step' must be a number")]
    [InlineData("::hypercloud:: 3", "must be an object")]
    [InlineData("::hypercloud:: {\"loss\": 1} trailing", "not JSON")]
    [InlineData("::hypercloud:: loss=1", "not JSON")]
    [InlineData("::hypercloud::", "not JSON")]
    public void Malformed_lines_say_what_is_wrong(string line, string problem)
    {
        Assert.Null(ReportLine.Parse(line, out string message));
        Assert.Contains(problem, message);
    }

    [Fact]
    public void Only_lines_with_the_prefix_are_protocol()
    {
        Assert.True(ReportLine.IsProtocol("\t::hypercloud:: {}"));
        Assert.False(ReportLine.IsProtocol("x ::hypercloud:: {}"));
    }

    private static RunReport Parse(string line)
    {
        RunReport? report = ReportLine.Parse(line, out string problem);
        Assert.Equal("", problem);
        return report!;
    }
}
