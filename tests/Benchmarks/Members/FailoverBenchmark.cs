using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace StreamActors.Benchmarks.Members;

/// <summary>
/// Two mounts of one shared log volume, of which one server is killed (SIGKILL), again and again: how long it takes until every partition
/// has taken a message through the other mount.
/// </summary>
internal sealed class FailoverBenchmark(string launcher, string work, Uri etcd, string secret) : IDisposable
{
    private const int Partitions = 16;

    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly Member _stays = new(launcher, Path.Combine(work, "stays"));
    private readonly Member _dies = new(launcher, Path.Combine(work, "dies"));

    public async Task RunAsync(int deaths)
    {
        Directory.CreateDirectory(Path.Combine(work, "shared"));
        await _stays.StartAsync(Settings(_stays));
        await _dies.StartAsync(Settings(_dies));
        var topic = Path.Combine(_stays.Root, "stream", "topic");
        Directory.CreateDirectory(topic);
        var shards = 0;
        var times = new List<double>();
        for (var death = 0; death < deaths; death++)
        {
            // As many as it had the first time: placement goes by names.
            do
                shards = Math.Max(shards, await _dies.ShardsAsync());
            while (shards == 0 || await _dies.ShardsAsync() < shards);
            await WriteAsync(topic);
            _dies.Kill();
            var watch = Stopwatch.StartNew();
            await WriteAsync(topic);
            times.Add(watch.Elapsed.TotalSeconds);
            await _dies.StartAsync(Settings(_dies));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Partitions} partitions, kill -9 of a member: all have taken a message elsewhere, median of {deaths} | {Comparison.Median(times):0.00} s, worst {times.Max():0.00} s | | | median < 1.5 s, worst < 3 s |"));
    }

    public void Dispose()
    {
        _dies.Dispose();
        _stays.Dispose();
    }

    private static Task WriteAsync(string topic) => Task.WhenAll(Enumerable.Range(0, Partitions).Select(partition => Task.Factory.StartNew(
        () => File.AppendAllText(Path.Combine(topic, partition.ToString(CultureInfo.InvariantCulture)), "message\n"), TaskCreationOptions.LongRunning)));

    private string Settings(Member member) =>
        $$"""
        cluster {
          name = failover, etcd.prefix = "/failover/", member = {{Path.GetFileName(member.Home)}}, etcd.endpoints = "{{etcd}}", secret-file = {{secret}}
          listen = "127.0.0.1:{{member.Port}}", admin.listen = "127.0.0.1:{{member.AdminPort}}", shards = 64
        }
        volumes { "/" { type = log, dir = {{work}}/shared, shared = true, partitions = {{Partitions}} } }
        log.level = error
        """;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A mount.</summary>
    private sealed class Member(string launcher, string home) : IDisposable
    {
        private Process? _server;

        public string Home { get; } = Directory.CreateDirectory(home).FullName;

        public string Root => Path.Combine(Home, "mnt");

        public int Port { get; } = FreePort();

        public int AdminPort { get; } = FreePort();

        public async Task StartAsync(string settings)
        {
            var file = Path.Combine(Home, "member.conf");
            await File.WriteAllTextAsync(file, settings);
            // A mountpoint that a death left is cleared by the next mount.
            if (_server is null)
                Directory.CreateDirectory(Root);
            _server?.Dispose();
            _server = Process.Start(new ProcessStartInfo(launcher, ["mount", Root, "--config", file]) { RedirectStandardOutput = true })!;
            if (await _server.StandardOutput.ReadLineAsync() is null)
                throw new InvalidOperationException($"{Root} could not be mounted");
            while (await GetAsync("/ready") is null)
                await Task.Delay(10);
        }

        public void Kill()
        {
            _server!.Kill();
            _server.WaitForExit();
        }

        /// <summary>How many shards it has.</summary>
        public async Task<int> ShardsAsync()
        {
            if (await GetAsync("/cluster/shards/partitions") is not { } answer)
                return 0;
            using var told = JsonDocument.Parse(answer);
            return told.RootElement.GetProperty("regions").GetArrayLength();
        }

        public void Dispose()
        {
            if (_server is null)
                return;
            using var unmount = Process.Start(launcher, ["umount", Root]);
            unmount.WaitForExit();
            if (!_server.WaitForExit(TimeSpan.FromSeconds(15)))
                Kill();
            _server.Dispose();
        }

        private async Task<string?> GetAsync(string path)
        {
            try
            {
                return await s_http.GetStringAsync(new Uri($"http://127.0.0.1:{AdminPort}{path}"));
            }
            catch (Exception none) when (none is HttpRequestException or TaskCanceledException)
            {
                return null;
            }
        }
    }
}
