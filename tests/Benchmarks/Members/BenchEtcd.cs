using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace StreamActors.Benchmarks.Members;

/// <summary>An etcd of its own, on loopback.</summary>
internal sealed class BenchEtcd : IDisposable
{
    private readonly Process _process;

    private BenchEtcd(Process process, Uri endpoint) => (_process, Endpoint) = (process, endpoint);

    public Uri Endpoint { get; }

    public static BenchEtcd Start(string work)
    {
        var (client, peer) = ($"http://127.0.0.1:{FreePort()}", $"http://127.0.0.1:{FreePort()}");
        var process = Process.Start(new ProcessStartInfo("etcd",
        [
            "--data-dir", Path.Combine(work, "etcd"), "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"default={peer}", "--log-level", "error",
        ])
        {
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        // Members wait for it: they call until it answers.
        return new BenchEtcd(process, new Uri(client));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
