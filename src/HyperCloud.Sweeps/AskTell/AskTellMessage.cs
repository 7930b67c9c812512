namespace HyperCloud.Sweeps;

/// <summary>A message that the protocol does not allow.</summary>
internal sealed class AskTellException(string code, string message) : Exception(message)
{
    /// <summary>Stable code.</summary>
    public string Code { get; } = code;
}

/// <summary>A checked message of the ask-tell protocol (a closed union).</summary>
internal abstract record AskTellMessage
{
    private AskTellMessage()
    {
    }

    /// <summary>Asks for trials.</summary>
    internal sealed record Ask(int Count) : AskTellMessage;

    /// <summary>The result of a trial.</summary>
    /// <param name="Number">Trial number.</param>
    /// <param name="Value">Its value; null when it failed.</param>
    /// <param name="Metrics">Other metrics by name; may be empty.</param>
    /// <param name="Seconds">How long it took, for <c>search.costAware</c>; null: not told.</param>
    /// <param name="Task">The task it is about; null: none is named.</param>
    internal sealed record Tell(int Number, double? Value, IReadOnlyDictionary<string, double> Metrics, double? Seconds, string? Task = null) : AskTellMessage;

    /// <summary>An intermediate value of a trial.</summary>
    internal sealed record Report(int Number, double Step, double Value) : AskTellMessage;

    /// <summary>Asks for the recommended trial.</summary>
    internal sealed record Best : AskTellMessage;
}
