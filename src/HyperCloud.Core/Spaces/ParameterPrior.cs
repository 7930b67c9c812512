namespace HyperCloud.Core;

/// <summary>What a user believes of where the best value of a parameter lies.</summary>
/// <param name="Center">The value believed to be best; in the parameter's domain.</param>
/// <param name="Weight">How many trials the belief is worth: it counts as much as them, and fades as there are more. Above 0.</param>
public sealed record ParameterPrior(ParameterValue Center, double Weight);
