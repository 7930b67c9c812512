using System.Diagnostics.CodeAnalysis;
using HyperCloud.Core;

namespace HyperCloud.Sweeps;

/// <summary>A run of a sweep in one word, <c>sweep~run</c>, as URLs carry it.</summary>
/// <param name="Sweep">Sweep id.</param>
/// <param name="Run">Which run.</param>
public readonly record struct RunAddress(string Sweep, RunKey Run)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Sweep}~{Run}";

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RunAddress? address)
    {
        int cut = text.LastIndexOf('~'); // a run has no '~', a sweep's name may
        address = cut > 0 && RunKey.TryParse(text[(cut + 1)..], out RunKey run) ? new RunAddress(text[..cut], run) : null;
        return address is not null;
    }

    /// <summary>Where a run reports on a server.</summary>
    public static string ReportUrl(string server, string sweep, RunKey run) => $"{server.TrimEnd('/')}/api/runs/{new RunAddress(sweep, run)}/reports";
}
