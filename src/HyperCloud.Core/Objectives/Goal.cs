namespace HyperCloud.Core;

/// <summary>Direction of the objective.</summary>
public enum Goal
{
    /// <summary>Smaller is better (default).</summary>
    Minimize,

    /// <summary>Larger is better.</summary>
    Maximize,
}
