using System.Text;
using HyperCloud.Core;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

/// <summary>What YAML and JSON texts are taken, and how their scalars are read.</summary>
public class TextFormTests
{
    [Theory]
    [InlineData("null", ValueKind.Null)]
    [InlineData("~", ValueKind.Null)]
    [InlineData("true", ValueKind.Boolean)]
    [InlineData("False", ValueKind.Boolean)]
    [InlineData("12", ValueKind.Integer)]
    [InlineData("-3", ValueKind.Integer)]
    [InlineData("+3", ValueKind.Integer)]
    [InlineData("0", ValueKind.Integer)]
    [InlineData("0x1F", ValueKind.Integer)]
    [InlineData("0o17", ValueKind.Integer)]
    [InlineData("1e-4", ValueKind.Number)]
    [InlineData("1E5", ValueKind.Number)]
    [InlineData("1.", ValueKind.Number)]
    [InlineData(".5", ValueKind.Number)]
    [InlineData("0.10", ValueKind.Number)]
    [InlineData("-0.0", ValueKind.Number)]
    [InlineData("1e05", ValueKind.Number)]
    [InlineData("'1'", ValueKind.Text)]
    [InlineData("\"true\"", ValueKind.Text)]
    [InlineData("1.2.3", ValueKind.Text)]
    [InlineData("1:30", ValueKind.Text)]
    [InlineData("2001-12-14", ValueKind.Text)]
    [InlineData("tRUE", ValueKind.Text)]
    [InlineData("-", ValueKind.Text)]
    [InlineData("e5", ValueKind.Text)]
    [InlineData("10m", ValueKind.Text)]
    [InlineData("a_1", ValueKind.Text)]
    [InlineData("!!str 12", ValueKind.Text)]
    [InlineData("!!float 1", ValueKind.Number)]
    [InlineData("! 12", ValueKind.Text)]
    public void Plain_scalars_follow_the_core_schema_of_YAML_1_2(string written, ValueKind kind)
    {
        // A lone "-" would be a list in block style, so the value stands in a block mapping of its own.
        SpecResult result = Yaml(WithSpace("c:", $"  value: {(written == "-" ? "'-'" : written)}"));
        Assert.Equal(kind, Assert.IsType<ConstantParameter>(Clean(result).Space.Parameters[0]).Value.Kind);
    }

    [Theory]
    [InlineData("0x1F", 31)]
    [InlineData("0o17", 15)]
    [InlineData("+3", 3)]
    public void Integers_have_their_value(string written, long value) =>
        Assert.Equal(ParameterValue.Of(value), Assert.IsType<ConstantParameter>(Clean(Yaml(WithSpace($"c: {{value: {written}}}"))).Space.Parameters[0]).Value);

    [Theory]
    [InlineData("007", "leading zero", "write 7 for the number, '007' for the text")]
    [InlineData("-00.5", "leading zero", "write -0.5")]
    [InlineData("00", "leading zero", "write 0 for")]
    [InlineData("1_000", "a number to some readers", "write 1000 for the number, '1_000' for the text")]
    [InlineData("1_0.5e3", "a number to some readers", "10.5e3")]
    [InlineData("0x_F", "a number to some readers", "0xF")]
    [InlineData(".nan", "must be finite", ".nan")]
    [InlineData("-.INF", "must be finite", "-.INF")]
    [InlineData("1e999", "larger than a double can hold", "1e999")]
    [InlineData("1e-999", "smaller than a double can hold", "1e-999")]
    [InlineData("99999999999999999999", "does not fit into 64 bits", "exponent")]
    [InlineData("0xFFFFFFFFFFFFFFFF", "does not fit into 64 bits", "exponent")]
    [InlineData("!!int 1.5", "the tag !!int does not fit", "1.5")]
    public void Scalars_that_YAML_versions_read_differently_or_a_double_cannot_hold_are_refused(string written, string fragment, string advice)
    {
        SpecProblem error = Assert.Single(Yaml(WithSpace($"c: {{value: {written}}}")).Errors);
        Assert.Equal(("/space/c/value", 4, 14), (error.Pointer, error.Line, error.Column));
        Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a: !custom 1", "the tag `!custom` is not taken", 1, 4)]
    [InlineData("base: &b {x: 1}\nc:\n  <<: *b", "merge keys", 3, 3)]
    [InlineData("a: 1\n---\nb: 2", "one YAML document", 2, 1)]
    [InlineData("a: [1, 2", "not well-formed YAML", 2, 1)]
    [InlineData("a:\n\tb: 1", "indent with spaces", 1, 1)]
    [InlineData("a: b: c", "put a text that holds ': ' in quotes", 1, 5)]
    [InlineData("cron: * * * * *", "must stand in quotes", 1, 7)]
    [InlineData("cron: *nightly", "names no anchor", 1, 7)]
    [InlineData("a: &x [1, *x]", "stands inside what it names", 1, 11)]
    [InlineData("? [a]\n: b", "a key must be a plain or quoted text", 1, 3)]
    [InlineData("a: \"\\uD800\"", "surrogate", 1, 4)]
    [InlineData("a: x\u0001y", "the control character U+0001", 1, 5)]
    [InlineData("o: {s: {v: [g], d: g}\n  l:  {t: f}\n  n:   {t: i}\nq: {a: b}", "not closed", 3, 13)]
    [InlineData("%YAML 2.0\n---\na: 1", "not well-formed YAML", 1, 1)]
    public void YAML_that_a_spec_does_not_take(string text, string fragment, int line, int column)
    {
        SpecProblem error = Assert.Single(Yaml(text).Problems);
        Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("{\"a\": 1,}", "a comma must be followed", 1, 9)]
    [InlineData("{\"a\": 1 // no\n}", "comments are not part of JSON", 1, 9)]
    [InlineData("{\"a\": 1", "not well-formed JSON", 1, 8)]
    [InlineData("{\"a\": 01}", "not well-formed JSON", 1, 8)]
    [InlineData("{\n  \"é😀\": tru\n}", "not well-formed JSON", 2, 13)]
    [InlineData("{\"a\": 1} {}", "not well-formed JSON", 1, 10)]
    [InlineData("{'a': 1}", "not well-formed JSON", 1, 2)]
    public void JSON_that_is_none(string text, string fragment, int line, int column)
    {
        SpecProblem error = Assert.Single(Json(text).Problems);
        Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void Places_in_JSON_count_characters_not_bytes()
    {
        SpecResult result = Json("{\n  \"name\": \"a\", \"objective\": {\"metric\": \"é😀\"},\n  \"séarch\": 1, \"limits\":\r\n    {\"trials\": 0}}");
        Assert.Equal([("/séarch", 3, 3), ("/limits/trials", 4, 16)], result.Errors.Select(e => (e.Pointer, e.Line, e.Column)));
    }

    [Fact]
    public void A_key_that_stands_twice_is_refused_in_both_formats()
    {
        SpecProblem yaml = Assert.Single(Yaml("name: a\nobjective: {metric: x}\nname: b").Errors);
        Assert.Equal(("duplicate-key", "/name", 3, 1), (yaml.Code, yaml.Pointer, yaml.Line, yaml.Column));
        Assert.Contains("first at line 1, column 1", yaml.Message, StringComparison.Ordinal);
        SpecProblem json = Assert.Single(Json("{\"name\": \"a\", \"objective\": {\"metric\": \"x\", \"metric\": \"y\"}}").Errors);
        Assert.Equal(("duplicate-key", "/objective/metric", 1, 44), (json.Code, json.Pointer, json.Line, json.Column));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n\n")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n...\n")]
    public void An_empty_text_is_said_to_be_empty(string text)
    {
        SpecProblem problem = Assert.Single(Yaml(text).Problems.Where(p => p.Severity == SpecSeverity.Error));
        Assert.Contains(text.StartsWith("---", StringComparison.Ordinal) ? "must be a mapping" : "empty", problem.Message, StringComparison.Ordinal);
        if (!text.StartsWith('#') && !text.StartsWith('-')) Assert.Contains("empty", Assert.Single(Json(text).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Byte_order_marks_and_line_ends_do_not_matter()
    {
        string identity = SpecDigest.Identity(Clean(Yaml(Example)));
        string crlf = Example.ReplaceLineEndings("\r\n");
        Assert.Equal(identity, SpecDigest.Identity(Clean(Yaml("\uFEFF" + crlf))));
        foreach (Encoding encoding in (Encoding[])[new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true)])
        {
            byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(crlf)];
            Assert.Equal(identity, SpecDigest.Identity(Clean(SpecReader.Read(bytes, "x.yml", Bare))));
        }
    }

    [Fact]
    public void Bytes_that_are_not_UTF_8_have_a_place()
    {
        SpecProblem problem = Assert.Single(SpecReader.Read([.. "name: a\nx: é"u8, 0xFF], "x.yaml", Bare).Problems);
        Assert.Equal((SpecCodes.File, 2, 5), (problem.Code, problem.Line, problem.Column));
        Assert.Contains("0xFF", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_are_expanded_up_to_a_limit()
    {
        SweepSpec spec = Clean(Yaml(WithSpace("a: &r {type: int, min: 1, max: 9}", "b: *r")));
        Assert.Equal(new IntParameter("b", 1, 9), spec.Space.Parameters[1]);
        // A fault in what an alias stands for is at the place where it is written, under the pointer where it is used.
        SpecProblem[] errors = [.. Yaml(WithSpace("a: &r {type: int, min: 9, max: 1}", "b: *r")).Errors];
        Assert.Equal([("/space/a/min", 4), ("/space/b/min", 4)], errors.Select(e => (e.Pointer, e.Line)));

        string many = "a: &x 1\nb: [" + string.Join(", ", Enumerable.Repeat("*x", 101)) + "]";
        Assert.Contains("100 aliases", Assert.Single(Yaml(many).Problems).Message, StringComparison.Ordinal);
        var laughs = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < 30; i++) laughs.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        Assert.Equal(SpecCodes.TooLarge, Assert.Single(Yaml(laughs.ToString()).Problems).Code);
    }

    [Fact]
    public void What_is_too_large_or_too_deep_is_refused_at_once()
    {
        Assert.Contains("1 MiB", Assert.Single(Yaml("# " + new string('x', 20 << 20)).Problems).Message, StringComparison.Ordinal);
        foreach ((string text, Func<string, string[], SpecResult> read) in ((string, Func<string, string[], SpecResult>)[])
            [(new string('[', 100_000), Yaml), (new string('[', 100_000), Json), (string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70), Json)])
            Assert.Contains("64 deep", Assert.Single(read(text, []).Problems).Message, StringComparison.Ordinal);
        string wide = "[" + string.Join(",", Enumerable.Repeat("1", 120_000)) + "]";
        Assert.Contains("100000 values", Assert.Single(Yaml(wide).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("100000 values", Assert.Single(Json(wide).Problems).Message, StringComparison.Ordinal);
        string list = string.Join(", ", Enumerable.Range(0, 1001));
        Assert.Contains("1000 values", Assert.Single(Yaml(WithSpace($"c: {{values: [{list}]}}")).Problems).Message, StringComparison.Ordinal);
        string[] names = [.. Enumerable.Range(0, 1001).Select(i => $"p{i}: {{value: 1}}")];
        Assert.Contains("1000 parameters", Assert.Single(Yaml(WithSpace(names)).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_read_are_problems()
    {
        Assert.Contains("there is no file", Assert.Single(SpecReader.ReadFile("no/such/file.yaml", Bare).Problems).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Single(SpecReader.ReadFile(AppContext.BaseDirectory, Bare).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_cannot_be_handed_on_is_refused()
    {
        Assert.Contains("NUL", Assert.Single(Yaml(WithSpace("c: {value: \"a\\0b\"}")).Errors).Message, StringComparison.Ordinal);
        SpecProblem half = Assert.Single(Json("""{"name": "a", "objective": {"metric": "x"}, "space": {"c": {"value": "\ud800"}}}""").Errors);
        Assert.Equal("/space/c/value", half.Pointer);
    }
}
