using System.Net;
using System.Net.Sockets;

namespace StreamActors.Peers;

/// <summary>The HTTP clients by which other members are reached: one for messages and one for bytes, so that neither waits
/// for the other.</summary>
internal sealed class PeerConnections(PeerOptions options) : IDisposable
{
    /// <summary>Where messages go.</summary>
    public const string MessagesPath = "/messages";

    /// <summary>Where bytes are asked for.</summary>
    public const string BytesPath = "/bytes";

    /// <summary>Where members ask each other about themselves, or to leave.</summary>
    public const string AdminPath = "/admin";

    /// <summary>What the header of a request beside the stream begins with.</summary>
    public const string Scheme = "StreamActors";

    private const int InitialWindowBytes = 1 << 20;

    /// <summary>For messages.</summary>
    public HttpMessageInvoker Messages { get; } = Make(options);

    /// <summary>For bytes.</summary>
    public HttpMessageInvoker Bytes { get; } = Make(options);

    /// <summary>A request to a member.</summary>
    public HttpRequestMessage Post(string address, string path, HttpContent content) =>
        new(HttpMethod.Post, $"{(options.Tls is null ? "http" : "https")}://{address}{path}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        Messages.Dispose();
        Bytes.Dispose();
    }

    private static HttpMessageInvoker Make(PeerOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = ConnectAsync,
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = InitialWindowBytes,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = options.ProbeAfter,
            KeepAlivePingTimeout = options.ProbeAfter,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (options.Tls is { } tls) handler.SslOptions = tls.ForClient();
        return new HttpMessageInvoker(handler);
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
