using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>A configuration as a density sees it.</summary>
/// <param name="X">Its vector (see <see cref="SpaceEncoding"/>).</param>
/// <param name="Shares">For each ordered finite dimension the part of [0, 1] that its value owns; unused elsewhere.</param>
internal sealed record EncodedPoint(double[] X, (double Low, double High)[] Shares)
{
    /// <summary>Encodes a configuration.</summary>
    public static EncodedPoint Of(SpaceEncoding encoding, Assignment assignment)
    {
        var shares = new (double, double)[encoding.Dimensions.Length];
        for (int d = 0; d < shares.Length; d++)
            if (encoding.Dimensions[d].Kind == DimensionKind.Ordered && assignment[encoding.Dimensions[d].Index] is { } value)
                shares[d] = encoding.Dimensions[d].Parameter.UnitShare(value);
        return new EncodedPoint(encoding.Encode(assignment), shares);
    }
}
