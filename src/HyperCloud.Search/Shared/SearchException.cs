namespace HyperCloud.Search;

/// <summary>A request that a search algorithm cannot serve: an unknown algorithm, or a space that it cannot search.</summary>
/// <param name="message">A sentence with the values and what would mend it.</param>
public sealed class SearchException(string message) : ArgumentException(message);
