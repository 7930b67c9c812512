using HyperCloud.Core;

namespace HyperCloud.Runners;

/// <summary>
/// The cliff of Sutton and Barto, "Reinforcement Learning", 2nd edition, example 6.6, on a windy day. A grid of 4 × 12; start bottom left, goal
/// bottom right, between them the cliff. A step costs 1; one into the cliff costs 100 and leads back to the start. Beside the book's rules a
/// gust may come after a step, and blows one cell down, towards the cliff.
/// </summary>
/// <param name="gust">Probability of a gust after a step, in [0, 1].</param>
/// <param name="random">Where gusts come from.</param>
internal sealed class CliffWalking(double gust, RandomStream random)
{
    private const int Rows = 4, Columns = 12, Start = (Rows - 1) * Columns, Goal = Rows * Columns - 1;
    private const int Down = 2;

    /// <summary>Number of states.</summary>
    public const int States = Rows * Columns;

    /// <summary>Number of actions: up, right, down, left.</summary>
    public const int Actions = 4;

    /// <summary>Where the walker is.</summary>
    public int State { get; private set; } = Start;

    /// <summary>Whether the goal is reached.</summary>
    public bool IsOver => State == Goal;

    /// <summary>Back to the start.</summary>
    public void Reset() => State = Start;

    /// <summary>Takes a step; answers its reward.</summary>
    public double Step(int action)
    {
        if (Move(action) is { } fallen) return fallen;
        return !IsOver && random.NextDouble() < gust && Move(Down) is { } blown ? blown : -1;
    }

    // The reward of a fall; null when there was none.
    private double? Move(int action)
    {
        (int row, int column) = (State / Columns, State % Columns);
        (row, column) = action switch
        {
            0 => (Math.Max(row - 1, 0), column),
            1 => (row, Math.Min(column + 1, Columns - 1)),
            Down => (Math.Min(row + 1, Rows - 1), column),
            _ => (row, Math.Max(column - 1, 0)),
        };
        State = row * Columns + column;
        if (row < Rows - 1 || column is 0 or Columns - 1) return null;
        State = Start;
        return -100;
    }
}
