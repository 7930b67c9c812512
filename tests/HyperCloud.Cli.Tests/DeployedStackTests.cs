using System.Globalization;
using System.Text.Json;
using HyperCloud.Cli.Commands;
using HyperCloud.Sweeps;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using static HyperCloud.Cli.Commands.DoctorCommand;

namespace HyperCloud.Cli.Tests;

/// <summary><c>doctor --azure</c>, at <c>serve</c> and at an app that is ill in one way after the other.</summary>
public sealed class DeployedStackTests
{
    private const string Key = "a-key-of-enough-characters";

    [Fact]
    public async Task A_server_that_is_well_is_said_to_be()
    {
        using var place = new Workplace();
        using Served server = await Served.Start(place, Key);
        JsonElement found = JsonDocument.Parse(server.Run("doctor", "--azure", "--key", Key, "--output", "json").Expect(ExitCodes.Ok).Out).RootElement;
        Assert.True(found.GetProperty("well").GetBoolean());
        Assert.Equal(
            ["reachable ok", "encryption ok", "roles ok", "version ok", "clock ok", "identity ok", "key ok", "management ok", "hub ok"],
            found.GetProperty("checks").EnumerateArray().Select(c => $"{c.GetProperty("check").GetString()} {c.GetProperty("result").GetString()}"));
        Outcome wrong = server.Run("doctor", "--azure", "--key", "another-key-of-enough-length");
        Assert.Contains("it is not a key of this app", wrong.Expect(ExitCodes.Unwell).Out, StringComparison.Ordinal);
        Assert.DoesNotContain("another-key", wrong.Out + wrong.Error, StringComparison.Ordinal);
        Assert.Contains("no key was given", server.Run("doctor", "--azure").Expect(ExitCodes.Ok).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_asks_for_no_key_fails()
    {
        using var place = new Workplace();
        using Served server = await Served.Start(place);
        Assert.Contains("with no key it shows the sweeps", server.Run("doctor", "--azure").Expect(ExitCodes.Unwell).Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_address_it_says_how_to_find_it()
    {
        using var place = new Workplace();
        Assert.Contains("pulumi -C infra stack output endpoint", place.Run("doctor", "--azure").Expect(ExitCodes.BadInput).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_where_nothing_listens_ends_it_at_once()
    {
        Finding only = Assert.Single(await Examine(new Uri("http://127.0.0.1:1"), Key));
        Assert.Equal(("reachable", Condition.Fail), (only.Check, only.Condition));
    }

    [Fact]
    public async Task A_stack_that_is_well()
    {
        IReadOnlyList<Finding> found = await Examine(new App());
        Assert.All(found, f => Assert.Equal((f.Check, Condition.Ok), (f.Check, f.Condition)));
        Assert.Equal("1 sweep running, no orchestration has failed", found.Single(f => f.Check == "hub").Message);
    }

    // Each with the check that finds it, how bad that is, and what the remedy speaks of.
    public static TheoryData<string, string, string, string> Illnesses => new()
    {
        { "stopped", "reachable", "Fail", "az functionapp start" },
        { "no code", "reachable", "Fail", "deploy it" },
        { "host does not start", "reachable", "Fail", "roles on the hub's storage" },
        { "health behind sign-in", "reachable", "Fail", "/api/health is among the paths" },
        { "no roles", "roles", "Fail", "'pulumi up' gives them again" },
        { "store away", "roles", "Fail", "private endpoints" },
        { "old version", "version", "Warn", "deploy the code anew" },
        { "other program", "version", "Fail", "is this the app of the stack" },
        { "clock slow", "clock", "Warn", "NTP" },
        { "clock wrong", "clock", "Fail", "NTP" },
        { "open", "identity", "Fail", "level Function" },
        { "any key will do", "identity", "Fail", "level Function" },
        { "sign-in", "key", "Warn", "--store" },
        { "key of another app", "key", "Fail", "az functionapp keys list" },
        { "management open", "management", "Fail", "renew its keys" },
        { "hub fault", "hub", "Fail", "patrol" },
    };

    [Theory]
    [MemberData(nameof(Illnesses))]
    public async Task Each_illness_is_found_and_its_remedy_told(string illness, string check, string condition, string remedy)
    {
        Finding found = (await Examine(new App { Illness = illness })).Single(f => f.Check == check);
        Assert.Equal(condition, found.Condition.ToString());
        Assert.Contains(remedy, found.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, found.Message + found.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_only_looks()
    {
        var app = new App();
        await Examine(app);
        Assert.All(app.Methods, method => Assert.Equal("GET", method));
        Assert.NotEmpty(app.Methods);
    }

    private static async Task<IReadOnlyList<Finding>> Examine(App app)
    {
        await using WebApplication server = await app.Start();
        return await Examine(new Uri(server.Urls.Single()), Key);
    }

    private static async Task<IReadOnlyList<Finding>> Examine(Uri address, string? key)
    {
        using var stack = new DeployedStack(address.OriginalString, key);
        return await stack.Examine(TestContext.Current.CancellationToken);
    }

    /// <summary>A function app as it answers from outside.</summary>
    private sealed class App
    {
        public string Illness { get; init; } = "";

        public List<string> Methods { get; } = [];

        public async Task<WebApplication> Start()
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            WebApplication app = builder.Build();
            app.Run(Answer);
            await app.StartAsync(TestContext.Current.CancellationToken);
            return app;
        }

        private Task Answer(HttpContext http)
        {
            lock (Methods) Methods.Add(http.Request.Method);
            string path = http.Request.Path, key = http.Request.Headers["x-functions-key"].ToString();
            if (Illness == "stopped") return Send(http, 403, "Site Disabled");
            if (Illness == "no code") return Send(http, 404, "");
            if (Illness == "host does not start") return Send(http, 503, "Function host is not running.");
            if (path == "/api/health") return Health(http);
            if (path.StartsWith("/admin", StringComparison.Ordinal) || path.StartsWith("/runtime", StringComparison.Ordinal)) return Send(http, Illness == "management open" ? 200 : 401, "[]");
            if (Illness == "sign-in")
            {
                http.Response.Headers.WWWAuthenticate = "Bearer realm=\"app\" authorization_uri=\"https://login.microsoftonline.com/tenant/oauth2/authorize\"";
                return Send(http, 401, "You do not have permission to view this directory or page.");
            }

            bool accepted = Illness switch { "open" => true, "any key will do" => key.Length > 0, "key of another app" => false, _ => key == Key };
            if (!accepted) return Send(http, 401, "");
            return path == "/api/sweeps"
                ? Send(http, 200, """{"items": [{"id": "s-1"}]}""")
                : Send(http, 200, Illness == "hub fault" ? """{"id": "s-1", "hostFault": {"message": "the queue is gone"}}""" : """{"id": "s-1"}""");
        }

        private Task Health(HttpContext http) => Illness switch
        {
            "health behind sign-in" => Send(http, 401, ""),
            "no roles" => Problem(http, "the store does not permit this [forbidden]; what was stored is safe"),
            "store away" => Problem(http, "the store is out of reach [unreachable]; what was stored is safe"),
            "other program" => Send(http, 200, "hello"),
            _ => Send(http, 200, JsonSerializer.Serialize(new
            {
                status = "ok",
                version = Illness == "old version" ? "0.0.1" : SweepService.Product,
                time = (TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(Illness switch { "clock slow" => 12, "clock wrong" => 90, _ => 0 })).ToString("O", CultureInfo.InvariantCulture),
                store = "ok",
            })),
        };

        private static Task Problem(HttpContext http, string detail) =>
            Send(http, 503, JsonSerializer.Serialize(new { type = "/problems/store", title = "store", status = 503, detail }), "application/problem+json");

        private static Task Send(HttpContext http, int status, string body, string type = "application/json")
        {
            http.Response.StatusCode = status;
            http.Response.ContentType = type;
            return http.Response.WriteAsync(body);
        }
    }
}
