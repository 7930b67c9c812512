using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps.Tests;

public class AskTellSessionTests
{
    private static readonly Space Plain = new(
    [
        new CategoricalParameter("booster", [ParameterValue.Of("gbdt"), ParameterValue.Of("dart")]),
        new FloatParameter("lr", 1e-4, 0.5) { Log = true },
        new FloatParameter("drop", 0, 0.5) { Step = 0.05m, When = [new ConditionClause("booster", [ParameterValue.Of("dart")])] },
        new ConstantParameter("rounds", ParameterValue.Of(200)),
    ]);

    private static SweepSpec Spec(Space? space = null, Goal goal = Goal.Minimize, string algorithm = "random", bool noNoise = false, int trials = 100) => new()
    {
        Name = "test",
        Objective = new ObjectiveSpec { Metric = "value", Goal = goal, NoNoise = noNoise },
        Space = space ?? Plain,
        Search = new SearchSpec { Algorithm = algorithm, Seed = 3 },
        Limits = new LimitsSpec { Trials = trials },
    };

    private static JsonElement Send(AskTellSession session, string line)
    {
        string answer = session.Handle(line);
        Assert.DoesNotContain('\n', answer);
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.Clone();
    }

    private static string Tell(AskTellSession session, int number, double value) =>
        session.Handle(JsonSerializer.Serialize(new { tell = new { number, value } }));

    private static (string Code, string Message) Error(AskTellSession session, string line)
    {
        JsonElement error = Send(session, line).GetProperty("error");
        return (error.GetProperty("code").GetString()!, error.GetProperty("message").GetString()!);
    }

    [Fact]
    public void ABatchIsNumberedWithoutGapsAndHoldsActiveParametersOnly()
    {
        var session = new AskTellSession(Spec());
        JsonElement[] trials = [.. Send(session, """{"ask": 12}""").GetProperty("trials").EnumerateArray(), .. Send(session, """{"ask": 1}""").GetProperty("trials").EnumerateArray()];
        Assert.Equal(Enumerable.Range(0, 13), trials.Select(t => t.GetProperty("number").GetInt32()));
        foreach (JsonElement p in trials.Select(t => t.GetProperty("params")))
        {
            Assert.Equal(p.GetProperty("booster").GetString() == "dart", p.TryGetProperty("drop", out _));
            Assert.Equal("200", p.GetProperty("rounds").GetRawText());
            Assignment.FromJson(Plain, p);
        }

        Assert.Contains(trials, t => t.GetProperty("params").TryGetProperty("drop", out _));
    }

    [Fact]
    public void OneAskOfNIsNAsksOfOne()
    {
        AskTellSession batch = new(Spec(algorithm: "tpe")), single = new(Spec(algorithm: "tpe"));
        foreach (int n in new[] { 12, 5, 1, 3 })
        {
            string[] together = [.. Send(batch, $$"""{"ask": {{n}}}""").GetProperty("trials").EnumerateArray().Select(t => t.GetRawText())];
            string[] apart = [.. Enumerable.Range(0, n).Select(_ => Assert.Single(Send(single, """{"ask": 1}""").GetProperty("trials").EnumerateArray()).GetRawText())];
            Assert.Equal(together, apart);
            foreach (AskTellSession s in new[] { batch, single }) Tell(s, n, n + 0.5);
        }
    }

    [Fact]
    public void TheSeedAndAlgorithmGivenOverrideTheSpecs()
    {
        string Ask(AskTellSession session) => session.Handle("""{"ask": 3}""");
        Assert.Equal(Ask(new(Spec())), Ask(new(Spec(), "random", 3)));
        Assert.NotEqual(Ask(new(Spec())), Ask(new(Spec(), seed: 4)));
        Assert.NotEqual(Ask(new(Spec())), Ask(new(Spec(), "sobol")));
        Assert.Equal(Ask(new(Spec(algorithm: "sobol"))), Ask(new(Spec(), "sobol")));
    }

    [Fact]
    public void AnUnknownAlgorithmAndASpaceWithoutAGridAreRefusedAtOnce()
    {
        Assert.Contains("did you mean 'tpe'", Assert.Throws<SearchException>(() => new AskTellSession(Spec(), "tpee")).Message);
        Assert.Contains("'lr' is continuous", Assert.Throws<SearchException>(() => new AskTellSession(Spec(algorithm: "grid"))).Message);
    }

    [Fact]
    public void ACompleteDefaultConfigurationIsTrialZero()
    {
        var space = new Space(Plain.Parameters.Select(p => p.Name switch
        {
            "booster" => p with { Default = ParameterValue.Of("gbdt") },
            "lr" => p with { Default = ParameterValue.Of(0.1) },
            _ => p,
        }));
        var session = new AskTellSession(Spec(space));
        JsonElement first = Send(session, """{"ask": 2}""").GetProperty("trials");
        Assert.Equal(2, first.GetArrayLength());
        Assert.Equal("""{"number":0,"params":{"booster":"gbdt","lr":0.1,"rounds":200}}""", first[0].GetRawText());
        Assert.NotEqual("""{"booster":"gbdt","lr":0.1,"rounds":200}""", Send(session, """{"ask": 1}""").GetProperty("trials")[0].GetProperty("params").GetRawText());
        // drop has no default, so a default of dart is not complete.
        var incomplete = new Space(space.Parameters.Select(p => p.Name == "booster" ? p with { Default = ParameterValue.Of("dart") } : p));
        Assert.NotEqual("dart 0.1", Send(new(Spec(incomplete)), """{"ask": 1}""").GetProperty("trials")[0].GetProperty("params") is var q ? $"{q.GetProperty("booster")} {q.GetProperty("lr")}" : "");
    }

    [Fact]
    public void BestIsTheTrialWithTheBestToldValueWhereThereIsNoNoise()
    {
        foreach ((Goal goal, int best) in new[] { (Goal.Minimize, 2), (Goal.Maximize, 1) })
        {
            var session = new AskTellSession(Spec(goal: goal, noNoise: true));
            Assert.Equal("""{"best":null}""", session.Handle("""{"best": true}"""));
            JsonElement trials = Send(session, """{"ask": 4}""").GetProperty("trials");
            Assert.Equal("""{"best":null}""", session.Handle("""{"best": true}"""));
            double[] values = [0.31, 7.5, -2, 0];
            foreach (int number in new[] { 3, 1, 0, 2 })
                Assert.Equal("""{"ok":true}""", Tell(session, number, values[number]));
            JsonElement answer = Send(session, """{"best": true}""").GetProperty("best");
            Assert.Equal(best, answer.GetProperty("number").GetInt32());
            Assert.Equal(values[best], answer.GetProperty("value").GetDouble());
            Assert.Equal(trials[best].GetProperty("params").GetRawText(), answer.GetProperty("params").GetRawText());
        }
    }

    [Fact]
    public void AFailedTrialIsNeverBest()
    {
        var session = new AskTellSession(Spec());
        session.Handle("""{"ask": 2}""");
        Assert.Equal("""{"ok":true}""", session.Handle("""{"tell": {"number": 0, "state": "failed"}}"""));
        Assert.Equal("""{"best":null}""", session.Handle("""{"best": true}"""));
        session.Handle("""{"tell": {"number": 1, "value": 1e300}}""");
        Assert.Equal(1, Send(session, """{"best": true}""").GetProperty("best").GetProperty("number").GetInt32());
    }

    [Fact]
    public void AMaximisedMetricIsSearchedUpwards()
    {
        var space = new Space([new FloatParameter("x", 0, 1)]);
        AskTellSession up = new(Spec(space, Goal.Maximize, "tpe")), down = new(Spec(space, Goal.Minimize, "tpe"));
        for (int i = 0; i < 40; i++)
            foreach ((AskTellSession session, double sign) in new[] { (up, 1.0), (down, -1.0) })
            {
                JsonElement trial = Send(session, """{"ask": 1}""").GetProperty("trials")[0];
                double value = sign * trial.GetProperty("params").GetProperty("x").GetDouble();
                Tell(session, i, value);
            }

        // Maximising x and minimising −x are the same search.
        Assert.Equal(up.Handle("""{"ask": 3}"""), down.Handle("""{"ask": 3}"""));
        Assert.True(Send(up, """{"best": true}""").GetProperty("best").GetProperty("value").GetDouble() > 0.9);
    }

    [Theory]
    [InlineData("""{"tell": {"number": 0, "value": 2}}""", "already-told", "0.5")]
    [InlineData("""{"tell": {"number": 1, "state": "failed"}}""", "already-told", "failed")]
    [InlineData("""{"tell": {"number": 9, "value": 2}}""", "unknown-trial", "known are 0 to 2")]
    [InlineData("""{"tell": {"number": -1, "value": 2}}""", "unknown-trial", "-1")]
    [InlineData("""{"tell": {"number": 2, "value": NaN}}""", "non-finite", "NaN")]
    [InlineData("""{"tell": {"number": 2, "value": -Infinity}}""", "non-finite", "Infinity")]
    [InlineData("""{"tell": {"number": 2, "value": 1e999}}""", "non-finite", "1e999")]
    [InlineData("""{"tell": {"number": 2, "value": "NaN"}}""", "invalid-tell", "must be a number")]
    [InlineData("""{"tell": {"number": 2, "value": null}}""", "invalid-tell", "null")]
    [InlineData("""{"tell": {"number": 2}}""", "invalid-tell", "neither")]
    [InlineData("""{"tell": {"number": 2, "value": 1, "state": "failed"}}""", "invalid-tell", "both")]
    [InlineData("""{"tell": {"number": 2, "state": "ok"}}""", "invalid-tell", "ok")]
    [InlineData("""{"tell": {"number": 1.5, "value": 1}}""", "invalid-tell", "1.5")]
    [InlineData("""{"tell": {"value": 1}}""", "invalid-tell", "\"number\" is missing")]
    [InlineData("""{"tell": {"number": 2, "valeu": 1}}""", "invalid-tell", "valeu")]
    [InlineData("""{"tell": [2, 1]}""", "invalid-tell", "[2, 1]")]
    [InlineData("""{"report": {"number": 0, "step": 1, "value": 2}}""", "already-told", "trial 0 has ended")]
    [InlineData("""{"report": {"number": 7, "step": 1, "value": 2}}""", "unknown-trial", "trial 7")]
    [InlineData("""{"report": {"number": 2, "value": 2}}""", "invalid-report", "\"step\" is missing")]
    [InlineData("""{"report": {"number": 2, "step": -1, "value": 2}}""", "invalid-report", "-1")]
    [InlineData("""{"report": {"number": 2, "step": 1}}""", "invalid-report", "\"value\" is missing")]
    [InlineData("""{"report": {"number": 2, "step": 1, "value": 1e999}}""", "non-finite", "1e999")]
    [InlineData("""{"ask": 0}""", "invalid-ask", "0")]
    [InlineData("""{"ask": -3}""", "invalid-ask", "-3")]
    [InlineData("""{"ask": 1.5}""", "invalid-ask", "1.5")]
    [InlineData("""{"ask": "1"}""", "invalid-ask", "\"1\"")]
    [InlineData("""{"ask": 10001}""", "invalid-ask", "10000")]
    [InlineData("""{"best": false}""", "invalid-best", "false")]
    [InlineData("""{"hello": 1}""", "unknown-message", "hello")]
    [InlineData("""{"ask": 1, "tell": {}}""", "unknown-message", "ask, tell")]
    [InlineData("""{}""", "unknown-message", "none")]
    [InlineData("""[]""", "unknown-message", "Array")]
    [InlineData("""{"ask": """, "malformed-json", "not JSON")]
    [InlineData("", "malformed-json", "empty")]
    [InlineData("  ", "malformed-json", "not JSON")]
    [InlineData("""{"\ud800": 1}""", "malformed-json", "surrogate")]
    [InlineData("""{"tell": {"number": 2, "\udc00": 1}}""", "malformed-json", "surrogate")]
    [InlineData("""{"tell": {"number": 2, "state": "\ud800"}}""", "malformed-json", "surrogate")]
    [InlineData("""{"ask": 1}{"ask": 1}""", "malformed-json", "one object a line")]
    public void WhatIsRefusedGetsACodeAndAMessageAndChangesNothing(string line, string code, string part)
    {
        AskTellSession Prepared()
        {
            var session = new AskTellSession(Spec(algorithm: "tpe"));
            session.Handle("""{"ask": 3}""");
            session.Handle("""{"tell": {"number": 0, "value": 0.5}}""");
            session.Handle("""{"tell": {"number": 1, "state": "failed"}}""");
            return session;
        }

        AskTellSession session = Prepared(), undisturbed = Prepared();
        (string actual, string message) = Error(session, line);
        Assert.Equal(code, actual);
        Assert.Contains(part, message);
        foreach (string next in new[] { """{"best": true}""", """{"ask": 12}""", """{"tell": {"number": 2, "value": 1}}""", """{"ask": 2}""", """{"best": true}""" })
            Assert.Equal(undisturbed.Handle(next), session.Handle(next));
    }

    [Fact]
    public void TextThatIsNoUnicodeIsRefused() =>
        Assert.Equal("malformed-json", Error(new(Spec()), "{\"ask\": \"\ud800\"}").Code);

    [Fact]
    public void AReportIsAnsweredWithContinueAndCountsForNothing()
    {
        var session = new AskTellSession(Spec());
        session.Handle("""{"ask": 1}""");
        JsonElement answer = Send(session, """{"report": {"number": 0, "step": 3, "value": 0.4}}""");
        Assert.Equal("continue", answer.GetProperty("decision").GetString());
        Assert.NotEmpty(answer.GetProperty("reason").GetString()!);
        Assert.Equal("""{"best":null}""", session.Handle("""{"best": true}"""));
    }

    // By hand: with reduction 3, of two trials at a rung the better one goes on, and of four the best two.
    [Fact]
    public void AReportAtARungIsAnsweredByTheStoppingRule()
    {
        var session = new AskTellSession(Spec() with { EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Min = 1, Max = 9 } });
        session.Handle("""{"ask": 4}""");
        Assert.Equal("continue", Decide(session, 0, 1, 0.5));
        Assert.Equal("stop", Decide(session, 1, 1, 0.6));
        Assert.Equal("stop", Decide(session, 1, 2, 0.1)); // what is stopped stays stopped
        Assert.Equal("continue", Decide(session, 2, 1, 0.4));
        Assert.Equal("continue", Decide(session, 3, 2, 0.45)); // between two rungs: counts for the one below
        Assert.Equal("continue", Decide(session, 0, 2, 99)); // no new rung
        Assert.Equal("continue", Decide(session, 0, 9, 99)); // full length: nothing is compared there
        Assert.Contains("rank 2 of 2", Send(session, """{"report": {"number": 1, "step": 3, "value": 0.6}}""").GetProperty("reason").GetString(), StringComparison.Ordinal);
        // A stopped trial's value is one below full length, so it is not recommended over one that went to the end.
        session.Handle("""{"tell": {"number": 1, "value": 0.01}}""");
        session.Handle("""{"tell": {"number": 0, "value": 0.3}}""");
        Assert.Equal(0, Send(session, """{"best": true}""").GetProperty("best").GetProperty("number").GetInt32());
    }

    private static string Decide(AskTellSession session, int number, double step, double value) =>
        Send(session, FormattableString.Invariant($$"""{"report": {"number": {{number}}, "step": {{step}}, "value": {{value}} } }""")).GetProperty("decision").GetString()!;

    [Fact]
    public void AnExhaustedSpaceSaysSoAndGoesOnAnswering()
    {
        var space = new Space([new IntParameter("n", 1, 5)]);
        var session = new AskTellSession(Spec(space, algorithm: "grid"));
        Assert.Equal(3, Send(session, """{"ask": 3}""").GetProperty("trials").GetArrayLength());
        JsonElement rest = Send(session, """{"ask": 3}""");
        Assert.Equal(2, rest.GetProperty("trials").GetArrayLength());
        Assert.False(rest.TryGetProperty("done", out _));
        JsonElement end = Send(session, """{"ask": 3}""");
        Assert.Equal(0, end.GetProperty("trials").GetArrayLength());
        Assert.True(end.GetProperty("done").GetBoolean());
        Assert.Contains("all 5 points", end.GetProperty("reason").GetString());
        Assert.Equal("""{"ok":true}""", session.Handle("""{"tell": {"number": 4, "value": 1}}"""));
        Assert.Equal(4, Send(session, """{"best": true}""").GetProperty("best").GetProperty("number").GetInt32());
    }

    [Fact]
    public void ASpaceWithoutParametersHasOneTrialTheDefault()
    {
        var session = new AskTellSession(Spec(new Space([]), algorithm: "auto"));
        Assert.Equal("""{"trials":[{"number":0,"params":{}}]}""", session.Handle("""{"ask": 5}"""));
        Assert.True(Send(session, """{"ask": 1}""").GetProperty("done").GetBoolean());
    }

    [Fact]
    public void TheLimitOfTrialsIsAHintOnly()
    {
        var session = new AskTellSession(Spec(trials: 2));
        Assert.Equal(10, Send(session, """{"ask": 10}""").GetProperty("trials").GetArrayLength());
    }

    [Fact]
    public void TheLimitOfTrialsLetsAutoChooseTheGrid()
    {
        var space = new Space([new IntParameter("n", 1, 5)]);
        var session = new AskTellSession(Spec(space, algorithm: "auto", trials: 5));
        session.Handle("""{"ask": 5}""");
        Assert.Contains("all 5 points", Send(session, """{"ask": 1}""").GetProperty("reason").GetString());
    }

    [Fact]
    public void EnqueuedConfigurationsComeFirst()
    {
        var session = new AskTellSession(Spec() with { Enqueue = [new([KeyValuePair.Create("booster", ParameterValue.Of("dart")), KeyValuePair.Create("lr", ParameterValue.Of(0.25)), KeyValuePair.Create("drop", ParameterValue.Of(0.1))])] });
        JsonElement[] trials = [.. Send(session, """{"ask": 2}""").GetProperty("trials").EnumerateArray()];
        Assert.Equal("""{"booster":"dart","lr":0.25,"drop":0.1,"rounds":200}""", trials[0].GetProperty("params").GetRawText());
        Assert.Equal([0, 1], trials.Select(t => t.GetProperty("number").GetInt32()));
    }

    [Fact]
    public void TheBestKeepsTheConstraintsAndATellWithoutTheirMetricsChangesNothing()
    {
        var session = new AskTellSession(Spec(noNoise: true) with { Constraints = [new ConstraintSpec("latency", null, 10)] });
        Send(session, """{"ask": 3}""");
        (string code, string message) = Error(session, """{"tell": {"number": 0, "value": 1}}""");
        Assert.Equal("invalid-tell", code);
        Assert.Contains("latency", message);
        Assert.Equal("invalid-tell", Error(session, """{"tell": {"number": 0, "value": 1, "metrics": 3}}""").Code);
        Assert.Equal("""{"ok":true}""", session.Handle("""{"tell": {"number": 0, "value": 1, "metrics": {"latency": 12, "other": 3}}}"""));
        Assert.Equal(0, Send(session, """{"best": true}""").GetProperty("best").GetProperty("number").GetInt32());
        Assert.Equal("""{"ok":true}""", session.Handle("""{"tell": {"number": 1, "value": 5, "metrics": {"latency": 9}}}"""));
        Assert.Equal("""{"ok":true}""", session.Handle("""{"tell": {"number": 2, "state": "failed"}}"""));
        Assert.Equal(1, Send(session, """{"best": true}""").GetProperty("best").GetProperty("number").GetInt32());
    }

    [Fact]
    public void AnEarlierSweepCannotBeBegunWith() =>
        Assert.Contains("warmStart", Assert.Throws<SearchException>(() => new AskTellSession(Spec() with { WarmStart = "x" })).Message);

    [Fact]
    public void With_several_objectives_values_are_told_by_metric_and_best_is_a_front()
    {
        var session = new AskTellSession(Spec(algorithm: "nsga2", noNoise: true) with
        {
            Objective = new ObjectiveSpec { Metric = "error", NoNoise = true },
            MoreObjectives = [new ObjectiveSpec { Metric = "speed", Goal = Goal.Maximize, NoNoise = true }],
        });
        Assert.Equal("""{"front":[]}""", session.Handle("""{"best": true}"""));
        session.Handle("""{"ask": 5}""");
        Assert.Contains("tell \"values\": {\"error\": …, \"speed\": …}", Error(session, """{"tell": {"number": 0, "value": 1}}""").Message);
        Assert.Contains("\"speed\" is missing", Error(session, """{"tell": {"number": 0, "values": {"error": 1}}}""").Message);
        Assert.Contains("\"size\" is no objective", Error(session, """{"tell": {"number": 0, "values": {"error": 1, "speed": 2, "size": 3}}}""").Message);
        Assert.Equal("invalid-tell", Error(session, """{"tell": {"number": 0, "values": {"error": 1, "speed": 2}, "value": 1}}""").Code);
        string[] told = ["""{"error": 1, "speed": 5}""", """{"error": 2, "speed": 9}""", """{"error": 2, "speed": 8}""", """{"error": 0.5, "speed": 1}"""];
        for (int t = 0; t < told.Length; t++) Assert.Equal("""{"ok":true}""", session.Handle($$$"""{"tell": {"number": {{{t}}}, "values": {{{told[t]}}}}}"""));
        session.Handle("""{"tell": {"number": 4, "state": "failed"}}""");
        JsonElement[] front = [.. Send(session, """{"best": true}""").GetProperty("front").EnumerateArray()];
        Assert.Equal([0, 1, 3], front.Select(f => f.GetProperty("number").GetInt32()).Order());
        JsonElement first = front.Single(f => f.GetProperty("number").GetInt32() == 1);
        Assert.Equal(9, first.GetProperty("values").GetProperty("speed").GetDouble());
        Assert.Equal(2, first.GetProperty("values").GetProperty("error").GetDouble());
        Assert.True(first.TryGetProperty("params", out _));
        Assert.Contains("one objective", Assert.Throws<SearchException>(() => new AskTellSession(Spec(algorithm: "cmaes") with { MoreObjectives = [new ObjectiveSpec { Metric = "b" }] })).Message);
    }

    [Fact]
    public void With_tasks_a_trial_is_told_task_by_task_and_known_once_all_are()
    {
        SweepSpec spec = Spec() with { Tasks = [new TaskSpec { Name = "a", Reference = (0, 2) }, new TaskSpec { Name = "b", Reference = (10, 20) }] };
        var session = new AskTellSession(spec);
        JsonElement trial = Send(session, """{"ask": 1}""").GetProperty("trials")[0];
        Assert.Equal(["a", "b"], trial.GetProperty("tasks").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("invalid-tell", Error(session, """{"tell": {"number": 0, "value": 1}}""").Code);
        Assert.Contains("the tasks are a, b", Error(session, """{"tell": {"number": 0, "task": "c", "value": 1}}""").Message, StringComparison.Ordinal);
        Assert.Equal(AskTellAnswer.Ok, session.Handle("""{"tell": {"number": 0, "task": "b", "value": 15}}"""));
        Assert.Equal(AskTellAnswer.NoBest, session.Handle("""{"best": true}"""));
        Assert.Equal("already-told", Error(session, """{"tell": {"number": 0, "task": "b", "value": 16}}""").Code);
        Assert.Equal(AskTellAnswer.Ok, session.Handle("""{"tell": {"number": 0, "task": "a", "value": 2}}"""));
        // The mean of 1 and 0.5 on the tasks' common scale.
        Assert.Equal(0.75, Send(session, """{"best": true}""").GetProperty("best").GetProperty("value").GetDouble());
        Send(session, """{"ask": 1}""");
        Assert.Equal(AskTellAnswer.Ok, session.Handle("""{"tell": {"number": 1, "task": "a", "state": "failed"}}"""));
        Assert.Equal("already-told", Error(session, """{"tell": {"number": 1, "task": "b", "value": 10}}""").Code);
    }

    [Fact]
    public void Tasks_need_a_spec_that_has_them_and_no_early_stopping()
    {
        var session = new AskTellSession(Spec());
        Send(session, """{"ask": 1}""");
        Assert.Contains("has no tasks", Error(session, """{"tell": {"number": 0, "task": "a", "value": 1}}""").Message, StringComparison.Ordinal);
        Assert.Throws<SearchException>(() => new AskTellSession(Spec() with { Tasks = [new TaskSpec { Name = "a" }], EarlyStopping = new EarlyStoppingSpec { Rule = "asha", Max = 9 } }));
    }
}
