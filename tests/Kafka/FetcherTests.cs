using System.Text;
using StreamActors.Logs;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What is fetched of a partition.</summary>
public sealed class FetcherTests
{
    [Fact]
    public async Task Kcat_Writes_TheSameIsFetched_WithKeysAndHeaders()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "lang:Metropolis\nmurnau:Nosferatu\n", "-K", ":", "-H", "a=1", "-H", "a=2", "-H", "b");
        using var client = Open(cluster.BootstrapServers);

        var films = client.Fetch("films");
        films.WaitForEnd(2);

        Assert.Equal(["Metropolis", "Nosferatu"], films.Values);
        var first = films.Messages[0].Message;
        Assert.Equal("lang", Encoding.UTF8.GetString(first.Key!.Value.Span));
        Assert.Equal(MessageClock.Writer, first.Clock);
        Assert.Equal(["a=1", "a=2", "b="], first.Headers!.Select(header => $"{header.Name}={Encoding.UTF8.GetString(header.Value.GetValueOrDefault().Span)}"));
    }

    [Fact]
    public async Task Null_AndEmpty_StayWhatTheyAre()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        await client.Producer.ProduceAsync("films", 0, [Message(null, "k"), Message("", null)]);

        var films = client.Fetch("films");
        films.WaitForEnd(2);

        Assert.Null(films.Messages[0].Message.Value);
        Assert.Equal(0, films.Messages[1].Message.Value!.Value.Length);
        Assert.Null(films.Messages[1].Message.Key);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Codec_EachOne_IsRead(string codec)
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers, ("compression.codec", codec));
        var text = new string('m', 10_000);
        await client.Producer.ProduceAsync("films", 0, [Message(text), Message("b")]);

        var films = client.Fetch("films");
        films.WaitForEnd(2);

        Assert.Equal([text, "b"], films.Values);
    }

    [Fact]
    public async Task Offset_IsWhereItBegins()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\nc\n");
        using var client = Open(cluster.BootstrapServers);

        var films = client.Fetch("films", offset: 2);
        films.WaitForEnd(3);

        Assert.Equal([(2L, "c")], films.Messages.Select(message => message.Offset).Zip(films.Values));
    }

    [Fact]
    public async Task Offset_ThatIsNotThere_IsRemoved()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        using var client = Open(cluster.BootstrapServers);

        Assert.Equal(Fault.Removed, client.Fetch("films", offset: 100).WaitForFailure().Fault);
    }

    [Fact]
    public async Task End_IsToldAgain_AfterWhatCameLater()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        var films = client.Fetch("films");
        films.WaitForEnd(0);

        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        films.WaitForEnd(1);

        Assert.Equal(["a"], films.Values);
    }

    [Fact]
    public async Task ManyPartitions_EachGetsItsOwn()
    {
        const int Partitions = 50;
        using var cluster = new MockCluster(3).With("films", Partitions);
        using var client = Open(cluster.BootstrapServers);
        var all = Enumerable.Range(0, Partitions).Select(partition => client.Fetch("films", partition)).ToArray();

        foreach (var partition in Enumerable.Range(0, Partitions))
            await client.Producer.ProduceAsync("films", partition, [Message($"{partition} first"), Message($"{partition} second")]);

        for (var partition = 0; partition < Partitions; partition++)
        {
            all[partition].WaitForEnd(2);
            Assert.Equal([$"{partition} first", $"{partition} second"], all[partition].Values);
        }
    }

    [Fact]
    public async Task Partition_FromSeveralOffsets_IsFetchedFromEach_UpToALimit()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        using var client = Open(cluster.BootstrapServers);
        var first = client.Fetch("films", 0, 0, out var fetching);
        var second = client.Fetch("films", offset: 1);
        first.WaitForEnd(2);
        second.WaitForEnd(2);
        Assert.Equal(["a", "b"], first.Values);
        Assert.Equal(["b"], second.Values);
        while (client.FetchCount < KafkaClient.MaxFetchers)
            Assert.Null(client.Fetch("films", 0, 0, new Collector()).Failure);

        Assert.Equal(Fault.Overloaded, client.Fetch("films", 0, 0, new Collector()).Failure!.Fault);
        fetching.Dispose();

        Assert.Null(client.Fetch("films", 0, 0, new Collector()).Failure);
    }

    [Fact]
    public async Task Ended_TakesNothingMore()
    {
        using var cluster = new MockCluster().With("films");
        using var client = Open(cluster.BootstrapServers);
        var ended = client.Fetch("films", 0, 0, out var fetching);
        ended.WaitForEnd(0);
        fetching.Dispose();
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");

        client.Fetch("films").WaitForEnd(1);

        Assert.Empty(ended.Messages);
    }

    [Fact]
    public async Task Leader_Changes_AndBrokerIsLost_NothingIsLostOrDoubled()
    {
        using var cluster = new MockCluster(3).With("films", 1, 3);
        cluster.Lead("films", 0, 1);
        using var client = Open(cluster.BootstrapServers);
        var films = client.Fetch("films");
        var expected = new List<string>();
        for (var round = 0; round < 4; round++)
        {
            var (broker, next) = (round % 3 + 1, (round + 1) % 3 + 1);
            var values = Enumerable.Range(0, 50).Select(number => $"{round}.{number}").ToArray();
            expected.AddRange(values);
            var outcome = await client.Producer.ProduceAsync("films", 0, [.. values.Select(value => Message(value))]);
            Assert.Null(outcome.Failure);
            cluster.Lead("films", 0, next);
            cluster.Down(broker);
            films.WaitForCount(expected.Count);
            cluster.Up(broker);
        }

        Assert.Equal(expected, films.Values);
        Assert.Equal(Enumerable.Range(0, expected.Count).Select(offset => (long)offset), films.Messages.Select(message => message.Offset));
    }

    [Fact]
    public async Task Sink_ThatWaits_HoldsBackTheRest_AndLosesNothing()
    {
        const int Messages = 3000;
        using var cluster = new MockCluster().With("films");
        using var client = Open(OptionsFor(cluster.BootstrapServers) with { FetchBufferBytes = 64 << 10 });
        await client.Producer.ProduceAsync("films", 0, [.. Enumerable.Range(0, Messages).Select(number => Message($"{number:D1000}"))]);
        using var open = new SemaphoreSlim(0);
        var slow = new SlowSink(open);
        Assert.Null(client.Fetch("films", 0, 0, slow).Failure);

        // Each turn of the gate lets one hand-over through.
        while (slow.Collector.Messages.Count < Messages)
            open.Release();

        slow.Collector.WaitForEnd(Messages);
        Assert.Equal(Enumerable.Range(0, Messages).Select(number => $"{number:D1000}"), slow.Collector.Values);
    }

    private sealed class SlowSink(SemaphoreSlim open) : IFetchSink
    {
        public Collector Collector { get; } = new();

        public void Take(IReadOnlyList<FetchedMessage> messages)
        {
            open.Wait();
            Collector.Take(messages);
        }

        public void ReachedEnd(long next) => Collector.ReachedEnd(next);

        public void Failed(Failure failure) => Collector.Failed(failure);
    }
}
