using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HyperCloud.Storage;

namespace HyperCloud.Web.Tests;

/// <summary>From a spec to an answer, and everything that can be wrong with a submission.</summary>
public sealed class SubmitTests
{
    [Fact]
    public async Task A_spec_becomes_a_sweep_and_a_report()
    {
        await using Server server = await Server.Start();
        Answer submitted = (await server.Submit(Specs.Small())).Expect(202);
        string id = submitted.Json.GetProperty("id").GetString()!;
        Assert.Equal($"/api/sweeps/{id}", submitted.Header("Location"));
        Assert.Equal("2", submitted.Header("Retry-After"));
        await server.Watch(id, "sweep-ended");

        JsonElement status = (await server.Get($"/api/sweeps/{id}")).Expect(200).Json;
        Assert.Equal("finished", status.GetProperty("status").GetString());
        Assert.Equal(12, status.GetProperty("counts").GetProperty("trials").GetInt32());
        Assert.Equal(3, status.GetProperty("champion").GetProperty("performance").GetProperty("runs").GetInt32());
        Answer report = (await server.Get($"/api/sweeps/{id}/report")).Expect(200);
        Assert.False(report.Json.GetProperty("provisional").GetBoolean());
        Assert.Equal(status.GetProperty("headDigest").GetString(), report.Json.GetProperty("headDigest").GetString());
        Assert.StartsWith("# small", (await server.Get($"/api/sweeps/{id}/report", ("Accept", "text/markdown"))).Expect(200).Text, StringComparison.Ordinal);
        Assert.StartsWith("small · finished", (await server.Get($"/api/sweeps/{id}/report", ("Accept", "text/plain, */*;q=0.1"))).Expect(200).Text, StringComparison.Ordinal);
        Assert.Equal("application/json", (await server.Get($"/api/sweeps/{id}/report", ("Accept", "*/*"))).Expect(200).Message.Content.Headers.ContentType?.MediaType);
        (await server.Get($"/api/sweeps/{id}/report", ("Accept", "image/png"))).Problem(406, "not-acceptable");

        // Over: the same spec again is answered at once, with the same id.
        Assert.Equal(id, (await server.Submit(Specs.Small())).Expect(200).Json.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Posting_twice_and_in_another_form_is_one_sweep()
    {
        await using Server server = await Server.Start(supervise: false);
        JsonElement first = (await server.Submit(Specs.Small())).Expect(202).Json;
        JsonElement second = (await server.Submit(Specs.Small())).Expect(202).Json;
        string json = """
            {"name": "small", "objective": {"metric": "loss"},
             "space": {"x": {"type": "float", "min": -5, "max": 5, "default": 3.0}, "y": {"type": "float", "min": -5, "max": 5, "default": 2.0}},
             "search": {"algorithm": "random", "seed": 3}, "limits": {"trials": 12, "parallel": 2},
             "seeds": {"selection": {"top": 2, "runs": 4}, "evaluation": {"seeds": 3, "holdout": "none"}}, "trial": {"objective": "noisy-sphere"}}
            """;
        JsonElement third = (await server.Send(HttpMethod.Post, "/api/sweeps", new StringContent(json, Encoding.UTF8, "application/json"))).Expect(202).Json;
        Assert.True(first.GetProperty("created").GetBoolean());
        Assert.False(second.GetProperty("created").GetBoolean());
        Assert.Equal(first.GetProperty("id").GetString(), second.GetProperty("id").GetString());
        Assert.Equal(first.GetProperty("id").GetString(), third.GetProperty("id").GetString());
        Assert.Single((await server.Get("/api/sweeps")).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Posts_at_the_same_time_create_one_sweep()
    {
        await using Server server = await Server.Start(supervise: false);
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => server.Submit(Specs.Small(), ("Idempotency-Key", i % 2 == 0 ? "same" : $"k{i}")))));
        Assert.Single(answers.Select(a => a.Expect(202).Json.GetProperty("id").GetString()).Distinct());
        Assert.Single(answers.Where((_, i) => i % 2 == 0).Select(a => a.Text).Distinct());
        Assert.Single((await server.Get("/api/sweeps")).Json.GetProperty("items").EnumerateArray());
        string id = answers[0].Json.GetProperty("id").GetString()!;
        Assert.Single((await server.Get($"/api/sweeps/{id}/events")).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Other_limits_extend_and_any_other_change_is_another_sweep()
    {
        await using Server server = await Server.Start();
        string id = await server.Submitted(Specs.Small());
        await server.Watch(id, "sweep-ended");
        JsonElement more = (await server.Submit(Specs.Small(trials: 15))).Expect(202).Json;
        Assert.Equal(id, more.GetProperty("id").GetString());
        Assert.True(more.GetProperty("extended").GetBoolean());
        Assert.Equal(15, (await server.Get($"/api/sweeps/{id}")).Json.GetProperty("limits").GetProperty("trials").GetInt32());
        // Fewer than it has been extended to: the sweep as it is.
        Assert.False((await server.Submit(Specs.Small())).Json.GetProperty("extended").GetBoolean());
        Assert.NotEqual(id, await server.Submitted(Specs.Small(seed: 4)));
    }

    [Fact]
    public async Task A_key_gives_the_same_answer_even_after_a_restart_and_refuses_another_body()
    {
        var store = new MemoryStore();
        Answer first;
        await using (Server server = await Server.Start(store, supervise: false))
        {
            first = (await server.Submit(Specs.Small(), ("Idempotency-Key", "k 1"))).Expect(202);
            // A spec that is refused takes no key.
            (await server.Submit("name: 1 2", ("Idempotency-Key", "k2"))).Expect(422);
            (await server.Submit(Specs.Small("second"), ("Idempotency-Key", "k2"))).Expect(202);
        }

        await using Server again = await Server.Start(store.OpenAnother(), supervise: false);
        Answer second = (await again.Submit(Specs.Small(), ("Idempotency-Key", "k 1"))).Expect(202);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        (await again.Submit(Specs.Small(seed: 9), ("Idempotency-Key", "k 1"))).Problem(422, "key-reused");
        (await again.Submit(Specs.Small(), ("Idempotency-Key", new string('k', 256)))).Problem(400, "bad-request");
        Assert.Equal(2, (await again.Get("/api/sweeps")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task All_problems_come_at_once_with_their_places()
    {
        await using Server server = await Server.Start(supervise: false);
        JsonElement problem = (await server.Submit(Specs.Small().Replace("min: -5, max: 5, default: 3.0", "min: 5, max: -5", StringComparison.Ordinal)
            .Replace("limits: {trials", "limits: {trails", StringComparison.Ordinal))).Problem(422, "invalid-spec");
        JsonElement[] errors = [.. problem.GetProperty("errors").EnumerateArray()];
        Assert.True(errors.Length >= 2, problem.ToString());
        Assert.Contains(errors, e => e.GetProperty("pointer").GetString()!.StartsWith("/space/x", StringComparison.Ordinal) && e.GetProperty("line").GetInt32() == 4);
        Assert.Contains(errors, e => e.GetProperty("pointer").GetString() == "/limits/trails" && e.GetProperty("suggestion").GetString() == "trials" && e.GetProperty("column").GetInt32() > 1);
        (await server.Submit("name: [")).Problem(400, "malformed-spec");
        (await server.Submit("")).Problem(400, "malformed-spec");
        (await server.Submit(Specs.Small(objective: "nothing"))).Problem(422, "invalid-spec");
        JsonElement runner = (await server.Submit(Specs.Small().Replace("objective: noisy-sphere", "command: [no-such-program-anywhere, '${args}']", StringComparison.Ordinal))).Problem(422, "invalid-spec");
        Assert.StartsWith("/trial/command", runner.GetProperty("errors")[0].GetProperty("pointer").GetString(), StringComparison.Ordinal);
        Assert.Empty((await server.Get("/api/sweeps")).Json.GetProperty("items").EnumerateArray());
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData("application/yaml; charset=utf-16")]
    public async Task Bodies_of_other_forms_are_refused(string contentType)
    {
        await using Server server = await Server.Start(supervise: false);
        var content = new ByteArrayContent("name: a"u8.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        (await server.Send(HttpMethod.Post, "/api/sweeps", content)).Problem(415, "unsupported-media-type");
    }

    [Fact]
    public async Task A_body_of_20_MB_is_refused_unread()
    {
        await using Server server = await Server.Start(supervise: false);
        var announced = new Drain(20_000_000, announce: true);
        (await server.Send(HttpMethod.Post, "/api/sweeps", announced)).Problem(413, "too-large");
        var silent = new Drain(20_000_000, announce: false);
        (await server.Send(HttpMethod.Post, "/api/sweeps", silent)).Problem(413, "too-large");
        Assert.InRange(silent.Given, 0, 4_000_000);
    }

    [Fact]
    public async Task A_cancelled_sweep_cannot_be_extended()
    {
        await using Server server = await Server.Start();
        string id = await server.Submitted(Specs.Small());
        await server.Watch(id, "sweep-ended");
        string other = await server.Submitted(Specs.Small("other", objective: "slow-sphere"));
        (await server.Post($"/api/sweeps/{other}/cancel")).Expect(202);
        (await server.Submit(Specs.Small("other", trials: 99, objective: "slow-sphere"))).Problem(409, "over");
    }

    /// <summary>A body that says how much of it was taken.</summary>
    private sealed class Drain : HttpContent
    {
        private readonly long _length;
        private readonly bool _announce;

        public Drain(long length, bool announce)
        {
            (_length, _announce) = (length, announce);
            Headers.ContentType = new MediaTypeHeaderValue("application/yaml");
        }

        public long Given { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            byte[] block = Encoding.ASCII.GetBytes(new string('#', 64 * 1024));
            try
            {
                for (; Given < _length; Given += block.Length) await stream.WriteAsync(block);
            }
            catch (IOException)
            {
                // The server has closed its end, as it should.
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return _announce;
        }
    }
}
