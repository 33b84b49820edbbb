using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>An etcd of its own, on loopback, with its data in a temporary directory; both end with the test.</summary>
public sealed class RealEtcd : IAsyncDisposable
{
    private const string Program = "/usr/bin/etcd";
    private const int MaxStarts = 5;

    private readonly string _directory;
    private readonly Process _process;

    private RealEtcd(string directory, Process process, Uri endpoint) =>
        (_directory, _process, Endpoint) = (directory, process, endpoint);

    public static bool IsInstalled => File.Exists(Program);

    public Uri Endpoint { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts one, and waits until it serves; skips the test where etcd is not installed.</summary>
    public static async Task<RealEtcd> StartAsync(string scheme = "http", params string[] options)
    {
        Assert.SkipUnless(IsInstalled, "etcd is not installed (Debian: etcd-server)");
        // A port that was free a moment ago may be taken again.
        for (var start = 0; start < MaxStarts; start++)
            if (await TryStartAsync(scheme, options) is { } etcd) return etcd;
        throw new InvalidOperationException("etcd does not start.");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Sends a signal by name.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("/bin/kill", [$"-{name}", $"{ProcessId}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Starts three that are one cluster, and waits until all serve.</summary>
    public static async Task<RealEtcd[]> StartThreeAsync()
    {
        Assert.SkipUnless(IsInstalled, "etcd is not installed (Debian: etcd-server)");
        for (var start = 0; start < MaxStarts; start++)
        {
            var peers = Enumerable.Range(0, 3).Select(_ => $"http://127.0.0.1:{FreePort()}").ToArray();
            var all = string.Join(',', peers.Select((peer, i) => $"m{i}={peer}"));
            // None serves before two of them have found each other.
            var etcds = await Task.WhenAll(peers.Select((peer, i) => TryStartAsync("http", $"m{i}", peer, all, [])));
            if (etcds.All(etcd => etcd is not null)) return etcds!;
            foreach (var etcd in etcds) await (etcd?.DisposeAsync() ?? default);
        }
        throw new InvalidOperationException("etcd does not start.");
    }

    private static Task<RealEtcd?> TryStartAsync(string scheme, string[] options)
    {
        var peer = $"http://127.0.0.1:{FreePort()}";
        return TryStartAsync(scheme, "m", peer, $"m={peer}", options);
    }

    private static async Task<RealEtcd?> TryStartAsync(string scheme, string name, string peer, string all, string[] options)
    {
        var directory = Directory.CreateTempSubdirectory("streamactors-etcd-").FullName;
        var client = new Uri($"{scheme}://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(Program)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList =
            {
                "--name", name, "--data-dir", directory, "--logger", "zap", "--log-outputs", "stderr",
                "--listen-client-urls", Origin(client), "--advertise-client-urls", Origin(client),
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", all,
                // A lease can't be shorter than one and a half elections: this lets one of a second be one.
                "--heartbeat-interval", "50", "--election-timeout", "500", "--unsafe-no-fsync",
            },
        };
        foreach (var option in options) start.ArgumentList.Add(option);
        var process = Process.Start(start) ?? throw new InvalidOperationException("etcd does not start.");
        var serves = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) serves.TrySetResult(false);
            else if (line.Data.Contains("serving client traffic", StringComparison.Ordinal)) serves.TrySetResult(true);
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var etcd = new RealEtcd(directory, process, client);
        if (await serves.Task.WaitAsync(TestKitBase.Deadline)) return etcd;
        await etcd.DisposeAsync();
        return null;
    }

    private static string Origin(Uri uri) => uri.GetLeftPart(UriPartial.Authority);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>One etcd for all tests of a class.</summary>
public sealed class RealEtcdFixture : IAsyncLifetime
{
    private RealEtcd? _etcd;

    public RealEtcd Etcd
    {
        get
        {
            Assert.SkipWhen(_etcd is null, "etcd is not installed (Debian: etcd-server)");
            return _etcd!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (RealEtcd.IsInstalled) _etcd = await RealEtcd.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_etcd is not null) await _etcd.DisposeAsync();
    }
}
