using StreamActors.Actors.Tests.Sources;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Sources.Simulated;
using StreamActors.Streams;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Streams;

public sealed class EntityActorTests : TestKitBase
{
    private static readonly PartitionId Partition = new("7.0.0");
    private static readonly TopicId Topic = new("7.0");
    private static readonly HandleId Handle = new(Guid.Empty, 1);

    private readonly FakeSource _source = new();
    private readonly StreamRegions _regions;

    public EntityActorTests()
        : base(new Simulation(seed: 11)) => _regions = StreamRegions.Start(Sys, _source, new EntitySettings());

    [Fact]
    public void Partition_WaitAtTheEnd_IsAnsweredWhenTheNextMessageComes()
    {
        _source.Partition.UntilNext = TimeSpan.FromSeconds(1);
        Open();
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        TestActor.ExpectNoMsg(TimeSpan.FromMilliseconds(999));

        _source.Partition.Text = "1\n";

        TestActor.ExpectMsg(new PartitionReply.Grown(2), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void Partition_Deleted_WaitsEnd()
    {
        Open();
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        TestActor.ExpectNoMsg();

        _source.Partition.Delete();

        TestActor.ExpectMsg(new PartitionReply.Grown(0));
    }

    [Fact]
    public void Partition_Idle_IsPassivatedAndComesBackWithTheNextRequest()
    {
        Tell(new PartitionRequest.Stat(Partition, ViewId.Default));
        TestActor.ExpectMsg<PartitionReply.Stated>();
        Simulation!.Advance(TimeSpan.FromMinutes(2));
        Tell(new PartitionRequest.Stat(Partition, ViewId.Default));
        TestActor.ExpectMsg<PartitionReply.Stated>();

        Assert.Equal(["open 7.0.0", "open 7.0.0"], _source.Calls);
    }

    [Fact]
    public void Partition_IdleWithAHandle_Stays()
    {
        Open();
        Simulation!.Advance(TimeSpan.FromMinutes(10));
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        TestActor.ExpectNoMsg();

        Assert.Equal(["open 7.0.0"], _source.Calls);
    }

    [Fact]
    public void Partition_SourceThrows_TheAskerIsToldWhy()
    {
        _source.Throws = new IOException("no disk");
        Tell(new PartitionRequest.Stat(Partition, ViewId.Default));

        var failure = TestActor.ExpectMsg<Failure>();

        Assert.Equal((Fault.InputOutput, "no disk"), (failure.Fault, failure.Reason));
        Assert.Same(_source.Throws, failure.Cause);
    }

    [Fact]
    public void Partition_ThrowsItself_WaitersAreToldAndItComesBackAfterAWhile()
    {
        Open();
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        TestActor.ExpectNoMsg();

        _source.Partition.EndThrows = new InvalidOperationException("a fault of ours");
        _source.Partition.Raise();
        Assert.Equal(Fault.Crashed, TestActor.ExpectMsg<Failure>().Fault);
        Assert.True(_source.Partition.IsDisposed);
        _source.Partition.EndThrows = null;

        Simulation!.Advance(TimeSpan.FromSeconds(1));
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        Assert.Equal(Fault.UnknownHandle, TestActor.ExpectMsg<Failure>().Fault);
        Open();
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Partition_StatThrows_TheAskerIsToldAndItStays()
    {
        Open();
        _source.Partition.StatThrows = new IOException("no disk");
        Tell(new PartitionRequest.Stat(Partition, ViewId.Default));

        Assert.Equal(Fault.InputOutput, TestActor.ExpectMsg<Failure>().Fault);
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Partition_AppendsHeldByTheSource_LetReadsAndOtherAppendsPass()
    {
        Open();
        _source.Partition.HoldsAppends = true;
        Tell(new PartitionRequest.Append(Partition, Batch("1")));
        Tell(new PartitionRequest.Append(Partition, Batch("2")));
        Tell(new PartitionRequest.Wait(Partition, Handle, new WaiterId(1), 0));
        Tell(new PartitionRequest.Stat(Partition, ViewId.Default));

        TestActor.ExpectMsg<PartitionReply.Stated>();
        TestActor.ExpectNoMsg();
        _source.Partition.Appends.Dequeue();
        _source.Partition.Text = "2\n";
        _source.Partition.Appends.Dequeue().SetResult(new PartitionReply.Appended(0));
        TestActor.ExpectMsg(new PartitionReply.Appended(0));
        TestActor.ExpectMsg(new PartitionReply.Grown(2));
    }

    [Fact]
    public void Topic_AppendsAndWaits_GoThroughItsPartitions()
    {
        _regions.Topics.Tell(new TopicRequest.OpenMerged(Topic, Handle, ViewKind.Default, null), TestActor.Ref);
        TestActor.ExpectMsg<TopicReply.Opened>();
        _regions.Topics.Tell(new TopicRequest.Wait(Topic, Handle, new WaiterId(1), 0), TestActor.Ref);
        TestActor.ExpectNoMsg();

        _regions.Topics.Tell(new TopicRequest.Append(Topic, Batch("1")), TestActor.Ref);
        TestActor.ExpectMsg<TopicReply.Done>();
        Assert.Equal("1\n", _source.Partition.Text);
        _source.Topic.Merged.Text = "1\n";
        _source.Topic.Changed!();

        TestActor.ExpectMsg(new PartitionReply.Grown(2));
    }

    [Fact]
    public void Topic_CursorsAndSums_ComeFromItsPartitions()
    {
        _source.Partition.Text = "1\n";
        foreach (TopicRequest request in new TopicRequest[]
        {
            new TopicRequest.StatMerged(Topic, ViewKind.Default, null), new TopicRequest.CreateCursor(Topic, new EntityName("c")),
            new TopicRequest.ListCursors(Topic), new TopicRequest.ForgetCursor(Topic, new EntityName("c")), new TopicRequest.Sync(Topic),
        })
            _regions.Topics.Tell(request, TestActor.Ref);
        var replies = Enumerable.Range(0, 5).Select(_ => TestActor.ExpectMsg<TopicReply>()).ToArray();

        Assert.Equal(3, replies.OfType<TopicReply.Done>().Count());
        Assert.Equal(4, Assert.Single(replies.OfType<TopicReply.Stated>()).Value.Size);
        Assert.Equal([new EntityName("c")], Assert.Single(replies.OfType<TopicReply.Cursors>()).Names);
    }

    [Fact]
    public void Stream_Changes_AreTheSources()
    {
        _regions.Streams.Tell(new StreamRequest.CreateTopic(FakeSource.Stream, new EntityName("c")), TestActor.Ref);
        Assert.Equal("c", TestActor.ExpectMsg<StreamReply.Found>().Entry.Name.ToString());
        _regions.Streams.Tell(new StreamRequest.RenameTopic(FakeSource.Stream, Topic, new StreamId("8"), new EntityName("d")), TestActor.Ref);
        TestActor.ExpectMsg<StreamReply.Done>();
        _regions.Streams.Tell(new StreamRequest.SetFraming(FakeSource.Stream, Framing.Lines), TestActor.Ref);
        TestActor.ExpectMsg<StreamReply.Done>();

        Assert.Equal(["open 7", "create c", "rename 7.0 8 d", "set framing"], _source.Calls);
    }

    [Fact]
    public void Topic_Asked_KnowsItsPartitions()
    {
        _regions.Topics.Tell(new TopicRequest.FindPartition(new TopicId("7.3"), 1), TestActor.Ref);

        TestActor.ExpectMsg(new TopicReply.Found(new PartitionId("7.0.1")));
        Assert.Equal(["open 7.3"], _source.Calls);
    }

    [Fact]
    public void Stream_DeleteTopic_IsDoneByTheSource()
    {
        _regions.Streams.Tell(new StreamRequest.DeleteTopic(FakeSource.Stream, new TopicId("7.0")), TestActor.Ref);

        TestActor.ExpectMsg<StreamReply.Done>();
        Assert.Equal(["open 7", "delete 7.0"], _source.Calls);
    }

    [Fact]
    public void Stream_Idle_GivesItsMemoryBack()
    {
        _regions.Streams.Tell(new StreamRequest.ListTopics(FakeSource.Stream), TestActor.Ref);
        TestActor.ExpectMsg<StreamReply.Topics>();

        Simulation!.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(["open 7", "give back"], _source.Calls);
    }

    [Fact]
    public async Task Simulated_FromFileToRelease_GoesThroughAllActors()
    {
        var simulation = new Simulation(seed: 12);
        await using var kit = new Kit(simulation);
        var streams = SimulatedStreams.Start(kit.Sys, Options, new EntitySettings(), new LogRecorder());
        var file = new FakeFile("x.dir", """[{"topic":"a","messages":["1","2"]}]""");
        var probe = kit.TestActor;

        probe.Send(streams.Catalog, new CatalogRequest.Resolve(file));
        var stream = probe.ExpectMsg<CatalogReply.Stream>().Id;
        probe.Send(streams.Regions.Streams, new StreamRequest.FindTopic(stream, new EntityName("a")));
        probe.Send(streams.Regions.Topics, new TopicRequest.FindPartition(probe.ExpectMsg<StreamReply.Found>().Entry.Id, 0));
        var partition = probe.ExpectMsg<TopicReply.Found>().Partition;
        probe.Send(streams.Regions.Partitions, new PartitionRequest.Open(partition, Handle, ViewId.Default));
        using var reader = probe.ExpectMsg<PartitionReply.Opened>().Reader;
        probe.Send(streams.Regions.Partitions, new PartitionRequest.Wait(partition, Handle, new WaiterId(1), 0));
        probe.ExpectNoMsg(TimeSpan.FromMilliseconds(900));
        probe.ExpectMsg(new PartitionReply.Grown(2), TimeSpan.FromMilliseconds(100));
        probe.Send(streams.Regions.Partitions, new PartitionRequest.Stat(partition, ViewId.Default));

        Assert.Equal(new PartitionStat(2, simulation.Time.GetUtcNow(), 1), probe.ExpectMsg<PartitionReply.Stated>().Value);
        Assert.NotNull(streams.Known.Find(file));
    }

    private static MessageBatch Batch(string value)
    {
        var batch = new MessageBatch();
        batch.Add(System.Text.Encoding.ASCII.GetBytes(value));
        return batch;
    }

    private static SimulatedOptions Options => new()
    {
        MaxBytes = 1000,
        CacheBytes = 1000,
        Interval = TimeSpan.FromSeconds(1),
        Separator = "\n"u8.ToArray(),
    };

    private void Open()
    {
        Tell(new PartitionRequest.Open(Partition, Handle, ViewId.Default));
        TestActor.ExpectMsg<PartitionReply.Opened>();
    }

    private void Tell(PartitionRequest request) => _regions.Partitions.Tell(request, TestActor.Ref);

    private sealed class Kit(Simulation simulation) : TestKitBase(simulation);
}
