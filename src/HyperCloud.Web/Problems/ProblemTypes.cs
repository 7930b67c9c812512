using System.Collections.Immutable;

namespace HyperCloud.Web;

/// <summary>A kind of problem: its stable relative reference, status and title (RFC 9457). docs/http.md says what mends each.</summary>
/// <param name="Name">Last segment of <c>type</c>.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">The same for every occurrence.</param>
public sealed record ProblemType(string Name, int Status, string Title)
{
    /// <summary>The <c>type</c> member.</summary>
    public string Uri => $"/problems/{Name}";
}

/// <summary>Every kind of problem that the API answers with.</summary>
public static class ProblemTypes
{
    /// <summary>A query parameter, route value or header of the wrong form.</summary>
    public static ProblemType BadRequest { get; } = new("bad-request", 400, "The request is malformed");

    /// <summary>A cursor that is broken, or of another list.</summary>
    public static ProblemType BadCursor { get; } = new("bad-cursor", 400, "The cursor is not one of this list");

    /// <summary>A spec that is no YAML or JSON.</summary>
    public static ProblemType MalformedSpec { get; } = new("malformed-spec", 400, "The spec cannot be read");

    /// <summary>No key, or a wrong one.</summary>
    public static ProblemType Unauthorized { get; } = new("unauthorized", 401, "A key is required");

    /// <summary>A browser page of another origin sent it.</summary>
    public static ProblemType CrossOrigin { get; } = new("cross-origin", 403, "Requests from other origins are refused");

    /// <summary>No such thing.</summary>
    public static ProblemType NotFound { get; } = new("not-found", 404, "There is no such resource");

    /// <summary>Another method is meant.</summary>
    public static ProblemType MethodNotAllowed { get; } = new("method-not-allowed", 405, "The resource does not take this method");

    /// <summary>None of the accepted forms exists.</summary>
    public static ProblemType NotAcceptable { get; } = new("not-acceptable", 406, "There is no such representation");

    /// <summary>The sweep goes on, so it cannot be deleted.</summary>
    public static ProblemType NotOver { get; } = new("not-over", 409, "The sweep is not over");

    /// <summary>The sweep is over for good.</summary>
    public static ProblemType Over { get; } = new("over", 409, "The sweep is over");

    /// <summary>A process hosts the sweep.</summary>
    public static ProblemType Busy { get; } = new("busy", 409, "The sweep is still being hosted");

    /// <summary>The attempt is over, or another one has taken its place.</summary>
    public static ProblemType RunOver { get; } = new("run-over", 409, "The attempt of the run is over");

    /// <summary>Another process takes the reports of the run.</summary>
    public static ProblemType RunElsewhere { get; } = new("run-elsewhere", 409, "Another process executes the run");

    /// <summary>Its deletion has begun.</summary>
    public static ProblemType BeingDeleted { get; } = new("being-deleted", 409, "The sweep is being deleted");

    /// <summary>The sweep has changed since the caller looked.</summary>
    public static ProblemType PreconditionFailed { get; } = new("precondition-failed", 412, "The resource has changed");

    /// <summary>The body is too large.</summary>
    public static ProblemType TooLarge { get; } = new("too-large", 413, "The body is too large");

    /// <summary>The body is neither YAML nor JSON.</summary>
    public static ProblemType UnsupportedMediaType { get; } = new("unsupported-media-type", 415, "The body has another form than the resource takes");

    /// <summary>The Host header names another server.</summary>
    public static ProblemType Misdirected { get; } = new("misdirected", 421, "This server does not answer for that host name");

    /// <summary>A spec with problems.</summary>
    public static ProblemType InvalidSpec { get; } = new("invalid-spec", 422, "The spec has problems");

    /// <summary>A body whose members are not what the call takes.</summary>
    public static ProblemType InvalidBody { get; } = new("invalid-body", 422, "The body has problems");

    /// <summary>An idempotency key that came with another body before.</summary>
    public static ProblemType KeyReused { get; } = new("key-reused", 422, "The idempotency key was used for another request");

    /// <summary>A fault of the server.</summary>
    public static ProblemType Internal { get; } = new("internal", 500, "The server failed");

    /// <summary>The sweep's record is not what was written.</summary>
    public static ProblemType RecordDamaged { get; } = new("record-damaged", 500, "The record of the sweep is damaged");

    /// <summary>The store is out of reach, full, locked or read-only.</summary>
    public static ProblemType Store { get; } = new("store", 503, "The store does not answer");

    /// <summary>All of them.</summary>
    public static ImmutableArray<ProblemType> All { get; } =
    [
        BadRequest, BadCursor, MalformedSpec, Unauthorized, CrossOrigin, NotFound, MethodNotAllowed, NotAcceptable, NotOver, Over, Busy, RunOver, RunElsewhere, BeingDeleted,
        PreconditionFailed, TooLarge, UnsupportedMediaType, Misdirected, InvalidSpec, InvalidBody, KeyReused, Internal, RecordDamaged, Store,
    ];

    /// <summary>The kind that stands for a bare status; null for statuses that nothing here gives.</summary>
    public static ProblemType? OfStatus(int status) => status switch
    {
        400 or 411 or 414 or 431 => BadRequest,
        408 => BadRequest,
        401 => Unauthorized,
        404 => NotFound,
        405 => MethodNotAllowed,
        406 => NotAcceptable,
        413 => TooLarge,
        415 => UnsupportedMediaType,
        >= 500 => Internal,
        _ => null,
    };
}
