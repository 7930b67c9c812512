using System.Text.Json.Nodes;

namespace HyperCloud.Web.Tests;

/// <summary>docs/openapi.yaml and the table of endpoints say the same.</summary>
public sealed class ContractTests
{
    private static readonly Contract s_contract = Contract.Instance;

    [Fact]
    public void Every_endpoint_is_documented_and_every_documented_one_exists() => Assert.Equal(
        ApiTable.All.Select(e => $"{e.Method} {e.Template} {e.OperationId}").Order(StringComparer.Ordinal),
        s_contract.Operations.Select(o => $"{o.Method} {o.Path} {o.Operation["operationId"]}").Order(StringComparer.Ordinal));

    [Fact]
    public void Operation_ids_are_unique() => Assert.Equal(ApiTable.All.Length, ApiTable.All.Select(e => e.OperationId).Distinct(StringComparer.OrdinalIgnoreCase).Count());

    [Fact]
    public void Parameters_and_security_are_those_of_the_table()
    {
        foreach ((string path, string method, JsonObject operation) in s_contract.Operations)
        {
            ApiEndpoint endpoint = ApiTable.All.Single(e => e.Method == method && e.Template == path);
            JsonObject[] parameters = [.. s_contract.Parameters(path, operation)];
            Assert.Equal(endpoint.Query.Order(), Names("query"));
            Assert.Equal(System.Text.RegularExpressions.Regex.Matches(path, @"\{(\w+)\}").Select(m => m.Groups[1].Value).Order(), Names("path"));
            Assert.Equal(endpoint.Access == ApiAccess.Open, operation["security"] is JsonArray { Count: 0 });

            IEnumerable<string> Names(string where) => parameters.Where(p => p["in"]!.GetValue<string>() == where).Select(p => p["name"]!.GetValue<string>()).Order();
        }
    }

    [Fact]
    public void Main_types_are_named_components()
    {
        foreach ((string path, string method, JsonObject operation) in s_contract.Operations)
            foreach ((string status, JsonNode? response) in operation["responses"]!.AsObject())
                foreach ((string mediaType, JsonNode? form) in s_contract.Resolve(response!)["content"]?.AsObject() ?? [])
                    Assert.True(form!["schema"]!["$ref"] is not null || form["schema"]!["type"]!.GetValue<string>() == "string", $"{method} {path} {status} {mediaType} has an anonymous schema");
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        void Walk(JsonNode? node)
        {
            if (node is JsonObject o)
            {
                if (o["$ref"] is JsonValue) s_contract.Resolve(o);
                foreach ((_, JsonNode? child) in o) Walk(child);
            }
            else if (node is JsonArray a)
            {
                foreach (JsonNode? child in a) Walk(child);
            }
        }

        Walk(s_contract.Document);
    }

    [Fact]
    public void Every_problem_is_listed_in_the_page_for_users()
    {
        string page = File.ReadAllText(Path.Combine(Contract.Root, "docs", "http.md"));
        Assert.All(ProblemTypes.All, t => Assert.Contains($"| {t.Status} | `{t.Name}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_served_document_and_schema_are_the_published_ones()
    {
        await using Server server = await Server.Start();
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Contract.Root, "docs", "openapi.yaml"), TestContext.Current.CancellationToken), (await server.Get("/api/openapi.yaml")).Expect(200).Text);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Contract.Root, "docs", "sweep.schema.json"), TestContext.Current.CancellationToken), (await server.Get("/api/schema")).Expect(200).Text);
        Assert.Equal("ok", (await server.Get("/api/health")).Expect(200).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Other_routes_and_methods_get_problems_too()
    {
        await using Server server = await Server.Start();
        (await server.Get("/nothing")).Problem(404, "not-found");
        (await server.Get("/api/sweeps/none")).Problem(404, "not-found");
        (await server.Get("/api/sweeps/no%20ne")).Problem(404, "not-found");
        (await server.Delete("/api/sweeps/none")).Problem(404, "not-found");
        Answer put = await server.Send(HttpMethod.Put, "/api/sweeps", null);
        put.Problem(405, "method-not-allowed");
        Assert.Equal(["GET", "POST"], put.Message.Content.Headers.Allow.Order());
        Assert.Contains("did you mean 'limit'", (await server.Get("/api/sweeps?limits=3")).Problem(400, "bad-request").GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await server.Get("/api/sweeps?limit=0")).Problem(400, "bad-request");
        (await server.Get("/api/sweeps?limit=1&limit=2")).Problem(400, "bad-request");
        Assert.Contains("did you mean 'running'", (await server.Get("/api/sweeps?status=runing")).Problem(400, "bad-request").GetProperty("detail").GetString(), StringComparison.Ordinal);
    }
}
