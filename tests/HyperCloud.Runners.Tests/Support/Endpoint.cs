using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HyperCloud.Runners.Tests;

/// <summary>A request as it arrived.</summary>
internal sealed record Arrived(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A server on a free port of this machine that answers as it is told, and remembers what it got.</summary>
internal sealed class Endpoint : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Func<int, HttpContext, Task> _answer;

    private Endpoint(WebApplication application, Func<int, HttpContext, Task> answer) => (_application, _answer) = (application, answer);

    public ConcurrentQueue<Arrived> Requests { get; } = [];

    public string Url { get; private set; } = "";

    /// <param name="answer">Answers the request of a number, from 1.</param>
    public static async Task<Endpoint> Start(Func<int, HttpContext, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication application = builder.Build();
        var endpoint = new Endpoint(application, answer);
        application.Run(endpoint.Take);
        await application.StartAsync();
        endpoint.Url = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/train";
        return endpoint;
    }

    /// <summary>One that gives these answers in turn, the last for ever.</summary>
    public static Task<Endpoint> Start(params (int Status, string Body)[] answers) => Start(async (number, context) =>
    {
        (int status, string body) = answers[Math.Min(number, answers.Length) - 1];
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    });

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task Take(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        string body = await reader.ReadToEndAsync();
        var arrived = new Arrived(context.Request.Method, context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body);
        context.Items[nameof(Arrived)] = arrived;
        Requests.Enqueue(arrived);
        await _answer(Requests.Count, context);
    }
}
