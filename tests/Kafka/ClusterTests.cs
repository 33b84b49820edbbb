using Confluent.Kafka;
using StreamActors.Sources;
using static StreamActors.Kafka.Tests.Clients;

namespace StreamActors.Kafka.Tests;

/// <summary>What needs more than the mock, on a real cluster or the front: topics that are made and deleted, times, groups, transactions.</summary>
public sealed class ClusterTests : IDisposable
{
    private const string Hour = "3600000";

    private readonly TestCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Topic_IsMadeAsTheSettingsSay_GrownAndDeleted()
    {
        await using var bench = Bench(options => options with
        {
            AllowDelete = true,
            AllowGrow = true,
            Topics = new TopicDefaults(2, 1, new Dictionary<string, string> { ["retention.ms"] = Hour }),
        });
        var name = _cluster.NewName();
        var stream = await bench.Stream("kafka");

        var made = await stream.CreateTopic(new EntityName(name));
        Assert.Null(made.Failure);
        Assert.Equal(Fault.Exists, (await stream.CreateTopic(new EntityName(name))).Failure!.Fault);
        if (_cluster.Front is { } front)
            Assert.Equal(Hour, front.Topics.Find(name)!.Config["retention.ms"]);
        var topic = await bench.Topic(name);
        Assert.Equal(2, topic.Partitions.Count);

        Assert.Equal(Fault.Exists, (await topic.AddPartition(1)).Failure!.Fault);
        Assert.Equal(Fault.Invalid, (await topic.AddPartition(3)).Failure!.Fault);
        Assert.Null((await topic.AddPartition(2)).Failure);
        Assert.Equal(3, topic.Partitions.Count);
        using var partition = await bench.Partition(name, 2);
        await SourceBench.Append(partition, "a", "b");
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("a\nb\n", reader.ReadToEnd());

        Assert.Null(await stream.DeleteTopic(made.Value!.Id));
        Assert.Null(await stream.Refresh(null));
        Assert.Null(stream.Find(new EntityName(name)));
        Assert.Equal(Fault.InputOutput, reader.Read(0, new byte[1], out _));
        Assert.Equal(Fault.InputOutput, (await partition.Append(new MessageBatch())).Failure!.Fault);
    }

    [Fact]
    public async Task Topic_DeletedAndMadeAgainHere_IsAnother()
    {
        await using var bench = Bench(options => options with { AllowDelete = true });
        var name = _cluster.NewTopic();
        using var old = await bench.Partition(name);
        await SourceBench.Append(old, "old");
        using var reader = await SourceBench.Open(old);
        Assert.Equal("old\n", reader.ReadToEnd());
        var stream = await bench.Stream("kafka");

        Assert.Null(await stream.DeleteTopic(stream.Find(new EntityName(name))!.Id));
        Assert.Null((await stream.CreateTopic(new EntityName(name))).Failure);

        using var made = await bench.Partition(name);
        await SourceBench.Append(made, "new", "newer");
        using var other = await SourceBench.Open(made);
        Assert.Equal("new\nnewer\n", other.ReadToEnd());
        Assert.Equal(Fault.InputOutput, reader.Read(0, new byte[1], out _));
    }

    [Fact]
    public async Task Topic_ThatTheClusterDoesNotTake_IsInvalid()
    {
        foreach (var topics in new[]
        {
            new TopicDefaults(1, 100, new Dictionary<string, string>()),
            new TopicDefaults(1, 1, new Dictionary<string, string> { ["no.such.setting"] = "1" }),
        })
        {
            await using var bench = Bench(options => options with { Topics = topics });

            Assert.Equal(Fault.Invalid, (await (await bench.Stream("kafka")).CreateTopic(new EntityName(_cluster.NewName()))).Failure!.Fault);
        }
    }

    [Fact]
    public async Task Group_DeletesTheStream_WithAllItsTopics_AndNeverTheCluster()
    {
        var group = _cluster.NewName();
        await using var bench = Bench(options => options with { AllowDelete = true, Separator = "." });
        await bench.Streams();
        var made = await bench.Source.CreateStream(new EntityName(group));
        var stream = (await bench.Source.OpenStream(made.Value!.Id)).Value!;
        foreach (var topic in new[] { "a", "b" })
            Assert.Null((await stream.CreateTopic(new EntityName(topic))).Failure);
        var other = _cluster.NewTopic();

        Assert.Null(await stream.Delete());

        Assert.DoesNotContain(group, await bench.Streams(), StringComparison.Ordinal);
        Assert.Equal(Fault.NotPermitted, (await (await bench.Stream("kafka")).Delete())!.Fault);
        Assert.Contains(other, await bench.Topics("kafka"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_IsLookedUpByTheBroker()
    {
        var name = _cluster.NewTopic();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        using (var client = Open(_cluster.Servers))
            Assert.Null((await client.Producer.ProduceAsync(name, 0, [Message("a", null, now - 7_200_000), Message("b", null, now - 1_800_000), Message("c", null, now - 1000)])).Failure);
        await using var bench = Bench();
        using var partition = await bench.Partition(name);

        foreach (var (start, expected) in new (StartPlace, string)[]
        {
            (new StartPlace.Time(DateTimeOffset.FromUnixTimeMilliseconds(now - 7_200_000)), "a\nb\nc\n"),
            (new StartPlace.Time(DateTimeOffset.FromUnixTimeMilliseconds(now - 1_800_001)), "b\nc\n"),
            (new StartPlace.Age(TimeSpan.FromMinutes(20)), "c\n"),
            (new StartPlace.Time(DateTimeOffset.FromUnixTimeMilliseconds(now + 60_000)), ""),
        })
        {
            using var reader = await SourceBench.Open(partition, ViewKind.Default, start);

            Assert.Equal(expected, reader.ReadToEnd());
        }
    }

    [Fact]
    public async Task Start_AtATime_IsWhereItBegins()
    {
        var name = _cluster.NewTopic();
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        using (var client = Open(_cluster.Servers))
            Assert.Null((await client.Producer.ProduceAsync(name, 0, [Message("a", null, now - 7_200_000), Message("b", null, now - 1000)])).Failure);
        await using var bench = Bench(options => options with { Mirror = options.Mirror with { Start = new StartPlace.Age(TimeSpan.FromHours(1)) } });
        using var partition = await bench.Partition(name);

        using var reader = await SourceBench.Open(partition);

        Assert.Equal("b\n", reader.ReadToEnd());
    }

    [Fact]
    public async Task Group_WithLiveMembers_IsBusy_UntilTheyLeave()
    {
        var (name, group) = (_cluster.NewTopic(), _cluster.NewName());
        var cursor = new EntityName(group);
        await using var bench = Bench();
        using var partition = await bench.Partition(name);
        await SourceBench.Append(partition, "a", "b");
        Assert.Null(await partition.CreateCursor(cursor));
        using var open = (await partition.OpenCursor(cursor, ViewKind.Default)).Value!;

        using (var member = Kcat.Join(_cluster.Servers, group, name))
        {
            Assert.True(SpinWait.SpinUntil(() => CodeOf(partition.OpenCursor(cursor, ViewKind.Default)) == Fault.Busy, Collector.Deadline));
            Assert.Equal(Fault.Busy, (await partition.MoveCursor(cursor, new StartPlace.Last(0)))!.Fault);
            Assert.Equal(Fault.Busy, (await partition.Acknowledge(cursor, 1))!.Fault);
            Assert.Null((await partition.FindCursor(cursor)).Failure);
            member.Kill();
            await member.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.True(SpinWait.SpinUntil(() => CodeOf(partition.OpenCursor(cursor, ViewKind.Default)) == Fault.None, Collector.Deadline));
        Assert.Null(await partition.Acknowledge(cursor, 1));
        Assert.Equal(new CursorState(1, 1), (await partition.FindCursor(cursor)).Value!.Value);
    }

    [Fact]
    public async Task Groups_OfOtherTools_AreListed_AndForgotten()
    {
        var (name, group) = (_cluster.NewTopic(), _cluster.NewName());
        await using var bench = Bench();
        using var partition = await bench.Partition(name);
        using var client = Open(_cluster.Servers);
        Assert.Null(await client.Admin.CommitAsync(group, name, 0, 7));

        Assert.Equal([group], (await (await bench.Topic(name)).ListCursors()).Value!.Names.Select(cursor => cursor.ToString()));
        Assert.Null(await partition.ForgetCursor(new EntityName(group)));
        Assert.Null(await partition.ForgetCursor(new EntityName(group)));
        Assert.Null(await partition.ForgetCursor(new EntityName(_cluster.NewName())));
        Assert.Equal(Fault.NotFound, (await partition.FindCursor(new EntityName(group))).Failure!.Fault);
    }

    [Fact]
    public async Task Transactions_AreReadOnceTheyAreCommitted_AndAbortedOnesNever()
    {
        var name = _cluster.NewTopic();
        await using var bench = Bench();
        using var partition = await bench.Partition(name);
        await SourceBench.Append(partition, "a");
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _cluster.Servers, TransactionalId = _cluster.NewName() }).Build();
        producer.InitTransactions(Patient);
        using var follower = await SourceBench.Open(partition);
        Assert.Equal("a\n", follower.ReadToEnd());

        Write(producer, name, "aborted");
        producer.AbortTransaction(Patient);
        Write(producer, name, "b");
        using (var meanwhile = await SourceBench.Open(partition))
            Assert.Equal("a\n", meanwhile.ReadToEnd());
        producer.CommitTransaction(Patient);

        Assert.Equal("a\nb\n", follower.ReadUntil(4));
        using var reader = await SourceBench.Open(partition);
        Assert.Equal("a\nb\n", reader.ReadToEnd());
        // The aborted one and its marker took an offset each.
        var (told, offset, _) = reader.MessageAt(2);
        Assert.Equal(Fault.None, told);
        Assert.Equal(3, offset);
        Assert.Null((await partition.FindCursor(new EntityName("none"))).Value);
    }

    [Fact]
    public async Task Incarnation_OfATopicThatIsMadeAgain_IsAnother()
    {
        var (name, other) = (_cluster.NewTopic(), _cluster.NewTopic());
        using var client = Open(_cluster.Servers);
        IReadOnlyDictionary<string, string> Find(params string[] topics) => client.Admin.FindIncarnationsAsync(topics, Patient).GetAwaiter().GetResult().Value!;
        var before = Find(name, other, _cluster.NewName());
        // One that is not there has an empty one.
        Assert.Equal(new[] { name, other }.Order(), before.Where(found => found.Value.Length > 0).Select(found => found.Key).Order());

        Assert.Null(client.Admin.DeleteTopics([name], out var deleted));
        Assert.Equal([name], deleted);
        Assert.True(SpinWait.SpinUntil(() => client.Admin.CreateTopic(name, new TopicDefaults(1, -1, new Dictionary<string, string>())) is null, Patient));

        Assert.True(SpinWait.SpinUntil(() => Find(name).GetValueOrDefault(name, "") is { Length: > 0 } id && id != before[name], Patient));
        Assert.Equal(before[other], Find(other)[other]);
    }

    private static Fault CodeOf(Task<Result<IPartitionReader>> opening)
    {
        var opened = opening.GetAwaiter().GetResult();
        opened.Value?.Dispose();
        return opened.Failure?.Fault ?? Fault.None;
    }

    private static void Write(IProducer<Null, string> producer, string topic, string text)
    {
        producer.BeginTransaction();
        producer.Produce(new TopicPartition(topic, 0), new Message<Null, string> { Value = text });
        Assert.Equal(0, producer.Flush(Patient));
    }

    private SourceBench Bench(Func<KafkaVolumeOptions, KafkaVolumeOptions>? change = null) => new(_cluster.Servers, change);
}
