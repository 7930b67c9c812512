using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>Makes a spec from the flags of a Python script.</summary>
internal static class ArgparseSpec
{
    private static readonly string[] s_seeds = ["seed", "randomseed", "randomstate", "rngseed"];

    // Words of flags that say where, how long or how loudly, not how well.
    private static readonly HashSet<string> s_fixed = new(StringComparer.Ordinal)
    {
        "dir", "path", "file", "folder", "data", "dataset", "out", "output", "log", "logs", "logging", "save", "resume", "load", "checkpoint", "ckpt", "device", "gpu",
        "gpus", "cuda", "workers", "threads", "jobs", "port", "host", "name", "id", "tag", "project", "wandb", "verbose", "interval", "every", "print", "epochs",
        "epoch", "iterations", "iters", "steps", "rounds", "test", "eval", "val", "url", "config", "version", "rank", "world",
    };

    public static SpecInitResult Make(string source, string scriptPath, SpecInitOptions options)
    {
        string path = scriptPath.Replace('\\', '/');
        var sheet = new InitSheet(options)
        {
            Origin = $"From the flags of {path}; the ranges are proposals around its defaults: look at each.",
            Name = Path.GetFileNameWithoutExtension(path),
            Command = ["python3", path.Replace("$", "$$", StringComparison.Ordinal)],
        };
        if (source.Length > SpecText.MaxLength)
        {
            sheet.Notes.Add("the script is larger than 1 MiB and was not looked at");
            source = "";
        }

        List<PythonArgument> arguments = PythonArguments.Find(PythonTokens.Read(source));
        if (arguments.Count == 0) sheet.Notes.Add($"{path} has no add_argument(...) calls with plain flags; write the space by hand");
        HashSet<string> taken = new(StringComparer.Ordinal);
        bool all = false;
        List<string> positional = [];
        foreach (PythonArgument argument in arguments) all |= Add(sheet, argument, taken, positional);
        if (all || arguments.Count == 0) sheet.Command.Add("${args}");
        sheet.Command.AddRange(positional);
        if (!source.Contains("::hypercloud::", StringComparison.Ordinal))
            sheet.Notes.Add("the script must report its metric: print('::hypercloud:: {\"loss\": 0.21}', flush=True), with the metric's name");
        return sheet.Finish();
    }

    // True when the parameter is handed over by ${args}.
    private static bool Add(InitSheet sheet, PythonArgument argument, HashSet<string> taken, List<string> positional)
    {
        string flag = argument.Flags.FirstOrDefault(f => f.StartsWith("--", StringComparison.Ordinal)) ?? argument.Flags[0];
        string name = flag.TrimStart('-');
        string[] words = name.ToLowerInvariant().Split('-', '_', '.');
        if (argument.Positional)
        {
            if (argument.Several || argument.Default.Kind != ValueKind.Null) return false;
            positional.Add("REPLACE-" + InitSheet.NameOf(name));
            sheet.Notes.Add($"the script needs the argument '{name}': replace {positional[^1]} in the command");
            return false;
        }

        if (s_seeds.Contains(string.Concat(words)))
        {
            sheet.Command.Add($"{flag}=${{seed}}");
            return false;
        }

        if (argument.Action is not (null or "store"))
        {
            if (argument.Action is not ("help" or "version")) sheet.Notes.Add($"{flag} is a switch (action {argument.Action}); add it to the command where you want it");
            return false;
        }

        if (Domain(argument, words) is not { } domain)
        {
            string why = argument.Several ? "takes several values" : argument.Type == "bool" ? "has type=bool, for which argparse takes every text as true"
                : argument.Type is "float" or "int" ? "is left at its default" : "is no number and lists no choices";
            if (argument.Required)
            {
                sheet.Command.Add($"{flag}=REPLACE-{InitSheet.NameOf(name)}");
                sheet.Notes.Add($"the script needs {flag}, which {why}: replace REPLACE-{InitSheet.NameOf(name)} in the command");
            }
            else
            {
                sheet.Notes.Add($"{flag} is not searched: it {why}");
            }

            return false;
        }

        if (!SpecKeys.Matches(name, SpecKeys.ParameterNamePattern) || !taken.Add(name.ToUpperInvariant().Replace('-', '_').Replace('.', '_')))
        {
            sheet.Notes.Add($"{flag} is not searched: its name cannot be a parameter's, or stands there already");
            return false;
        }

        string remark = argument.Help.Length > 0 ? $"{domain.Remark}; {ScalarNode.Shorten(argument.Help)}" : domain.Remark;
        sheet.Parameters.Add(new InitParameter(name, domain.Domain, remark));
        if (flag.StartsWith("--", StringComparison.Ordinal)) return true;
        // ${args} writes two dashes.
        sheet.Command.Add($"{flag}=${{param.{name}}}");
        return false;
    }

    private static (string Domain, string Remark)? Domain(PythonArgument argument, string[] words)
    {
        if (argument.Several || argument.Type == "bool") return null;
        if (argument.Choices.Length > 0)
        {
            ParameterValue? chosen = argument.Default.Kind != ValueKind.Null && argument.Choices.Contains(argument.Default) ? argument.Default : null;
            string values = string.Join(", ", argument.Choices.Select(InitSheet.Scalar));
            return ($"{{values: [{values}]{(chosen is { } v ? $", default: {InitSheet.Scalar(v)}" : "")}}}", "the script's choices");
        }

        bool optional = argument.Default.Kind == ValueKind.Null && !argument.Required;
        if (optional || argument.OpaqueDefault || words.Any(s_fixed.Contains)) return null;
        double? number = argument.Default.IsNumeric ? argument.Default.AsNumber() : null;
        return argument.Type switch
        {
            "float" => RangeProposals.Real(words, number),
            "int" => RangeProposals.Whole(argument.Default.Kind == ValueKind.Integer ? argument.Default.AsInteger() : null),
            _ => null,
        };
    }
}
