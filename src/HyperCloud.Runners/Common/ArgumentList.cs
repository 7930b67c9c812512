using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>A list of arguments with templates, one element an argument: no shell takes it apart.</summary>
internal sealed class ArgumentList
{
    /// <summary>A list of nothing.</summary>
    public static readonly ArgumentList Empty = new([], []);

    private ArgumentList(ImmutableArray<string> source, ImmutableArray<Template> elements) => (Source, Elements) = (source, elements);

    /// <summary>The list as the spec writes it, templates unfilled.</summary>
    public ImmutableArray<string> Source { get; }

    /// <summary>Its elements.</summary>
    public ImmutableArray<Template> Elements { get; }

    /// <summary>The parameters it names.</summary>
    public IEnumerable<string> Parameters => Elements.SelectMany(e => e.Parameters);

    /// <summary>Reads a list.</summary>
    /// <param name="list">A JSON array.</param>
    /// <param name="at">Its pointer.</param>
    /// <param name="space">The space whose parameters may be named.</param>
    /// <param name="findings">Where findings go.</param>
    public static ArgumentList Read(JsonElement list, string at, Space space, List<RunnerFinding> findings)
    {
        var source = ImmutableArray.CreateBuilder<string>();
        var elements = ImmutableArray.CreateBuilder<Template>();
        foreach (JsonElement e in list.EnumerateArray())
        {
            string pointer = string.Create(CultureInfo.InvariantCulture, $"{at}/{source.Count}");
            // A YAML list such as [train, --epochs, 20] has a number in it; only what has one spelling is taken as text.
            string? text = e.ValueKind == JsonValueKind.String ? e.GetString()
                : e.ValueKind == JsonValueKind.Number && e.TryGetInt64(out long n) ? n.ToString(CultureInfo.InvariantCulture)
                : null;
            if (text is null) findings.Add(new(true, pointer, $"an argument must be a text, but got {OptionReader.Show(e)}; put it into quotes"));
            else if (text.Contains('\0')) findings.Add(new(true, pointer, "an argument cannot hold the character NUL"));
            List<string> problems = [];
            elements.Add(Template.Parse(text ?? "", space, argsAllowed: true, problems));
            source.Add(text ?? "");
            findings.AddRange(problems.Select(p => new RunnerFinding(true, pointer, p)));
        }

        var read = new ArgumentList(source.ToImmutable(), elements.ToImmutable());
        foreach (int second in Enumerable.Range(0, read.Elements.Length).Where(i => read.Elements[i].IsArgs).Skip(1))
            findings.Add(new(true, string.Create(CultureInfo.InvariantCulture, $"{at}/{second}"), "${args} is there twice"));
        return read;
    }

    /// <summary>The arguments of one run.</summary>
    /// <param name="request">The run.</param>
    /// <param name="elsewhere">Parameters that are named anywhere: <c>${args}</c> leaves them out.</param>
    public ImmutableArray<string> Render(RunRequest request, IReadOnlySet<string> elsewhere)
    {
        var line = ImmutableArray.CreateBuilder<string>();
        foreach (Template element in Elements)
        {
            // One --name=value for each active parameter that is referenced nowhere else.
            if (element.IsArgs) line.AddRange(request.Assignment.Active().Where(p => !elsewhere.Contains(p.Key)).Select(p => $"--{p.Key}={p.Value}"));
            else if (element.Render(request) is { } text) line.Add(text);
        }

        return line.ToImmutable();
    }
}
