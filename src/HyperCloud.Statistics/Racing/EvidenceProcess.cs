using HyperCloud.Core;

namespace HyperCloud.Statistics;

/// <summary>
/// Evidence that a trial is not the best: what several gamblers, each with a share of 1 and a bet of its own, have made of it together. Each
/// multiplies its capital on every seed by 1 + λ·s with s in [−1, 1], s &gt; 0 where the trial was worse. While the expectation of s given the
/// past is at most 0, the sum is a non-negative supermartingale, and reaches 1/α with probability at most α, whenever one looks (Ville 1939). A
/// mixture of bets instead of one needs no tuning: Waudby-Smith and Ramdas (2024), §4.3; Robbins (1970) for signs.
/// </summary>
internal sealed class EvidenceProcess
{
    // A smaller capital is as valid as the capital itself, so it may be cut off before it overflows.
    private const double Most = 1e200;

    // Shares of what may be lost on a seed; for signs, made for being worse with probability 0.55, 0.6, 0.7, 0.8 and 0.9.
    private static readonly double[] s_bets = [0.1, 0.2, 0.4, 0.6, 0.8];

    // Distances of the centre from 0, in root mean squares of the differences: the log-likelihood ratio of ±d is 2·δ·d.
    private static readonly double[] s_shifts = [0.15, 0.3, 0.5, 0.8, 1.2, 2];

    // What a failed run against another one counts as, in root mean squares.
    private const double Failure = 3;

    private readonly RaceTest _test;
    private readonly double[] _capital;
    private double _squares;
    private int _count;

    public EvidenceProcess(RaceTest test)
    {
        _test = test;
        _capital = new double[test == RaceTest.Symmetric ? s_shifts.Length : s_bets.Length];
        Array.Fill(_capital, 1.0 / _capital.Length);
    }

    /// <summary>Seeds on which it was better.</summary>
    public int Better { get; private set; }

    /// <summary>Seeds on which it was worse.</summary>
    public int Worse { get; private set; }

    /// <summary>The e-value.</summary>
    public double Value => Summation.Sum(_capital);

    /// <summary>Takes one seed.</summary>
    /// <param name="difference">Loss of the trial less loss of the other one: ±∞ where one of the two has failed, 0 for a tie; with bounds, divided by their width.</param>
    public void Add(double difference)
    {
        if (difference == 0) return;
        int sign = Math.Sign(difference);
        if (sign > 0) Worse++;
        else Better++;
        double magnitude = _test == RaceTest.Symmetric ? Scaled(Math.Abs(difference)) : _test == RaceTest.Betting ? Math.Min(Math.Abs(difference), 1) : 1;
        for (int i = 0; i < _capital.Length; i++)
        {
            double bet = _test == RaceTest.Symmetric ? Tanh(s_shifts[i] * magnitude) : s_bets[i] * magnitude;
            _capital[i] = Math.Min(_capital[i] * (1 + sign * bet), Most);
        }
    }

    // The magnitudes may be looked at, this one's included: given them, it is the sign that is not in favour of being worse.
    private double Scaled(double magnitude)
    {
        if (!double.IsFinite(magnitude * magnitude)) return Failure;
        _squares += magnitude * magnitude;
        _count++;
        double rms = Math.Sqrt(_squares / _count);
        return rms > 0 ? magnitude / rms : 1;
    }

    private static double Tanh(double x) => 1 - 2 / (Elementary.Exp(2 * x) + 1);
}
