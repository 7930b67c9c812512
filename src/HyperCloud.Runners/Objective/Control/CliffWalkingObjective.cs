using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>
/// Learning to walk along a cliff: <see cref="TabularAgent"/> on <see cref="CliffWalking"/>. A task of reinforcement learning small enough to
/// run many times, and noisy as they are: one fall costs as much as a hundred steps. Parameters, each with the book's value where the space has
/// none: <c>algorithm</c> (sarsa, q-learning), <c>learning_rate</c>, <c>epsilon</c>, <c>discount</c>, <c>trace_decay</c>, <c>initial</c>.
/// Options: <c>episodes</c> (200), <c>block</c> (20), <c>gust</c> (0.1), <c>patience</c> (steps after which an episode is broken off, 500).
/// Reports the mean return of every block of episodes, of what the agent does while it learns, at the number of episodes so far. To be
/// maximised.
/// </summary>
internal sealed class CliffWalkingObjective : IObjective
{
    private static readonly Dictionary<string, double> Bounds = new() { ["learning_rate"] = 1, ["epsilon"] = 1, ["discount"] = 1, ["trace_decay"] = 1, ["initial"] = 1e6 };

    /// <inheritdoc/>
    public string Name => "cliff-walking";

    /// <summary>A simulator: gusts and the agent's dice come from the run's seed, and there is nothing else.</summary>
    public bool ReadsNoData => true;

    /// <inheritdoc/>
    public IEnumerable<string> Problems(Space space, JsonElement options)
    {
        List<RunnerFinding> findings = [];
        Read(options, findings);
        foreach (RunnerFinding finding in findings) yield return finding.Message;
        foreach (Parameter p in space.Parameters)
        {
            if (p.Name == "algorithm")
            {
                if (p is not CategoricalParameter { Values: var values } || values.Any(v => v.ToString() is not ("sarsa" or "q-learning")))
                    yield return "the parameter 'algorithm' takes values from sarsa, q-learning";
            }
            else if (!Bounds.ContainsKey(p.Name))
            {
                yield return $"has no parameter '{p.Name}'{Nearest.Hint(p.Name, ["algorithm", .. Bounds.Keys])}";
            }
            else if (p is FloatParameter { Min: var min, Max: var max } && (min < Least(p.Name) || max > Bounds[p.Name]))
            {
                yield return FormattableString.Invariant($"{p.Name} must be from {Least(p.Name)} to {Bounds[p.Name]}, but the space has {min} to {max}");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation)
    {
        Settings s = Read(context.Options, []);
        TabularSettings settings = Agent(context);
        var world = new CliffWalking(s.Gust, context.Random(0));
        var agent = new TabularAgent(settings, CliffWalking.States, CliffWalking.Actions, context.Random(1));
        int episodes = context.Resource is { } r ? (int)Math.Ceiling(r) : s.Episodes;
        double sum = 0;
        for (int episode = 1, inBlock = 0; episode <= episodes; episode++)
        {
            cancellation.ThrowIfCancellationRequested();
            sum += Episode(world, agent, s.Patience);
            inBlock++;
            if (episode % s.Block != 0 && episode != episodes) continue;
            if (await context.Report(episode, sum / inBlock)) break;
            (sum, inBlock) = (0, 0);
        }

        return ObjectiveResult.Reported;
    }

    private static double Episode(CliffWalking world, TabularAgent agent, int patience)
    {
        world.Reset();
        agent.Begin();
        double sum = 0;
        int action = agent.Act(world.State);
        for (int step = 0; step < patience && !world.IsOver; step++)
        {
            int state = world.State;
            double reward = world.Step(action);
            int next = agent.Act(world.State);
            agent.Learn(state, action, reward, world.State, next, world.IsOver);
            sum += reward;
            action = next;
        }

        return sum;
    }

    private static TabularSettings Agent(ObjectiveContext context)
    {
        TabularSettings book = new();
        return new TabularSettings
        {
            OffPolicy = Has("algorithm") && context.Text("algorithm") == "q-learning",
            LearningRate = Number("learning_rate", book.LearningRate),
            Epsilon = Number("epsilon", book.Epsilon),
            Discount = Number("discount", book.Discount),
            TraceDecay = Number("trace_decay", book.TraceDecay),
            Initial = Number("initial", book.Initial),
        };

        bool Has(string name) => context.Assignment.Space.IndexOf(name) >= 0 && context.IsActive(name);

        // Lists and constants are not looked through when the spec is read.
        double Number(string name, double otherwise)
        {
            double value = Has(name) ? context.Number(name) : otherwise;
            return value >= Least(name) && value <= Bounds[name] ? value
                : throw new ArgumentException(FormattableString.Invariant($"{name} must be from {Least(name)} to {Bounds[name]}, but got {value}"));
        }
    }

    private static double Least(string name) => name == "initial" ? -Bounds[name] : 0;

    private static Settings Read(JsonElement options, List<RunnerFinding> findings)
    {
        var reader = new OptionReader("it", options, findings);
        reader.Text("name");
        var settings = new Settings(
            reader.Integer("episodes", 1, 100_000) ?? 200, reader.Integer("block", 1, 100_000) ?? 20, reader.Number("gust", 0, 1) ?? 0.1, reader.Integer("patience", 1, 100_000) ?? 500);
        reader.RefuseUnknown();
        return settings;
    }

    private sealed record Settings(int Episodes, int Block, double Gust, int Patience);
}
