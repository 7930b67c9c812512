using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Web;

/// <summary>What happens around every endpoint, whichever host offers it: the guard, and problems for whatever goes wrong.</summary>
public static partial class ApiPipeline
{
    /// <summary>Answers a request to an endpoint. The request's route values must be those of the endpoint's template.</summary>
    public static async Task<IResult> Run(ApiEndpoint endpoint, HttpContext http, Api api)
    {
        try
        {
            if ((ApiGuard.CheckOrigin(http.Request, api.Options) ?? ApiGuard.CheckKey(http.Request, endpoint.Access, api.Options)) is { } refused) return new ProblemAnswer(refused);
            var call = new ApiCall(http, endpoint, api);
            call.CheckQuery();
            return await endpoint.Handle(call);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty; // Nobody is listening any more.
        }
        catch (Exception e)
        {
            return new ProblemAnswer(ToProblem(e, http, api));
        }
    }

    /// <summary>The problem that a fault becomes. Faults of ours and of the store are logged, and answered without their insides.</summary>
    public static ProblemException ToProblem(Exception fault, HttpContext http, Api api)
    {
        switch (fault)
        {
            case ProblemException problem:
                return problem;
            case StoreException e:
                LogStore(api.Logger, http.Request.Method, http.Request.Path, e.Code, e.Message, http.TraceIdentifier);
                bool passing = e.Code is "busy" or "unreachable" or "other";
                return new ProblemException(ProblemTypes.Store, $"{StoreWords(e.Code)} [{e.Code}]; what was stored is safe, and the server's log says more")
                {
                    RetryAfter = TimeSpan.FromSeconds(passing ? 5 : 60),
                };
            case LogBrokenException e:
                LogFault(api.Logger, http.Request.Method, http.Request.Path, http.TraceIdentifier, e);
                return new ProblemException(ProblemTypes.RecordDamaged, $"{e.Message}; nothing was changed, 'hypercloud replay' says more");
            case SweepBusyException e:
                return new ProblemException(ProblemTypes.Busy, e.Message) { RetryAfter = TimeSpan.FromSeconds(2) };
            case SweepOverException e:
                return new ProblemException(ProblemTypes.Over, e.Message);
            case WarmStartException e:
                return new ProblemException(ProblemTypes.InvalidSpec, e.Message);
            case BadHttpRequestException { StatusCode: var status } e when ProblemTypes.OfStatus(status) is { } type:
                return new ProblemException(type, e.Message);
            default:
                LogFault(api.Logger, http.Request.Method, http.Request.Path, http.TraceIdentifier, fault);
                return new ProblemException(ProblemTypes.Internal, "the server failed at this request; its log says more under the trace id");
        }
    }

    private static string StoreWords(string code) => code switch
    {
        "full" => "the store is full",
        "read-only" => "the store is read-only",
        "busy" => "the store is locked by another process",
        "unreachable" => "the store is out of reach",
        "corrupt" => "the store is damaged",
        "newer-version" => "the store was written by a newer hypercloud",
        _ => "the store failed",
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path}: store fault [{Code}] {Why} (trace {Trace})")]
    private static partial void LogStore(ILogger logger, string method, string path, string code, string why, string trace);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed (trace {Trace})")]
    private static partial void LogFault(ILogger logger, string method, string path, string trace, Exception fault);
}
