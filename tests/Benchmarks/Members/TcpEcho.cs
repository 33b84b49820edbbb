using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace StreamActors.Benchmarks.Members;

/// <summary>Frames that are sent back as they come, over one plain connection.</summary>
internal sealed class TcpEcho : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _frame;

    private TcpEcho(Socket socket, int frameBytes) => (_socket, _frame) = (socket, new byte[frameBytes]);

    public static async Task<TcpEcho> ConnectAsync(int port, int frameBytes)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new TcpEcho(socket, frameBytes);
    }

    public static TcpListener Listen(out int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync(listener);
        return listener;
    }

    public async Task OnceAsync()
    {
        await _socket.SendAsync(_frame);
        for (var got = 0; got < _frame.Length;)
            got += await _socket.ReceiveAsync(_frame.AsMemory(got));
    }

    /// <summary>Keeps so many frames in flight.</summary>
    /// <returns>Frames a second.</returns>
    public async Task<double> RunAsync(int inFlight, TimeSpan time)
    {
        var buffer = new byte[64 << 10];
        var (count, bytes, left) = (0L, 0, inFlight);
        for (var i = 0; i < inFlight; i++) await _socket.SendAsync(_frame);
        var watch = Stopwatch.StartNew();
        while (left > 0)
        {
            bytes += await _socket.ReceiveAsync(buffer);
            for (; bytes >= _frame.Length; bytes -= _frame.Length)
            {
                count++;
                // Each asker sends for himself.
                if (watch.Elapsed < time) await _socket.SendAsync(_frame);
                else left--;
            }
        }
        return count / watch.Elapsed.TotalSeconds;
    }

    public void Dispose() => _socket.Dispose();

    private static async Task AcceptAsync(TcpListener listener)
    {
        using var socket = await listener.AcceptSocketAsync();
        socket.NoDelay = true;
        var buffer = new byte[64 << 10];
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
            await socket.SendAsync(buffer.AsMemory(0, count));
    }
}
