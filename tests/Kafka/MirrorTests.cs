using System.Text;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>A partition's log in step with the cluster.</summary>
public sealed class MirrorTests
{
    [Fact]
    public async Task Held_FetchesEverything_ThenWhatComes()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.False(mirror.IsComplete);

        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        Assert.Equal("a\nb\n", bench.Text(mirror));

        await Kcat.Produce(cluster.BootstrapServers, "films", "c\n");
        mirror.Wait(() => bench.Text(mirror).Length == 6);
        Assert.Equal("a\nb\nc\n", bench.Text(mirror));
    }

    [Fact]
    public async Task Held_ByMany_IsFetchedOnce_AndNotAfterTheLast()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();

        for (var reader = 0; reader < 10; reader++)
            Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        Assert.True(SpinWait.SpinUntil(() => bench.Client.FetchCount == 1, Collector.Deadline), $"{bench.Client.FetchCount} are fetched");
        for (var reader = 0; reader < 10; reader++)
            mirror.Release();

        Assert.True(SpinWait.SpinUntil(() => bench.Client.FetchCount == 0, Collector.Deadline), $"{bench.Client.FetchCount} are fetched");
        Assert.Equal("a\n", bench.Text(mirror));
    }

    [Fact]
    public async Task Held_AfterAWrite_KnowsOfIt()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        await bench.Client.Producer.ProduceAsync("films", 0, [Message("a")]);

        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        Assert.Equal("a\n", bench.Text(mirror));
    }

    [Fact]
    public async Task Restarted_GoesOnWhereTheLogEnds()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        mirror.Hold();
        mirror.WaitUntilComplete();
        await bench.Restart();
        await Kcat.Produce(cluster.BootstrapServers, "films", "c\n");

        mirror = bench.Mirror();
        Assert.Null(mirror.LoadCached());
        Assert.Equal("a\nb\n", bench.Text(mirror));
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        Assert.Equal([(0L, 0L), (1L, 2L), (2L, 4L)], bench.Records(mirror).Select(record => (record.Entry.Offset, record.Entry.Position)));
    }

    [Theory]
    [InlineData("x\ny\nz\n")]
    [InlineData("x\n")]
    public async Task Restarted_BesideAnotherTopicOfThatName_BeginsAnew(string other)
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        mirror.Hold();
        mirror.WaitUntilComplete();
        using var second = new MockCluster().With("films");
        await Kcat.Produce(second.BootstrapServers, "films", other);
        await bench.Restart(second);

        mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        Assert.Equal(other, bench.Text(mirror));
        Assert.False(mirror.IsLost);
    }

    [Fact]
    public async Task Restarted_FetchFailsBeforeItIsKnownWhetherTheLogIsRight_IsTriedAgain()
    {
        const int TopicAuthorizationFailed = 29;
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        mirror.Hold();
        mirror.WaitUntilComplete();
        await bench.Restart();
        cluster.Fail(MockCluster.Fetch, TopicAuthorizationFailed);

        mirror = bench.Mirror();
        Assert.Null(mirror.Hold());

        mirror.WaitUntilComplete();
        Assert.Equal("a\nb\n", bench.Text(mirror));
    }

    [Fact]
    public async Task Restarted_CacheLost_GivesTheSameBytes()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        await using var other = new MirrorBench(cluster);
        var (first, second) = (bench.Mirror(), other.Mirror());
        first.Hold();
        second.Hold();
        first.WaitUntilComplete();
        second.WaitUntilComplete();

        Assert.Equal(bench.Records(first).Select(record => record.Entry), other.Records(second).Select(record => record.Entry));
    }

    [Fact]
    public async Task Restarted_CacheDamaged_FetchesAnew()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        mirror.Hold();
        mirror.WaitUntilComplete();
        await bench.Restart(damage: cache =>
        {
            foreach (var index in Directory.GetFiles(cache, "*.index", SearchOption.AllDirectories))
                File.WriteAllBytes(index, new byte[new FileInfo(index).Length]);
        });

        mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        Assert.Equal(["a", "b"], bench.Records(mirror).Select(record => Encoding.UTF8.GetString(record.Value!.Value.Span)));
    }

    [Fact]
    public async Task Start_IsWhereItBegins()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\nc\n");
        foreach (var (start, expected) in new (StartPlace, string)[]
        {
            (new StartPlace.Last(0), ""), (new StartPlace.Last(2), "b\nc\n"), (new StartPlace.Last(100), "a\nb\nc\n"), (new StartPlace.Offset(1), "b\nc\n"),
        })
        {
            await using var bench = new MirrorBench(cluster);
            bench.Options = bench.Options with { Start = start };
            var mirror = bench.Mirror();

            Assert.Null(mirror.Hold());
            mirror.WaitUntilComplete();

            Assert.Equal(expected, bench.Text(mirror));
        }
    }

    [Fact]
    public async Task Gaps_Nulls_KeysAndHeaders_AreKept()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();
        var header = new MessageHeader("h", Bytes("v"));

        mirror.Take([new(5, Message("a", "k", 1, header)), new(9, Message(null, null, 2))]);
        mirror.Take([new(8, Message("again", null, 3)), new(5_000_000_000, Message("b", null, 4))]);

        var records = bench.Records(mirror);
        Assert.Equal([5L, 9, 5_000_000_000], records.Select(record => record.Entry.Offset));
        Assert.Equal(["a", null, "b"], records.Select(record => record.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null));
        Assert.Equal("k", Encoding.UTF8.GetString(records[0].Key!.Value.Span));
        Assert.Equal(["h"], records[0].Headers.Select(each => each.Name));
        Assert.Equal("a\n\nb\n", bench.Text(mirror));
    }

    [Fact]
    public async Task EndThatHasNoMessage_IsReached()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());

        // The markers of a transaction take offsets that nobody ever sees.
        mirror.Take([new(0, Message("a"))]);
        mirror.ReachedEnd(2);

        Assert.True(mirror.IsComplete);
    }

    [Fact]
    public async Task NoBroker_HoldFailsWithinTheDeadline_AndLaterWorks()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        cluster.Down();
        await using var bench = new MirrorBench(cluster, TimeSpan.FromMilliseconds(500));
        var mirror = bench.Mirror();
        Assert.Equal(Fault.TimedOut, mirror.Hold()?.Fault);

        cluster.Up();

        Assert.True(SpinWait.SpinUntil(() => mirror.Hold() is null, Patient));
        mirror.WaitUntilComplete();
        Assert.Equal("a\n", bench.Text(mirror));
    }

    [Fact]
    public async Task Topic_ThatIsNotThere_IsNotFound()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new MirrorBench(cluster, TimeSpan.FromSeconds(5));

        Assert.Equal(Fault.NotFound, bench.Mirror("books").Hold()?.Fault);
    }

    [Fact]
    public async Task Cluster_ThatEndsBeforeTheLog_IsLost_ForThoseWhoReadOn()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new MirrorBench(cluster);
        var mirror = bench.Mirror();
        Assert.Null(mirror.Hold());
        mirror.WaitUntilComplete();

        // As after a leader that had less, or a topic that was made anew.
        mirror.Take([new(1, Message("b")), new(2, Message("c"))]);

        Assert.Equal(Fault.InputOutput, mirror.Hold()?.Fault);
        Assert.True(mirror.IsLost);
    }
}
