using System.Collections.Concurrent;
using System.Text;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.DurableTask.Protobuf;

namespace HyperCloud.Functions.Tests;

/// <summary>
/// Sees what passes between a worker and its task hub: the history with which an orchestrator is replayed at each of its steps, what it then wants
/// done, and what activities answer. Hubs forget a generation's history when it continues as new; here each is seen.
/// </summary>
internal sealed class WorkItemWatch : Interceptor
{
    private readonly ConcurrentDictionary<string, OrchestratorRequest> _asked = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);

    /// <summary>The newest step of each generation of each instance, by execution id: its whole history up to then, and what followed.</summary>
    public ConcurrentDictionary<string, (OrchestratorRequest Asked, OrchestratorResponse Answered)> Steps { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances that the worker gave back untouched.</summary>
    public ConcurrentQueue<string> Abandoned { get; } = new();

    /// <summary>Called when one was.</summary>
    public Action OnAbandoned { get; set; } = () => { };

    /// <summary>Bytes of the longest input of an orchestration or activity, and whose.</summary>
    public (int Bytes, string Of) LongestInput => _longestInput;

    /// <summary>Bytes of the longest result of an activity.</summary>
    public (int Bytes, string Of) LongestResult => _longestResult;

    /// <summary>Activities asked for.</summary>
    public int ActivityCount => _activities;

    private (int Bytes, string Of) _longestInput, _longestResult;
    private int _activities;

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
    {
        AsyncServerStreamingCall<TResponse> call = continuation(request, context);
        return new(new Reader<TResponse>(call.ResponseStream, item => See(item as WorkItem)), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, call.Dispose);
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
    {
        switch (request)
        {
            case OrchestratorResponse response when _asked.TryRemove(response.InstanceId, out OrchestratorRequest? asked):
                Steps[ExecutionOf(asked)] = (asked, response);
                foreach (OrchestratorAction action in response.Actions) See(action, asked.InstanceId);
                break;
            case ActivityResponse response:
                Longest(ref _longestResult, response.Result, response.InstanceId);
                break;
            case AbandonOrchestrationTaskRequest abandoned:
                Abandoned.Enqueue(_tokens.GetValueOrDefault(abandoned.CompletionToken, ""));
                OnAbandoned();
                break;
        }

        return continuation(request, context);
    }

    /// <summary>The events of a step's history.</summary>
    public static IEnumerable<HistoryEvent> EventsOf(OrchestratorRequest asked) => asked.PastEvents.Concat(asked.NewEvents);

    /// <summary>What a step's orchestration is called.</summary>
    public static string NameOf(OrchestratorRequest asked) => Started(asked).Name;

    /// <summary>The version of the app that began it.</summary>
    public static string VersionOf(OrchestratorRequest asked) => Started(asked).Version;

    private static ExecutionStartedEvent Started(OrchestratorRequest asked) => EventsOf(asked).Last(e => e.ExecutionStarted is not null).ExecutionStarted;

    private static string ExecutionOf(OrchestratorRequest asked) => $"{asked.InstanceId}/{Started(asked).OrchestrationInstance.ExecutionId}";

    private void See(WorkItem? item)
    {
        if (item?.OrchestratorRequest is { } orchestrator)
        {
            if (orchestrator.RequiresHistoryStreaming) throw new InvalidOperationException($"the history of {orchestrator.InstanceId} does not come with the step, so nothing can be said of its length");
            _asked[orchestrator.InstanceId] = orchestrator; // an instance has one step at a time; tokens of a test hub are not unique
            _tokens[item.CompletionToken] = orchestrator.InstanceId;
            Longest(ref _longestInput, Started(orchestrator).Input, orchestrator.InstanceId);
        }
        else if (item?.ActivityRequest is { } activity)
        {
            Interlocked.Increment(ref _activities);
            Longest(ref _longestInput, activity.Input, activity.Name);
        }
    }

    private void See(OrchestratorAction action, string of)
    {
        if (action.CreateSubOrchestration is { } child) Longest(ref _longestInput, child.Input, child.Name);
        if (action.SendEvent is { } sent) Longest(ref _longestInput, sent.Data, sent.Name);
        if (action.CompleteOrchestration is { } complete) Longest(ref _longestInput, complete.Result, of);
    }

    private void Longest(ref (int Bytes, string Of) so, string? text, string of)
    {
        int bytes = Encoding.UTF8.GetByteCount(text ?? "");
        lock (_asked) if (bytes > so.Bytes) so = (bytes, of);
    }

    private sealed class Reader<T>(IAsyncStreamReader<T> inner, Action<T> see) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!await inner.MoveNext(cancellationToken)) return false;
            see(inner.Current);
            return true;
        }
    }
}
