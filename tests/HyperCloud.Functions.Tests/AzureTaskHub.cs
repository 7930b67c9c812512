using System.Reflection;
using DurableTask.AzureStorage;
using DurableTask.Core;
using DurableTask.Core.History;

namespace HyperCloud.Functions.Tests;

/// <summary>Both sides of a task hub.</summary>
public interface ITaskHub : IOrchestrationService, IOrchestrationServiceClient;

/// <summary>
/// A task hub on Azure Storage behind the gRPC server of Durable's test package. That server notes sub-orchestrations with an event type of its
/// own, which Azure's history table cannot read back: it gets the plain one.
/// </summary>
public class AzureTaskHub : DispatchProxy
{
    private AzureStorageOrchestrationService _inner = null!;

    /// <summary>Opens a hub.</summary>
    public static ITaskHub Open(AzureStorageOrchestrationServiceSettings settings)
    {
        ITaskHub hub = Create<ITaskHub, AzureTaskHub>();
        ((AzureTaskHub)hub)._inner = new AzureStorageOrchestrationService(settings);
        return hub;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IOrchestrationService.CompleteTaskOrchestrationWorkItemAsync))
            MakePlain(((args![1] as OrchestrationRuntimeState) ?? ((TaskOrchestrationWorkItem)args[0]!).OrchestrationRuntimeState).NewEvents);
        try
        {
            return targetMethod.Invoke(_inner, args);
        }
        catch (TargetInvocationException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }

    private static void MakePlain(IList<HistoryEvent> events)
    {
        for (int i = 0; i < events.Count; i++)
        {
            if (events[i] is not SubOrchestrationInstanceCreatedEvent created || created.GetType() == typeof(SubOrchestrationInstanceCreatedEvent)) continue;
            events[i] = new SubOrchestrationInstanceCreatedEvent(created.EventId)
            {
                Name = created.Name,
                Version = created.Version,
                InstanceId = created.InstanceId,
                Input = created.Input,
                Timestamp = created.Timestamp,
            };
        }
    }
}
