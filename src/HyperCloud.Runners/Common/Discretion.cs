namespace HyperCloud.Runners;

/// <summary>
/// Keeps secrets out of what people read: every occurrence of a known secret in a text is replaced by what it is. An endpoint may repeat in
/// its answer what it was sent. Values of fewer than <see cref="Shortest"/> characters are no secrets, and would be found everywhere.
/// </summary>
internal sealed class Discretion
{
    private const int Shortest = 4;
    private readonly List<(string Secret, string Name)> _known = [];

    /// <summary>Keeps a value, also as it stands in an address, out of texts.</summary>
    public void Keep(string? secret, string name)
    {
        if (secret is null || secret.Length < Shortest) return;
        _known.Add((secret, name));
        if (Uri.EscapeDataString(secret) is { } escaped && escaped != secret) _known.Add((escaped, name));
        // The longest first: a secret may hold another.
        _known.Sort((a, b) => b.Secret.Length.CompareTo(a.Secret.Length));
    }

    /// <summary>The text without secrets.</summary>
    public string Hide(string text)
    {
        foreach ((string secret, string name) in _known) text = text.Replace(secret, name, StringComparison.OrdinalIgnoreCase);
        return text;
    }
}
