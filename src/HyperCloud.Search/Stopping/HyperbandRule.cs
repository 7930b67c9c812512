using System.Globalization;

namespace HyperCloud.Search;

/// <summary>
/// Hyperband (Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, JMLR 18, 2018) run asynchronously: bracket s skips the first s rungs, the
/// last one runs everything to full length, and inside a bracket trials are compared as <see cref="AshaRule"/> does. Trials are dealt to the
/// brackets in the paper's proportions, n_s ∝ reduction^(S − s) · (S + 1) / (S − s + 1), by trial number alone.
/// </summary>
/// <param name="byTrend">Trials are compared as <see cref="CurveTrend"/> says, instead of by their loss at the rung alone.</param>
internal sealed class HyperbandRule(bool byTrend = false) : IStoppingRule
{
    public const string RuleName = "hyperband";

    /// <summary>The fractional part of its multiples fills [0, 1) evenly from the first on (Weyl's sequence of the golden ratio).</summary>
    private const double Golden = 0.6180339887498949;

    private (RungLadder Ladder, double[] Cumulated)? _shares;

    public string Name => RuleName;

    public int Version => 1;

    public bool CanPause => true;

    public int FirstRung(RungLadder ladder, int trial)
    {
        double[] cumulated = Shares(ladder);
        double u = (trial + 0.5) * Golden;
        u -= Math.Floor(u);
        int bracket = 0;
        while (bracket < ladder.Top && u >= cumulated[bracket]) bracket++;
        return bracket;
    }

    public RungDecision Decide(RungLadder ladder, IReadOnlyList<RungCurve> curves, int trial)
    {
        int bracket = FirstRung(ladder, trial);
        IReadOnlyList<RungCurve> rivals = Bracket(ladder, curves, bracket);
        if (rivals.First(c => c.Trial == trial).Losses.Count - 1 < bracket)
            return new(false, string.Create(CultureInfo.InvariantCulture, $"bracket {bracket} compares from resource {ladder[bracket]} on"));
        RungDecision decision = SuccessiveHalving.Decide(ladder, rivals, trial, byTrend);
        return decision with { Reason = string.Create(CultureInfo.InvariantCulture, $"bracket {bracket}: {decision.Reason}") };
    }

    public Promotion? Promote(RungLadder ladder, IReadOnlyList<RungCurve> curves, Predicate<int> paused)
    {
        for (int bracket = ladder.Top - 1; bracket >= 0; bracket--)
            if (SuccessiveHalving.Promote(ladder, Bracket(ladder, curves, bracket), paused, byTrend) is { } p)
                return p with { Reason = string.Create(CultureInfo.InvariantCulture, $"bracket {bracket}: {p.Reason}") };
        return null;
    }

    private IReadOnlyList<RungCurve> Bracket(RungLadder ladder, IReadOnlyList<RungCurve> curves, int bracket) =>
        [.. curves.Where(c => FirstRung(ladder, c.Trial) == bracket)];

    private double[] Shares(RungLadder ladder)
    {
        if (_shares is { } known && ReferenceEquals(known.Ladder, ladder)) return known.Cumulated;
        int last = ladder.Top;
        double[] cumulated = new double[last + 1];
        double sum = 0, power = 1;
        for (int bracket = last; bracket >= 0; bracket--, power *= ladder.Reduction)
        {
            cumulated[bracket] = Math.Ceiling(power * (last + 1) / (last - bracket + 1));
            sum += cumulated[bracket];
        }

        double before = 0;
        for (int bracket = 0; bracket <= last; bracket++) cumulated[bracket] = before += cumulated[bracket] / sum;
        _shares = (ladder, cumulated);
        return cumulated;
    }
}
