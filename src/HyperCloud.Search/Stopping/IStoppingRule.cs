namespace HyperCloud.Search;

/// <summary>The losses of one trial at the rungs it has reached.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="Losses">Loss (to be minimised; finite) at rung 0, 1, …: one for each rung reached, none left out.</param>
/// <param name="Final">Loss at full length; null before.</param>
public sealed record RungCurve(int Trial, IReadOnlyList<double> Losses, double? Final = null);

/// <summary>What a stopping rule decides about a trial at a rung.</summary>
/// <param name="Stop">True: the trial ends here.</param>
/// <param name="Reason">A sentence with the numbers that decided.</param>
public sealed record RungDecision(bool Stop, string Reason);

/// <summary>A paused trial that may go on to a higher rung.</summary>
/// <param name="Trial">Trial number.</param>
/// <param name="Rung">The rung it goes on to; <see cref="RungLadder.Top"/> for full length.</param>
/// <param name="Reason">A sentence with the numbers that decided.</param>
public sealed record Promotion(int Trial, int Rung, string Reason);

/// <summary>A stopping rule: a pure function of the losses that have been seen at the rungs so far.</summary>
public interface IStoppingRule
{
    /// <summary>Its name in specs and records.</summary>
    string Name { get; }

    /// <summary>Version of its decisions: raised whenever the same curves may get another answer.</summary>
    int Version { get; }

    /// <summary>Whether it can pause trials and promote them later (<c>mode: pause</c>), and not only stop them.</summary>
    bool CanPause { get; }

    /// <summary>The first rung at which a trial is compared; <see cref="RungLadder.Top"/>: none, it runs to full length at once.</summary>
    /// <param name="ladder">The rungs.</param>
    /// <param name="trial">Trial number.</param>
    int FirstRung(RungLadder ladder, int trial);

    /// <summary>Decides about a trial that has just reached a rung.</summary>
    /// <param name="ladder">The rungs.</param>
    /// <param name="curves">All trials that have reached a rung, this one included, by ascending trial number.</param>
    /// <param name="trial">The trial; its newest rung is the one to decide at.</param>
    RungDecision Decide(RungLadder ladder, IReadOnlyList<RungCurve> curves, int trial);

    /// <summary>The paused trial that should go on now; null when none should.</summary>
    /// <param name="ladder">The rungs.</param>
    /// <param name="curves">All trials that have reached a rung, by ascending trial number.</param>
    /// <param name="paused">Whether a trial rests at its newest rung, neither running nor ended.</param>
    /// <exception cref="NotSupportedException">The rule cannot pause.</exception>
    Promotion? Promote(RungLadder ladder, IReadOnlyList<RungCurve> curves, Predicate<int> paused);
}
