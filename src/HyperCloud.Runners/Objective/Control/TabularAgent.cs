using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>The hyperparameters of a <see cref="TabularAgent"/>.</summary>
internal sealed record TabularSettings
{
    /// <summary>Q-learning (off policy); else SARSA (on policy).</summary>
    public bool OffPolicy { get; init; }

    /// <summary>Step size α, in (0, 1].</summary>
    public double LearningRate { get; init; } = 0.5;

    /// <summary>Probability ε of a random action, in [0, 1].</summary>
    public double Epsilon { get; init; } = 0.1;

    /// <summary>Discount γ, in [0, 1].</summary>
    public double Discount { get; init; } = 1;

    /// <summary>Trace decay λ, in [0, 1].</summary>
    public double TraceDecay { get; init; }

    /// <summary>What every action is worth in the beginning.</summary>
    public double Initial { get; init; }
}

/// <summary>
/// SARSA(λ) and Watkins's Q(λ) on a table, with replacing traces and ε-greedy actions (Sutton and Barto, "Reinforcement Learning", 1st edition,
/// figures 7.11 and 7.14, sections 7.5 to 7.8). Q(λ) forgets its traces after an action that was not greedy.
/// </summary>
internal sealed class TabularAgent
{
    private readonly TabularSettings _settings;
    private readonly RandomStream _random;
    private readonly int _actions;
    private readonly double[] _values, _traces;
    private readonly List<int> _traced = [];

    public TabularAgent(TabularSettings settings, int states, int actions, RandomStream random)
    {
        (_settings, _random, _actions) = (settings, random, actions);
        _values = new double[states * actions];
        _traces = new double[states * actions];
        Array.Fill(_values, settings.Initial);
    }

    /// <summary>Forgets the way to here, not what it taught.</summary>
    public void Begin()
    {
        foreach (int i in _traced) _traces[i] = 0;
        _traced.Clear();
    }

    /// <summary>An ε-greedy action; ties between the best are broken at random.</summary>
    public int Act(int state) => _random.NextDouble() < _settings.Epsilon ? _random.NextInt(_actions) : Greedy(state);

    /// <summary>Learns from one step.</summary>
    /// <param name="state">Where it was.</param>
    /// <param name="action">What it did.</param>
    /// <param name="reward">What that gave.</param>
    /// <param name="next">Where it led.</param>
    /// <param name="nextAction">What is done there.</param>
    /// <param name="isOver">Whether the episode ends there.</param>
    public void Learn(int state, int action, double reward, int next, int nextAction, bool isOver)
    {
        double best = Best(next), chosen = _values[next * _actions + nextAction];
        double ahead = isOver ? 0 : _settings.OffPolicy ? best : chosen;
        int at = state * _actions + action;
        double error = reward + _settings.Discount * ahead - _values[at];
        if (_traces[at] == 0) _traced.Add(at);
        _traces[at] = 1;
        double decay = _settings.OffPolicy && chosen < best ? 0 : _settings.Discount * _settings.TraceDecay;
        int kept = 0;
        for (int n = 0; n < _traced.Count; n++)
        {
            int i = _traced[n];
            _values[i] += _settings.LearningRate * error * _traces[i];
            _traces[i] *= decay;
            if (_traces[i] < 1e-6) _traces[i] = 0;
            else _traced[kept++] = i;
        }

        _traced.RemoveRange(kept, _traced.Count - kept);
    }

    private double Best(int state)
    {
        double best = double.NegativeInfinity;
        for (int a = 0; a < _actions; a++) best = Math.Max(best, _values[state * _actions + a]);
        return best;
    }

    private int Greedy(int state)
    {
        double best = Best(state);
        int ties = 0;
        for (int a = 0; a < _actions; a++)
            if (_values[state * _actions + a] == best) ties++;
        int nth = ties == 1 ? 0 : _random.NextInt(ties);
        for (int a = 0; ; a++)
            if (_values[state * _actions + a] == best && nth-- == 0) return a;
    }
}
