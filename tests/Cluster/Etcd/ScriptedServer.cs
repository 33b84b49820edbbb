using System.Net;
using System.Net.Sockets;
using System.Text;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>Answers every connection's first request with the same bytes and closes it; without bytes it never answers.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ScriptedServer(string? answer)
    {
        _listener.Start();
        Endpoint = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _loop = LoopAsync(answer);
    }

    public Uri Endpoint { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync(string? answer)
    {
        var open = new List<TcpClient>();
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                open.Add(connection);
                if (answer is null) continue;
                await connection.GetStream().ReadAtLeastAsync(new byte[4096], 1, false, _stop.Token);
                await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), _stop.Token);
                connection.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var connection in open) connection.Dispose();
        }
    }
}
