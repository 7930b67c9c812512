namespace HyperCloud.Statistics;

/// <summary>
/// A race of trials over common seeds that eliminates those shown not to be the best. The probability that the best trial is ever eliminated,
/// over all pairs and all times, is at most α, with "best" as the test's null says (<see cref="RaceTest"/>).
/// <para>
/// Why this holds. Seeds are taken in the order of their replicate numbers, each only when every trial still in the race has ended its run on
/// it. On each seed a trial is compared with one other: the one with the best mean over the seeds <i>before</i>. Who that is, and who is still
/// in the race, is known before the seed is looked at, so that under the null of the best trial every comparison is fair or in its favour
/// given all that came before, and its evidence is a supermartingale (<see cref="EvidenceProcess"/>): by Ville's inequality it ever reaches
/// 1/α with probability at most α. A trial has one such process, not one for each pair, so nothing is paid for the number of trials, and
/// only the process of the best one can do wrong. Since results that are there already wait for their seed's turn, it does not matter in
/// which order runs end, nor when one looks: the outcome is a function of the table of results alone. Trials may be set aside between two
/// seeds for any reason that does not know the seeds to come.
/// </para>
/// <para>
/// A seed on which a run stays without a result (lost, cancelled) says nothing of that trial; this takes for granted that workers are not lost
/// for the value they were about to report. A failed run is worse than any value.
/// </para>
/// </summary>
public sealed class Race
{
    private readonly RaceTest _test;
    private readonly double _threshold;
    private readonly (double Low, double High)? _bounds;
    private readonly Runner[] _runners;
    private readonly List<int> _active;
    private double _worst = double.NegativeInfinity;

    /// <summary>A race before its first seed.</summary>
    /// <param name="trials">How many trials, at least 1; indices are in the order in which they are thought of before, the best first.</param>
    /// <param name="test">What is tested.</param>
    /// <param name="alpha">Probability of ever eliminating the best, in (0, 1); usually 0.05.</param>
    /// <param name="bounds">Bounds of the losses; needed for <see cref="RaceTest.Betting"/> and not used otherwise.</param>
    /// <exception cref="ArgumentException">An argument is out of range, or bounds are missing.</exception>
    public Race(int trials, RaceTest test, double alpha = 0.05, (double Low, double High)? bounds = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        if (!(alpha > 0 && alpha < 1)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "`alpha` must be above 0 and below 1");
        if (test == RaceTest.Betting && !(bounds is { } b && b.Low < b.High && double.IsFinite(b.High - b.Low)))
            throw new ArgumentException($"betting needs finite bounds with low < high, but got {bounds}", nameof(bounds));
        _test = test;
        _threshold = 1 / alpha;
        _bounds = test == RaceTest.Betting ? bounds : null;
        _runners = [.. Enumerable.Range(0, trials).Select(_ => new Runner(test))];
        _active = [.. Enumerable.Range(0, trials)];
    }

    /// <summary>Trials still in the race, by index.</summary>
    public IReadOnlyList<int> Active => _active;

    /// <summary>Seeds taken so far.</summary>
    public int Seeds { get; private set; }

    /// <summary>The trial in the race with the best mean so far; before the first seed, and among equals, the first one.</summary>
    public int Leader => Best(except: -1);

    /// <summary>Trials in the race by their means so far, the best first.</summary>
    public IReadOnlyList<int> Ranking() => [.. _active.OrderBy(t => _runners[t].Mean(_bounds?.High ?? _worst))]; // stable: ties keep the order thought of before

    /// <summary>The evidence against a trial so far; 1 before the first seed.</summary>
    public double Evidence(int trial) => _runners[trial].Evidence.Value;

    /// <summary>Takes the next seed.</summary>
    /// <param name="losses">
    /// The loss of each trial on it, by index: +∞ for a failed run, NaN for one without a result. Those of trials no longer in the race are not
    /// looked at.
    /// </param>
    /// <returns>Who leaves the race with this seed, by index; the leader stays whatever is said against it.</returns>
    /// <exception cref="ArgumentException">Not one loss per trial, or −∞.</exception>
    public IReadOnlyList<Elimination> Add(ReadOnlySpan<double> losses)
    {
        if (losses.Length != _runners.Length) throw new ArgumentException($"there must be one loss for each of {_runners.Length} trials, but got {losses.Length}", nameof(losses));
        // Opponents are settled before anything of this seed is looked at.
        int leader = Leader, second = _active.Count > 1 ? Best(except: leader) : leader;
        foreach (int trial in _active)
        {
            if (double.IsNegativeInfinity(losses[trial])) throw new ArgumentException($"losses must be above −∞, but got it for trial {trial}", nameof(losses));
            int other = trial == leader ? second : leader;
            if (other != trial) _runners[trial].Evidence.Add(Difference(losses[trial], losses[other]));
        }

        foreach (int trial in _active)
        {
            _runners[trial].Take(losses[trial]);
            if (double.IsFinite(losses[trial])) _worst = Math.Max(_worst, losses[trial]);
        }

        Seeds++;
        int best = Leader;
        Elimination[] gone =
        [
            .. _active.Where(t => t != best && _runners[t].Evidence.Value >= _threshold)
                .Select(t => new Elimination(t, best, Seeds, _runners[t].Evidence.Better, _runners[t].Evidence.Worse, _runners[t].Evidence.Value)),
        ];
        foreach (Elimination e in gone) _active.Remove(e.Trial);
        return gone;
    }

    /// <summary>
    /// Keeps some trials in the race and sets the others aside, without any claim that these are worse. Valid for any choice made from the seeds
    /// taken so far.
    /// </summary>
    public void Keep(IReadOnlyCollection<int> trials) => _active.RemoveAll(t => !trials.Contains(t));

    // With bounds a failed run has the worst loss there is, and differences are shares of the width.
    private double Difference(double mine, double other)
    {
        if (double.IsNaN(mine) || double.IsNaN(other) || mine == other) return 0;
        return _bounds is { } b ? (Math.Clamp(mine, b.Low, b.High) - Math.Clamp(other, b.Low, b.High)) / (b.High - b.Low) : mine - other;
    }

    private int Best(int except)
    {
        int best = -1;
        double least = 0;
        foreach (int trial in _active)
        {
            if (trial == except) continue;
            double mean = _runners[trial].Mean(_bounds?.High ?? _worst);
            if (best < 0 || mean < least) (best, least) = (trial, mean);
        }

        return best;
    }

    private sealed class Runner(RaceTest test)
    {
        private double _mean;
        private int _values;
        private int _failed;

        public EvidenceProcess Evidence { get; } = new(test);

        public void Take(double loss)
        {
            if (double.IsPositiveInfinity(loss)) _failed++;
            else if (!double.IsNaN(loss)) _mean += (loss - _mean) / ++_values;
        }

        // Failed runs count as the worst value there was; who has nothing yet is thought of as all are before the first seed.
        public double Mean(double worst) => _values + _failed == 0 ? double.NegativeInfinity
            : _values == 0 ? double.PositiveInfinity
            : _mean + (double)_failed / (_values + _failed) * (worst - _mean);
    }
}
