using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;

namespace StreamActors.Kafka.Tests;

/// <summary>A cluster, a client of it, and a cache on the disk; the client and the cache can be restarted.</summary>
internal sealed class MirrorBench : IAsyncDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("streamactors-kafka-");
    private readonly ThreadWorker _worker = new("refill");
    private MirrorStore? _store;

    public MirrorBench(MockCluster cluster, TimeSpan? deadline = null, long cacheMaxBytes = 1L << 30)
    {
        Cluster = cluster;
        Options = new MirrorOptions { CacheMaxBytes = cacheMaxBytes, Deadline = deadline ?? Clients.Patient };
        Start();
    }

    public MockCluster Cluster { get; private set; }

    public MirrorOptions Options { get; set; }

    /// <summary>What other hosts have agreed on; null where this one is alone.</summary>
    public IGenerations? Generations { get; set; }

    public KafkaClient Client { get; private set; } = null!;

    public MirrorStore Store => _store!;

    /// <summary>Ends client and cache in order, and starts them on the same directory, beside the same or another cluster.</summary>
    public async Task Restart(MockCluster? cluster = null, Action<string>? damage = null)
    {
        Client.Dispose();
        await Store.Logs.DisposeAsync();
        damage?.Invoke(Path.Combine(_home.FullName, "cache"));
        Cluster = cluster ?? Cluster;
        Start();
    }

    public PartitionMirror Mirror(string topic = "films", int partition = 0) =>
        new(new MirrorContext(Client, Store, Options, TimeProvider.System, _worker) { Generations = Generations }, new TopicIdentity(topic), partition);

    /// <summary>The default view of a mirrored partition, as far as the log has it.</summary>
    public string Text(PartitionMirror mirror)
    {
        using var reader = Store.Logs.OpenReaderAsync(mirror.Log!.Value).AsTask().GetAwaiter().GetResult().Value;
        var bytes = new byte[reader.Length];
        Assert.Equal(bytes.Length, bytes.Length == 0 ? 0 : reader.Read(0, bytes).Value);
        return Encoding.UTF8.GetString(bytes);
    }

    public IReadOnlyList<LogRecord> Records(PartitionMirror mirror)
    {
        using var reader = Store.Logs.OpenReaderAsync(mirror.Log!.Value).AsTask().GetAwaiter().GetResult().Value;
        Assert.Null(reader.Verify());
        return [.. Enumerable.Range(0, (int)reader.Now.Count).Select(ordinal => reader.Message(ordinal).Value)];
    }

    public async ValueTask DisposeAsync()
    {
        _worker.Dispose();
        Client.Dispose();
        await Store.Logs.DisposeAsync();
        _home.Delete(recursive: true);
    }

    private void Start()
    {
        Client = Clients.Open(Clients.OptionsFor(Cluster.BootstrapServers) with { Deadline = Options.Deadline });
        var options = new LogOptions { OwnsNames = true, NewDirectoryId = Guid.NewGuid(), Holder = "test", MessageMaxBytes = LogOptions.LargestMessageMaxBytes };
        _store = new MirrorStore(LogStore.Open(
            DiskFileSystem.Instance, Path.Combine(_home.FullName, "cache"), options, TimeProvider.System, NullLogger.Instance).Value, Options.CacheMaxBytes);
    }
}

/// <summary>Waits for what mirrors come to.</summary>
internal static class Mirrors
{
    /// <summary>Waits until something holds, looking after each change.</summary>
    public static void Wait(this PartitionMirror mirror, Func<bool> until)
    {
        using var changed = new SemaphoreSlim(0);
        void Release() => changed.Release();
        mirror.Changed += Release;
        try
        {
            while (!until())
                if (!changed.Wait(Collector.Deadline))
                    throw new TimeoutException($"complete {mirror.IsComplete}, {mirror.Failure}");
        }
        finally
        {
            mirror.Changed -= Release;
        }
    }

    public static void WaitUntilComplete(this PartitionMirror mirror) => mirror.Wait(() => mirror.IsComplete);
}
