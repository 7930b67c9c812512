using System.Text.RegularExpressions;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>Every key of a spec, once. A key that is not here does not exist; one that is here is read, in the schema and in docs/spec.md.</summary>
internal static class SpecKeys
{
    public const string NamePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";
    public const string ParameterNamePattern = "^[A-Za-z][A-Za-z0-9_.-]{0,127}$";
    public const string VariablePattern = "^[A-Za-z_][A-Za-z0-9_]*$";
    public const string StatisticPattern = "^(mean|median|iqm|trimmed|worst|(quantile|cvar|mean-std)\\( *[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)? *\\))$";

    public const string PairsPattern = "^(none|all|[A-Za-z][A-Za-z0-9_.-]*\\s*\\+\\s*[A-Za-z][A-Za-z0-9_.-]*(\\s*,\\s*[A-Za-z][A-Za-z0-9_.-]*\\s*\\+\\s*[A-Za-z][A-Za-z0-9_.-]*)*)$";

    /// <summary>Whole numbers of the spec stay in the range where doubles tell all of them apart.</summary>
    public const double LargestWhole = 9007199254740992;

    public static SpecSection Objective { get; } = new("objective",
    [
        new("metric", KeyType.Text, "Name of the metric in the reports of runs.")
        { Required = true, Pattern = "^[^\\s](.{0,126}[^\\s])?$", Form = "1 to 128 characters without white space at the ends", Synonyms = ["name", "objectiveMetricName"] },
        new("goal", KeyType.Choice, "Whether smaller or larger values are better.")
        { Default = "minimize", Choices = ["minimize", "maximize"], Synonyms = ["direction", "type", "mode"] },
        new("statistic", KeyType.Text, "The aggregate of a configuration's runs that is judged, in selection and in the headline.")
        { Default = "mean", Pattern = StatisticPattern, Form = "one of mean, median, iqm, trimmed, worst, quantile(q), cvar(a), mean-std(k)", Synonyms = ["aggregate"] },
        new("target", KeyType.Number, "Search stops once this value is reached by the aggregate of at least three runs (of one with noise: none).")
        { Synonyms = ["threshold", "stopValue"] },
        new("take", KeyType.Choice, "Which report of a run is its result: that of the highest step, or the best.")
        { Default = "last", Choices = ["last", "best"] },
        new("noise", KeyType.Choice, "Declares that equal configurations give equal values.") { Choices = ["none"] },
        new("bounds", KeyType.Interval, "The least and the largest value the metric can take; a run whose result is outside fails. The race bets on means then.")
        { Synonyms = ["range", "limits"] },
        new("reference", KeyType.Number, "With several objectives: the worst value that is of interest, from which hypervolume is measured; default: what was seen, and a tenth of its range.")
        { Synonyms = ["referencePoint", "ref", "nadir", "objectiveThreshold"] },
    ]);

    public static SpecSection Constraint { get; } = new("constraints.<index>",
    [
        new("metric", KeyType.Text, "Name of a metric in the reports of runs, other than the objective's.")
        { Required = true, Pattern = "^[^\\s](.{0,126}[^\\s])?$", Form = "1 to 128 characters without white space at the ends", Synonyms = ["name"] },
        new("min", KeyType.Number, "The least value that is kept.") { Synonyms = ["lower", "low", "atLeast"] },
        new("max", KeyType.Number, "The largest value that is kept.") { Synonyms = ["upper", "high", "atMost", "bound", "threshold"] },
    ]);

    public static SpecSection Task { get; } = new("tasks.<name>",
    [
        new("reference", KeyType.Interval, "The values of the metric that count as 0 and as 1 on this task, the lower first, such as those of a random and of an expert policy.")
        { Synonyms = ["scale", "normalise", "normalize", "range"] },
        new("env", KeyType.TextMap, "Environment variables of the task's runs.") { Synonyms = ["environment", "values"] },
    ]);

    public static SpecSection Prior { get; } = new("space.<name>.prior",
    [
        new("center", KeyType.Scalar, "The value believed to be best; in the parameter's domain.") { Required = true, Synonyms = ["mean", "mode", "value", "best"] },
        new("weight", KeyType.Number, "How many trials the belief is worth; it fades as there are more.")
        { Default = "10", Min = 0, Max = 1000, Open = true, Synonyms = ["strength", "confidence"] },
    ]);

    public static SpecSection Parameter { get; } = new("space.<name>",
    [
        new("type", KeyType.Choice, "Type of a range; inferred as float when a bound or the step is not whole, or the scale is log and min is below 1.")
        { Choices = ["float", "int"], Synonyms = ["distribution"] },
        new("min", KeyType.Number, "Lower bound, inclusive.") { Synonyms = ["low", "lower", "minimum", "from", "start", "lb"] },
        new("max", KeyType.Number, "Upper bound, inclusive.") { Synonyms = ["high", "upper", "maximum", "to", "end", "stop", "ub"] },
        new("scale", KeyType.Choice, "Whether equal differences or equal ratios count alike.")
        { Default = "linear", Choices = ["linear", "log"], Synonyms = ["log"] },
        new("step", KeyType.Number, "Distance of neighbouring values, counted from min; max must lie on it.")
        { Min = 0, Open = true, Synonyms = ["q", "quantization", "increment"] },
        new("points", KeyType.Integer, "How many values a grid search takes from the range, both ends included.")
        { Min = 2, Max = 100_000, Synonyms = ["num", "count"] },
        new("values", KeyType.Scalars, "The values of a list; they keep their JSON types.")
        { Synonyms = ["choices", "categories", "options", "list"] },
        new("ordered", KeyType.Boolean, "Whether the list is in a meaningful order, the least first.") { Default = "false" },
        new("value", KeyType.Scalar, "The only value of a constant, handed to every run.") { Synonyms = ["constant", "const", "fixed"] },
        new("default", KeyType.Scalar, "The value used without tuning; when every active parameter has one, that configuration is trial 0 and the baseline.")
        { Synonyms = ["initial", "init"] },
        new("kind", KeyType.Choice, "Whether the parameter belongs to the model or to the algorithm that fits it; groups analyses.")
        { Choices = ["model", "algorithm"] },
        new("prior", KeyType.Section, "What is believed of where the best value lies; the search begins there and lets go of it as trials say otherwise.")
        { Section = Prior, Synonyms = ["belief", "guess"] },
        new("when", KeyType.Condition, "The parameter is active only if every parent named here is active and has (one of) the given value(s).")
        { Synonyms = ["condition", "conditions", "if", "parent", "depends"] },
    ]);

    public static SpecSection Search { get; } = new("search",
    [
        new("algorithm", KeyType.Text, "The search algorithm.")
        { Default = "auto", Synonyms = ["method", "sampler", "strategy", "optimizer", "name"] },
        new("seed", KeyType.Integer, "The sweep seed, from which every random number of the sweep derives.")
        { Default = "0", Min = 0, Max = long.MaxValue, Synonyms = ["random_state", "randomSeed"] },
        new("order", KeyType.Choice, "async: from all that has finished. lagged: trial t from trials 0 to t - parallel only, so that a second sweep is equal at any parallelism.")
        { Default = "async", Choices = ["async", "lagged"] },
        new("costAware", KeyType.Boolean, "Whether the expected gain of a trial is weighed against the time it is expected to take; auto and gp do; default: no."),
    ]);

    public static SpecSection Limits { get; } = new("limits",
    [
        new("trials", KeyType.Integer, "Most trials suggested, failed and stopped ones included.")
        { Default = "100", Min = 1, Max = SeedPlan.MaxTrials, Synonyms = ["n_trials", "maxTrials", "run_cap", "iterations"] },
        new("parallel", KeyType.Integer, "Runs in flight at once; default: the number of slots, else of processors, at most 8.")
        { Min = 1, Max = 10_000, Synonyms = ["n_jobs", "jobs", "workers", "concurrency", "parallelism", "maxConcurrentTrials"] },
        new("failures", KeyType.Integer, "Failed runs after which search ends; default: no limit.")
        { Min = 1, Max = int.MaxValue, Synonyms = ["maxFailures"] },
        new("time", KeyType.Duration, "Time the sweep may be running in all; default: no limit.") { Synonyms = ["timeout", "maxTime", "duration"] },
        new("runTime", KeyType.Duration, "Time one run may take before it counts as failed; default: no limit.")
        { Synonyms = ["trialTimeout", "runTimeout", "trialTime"] },
        new("cost", KeyType.Money, "Money the runs of the sweep may cost, by the prices of its host; default: no limit.") { Synonyms = ["budget", "money"] },
    ]);

    public static SpecSection Selection { get; } = new("seeds.selection",
    [
        new("top", KeyType.Integer, "How many of the best trials enter selection.") { Default = "8", Min = 1, Max = 10_000 },
        new("runs", KeyType.Integer, "Runs of the whole stage; what elimination frees goes to the survivors.")
        { Default = "80", Min = 1, Max = 1_000_000, Synonyms = ["budget"] },
        new("maxSeeds", KeyType.Integer, "Most runs one trial may get.") { Default = "50", Min = 1, Max = 100_000 },
        new("race", KeyType.Boolean, "Whether trials that are shown to be worse leave early, and the best go on in rounds; only where the statistic is the mean.") { Default = "true" },
        new("test", KeyType.Choice, "What the race tests; default: betting where objective.bounds are given, else sign.")
        { Choices = ["sign", "betting", "symmetric"] },
        new("alpha", KeyType.Number, "Probability that the race ever eliminates the best trial, as the test understands best; default: 0.05.")
        { Min = 0, Max = 0.5, Open = true, Synonyms = ["error", "significance"] },
    ]);

    public static SpecSection Evaluation { get; } = new("seeds.evaluation",
    [
        new("seeds", KeyType.Integer, "Runs of the champion, and of the default configuration.")
        { Default = "20", Min = 2, Max = 100_000, Synonyms = ["runs", "replicates"] },
        new("also", KeyType.Integer, "How many further candidates of selection, the next best first, are measured beside champion and default; default: 0.")
        { Min = 0, Max = 100, Synonyms = ["runnersUp", "others"] },
        new("confidence", KeyType.Number, "Level of the interval.")
        { Default = "0.95", Min = 0, Max = 1, Open = true, Synonyms = ["level", "alpha"] },
        new("metric", KeyType.Text, "The metric that is measured on data search has not read; default: the objective's.")
        { Pattern = "^[^\\s](.{0,126}[^\\s])?$", Form = "1 to 128 characters without white space at the ends" },
        new("holdout", KeyType.Choice, "none: declares that evaluation is measured on data that search has seen; the report says so.")
        { Choices = ["none"] },
    ]);

    public static SpecSection Seeds { get; } = new("seeds",
    [
        new("search", KeyType.Integer, "Runs of each trial while searching.")
        { Default = "1", Min = 1, Max = SeedPlan.MaxSearchReplicates, Synonyms = ["runs", "replicates"] },
        new("searchMode", KeyType.Choice, "Whether each trial has search seeds of its own, or all share them.")
        { Default = "fresh", Choices = ["fresh", "common"] },
        new("selection", KeyType.Section, "How the champion is chosen, on seeds that search never saw.") { Section = Selection },
        new("evaluation", KeyType.Section, "How the champion is measured, on seeds that neither search nor selection saw.") { Section = Evaluation },
    ]);

    public static SpecSection EarlyStopping { get; } = new("earlyStopping",
    [
        new("rule", KeyType.Choice, "The stopping rule.")
        { Required = true, Choices = ["asha", "hyperband", "median"], Synonyms = ["type", "algorithm", "scheduler"] },
        new("resource", KeyType.Text, "What the steps of reports count: epoch, round, …")
        { Default = "step", Pattern = "^[A-Za-z][A-Za-z0-9_-]{0,63}$", Form = "letters, digits, '-' and '_'" },
        new("min", KeyType.Number, "The first rung.") { Default = "1", Min = 0, Open = true, Synonyms = ["min_iter", "grace_period", "minResource"] },
        new("max", KeyType.Number, "Full length.") { Required = true, Min = 0, Open = true, Synonyms = ["max_iter", "max_t", "maxResource"] },
        new("reduction", KeyType.Number, "Ratio of neighbouring rungs.")
        { Default = "3", Min = 1, Open = true, Synonyms = ["eta", "reduction_factor"] },
        new("mode", KeyType.Choice, "stop ends a trial at a rung; pause keeps a checkpoint.") { Default = "stop", Choices = ["stop", "pause"] },
        new("compare", KeyType.Choice, "What trials are compared by at a rung: value, or trend, their value and what of its newest gain goes on.")
        { Default = "value", Choices = ["value", "trend"] },
    ]);

    public static SpecSection Tunability { get; } = new("tunability",
    [
        new("trials", KeyType.Integer, "Trials of each parameter, and of each pair.") { Default = "20", Min = 2, Max = 10_000 },
        new("pairs", KeyType.Text, "Pairs that are tuned together: none, all, or names such as lr+leaves, lr+rounds.")
        { Default = "none", Pattern = PairsPattern, Form = "none, all, or pairs such as lr+leaves, lr+rounds" },
        new("together", KeyType.Integer, "Trials of all parameters tuned together; 0: that is not done.") { Default = "40", Min = 0, Max = 100_000, Synonyms = ["whole"] },
        new("top", KeyType.Integer, "The best trials of each group that enter selection.") { Default = "3", Min = 1, Max = 100 },
        new("seeds", KeyType.Integer, "Selection seeds of each of them.") { Default = "10", Min = 1, Max = 10_000 },
        new("margin", KeyType.Number, "Up to what a gain counts as none, in standard deviations of the baseline's evaluation runs.")
        { Default = "0.25", Min = 0, Max = 100, Open = true },
    ]);

    public static SpecSection Trial { get; } = new("trial",
    [
        new("retries", KeyType.Integer, "Attempts after a lost worker before the run counts as failed; failures of the objective are never retried.")
        { Default = "2", Min = 0, Max = 100 },
        new("checkpoints", KeyType.Boolean, "Whether a run that is begun again goes on from its checkpoint folder, so that a host may cut long runs into slices; default: no."),
        new("workdir", KeyType.Text, "Working directory, relative to the folder of the spec; default: that folder.")
        { Pattern = "\\S", Form = "a path", Synonyms = ["cwd", "workingDirectory"] },
        new("env", KeyType.TextMap, "Further environment variables.") { Synonyms = ["environment"] },
        new("slots", KeyType.TextMaps, "For each slot, variables such as CUDA_VISIBLE_DEVICES.") { Synonyms = ["gpus", "devices"] },
    ])
    { Open = true };

    public static SpecSection Schedule { get; } = new("schedule",
    [
        new("cron", KeyType.Text, "When, as a cron of 5 or 6 fields in UTC.")
        { Required = true, Pattern = "^\\s*\\S+(\\s+\\S+){4,5}\\s*$", Form = "5 or 6 fields separated by spaces" },
        new("kind", KeyType.Choice, "What is run.") { Default = "robustness", Choices = ["robustness", "tunability"] },
        new("seeds", KeyType.Integer, "Fresh evaluation seeds each time.") { Default = "20", Min = 2, Max = 100_000 },
        new("neighbours", KeyType.Integer, "How many neighbours of the champion are run beside it.")
        { Default = "8", Min = 0, Max = 1000, Synonyms = ["neighbors"] },
        new("margin", KeyType.Number, "What counts as the same, in standard deviations of the baseline.")
        { Default = "0.25", Min = 0, Max = 100, Open = true },
        new("webhook", KeyType.Text, "Where changes are told.")
        { Pattern = "^https://[^\\s]+$", Form = "an https address", Synonyms = ["url", "notify"] },
    ]);

    public static SpecSection Root { get; } = new("",
    [
        new("name", KeyType.Text, "Name of the sweep; the first part of its id.")
        { Required = true, Pattern = NamePattern, Form = "1 to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit", Synonyms = ["id", "title"] },
        new("objective", KeyType.SectionOrList, "What is optimised; a list of 2 to 4: the answer is a front.")
        { Required = true, Section = Objective, Max = SearchAlgorithms.MostObjectives, Synonyms = ["metric", "goal"] },
        new("space", KeyType.Sections, "The hyperparameters by name; may be empty.")
        { Section = Parameter, Synonyms = ["parameters", "params", "search_space", "hyperparameters"] },
        new("tasks", KeyType.Tasks, "Data sets or environments that every configuration is run on: names, or a mapping from names to what is theirs.")
        { Section = Task, Synonyms = ["datasets", "environments", "instances", "benchmarks"] },
        new("constraints", KeyType.SectionList, "Bounds on other metrics that a configuration has to keep.") { Section = Constraint, Synonyms = ["constraint", "outcome_constraints"] },
        new("forbid", KeyType.Combinations, "Combinations of values that no trial may have.") { Synonyms = ["forbidden", "forbiddens", "exclude"] },
        new("enqueue", KeyType.Configurations, "Configurations to try first, in whole or in part.") { Synonyms = ["initial", "first", "points_to_evaluate", "enqueue_trial"] },
        new("warmStart", KeyType.Text, "Id or name of an earlier sweep in the same store, with whose trials the search begins.")
        { Pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$", Form = "the id or name of a sweep", Synonyms = ["warm_start", "resumeFrom", "previous"] },
        new("search", KeyType.Section, "How the space is searched.") { Section = Search, Synonyms = ["method", "sampler", "algorithm"] },
        new("limits", KeyType.Section, "Limits for the whole sweep; may be changed later to extend it.")
        { Section = Limits, Synonyms = ["budget", "budgets", "limit"] },
        new("seeds", KeyType.Section, "Runs in the three seed pools.") { Section = Seeds, Synonyms = ["replication", "repetitions"] },
        new("earlyStopping", KeyType.Section, "When search runs are ended early.")
        { Section = EarlyStopping, Synonyms = ["early_terminate", "pruner", "scheduler", "early_stopping"] },
        new("tunability", KeyType.Section, "Measures what tuning each parameter is worth, instead of looking for the best configuration only.")
        { Section = Tunability, Synonyms = ["sensitivity", "ablation"] },
        new("trial", KeyType.Section, "How one run is executed: exactly one runner with its options, and what all runners share.")
        { Section = Trial, Synonyms = ["program", "runner", "command", "run"] },
        new("schedule", KeyType.Section, "When the champion is run again.") { Section = Schedule, Synonyms = ["cron"] },
    ])
    {
        Otherwise = [("objectives", "several objectives are a list under `objective`, such as objective: [{metric: error}, {metric: size}]")],
    };

    /// <summary>All sections, the whole first.</summary>
    public static IReadOnlyList<SpecSection> All { get; } =
        [Root, Objective, Task, Constraint, Parameter, Prior, Search, Limits, Seeds, Selection, Evaluation, EarlyStopping, Tunability, Trial, Schedule];

    /// <summary>The runners of this version, for the schema; the reader takes those that the program has registered.</summary>
    public static IReadOnlyList<string> Runners { get; } = ["command", "http", "container", "objective", "mlnet"];

    /// <summary>Matches a pattern as JSON Schema does: in .NET a final <c>$</c> also matches before a line break at the end.</summary>
    public static bool Matches(string text, string pattern) =>
        Regex.IsMatch(text, pattern.EndsWith('$') ? pattern[..^1] + "\\z" : pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
