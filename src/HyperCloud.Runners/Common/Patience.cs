using Polly;
using Polly.Retry;

namespace HyperCloud.Runners;

/// <summary>How requests are made again: after about 1, 2, 4 and 8 s, or as <c>Retry-After</c> says.</summary>
internal static class Patience
{
    /// <summary>How often a request is made at most.</summary>
    public const int MostTries = 5;

    /// <summary>Makes requests again whose answer was passing (<see cref="Reply.IsPassing"/>).</summary>
    /// <param name="time">The clock of the pauses.</param>
    public static ResiliencePipeline<Reply> Create(TimeProvider time) => new ResiliencePipelineBuilder<Reply> { TimeProvider = time }
        .AddRetry(new RetryStrategyOptions<Reply>
        {
            ShouldHandle = new PredicateBuilder<Reply>().HandleResult(r => r.IsPassing),
            MaxRetryAttempts = MostTries - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromSeconds(1),
            MaxDelay = TimeSpan.FromSeconds(30),
            DelayGenerator = arguments => new(arguments.Outcome.Result?.RetryAfter),
        })
        .Build();
}
