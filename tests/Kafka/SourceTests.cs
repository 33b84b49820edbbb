using System.Diagnostics;
using System.Text;
using StreamActors.Kafka.Tests.Front;
using StreamActors.Sources;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>A cluster as a volume of streams.</summary>
public sealed class SourceTests
{
    [Fact]
    public async Task Cluster_IsAStream_OfTopicsThatAreNotInternal()
    {
        using var cluster = new MockCluster().With("films", 2).With("books").With("__consumer_offsets");
        await using var bench = new SourceBench(cluster);

        Assert.Equal("kafka", await bench.Streams());
        Assert.Equal("books films", await bench.Topics("kafka"));
        Assert.Equal(2, (await bench.Topic("films")).Partitions.Count);
    }

    [Fact]
    public async Task Internal_AskedFor_IsShown()
    {
        using var cluster = new MockCluster().With("__consumer_offsets");
        await using var bench = new SourceBench(cluster, options => options with { ShowInternal = true });

        Assert.Equal("__consumer_offsets", await bench.Topics("kafka"));
    }

    [Fact]
    public async Task Separator_GroupsTopicsIntoStreams_AndNoTwoHaveOnePath()
    {
        using var cluster = new MockCluster().With("films.comedy").With("films.drama.old").With("plain").With(".odd").With("odd.").With("kafka.plain");
        await using var bench = new SourceBench(cluster, options => options with { Separator = "." });

        Assert.Equal("films kafka", await bench.Streams());
        Assert.Equal("comedy drama.old", await bench.Topics("films"));
        Assert.Equal(".odd kafka.plain odd. plain", await bench.Topics("kafka"));
    }

    [Fact]
    public async Task Topic_MadeOutside_IsSeenByNameAtOnce_AndInListsByAge()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new SourceBench(cluster, options => options with { MetadataAge = TimeSpan.FromHours(1) });
        Assert.Equal("films", await bench.Topics("kafka"));
        cluster.With("books");
        var stream = await bench.Stream("kafka");

        Assert.False(stream.IsOutdated(null));
        Assert.True(stream.IsOutdated(new EntityName("books")));
        Assert.Null(await stream.Refresh(new EntityName("books")));

        Assert.NotNull(stream.Find(new EntityName("books")));
        Assert.Null(await stream.Refresh(new EntityName("comics")));
        Assert.Null(stream.Find(new EntityName("comics")));
    }

    [Fact]
    public async Task NoBroker_EverythingFailsWithinTheDeadline_AndLaterWorks()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        cluster.Down();
        await using var bench = new SourceBench(cluster, deadline: TimeSpan.FromMilliseconds(500));

        Assert.Equal(Fault.TimedOut, (await bench.Source.Refresh())?.Fault);
        // Those who ask right after do not wait again.
        Assert.Equal(Fault.TimedOut, (await bench.Source.Refresh())?.Fault);

        cluster.Up();
        Assert.True(SpinWait.SpinUntil(() => bench.Source.Refresh().Result is null, Patient));
        using var partition = await bench.Partition("films");
        // Half a second may be too short for a busy machine, too.
        IPartitionReader? opened = null;
        Assert.True(SpinWait.SpinUntil(() => (opened = partition.OpenReader(ViewId.Default).Result.Value) is not null, Patient));
        using var reader = opened!;
        Assert.Equal("a\n", reader.ReadToEnd());
    }

    [Fact]
    public async Task Stat_NeverFetches_AndTellsWhatIsThere()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\n");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        var before = (await partition.Describe()).Value!.Value;
        Assert.Equal((0L, 0L, false), ((await partition.FindView(ViewKind.Default, null)).Value!.Value.Size, before.Messages, before.IsComplete));

        using (var reader = await SourceBench.Open(partition))
            reader.ReadToEnd();

        var after = (await partition.Describe()).Value!.Value;
        Assert.Equal((4L, 2L, true), ((await partition.FindView(ViewKind.Default, null)).Value!.Value.Size, after.Messages, after.IsComplete));
        Assert.Equal((0L, 2L), (after.FirstOffset, after.NextOffset));
    }

    [Fact]
    public async Task ReadBefore_OpensAtOnce_AndItsEndIsWaitedForAtTheEnd()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        Assert.False(partition.OpensAtOnce(ViewId.Default));

        using var reader = await OpenAtOnce(partition, () => SourceBench.Append(partition, "b").Wait());

        // What was written before the open belongs to it, though nothing was fetched since the one before.
        Assert.Equal("a\nb\n", reader.ReadToEnd());
    }

    [Fact]
    public async Task OpenedAtOnce_WithoutABroker_HasWhatIsHere_AndSaysWhyItsEndIsNotKnown()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new SourceBench(cluster, deadline: TimeSpan.FromMilliseconds(500));
        using var partition = await bench.Partition("films");
        using var reader = await OpenAtOnce(partition, () => cluster.Down(), () => cluster.Up());

        var bytes = new byte[10];
        Assert.Equal((Fault.None, 2), (reader.Read(0, bytes, out var count), count));
        Assert.True(SpinWait.SpinUntil(() => reader.Stalled is not null, Patient));
        Assert.False(reader.IsComplete);

        cluster.Up();
        Assert.Equal("a\n", reader.ReadToEnd());
    }

    [Fact]
    public async Task OpenedAtOnce_WhoWaitsForMore_GetsIt()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = await OpenAtOnce(partition);
        Assert.Equal("a\n", reader.ReadToEnd());

        reader.Awaited();
        await Kcat.Produce(cluster.BootstrapServers, "films", "b\n");

        Assert.Equal("a\nb\n", reader.ReadUntil(4));
    }

    [Fact]
    public async Task Appended_IsThereForWhoeverOpensThen_AndForFollowers()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        using var follower = await SourceBench.Open(partition);
        Assert.Equal("", follower.ReadToEnd());
        var batch = new MessageBatch();
        batch.Add("a"u8);
        batch.Add(Bytes("b"), Bytes("k"), [new MessageHeader("h", Bytes("v"))], 7);

        Assert.Equal(0, (await partition.Append(batch)).Value!.FirstOffset);

        using var reader = await SourceBench.Open(partition);
        Assert.Equal("a\nb\n", reader.ReadToEnd());
        Assert.Equal("a\nb\n", follower.ReadUntil(4));
        Assert.Equal("0||a|\n1|k|b|h=v\n", await Kcat.Consume(cluster.BootstrapServers, "films", "-f", "%o|%k|%s|%h\n"));
    }

    [Fact]
    public async Task Followed_ByMany_EachMessageIsSentOnce()
    {
        const int Partitions = 20, Readers = 10, Messages = 5;
        using var cluster = new ClusterFront().With("films", Partitions);
        await using var bench = new SourceBench(cluster.BootstrapServers);
        var readers = new List<IPartitionReader>();
        for (var index = 0; index < Partitions; index++)
        {
            using var partition = await bench.Partition("films", index);
            for (var reader = 0; reader < Readers; reader++)
                readers.Add(await SourceBench.Open(partition));
        }
        using var client = Open(cluster.BootstrapServers);
        for (var number = 0; number < Messages; number++)
            for (var index = 0; index < Partitions; index++)
                Assert.Null((await client.Producer.ProduceAsync("films", index, [Message($"{number}")])).Failure);

        foreach (var reader in readers)
        {
            Assert.Equal("0\n1\n2\n3\n4\n", reader.ReadUntil(2 * Messages));
            reader.Dispose();
        }
        Assert.Equal(Partitions * Messages, cluster.Delivered("films"));
    }

    [Fact]
    public async Task LetGo_NothingIsFetchedForIt_AndItHasToBeOpenedAgain()
    {
        using var cluster = new ClusterFront().With("films");
        await using var bench = new SourceBench(cluster.BootstrapServers);
        using var partition = await bench.Partition("films");
        await SourceBench.Append(partition, "0");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("0\n", reader.ReadToEnd());
        var delivered = cluster.Delivered("films");

        reader.LetGo();
        await SourceBench.Append(partition, "1");
        await Task.Delay(TimeSpan.FromSeconds(1));

        Assert.Equal(delivered, cluster.Delivered("films"));
        Assert.True(reader.IsLost);
        Assert.Equal(Fault.UnknownHandle, reader.Read(0, new byte[4], out _));
        Assert.Equal(Fault.UnknownHandle, reader.MessageAt(0).Fault);
        Assert.Equal(Fault.UnknownHandle, reader.ReadSpans(0, new MessageSpan[1], out _));
        using var again = await SourceBench.Open(partition);
        Assert.Equal("0\n1\n", again.ReadToEnd());
    }

    [Fact]
    public async Task Json_HasOffsetsTimesKeysHeaders_AndNull()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        var batch = new MessageBatch();
        batch.Add(null, Bytes("k"), [new MessageHeader("h", Bytes("v"))], 1_700_000_000_000);
        await partition.Append(batch);

        using var reader = await SourceBench.Open(partition, ViewKind.Json);

        Assert.Equal("""{"offset":0,"timestamp":"2023-11-14T22:13:20.000Z","key":"k","headers":[{"key":"h","value":"v"}],"value":null}""" + "\n", reader.ReadToEnd());
    }

    [Fact]
    public async Task Places_AreFoundByTheCluster_WithoutReadingWhatIsBefore()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\nc\nd\n");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");

        using var last = await SourceBench.Open(partition, start: new StartPlace.Last(1));
        using var second = await SourceBench.Open(partition, start: new StartPlace.Offset(1));
        using var all = await SourceBench.Open(partition, start: new StartPlace.Last(100));

        Assert.Equal("d\n", last.ReadToEnd());
        Assert.Equal("b\nc\nd\n", second.ReadToEnd());
        Assert.Equal("a\nb\nc\nd\n", all.ReadToEnd());
        var (told, offset, _) = second.MessageAt(2);
        Assert.Equal(Fault.None, told);
        Assert.Equal(2, offset);
    }

    [Fact]
    public async Task Place_ThatIsYetToCome_IsEmptyUntilItComes()
    {
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition, start: new StartPlace.Offset(2));
        Assert.Equal("", reader.ReadToEnd());

        await Kcat.Produce(cluster.BootstrapServers, "films", "b\nc\n");

        Assert.Equal("c\n", reader.ReadUntil(2));
    }

    [Fact]
    public async Task Merged_IsAllPartitions()
    {
        using var cluster = new MockCluster().With("films", 3);
        using var client = Open(cluster.BootstrapServers);
        for (var partition = 0; partition < 3; partition++)
            await client.Producer.ProduceAsync("films", partition, [Message($"{partition}", null, 1000 - partition)]);
        await using var bench = new SourceBench(cluster);
        var topic = await bench.Topic("films");
        var changes = 0;

        var opened = await topic.OpenMerged(ViewKind.Default, null, () => Interlocked.Increment(ref changes));
        using var reader = opened.Value!;

        Assert.Equal(["0", "1", "2"], reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        await client.Producer.ProduceAsync("films", 1, [Message("later")]);
        Assert.EndsWith("later\n", reader.ReadUntil(12), StringComparison.Ordinal);
        Assert.True(Volatile.Read(ref changes) > 0);
    }

    [Fact]
    public async Task Cursor_IsAGroup()
    {
        using var cluster = new MockCluster().With("films", 2);
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\nb\nc\n", "-p", "0");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        var team = new EntityName("team");
        Assert.Equal(Fault.NotFound, (await partition.FindCursor(team)).Failure!.Fault);
        Assert.Null(await partition.CreateCursor(team));
        Assert.Equal(Fault.Exists, (await partition.CreateCursor(team))!.Fault);
        Assert.Equal(new CursorState(0, 3), (await partition.FindCursor(team)).Value!.Value);

        Assert.Null(await partition.Acknowledge(team, 2));

        using var reader = (await partition.OpenCursor(team, ViewKind.Default)).Value!;
        Assert.Equal("c\n", reader.ReadToEnd());
        Assert.Equal(new CursorState(2, 1), (await partition.FindCursor(team)).Value!.Value);
        using var client = Open(cluster.BootstrapServers);
        Assert.Null(client.Admin.FindCommitted("team", "films", 0, out var committed));
        Assert.Equal(2, committed);
        Assert.Null(await partition.MoveCursor(team, new StartPlace.Last(3)));
        Assert.Equal(new CursorState(0, 3), (await partition.FindCursor(team)).Value!.Value);
    }

    [Fact]
    public async Task Changes_ThatAreNotAllowed_AreRefused_AndAskedOfNoBroker()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new SourceBench(cluster);
        var stream = await bench.Stream("kafka");
        var topic = stream.Topics[0];

        Assert.Equal(Fault.NotPermitted, (await stream.DeleteTopic(topic.Id))!.Fault);
        Assert.Equal(Fault.NotPermitted, (await stream.Delete())!.Fault);
        Assert.Equal(Fault.NotPermitted, (await stream.RenameTopic(topic.Id, new KafkaIds(null).Cluster, new EntityName("x")))!.Fault);
        Assert.Equal(Fault.NotPermitted, (await stream.SetFraming(Framing.Lines))!.Fault);
        Assert.Equal(Fault.NotPermitted, (await (await bench.Topic("films")).AddPartition(1)).Failure!.Fault);
        Assert.Equal(Fault.NotPermitted, (await bench.Source.CreateStream(new EntityName("more"))).Failure!.Fault);
        Assert.Equal(Fault.Invalid, (await stream.CreateTopic(new EntityName("no spaces here"))).Failure!.Fault);
    }

    [Fact]
    public async Task Topic_ThatIsGone_GivesItsReadersNothingMore()
    {
        const int UnknownTopic = 3;
        using var cluster = new MockCluster().With("films");
        await Kcat.Produce(cluster.BootstrapServers, "films", "a\n");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("a\n", reader.ReadToEnd());
        var told = 0;
        using var watch = partition.Watch(() => Interlocked.Increment(ref told));

        cluster.FailTopic("films", UnknownTopic);
        Assert.Equal("", await bench.Topics("kafka"));

        Assert.True(partition.IsEnded);
        Assert.Equal(Fault.InputOutput, reader.Read(0, new byte[10], out _));
        Assert.True(told > 0);
    }

    [Fact]
    public async Task Message_LargerThanTheClusterTakes_IsNotStored()
    {
        using var cluster = new MockCluster().With("films");
        await using var bench = new SourceBench(cluster);
        using var partition = await bench.Partition("films");
        var batch = new MessageBatch();
        batch.Add("small"u8);
        batch.Add(Encoding.UTF8.GetBytes(new string('x', 2_000_000)));

        Assert.Equal(Fault.MessageTooLarge, (await partition.Append(batch)).Failure!.Fault);

        using var reader = await SourceBench.Open(partition);
        Assert.Equal("", reader.ReadToEnd());
    }

    /// <summary>Opens what was read before: for a second after an answer of the cluster about the topic that waits for nothing.</summary>
    private static async Task<IPartitionReader> OpenAtOnce(IPartitionSource partition, Action? before = null, Action? refused = null)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patient;)
        {
            using (var reader = (await partition.OpenReader(ViewId.Default)).Value)
                reader?.ReadToEnd();
            if (!partition.OpensAtOnce(ViewId.Default))
                continue;
            before?.Invoke();
            before = refused is null ? null : before;
            if ((await partition.OpenReader(ViewId.Default)).Value is { } opened)
                return opened;
            // It took more than the second.
            refused?.Invoke();
        }
        throw new TimeoutException("it was never opened at once");
    }
}
