using System.Collections.Immutable;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>What the user says of the spec to be made; all optional.</summary>
public sealed record SpecInitOptions
{
    /// <summary>Name of the sweep; default: from the script or the other tool's file, else <c>my-sweep</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Metric to optimise; default: from the other tool's file, else <c>loss</c>.</summary>
    public string? Metric { get; init; }

    /// <summary>Its direction; default: from the other tool's file, else minimize.</summary>
    public Goal? Goal { get; init; }
}

/// <summary>A spec made by <see cref="SpecInit"/>.</summary>
/// <param name="Text">Commented YAML that <see cref="SpecReader"/> takes without errors; null when the source could not be read.</param>
/// <param name="Notes">What could not be carried over and what the user should look at, a sentence each; also in the text as comments.</param>
/// <param name="Problems">Why the source could not be read; empty otherwise.</param>
public sealed record SpecInitResult(string? Text, ImmutableArray<string> Notes, ImmutableArray<SpecProblem> Problems);

/// <summary>Makes a spec to begin with: from nothing, from the flags of a Python script, or from a W&amp;B sweep.</summary>
public static class SpecInit
{
    /// <summary>A template with every section explained.</summary>
    public static SpecInitResult Template(SpecInitOptions? options = null)
    {
        var sheet = new InitSheet(options ?? new SpecInitOptions())
        {
            Origin = "A template; change all of it.",
            Command = ["python3", "train.py", "${args}"],
        };
        sheet.Parameters.Add(new("learning_rate", "{type: float, min: 1e-4, max: 0.5, scale: log, default: 0.1}",
            "a real range; scale: log for what varies by factors"));
        sheet.Parameters.Add(new("layers", "{type: int, min: 1, max: 4, default: 2}", "a whole range"));
        sheet.Parameters.Add(new("optimizer", "{values: [sgd, adam], default: sgd}", "a choice; ordered: true when the order means something"));
        sheet.Parameters.Add(new("momentum", "{type: float, min: 0.0, max: 0.95, step: 0.05, default: 0.9, when: {optimizer: sgd}}",
            "only while optimizer is sgd"));
        sheet.Parameters.Add(new("batch_size", "{value: 64}", "handed to every run, not searched"));
        return sheet.Finish();
    }

    /// <summary>
    /// A spec from the flags that a Python script declares with <c>add_argument(...)</c>. The text is only looked at, never run. Ranges are
    /// proposed around the defaults and must be looked at.
    /// </summary>
    /// <param name="source">The script's text.</param>
    /// <param name="scriptPath">Its path as the spec's command should name it.</param>
    /// <param name="options">What the user says.</param>
    public static SpecInitResult FromPython(string source, string scriptPath, SpecInitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return ArgparseSpec.Make(source, scriptPath, options ?? new SpecInitOptions());
    }

    /// <summary>A spec from a W&amp;B sweep (<c>method</c>, <c>metric</c>, <c>parameters</c>, <c>program</c>, <c>command</c>).</summary>
    /// <param name="text">Its YAML or JSON.</param>
    /// <param name="fileName">Its name, or null; <c>.json</c> means JSON.</param>
    /// <param name="options">What the user says.</param>
    public static SpecInitResult FromWandb(string text, string? fileName, SpecInitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var problems = new ProblemList();
        SpecNode? root = SpecReader.Parse(text, fileName, problems);
        if (root is not null) SpecNode.Locate(root, problems);
        if (root is MapNode map && map.Find("parameters")?.Value is MapNode parameters)
            return problems.HasErrors ? new(null, [], problems.Sorted()) : new WandbSpec(map, parameters, options ?? new SpecInitOptions()).Make();
        if (!problems.HasErrors)
            problems.Error(SpecCodes.WrongType, root!, "a W&B sweep is a mapping with `parameters`, but this is none");
        return new(null, [], problems.Sorted());
    }

    /// <summary>Takes a name that ends in <c>.py</c> for a script, all else for a W&amp;B sweep.</summary>
    public static SpecInitResult From(string text, string fileName, SpecInitOptions? options = null) =>
        fileName.EndsWith(".py", StringComparison.OrdinalIgnoreCase) ? FromPython(text, fileName, options) : FromWandb(text, fileName, options);
}
