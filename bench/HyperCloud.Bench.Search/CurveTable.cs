using System.Text.Json;
using HyperCloud.Core;

/// <summary>
/// A table of real training runs with learning curves, as the shared search benchmark keeps them: <c>space.json</c>, <c>surrogate.json</c> (a
/// forest whose leaves are curves) and <c>data.jsonl</c> (the measured curves of some seeds, from which the noise is taken).
/// </summary>
internal sealed class CurveTable
{
    private readonly JsonElement[] _parameters;
    private readonly Tree[] _trees;
    private readonly double[][] _designs; // measured configurations, encoded
    private readonly double[][][] _residuals; // by design and seed: the curve less the mean of its design's curves, enlarged to the noise's variance

    private sealed record Tree(int[] Feature, double[] Threshold, int[] Left, int[] Right, double[][] Curve);

    public CurveTable(string folder)
    {
        using JsonDocument space = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "space.json")));
        JsonElement root = space.RootElement.Clone();
        Name = root.GetProperty("name").GetString()!;
        _parameters = [.. root.GetProperty("params").EnumerateArray()];
        Space = new Space(_parameters.Select(ToParameter));
        Best = root.GetProperty("best_known").GetProperty("value").GetDouble();
        Scale = root.GetProperty("scale").GetDouble();
        using JsonDocument forest = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "surrogate.json")));
        _trees = [.. forest.RootElement.GetProperty("trees").EnumerateArray().Select(t => new Tree(
            t.GetProperty("feature").Deserialize<int[]>()!, t.GetProperty("threshold").Deserialize<double[]>()!, t.GetProperty("left").Deserialize<int[]>()!,
            t.GetProperty("right").Deserialize<int[]>()!,
            t.GetProperty("value")[0].ValueKind == JsonValueKind.Array ? t.GetProperty("value").Deserialize<double[][]>()!
                : throw new ArgumentException($"the table '{folder}' has no learning curves")))];
        Length = _trees[0].Curve[0].Length;
        List<double[]> designs = [];
        List<double[][]> residuals = [];
        foreach (string line in File.ReadLines(Path.Combine(folder, "data.jsonl")))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            designs.Add(Encode(name => row.RootElement.GetProperty("config").TryGetProperty(name, out JsonElement v) ? ParameterValue.FromJson(v) : null));
            double[][] curves = row.RootElement.GetProperty("curves").Deserialize<double[][]>()!;
            double enlarge = Math.Sqrt(curves.Length / (curves.Length - 1.0));
            residuals.Add([.. curves.Select(c => c.Select((v, e) => (v - curves.Average(other => other[e])) * enlarge).ToArray())]);
        }

        (_designs, _residuals) = ([.. designs], [.. residuals]);
    }

    public string Name { get; }

    public Space Space { get; }

    /// <summary>Full length, in epochs.</summary>
    public int Length { get; }

    public double Best { get; }

    /// <summary>The median of random designs less <see cref="Best"/>.</summary>
    public double Scale { get; }

    /// <summary>The noise-free curve of a configuration: the value after epoch 1, 2, …</summary>
    public double[] True(Assignment assignment)
    {
        double[] x = Encode(name => assignment[name]), curve = new double[Length];
        foreach (Tree tree in _trees)
        {
            int node = 0;
            while (tree.Feature[node] >= 0) node = x[tree.Feature[node]] <= tree.Threshold[node] ? tree.Left[node] : tree.Right[node];
            for (int e = 0; e < curve.Length; e++) curve[e] += tree.Curve[node][e] / _trees.Length;
        }

        return curve;
    }

    /// <summary>What one run sees: the noise-free curve plus the residuals of one seed of the nearest measured configuration.</summary>
    public double[] Observe(Assignment assignment, RandomStream random)
    {
        double[] x = Encode(name => assignment[name]);
        int nearest = 0;
        double least = double.PositiveInfinity;
        for (int i = 0; i < _designs.Length; i++)
        {
            double distance = 0;
            for (int d = 0; d < x.Length; d++) distance += (x[d] - _designs[i][d]) * (x[d] - _designs[i][d]);
            if (distance < least) (least, nearest) = (distance, i);
        }

        double[] residual = _residuals[nearest][random.NextInt(_residuals[nearest].Length)];
        return [.. True(assignment).Select((v, e) => v + residual[e])];
    }

    // Numbers on [0, 1], by their logarithm where the scale is one, −1 where inactive; categorical values one-hot.
    private double[] Encode(Func<string, ParameterValue?> valueOf)
    {
        List<double> x = [];
        foreach (JsonElement p in _parameters)
        {
            ParameterValue? value = valueOf(p.GetProperty("name").GetString()!);
            if (p.GetProperty("type").GetString() == "cat")
            {
                x.AddRange(p.GetProperty("choices").EnumerateArray().Select(c => value is { } v && v == ParameterValue.FromJson(c) ? 1.0 : 0.0));
                continue;
            }

            double low = p.GetProperty("low").GetDouble(), high = p.GetProperty("high").GetDouble();
            x.Add(value is not { } number ? -1
                : p.GetProperty("log").GetBoolean() ? (Math.Log(number.AsNumber()) - Math.Log(low)) / (Math.Log(high) - Math.Log(low))
                : (number.AsNumber() - low) / (high - low));
        }

        return [.. x];
    }

    private static Parameter ToParameter(JsonElement p)
    {
        string name = p.GetProperty("name").GetString()!;
        Parameter parameter = p.GetProperty("type").GetString() switch
        {
            "cat" => new CategoricalParameter(name, [.. p.GetProperty("choices").EnumerateArray().Select(ParameterValue.FromJson)]),
            "int" => new IntParameter(name, p.GetProperty("low").GetInt64(), p.GetProperty("high").GetInt64()) { Log = p.GetProperty("log").GetBoolean() },
            _ => new FloatParameter(name, p.GetProperty("low").GetDouble(), p.GetProperty("high").GetDouble()) { Log = p.GetProperty("log").GetBoolean() },
        };
        return p.TryGetProperty("condition", out JsonElement c)
            ? parameter with { When = [new ConditionClause(c.GetProperty("param").GetString()!, [.. c.GetProperty("in").EnumerateArray().Select(ParameterValue.FromJson)])] }
            : parameter;
    }
}
