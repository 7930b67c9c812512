using System.Collections.Concurrent;
using HyperCloud.Core;
using HyperCloud.Runners;

namespace HyperCloud.Web.Tests;

/// <summary>An objective whose runs go on until the test lets them end.</summary>
internal sealed class Gate : IObjective
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "gate";

    /// <summary>Every attempt that began, in order.</summary>
    public ConcurrentQueue<RunKey> Begun { get; } = new();

    /// <summary>Completes when the first run has begun.</summary>
    public Task Started => _started.Task;

    public void Open() => _open.TrySetResult();

    public async ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation)
    {
        Begun.Enqueue(context.Run);
        _started.TrySetResult();
        await _open.Task.WaitAsync(cancellation);
        return context.Number("x");
    }
}
