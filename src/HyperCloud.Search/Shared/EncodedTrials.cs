using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>Encodes configurations once: a cache by trial number that is checked against the configuration, so it never changes an answer.</summary>
internal sealed class EncodedTrials
{
    private readonly Dictionary<int, (Assignment Assignment, double[] X)> _known = [];
    private SpaceEncoding? _encoding;

    /// <summary>The encoding of a space; a change of space empties the cache.</summary>
    public SpaceEncoding Of(Space space)
    {
        if (_encoding is not null && ReferenceEquals(_encoding.Space, space)) return _encoding;
        _known.Clear();
        return _encoding = new SpaceEncoding(space);
    }

    /// <summary>The vector of a trial's configuration.</summary>
    public double[] Encode(SpaceEncoding encoding, int trial, Assignment assignment)
    {
        if (_known.TryGetValue(trial, out (Assignment Assignment, double[] X) known) && ReferenceEquals(known.Assignment, assignment)) return known.X;
        double[] x = encoding.Encode(assignment);
        _known[trial] = (assignment, x);
        return x;
    }
}
