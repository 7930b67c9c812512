using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Makes a spec from a W&amp;B sweep: method, metric, parameters with their distributions, program and command.</summary>
internal sealed class WandbSpec(MapNode root, MapNode parameters, SpecInitOptions options)
{
    private readonly InitSheet _sheet = new(options) { Origin = "From a W&B sweep.", Name = "wandb-sweep" };
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private bool _grid;

    public SpecInitResult Make()
    {
        if (Text(root, "name") is { } name) _sheet.Name = name;
        string method = Text(root, "method") ?? "bayes";
        _grid = method == "grid";
        _sheet.Algorithm = method is "random" or "grid" ? method : "auto";
        Metric();
        if (Scalar(root, "run_cap") is { Value.Kind: ValueKind.Integer } cap && cap.Value.AsInteger() is >= 1 and <= SeedPlan.MaxTrials) _sheet.Trials = (int)cap.Value.AsInteger();
        Parameters(parameters, "");
        Command();
        if (root.Find("early_terminate") is not null) _sheet.Notes.Add("early_terminate is not carried over: this version does not stop runs early yet");
        foreach (MapEntry entry in root.Entries)
            if (entry.Key is not ("name" or "method" or "metric" or "parameters" or "program" or "command" or "run_cap" or "early_terminate" or "project" or "entity" or "description"))
                _sheet.Notes.Add($"`{ScalarNode.Shorten(entry.Key)}` is not carried over");
        return _sheet.Finish();
    }

    private static ScalarNode? Scalar(MapNode map, string key) => map.Find(key)?.Value as ScalarNode is { Refused: false } scalar ? scalar : null;

    private static string? Text(MapNode map, string key) => Scalar(map, key) is { Value.Kind: ValueKind.Text } scalar ? scalar.Value.AsText() : null;

    private static double? Number(MapNode map, string key) => Scalar(map, key) is { Value.IsNumeric: true } scalar ? scalar.Value.AsNumber() : null;

    private static bool Whole(MapNode map, string key) => Scalar(map, key) is { Value.Kind: ValueKind.Integer };

    private void Metric()
    {
        if (root.Find("metric")?.Value is not MapNode metric)
        {
            _sheet.Notes.Add("the sweep names no metric; put yours in place of `loss`");
            return;
        }

        string? name = Text(metric, "name");
        if (name is not null && name != "step" && SpecKeys.Matches(name, SpecKeys.Objective.Key("metric").Pattern!)) _sheet.Metric = name;
        else _sheet.Notes.Add("the metric's name is not carried over; put yours in place of `loss`");
        if (Text(metric, "goal") == "maximize") _sheet.Goal = Goal.Maximize;
        if (Number(metric, "target") is { } target) _sheet.Target = ParameterValue.Of(target).ToString();
    }

    private void Parameters(MapNode map, string prefix)
    {
        foreach (MapEntry entry in map.Entries)
        {
            string name = prefix + entry.Key;
            if (entry.Value is not MapNode domain)
            {
                _sheet.Notes.Add($"the parameter '{ScalarNode.Shorten(name)}' is not carried over: it is no mapping");
            }
            else if (domain.Find("parameters")?.Value is MapNode inner)
            {
                if (prefix.Length == 0) _sheet.Notes.Add($"the parameters below '{ScalarNode.Shorten(name)}' are named with a dot: {ScalarNode.Shorten(name)}.…");
                Parameters(inner, name + ".");
            }
            else if (!SpecKeys.Matches(name, SpecKeys.ParameterNamePattern) || !_taken.Add(name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')))
            {
                _sheet.Notes.Add($"the parameter '{ScalarNode.Shorten(name)}' is not carried over: the name cannot be a parameter's, or is taken");
            }
            else if (Domain(name, domain) is { } text)
            {
                if (domain.Find("probabilities") is not null) _sheet.Notes.Add($"the probabilities of '{name}' are not carried over: all values are equally likely");
                _sheet.Parameters.Add(new InitParameter(name, text, ""));
            }
            else
            {
                _sheet.Notes.Add($"the parameter '{name}' is not carried over: its {(Text(domain, "distribution") is { } d ? $"distribution {ScalarNode.Shorten(d)}" : "form")} with these values has no counterpart");
            }
        }
    }

    private string? Domain(string name, MapNode map)
    {
        if (map.Find("value")?.Value is { } value) return value is ScalarNode constant ? $"{{value: {InitSheet.Scalar(constant.Value)}}}" : null;
        if (map.Find("values")?.Value is ListNode list)
        {
            ParameterValue[] values = [.. list.Items.OfType<ScalarNode>().Select(s => s.Value).Distinct()];
            return values.Length == 0 || list.Items.Any(i => i is not ScalarNode) || values.Length > ParameterReader.MaxValues ? null
                : $"{{values: [{string.Join(", ", values.Select(InitSheet.Scalar))}]}}";
        }

        string distribution = Text(map, "distribution") ?? (Whole(map, "min") && Whole(map, "max") ? "int_uniform" : "uniform");
        double? min = Number(map, "min"), max = Number(map, "max");
        double mu = Number(map, "mu") ?? 0, sigma = Number(map, "sigma") ?? 1, q = Number(map, "q") ?? 1;
        switch (distribution)
        {
            case "int_uniform": return Real(name, min, max, log: false, 1);
            case "uniform": return Real(name, min, max, log: false, null);
            case "q_uniform": return Real(name, min, max, log: false, q);
            case "log_uniform_values": return Real(name, min, max, log: true, null);
            case "q_log_uniform_values": return Real(name, min, max, log: true, q);
            // These give the exponents of e.
            case "log_uniform": return Real(name, Exp(min), Exp(max), log: true, null);
            case "q_log_uniform": return Real(name, Exp(min), Exp(max), log: true, q);
            case "inv_log_uniform_values":
                Approximated(name, distribution, "a log scale");
                return Real(name, min, max, log: true, null);
            case "inv_log_uniform":
                Approximated(name, distribution, "a log scale");
                return Real(name, Exp(-max), Exp(-min), log: true, null);
            case "normal" or "q_normal":
                Approximated(name, distribution, "the range of two standard deviations");
                return Real(name, mu - 2 * sigma, mu + 2 * sigma, log: false, distribution == "normal" ? null : q);
            case "log_normal" or "q_log_normal":
                Approximated(name, distribution, "the range of two standard deviations, on a log scale");
                return Real(name, Exp(mu - 2 * sigma), Exp(mu + 2 * sigma), log: true, distribution == "log_normal" ? null : q);
            case "beta":
                Approximated(name, distribution, "the range from 0 to 1");
                return Real(name, 0, 1, log: false, null);
            default: return null;
        }
    }

    private void Approximated(string name, string distribution, string by) => _sheet.Notes.Add($"the distribution {distribution} of '{name}' became {by}");

    private static double? Exp(double? exponent) => exponent is { } e ? Elementary.Exp(e) : null;

    // A range in flow YAML; a quantum moves the bounds inwards onto its multiples.
    private string? Real(string name, double? min, double? max, bool log, double? quantum)
    {
        if (min is not { } low || max is not { } high || !double.IsFinite(high - low) || low > high || (log && low <= 0 && quantum is null)) return null;
        string scale = log ? ", scale: log" : "";
        if (quantum is not { } q)
        {
            string points = "";
            if (_grid && low < high)
            {
                points = ", points: 5";
                _sheet.Notes.Add($"'{name}' is continuous and the method is grid, so it got 5 points");
            }

            return $"{{type: float, min: {Show(low)}, max: {Show(high)}{scale}{points}}}";
        }

        if (q <= 0 || Math.Abs(low) > 1e12 || Math.Abs(high) > 1e12 || q is < 1e-9 or > 1e12) return null;
        decimal step = (decimal)q, from = decimal.Ceiling((decimal)low / step) * step, to = decimal.Floor((decimal)high / step) * step;
        if (log && from <= 0) from = step;
        // What the reader asks of a step: clean decimals, few enough, and far enough apart for doubles.
        if (from > to || (to - from) / step > 100_000_000 || q < 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high))) return null;
        if ((decimal)(double)from != from || (decimal)(double)to != to || (double)step != q) return null;
        bool whole = step == decimal.Floor(step);
        string Write(decimal value) => whole ? value.ToString("0", CultureInfo.InvariantCulture) : Show((double)value);
        return $"{{type: {(whole ? "int" : "float")}, min: {Write(from)}, max: {Write(to)}{(whole && step == 1 ? "" : $", step: {Write(step)}")}{scale}}}";
    }

    private static string Show(double value) => ParameterValue.Of(value).ToString();

    private void Command()
    {
        string program = (Text(root, "program") ?? "train.py").Replace("$", "$$", StringComparison.Ordinal);
        if (root.Find("command")?.Value is not ListNode command)
        {
            _sheet.Command.AddRange([.. program.EndsWith(".py", StringComparison.OrdinalIgnoreCase) ? (string[])["python3", program] : [program], "${args}"]);
            return;
        }

        foreach (SpecNode node in command.Items)
        {
            if (node is not ScalarNode element) continue;
            string text = element.Value.ToString();
            switch (text)
            {
                case "${env}": _sheet.Command.Add("/usr/bin/env"); break;
                case "${interpreter}": _sheet.Command.Add("python3"); break;
                case "${program}": _sheet.Command.Add(program); break;
                case "${args}": _sheet.Command.Add(text); break;
                case "${args_json}": _sheet.Command.Add("${params_json}"); break;
                case var macro when macro.Contains("${", StringComparison.Ordinal):
                    _sheet.Notes.Add($"the command's `{ScalarNode.Shorten(macro)}` is not carried over{(macro.StartsWith("${args_", StringComparison.Ordinal) ? "; ${args} writes --name=value" : "")}");
                    break;
                default: _sheet.Command.Add(text.Replace("$", "$$", StringComparison.Ordinal)); break;
            }
        }

        if (_sheet.Command.Count == 0) _sheet.Command.AddRange(["python3", program, "${args}"]);
    }
}
