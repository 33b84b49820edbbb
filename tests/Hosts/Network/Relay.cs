using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace StreamActors.Hosts.Network;

/// <summary>
/// A TCP proxy from an address of one host to one of another, or of the test's own network. It can keep what passes for a
/// while, each way, as a long line does.
/// </summary>
internal sealed class Relay : IDisposable
{
    private const int ChunkBytes = 64 << 10;

    // What is under way on a long line has a bound, as it has in a window of TCP.
    private const int MaxChunks = 64;

    private readonly Socket _listener;
    private readonly Func<Socket> _newSocket;
    private readonly IPEndPoint _to;
    private readonly TimeSpan _delay;
    private readonly CancellationTokenSource _ended = new();
    private CancellationTokenSource _open = new();

    /// <summary>Begins to listen.</summary>
    /// <param name="listener">A socket of the network in which it listens.</param>
    /// <param name="at">The address there; port 0 for any.</param>
    /// <param name="newSocket">Makes sockets of the network to which it hands on.</param>
    /// <param name="to">The address there.</param>
    /// <param name="delay">How long each byte is under way.</param>
    public Relay(Socket listener, IPEndPoint at, Func<Socket> newSocket, IPEndPoint to, TimeSpan delay)
    {
        (_listener, _newSocket, _to, _delay) = (listener, newSocket, to, delay);
        listener.Bind(at);
        listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Breaks all connections, and each further one at once.</summary>
    public void Close() => _open.Cancel();

    /// <summary>Lets connections through again.</summary>
    public void Open() => _open = new CancellationTokenSource();

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _open.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync(_ended.Token), _open.Token);
        }
        catch (Exception ended) when (IsEnd(ended))
        {
            // The relay is over.
        }
    }

    private async Task ServeAsync(Socket near, CancellationToken closed)
    {
        using (near)
        using (var far = _newSocket())
        {
            try
            {
                near.NoDelay = true;
                await far.ConnectAsync(_to, closed);
                var (there, back) = (PumpAsync(near, far, closed), PumpAsync(far, near, closed));
                await await Task.WhenAny(there, back);
                await Task.WhenAll(there, back);
            }
            catch (Exception ended) when (IsEnd(ended))
            {
                // One of the two ends is gone: the other learns of it by the end of its connection.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken closed)
    {
        var line = Channel.CreateBounded<(DateTime Due, byte[] Bytes)>(MaxChunks);
        await Task.WhenAll(FillAsync(from, line.Writer, closed), DrainAsync(line.Reader, to, closed));
    }

    private async Task FillAsync(Socket from, ChannelWriter<(DateTime, byte[])> line, CancellationToken closed)
    {
        try
        {
            var buffer = new byte[ChunkBytes];
            while (await from.ReceiveAsync(buffer, closed) is > 0 and var count)
                await line.WriteAsync((DateTime.UtcNow + _delay, buffer[..count]), closed);
            line.Complete();
        }
        catch (Exception ended)
        {
            line.Complete(ended);
        }
    }

    private static async Task DrainAsync(ChannelReader<(DateTime Due, byte[] Bytes)> line, Socket to, CancellationToken closed)
    {
        await foreach (var (due, bytes) in line.ReadAllAsync(closed))
        {
            if (due - DateTime.UtcNow is { Ticks: > 0 } left)
                await Task.Delay(left, closed);
            await to.SendAsync(bytes, closed);
        }
        to.Shutdown(SocketShutdown.Send);
    }

    private static bool IsEnd(Exception cause) => cause is SocketException or OperationCanceledException or ObjectDisposedException or ChannelClosedException;
}
