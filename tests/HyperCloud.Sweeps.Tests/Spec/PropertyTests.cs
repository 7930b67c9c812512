using System.Globalization;
using CsCheck;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Properties over generated specs and garbage.</summary>
public class PropertyTests
{
    private static readonly Gen<string> s_text = Gen.String[Gen.Char[" abcé\"\\\t:#{}[]-*&!%'0189.~\u007F\u0085\u2028\uFEFF"], 0, 8].Where(t => t.Length == 0 || t.Trim().Length > 0);

    private static readonly Gen<string> s_scalar = Gen.OneOf(
        Gen.Int[-1000, 1000].Select(i => i.ToString(CultureInfo.InvariantCulture)),
        Gen.Double[-1e6, 1e6].Select(d => d.ToString("R", CultureInfo.InvariantCulture) is var t && t.AsSpan().IndexOfAny('.', 'E') < 0 ? t + ".0" : t),
        Gen.Bool.Select(b => b ? "true" : "false"),
        Gen.Const("null"),
        s_text.Select(Quoted));

    // One parameter as flow YAML that is JSON too; the default, when there is one, is taken from the domain.
    private static readonly Gen<string> s_parameter = Gen.OneOf(
        Gen.Select(Gen.Double[1e-6, 10], Gen.Double[1e-3, 1e3], Gen.Bool, Gen.Bool).Select((low, width, log, given) =>
            $$"""{"type": "float", "min": {{Show(low)}}, "max": {{Show(low + width)}}, "scale": "{{(log ? "log" : "linear")}}"{{(given ? $", \"default\": {Show(low + width / 2)}" : "")}}}"""),
        Gen.Select(Gen.Int[-50, 50], Gen.Int[1, 20], Gen.Int[1, 30]).Select((low, step, count) =>
            $$"""{"type": "int", "min": {{low}}, "max": {{low + step * count}}, "step": {{step}}, "default": {{low + step * (count / 2)}}, "kind": "algorithm"}"""),
        Gen.Select(Gen.Int[0, 50], Gen.Int[1, 99], Gen.Int[1, 30]).Select((low, step, count) =>
            $$"""{"type": "float", "min": {{Cents(low)}}, "max": {{Cents(low + step * count)}}, "step": {{Cents(step)}}, "default": {{Cents(low + step * (count / 3))}}}"""),
        Gen.Select(Gen.Int[2, 9], Gen.Int[10, 1000]).Select((points, high) => $$"""{"type": "int", "min": 1, "max": {{high}}, "scale": "log", "points": {{points}}}"""),
        Gen.Select(s_scalar.Array[1, 5], Gen.Bool).Select((values, ordered) => $$"""{"values": [{{string.Join(", ", values)}}], "ordered": {{(ordered ? "true" : "false")}}}"""),
        s_scalar.Select(value => $$"""{"value": {{value}}}"""));

    private static readonly Gen<string> s_spec = Gen.Select(s_parameter.Array[0, 6], Gen.Long[0, long.MaxValue], s_text, Gen.Int[1, 1 << 20], OneOf("mean", "iqm", "cvar(0.25)", "mean-std(1.5)"))
        .Select((parameters, seed, text, trials, statistic) => $$"""
            {"name": "p", "objective": {"metric": "m", "statistic": "{{statistic}}"},
             "space": {"gate": {"values": ["x", 1]}{{string.Concat(parameters.Select((p, i) => $", \"p{i}\": {(i % 2 == 0 ? p : p[..^1] + ", \"when\": {\"gate\": [1.0]}}")}"))}}},
             "tasks": {{(seed % 3 == 0 ? "[\"a\", \"b\"]" : seed % 3 == 1 ? "{\"a\": {\"reference\": [0, 1.5]}, \"b\": {\"reference\": [-2, 3], \"env\": {\"A\": " + Quoted(text) + "}}}" : "null")}},
             "search": {"seed": {{seed}}}, "limits": {"trials": {{trials}}},
             "trial": {"mlnet": {"text": {{Quoted(text)}}, "deep": [{"b": 1, "a": 1.0}, null] } } }
            """);

    // The same examples in every run: a suite that is green once is green until the code changes.
    private static void Each<T>(Gen<T> gen, int count, Action<T> check)
    {
        for (uint i = 0; i < count; i++)
        {
            T example = gen.Generate(new PCG(i, 20260101), null, out _);
            try
            {
                check(example);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"example {i}: {example}", e);
            }
        }
    }

    private static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(i => words[i]);

    private static string Show(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Cents(int hundredths) => (hundredths / 100m).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\u007F", "\\u007F", StringComparison.Ordinal).Replace("\u0085", "\\u0085", StringComparison.Ordinal)
        .Replace("\u2028", "\\u2028", StringComparison.Ordinal).Replace("\uFEFF", "\\uFEFF", StringComparison.Ordinal) + "\"";

    // Generated lists may hold equal values, which is an error that is none of these properties' business.
    private static SweepSpec? ReadJson(string text)
    {
        SpecResult result = Json(text);
        Assert.All(result.Errors, e => Assert.Contains("must differ", e.Message, StringComparison.Ordinal));
        return result.Spec;
    }

    [Fact]
    public void Writing_and_reading_gives_an_equal_spec() => Each(s_spec, 200, text =>
    {
        if (ReadJson(text) is not { } spec) return;
        string canonical = SpecWriter.ToJson(spec);
        SweepSpec again = Json(canonical).Spec!;
        SpecEquality.AssertEqual(spec, again);
        Assert.Equal(canonical, SpecWriter.ToJson(again));
        Assert.Equal(SpecDigest.Identity(spec), SpecDigest.Identity(again));
    });

    [Fact]
    public void JSON_read_as_YAML_is_the_same_spec() => Each(s_spec, 100, text =>
    {
        if (ReadJson(text) is not { } spec) return;
        foreach (string form in (string[])[text, SpecWriter.ToJson(spec, indented: true)])
        {
            SpecResult yaml = Yaml(form);
            Assert.Empty(yaml.Errors.Select(e => e.ToString()));
            SpecEquality.AssertEqual(spec, yaml.Spec!);
            Assert.Equal(SpecDigest.Identity(spec), SpecDigest.Identity(yaml.Spec!));
        }
    });

    [Fact]
    public void Problems_are_the_same_in_both_formats() => Each(Gen.Select(s_spec, Gen.Int[0, 200], OneOf("\"", "1", "x", "[", ":", "null", "")), 200, example =>
    {
        (string text, int at, string edit) = example;
        // An edit that leaves well-formed JSON leaves the same tree to both readers.
        string edited = text.Insert(Math.Min(at, text.Length), edit);
        SpecResult json = Json(edited);
        if (json.Problems.Any(p => p.Code is SpecCodes.Syntax or SpecCodes.TooLarge)) return;
        Assert.Equal(json.Problems.Select(p => p.ToString()), Yaml(edited).Problems.Where(p => p.Code != SpecCodes.Ambiguous).Select(p => p.ToString()));
    });

    [Fact]
    public void Garbage_gives_problems_and_never_an_exception()
    {
        Gen<string> garbage = Gen.OneOf(
            Gen.String[0, 60],
            Gen.String[Gen.Char[" \n\t:-?[]{}&*!|>'\"%@`,#\\~0189aenx._<\r"], 0, 60],
            Gen.Select(s_spec, Gen.Int[0, 600], Gen.Int[0, 40], Gen.String[Gen.Char[" \n:-[]{}&*!|>'\"%,#\\01ex."], 0, 6]).Select((text, at, length, put) =>
            {
                at = Math.Min(at, text.Length);
                return text.Remove(at, Math.Min(length, text.Length - at)).Insert(at, put);
            }),
            Gen.Select(Gen.Int[0, 900], Gen.Int[0, 40], Gen.String[Gen.Char[" \n:-[]{}&*!|>'\"%,#\\01ex."], 0, 6]).Select((at, length, put) =>
            {
                at = Math.Min(at, Example.Length);
                return Example.Remove(at, Math.Min(length, Example.Length - at)).Insert(at, put);
            }));
        Each(garbage, 1000, text =>
        {
            foreach (SpecResult result in (SpecResult[])[Yaml(text), Json(text), Yaml(Example, text, $"space.x={text}", $"limits={text}")])
                Assert.True(result.Spec is not null || result.Errors.Any());
        });
    }

    [Fact]
    public void Any_bytes_give_problems_and_never_an_exception() => Each(Gen.Byte.Array[0, 80], 1000, bytes =>
    {
        foreach (string name in (string[])["a.yaml", "a.json"])
        {
            SpecResult result = SpecReader.Read(bytes, name, Bare);
            Assert.True(result.Spec is not null || result.Errors.Any());
        }
    });
}
