namespace HyperCloud.Statistics;

/// <summary>
/// What a race tests of a trial, on each seed against the best other one of the seeds before (see <see cref="Race"/>). The null names what the
/// best trial is assumed to be: only for such a one is the probability of leaving at most α.
/// </summary>
public enum RaceTest
{
    /// <summary>
    /// Sign test. Null: on a seed on which the two differ, the trial is at least as likely to be the better one as to be the worse one, against
    /// each other trial. Needs nothing of the distributions; it is about the typical seed, not about the mean.
    /// </summary>
    Sign,

    /// <summary>
    /// Betting on means. Null: no other trial has a better mean. Needs bounds that every loss keeps, and differences that are large against them:
    /// Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (2024), for the mean of paired differences.
    /// </summary>
    Betting,

    /// <summary>
    /// Signs weighed by magnitude. Null: the difference to each other trial is symmetric about a centre, in favour of the trial or 0, and has one
    /// peak, as with normal values or with noise of the same form in both. Sharper than the sign test, where that holds.
    /// </summary>
    Symmetric,
}

/// <summary>A trial that the race has shown to be worse.</summary>
/// <param name="Trial">Its index.</param>
/// <param name="Rival">The trial with the best mean then.</param>
/// <param name="Seeds">Seeds looked at so far.</param>
/// <param name="Better">Seeds on which it was better than the best other one of the seeds before.</param>
/// <param name="Worse">Seeds on which it was worse.</param>
/// <param name="Evidence">The e-value: what a bet against the null has made of 1; at least 1/α.</param>
public sealed record Elimination(int Trial, int Rival, int Seeds, int Better, int Worse, double Evidence);
