namespace HyperCloud.Search;

/// <summary>
/// Asynchronous successive halving (Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht and Talwalkar, "A system for massively parallel
/// hyperparameter tuning", MLSys 2020). One bracket. With <c>mode: pause</c> its algorithm 2; with <c>mode: stop</c> the form that needs no
/// checkpoints: a trial that is not among the best when it reaches a rung ends there.
/// </summary>
/// <param name="byTrend">Trials are compared as <see cref="CurveTrend"/> says, instead of by their loss at the rung alone.</param>
internal sealed class AshaRule(bool byTrend = false) : IStoppingRule
{
    public const string RuleName = "asha";

    public string Name => RuleName;

    public int Version => 1;

    public bool CanPause => true;

    public int FirstRung(RungLadder ladder, int trial) => 0;

    public RungDecision Decide(RungLadder ladder, IReadOnlyList<RungCurve> curves, int trial) => SuccessiveHalving.Decide(ladder, curves, trial, byTrend);

    public Promotion? Promote(RungLadder ladder, IReadOnlyList<RungCurve> curves, Predicate<int> paused) => SuccessiveHalving.Promote(ladder, curves, paused, byTrend);
}
