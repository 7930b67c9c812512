using System.Security.Cryptography;
using System.Text;

namespace HyperCloud.Sweeps;

/// <summary>The identity of a sweep (SEMANTICS §4).</summary>
public static class SpecDigest
{
    /// <summary>
    /// SHA-256, lower-case hex, of the canonical JSON of objective, space, search, seeds, early stopping, tunability and trial, and of
    /// tasks, constraints, forbidden combinations, enqueued configurations and the sweep to begin with where there are any: all that
    /// decides what a sweep finds. Name, limits and schedule are not in it. Parameters count in the spec's order, keys of the runner's
    /// options in any order; YAML and JSON of the same content agree.
    /// </summary>
    public static string Identity(SweepSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(IdentityJson(spec))));
    }

    /// <summary>The sweep's id: its name, '-', and the first 12 hex digits of <see cref="Identity"/>.</summary>
    public static string SweepId(SweepSpec spec) => $"{spec.Name}-{Identity(spec)[..12]}";

    /// <summary>The text whose digest is the identity.</summary>
    internal static string IdentityJson(SweepSpec spec)
    {
        var json = new CanonicalJson();
        json.BeginMap();
        SpecWriter.WriteObjective(json, spec);
        SpecWriter.WriteTasks(json, spec);
        SpecWriter.WriteConstraints(json, spec);
        SpecWriter.WriteSpace(json, spec.Space);
        SpecWriter.WriteForbid(json, spec.Space);
        SpecWriter.WriteEnqueue(json, spec);
        if (spec.WarmStart is { } earlier) json.Member("warmStart", earlier);
        SpecWriter.WriteSearch(json, spec.Search);
        SpecWriter.WriteSeeds(json, spec.Seeds);
        if (spec.EarlyStopping is { } stopping) SpecWriter.WriteEarlyStopping(json, stopping);
        if (spec.Tunability is { } tunability) SpecWriter.WriteTunability(json, tunability);
        if (spec.Trial is { } trial) SpecWriter.WriteTrial(json, trial, sorted: true);
        json.End();
        return json.ToString();
    }
}
