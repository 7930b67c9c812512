using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// What an algorithm sees while it chooses one trial of a batch: the context, and as pending also the trials chosen before it in the batch.
/// </summary>
internal sealed class SearchState
{
    private readonly List<PendingTrial> _pending;
    private readonly int _earlier;
    private HashSet<Assignment>? _seen;

    public SearchState(SearchContext context)
    {
        Context = context;
        _pending = [.. context.Pending];
        Trial = context.FirstTrial;
        foreach (Observation o in context.Observations)
        {
            if (o.Number >= 0) break; // they come first
            _earlier++;
        }
    }

    /// <summary>The context the batch was asked with.</summary>
    public SearchContext Context { get; }

    /// <summary>The space.</summary>
    public Space Space => Context.Space;

    /// <summary>The number of the trial to choose now.</summary>
    public int Trial { get; private set; }

    /// <summary>The trial's number with those of an earlier sweep counted: how much is known when it is chosen.</summary>
    public int Known => Trial + _earlier;

    /// <summary>Finished trials.</summary>
    public IReadOnlyList<Observation> Observations => Context.Observations;

    /// <summary>Trials without a result, those of this batch last.</summary>
    public IReadOnlyList<PendingTrial> Pending => _pending;

    /// <summary>All configurations suggested so far; those of an earlier sweep may come again, as this one has not measured them.</summary>
    public HashSet<Assignment> Seen
    {
        get
        {
            if (_seen is not null) return _seen;
            _seen = [];
            foreach (Observation o in Observations)
                if (o.Number >= 0) _seen.Add(o.Assignment);
            foreach (PendingTrial p in _pending) _seen.Add(p.Assignment);
            return _seen;
        }
    }

    /// <summary>The random numbers of the trial to choose now.</summary>
    public RandomStream OpenStream() => new(Context.Seed, StreamPurpose.Suggestion, (ulong)Trial);

    /// <summary>Notes the choice and goes on to the next trial.</summary>
    public void Accept(Assignment assignment)
    {
        _pending.Add(new PendingTrial(Trial, assignment));
        _seen?.Add(assignment);
        Trial++;
    }
}
