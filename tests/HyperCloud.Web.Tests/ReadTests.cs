using System.Text.Json;
using HyperCloud.Storage;
using HyperCloud.Sweeps;

namespace HyperCloud.Web.Tests;

/// <summary>Lists, cursors, conditional requests, the raw record.</summary>
public sealed class ReadTests
{
    [Fact]
    public async Task Lists_page_without_gaps_or_repeats()
    {
        await using Server server = await Server.Start();
        string id = await server.Submitted(Specs.Small());
        await server.Watch(id, "sweep-ended");
        Assert.Equal(Enumerable.Range(0, 12), (await Pages(server, $"/api/sweeps/{id}/trials?limit=5")).Select(t => t.GetProperty("number").GetInt32()));
        string[] runs = [.. (await Pages(server, $"/api/sweeps/{id}/runs?limit=4")).Select(r => r.GetProperty("run").GetString()!)];
        Assert.Equal(runs.Length, runs.Distinct().Count());
        Assert.Equal((await server.Get($"/api/sweeps/{id}")).Json.GetProperty("counts").GetProperty("runsCompleted").GetInt32(), runs.Length);
        Assert.All(await Pages(server, $"/api/sweeps/{id}/runs?limit=2&pool=evaluation&state=completed"), r => Assert.Equal("evaluation", r.GetProperty("pool").GetString()));
        Assert.All(await Pages(server, $"/api/sweeps/{id}/runs?limit=2&trial=0"), r => Assert.Equal(0, r.GetProperty("trial").GetInt32()));
        Assert.Empty(await Pages(server, $"/api/sweeps/{id}/trials?state=failed"));
        Assert.Equal(12, (await Pages(server, $"/api/sweeps/{id}/trials?state=completed&limit=7")).Count);

        JsonElement trial = (await server.Get($"/api/sweeps/{id}/trials/0")).Expect(200).Json;
        Assert.True(trial.GetProperty("default").GetBoolean());
        Assert.NotEmpty(trial.GetProperty("runs").EnumerateArray());
        JsonElement run = (await server.Get($"/api/sweeps/{id}/runs/0-search-0")).Expect(200).Json;
        Assert.Equal(1, run.GetProperty("attempt").GetInt32());
        (await server.Get($"/api/sweeps/{id}/trials/12")).Problem(404, "not-found");
        (await server.Get($"/api/sweeps/{id}/trials/x")).Problem(404, "not-found");
        (await server.Get($"/api/sweeps/{id}/runs/nothing")).Problem(404, "not-found");
        (await server.Get($"/api/sweeps/{id}/runs/0-search-0?attempt=2")).Problem(404, "not-found");
    }

    [Fact]
    public async Task A_capsule_is_read_checked_and_not_sent_again()
    {
        await using Server server = await Server.Start();
        string id = await server.Submitted(Specs.Small());
        await server.Watch(id, "sweep-ended");
        Answer answer = (await server.Get($"/api/sweeps/{id}/capsule")).Expect(200);
        Assert.Equal("application/zip", answer.Message.Content.Headers.ContentType?.MediaType);
        Assert.Equal(id + Capsule.Extension, answer.Message.Content.Headers.ContentDisposition?.FileName);
        byte[] zip = await answer.Message.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Capsule capsule = Capsule.Read(new MemoryStream(zip));
        Assert.Equal(id, capsule.Sweep);
        Assert.True(capsule.ReportIsOurs);
        Assert.IsType<ReplayResult.Verified>(capsule.Replay());
        string etag = answer.Message.Headers.ETag!.ToString();
        (await server.Get($"/api/sweeps/{id}/capsule", ("if-none-match", etag))).Expect(304);
        (await server.Get("/api/sweeps/nothing/capsule")).Problem(404, "not-found");
    }

    [Fact]
    public async Task Sweeps_are_listed_newest_first_and_filtered()
    {
        await using Server server = await Server.Start(supervise: false);
        foreach (string name in new[] { "a", "b", "c" }) await server.Submitted(Specs.Small(name));
        await server.Submitted(Specs.Small("b", seed: 5));
        Assert.Equal(["b", "c", "b", "a"], (await Pages(server, "/api/sweeps?limit=1")).Select(s => s.GetProperty("name").GetString()));
        Assert.Equal(2, (await Pages(server, "/api/sweeps?name=b&status=running&limit=1")).Count);
        Assert.Empty(await Pages(server, "/api/sweeps?status=finished"));
    }

    [Fact]
    public async Task Cursors_of_other_lists_sweeps_and_filters_are_refused()
    {
        await using Server server = await Server.Start();
        string a = await server.Submitted(Specs.Small("a")), b = await server.Submitted(Specs.Small("b"));
        await server.Watch(a, "sweep-ended");
        await server.Watch(b, "sweep-ended");
        string cursor = (await server.Get($"/api/sweeps/{a}/trials?limit=2")).Json.GetProperty("next").GetString()!;
        (await server.Get($"/api/sweeps/{a}/trials?cursor={cursor}")).Expect(200);
        (await server.Get($"/api/sweeps/{b}/trials?cursor={cursor}")).Problem(400, "bad-cursor");
        (await server.Get($"/api/sweeps/{a}/runs?cursor={cursor}")).Problem(400, "bad-cursor");
        (await server.Get($"/api/sweeps/{a}/events?cursor={cursor}")).Problem(400, "bad-cursor");
        (await server.Get($"/api/sweeps/{a}/trials?state=completed&cursor={cursor}")).Problem(400, "bad-cursor");
        (await server.Get($"/api/sweeps?cursor={cursor}")).Problem(400, "bad-cursor");
        foreach (string broken in new[] { "x", "AAAA", cursor[..^1], cursor + "A", "%F0%9F%92%A9", new string('A', 3000) })
            (await server.Get($"/api/sweeps/{a}/trials?cursor={broken}")).Problem(400, "bad-cursor");
    }

    [Fact]
    public async Task An_unchanged_sweep_answers_304()
    {
        await using Server server = await Server.Start(supervise: false);
        string id = await server.Submitted(Specs.Small());
        string etag = (await server.Get($"/api/sweeps/{id}")).Expect(200).Header("ETag");
        (await server.Get($"/api/sweeps/{id}", ("If-None-Match", etag))).Expect(304);
        string report = (await server.Get($"/api/sweeps/{id}/report")).Expect(200).Header("ETag");
        (await server.Get($"/api/sweeps/{id}/report", ("If-None-Match", $"\"other\", {report}"))).Expect(304);
        (await server.Get($"/api/sweeps/{id}/report", ("If-None-Match", report), ("Accept", "text/markdown"))).Expect(200);
        (await server.Post($"/api/sweeps/{id}/pause", ("If-Match", etag))).Expect(202);
        (await server.Get($"/api/sweeps/{id}", ("If-None-Match", etag))).Expect(200);
        (await server.Post($"/api/sweeps/{id}/resume", ("If-Match", etag))).Problem(412, "precondition-failed");
    }

    [Fact]
    public async Task The_analysis_says_what_mattered_or_why_it_cannot()
    {
        await using Server server = await Server.Start();
        string id = await server.Submitted(Specs.Small(trials: 40));
        await server.Watch(id, "sweep-ended");
        Answer answer = (await server.Get($"/api/sweeps/{id}/analysis")).Expect(200);
        Assert.Equal(["x", "y"], answer.Json.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal(40, answer.Json.GetProperty("trials").GetProperty("used").GetInt32());
        (await server.Get($"/api/sweeps/{id}/analysis", ("If-None-Match", answer.Header("ETag")))).Expect(304);
        (await server.Get("/api/sweeps/none/analysis")).Problem(404, "not-found");
        await using Server idle = await Server.Start(supervise: false);
        JsonElement none = (await idle.Get($"/api/sweeps/{await idle.Submitted(Specs.Small())}/analysis")).Expect(200).Json;
        Assert.Contains("at least 10 trials", none.GetProperty("metricModel").GetProperty("whyNone").GetString(), StringComparison.Ordinal);
        Assert.True(none.GetProperty("provisional").GetBoolean());
    }

    [Fact]
    public async Task The_record_comes_out_so_that_its_digests_can_be_checked()
    {
        await using Server server = await Server.Start();
        string id = await server.Submitted(Specs.Small());
        await server.Watch(id, "sweep-ended");
        string digest = EventLog.Genesis;
        List<JsonElement> items = await Pages(server, $"/api/sweeps/{id}/events?limit=7", more: true);
        foreach (JsonElement item in items)
        {
            digest = EventLog.Chain(digest, item.GetProperty("entry").GetRawText());
            Assert.Equal(digest, item.GetProperty("digest").GetString());
        }

        Assert.Equal(digest, (await server.Get($"/api/sweeps/{id}/report")).Json.GetProperty("headDigest").GetString());
        (await server.Get($"/api/sweeps/{id}/events?wait=2h")).Problem(400, "bad-request");
    }

    [Fact]
    public async Task A_long_log_pages_over_the_borders_of_its_shards()
    {
        await using var store = new MemoryStore();
        var log = new EventLog(store, "long");
        // Batches that do not divide the shard's size, so that one runs over its border.
        for (int n = 0; n < 5_100; n += 60)
            Assert.NotNull(await log.TryAppend([.. Enumerable.Repeat(new SweepEvent.Paused(true, "test"), 60)], DateTimeOffset.UnixEpoch, 0, CancellationToken.None));
        List<StoredEvent> all = [];
        while (await EventPages.Read(store, "long", all.Count - 1, 999, CancellationToken.None) is { Count: > 0 } page) all.AddRange(page);
        Assert.Equal(Enumerable.Range(0, 5_100), all.Select(e => (int)e.Seq));
        Assert.Equal(log.HeadDigest, all[^1].Digest);
    }

    private static async Task<List<JsonElement>> Pages(Server server, string path, bool more = false)
    {
        List<JsonElement> items = [];
        string cursor = "";
        while (true)
        {
            JsonElement page = (await server.Get(path + cursor)).Expect(200).Json;
            items.AddRange(page.GetProperty("items").EnumerateArray());
            if (!page.TryGetProperty("next", out JsonElement next) || (more && !page.GetProperty("more").GetBoolean())) return items;
            cursor = $"{(path.Contains('?') ? '&' : '?')}cursor={next.GetString()}";
        }
    }
}
