using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace StreamActors.Benchmarks.Members;

/// <summary>As many bytes as a partition has, by one plain request of HTTP/2.</summary>
internal static class HttpDownload
{
    public static async Task<Server> ServeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(async context =>
        {
            for (var sent = 0L; sent < BenchBytes.Length; sent += BenchBytes.Piece.Length)
                await context.Response.BodyWriter.WriteAsync(BenchBytes.Piece);
        });
        await app.StartAsync();
        return new Server(app, new Uri(app.Services.GetServerAddress()).Port);
    }

    public static async Task<double> RunAsync(int port)
    {
        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var watch = Stopwatch.StartNew();
        await using var bytes = await client.GetStreamAsync(new Uri($"http://127.0.0.1:{port}/"));
        var buffer = new byte[1 << 20];
        var total = 0L;
        for (int count; (count = await bytes.ReadAsync(buffer)) > 0;) total += count;
        return total / watch.Elapsed.TotalSeconds;
    }

    private static string GetServerAddress(this IServiceProvider services) =>
        ((Microsoft.AspNetCore.Hosting.Server.IServer)services.GetService(typeof(Microsoft.AspNetCore.Hosting.Server.IServer))!)
        .Features.Get<IServerAddressesFeature>()!.Addresses.First();

    internal sealed class Server(WebApplication app, int port) : IAsyncDisposable
    {
        public int Port => port;

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
