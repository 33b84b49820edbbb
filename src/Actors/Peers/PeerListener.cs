using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace StreamActors.Peers;

/// <summary>The socket on which other members are heard: HTTP/2, with or without TLS.</summary>
internal sealed class PeerListener : IAsyncDisposable
{
    private readonly WebApplication _server;

    private PeerListener(WebApplication server) => _server = server;

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; } = null!;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">The address can't be had.</exception>
    public static async Task<PeerListener> StartAsync(PeerOptions options, RequestDelegate handler)
    {
        // An empty one: neither the environment nor files beside the program change what is served, and signals are the host's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Configure(kestrel, options));
        var server = builder.Build();
        server.Run(handler);
        var listener = new PeerListener(server);
        try
        {
            await server.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var addresses = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        listener.EndPoint = new IPEndPoint(options.Listen.Address, BindingAddress.Parse(addresses.Single()).Port);
        return listener;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // What is under way would go on for ever.
        using var now = new CancellationTokenSource();
        await now.CancelAsync().ConfigureAwait(false);
        await _server.StopAsync(now.Token).ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(KestrelServerOptions kestrel, PeerOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.Http2.MaxStreamsPerConnection = options.MaxStreams;
        limits.Http2.KeepAlivePingDelay = options.ProbeAfter;
        limits.Http2.KeepAlivePingTimeout = options.ProbeAfter;
        // A stream of messages lasts, and may be silent; what bounds it are the length of frames, and the probes.
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        kestrel.Listen(options.Listen, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            if (options.Tls is { } tls) listen.UseHttps(HttpsOf(tls));
        });
    }

    private static HttpsConnectionAdapterOptions HttpsOf(PeerTls tls) => new()
    {
        ServerCertificate = tls.Certificate,
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        ClientCertificateValidation = (certificate, _, _) => tls.Accepts(certificate),
    };

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
