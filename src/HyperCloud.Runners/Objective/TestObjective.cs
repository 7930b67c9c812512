using System.Globalization;
using System.Text.Json;
using HyperCloud.Core;
using HyperCloud.Sweeps;

namespace HyperCloud.Runners;

/// <summary>How many float and int parameters a test function takes.</summary>
/// <param name="Least">At least so many.</param>
/// <param name="Most">At most so many; null: any number.</param>
internal readonly record struct Dimensions(int Least, int? Most);

/// <summary>A function of numbers.</summary>
internal delegate double NumericFunction(ReadOnlySpan<double> x);

/// <summary>
/// A test function of the active float and int parameters in the space's order, made as unpleasant as wanted by options:
/// <c>noise</c> (standard deviation of Gaussian noise drawn from the run's seed), <c>failure</c> (probability that a run throws),
/// <c>time</c> (mean run time; log-normal with σ = 0.5, drawn from the seed and waited on the host's clock), <c>steps</c> (how many reports;
/// the value at step s is the final value + 1/s − 1/steps, without a bound from steps when the sweep has rungs: final value + 1/s).
/// </summary>
internal sealed class TestObjective(string name, Dimensions dimensions, NumericFunction function) : IObjective
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool ReadsNoData => true;

    /// <summary>Default of the option <c>noise</c>.</summary>
    public double Noise { get; init; }

    /// <summary>Default of the option <c>failure</c>.</summary>
    public double Failure { get; init; }

    /// <summary>Default of the option <c>time</c>.</summary>
    public TimeSpan Time { get; init; }

    /// <inheritdoc/>
    public IEnumerable<string> Problems(Space space, JsonElement options)
    {
        List<RunnerFinding> findings = [];
        Read(options, findings);
        int count = space.Parameters.Count(IsNumeric);
        if (count < dimensions.Least || count > dimensions.Most)
            findings.Add(new(true, "", string.Create(CultureInfo.InvariantCulture,
                $"needs {(dimensions.Most == dimensions.Least ? "exactly" : "at least")} {dimensions.Least} float or int parameters, but the space has {count}")));
        if (dimensions.Most is not null && space.Parameters.Where(IsNumeric).FirstOrDefault(p => p.When.Length > 0) is { } conditional)
            findings.Add(new(true, "", $"needs all its parameters, but '{conditional.Name}' has a condition"));
        return findings.Select(f => f.Message);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectiveResult> Run(ObjectiveContext context, CancellationToken cancellation)
    {
        Settings s = Read(context.Options, []);
        double value = function(Point(context.Assignment)) + (s.Noise > 0 ? s.Noise * Gaussian(context.Random(0)) : 0);
        bool fails = s.Failure > 0 && context.Random(1).NextDouble() < s.Failure;
        TimeSpan duration = s.Time > TimeSpan.Zero ? s.Time * Elementary.Exp(0.5 * Gaussian(context.Random(2)) - 0.125) : TimeSpan.Zero;
        int steps = context.Resource is { } r ? Math.Max(1, (int)Math.Ceiling(r)) : s.Steps;
        double end = context.Resource is null && steps > 0 ? 1.0 / steps : 0;
        for (int step = 1; step <= steps; step++)
        {
            await Wait(duration / steps, context.Time, cancellation);
            if (fails && step > steps / 2) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name} fails at step {step} with seed {context.Seed}, as asked"));
            if (await context.Report(step, value + 1.0 / step - end)) return ObjectiveResult.Reported;
        }

        if (steps > 0) return ObjectiveResult.Reported;
        await Wait(duration, context.Time, cancellation);
        return fails ? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name} fails with seed {context.Seed}, as asked")) : value;
    }

    /// <summary>A standard normal number (Marsaglia's polar method: logarithm and square root only).</summary>
    internal static double Gaussian(RandomStream stream)
    {
        while (true)
        {
            double u = 2 * stream.NextDouble() - 1, v = 2 * stream.NextDouble() - 1, s = u * u + v * v;
            if (s is > 0 and < 1) return u * Math.Sqrt(-2 * Elementary.Log(s) / s);
        }
    }

    private static bool IsNumeric(Parameter p) => p is FloatParameter or IntParameter;

    private static double[] Point(Assignment assignment)
    {
        List<double> x = [];
        for (int i = 0; i < assignment.Space.Count; i++)
            if (IsNumeric(assignment.Space.Parameters[i]) && assignment[i] is { } value) x.Add(value.AsNumber());
        return [.. x];
    }

    // As Task.Delay, which however goes on by way of the thread pool when it is cancelled, where a simulator's pump cannot see it.
    private static async Task Wait(TimeSpan duration, TimeProvider time, CancellationToken cancellation)
    {
        if (duration <= TimeSpan.Zero) return;
        var done = new TaskCompletionSource();
        await using ITimer timer = time.CreateTimer(_ => done.TrySetResult(), null, duration, Timeout.InfiniteTimeSpan);
        await using CancellationTokenRegistration registration = cancellation.Register(() => done.TrySetCanceled(cancellation));
        await done.Task;
    }

    private Settings Read(JsonElement options, List<RunnerFinding> findings)
    {
        var reader = new OptionReader("it", options, findings);
        reader.Text("name");
        var settings = new Settings(
            reader.Number("noise", 0, 1e12) ?? Noise, reader.Number("failure", 0, 1) ?? Failure, reader.Duration("time") ?? Time, reader.Integer("steps", 1, 1_000_000) ?? 0);
        reader.RefuseUnknown();
        return settings;
    }

    private sealed record Settings(double Noise, double Failure, TimeSpan Time, int Steps);
}
