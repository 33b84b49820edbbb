using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Logs;
using StreamActors.Sources;

namespace StreamActors.Kafka.Tests;

/// <summary>A cluster as a volume, asked as the actors ask it.</summary>
internal sealed class SourceBench : IAsyncDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("streamactors-kafka-");

    public SourceBench(MockCluster cluster, Func<KafkaVolumeOptions, KafkaVolumeOptions>? change = null, TimeSpan? deadline = null, string? home = null)
        : this(cluster.BootstrapServers, change, deadline, home, [])
    {
    }

    public SourceBench(
        string servers, Func<KafkaVolumeOptions, KafkaVolumeOptions>? change = null, TimeSpan? deadline = null, params (string Name, string Value)[] properties)
        : this(servers, change, deadline, null, properties)
    {
    }

    public SourceBench(
        string servers, Func<KafkaVolumeOptions, KafkaVolumeOptions>? change, TimeSpan? deadline, string? home, (string Name, string Value)[] properties)
    {
        var options = new KafkaVolumeOptions
        {
            Stream = new EntityName("kafka"),
            Separator = "",
            ShowInternal = false,
            MetadataAge = TimeSpan.Zero,
            AllowDelete = false,
            AllowGrow = false,
            Topics = new TopicDefaults(-1, -1, new Dictionary<string, string>()),
            Mirror = new MirrorOptions { CacheMaxBytes = 1L << 30, Deadline = deadline ?? Clients.Patient },
        };
        var log = new LogOptions { OwnsNames = true, NewDirectoryId = Guid.NewGuid(), Holder = "test", MessageMaxBytes = LogOptions.LargestMessageMaxBytes };
        var cache = LogStore.Open(DiskFileSystem.Instance, Path.Combine(home ?? _home.FullName, "cache"), log, TimeProvider.System, NullLogger.Instance).Value;
        var cluster = Clients.OptionsFor(servers, properties) with
        {
            Deadline = deadline ?? Clients.Patient,
            WriteDeadline = deadline ?? Clients.Patient,
        };
        Source = KafkaSource.Open(cluster, cache, change?.Invoke(options) ?? options, TimeProvider.System, Log).Value!;
    }

    public KafkaSource Source { get; }

    /// <summary>What was logged.</summary>
    public Lines Log { get; } = new();

    /// <summary>The names of the streams.</summary>
    public async Task<string> Streams()
    {
        Assert.Null(await Source.Refresh());
        return string.Join(' ', Source.Streams.Select(stream => stream.Name));
    }

    public async Task<ISourceStream> Stream(string name)
    {
        await Streams();
        return (await Source.OpenStream(Source.Find(new EntityName(name))!.Id)).Value!;
    }

    /// <summary>The names of a stream's topics.</summary>
    public async Task<string> Topics(string stream)
    {
        var found = await Stream(stream);
        Assert.Null(await found.Refresh(null));
        return string.Join(' ', found.Topics.Select(topic => topic.Name));
    }

    public async Task<ISourceTopic> Topic(string name, string stream = "kafka")
    {
        var found = await Stream(stream);
        Assert.Null(await found.Refresh(new EntityName(name)));
        return (await Source.OpenTopic(found.Find(new EntityName(name))!.Id)).Value!;
    }

    public async Task<IPartitionSource> Partition(string topic, int index = 0, string stream = "kafka")
    {
        var opened = await Source.OpenPartition((await Topic(topic, stream)).Partitions[index]);
        Assert.Null(opened.Failure);
        return opened.Value!;
    }

    public static async Task<IPartitionReader> Open(IPartitionSource partition, ViewKind kind = ViewKind.Default, StartPlace? start = null)
    {
        var found = await partition.FindView(kind, start);
        Assert.Null(found.Failure);
        var opened = await partition.OpenReader(found.Value!.View);
        Assert.Null(opened.Failure);
        return opened.Value!;
    }

    /// <summary>Appends messages, each of which has a text.</summary>
    public static async Task Append(IPartitionSource partition, params string[] texts)
    {
        var batch = new MessageBatch();
        foreach (var text in texts)
            batch.Add(Encoding.UTF8.GetBytes(text));
        Assert.Null((await partition.Append(batch)).Failure);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        _home.Delete(recursive: true);
    }
}

/// <summary>Reads as a file is read.</summary>
internal static class Readers
{
    /// <summary>All bytes, as <c>cat</c> gets them: at the end it waits until all is there that the cluster has.</summary>
    public static string ReadToEnd(this IPartitionReader reader)
    {
        Wait(reader, () => reader.IsComplete);
        return Text(reader);
    }

    /// <summary>Waits for growth.</summary>
    public static string ReadUntil(this IPartitionReader reader, int length)
    {
        Wait(reader, () => reader.End >= length);
        return Text(reader);
    }

    /// <summary>Bytes of a stretch, waiting for those that are not here, as a read of the file does.</summary>
    public static string ReadHere(this IPartitionReader reader, long position, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length;)
        {
            var fault = reader.Read(position + done, bytes.AsSpan(done), out var count);
            Assert.True(fault is Fault.None or Fault.NotHere, $"{fault} at {position + done}");
            done += count;
            if (count == 0)
                Wait(reader, () => (reader.End > position + done && reader.IsHere(position + done)) || reader.IsEnded || reader.Stalled is not null);
            Assert.Null(reader.Stalled);
        }
        return Encoding.UTF8.GetString(bytes);
    }

    private static string Text(IPartitionReader reader)
    {
        var bytes = new byte[reader.End];
        Assert.Equal(Fault.None, reader.Read(0, bytes, out var count));
        Assert.Equal(bytes.Length, count);
        return Encoding.UTF8.GetString(bytes);
    }

    private static void Wait(IPartitionReader reader, Func<bool> until)
    {
        if (!SpinWait.SpinUntil(until, Collector.Deadline))
            throw new TimeoutException($"end {reader.End}, complete {reader.IsComplete}, {reader.Stalled}");
    }
}
