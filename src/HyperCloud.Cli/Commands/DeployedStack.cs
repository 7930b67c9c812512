using System.Globalization;
using System.Net;
using System.Text.Json;
using HyperCloud.Cli.Sources;
using HyperCloud.Sweeps;
using static HyperCloud.Cli.Commands.DoctorCommand;

namespace HyperCloud.Cli.Commands;

/// <summary>
/// <c>hypercloud doctor --azure</c>: a deployed stack as it looks from outside. Only looks: every request is a GET, and none starts anything.
/// </summary>
internal sealed class DeployedStack : IDisposable
{
    private const string Health = "/api/health", Guarded = "/api/sweeps?limit=50", Running = "/api/sweeps?status=running&limit=20";

    /// <summary>Addresses of the Functions host and of Durable that hand out or command everything: open to holders of the master or system key only.</summary>
    private static readonly string[] s_management = ["/admin/host/status", "/runtime/webhooks/durabletask/instances?top=1"];

    /// <summary>A cold start takes seconds; longer than this is worth a word.</summary>
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(15), Patience = TimeSpan.FromSeconds(60);

    private readonly Uri _address;
    private readonly string? _key;
    private readonly HttpClient _client;

    /// <summary>Nothing is sent yet.</summary>
    /// <param name="address">The stack's output <c>endpoint</c>.</param>
    /// <param name="key">A function key; null: what needs one is not looked at.</param>
    /// <exception cref="CliException">The address is no http or https address.</exception>
    public DeployedStack(string address, string? key)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
            throw new CliException(ExitCodes.BadInput, $"--server is the address of the stack (pulumi stack output endpoint), but got '{(uri?.UserInfo.Length > 0 ? "one with a password in it" : address)}'");
        (_address, _key) = (new Uri(uri.GetLeftPart(UriPartial.Authority)), key);
        // A page to sign in is an answer, too.
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(10) }) { Timeout = Patience };
    }

    /// <summary>Looks at everything; what cannot be reached ends it early.</summary>
    public async Task<IReadOnlyList<Finding>> Examine(CancellationToken cancellation)
    {
        List<Finding> findings = [];
        long begun = TimeProvider.System.GetTimestamp();
        Answer first = await Get(Health, key: null, cancellation);
        TimeSpan took = TimeProvider.System.GetElapsedTime(begun);
        findings.Add(Reachable(first, took));
        if (first.Status is 0 or 403 or 404) return findings;
        findings.Add(await Encrypted(cancellation));
        findings.Add(Roles(first));
        if (first.Status == 200)
        {
            DateTimeOffset before = TimeProvider.System.GetUtcNow();
            begun = TimeProvider.System.GetTimestamp();
            Answer second = await Get(Health, key: null, cancellation);
            findings.AddRange(Body(second.Status == 200 ? second : first, before, TimeProvider.System.GetElapsedTime(begun)));
        }

        findings.AddRange(await Keys(cancellation));
        findings.Add(await Management(cancellation));
        findings.Add(await Orchestrations(cancellation));
        return findings;
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private Finding Reachable(Answer answer, TimeSpan took)
    {
        const string Check = "reachable";
        string words = string.Create(CultureInfo.InvariantCulture, $"{_address.Authority} answers {answer.Status} after {took.TotalSeconds:0.0} s");
        return answer.Status switch
        {
            0 => new(Check, Condition.Fail, $"{_address.Authority} does not answer: {answer.Text}", "is this the stack's output 'endpoint', and does 'az functionapp show --query state' say Running?"),
            200 when took > SlowAnswer => new(Check, Condition.Warn, words, "a cold start: alwaysReady keeps an instance at hand, at a price"),
            200 => new(Check, Condition.Ok, words),
            403 => new(Check, Condition.Fail, words, "the app is stopped, or refuses this machine's address: 'az functionapp start', or look at its access restrictions"),
            404 => new(Check, Condition.Fail, words, "the app is there and the code is not: deploy it (docs/deploying.md, 'The stack, then the code')"),
            401 or 302 => new(Check, Condition.Fail, words, "sign-in asks for a token where it should not: /api/health is among the paths that the stack leaves open ('pulumi up' puts them back)"),
            503 when answer.IsProblem => new(Check, Condition.Ok, words),
            _ => new(Check, Condition.Fail, words, "the Functions host does not start: its log (Application Insights, the stack's output 'dashboard') says why; roles on the hub's storage and application settings are the usual cause"),
        };
    }

    private async Task<Finding> Encrypted(CancellationToken cancellation)
    {
        const string Check = "encryption", Remedy = "HTTPS only: 'pulumi up' turns it on again; and give the https address";
        if (_address.IsLoopback) return new(Check, Condition.Ok, "this machine: nothing goes over a network");
        if (_address.Scheme == "http") return new(Check, Condition.Fail, "the address begins with http: keys go over the network as they are", Remedy);
        Answer plain = await Get(Health, key: null, cancellation, new UriBuilder(_address) { Scheme = "http", Port = 80 }.Uri);
        return plain.Status is >= 200 and < 300 ? new(Check, Condition.Fail, "it answers without encryption, too", Remedy) : new(Check, Condition.Ok, "https, and nothing is answered without it");
    }

    // Health reads the store: so the app's identity was accepted, or was not.
    private static Finding Roles(Answer answer)
    {
        const string Check = "roles";
        if (answer.Status == 200) return new(Check, Condition.Ok, "the app's identity reads the sweeps' storage");
        string words = answer.Detail is { Length: > 0 } detail ? detail : $"health answers {answer.Status}";
        return new(Check, Condition.Fail, words, words.Contains("[forbidden]", StringComparison.Ordinal)
            ? "the app's identity lacks roles on the sweeps' account, or the account refuses its network: 'pulumi up' gives them again; a new role takes some minutes"
            : "look at the sweeps' storage account (HyperCloud__Store), and at private endpoints where there are any");
    }

    private static IEnumerable<Finding> Body(Answer answer, DateTimeOffset before, TimeSpan took)
    {
        if (answer.Json is not { } json || !json.TryGetProperty("version", out JsonElement version) || !json.TryGetProperty("time", out JsonElement time) || !time.TryGetDateTimeOffset(out DateTimeOffset there))
        {
            yield return new("version", Condition.Fail, "it answers, and not as HyperCloud does", "look at the address: is this the app of the stack?");
            yield break;
        }

        string words = $"hypercloud {version.GetString()}";
        yield return version.GetString() == SweepService.Product ? new("version", Condition.Ok, words) : new("version", Condition.Warn, $"{words}; this program is {SweepService.Product}", "deploy the code anew, or use the same version here");
        yield return Clock("clock", there - before - took / 2);
    }

    private async Task<IEnumerable<Finding>> Keys(CancellationToken cancellation)
    {
        const string Check = "identity";
        Answer nobody = await Get(Guarded, key: null, cancellation), stranger = await Get(Guarded, "no-key-that-anybody-was-given", cancellation);
        if (!IsRefusal(nobody) || !IsRefusal(stranger))
        {
            (Answer answer, string who) = IsRefusal(nobody) ? (stranger, "a wrong key") : (nobody, "no key");
            return answer.Status is >= 200 and < 300
                ? [new(Check, Condition.Fail, $"with {who} it shows the sweeps, and whoever can send a spec can run programs", "deploy the app as it is in functions/: its endpoints have the level Function; a server of 'serve' needs --key")]
                : [new(Check, Condition.Warn, $"with {who} it answers {answer.Status}: whether keys are asked for cannot be told", "mend what else is wrong first")];
        }

        string words = nobody.AsksForSignIn ? "without a token and a key it answers nothing (sign-in and keys)" : "without a key, or with a wrong one, it answers nothing";
        var asked = new Finding(Check, Condition.Ok, words);
        if (_key is null) return [asked, new("key", Condition.Warn, "no key was given, so what needs one was not looked at", $"give a function key with --key or ${Source.KeyVariable} ('az functionapp keys list')")];
        Answer own = await Get(Guarded, _key, cancellation);
        if (own.Status == 200) return [asked, new("key", Condition.Ok, "accepted")];
        return own.AsksForSignIn
            ? [asked, new("key", Condition.Warn, "sign-in is in front, and a key alone is not enough", "the verbs send a key only: let them work at the store (--store), or call the API with a token for the app registration")]
            : [asked, new("key", Condition.Fail, IsRefusal(own) ? "it is not a key of this app" : $"with it the app answers {own.Status}", "'az functionapp keys list --query functionKeys.default' shows it; it changes when the app is made anew")];
    }

    private async Task<Finding> Management(CancellationToken cancellation)
    {
        const string Check = "management";
        foreach (string path in s_management)
        {
            if ((await Get(path, key: null, cancellation)).Status is >= 200 and < 300)
                return new(Check, Condition.Fail, $"{path} answers without a key: orchestrations and secrets are anybody's", "look at the app's authentication settings, and renew its keys ('az functionapp keys set')");
        }

        return new(Check, Condition.Ok, "the management addresses of host and hub answer nothing without a key");
    }

    private async Task<Finding> Orchestrations(CancellationToken cancellation)
    {
        const string Check = "hub";
        if (_key is null) return new(Check, Condition.Warn, "orchestrations are seen with a key only", "give one with --key");
        Answer list = await Get(Running, _key, cancellation);
        if (list.Status != 200 || list.Json is not { } json || !json.TryGetProperty("items", out JsonElement items)) return new(Check, Condition.Warn, $"the list of running sweeps answers {list.Status}", "mend what else is wrong first");
        int running = 0;
        foreach (JsonElement sweep in items.EnumerateArray())
        {
            string id = sweep.GetProperty("id").GetString()!;
            Answer status = await Get($"/api/sweeps/{Uri.EscapeDataString(id)}", _key, cancellation);
            running++;
            if (status.Json is { } s && s.TryGetProperty("hostFault", out JsonElement fault) && fault.ValueKind == JsonValueKind.Object)
            {
                return new(Check, Condition.Fail, $"the orchestration of {id} failed: {fault.GetProperty("message").GetString()}",
                    "the patrol tries again every five minutes; look at the hub's storage (or the scheduler), and at the app's roles there");
            }
        }

        return new(Check, Condition.Ok, running == 0
            ? "the host has started, for which the hub's storage has to answer; no sweep is running that would show more"
            : $"{Common.Count(running, "sweep")} running, no orchestration has failed");
    }

    private async Task<Answer> Get(string path, string? key, CancellationToken cancellation, Uri? at = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(at is null ? _address : new Uri(at.GetLeftPart(UriPartial.Authority)), path));
        request.Headers.Accept.ParseAdd("application/json");
        // Not as a bearer: that is where sign-in looks for its token.
        if (key is not null && (!request.Headers.TryAddWithoutValidation("x-functions-key", key) || !request.Headers.TryAddWithoutValidation("x-api-key", key)))
            throw new CliException(ExitCodes.BadInput, "the key holds characters that no header can carry");
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
            string text = await response.Content.ReadAsStringAsync(cancellation);
            return new Answer((int)response.StatusCode, text)
            {
                IsProblem = response.Content.Headers.ContentType?.MediaType == "application/problem+json",
                AsksForSignIn = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Redirect
                    && (response.Headers.WwwAuthenticate.Any(h => h.Parameter?.Contains("authorization_uri", StringComparison.OrdinalIgnoreCase) == true)
                        || response.Headers.Location?.OriginalString.Contains("/.auth/login", StringComparison.Ordinal) == true
                        || response.Headers.Location?.Host == "login.microsoftonline.com"),
            };
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return new Answer(0, e is TaskCanceledException ? $"nothing within {Patience.TotalSeconds:0} s" : e.Message);
        }
    }

    private static bool IsRefusal(Answer answer) => answer.Status is 401 or 403 || answer.AsksForSignIn;

    // Status 0: none came, and the text says why.
    private sealed record Answer(int Status, string Text)
    {
        public bool IsProblem { get; init; }

        /// <summary>It is Entra that refuses, not the app.</summary>
        public bool AsksForSignIn { get; init; }

        public JsonElement? Json
        {
            get
            {
                try
                {
                    using JsonDocument document = JsonDocument.Parse(Text);
                    return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
                }
                catch (JsonException)
                {
                    return null;
                }
            }
        }

        public string? Detail => IsProblem && Json is { } json && json.TryGetProperty("detail", out JsonElement detail) ? detail.GetString() : null;
    }
}
