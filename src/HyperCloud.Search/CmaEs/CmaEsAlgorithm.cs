using System.Globalization;
using HyperCloud.Core;

namespace HyperCloud.Search;

/// <summary>
/// Covariance matrix adaptation (Hansen and Ostermeier, 2001), with restarts of growing population (Auger and Hansen, "A restart CMA evolution
/// strategy with increasing population size", 2005), a margin for finite dimensions and a probability for each category. A generation is λ
/// trial numbers in a row; it is learnt from once its trials have ended, those still pending left out. The state is rebuilt from the
/// observations generation by generation; what is kept of it is a cache.
/// </summary>
/// <param name="options">The constants; null: the defaults.</param>
internal sealed class CmaEsAlgorithm(CmaEsOptions? options = null) : SequentialAlgorithm
{
    /// <summary>Name in specs and records.</summary>
    public const string AlgorithmName = "cmaes";

    private readonly CmaEsOptions _options = options ?? new CmaEsOptions();
    private Run? _cache;

    /// <inheritdoc/>
    public override string Name => AlgorithmName;

    /// <inheritdoc/>
    public override int Version => 1;

    /// <inheritdoc/>
    protected override Suggestion Choose(SearchState state, FiniteSpace? unseen)
    {
        if (state.Context.Objectives > 1) throw new SearchException("cmaes follows one objective; for several there are auto, gp, nsga2 and tpe");
        if (state.Trial < _options.Startup || state.Observations.All(o => o.Loss is null)) return StartupDesign.Choose(state, unseen);
        Run run = At(state);
        if (run.Encoding.Dimensions.Length == 0) return StartupDesign.Choose(state, unseen);
        (Assignment assignment, _, _) = run.Draw(state.Context.Seed, state.Trial, state.OpenStream());
        RandomStream random = state.OpenStream();
        string reason = string.Create(CultureInfo.InvariantCulture,
            $"cmaes: generation {run.Generation}, population {run.State.Population}, step size {run.State.Sigma:G3}{(run.Restarts > 0 ? $", restart {run.Restarts}" : "")}");
        if (!state.Seen.Contains(assignment) && state.Space.Allows(assignment)) return new Suggestion(assignment, reason);
        // A draw that has been seen tells nothing new, and one that is forbidden cannot be tried: others from the same distribution, then anything unseen.
        for (int i = 0; i < 20; i++)
        {
            (Assignment other, _, _) = run.Draw(state.Context.Seed, state.Trial, random);
            if (!state.Seen.Contains(other) && state.Space.Allows(other)) return new Suggestion(other, reason + ", drawn again");
        }

        return unseen is null ? new Suggestion(assignment, reason)
            : new Suggestion(unseen.PickUnseen(state.Seen, random), reason + ", all draws seen, random among the unseen");
    }

    private Run At(SearchState state)
    {
        IReadOnlyList<Observation> observations = state.Observations;
        if (_cache is not { } run || !run.Continues(state.Context, state.Trial)) run = new Run(_options, state.Context);
        run.Advance(state.Context, state.Trial);
        // A run that learnt from a generation with pending trials must not be kept: they will end.
        _cache = run.Final ? run : null;
        return run;
    }

    private sealed class Run
    {
        private readonly CmaEsOptions _options;
        private readonly ulong _seed;
        private readonly int[] _ordered, _categorical;
        private readonly List<Observation> _learnt = [];
        private int _next, _stalled, _at; // first trial of the generation under way; generations without improvement; observations read
        private double _best = double.PositiveInfinity;

        public Run(CmaEsOptions options, SearchContext context)
        {
            (_options, _seed) = (options, context.Seed);
            Encoding = new SpaceEncoding(context.Space);
            _ordered = [.. Enumerable.Range(0, Encoding.Dimensions.Length).Where(d => Encoding.Dimensions[d].Kind != DimensionKind.Categorical)];
            _categorical = [.. Enumerable.Range(0, Encoding.Dimensions.Length).Where(d => Encoding.Dimensions[d].Kind == DimensionKind.Categorical)];
            List<Observation> startup = [];
            for (; _at < context.Observations.Count && context.Observations[_at].Number < options.Startup; _at++) startup.Add(context.Observations[_at]);
            _learnt.AddRange(startup);
            Final = startup.Count(o => o.Number >= 0) == options.Startup;
            _next = options.Startup;
            double[][] best = [.. Fidelity.RankAtHighestRung(startup, 2).Take(options.Elite).Select(o => Encoding.Encode(o.Assignment))];
            State = new CmaEsState(options, Centre(best), [.. _categorical.Select(d => Probabilities(best, d))], options.Sigma, CmaEsState.DefaultPopulation(_ordered.Length));
        }

        public SpaceEncoding Encoding { get; }

        public CmaEsState State { get; private set; }

        public int Generation { get; private set; }

        public int Restarts { get; private set; }

        /// <summary>Whether everything it has learnt from had ended.</summary>
        public bool Final { get; private set; }

        public bool Continues(SearchContext context, int trial)
        {
            if (!ReferenceEquals(context.Space, Encoding.Space) || context.Seed != _seed || _next > trial || context.Observations.Count < _learnt.Count) return false;
            for (int i = 0; i < _learnt.Count; i++)
                if (!ReferenceEquals(context.Observations[i], _learnt[i]) && context.Observations[i] != _learnt[i]) return false;
            return true;
        }

        public void Advance(SearchContext context, int trial)
        {
            while (_next + State.Population <= trial)
            {
                int end = _next + State.Population;
                List<Observation> ended = [];
                for (; _at < context.Observations.Count && context.Observations[_at].Number < end; _at++) ended.Add(context.Observations[_at]);
                _learnt.AddRange(ended);
                Final &= ended.Count == State.Population;
                List<(double[], int[])> ranked = [];
                double before = _best;
                foreach (Observation o in Fidelity.RankAtHighestRung(ended, 2))
                {
                    (Assignment drawn, double[] x, int[] values) = Draw(_seed, o.Number, new RandomStream(_seed, StreamPurpose.Suggestion, (ulong)o.Number));
                    if (!drawn.Equals(o.Assignment)) (x, values) = Read(Encoding.Encode(o.Assignment), x, values);
                    ranked.Add((x, values));
                    if (o.State == ObservationState.Completed) _best = Math.Min(_best, o.Loss!.Value);
                }

                State.Update(ranked);
                Generation++;
                _next = end;
                _stalled = _best < before ? 0 : _stalled + 1;
                if (State.LargestAxis < _options.LeastAxis || _stalled > 10 + 30 * _ordered.Length / State.Population) Restart();
            }
        }

        // The draw of a trial: ordered dimensions on the real line, and the values of categorical ones.
        public (Assignment Assignment, double[] X, int[] Values) Draw(ulong seed, int trial, RandomStream random)
        {
            double[] z = [.. _ordered.Select(_ => random.NextNormal())], x = State.Transform(z);
            int[] values = [.. State.Categories.Select(p => Pick(p, random.NextDouble()))];
            double[] u = [.. Enumerable.Repeat(0.5, Encoding.Space.Count)];
            for (int i = 0; i < _ordered.Length; i++)
            {
                Dimension dimension = Encoding.Dimensions[_ordered[i]];
                double at = x[i];
                if (dimension.Kind == DimensionKind.Ordered)
                {
                    (double low, double high) = dimension.Parameter.UnitShare(dimension.Parameter.FromUnit(State.Mean[i]));
                    double distance = Math.Min(low > 0 ? State.Mean[i] - low : double.PositiveInfinity, high < 1 ? high - State.Mean[i] : double.PositiveInfinity);
                    at = State.Mean[i] + (at - State.Mean[i]) * State.Margin(i, distance);
                }

                u[dimension.Index] = Mirror(at);
                if (dimension.Kind == DimensionKind.Continuous) x[i] = u[dimension.Index];
            }

            for (int c = 0; c < _categorical.Length; c++)
            {
                Parameter parameter = Encoding.Dimensions[_categorical[c]].Parameter;
                u[Encoding.Dimensions[_categorical[c]].Index] = parameter.ToUnit(parameter.ValueAt(values[c]));
            }

            return (Encoding.Space.FromUnit(u), x, values);
        }

        private void Restart()
        {
            Restarts++;
            _stalled = 0;
            var random = new RandomStream(_seed, StreamPurpose.Suggestion, (1UL << 40) + (ulong)Restarts);
            State = new CmaEsState(_options, [.. _ordered.Select(_ => random.NextDouble())], [.. _categorical.Select(d => Probabilities([], d))],
                _options.RestartSigma, State.Population * _options.Growth);
            _best = double.PositiveInfinity;
        }

        private double[] Centre(double[][] best) => [.. _ordered.Select(d =>
        {
            double sum = 0, n = 0;
            foreach (double[] x in best)
                if (!double.IsNaN(x[d])) (sum, n) = (sum + x[d], n + 1);
            return n == 0 ? 0.5 : sum / n;
        })];

        // One trial's weight for each of the best, one for all values together.
        private double[] Probabilities(double[][] best, int d)
        {
            int n = (int)Encoding.Dimensions[d].Count;
            double[] p = [.. Enumerable.Repeat(1.0 / n, n)];
            double total = 1;
            foreach (double[] x in best)
                if (!double.IsNaN(x[d])) (p[(int)x[d]], total) = (p[(int)x[d]] + 1, total + 1);
            return [.. p.Select(v => v / total)];
        }

        private (double[] X, int[] Values) Read(double[] encoded, double[] x, int[] values) =>
            ([.. _ordered.Select((d, i) => double.IsNaN(encoded[d]) ? x[i] : encoded[d])], [.. _categorical.Select((d, c) => double.IsNaN(encoded[d]) ? values[c] : (int)encoded[d])]);

        private static int Pick(double[] p, double u)
        {
            int v = 0;
            for (; v < p.Length - 1 && u >= p[v]; v++) u -= p[v];
            return v;
        }

        private static double Mirror(double x)
        {
            x = Math.Abs(x);
            x -= 2 * Math.Floor(x / 2);
            return x > 1 ? 2 - x : x;
        }
    }
}
