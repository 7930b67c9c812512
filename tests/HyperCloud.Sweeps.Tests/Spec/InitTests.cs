using System.Globalization;
using CsCheck;
using HyperCloud.Core;
using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

public class InitTests
{
    private static SweepSpec Reads(SpecInitResult made)
    {
        Assert.Empty(made.Problems);
        return Clean(SpecReader.Read(made.Text!, "made.yaml", Context));
    }

    [Fact]
    public void The_template_is_a_spec_with_every_kind_of_parameter()
    {
        SweepSpec spec = Reads(SpecInit.Template(new SpecInitOptions { Name = "my sweep!", Metric = "val/acc", Goal = Goal.Maximize }));
        Assert.Equal(("my-sweep", "val/acc", Goal.Maximize), (spec.Name, spec.Objective.Metric, spec.Objective.Goal));
        Assert.Equal(5, spec.Space.Parameters.Select(p => (p.GetType(), p.When.IsEmpty)).Distinct().Count());
        Assert.NotNull(spec.Space.Default());
    }

    private const string Script = """"
        #!/usr/bin/env python3
        """A script. parser.add_argument("--not-this", type=float, default=1.0) stands in a docstring."""
        import argparse
        parser = argparse.ArgumentParser(description='x')
        # parser.add_argument("--nor-this", type=int, default=3)
        parser.add_argument("data", help="csv file")
        parser.add_argument("--lr", "-l", type=float, default=1e-3, metavar="LR",
                            help="learning rate: \"eta\" (default: %(default)s)")
        group = parser.add_argument_group("model")
        group.add_argument('--hidden_size', type=int, default=1_28,
            help='width '
                 'of the layers')
        group.add_argument("--layers", type=int, default=2)
        group.add_argument("--optimizer", choices=["sgd", 'adam', "on"], default="adam")
        group.add_argument("--batch-size", type=int, choices=(16, 32, 64), default=32)
        group.add_argument("--depth", type=int, choices=range(2, 9, 3), default=5)
        group.add_argument("--dropout", type=float, default=0.0)
        group.add_argument("--weight-decay", type=float, default=0.)
        group.add_argument("--momentum", type=float, default=.9)
        group.add_argument("--temperature", type=float, default=-1.5)
        group.add_argument("-C", type=float, default=1.0)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--epochs", type=int, default=10)
        parser.add_argument("--max-depth", type=int, default=-1)
        parser.add_argument("--amp", action="store_true")
        parser.add_argument("--bad", type=bool, default=True)
        parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2])
        parser.add_argument("--output-dir", default="out")
        parser.add_argument("--label", type=str, required=True)
        parser.add_argument("--opaque", type=float, default=DEFAULTS["opaque"])
        parser.add_argument("--beta", type=float, required=True)
        parser.add_argument(*names, type=float)
        args = parser.parse_args()
        """";

    [Fact]
    public void The_flags_of_a_script_become_a_spec()
    {
        SpecInitResult made = SpecInit.FromPython(Script, "src/train.py");
        SpecResult read = SpecReader.Read(made.Text!, "made.yaml", Context);
        Assert.Contains("'weight-decay', 'beta' have no default", Assert.Single(read.Problems).Message, StringComparison.Ordinal);
        SweepSpec spec = read.Spec!;
        Assert.Equal("train", spec.Name);
        Assert.Equal(
            ["lr", "hidden_size", "layers", "optimizer", "batch-size", "depth", "dropout", "weight-decay", "momentum", "temperature", "C", "beta"],
            spec.Space.Parameters.Select(p => p.Name));
        Assert.Equal(new FloatParameter("lr", 1e-5, 0.01) { Log = true, Default = ParameterValue.Of(1e-3) }, spec.Space.Parameters[0]);
        Assert.Equal(new IntParameter("hidden_size", 32, 512) { Log = true, Default = ParameterValue.Of(128) }, spec.Space.Parameters[1]);
        Assert.Equal(new IntParameter("layers", 1, 5) { Default = ParameterValue.Of(2) }, spec.Space.Parameters[2]);
        Assert.Equal(["sgd", "adam", "on"], Values(3));
        Assert.Equal(["16", "32", "64"], Values(4));
        Assert.Equal(["2", "5", "8"], Values(5));
        Assert.Equal(ParameterValue.Of(5), spec.Space.Parameters[5].Default);
        Assert.Equal(new FloatParameter("dropout", 0, 1) { Default = ParameterValue.Of(0.0) }, spec.Space.Parameters[6]);
        Assert.Equal(new FloatParameter("weight-decay", 1e-6, 0.1) { Log = true }, spec.Space.Parameters[7]);
        Assert.Equal(new FloatParameter("momentum", 0.5, 0.999) { Default = ParameterValue.Of(0.9) }, spec.Space.Parameters[8]);
        Assert.Equal(new FloatParameter("temperature", -3, 0) { Default = ParameterValue.Of(-1.5) }, spec.Space.Parameters[9]);
        Assert.Equal(new FloatParameter("C", 0.01, 100) { Log = true, Default = ParameterValue.Of(1.0) }, spec.Space.Parameters[10]);
        Assert.Equal(
            """["python3","src/train.py","-C=${param.C}","--seed=${seed}","--label=REPLACE-label","${args}","REPLACE-data"]""",
            spec.Trial!.Options.GetRawText());
        foreach (string fragment in (string[])["--amp is a switch", "--bad is not searched: it has type=bool", "--sizes", "--epochs", "--max-depth", "--opaque", "REPLACE-data", "::hypercloud::"])
            Assert.Contains(made.Notes, n => n.Contains(fragment, StringComparison.Ordinal));
        foreach (string fragment in (string[])["learning rate: \"eta\"", "width of the layers"]) Assert.Contains(fragment, made.Text!, StringComparison.Ordinal);
        Assert.DoesNotContain("not-this", made.Text!, StringComparison.Ordinal);
        Assert.DoesNotContain("nor-this", made.Text!, StringComparison.Ordinal);

        IEnumerable<string> Values(int at) => Assert.IsType<CategoricalParameter>(spec.Space.Parameters[at]).Values.Select(v => v.ToString());
    }

    [Fact]
    public void A_script_without_flags_gives_a_spec_without_parameters_and_says_so()
    {
        SpecInitResult made = SpecInit.FromPython("print('::hypercloud:: {}')", "x y$.py");
        SweepSpec spec = Reads(made);
        Assert.Equal(("x-y", 0), (spec.Name, spec.Space.Count));
        Assert.Contains("no add_argument", Assert.Single(made.Notes), StringComparison.Ordinal);
        Assert.Equal("""["python3","x y$$.py","${args}"]""", spec.Trial!.Options.GetRawText());
    }

    [Fact]
    public void Any_flag_and_any_text_give_a_spec()
    {
        Gen<string> pieces = Gen.OneOf(
            Gen.String[Gen.Char["abc()[]{}\"'\\,=#\n\t .-_019é\u0001\u007F\uFEFF"], 0, 30],
            Gen.Select(Gen.Int[0, 9], Gen.OneOf(Gen.Double[-2, 2], Gen.Double.Where(double.IsFinite)), Gen.Bool).Select((name, value, named) =>
            {
                string[] names = ["lr", "dropout", "wd", "x", "momentum", "tau", "alpha", "big_number", "C", "seed"];
                return $"p.add_argument('--{names[name]}', type=float, {(named ? "default=" : "help='h', default=")}{value.ToString("R", CultureInfo.InvariantCulture)})";
            }),
            Gen.Select(Gen.Int[0, 99], Gen.Long).Select((name, value) => $"p.add_argument(\"-n{name}\", type=int, default={value})"),
            Gen.String[Gen.Char["abé'\\ux0d8\n\u007F"], 0, 12].Select(t => $"p.add_argument('--c', choices=['{t}', 'b', None, True, 1.5], help=\"{t}\")"));
        for (uint i = 0; i < 300; i++)
        {
            string script = string.Join('\n', pieces.Array[0, 6].Generate(new PCG(i, 7), null, out _));
            Assert.Empty(SpecReader.Read(SpecInit.FromPython(script, "a.py").Text!, "a.yaml", Context).Errors.Select(e => $"{i}: {e}\n{script}"));
        }
    }

    [Fact]
    public void A_sweep_of_WandB_becomes_a_spec()
    {
        SpecInitResult made = SpecInit.From("""
            program: train.py
            name: My sweep
            method: bayes
            metric: {name: val.loss, goal: minimize, target: 0.1}
            run_cap: 40
            project: p
            early_terminate: {type: hyperband, min_iter: 3}
            parameters:
              lr: {distribution: log_uniform_values, min: 1e-5, max: 0.1}
              lr2: {distribution: log_uniform, min: -2.0, max: 0}
              layers: {min: 1, max: 4}
              dropout: {min: 0.0, max: 0.5}
              batch: {distribution: q_uniform, q: 8, min: 10, max: 100}
              rate: {distribution: q_uniform, q: 0.05, min: 0.02, max: 0.42}
              width: {distribution: q_log_uniform_values, q: 4, min: 1, max: 64}
              opt: {values: [adam, sgd, adam], probabilities: [0.5, 0.25, 0.25]}
              epochs: {value: 10}
              noise: {distribution: normal, mu: 0, sigma: 0.5}
              odd: {distribution: q_beta, a: 1, b: 2}
              model:
                parameters:
                  heads: {values: [1, 2, 4]}
              bad name: {value: 1}
            command: ["${env}", "${interpreter}", "${program}", "--x=$HOME", "${args_no_hyphens}", "${args}"]
            """, "sweep.yaml");
        SweepSpec spec = Reads(made);
        Assert.Equal(("My-sweep", "val.loss", 0.1, 40, "auto"), (spec.Name, spec.Objective.Metric, spec.Objective.Target, spec.Limits.Trials, spec.Search.Algorithm));
        Assert.Equal(["lr", "lr2", "layers", "dropout", "batch", "rate", "width", "opt", "epochs", "noise", "model.heads"], spec.Space.Parameters.Select(p => p.Name));
        Assert.Equal(new FloatParameter("lr", 1e-5, 0.1) { Log = true }, spec.Space.Parameters[0]);
        var exponents = Assert.IsType<FloatParameter>(spec.Space.Parameters[1]);
        Assert.Equal((0.135335283236613, 1.0), (Math.Round(exponents.Min, 15), exponents.Max));
        Assert.Equal(new IntParameter("layers", 1, 4), spec.Space.Parameters[2]);
        Assert.Equal(new IntParameter("batch", 16, 96) { Step = 8 }, spec.Space.Parameters[4]);
        Assert.Equal(new FloatParameter("rate", 0.05, 0.4) { Step = 0.05m }, spec.Space.Parameters[5]);
        Assert.Equal(new IntParameter("width", 4, 64) { Step = 4, Log = true }, spec.Space.Parameters[6]);
        Assert.Equal(2, Assert.IsType<CategoricalParameter>(spec.Space.Parameters[7]).Values.Length);
        Assert.Equal(new FloatParameter("noise", -1, 1), spec.Space.Parameters[9]);
        Assert.Equal("""["/usr/bin/env","python3","train.py","--x=$$HOME","${args}"]""", spec.Trial!.Options.GetRawText());
        foreach (string fragment in (string[])["early_terminate", "probabilities of 'opt'", "'odd' is not carried over", "'bad name'", "normal of 'noise'", "args_no_hyphens", "named with a dot"])
            Assert.Contains(made.Notes, n => n.Contains(fragment, StringComparison.Ordinal));
    }

    [Fact]
    public void A_grid_sweep_of_WandB_gets_points()
    {
        SweepSpec spec = Reads(SpecInit.FromWandb("""{"method": "grid", "parameters": {"x": {"min": 0.5, "max": 2.5}, "c": {"values": [1, 2]}}}""", "s.json"));
        Assert.Equal(5, Assert.IsType<FloatParameter>(spec.Space.Parameters[0]).Points);
        Assert.Equal("grid", spec.Search.Algorithm);
    }

    [Fact]
    public void Any_ranges_of_WandB_give_a_spec()
    {
        string[] distributions = ["uniform", "q_uniform", "log_uniform", "log_uniform_values", "q_log_uniform_values", "q_log_uniform", "inv_log_uniform", "inv_log_uniform_values",
            "normal", "q_normal", "log_normal", "q_log_normal", "int_uniform", "beta", "other"];
        Gen<(int Kind, double Min, double Width, double Q)> gen = Gen.Select(Gen.Int[0, distributions.Length - 1], Gen.OneOf(Gen.Double[-10, 10], Gen.Double[-1e14, 1e14]), Gen.OneOf(Gen.Double[0, 20], Gen.Double[0, 1e14]), Gen.OneOf(Gen.Double[0, 3], Gen.Int[0, 5].Select(i => i * 0.25)));
        for (uint i = 0; i < 400; i++)
        {
            (int kind, double min, double width, double q) = gen.Generate(new PCG(i, 11), null, out _);
            string text = FormattableString.Invariant($"method: {(i % 3 == 0 ? "grid" : "bayes")}\nparameters:\n  p: {{distribution: {distributions[kind]}, min: {min:R}, max: {min + width:R}, q: {q:R}, mu: {min:R}, sigma: {width:R}}}");
            SpecInitResult made = SpecInit.FromWandb(text, null);
            Assert.Empty(SpecReader.Read(made.Text!, "a.yaml", Context).Errors.Select(e => $"{i}: {e}\n{text}\n{made.Text}"));
        }
    }

    [Theory]
    [InlineData("a: 1", "a mapping with `parameters`")]
    [InlineData("parameters: [1", "not well-formed YAML")]
    [InlineData("", "empty")]
    [InlineData("parameters: {a: {value: 007}}", "leading zero")]
    public void What_is_no_sweep_of_WandB_is_a_problem(string text, string fragment)
    {
        SpecInitResult made = SpecInit.FromWandb(text, "w.yaml");
        Assert.Null(made.Text);
        Assert.Contains(fragment, Assert.Single(made.Problems).Message, StringComparison.Ordinal);
    }
}
