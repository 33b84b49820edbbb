using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StreamActors.Sharding;

namespace StreamActors.Admin;

/// <summary>The socket of the admin API: what comes goes to <see cref="AdminRoutes"/>, and events are sent as they happen.</summary>
public sealed class AdminServer : IAsyncDisposable
{
    private const int MaxBodyBytes = 64 << 10;
    private const int MaxConnections = 256;
    private const string EventsPath = "/cluster/domain-events";

    private readonly AdminRoutes _routes;
    private readonly IAdminSource _source;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private WebApplication? _server;

    private AdminServer(AdminSettings settings, IAdminSource source, TimeProvider time) =>
        (_routes, _source, _time) = (new AdminRoutes(settings, source), source, time);

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; private set; } = null!;

    /// <summary>Begins to listen.</summary>
    /// <param name="listen">Where; port 0 for one that is free.</param>
    /// <param name="settings">What may be done.</param>
    /// <param name="source">What is told of.</param>
    /// <param name="time">The clock of heartbeats.</param>
    /// <exception cref="IOException">The address can't be had.</exception>
    public static async Task<AdminServer> StartAsync(IPEndPoint listen, AdminSettings settings, IAdminSource source, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(listen);
        // An empty one: neither the environment nor files beside the program change what is served, and signals are the host's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen(listen, options => options.Protocols = HttpProtocols.Http1);
        });
        var admin = new AdminServer(settings, source, time) { _server = builder.Build() };
        admin._server.Run(admin.HandleAsync);
        try
        {
            await admin._server.StartAsync().ConfigureAwait(false);
        }
        catch
        {
            await admin.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        var addresses = admin._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        admin.EndPoint = new IPEndPoint(listen.Address, BindingAddress.Parse(addresses.Single()).Port);
        return admin;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_server is not null)
        {
            await _server.StopAsync(_stopping.Token).ConfigureAwait(false);
            await _server.DisposeAsync().ConfigureAwait(false);
        }
        _stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var request = new AdminRequest(
            http.Request.Method.ToUpperInvariant(), PathOf(http), await FormOf(http).ConfigureAwait(false), http.Request.Headers.Authorization);
        if (request is { Path: EventsPath, Method: "GET" } && _routes.IsAuthorized(request))
        {
            await SendEventsAsync(http).ConfigureAwait(false);
            return;
        }
        var reply = await _routes.HandleAsync(request).ConfigureAwait(false);
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = reply.ContentType;
        await http.Response.WriteAsync(reply.Body, http.RequestAborted).ConfigureAwait(false);
    }

    // As it was sent: an address has slashes of its own, percent-encoded or not.
    private static string PathOf(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? target : target[..query];
    }

    private static async Task<IReadOnlyDictionary<string, string>> FormOf(HttpContext http)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!http.Request.HasFormContentType) return form;
        try
        {
            foreach (var (name, value) in await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false)) form[name] = value.ToString();
        }
        catch (InvalidDataException)
        {
            // What is no form has no fields.
        }
        return form;
    }

    private async Task SendEventsAsync(HttpContext http)
    {
        var events = new DomainEvents(http.Request.Query["type"].OfType<string>());
        http.Response.ContentType = DomainEvents.ContentType;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
        CurrentClusterState? known = null;
        try
        {
            while (true)
            {
                var state = _source.State;
                var sent = false;
                foreach (var happened in ClusterEvent.Between(known, state))
                {
                    if (events.Encode(happened) is not { } text) continue;
                    await http.Response.WriteAsync(text, ended.Token).ConfigureAwait(false);
                    sent = true;
                }
                if (!sent) await http.Response.WriteAsync(DomainEvents.Heartbeat, ended.Token).ConfigureAwait(false);
                await http.Response.Body.FlushAsync(ended.Token).ConfigureAwait(false);
                known = state;
                await ChangeAsync(known, ended.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }

    // Waits for a change, but no longer than nothing may be sent.
    private async Task ChangeAsync(CurrentClusterState known, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(DomainEvents.HeartbeatEvery, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        await _source.ChangedAsync(known, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
