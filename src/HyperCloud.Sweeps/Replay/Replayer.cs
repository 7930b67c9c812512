using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Search;

namespace HyperCloud.Sweeps;

/// <summary>What a replay found (a closed union).</summary>
public abstract record ReplayResult
{
    private ReplayResult()
    {
    }

    /// <summary>Every decision came out the same, bit for bit.</summary>
    /// <param name="Entries">Entries read.</param>
    /// <param name="Decisions">Decisions recomputed, by kind.</param>
    /// <param name="HeadDigest">Digest of the last entry.</param>
    public sealed record Verified(long Entries, IReadOnlyDictionary<string, int> Decisions, string HeadDigest) : ReplayResult;

    /// <summary>A decision is not what the record before it leads to.</summary>
    /// <param name="Seq">The first differing entry.</param>
    /// <param name="Kind">Its kind.</param>
    /// <param name="Message">What differs, in a sentence.</param>
    /// <param name="Stored">What the record says.</param>
    /// <param name="Recomputed">What comes out; null when nothing should have been decided here.</param>
    public sealed record Mismatch(long Seq, string Kind, string Message, string Stored, string? Recomputed) : ReplayResult;

    /// <summary>The record was edited, cut, or reordered.</summary>
    /// <param name="Seq">The first entry that does not fit.</param>
    /// <param name="Message">What does not fit.</param>
    public sealed record Broken(long Seq, string Message) : ReplayResult;

    /// <summary>The record is whole, but is not the one whose head digest was noted elsewhere.</summary>
    /// <param name="Expected">The digest noted.</param>
    /// <param name="Actual">The digest of the record.</param>
    public sealed record OtherHead(string Expected, string Actual) : ReplayResult;

    /// <summary>The record was made by versions that this program does not have.</summary>
    /// <param name="Needs">What is needed, such as <c>tpe version 1 (this program has 2)</c>.</param>
    public sealed record CannotReplay(string Needs) : ReplayResult;
}

/// <summary>Recomputes every decision of a sweep from its event log (law 3).</summary>
public sealed class Replayer
{
    private readonly SweepState _state = new();
    private readonly SortedDictionary<string, int> _decisions = new(StringComparer.Ordinal);
    private ISearchAlgorithm? _algorithm;

    /// <summary>Reads the log of a sweep and replays it.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="expectedHead">A head digest noted when it was printed, or a beginning of one (at least 8 digits); null: not compared.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    public static async ValueTask<ReplayResult> Replay(IStore store, string sweep, string? expectedHead, CancellationToken cancellation)
    {
        var log = new EventLog(store, sweep);
        IReadOnlyList<LogEntry> entries;
        try
        {
            entries = await log.ReadNew(cancellation);
        }
        catch (LogBrokenException e)
        {
            return new ReplayResult.Broken(e.Seq, e.Message);
        }

        ReplayResult result = new Replayer().Replay(entries);
        return result is ReplayResult.Verified verified && expectedHead is not null && !verified.HeadDigest.StartsWith(expectedHead, StringComparison.OrdinalIgnoreCase)
            ? new ReplayResult.OtherHead(expectedHead, verified.HeadDigest)
            : result;
    }

    /// <summary>Replays entries whose chain has been checked.</summary>
    public ReplayResult Replay(IReadOnlyList<LogEntry> entries)
    {
        foreach (LogEntry entry in entries)
        {
            try
            {
                if (_state.Created is not null && Check(entry) is { } difference) return difference;
                _state.Apply(entry);
            }
            catch (LogBrokenException e)
            {
                return new ReplayResult.Broken(e.Seq, e.Message);
            }

            if (entry.Event is SweepEvent.Created created && CheckCreated(entry, created) is { } wrong) return wrong;
        }

        return _state.Created is null
            ? new ReplayResult.Broken(0, "the log is empty")
            : new ReplayResult.Verified(entries.Count, _decisions, _state.HeadDigest);
    }

    private ReplayResult? CheckCreated(LogEntry entry, SweepEvent.Created created)
    {
        if (created.EngineVersion is < 1 or > SweepService.EngineVersion)
            return new ReplayResult.CannotReplay($"engine version {created.EngineVersion} of hypercloud {created.Product} (this program has engine versions 1 to {SweepService.EngineVersion})");
        string identity = SpecDigest.Identity(_state.Spec);
        if (identity != created.Identity)
            return new ReplayResult.Mismatch(entry.Seq, "created", "the spec in the record does not have the identity the record claims", created.Identity, identity);
        _algorithm = TunabilitySearch.Of(_state.Spec);
        return null;
    }

    private ReplayResult? Check(LogEntry entry) => entry.Event switch
    {
        SweepEvent.StageOpened or SweepEvent.ChampionChosen or SweepEvent.FrontChosen or SweepEvent.Judged or SweepEvent.SweepEnded => Compare(entry, StageDecisions.Next(_state, _algorithm!)),
        SweepEvent.SearchEnded e => Compare(entry, SearchEnd(e)),
        SweepEvent.Suggested e => CheckSuggested(entry, e),
        SweepEvent.Reported e => CheckRule(e.Rule, e.Version) ?? Compare(entry, RungDecisions.Judge(_state, e)),
        SweepEvent.Promoted { Rule: RungDecisions.ToTheEndRule } => Compare(entry, RungDecisions.ToTheEnd(_state)),
        SweepEvent.Promoted e => CheckRule(e.Rule, e.Version) ?? Compare(entry, RungDecisions.Promote(_state)),
        SweepEvent.Due e when !Schedules.MayBe(_state, e, entry.At) => Compare(entry, null),
        SweepEvent.Eliminated => Compare(entry, Racing.Eliminate(_state)),
        SweepEvent.Replicated => Compare(entry, SearchDecisions.Confirm(_state)),
        SweepEvent.Started e => Compare(entry, Claim(e)),
        SweepEvent.Ended e => Compare(entry, Settle(e)),
        _ => null,
    };

    private ReplayResult? CheckSuggested(LogEntry entry, SweepEvent.Suggested stored)
    {
        if (stored.Algorithm == _algorithm!.Name && stored.Version != _algorithm.Version)
            return new ReplayResult.CannotReplay($"{stored.Algorithm} version {stored.Version} (this program has version {_algorithm.Version})");
        if (SearchDecisions.End(_state, _state.ActiveMs) is { } end)
            return new ReplayResult.Mismatch(entry.Seq, "suggested", $"search should have ended before this suggestion: {end.Reason}", Text(stored), Text(end));
        if (!SearchDecisions.MaySuggest(_state))
            return new ReplayResult.Mismatch(entry.Seq, "suggested", "this suggestion came before the trials it depends on were over", Text(stored), null);
        return Compare(entry, SearchDecisions.Suggest(_state, _algorithm, stored.Count).Event);
    }

    private ReplayResult? CheckRule(string rule, int version) =>
        _state.Stopping is { } plan && plan.Rule.Name == rule && plan.Rule.Version != version
            ? new ReplayResult.CannotReplay($"{rule} version {version} (this program has version {plan.Rule.Version})")
            : null;

    private SweepEvent? SearchEnd(SweepEvent.SearchEnded stored)
    {
        if (stored.Code != "exhausted") return SearchDecisions.End(_state, _state.ActiveMs);
        return SearchDecisions.MaySuggest(_state) && SearchDecisions.Suggest(_state, _algorithm!, 1).Exhausted is { } sentence
            ? SearchDecisions.Exhausted(_state, sentence)
            : null;
    }

    // A run was not to be handed out while the race had somebody to eliminate.
    private SweepEvent? Claim(SweepEvent.Started stored) => Racing.EliminateEarly(_state) is { } worse ? worse : _state.FirstQueued is { } run
        ? RunDecisions.Claim(run.Key, run.Attempt + 1, run.Seed, new NextInput("", stored.Round, stored.Stage, stored.Lane, stored.Step)) with { Worker = stored.Worker }
        : null;

    private SweepEvent? Settle(SweepEvent.Ended stored) =>
        RunKey.TryParse(stored.Run, out RunKey key) && _state.Run(key) is { } run ? stored with { Then = RunDecisions.After(_state, run, stored.State) } : null;

    private ReplayResult.Mismatch? Compare(LogEntry entry, SweepEvent? recomputed)
    {
        string kind = JsonDocument.Parse(Text(entry.Event)).RootElement.GetProperty("type").GetString()!;
        _decisions[kind] = _decisions.GetValueOrDefault(kind) + 1;
        string stored = Text(entry.Event);
        string? other = recomputed is null ? null : Text(recomputed);
        return stored == other
            ? null
            : new(entry.Seq, kind, other is null ? "nothing should have been decided here" : "another decision comes out of the record before it", stored, other);
    }

    private static string Text(SweepEvent e) => JsonSerializer.Serialize(e, SweepsJson.Default.SweepEvent);
}
