using System.Collections.Immutable;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>constraints</c>.</summary>
internal static class ConstraintReader
{
    /// <summary>The constraints; what is faulty is left out.</summary>
    public static ImmutableArray<ConstraintSpec> Read(SectionReader root, ImmutableArray<ObjectiveSpec> objectives)
    {
        var constraints = ImmutableArray.CreateBuilder<ConstraintSpec>();
        foreach (SectionReader reader in root.Sections("constraints"))
        {
            if (!reader.Given) continue;
            reader.Require("metric", "name the metric that has to keep within bounds");
            string? metric = reader.Text("metric");
            double? min = reader.Number("min"), max = reader.Number("max");
            if (reader.Node("min") is null && reader.Node("max") is null)
                reader.Problems.Error(SpecCodes.MissingKey, reader.Place, reader.PointerOf("max"), $"the constraint needs a bound: `max`, `min` or both{(metric is null ? "" : $", such as {{metric: {metric}, max: 100}}")}");
            else if (min > max)
                reader.Error(SpecCodes.Invalid, "min", FormattableString.Invariant($"`min <= max` must hold for a constraint, but got min={min}, max={max}"));
            else if (metric == "step")
                reader.Error(SpecCodes.Reserved, "metric", "`step` cannot be a metric: in a report it counts the resource");
            else if (metric is not null && objectives.Any(o => o.Metric == metric))
                reader.Error(SpecCodes.Invalid, "metric", $"'{metric}' is what is optimised; a constraint bounds another metric{(objectives.Length > 1 ? ". How bad it may be says its `reference`" : "")}");
            else if (metric is not null && constraints.Any(c => c.Metric == metric))
                reader.Error(SpecCodes.Invalid, "metric", $"'{metric}' has a constraint already; give one both `min` and `max`");
            else if (metric is not null)
                constraints.Add(new ConstraintSpec(metric, min, max));
        }

        return constraints.ToImmutable();
    }
}
