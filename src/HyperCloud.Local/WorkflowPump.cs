using System.Collections.Concurrent;
using System.Text.Json;
using HyperCloud.Sweeps;

namespace HyperCloud.Local;

/// <summary>
/// Runs workflows on one thread: every line of workflow code, of every instance, runs on the thread that called <see cref="Run"/>, one
/// at a time. With a real clock activities run on the thread pool and the pump waits for them; with a <see cref="VirtualClock"/> they run on
/// the pump itself, and when nothing is ready the clock jumps to the next timer. What passes between workflows and activities is
/// serialised as on a durable host, and held to the same sizes.
/// </summary>
public sealed class WorkflowPump(TimeProvider time)
{
    /// <summary>Bytes of JSON a workflow's state or an activity's input may take (law 4).</summary>
    public const int InputBytes = 1024;

    private readonly BlockingCollection<Action> _ready = [];
    private readonly Dictionary<string, Func<string, CancellationToken, Task<string>>> _activities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<Instance, string, Task<(bool Again, string Json)>>> _workflows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instance> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _executions = new(StringComparer.Ordinal);
    private readonly List<string> _started = [];
    private CancellationToken _stop;

    /// <summary>Turns taken so far, by all instances.</summary>
    public int Turns { get; private set; }

    /// <summary>Activities executed so far, by name.</summary>
    public IReadOnlyDictionary<string, int> Executions => _executions;

    /// <summary>Ids of the instances begun so far, in order.</summary>
    public IReadOnlyList<string> Started => _started;

    /// <summary>Raised on the pump's thread when an instance sets its status.</summary>
    public event Action<string, string>? StatusChanged;

    private bool IsVirtual => time is VirtualClock;

    /// <summary>Makes an activity known.</summary>
    public void Register<TIn, TOut>(TaskName<TIn, TOut> name, Func<TIn, CancellationToken, Task<TOut>> activity) =>
        _activities[name.Name] = async (json, cancellation) =>
            Bounded(name.Name, JsonSerializer.Serialize(await activity(JsonSerializer.Deserialize(json, name.Input)!, cancellation), name.Output));

    /// <summary>Makes a workflow known by one turn of it.</summary>
    public void Register<TTurn, TOut>(TaskName<TTurn, TOut> name, Func<IWorkflowContext, TTurn, Task<Turn<TTurn, TOut>>> turn) =>
        _workflows[name.Name] = async (instance, json) => await turn(instance, JsonSerializer.Deserialize(json, name.Input)!) switch
        {
            Turn<TTurn, TOut>.Again again => (true, JsonSerializer.Serialize(again.State, name.Input)),
            Turn<TTurn, TOut>.Done done => (false, JsonSerializer.Serialize(done.Output, name.Output)),
            _ => throw new InvalidOperationException("a turn ends with Again or Done"),
        };

    /// <summary>Runs a workflow to its end on the calling thread.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop: workflow code stops where it is, activities get the token.</exception>
    public TOut Run<TTurn, TOut>(TaskName<TTurn, TOut> workflow, string id, TTurn input, CancellationToken stop)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(this));
        _stop = stop;
        using CancellationTokenRegistration registration = stop.Register(() => Post(static () => { }));
        try
        {
            Task<string> root = RunInstance(workflow.Name, id, Serialize(input, workflow));
            while (!root.IsCompleted)
            {
                if (_ready.TryTake(out Action? action))
                    action();
                else if (stop.IsCancellationRequested)
                    throw new OperationCanceledException(stop);
                else if (time is not VirtualClock clock)
                    _ready.Take()();
                else if (!clock.Advance())
                    throw new InvalidOperationException("the workflow waits for something that can never happen: no timer, activity or signal is left");
            }

            return JsonSerializer.Deserialize(root.GetAwaiter().GetResult(), workflow.Output)!;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Sends a signal from outside, from any thread.</summary>
    public void Signal(string id, string name) => Post(() => Deliver(id, name));

    /// <summary>Sends a signal to every instance, from any thread.</summary>
    public void SignalAll(string name) => Post(() =>
    {
        foreach (string id in _instances.Keys.ToArray()) Deliver(id, name);
    });

    private void Post(Action action) => _ready.Add(action);

    private void Deliver(string id, string name)
    {
        if (_instances.TryGetValue(id, out Instance? instance)) instance.Receive(name);
    }

    private async Task<string> RunInstance(string workflow, string id, string state)
    {
        var instance = new Instance(this, id);
        if (!_instances.TryAdd(id, instance)) throw new InvalidOperationException($"instance '{id}' is already running");
        _started.Add(id);
        try
        {
            while (true)
            {
                Turns++;
                (bool again, string json) = await _workflows[workflow](instance, state);
                instance.EndTurn();
                if (!again) return json;
                state = json;
            }
        }
        finally
        {
            _instances.Remove(id);
        }
    }

    private async Task<string> RunActivity(string name, string input)
    {
        Func<string, CancellationToken, Task<string>> activity = _activities[name];
        CancellationToken stop = _stop;
        _executions[name] = _executions.GetValueOrDefault(name) + 1;
        return IsVirtual ? await activity(input, stop) : await Task.Run(() => activity(input, stop), CancellationToken.None);
    }

    private static string Serialize<TIn, TOut>(TIn input, TaskName<TIn, TOut> name)
    {
        string json = JsonSerializer.Serialize(input, name.Input);
        return json.Length <= InputBytes ? json : throw new InvalidOperationException($"the input of '{name.Name}' takes {json.Length} bytes; at most {InputBytes} are allowed");
    }

    private static string Bounded(string activity, string output) => output.Length <= WorkOutput.MaxBytes
        ? output
        : throw new InvalidOperationException($"the answer of '{activity}' takes {output.Length} bytes; at most {WorkOutput.MaxBytes} are allowed");

    private sealed class Context(WorkflowPump pump) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => pump.Post(() => d(state));

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("the pump takes posts only");
    }

    private sealed class Instance(WorkflowPump pump, string id) : IWorkflowContext
    {
        private readonly Dictionary<string, TaskCompletionSource> _waits = new(StringComparer.Ordinal);
        private readonly HashSet<string> _kept = new(StringComparer.Ordinal);

        private readonly List<Task> _timers = [];
        private int _open;

        public string Id => id;

        public DateTimeOffset Now => pump.Time.GetUtcNow();

        public bool IsReplaying => false;

        public async Task<TOut> Activity<TIn, TOut>(TaskName<TIn, TOut> activity, TIn input)
        {
            _open++;
            string output = await pump.RunActivity(activity.Name, Serialize(input, activity));
            _open--;
            return JsonSerializer.Deserialize(output, activity.Output)!;
        }

        public async Task<TOut> Child<TTurn, TOut>(TaskName<TTurn, TOut> workflow, string childId, TTurn input)
        {
            _open++;
            string output = await pump.RunInstance(workflow.Name, childId, Serialize(input, workflow));
            _open--;
            return JsonSerializer.Deserialize(output, workflow.Output)!;
        }

        public Task Delay(TimeSpan delay, CancellationToken cancellation)
        {
            // The workflow's timer: in virtual time it passes when nothing else is left to do.
            Task task = Task.Delay(delay, pump.Time, cancellation);
            _timers.Add(task);
            return task;
        }

        public Task Signal(string name)
        {
            if (_kept.Remove(name)) return Task.CompletedTask;
            if (_waits.ContainsKey(name)) throw new InvalidOperationException($"'{id}' already waits for '{name}': keep one wait per name");
            var source = new TaskCompletionSource();
            _waits[name] = source;
            return source.Task;
        }

        public void Send(string target, string name) => pump.Signal(target, name);

        public void SetStatus(string status) => pump.StatusChanged?.Invoke(id, status);

        /// <summary>A wake-up without content: two that come before anybody waits are one.</summary>
        public void Receive(string name)
        {
            if (_waits.Remove(name, out TaskCompletionSource? source)) source.SetResult();
            else _kept.Add(name);
        }

        /// <summary>A durable host cannot continue as new while something is open, so this one does not either.</summary>
        public void EndTurn()
        {
            int open = _open + _timers.Count(t => !t.IsCompleted);
            if (open > 0) throw new InvalidOperationException($"a turn of '{id}' ended with {open} activities, children or timers still open");
            _timers.Clear();
            _waits.Clear();
        }
    }

    private TimeProvider Time => time;
}
