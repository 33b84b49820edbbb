using System.Text;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>A cache that is smaller than what is read: its files keep their bytes, sizes and places.</summary>
public sealed class EvictionTests
{
    private const int Budget = 1 << 20;

    [Fact]
    public async Task Budget_SmallerThanThePartition_EveryReadGivesTheSame()
    {
        var text = Lines(30_000);
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", text);
        await using var bench = new SourceBench(cluster, Small);
        var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);

        Assert.Equal(text, Cat(reader));
        Assert.True(bench.Source.CachedBytes <= Budget * 2, $"{bench.Source.CachedBytes} bytes are cached");
        Assert.Equal(text, Cat(reader));
        Assert.Equal(text.Length, reader.End);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Reads_AnywhereWhileItGrowsAndRestarts_GiveTheBytesOfTheModel(int seed)
    {
        var random = new Random(seed);
        var text = Lines(20_000);
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", text);
        var home = Directory.CreateTempSubdirectory("streamactors-kafka-");
        for (var run = 0; run < 2; run++)
        {
            await using var bench = new SourceBench(cluster, Small, home: home.FullName);
            var partition = await bench.Partition("films");
            using var reader = await SourceBench.Open(partition);
            for (var step = 0; step < 40; step++)
            {
                if (step % 10 == 9)
                {
                    var more = Lines(1000);
                    await Kcat.Produce(cluster.BootstrapServers, "films", more);
                    text += more;
                }
                var position = random.Next(text.Length);
                var bytes = new byte[Math.Min(random.Next(1, 200_000), text.Length - position)];
                ReadAll(reader, position, bytes);
                Assert.True(bytes.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(text, position, bytes.Length)), $"seed {seed}, run {run}, step {step}, position {position}");
            }
        }
        home.Delete(recursive: true);
    }

    [Fact]
    public async Task Views_OfEvictedMessages_AreTheSameAsBefore()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", string.Concat(Enumerable.Range(0, 4000).Select(i => $"k{i}:{i} {new string('x', 500)}\n")), "-K", ":", "-H", "a=1");
        await using var bench = new SourceBench(cluster, Small);
        var partition = await bench.Partition("films");
        foreach (var kind in (ViewKind[])[ViewKind.Json, ViewKind.Size])
        {
            using var reader = await SourceBench.Open(partition, kind);
            var first = Cat(reader);
            Assert.Equal(first, Cat(reader));
        }
        using var merged = (await (await bench.Topic("films")).OpenMerged(ViewKind.Default, null, () => { })).Value!;
        var all = Cat(merged);
        Assert.Equal(all, Cat(merged));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Evicted_ClusterHasOtherMessages_OldReadersFail_AndAnotherGenerationBegins(bool isShared)
    {
        var agreed = isShared ? new AgreedGenerations() : null;
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\nc\n");
        await using var bench = new MirrorBench(cluster) { Generations = agreed };
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        await Evict(bench, mirror);
        // As after compaction: what is in the log is not what the cluster has.
        var (log, generation) = (mirror.Cached!, mirror.Generation);
        mirror.Take([new(3, Message("not the cluster's"))]);
        Assert.True((await bench.Store.Logs.EvictAsync(log.Id, 0, 4)).Value > 0);

        mirror.Want(log, 3);
        mirror.Wait(() => mirror.Generation > generation);
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        Assert.Equal("a\nb\nc\n", bench.Text(mirror));
        await bench.Restart();
        mirror = bench.Mirror();
        Assert.Null(mirror.LoadCached());
        Assert.Equal(generation + 1, mirror.Generation);
        Assert.Equal(isShared ? generation + 1 : null, agreed?.Known("films", 0)?.Number);
    }

    [Fact]
    public async Task Evicted_NoBroker_FailsWithinTheDeadline_AndComesLater()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\nc\n");
        await using var bench = new MirrorBench(cluster, TimeSpan.FromMilliseconds(500));
        var mirror = bench.Mirror();
        Assert.True(SpinWait.SpinUntil(() => mirror.Hold() is null, Collector.Deadline));
        mirror.WaitUntilComplete();
        await Evict(bench, mirror);
        cluster.Down();

        mirror.Want(mirror.Cached!, 1);
        Assert.True(SpinWait.SpinUntil(() => Tended(mirror).Failure is { Fault: Fault.TimedOut }, Collector.Deadline));
        cluster.Up();
        Assert.True(SpinWait.SpinUntil(() =>
        {
            Tended(mirror).Want(mirror.Cached!, 0);
            return Evicted(bench, mirror) == 0;
        }, Collector.Deadline));

        Assert.Equal("a\nb\nc\n", bench.Text(mirror));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Evicted_RetentionOfTheClusterTookThem_OldReadersFailThere_AndAnotherGenerationBegins(bool isShared)
    {
        var agreed = isShared ? new AgreedGenerations() : null;
        var (first, second) = (Lines(30_000), Lines(40_000));
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", first);
        await using var bench = new SourceBench(cluster, options => Small(options) with { Generations = agreed });
        var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal(first, Cat(reader));

        // The mock keeps 5 MiB of a partition.
        await Kcat.Produce(cluster.BootstrapServers, "films", second);
        Assert.True(SpinWait.SpinUntil(() => reader.End == first.Length + second.Length, Collector.Deadline));
        Assert.True(SpinWait.SpinUntil(() => reader.Read(0, new byte[10], out _) == Fault.Removed, Collector.Deadline));

        var bytes = new byte[100];
        ReadAll(reader, reader.End - 100, bytes);
        Assert.EndsWith(Encoding.UTF8.GetString(bytes), second, StringComparison.Ordinal);
        using var another = await SourceBench.Open(partition);
        var kept = Cat(another);
        Assert.InRange(kept.Length, second.Length, first.Length + second.Length - 1);
        Assert.EndsWith(kept, first + second, StringComparison.Ordinal);
        if (!isShared)
            return;
        // Another host finds the generation, and its bytes where they are here.
        var view = (await partition.FindView(ViewKind.Default, null)).Value!.View;
        Assert.Equal(agreed!.Known("films", 0)!.Number, view.Generation);
        await using var other = new SourceBench(cluster, options => Small(options) with { Generations = agreed });
        var same = await other.Partition("films");
        Assert.Equal(view, (await same.FindView(ViewKind.Default, null)).Value!.View);
        using var theirs = await SourceBench.Open(same);
        Assert.Equal(kept, Cat(theirs));
    }

    [Fact]
    public async Task Evicted_LastMessage_StillProvesTheLog()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        await Evict(bench, mirror);
        await bench.Restart();

        mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        Assert.Equal(0, mirror.Generation);
        Assert.Equal(4, Evicted(bench, mirror));
    }

    private static KafkaVolumeOptions Small(KafkaVolumeOptions options) => options with { Mirror = options.Mirror with { CacheMaxBytes = Budget } };

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{i:d8} {new string((char)('a' + (i % 26)), 90)}\n"));

    private static PartitionMirror Tended(PartitionMirror mirror)
    {
        mirror.Tend();
        return mirror;
    }

    private static async Task Evict(MirrorBench bench, PartitionMirror mirror) =>
        Assert.True((await bench.Store.Logs.EvictAsync(mirror.Log!.Value, 0, long.MaxValue)).Value > 0);

    private static long Evicted(MirrorBench bench, PartitionMirror mirror)
    {
        using var reader = bench.Store.OpenReader(mirror.Log!.Value).Value;
        return reader.Now.Evicted.Sum(range => range.Bytes);
    }

    /// <summary>Reads to the end, as <c>cat</c> does.</summary>
    private static string Cat(IPartitionReader reader)
    {
        Wait(() => reader.IsComplete, reader);
        var bytes = new byte[reader.End];
        ReadAll(reader, 0, bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private static void ReadAll(IPartitionReader reader, long position, Span<byte> bytes)
    {
        const int AtOnce = 128 << 10;
        while (bytes.Length > 0)
        {
            var fault = reader.Read(position, bytes[..Math.Min(AtOnce, bytes.Length)], out var count);
            Assert.True(fault is Fault.None or Fault.NotHere, $"{fault}");
            if (count == 0)
            {
                var at = position;
                Wait(() => reader.End > at && reader.IsHere(at), reader);
            }
            position += count;
            bytes = bytes[count..];
        }
    }

    private static void Wait(Func<bool> until, IPartitionReader reader)
    {
        // What has come can be evicted again by the next look.
        var has = false;
        SpinWait.SpinUntil(() => (has = until()) || reader.IsEnded || reader.Stalled is not null, Collector.Deadline);
        if (!has)
            throw new TimeoutException($"end {reader.End}, complete {reader.IsComplete}, ended {reader.IsEnded}, {reader.Stalled}");
    }
}
