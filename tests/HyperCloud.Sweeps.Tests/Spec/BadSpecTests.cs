using static HyperCloud.Sweeps.Tests.SpecFixture;

namespace HyperCloud.Sweeps.Tests;

/// <summary>Bad specs: each has exactly one problem, with its code, pointer, place, and what a reader needs to mend it.</summary>
public class BadSpecTests
{
    // Lines 1 and 2 of every case below; its own text begins at line 3.
    private const string Head = "name: a\nobjective: {metric: loss}\n";

    public static TheoryData<string, string, string, int, int, string[]> Cases { get; } = new()
    {
        // Top level
        { "sarch: {seed: 1}", "unknown-key", "/sarch", 3, 1, ["unknown key `sarch` in a spec", "did you mean `search`", "known keys: name, objective, space"] },
        { "parameters: {}", "unknown-key", "/parameters", 3, 1, ["did you mean `space`"] },
        { "trials: 20", "unknown-key", "/trials", 3, 1, ["did you mean `limits.trials`"] },
        { "zebra: 1", "unknown-key", "/zebra", 3, 1, ["unknown key `zebra`", "known keys"] },
        { "search: {limits: 3}", "unknown-key", "/search/limits", 3, 10, ["`limits` belongs to the top of the spec"] },
        { "search: [a]", "wrong-type", "/search", 3, 9, ["`search` must be a mapping with the keys algorithm, seed, order", "got a list"] },
        { "search: tpe", "wrong-type", "/search", 3, 9, ["must be a mapping", "got the text 'tpe'"] },
        { "tasks: []", "invalid", "/tasks", 3, 8, ["must name at least one task"] },
        { "tasks: [a, b, a]", "invalid", "/tasks/2", 3, 15, ["'a' is there twice"] },
        { "tasks: [a, 3]", "wrong-type", "/tasks/1", 3, 12, ["a task in a list is its name"] },
        { "tasks: pong", "wrong-type", "/tasks", 3, 8, ["must be a list of names"] },
        { "tasks: {a: {reference: [0, 1]}, b: }", "invalid", "/tasks", 3, 8, ["either every task has a `reference` or none", "'b' has none"] },
        { "tasks: {a: {reference: [1, 0]}}", "invalid", "/tasks/a/reference", 3, 24, ["low < high"] },
        { "tasks: {a b: }", "name", "/tasks/a b", 3, 9, ["the name of a task"] },
        { "tasks: {a: {refrence: [0, 1]}}", "unknown-key", "/tasks/a/refrence", 3, 13, ["did you mean `reference`"] },
        { "tasks: [a, b, c]\nseeds: {search: 400}", "too-large", "/seeds/search", 4, 17, ["400 on 3 tasks are 1200"] },
        { "trial: {command: [x, '${task}']}", "missing-key", "/trial", 3, 8, ["no `tasks`"] },
        { "objectives: []", "reserved", "/objectives", 3, 1, ["several objectives are a list under `objective`"] },
        { "constraints: {latency: 3}", "wrong-type", "/constraints", 3, 14, ["must be a list of mappings with the keys metric, min, max"] },
        { "constraints: [{metric: latency}]", "missing-key", "/constraints/0/max", 3, 15, ["needs a bound"] },
        { "constraints: [{metric: latency, max: 1, min: 2}]", "invalid", "/constraints/0/min", 3, 46, ["got min=2, max=1"] },
        { "constraints: [{metric: loss, max: 1}]", "invalid", "/constraints/0/metric", 3, 24, ["'loss' is what is optimised"] },
        { "constraints: [{metric: a, max: 1}, {metric: a, min: 0}]", "invalid", "/constraints/1/metric", 3, 45, ["has a constraint already"] },
        { "constraints: [{metric: a, max: 1, mni: 0}]", "unknown-key", "/constraints/0/mni", 3, 35, ["did you mean `min`?"] },
        { "space: {c: {values: [a, b]}}\nforbid: x", "wrong-type", "/forbid", 4, 9, ["a list of mappings from parameters to values"] },
        { "space: {c: {values: [a, b]}}\nforbid: [{d: a}]", "unknown-key", "/forbid/0/d", 4, 11, ["'d' is not a parameter"] },
        { "space: {c: {values: [adam, sgd]}}\nforbid: [{c: adan}]", "invalid", "/forbid/0/c", 4, 14, ["'c' takes 'adam', 'sgd'", "did you mean 'adam'?"] },
        { "space: {c: {values: [a, b]}}\nforbid: [{}]", "invalid", "/forbid/0", 4, 10, ["would forbid everything"] },
        { "space: {c: {values: [a, b]}}\nforbid: [{c: {min: 1}}]", "invalid", "/forbid/0/c", 4, 14, ["a range forbids numbers"] },
        { "space: {x: {min: 0.5, max: 1}}\nforbid: [{x: {above: 1}}]", "unknown-key", "/forbid/0/x/above", 4, 15, ["it has `min` and `max`"] },
        { "space: {x: {min: 0.5, max: 1}}\nforbid: [{x: {min: 0.9, max: 0.6}}]", "invalid", "/forbid/0/x", 4, 14, ["got min=0.9, max=0.6"] },
        { "space: {x: {min: 0.5, max: 1}}\nforbid: [{x: {min: 0}}]", "invalid", "/forbid", 4, 9, ["all are forbidden"] },
        { "space: {x: {min: 0.5, max: 1, default: 0.7}}\nforbid: [{x: {min: 0.65}}]", "invalid", "/forbid", 4, 9, ["the default configuration is forbidden (x in [0.65, …])"] },
        { "space: {c: {values: [a, b]}}\nenqueue: [{c: d}]", "invalid", "/enqueue/0/c", 4, 15, ["'c' takes 'a', 'b'"] },
        { "space: {c: {values: [a, b]}}\nenqueue: [a]", "wrong-type", "/enqueue/0", 4, 11, ["an entry of `enqueue` must be a mapping"] },
        { "space: {c: {values: [a, b]}, x: {min: 0.5, max: 1, when: {c: a}}}\nenqueue: [{c: b, x: 0.6}]", "condition", "/enqueue/0", 4, 11, ["inactive with c='b'", "needs c='a'"] },
        { "space: {c: {values: [a, b]}, x: {value: 1, when: {c: a}}, y: {value: 1, when: {c: b}}}\nenqueue: [{x: 1, y: 1}]", "condition", "/enqueue/0", 4, 11, ["never active together"] },
        { "space: {c: {values: [a, b]}}\nforbid: [{c: a}]\nenqueue: [{c: a}]", "invalid", "/enqueue/0", 5, 11, ["every completion"] },
        { "warmStart: a b", "invalid", "/warmStart", 3, 12, ["the id or name of a sweep"] },
        { "warmStart: [a]", "wrong-type", "/warmStart", 3, 12, ["the id or name of a sweep"] },

        // Space: forms
        { "space: [1]", "wrong-type", "/space", 3, 8, ["`space` must be a mapping", "got a list"] },
        { "space: {lr: 0.1}", "wrong-type", "/space/lr", 3, 13, ["'lr' must be a mapping", "got 0.1", "{value: 0.1}"] },
        { "space: {lr: [1, 2]}", "wrong-type", "/space/lr", 3, 13, ["for a choice write {values: [...]}"] },
        { "space: {lr: {}}", "missing-key", "/space/lr", 3, 13, ["'lr' has no domain", "`min` and `max`, or `values`, or `value`"] },
        { "space: {lr: {default: 1}}", "missing-key", "/space/lr", 3, 13, ["'lr' has no domain"] },
        { "space: {1lr: {value: 1}}", "name", "/space/1lr", 3, 9, ["begins with a letter", "'1lr'"] },
        { "space: {a-b: {value: 1}, A.b: {value: 2}}", "name", "/space/A.b", 3, 26, ["'a-b' and 'A.b'", "HYPERCLOUD_PARAM_A_B"] },
        { "space: {lr: {low: 1, max: 2, type: int, min: 1}}", "unknown-key", "/space/lr/low", 3, 14, ["in `space.lr`", "did you mean `min`"] },
        { "space: {lr: {min: 0.5, max: 2, log: true}}", "unknown-key", "/space/lr/log", 3, 32, ["did you mean `scale`"] },
        { "space: {lr: {value: 1, prior: {center: 1}}}", "invalid", "/space/lr/prior", 3, 31, ["'lr' is a constant"] },
        { "space: {lr: {min: 0.5, max: 1, prior: 0.7}}", "wrong-type", "/space/lr/prior", 3, 39, ["must be a mapping with the keys center, weight"] },
        { "space: {lr: {min: 0.5, max: 1, prior: {weight: 3}}}", "missing-key", "/space/lr/prior/center", 3, 39, ["believed to be the best"] },
        { "space: {lr: {min: 0.5, max: 1, prior: {center: 7}}}", "invalid", "/space/lr/prior/center", 3, 48, ["must be in its domain (0.5 to 1), but got 7"] },
        { "space: {lr: {min: 0.5, max: 1, prior: {center: 0.7, weight: 0}}}", "invalid", "/space/lr/prior/weight", 3, 61, ["between 0 and 1000"] },

        // Space: ranges
        { "space:\n  lr:\n    min: 1\n    max: 0.1", "invalid", "/space/lr/min", 5, 10, ["`min <= max` must hold for 'lr', but got min=1, max=0.1"] },
        { "space: {n: {min: 1, max: 10}}", "missing-key", "/space/n/type", 3, 12, ["{type: int, min: 1, max: 10}", "{type: float, min: 1, max: 10}"] },
        { "space: {n: {min: 1, max: 10, scale: log}}", "missing-key", "/space/n/type", 3, 12, ["{type: int, min: 1, max: 10, scale: log}"] },
        { "space: {n: {min: 1.0, max: 10, step: 3}}", "missing-key", "/space/n/type", 3, 12, ["min: 1.0, max: 10, step: 3"] },
        { "space: {n: {min: 0.5}}", "missing-key", "/space/n/max", 3, 12, ["`space.n.max` is missing", "'n' is a range"] },
        { "space: {n: {type: int, max: 5}}", "missing-key", "/space/n/min", 3, 12, ["`space.n.min` is missing"] },
        { "space: {n: {min: '0.5', max: 1}}", "wrong-type", "/space/n/min", 3, 18, ["must be a number", "the text '0.5'", "without quotes"] },
        { "space: {n: {type: int, min: 0.5, max: 3}}", "invalid", "/space/n/min", 3, 29, ["`min` of the int 'n' must be a whole number", "got 0.5"] },
        { "space: {n: {type: int, min: 0, max: 9, step: 0.5}}", "invalid", "/space/n/step", 3, 46, ["`step` of the int 'n' must be a whole number"] },
        { "space: {n: {type: int, min: 0, max: 1e17}}", "invalid", "/space/n/max", 3, 37, ["2^53", "1e17"] },
        { "space: {n: {type: integer, min: 0, max: 9}}", "invalid", "/space/n/type", 3, 19, ["`space.n.type` must be one of float, int", "the text 'integer'", "did you mean `int`"] },
        { "space: {n: {min: 0, max: 0.5, scale: log}}", "invalid", "/space/n/min", 3, 18, ["`min > 0` must hold for 'n' with scale: log", "min=0"] },
        { "space: {n: {type: int, min: 0, max: 5, scale: log}}", "invalid", "/space/n/min", 3, 29, ["min=0; take 1"] },
        { "space: {n: {min: 0.5, max: 1, scale: logarithmic}}", "invalid", "/space/n/scale", 3, 38, ["one of linear, log"] },
        { "space: {n: {min: 0, max: 1, step: 0.3}}", "invalid", "/space/n/max", 3, 26, ["`max` of 'n' must be min + k·step", "min=0, max=1, step=0.3", "the nearest are 0.9 and 1.2"] },
        { "space: {n: {min: 0, max: 1, step: 1.5}}", "invalid", "/space/n/max", 3, 26, ["the nearest is 1.5"] },
        { "space: {n: {type: int, min: 1, max: 10, step: 4}}", "invalid", "/space/n/max", 3, 37, ["the nearest are 9 and 13"] },
        { "space: {n: {min: 0.0, max: 1, step: 0}}", "invalid", "/space/n/step", 3, 37, ["must be a number above 0", "got 0"] },
        { "space: {n: {min: 0, max: 1, step: 1e-12}}", "invalid", "/space/n/step", 3, 35, ["more than 1000000000 values"] },
        { "space: {n: {min: 0.1234567890123456, max: 1, step: 0.1}}", "invalid", "/space/n/min", 3, 18, ["at most 15 significant digits", "0.1234567890123456"] },
        { "space: {n: {min: 1e14, max: 100000000000001, step: 0.01}}", "invalid", "/space/n/step", 3, 52, ["too small beside"] },
        { "space: {n: {min: -1.5e308, max: 1.5e308}}", "missing-key", "/space/n/type", 3, 12, ["type: float"] },
        { "space: {n: {type: float, min: -1.5e308, max: 1.5e308}}", "invalid", "/space/n/max", 3, 46, ["`max - min` of 'n' must fit into a double"] },
        { "space: {n: {min: 0.5, max: 1, points: 1}}", "invalid", "/space/n/points", 3, 39, ["whole number from 2 to 100000", "got 1"] },
        { "space: {n: {type: int, min: 1, max: 3, points: 5}}", "invalid", "/space/n/points", 3, 48, ["points=5 is more than the 3 values"] },
        { "space: {n: {min: 0, max: 1, step: 0.5, points: 3}}", "invalid", "/space/n/points", 3, 48, ["both `step` and `points`"] },
        { "space: {n: {min: .inf, max: 1}}", "invalid", "/space/n/min", 3, 18, ["must be finite", ".inf"] },

        // Space: lists and constants
        { "space: {c: {values: []}}", "wrong-type", "/space/c/values", 3, 21, ["at least one value", "an empty list"] },
        { "space: {c: {values: x}}", "wrong-type", "/space/c/values", 3, 21, ["must be a list", "the text 'x'"] },
        { "space: {c: {values: [1, [2]]}}", "wrong-type", "/space/c/values/1", 3, 25, ["must be single values", "a list"] },
        { "space: {c: {values: [1, 2, 1.0]}}", "invalid", "/space/c/values/2", 3, 28, ["1.0 equals 1, which stands there already"] },
        { "space: {c: {values: [a, b, a]}}", "invalid", "/space/c/values/2", 3, 28, ["the text 'a' stands twice"] },
        { "space: {c: {values: [1], value: 1}}", "invalid", "/space/c/value", 3, 33, ["both `value` (a constant) and `values`"] },
        { "space: {c: {values: [1], min: 1}}", "invalid", "/space/c/min", 3, 31, ["both `min` (a range) and `values`"] },
        { "space: {c: {type: int, values: [1, 2]}}", "invalid", "/space/c/type", 3, 19, ["`type` goes with `min` and `max`"] },
        { "space: {c: {value: 1, ordered: true}}", "invalid", "/space/c/ordered", 3, 32, ["`ordered` goes with `values`"] },
        { "space: {c: {value: [1, 2]}}", "wrong-type", "/space/c/value", 3, 20, ["a single value", "for a choice write `values`"] },
        { "space: {c: {value: 1, default: 1}}", "invalid", "/space/c/default", 3, 32, ["'c' is a constant, so it has no `default`"] },
        { "space: {c: {values: [a, b], kind: modell}}", "invalid", "/space/c/kind", 3, 35, ["one of model, algorithm", "did you mean `model`"] },

        // Space: defaults
        { "space: {n: {min: 0.5, max: 1, default: 2}}", "invalid", "/space/n/default", 3, 40, ["must be in its domain (0.5 to 1)", "got 2", "did you mean 1.0"] },
        { "space: {n: {min: 0, max: 1, step: 0.25, default: 0.3}}", "invalid", "/space/n/default", 3, 50, ["0 to 1 in steps of 0.25", "did you mean 0.25"] },
        { "space: {n: {type: int, min: 1, max: 9, default: 2.5}}", "invalid", "/space/n/default", 3, 49, ["whole numbers 1 to 9", "did you mean 3"] },
        { "space: {n: {type: int, min: 1, max: 9, default: '3'}}", "invalid", "/space/n/default", 3, 49, ["the text '3'", "write 3 without quotes"] },
        { "space: {c: {values: [gbdt, dart], default: gdbt}}", "invalid", "/space/c/default", 3, 44, ["'gbdt', 'dart'", "did you mean 'gbdt'"] },
        { "space: {c: {values: ['1', '2'], default: 1}}", "invalid", "/space/c/default", 3, 42, ["write '1' in quotes"] },
        { "space: {c: {values: [1, 2], default: null}}", "invalid", "/space/c/default", 3, 38, ["got null"] },

        // Conditions
        { "space:\n  a: {values: [x, y]}\n  b: {value: 1, when: {aa: x}}", "condition", "/space/b/when/aa", 5, 24, ["names 'aa', which is not a parameter", "did you mean"] },
        { "space: {a: {value: 1, when: {a: 1}}}", "condition", "/space/a/when/a", 3, 30, ["names 'a' itself"] },
        { "space:\n  a: {min: 0.0, max: 0.5}\n  b: {value: 1, when: {a: 0.1}}", "condition", "/space/b/when/a", 5, 24, ["the float 'a'", "hardly ever met"] },
        { "space:\n  a: {values: [gbdt, dart]}\n  b: {value: 1, when: {a: drat}}", "condition", "/space/b/when/a", 5, 27, ["needs a='drat'", "'a' takes 'gbdt', 'dart'", "did you mean 'dart'"] },
        { "space:\n  a: {values: [true, false]}\n  b: {value: 1, when: {a: 'true'}}", "condition", "/space/b/when/a", 5, 27, ["write true without quotes"] },
        { "space:\n  a: {type: int, min: 1, max: 4}\n  b: {value: 1, when: {a: [2, 7]}}", "condition", "/space/b/when/a/1", 5, 31, ["needs a=7", "whole numbers 1 to 4", "did you mean 4"] },
        { "space:\n  a: {values: [x, y]}\n  b: {value: 1, when: {a: []}}", "condition", "/space/b/when/a", 5, 27, ["gives 'a' no value"] },
        { "space:\n  a: {values: [x, y]}\n  b: {value: 1, when: a}", "wrong-type", "/space/b/when", 5, 23, ["must be a mapping from parents to values"] },
        { "space:\n  a: {values: [x, y]}\n  b: {value: 1, when: {a: {x: 1}}}", "wrong-type", "/space/b/when/a", 5, 27, ["a value or a list of values", "a mapping"] },
        { "space:\n  a: {value: 1, when: {c: 1}}\n  b: {value: 1, when: {a: 1}}\n  c: {value: 1, when: {b: 1}}", "condition", "/space/a/when", 4, 23, ["form a cycle: 'a' needs 'c' needs 'b' needs 'a'"] },
        { "space:\n  a: {values: [x, y]}\n  b: {values: [1, 2], when: {a: x}}\n  c: {value: 1, when: {a: y, b: 1}}", "condition", "/space/c/when", 6, 23, ["'c' can never be active", "its own condition needs a='y'", "the condition of 'b' needs a='x'"] },

        // Search
        { "search: {algorithm: cma}", "invalid", "/search/algorithm", 3, 21, ["'cma'", "auto, random, grid, sobol, tpe, gp, cmaes"] },
        { "search: {algorithm: TPE}", "invalid", "/search/algorithm", 3, 21, ["'TPE'", "did you mean `tpe`"] },
        { "search: {seed: -1}", "invalid", "/search/seed", 3, 16, ["a whole number from 0 to 2^63-1", "got -1"] },
        { "search: {seed: 9223372036854775808}", "invalid", "/search/seed", 3, 16, ["does not fit into 64 bits"] },
        { "search: {seed: 1.5}", "wrong-type", "/search/seed", 3, 16, ["whole number", "1.5"] },
        { "search: {order: laged}", "invalid", "/search/order", 3, 17, ["did you mean `lagged`"] },
        { "search: {algorithm: grid}\nspace: {n: {min: 0.5, max: 1}}", "missing-key", "/space/n/points", 4, 12, ["'n' is continuous, but search.algorithm is grid", "points: 5"] },

        // Limits
        { "limits: {trials: 0}", "invalid", "/limits/trials", 3, 18, ["from 1 to 1048576", "got 0"] },
        { "limits: {trials: many}", "wrong-type", "/limits/trials", 3, 18, ["the text 'many'"] },
        { "limits: {parallel: -2}", "invalid", "/limits/parallel", 3, 20, ["got -2"] },
        { "limits: {failures: 0}", "invalid", "/limits/failures", 3, 20, ["from 1"] },
        { "limits: {time: 90}", "wrong-type", "/limits/time", 3, 16, ["must be a duration", "got 90", "write 90s, 90m, 90h or 90d"] },
        { "limits: {time: 1h30m}", "wrong-type", "/limits/time", 3, 16, ["a duration has one unit: write 90m"] },
        { "limits: {runTime: 0s}", "wrong-type", "/limits/runTime", 3, 19, ["longer than 0"] },
        { "limits: {runTime: fast}", "wrong-type", "/limits/runTime", 3, 19, ["such as 90s, 10m, 2h or 1d"] },
        { "limits: {cost: 2 EUR}", "invalid", "/limits/cost", 3, 16, ["2 EUR", "must be in USD"] },
        { "limits: {cost: 2}", "wrong-type", "/limits/cost", 3, 16, ["such as 2 USD", "got 2"] },
        { "limits: {timeout: 2h}", "unknown-key", "/limits/timeout", 3, 10, ["did you mean `time`"] },

        // Seeds
        { "seeds: {search: 0}", "invalid", "/seeds/search", 3, 17, ["from 1 to 1024"] },
        { "seeds: {selection: {top: 100}}", "invalid", "/seeds/selection/top", 3, 26, ["`top <= runs` must hold", "top=100, runs=80"] },
        { "seeds: {selection: {race: yes please}}", "wrong-type", "/seeds/selection/race", 3, 27, ["must be true or false"] },
        { "seeds: {selection: {maxseeds: 5}}", "unknown-key", "/seeds/selection/maxseeds", 3, 21, ["did you mean `maxSeeds`"] },
        { "seeds: {evaluation: {seeds: 1}}", "invalid", "/seeds/evaluation/seeds", 3, 29, ["from 2 to"] },
        { "seeds: {evaluation: {confidence: 95}}", "invalid", "/seeds/evaluation/confidence", 3, 34, ["between 0 and 1", "got 95"] },
        { "seeds: {evaluation: {confidence: 0.05}}", "invalid", "/seeds/evaluation/confidence", 3, 34, ["write 0.95 if an error rate was meant"] },
        { "seeds: {evaluation: {holdout: 0.2}}", "wrong-type", "/seeds/evaluation/holdout", 3, 31, ["`none` or left out"] },
        { "seeds: {evaluation: {holdout: none, metric: m}}", "invalid", "/seeds/evaluation/holdout", 3, 31, ["either", "got both"] },

        // Early stopping and schedule
        { "earlyStopping: {rule: median, max: 100, mode: pause}", "invalid", "/earlyStopping/mode", 3, 47, ["median stops trials", "mode: stop"] },
        { "earlyStopping: {rule: ahsa, max: 100}", "invalid", "/earlyStopping/rule", 3, 23, ["did you mean `asha`"] },
        { "schedule: {kind: robustness}", "missing-key", "/schedule/cron", 3, 11, ["`schedule.cron` is missing"] },
        { "schedule: {cron: '0 2 * *'}", "invalid", "/schedule/cron", 3, 18, ["5 or 6 fields"] },
        { "schedule: {cron: '0 25 * * *'}", "invalid", "/schedule/cron", 3, 18, ["the hour of a cron takes 0-23", "'25'"] },
        { "schedule: {cron: '0 2 30 2 *'}", "invalid", "/schedule/cron", 3, 18, ["never comes"] },
        { "schedule: {cron: '0 2 1 * MON'}", "invalid", "/schedule/cron", 3, 18, ["cannot restrict both"] },
        { "schedule: {cron: '0 2 * * *', webhook: 'http://x.org'}", "invalid", "/schedule/webhook", 3, 40, ["an https address"] },
        { "schedule: {cron: '0 2 * * *', kind: sweep}", "invalid", "/schedule/kind", 3, 37, ["robustness, tunability"] },

        // Trial
        { "trial: {retries: 1}", "missing-key", "/trial", 3, 8, ["exactly one runner, but names none", "command, mlnet"] },
        { "trial: {command: [x], mlnet: {}}", "invalid", "/trial/mlnet", 3, 23, ["exactly one runner, but got `command` and `mlnet`"] },
        { "trial: {comand: [x]}", "unknown-key", "/trial/comand", 3, 9, ["did you mean `command`", "command, mlnet, retries, checkpoints, workdir"] },
        { "trial: {command: [x], retries: -1}", "invalid", "/trial/retries", 3, 32, ["from 0 to 100"] },
        { "trial: {command: [x], env: {A-B: 1}}", "name", "/trial/env/A-B", 3, 29, ["no name of an environment variable"] },
        { "trial: {command: [x], env: {HYPERCLOUD_SEED: 1}}", "reserved", "/trial/env/HYPERCLOUD_SEED", 3, 29, ["are set for every run"] },
        { "trial: {command: [x], env: {A: [1]}}", "wrong-type", "/trial/env/A", 3, 32, ["must be a text", "a list"] },
        { "trial: {command: [x], env: [A]}", "wrong-type", "/trial/env", 3, 28, ["a mapping from variable names"] },
        { "trial: {command: [x], slots: {A: 1}}", "wrong-type", "/trial/slots", 3, 30, ["one mapping of variables a slot"] },
        { "trial: {command: [x], slots: [{A: 1}]}\nlimits: {parallel: 4}", "invalid", "/limits/parallel", 4, 20, ["limits.parallel=4 needs as many slots, but trial.slots has 1"] },
        { "trial: {command: [x, '${param.lr}']}", "runner", "/trial/command/1", 3, 22, ["`${param.lr}` names no parameter"] },
        { "trial: {command: text}", "runner", "/trial/command", 3, 18, ["must be a list or a mapping"] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void One_error_with_its_place(string text, string code, string pointer, int line, int column, string[] fragments)
    {
        SpecResult result = Yaml(Head + text);
        Assert.Null(result.Spec);
        SpecProblem error = Assert.Single(result.Errors);
        Assert.Equal((code, pointer, line, column), (error.Code, error.Pointer, error.Line, error.Column));
        foreach (string fragment in fragments) Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"(line {line}, column {column})", error.ToString(), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string, int, int, string[]> Heads { get; } = new()
    {
        { "objective: {metric: loss}", "missing-key", "/name", 1, 1, ["`name` is missing", "name: breast-cancer"] },
        { "name: a", "missing-key", "/objective", 1, 1, ["`objective` is missing"] },
        { "name: 'a b'\nobjective: {metric: loss}", "invalid", "/name", 1, 7, ["letters, digits", "'a b'"] },
        { "name: \"a\\n\"\nobjective: {metric: loss}", "invalid", "/name", 1, 7, ["letters, digits"] },
        { "name: 7\nobjective: {metric: loss}", "wrong-type", "/name", 1, 7, ["got 7", "write '7' in quotes"] },
        { "name: a\nobjective: {goal: minimize}", "missing-key", "/objective/metric", 2, 12, ["`objective.metric` is missing"] },
        { "name: a\nobjective: [{metric: x}]", "invalid", "/objective", 2, 12, ["a list has 2 to 4 objectives, but got 1", "as a mapping"] },
        { "name: a\nobjective: [{metric: x}, {metric: y}, {metric: z}, {metric: u}, {metric: v}]", "invalid", "/objective", 2, 12, ["but got 5", "constraints"] },
        { "name: a\nobjective: [{metric: x}, {metric: x}]", "invalid", "/objective/1/metric", 2, 35, ["'x' is an objective already"] },
        { "name: a\nobjective: [{metric: x}, {metrik: y, metric: z}]", "unknown-key", "/objective/1/metrik", 2, 27, ["did you mean `metric`"] },
        { "name: a\nobjective: [{metric: x, statistic: iqm}, {metric: y}]", "invalid", "/objective/0/statistic", 2, 36, ["`statistic` can only be mean"] },
        { "name: a\nobjective: [{metric: x, target: 1}, {metric: y}]", "invalid", "/objective/0/target", 2, 33, ["leave `target` out"] },
        { "name: a\nobjective: [{metric: x, take: best}, {metric: y}]", "invalid", "/objective/0/take", 2, 31, ["use `take: last`"] },
        { "name: a\nobjective: [{metric: x, noise: none}, {metric: y}]", "invalid", "/objective", 2, 12, ["not of 'y'"] },
        { "name: a\nobjective: [{metric: x}, {metric: y}]\nsearch: {algorithm: cmaes}", "invalid", "/search/algorithm", 3, 21, ["cmaes follows one objective", "nsga2"] },
        { "name: a\nobjective: [{metric: x}, {metric: y}]\nearlyStopping: {rule: asha, max: 9}", "invalid", "/earlyStopping", 3, 16, ["leave `earlyStopping` out"] },
        { "name: a\nobjective: [{metric: x}, {metric: y}]\nschedule: {cron: '0 2 * * *'}", "invalid", "/schedule", 3, 11, ["a front"] },
        { "name: a\nobjective: [{metric: x}, {metric: y}]\nseeds: {evaluation: {metric: z}}", "invalid", "/seeds/evaluation/metric", 3, 30, ["HYPERCLOUD_POOL"] },
        { "name: a\nobjective: [{metric: x}, {metric: y}]\nconstraints: [{metric: y, max: 1}]", "invalid", "/constraints/0/metric", 3, 24, ["'y' is what is optimised", "`reference`"] },
        { "name: a\nobjective: {metric: step}", "reserved", "/objective/metric", 2, 21, ["counts the resource"] },
        { "name: a\nobjective: {metric: x, goal: minimise}", "invalid", "/objective/goal", 2, 30, ["one of minimize, maximize", "did you mean `minimize`"] },
        { "name: a\nobjective: {metric: x, direction: maximize}", "unknown-key", "/objective/direction", 2, 24, ["did you mean `goal`"] },
        { "name: a\nobjective: {metric: x, statistic: meen}", "invalid", "/objective/statistic", 2, 35, ["mean, median, iqm", "'meen'"] },
        { "name: a\nobjective: {metric: x, statistic: cvar(0)}", "invalid", "/objective/statistic", 2, 35, ["a of cvar(a) must be above 0 and at most 1", "cvar(0)"] },
        { "name: a\nobjective: {metric: x, statistic: cvar(1.5)}", "invalid", "/objective/statistic", 2, 35, ["at most 1"] },
        { "name: a\nobjective: {metric: x, statistic: quantile(1)}", "invalid", "/objective/statistic", 2, 35, ["between 0 and 1"] },
        { "name: a\nobjective: {metric: x, statistic: mean-std(0)}", "invalid", "/objective/statistic", 2, 35, ["k of mean-std(k)"] },
        { "name: a\nobjective: {metric: x, statistic: quantile}", "invalid", "/objective/statistic", 2, 35, ["quantile(q)"] },
        { "name: a\nobjective: {metric: x, bounds: [1, 0]}", "invalid", "/objective/bounds", 2, 32, ["low < high", "[1, 0]"] },
        { "name: a\nobjective: {metric: x, bounds: 3}", "wrong-type", "/objective/bounds", 2, 32, ["two numbers"] },
        { "name: a\nobjective: {metric: x, noise: some}", "invalid", "/objective/noise", 2, 31, ["`none` or left out"] },
        { "name: a\nobjective: {metric: x, target: low}", "wrong-type", "/objective/target", 2, 32, ["must be a number"] },
        { "[1, 2]", "wrong-type", "", 1, 1, ["a spec must be a mapping with the keys name, objective"] },
        { "just text", "wrong-type", "", 1, 1, ["got the text 'just text'"] },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void One_error_with_its_place_in_the_head(string text, string code, string pointer, int line, int column, string[] fragments)
    {
        SpecProblem error = Assert.Single(Yaml(text).Errors);
        Assert.Equal((code, pointer, line, column), (error.Code, error.Pointer, error.Line, error.Column));
        foreach (string fragment in fragments) Assert.Contains(fragment, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string, int, int, string> Warnings { get; } = new()
    {
        { "seeds: {evaluation: {seeds: 3}}", "weak", "/seeds/evaluation/seeds", 3, 29, "take at least 5" },
        { "seeds: {selection: {top: 2, maxSeeds: 10}}", "no-effect", "/seeds/selection/maxSeeds", 3, 39, "can use 20 of runs=80 only" },
        { "limits: {time: 1h, runTime: 2h}", "no-effect", "/limits/runTime", 3, 29, "longer than limits.time=1h" },
        { "space: {c: {values: [on, off]}}", "ambiguous", "/space/c/values/0", 3, 22, "write true for the boolean, 'on' for the text" },
        { "space: {c: {values: [3, 1], ordered: true}}", "weak", "/space/c/values", 3, 21, "do not ascend" },
        { "space: {c: {values: [1, 2], default: 1}, d: {values: [1, 2]}}", "weak", "/space/d", 3, 42, "'d' has no default" },
        { "space: {c: {values: [1, 2]}, d: {value: 1, when: {c: [1, 1.0]}}}", "no-effect", "/space/d/when/c/1", 3, 58, "twice" },
        { "trial: {command: [x]}", "weak", "/seeds/evaluation", 1, 1, "holdout: none" },
        { "trial: {mlnet: {colour: red}}", "runner", "/trial/mlnet/colour", 3, 25, "no effect" },
    };

    [Theory]
    [MemberData(nameof(Warnings))]
    public void A_warning_with_its_place_leaves_a_spec(string text, string code, string pointer, int line, int column, string fragment)
    {
        SpecResult result = Yaml(Head + text);
        Assert.NotNull(result.Spec);
        SpecProblem warning = result.Problems.First(p => p.Severity == SpecSeverity.Warning);
        Assert.Equal((code, pointer, line, column), (warning.Code, warning.Pointer, warning.Line, warning.Column));
        Assert.Contains(fragment, warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{metric: x, target: 2, bounds: [0, 1], goal: maximize, noise: none}", "can never be reached")]
    [InlineData("{metric: x, target: -1, bounds: [0, 1], noise: none}", "can never be reached")]
    [InlineData("{metric: x, target: 3, bounds: [0, 1], noise: none}", "reached by every value")]
    public void A_target_outside_the_bounds_is_warned_of(string objective, string fragment) =>
        Assert.Contains(fragment, Assert.Single(Yaml($"name: a\nobjective: {objective}").Problems).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("iqm", 3, "needs at least 4 runs")]
    [InlineData("mean-std(1)", 2, "needs at least 3 runs")]
    [InlineData("cvar(0.1)", 9, "needs at least 10 runs")]
    [InlineData("cvar(0.1)", 49, "no interval from fewer than 50 runs")]
    [InlineData("quantile(0.9)", 49, "no interval from fewer than 50 runs")]
    [InlineData("median", 5, "no interval from fewer than 6 runs")]
    public void Too_few_seeds_for_the_statistic_are_warned_of(string statistic, int seeds, string fragment) =>
        Assert.Contains(Yaml($"name: a\nobjective: {{metric: x, statistic: {statistic}}}\nseeds: {{evaluation: {{seeds: {seeds}}}}}").Problems,
            p => p.Pointer == "/objective/statistic" && p.Message.Contains(fragment, StringComparison.Ordinal));

    [Fact]
    public void Evaluation_is_warned_of_unless_a_runner_a_metric_or_the_user_speaks_of_unread_data()
    {
        Assert.Empty(Yaml(Head + "trial: {mlnet: {}}").Problems);
        Assert.Empty(Yaml(Head + "trial: {command: [x]}\nseeds: {evaluation: {metric: test}}").Problems);
        Assert.Empty(Yaml(Head + "trial: {command: [x]}\nseeds: {evaluation: {holdout: none}}").Problems);
    }

    [Fact]
    public void All_problems_come_at_once_in_the_order_of_their_places()
    {
        SpecResult result = SpecReader.Read("""
            nam: x
            objective: {goal: up}
            space:
              lr: {min: 1, max: 0.1}
              n: {type: int, min: 1, max: 5, when: {lr: 3}}
            search: {algorithm: cma, seed: -1}
            limits: {time: 90}
            trial: {command: [a, "${param.lr}", "${param.oops}"]}
            """, "sweep.yaml", Context);
        Assert.Equal(
            ["/nam", "/name", "/objective/metric", "/objective/goal", "/space/lr/min", "/search/algorithm", "/search/seed", "/limits/time", "/trial/command/2"],
            result.Errors.Select(e => e.Pointer));
    }

    [Fact]
    public void A_file_that_is_no_spec_does_not_fill_the_screen()
    {
        SpecResult result = Yaml(Head + string.Concat(Enumerable.Range(0, 500).Select(i => $"k{i}x: 1\n")));
        Assert.Equal(101, result.Problems.Length);
        Assert.Contains("400 more problems", result.Problems[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trial_is_required_when_the_caller_says_so() =>
        Assert.Contains("`trial` is missing", Assert.Single(SpecReader.Read(Head, null, Context).Errors).Message, StringComparison.Ordinal);
}
