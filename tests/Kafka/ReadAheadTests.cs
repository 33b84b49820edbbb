using StreamActors.Sources;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What is fetched before anyone has opened it.</summary>
public sealed class ReadAheadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(250)]
    [InlineData(1000)]
    public void NextByName_GoesThroughAll_AsAShellSortsThem(int count)
    {
        var order = new List<int>();
        for (int? partition = 0; partition is { } at; partition = PartitionOrder.NextByName(at, count))
            order.Add(at);

        Assert.Equal(Enumerable.Range(0, count).OrderBy(partition => $"{partition}", StringComparer.Ordinal), order);
    }

    [Theory]
    [InlineData(0, 1, 10, 11)]
    [InlineData(1, 10, 11, 2)]
    [InlineData(1, 2, 3, 4)]
    public async Task Partitions_OpenedOneAfterTheOther_TheNextAreFetched(int first, int second, int third, int fourth)
    {
        using var cluster = new MockCluster().With("films", 12);
        await using var bench = new SourceBench(cluster);
        for (var partition = 0; partition < 12; partition++)
            await SourceBench.Append(await bench.Partition("films", partition), $"message of {partition}");

        using var one = await SourceBench.Open(await bench.Partition("films", first));
        using var other = await SourceBench.Open(await bench.Partition("films", second));

        foreach (var expected in new[] { third, fourth })
        {
            var ahead = await bench.Partition("films", expected);
            Assert.True(SpinWait.SpinUntil(() => SizeOf(ahead) > 0, Collector.Deadline), $"nothing was fetched of {expected}");
            using var reader = await SourceBench.Open(ahead);
            Assert.Equal($"message of {expected}\n", reader.ReadToEnd());
        }
    }

    [Fact]
    public async Task Partitions_OpenedInNoOrder_AreFetchedAlone()
    {
        using var cluster = new MockCluster().With("films", 8);
        await using var bench = new SourceBench(cluster);
        for (var partition = 0; partition < 8; partition++)
            await SourceBench.Append(await bench.Partition("films", partition), "a");

        foreach (var opened in new[] { 6, 4, 2, 0 })
        {
            using var reader = await SourceBench.Open(await bench.Partition("films", opened));
            Assert.Equal("a\n", reader.ReadToEnd());
        }

        foreach (var other in new[] { 1, 3, 5, 7 })
            Assert.Equal(0, SizeOf(await bench.Partition("films", other)));
    }

    [Fact]
    public async Task FetchedAhead_EndsAtItsBytes_AndTheRestIsReadAllTheSame()
    {
        const int Messages = 3000;
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster);
        var texts = Enumerable.Range(0, Messages).Select(number => $"{number:D1000}").ToArray();
        foreach (var some in texts.Chunk(100))
            Assert.Null((await bench.Client.Producer.ProduceAsync("films", 0, [.. some.Select(text => Message(text))])).Failure);
        var mirror = bench.Mirror();

        mirror.FetchAhead(1);
        Assert.True(SpinWait.SpinUntil(() => mirror.Next > 0 && bench.Client.FetchCount == 0, Collector.Deadline), "it was not fetched, or does not end");

        Assert.False(mirror.IsHeld);
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        Assert.Equal(string.Concat(texts.Select(text => text + "\n")), bench.Text(mirror));
        mirror.Release();
    }

    [Fact]
    public async Task FetchedAhead_ToTheEnd_IsNotFetchedOn()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster);
        await bench.Client.Producer.ProduceAsync("films", 0, [Message("a")]);
        var mirror = bench.Mirror();

        mirror.FetchAhead(1 << 20);
        mirror.WaitUntilComplete();

        Assert.True(SpinWait.SpinUntil(() => bench.Client.FetchCount == 0, Collector.Deadline), "it is still fetched");
        Assert.Equal("a\n", bench.Text(mirror));
    }

    private static long SizeOf(IPartitionSource partition) =>
        partition.Stat(new ViewId(ViewKind.Default, 0, null)).GetAwaiter().GetResult().Value!.Value.Size;
}
