using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace HyperCloud.Web;

/// <summary>
/// Where a list goes on: opaque to callers, bound by a digest to the list, the sweep and the filters it came from. Positions are keys of items, not
/// counts, so that a list stays right while the sweep goes on.
/// </summary>
internal static class Cursor
{
    private const int MarkBytes = 12;

    /// <summary>Writes a cursor.</summary>
    /// <param name="scope">List, sweep and filters.</param>
    /// <param name="position">Key of the last item handed out.</param>
    public static string Write(string scope, string position)
    {
        byte[] text = Encoding.UTF8.GetBytes(position);
        return Base64Url.EncodeToString([.. Mark(scope, text), .. text]);
    }

    /// <summary>Reads the cursor of a call; null when it has none.</summary>
    /// <exception cref="ProblemException">It is broken or of another list.</exception>
    public static string? Read(ApiCall call, string scope)
    {
        if (call.Query("cursor") is not { } token) return null;
        byte[] bytes = [];
        if (token.Length <= 2_000 && Base64Url.IsValid(token)) bytes = Base64Url.DecodeFromChars(token);
        if (bytes.Length <= MarkBytes || !Mark(scope, bytes.AsSpan(MarkBytes)).AsSpan().SequenceEqual(bytes.AsSpan(0, MarkBytes)))
            throw new ProblemException(ProblemTypes.BadCursor,
                "this cursor is broken, or came from another list, another sweep or other filters: use 'next' of an answer as it is, with the same filters, or leave it out to begin anew");
        return Encoding.UTF8.GetString(bytes.AsSpan(MarkBytes));
    }

    private static byte[] Mark(string scope, ReadOnlySpan<byte> position)
    {
        byte[] head = Encoding.UTF8.GetBytes(scope + "\n");
        return SHA256.HashData([.. head, .. position])[..MarkBytes];
    }
}
