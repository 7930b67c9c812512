using HyperCloud.Core;
using HyperCloud.Statistics;

namespace HyperCloud.Sweeps;

/// <summary>Reads <c>search</c>.</summary>
internal static class SearchReader
{
    public static SearchSpec Read(SectionReader reader, SpecContext context)
    {
        string? algorithm = reader.Text("algorithm");
        if (algorithm is not null && context.Algorithms is { } known && !known.Contains(algorithm))
        {
            string names = string.Join(", ", known);
            reader.Error(SpecCodes.Invalid, "algorithm",
                $"`search.algorithm` must be one of {names}, but got '{ScalarNode.Shorten(algorithm)}'{Nearest.Hint(algorithm, known)}");
        }

        bool costAware = reader.Boolean("costAware") ?? false;
        if (costAware && algorithm is not (null or "auto" or "gp"))
            reader.Warn(SpecCodes.NoEffect, "costAware", $"`{algorithm}` does not weigh gain against time; auto and gp do");
        return new SearchSpec
        {
            CostAware = costAware,
            Algorithm = algorithm ?? "auto",
            Seed = (ulong)(reader.Integer("seed") ?? 0),
            Order = reader.Choice("order") == "lagged" ? SearchOrder.Lagged : SearchOrder.Async,
        };
    }
}

/// <summary>Reads <c>limits</c>.</summary>
internal static class LimitsReader
{
    public static LimitsSpec Read(SectionReader reader, SpecContext context)
    {
        var limits = new LimitsSpec();
        limits = limits with
        {
            Trials = (int?)reader.Integer("trials") ?? limits.Trials,
            Parallel = (int?)reader.Integer("parallel"),
            Failures = (int?)reader.Integer("failures"),
            Time = reader.Duration("time"),
            RunTime = reader.Duration("runTime"),
            Cost = Cost(reader, context),
        };
        if (limits is { Time: { } time, RunTime: { } run } && run > time)
            reader.Warn(SpecCodes.NoEffect, "runTime",
                $"limits.runTime={Durations.Format(run)} is longer than limits.time={Durations.Format(time)}: the sweep ends before a run could exceed it");
        return limits;
    }

    private static Money? Cost(SectionReader reader, SpecContext context)
    {
        if (reader.Node("cost") is not { } node || node is ScalarNode { Refused: true }) return null;
        if (node is ScalarNode { Value.Kind: ValueKind.Text } text && Money.TryParse(text.Written, out Money money))
        {
            if (context.Currency is not { } currency || money.Currency == currency) return money;
            reader.Error(SpecCodes.Invalid, "cost", $"costs are counted in {currency}, by the prices of the host, so `limits.cost` must be in {currency} too, but got {money}");
        }
        else
        {
            reader.Error(SpecCodes.WrongType, "cost", $"`limits.cost` must be an amount above 0 with its currency, such as 2 USD, but got {node.Describe()}");
        }

        return null;
    }
}

/// <summary>Reads <c>seeds</c>.</summary>
internal static class SeedsReader
{
    public static SeedsSpec Read(SectionReader reader)
    {
        var seeds = new SeedsSpec();
        return new SeedsSpec
        {
            Search = (int?)reader.Integer("search") ?? seeds.Search,
            SearchMode = reader.Choice("searchMode") == "common" ? SearchSeedMode.Common : SearchSeedMode.Fresh,
            Selection = Selection(reader.Section("selection")),
            Evaluation = Evaluation(reader.Section("evaluation")),
        };
    }

    private static SelectionSpec Selection(SectionReader reader)
    {
        var defaults = new SelectionSpec();
        var selection = new SelectionSpec
        {
            Top = (int?)reader.Integer("top") ?? defaults.Top,
            Runs = (int?)reader.Integer("runs") ?? defaults.Runs,
            MaxSeeds = (int?)reader.Integer("maxSeeds") ?? defaults.MaxSeeds,
            Race = reader.Boolean("race") ?? defaults.Race,
            Test = reader.Choice("test") is { } test && Enum.TryParse(test, ignoreCase: true, out RaceTest known) ? known : null,
            Alpha = reader.Number("alpha") ?? defaults.Alpha,
        };
        string at = reader.Node("top") is null ? "runs" : "top";
        if (selection.Top > selection.Runs)
            reader.Error(SpecCodes.Invalid, at,
                FormattableString.Invariant($"`top <= runs` must hold for seeds.selection, since `runs` are those of the whole stage, but got top={selection.Top}, runs={selection.Runs}"));
        else if ((long)selection.Top * selection.MaxSeeds < selection.Runs)
            reader.Warn(SpecCodes.NoEffect, reader.Node("maxSeeds") is null ? at : "maxSeeds",
                FormattableString.Invariant($"{selection.Top} trials with at most maxSeeds={selection.MaxSeeds} runs can use {(long)selection.Top * selection.MaxSeeds} of runs={selection.Runs} only"));
        return selection;
    }

    private static EvaluationSpec Evaluation(SectionReader reader)
    {
        var defaults = new EvaluationSpec();
        double? confidence = reader.Number("confidence");
        if (confidence < 0.5)
        {
            reader.Error(SpecCodes.Invalid, "confidence", FormattableString.Invariant(
                $"`seeds.evaluation.confidence` is the level of the interval, of at least 0.5, but got {confidence}; write {1 - (decimal)confidence!.Value} if an error rate was meant"));
        }

        var evaluation = new EvaluationSpec
        {
            Seeds = (int?)reader.Integer("seeds") ?? defaults.Seeds,
            Also = (int?)reader.Integer("also") ?? defaults.Also,
            Confidence = confidence ?? defaults.Confidence,
            Metric = reader.Text("metric"),
            NoHoldout = reader.Choice("holdout") == "none",
        };
        if (evaluation.Seeds < 5)
            reader.Warn(SpecCodes.Weak, "seeds",
                FormattableString.Invariant($"{evaluation.Seeds} evaluation seeds give a wide interval; take at least 5, better 20"));
        if (evaluation is { Metric: not null, NoHoldout: true })
            reader.Error(SpecCodes.Invalid, "holdout",
                $"either `metric` names what is measured on unread data, or `holdout: none` says that nothing is, but got both (metric={evaluation.Metric})");
        return evaluation;
    }
}
