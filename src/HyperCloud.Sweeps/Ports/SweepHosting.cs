namespace HyperCloud.Sweeps;

/// <summary>Why the host of a sweep came to a halt, and when it is tried again.</summary>
/// <param name="At">When.</param>
/// <param name="Attempts">Faults in a row.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="RetryAt">When it is tried again.</param>
public sealed record HostFault(DateTimeOffset At, int Attempts, string Message, DateTimeOffset RetryAt);

/// <summary>
/// Whoever sees to it that sweeps go on: a supervisor in this process, durable orchestrations. Surfaces that change a sweep in the store tell it
/// to look; losing or doubling a wake-up costs nothing but time.
/// </summary>
public interface ISweepHosting
{
    /// <summary>Something about the sweep has changed (created, extended, paused, resumed, cancelled): look at the store now.</summary>
    ValueTask Wake(string sweep, CancellationToken cancellation);

    /// <summary>The fault that the sweep's host met last, as far as this process knows; null when all is well.</summary>
    HostFault? Fault(string sweep);

    /// <summary>The hub of a sweep that is hosted in this process; null when it is not.</summary>
    SweepHub? HubOf(string sweep);
}
