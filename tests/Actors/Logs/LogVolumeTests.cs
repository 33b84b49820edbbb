using StreamActors.Logs;
using StreamActors.Logs.Tests;
using StreamActors.Messages;
using StreamActors.Sources.Log;
using StreamActors.TestKit;

namespace StreamActors.Actors.Tests.Logs;

/// <summary>What a log volume promises, from the names to the bytes, through all actors.</summary>
public sealed class LogVolumeTests : LogVolumeTestBase
{
    [Fact]
    public void Append_SentAgainWithItsStamp_IsStoredOnceAndAnsweredAsBefore()
    {
        var partition = MakePartition();
        var (first, second) = (Batch("1"), Batch("2", "3"));
        (first.Stamp, second.Stamp) = (new WriterStamp(77, 1), new WriterStamp(77, 2));
        Assert.Equal(new PartitionReply.Appended(0), Ask(new PartitionRequest.Append(partition, first)));
        Assert.Equal(new PartitionReply.Appended(1), Ask(new PartitionRequest.Append(partition, second)));
        Assert.Equal(new PartitionReply.Appended(1), Ask(new PartitionRequest.Append(partition, second)));
        // One that comes later than the next is refused: its writer has gone on.
        Assert.IsType<Failure>(Ask(new PartitionRequest.Append(partition, first)));
        Assert.Equal(3, Append(partition, "4"));
        Assert.Equal("1\n2\n3\n4\n", TextOf(Open(partition).Reader));
    }

    [Fact]
    public void Streams_MadeAndRenamed_AreFoundByTheirNamesInOrder()
    {
        var films = MakeStream("films");
        MakeStream("books");

        Assert.Equal(["books", "films"], NamesOf(Ask(new VolumeRequest.ListStreams())));
        Assert.Equal(Fault.Exists, FaultOf(Ask(new VolumeRequest.CreateStream(Name("films")))));
        Assert.Equal(Fault.Exists, FaultOf(Ask(new VolumeRequest.RenameStream(films, Name("books")))));
        Assert.IsType<VolumeReply.Done>(Ask(new VolumeRequest.RenameStream(films, Name("movies"))));
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new VolumeRequest.FindStream(Name("films")))));
        Assert.Equal(films, Assert.IsType<VolumeReply.Found>(Ask(new VolumeRequest.FindStream(Name("movies")))).Entry.Id);
    }

    [Fact]
    public void Names_ThatAreNoUtf8OrTooLong_AreInvalid()
    {
        var films = MakeStream("films");

        Assert.Equal(Fault.Invalid, FaultOf(Ask(new VolumeRequest.CreateStream(new EntityName([0xff])))));
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new VolumeRequest.FindStream(new EntityName([0xff])))));
        Assert.Equal(Fault.Invalid, FaultOf(Ask(new StreamRequest.CreateTopic(films, new EntityName([0xff])))));
        Assert.Equal(Fault.Invalid, FaultOf(Ask(new StreamRequest.CreateTopic(films, Name(new string('x', 256))))));
    }

    [Fact]
    public void Topic_Made_IsFoundAtOnceWithItsPartitions()
    {
        var films = MakeStream("films");
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new StreamRequest.FindTopic(films, Name("comedy")))));
        var comedy = MakeTopic(films, "comedy");

        Assert.Equal(comedy, Assert.IsType<StreamReply.Found>(Ask(new StreamRequest.FindTopic(films, Name("comedy")))).Entry.Id);
        Assert.Equal(Fault.Exists, FaultOf(Ask(new StreamRequest.CreateTopic(films, Name("comedy")))));
        Assert.Equal(2, PartitionsOf(comedy).Count);
        Assert.Equal(1, Assert.IsType<StreamReply.Described>(Ask(new StreamRequest.Describe(films))).TopicCount);
    }

    [Fact]
    public void Topic_MovedToAnotherStream_IsTheSameAndSeenAtOnceByBoth()
    {
        var (films, plays) = (MakeStream("films"), MakeStream("plays"));
        var comedy = MakeTopic(films, "comedy");
        Append(PartitionsOf(comedy)[0], "1");
        Assert.IsType<StreamReply.Topics>(Ask(new StreamRequest.ListTopics(plays)));

        Assert.IsType<StreamReply.Done>(Ask(new StreamRequest.RenameTopic(films, comedy, plays, Name("farce"))));

        Assert.Equal(Fault.NotFound, FaultOf(Ask(new StreamRequest.FindTopic(films, Name("comedy")))));
        Assert.Equal(comedy, Assert.IsType<StreamReply.Found>(Ask(new StreamRequest.FindTopic(plays, Name("farce")))).Entry.Id);
        Assert.Equal("1\n", Cat(PartitionsOf(comedy)[0]));
        // The stream that it was in has no say any more.
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new StreamRequest.DeleteTopic(films, comedy))));
        Assert.Equal("1\n", Cat(PartitionsOf(comedy)[0]));
    }

    [Fact]
    public void Partition_Added_IsTheNextOneOnly()
    {
        var comedy = MakeTopic(MakeStream("films"), "comedy");

        Assert.Equal(Fault.Exists, FaultOf(Ask(new TopicRequest.AddPartition(comedy, 1))));
        Assert.Equal(Fault.Invalid, FaultOf(Ask(new TopicRequest.AddPartition(comedy, 3))));
        var added = Assert.IsType<TopicReply.Found>(Ask(new TopicRequest.AddPartition(comedy, 2))).Partition;
        Assert.Equal(added, PartitionsOf(comedy)[2]);
        Assert.Equal(0, Append(added, "x"));
    }

    [Fact]
    public void Append_ThenOpen_SeesIt()
    {
        var partition = MakePartition();

        Assert.Equal(0, Append(partition, "a", "b"));
        Assert.Equal(2, Append(partition, "c"));

        Assert.Equal("a\nb\nc\n", Cat(partition));
        var stat = Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, ViewKind.Default, null))).Value;
        Assert.Equal((6, 3), (stat.Size, stat.Messages));
    }

    [Fact]
    public void Append_WhileSomebodyWaits_WakesAllWaitersAtTheEnd()
    {
        var partition = MakePartition();
        var (handle, reader) = Open(partition);
        var waits = Enumerable.Range(0, 1000).Select(_ => Send(new PartitionRequest.Wait(partition, handle, NewWaiter(), 0))).ToArray();
        var further = Send(new PartitionRequest.Wait(partition, handle, NewWaiter(), 100));
        Simulation!.RunUntilIdle();
        Assert.DoesNotContain(waits, wait => wait.IsCompleted);

        Append(partition, "a");

        Assert.All(waits, wait => Assert.Equal(new PartitionReply.Grown(2), Assert.IsType<PartitionReply.Grown>(Done(wait))));
        Assert.False(further.IsCompleted);
        reader.Dispose();
    }

    [Fact]
    public void Append_MessageThatIsTooLong_StoresNothing()
    {
        var partition = MakePartition();

        Assert.Equal(Fault.MessageTooLarge, FaultOf(Ask(new PartitionRequest.Append(partition, Batch("a", new string('x', 3000))))));

        Assert.Equal("", Cat(partition));
        Assert.Equal(0, Append(partition, "b"));
    }

    [Fact]
    public void Append_KeysHeadersAndTimes_AreInTheJsonView()
    {
        var partition = MakePartition();
        var batch = new MessageBatch();
        batch.Add("v"u8.ToArray(), "k"u8.ToArray(), [new MessageHeader("h", "x"u8.ToArray())], 0);
        batch.Add(null, null, null, 1);

        Assert.IsType<PartitionReply.Appended>(Ask(new PartitionRequest.Append(partition, batch)));

        Assert.Equal(
            """{"offset":0,"timestamp":"1970-01-01T00:00:00.000Z","key":"k","headers":[{"key":"h","value":"x"}],"value":"v"}""" + "\n" +
            """{"offset":1,"timestamp":"1970-01-01T00:00:00.001Z","value":null}""" + "\n",
            Cat(partition, ViewKind.Json));
    }

    [Fact]
    public void Append_ToADeletedPartition_IsDeleted()
    {
        var films = MakeStream("films");
        var comedy = MakeTopic(films, "comedy");
        var partition = PartitionsOf(comedy)[0];
        Append(partition, "a");

        Assert.IsType<StreamReply.Done>(Ask(new StreamRequest.DeleteTopic(films, comedy)));

        Assert.Equal(Fault.Deleted, FaultOf(Ask(new PartitionRequest.Append(partition, Batch("b")))));
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new TopicRequest.Append(comedy, Batch("b")))));
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new PartitionRequest.FindView(partition, ViewKind.Default, null))));
    }

    [Fact]
    public void Delete_OfATopic_OpenHandlesReadOnAndWaitsEnd()
    {
        var films = MakeStream("films");
        var comedy = MakeTopic(films, "comedy");
        var partition = PartitionsOf(comedy)[0];
        Append(partition, "a");
        var (handle, reader) = Open(partition);
        var (mergedHandle, merged) = OpenMerged(comedy);
        var wait = Send(new PartitionRequest.Wait(partition, handle, NewWaiter(), 2));
        var mergedWait = Send(new TopicRequest.Wait(comedy, mergedHandle, NewWaiter(), 2));
        Simulation!.RunUntilIdle();
        Assert.False(wait.IsCompleted || mergedWait.IsCompleted);

        Assert.IsType<StreamReply.Done>(Ask(new StreamRequest.DeleteTopic(films, comedy)));

        Assert.Equal(new PartitionReply.Grown(2), Done(wait));
        Assert.Equal(new PartitionReply.Grown(2), Done(mergedWait));
        Assert.True(reader.IsEnded && merged.IsEnded);
        Assert.Equal(("a\n", "a\n"), (TextOf(reader), TextOf(merged)));
        var again = MakeTopic(films, "comedy");
        Assert.NotEqual(comedy, again);
        Append(PartitionsOf(again)[0], "b");
        Assert.Equal("a\n", TextOf(reader));
        reader.Dispose();
        merged.Dispose();
    }

    [Fact]
    public void Delete_OfAStream_DeletesItsTopics()
    {
        var films = MakeStream("films");
        var partition = PartitionsOf(MakeTopic(films, "comedy"))[0];
        var (handle, reader) = Open(partition);
        var wait = Send(new PartitionRequest.Wait(partition, handle, NewWaiter(), 0));

        Assert.IsType<StreamReply.Done>(Ask(new StreamRequest.Delete(films)));

        Assert.Equal(new PartitionReply.Grown(0), Done(wait));
        Assert.Equal(Fault.NotFound, FaultOf(Ask(new VolumeRequest.FindStream(Name("films")))));
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new StreamRequest.Describe(films))));
        Assert.NotEqual(films, MakeStream("films"));
        reader.Dispose();
    }

    [Fact]
    public void Framing_OfAStream_CanBeChangedWhileItIsEmpty()
    {
        var films = MakeStream("films");
        var partition = PartitionsOf(MakeTopic(films, "comedy"))[0];
        var framing = new Framing("<"u8, false, ">"u8, ""u8);

        Assert.IsType<StreamReply.Done>(Ask(new StreamRequest.SetFraming(films, framing)));
        Append(partition, "a", "b");

        Assert.Equal("<a><b>", Cat(partition));
        Assert.Equal(framing, Assert.IsType<StreamReply.Described>(Ask(new StreamRequest.Describe(films))).Framing);
        Assert.Equal(Fault.NotEmpty, FaultOf(Ask(new StreamRequest.SetFraming(films, Framing.Lines))));
    }

    [Fact]
    public void Views_OfEachKindAndPlace_HaveExactSizes()
    {
        var partition = MakePartition();
        Append(partition, "a", "bb", "ccc");

        Assert.Equal("\0\0\0\u0001a\0\0\0\u0002bb\0\0\0\u0003ccc", Cat(partition, ViewKind.Size));
        Assert.Equal("bb\nccc\n", Cat(partition, start: new StartPlace.Offset(1)));
        Assert.Equal("ccc\n", Cat(partition, start: new StartPlace.Last(1)));
        Assert.Equal("", Cat(partition, start: new StartPlace.Last(0)));
        foreach (var kind in Enum.GetValues<ViewKind>())
            for (var offset = 0; offset < 5; offset++)
            {
                var found = Assert.IsType<PartitionReply.Found>(Ask(new PartitionRequest.FindView(partition, kind, new StartPlace.Offset(offset))));
                Assert.Equal(found.Value, Assert.IsType<PartitionReply.Stated>(Ask(new PartitionRequest.Stat(partition, found.View))).Value);
                Assert.Equal(found.Value.Size, Cat(partition, kind, new StartPlace.Offset(offset)).Length);
            }
    }

    [Fact]
    public void View_FromAnOffsetThatIsToCome_GrowsOnceItIsReached()
    {
        var partition = MakePartition();
        Append(partition, "a");
        var (handle, reader) = Open(partition, start: new StartPlace.Offset(3));
        var wait = Send(new PartitionRequest.Wait(partition, handle, NewWaiter(), 0));

        Append(partition, "b", "c");
        Assert.False(wait.IsCompleted);
        Append(partition, "d");

        Assert.Equal(new PartitionReply.Grown(2), Done(wait));
        Assert.Equal("d\n", TextOf(reader));
        reader.Dispose();
    }

    [Fact]
    public void View_FromATimeThatIsToCome_BeginsWithTheFirstMessageByIt()
    {
        var partition = MakePartition();
        Append(partition, "a");
        var place = new StartPlace.Time(Simulation!.Time.GetUtcNow() + TimeSpan.FromHours(1));
        var (handle, reader) = Open(partition, start: place);
        var wait = Send(new PartitionRequest.Wait(partition, handle, NewWaiter(), 0));
        Append(partition, "b");
        Assert.False(wait.IsCompleted);
        Simulation.Advance(TimeSpan.FromHours(1));

        Append(partition, "c");

        Assert.Equal("c\n", TextOf(reader));
        Assert.Equal(new PartitionReply.Grown(2), Done(wait));
        reader.Dispose();
    }

    [Fact]
    public void OffsetAt_OfEachView_IsTheMessageOfTheByte()
    {
        var partition = MakePartition();
        Append(partition, "a", "bb");
        var (_, reader) = Open(partition, start: new StartPlace.Offset(1));

        Assert.Equal((1, 1, 2, 2), (OffsetAt(reader, 0), OffsetAt(reader, 2), OffsetAt(reader, 3), OffsetAt(reader, 9)));
        reader.Dispose();
    }

    [Fact]
    public void Describe_OfAPartition_TellsWhatIsKept()
    {
        var partition = MakePartition();
        var made = Simulation!.Time.GetUtcNow();
        Assert.Equal(
            new PartitionDescription(0, 0, 0, 0, made, null, null, Framing.Lines, 0, true),
            Assert.IsType<PartitionReply.Described>(Ask(new PartitionRequest.Describe(partition))).Value);
        Simulation.Advance(TimeSpan.FromSeconds(1));
        Append(partition, "a");
        Simulation.Advance(TimeSpan.FromSeconds(1));
        Append(partition, "b");

        Assert.Equal(
            new PartitionDescription(0, 2, 2, 4, made, made.AddSeconds(1), made.AddSeconds(2), Framing.Lines, 0, true),
            Assert.IsType<PartitionReply.Described>(Ask(new PartitionRequest.Describe(partition))).Value);
    }

    [Fact]
    public void Append_ToATopic_IsInAllItsPartitionsAndInTheMergedView()
    {
        var comedy = MakeTopic(MakeStream("films"), "comedy");
        var (handle, reader) = OpenMerged(comedy);
        var wait = Send(new TopicRequest.Wait(comedy, handle, NewWaiter(), 0));
        for (var i = 0; i < 10; i++)
        {
            Simulation!.Advance(TimeSpan.FromMilliseconds(1));
            Assert.IsType<TopicReply.Done>(Ask(new TopicRequest.Append(comedy, Batch($"{i}"))));
        }

        Assert.IsType<PartitionReply.Grown>(Done(wait));
        Assert.Equal("0\n2\n4\n6\n8\n", Cat(PartitionsOf(comedy)[0]));
        Assert.Equal(20, Assert.IsType<TopicReply.Stated>(Ask(new TopicRequest.StatMerged(comedy, ViewKind.Default, null))).Value.Size);
        Assert.Equal((20, 10), (reader.Stat.Size, reader.Stat.Messages));
        reader.Dispose();
        var (_, later) = OpenMerged(comedy);
        Assert.Equal("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", TextOf(later));
        later.Dispose();
        Assert.IsType<TopicReply.Done>(Ask(new TopicRequest.Sync(comedy)));
    }

    [Fact]
    public async Task Volume_ClosedAndOpenedAgain_HasEverything()
    {
        var films = MakeStream("films");
        var comedy = MakeTopic(films, "comedy");
        Append(PartitionsOf(comedy)[1], "a");
        Assert.IsType<TopicReply.Done>(Ask(new TopicRequest.CreateCursor(comedy, Name("c"))));
        await using var system = new Another(Simulation!);

        await StartAgainAsync(system.Sys);

        var found = Assert.IsType<VolumeReply.Found>(Ask(new VolumeRequest.FindStream(Name("films")))).Entry.Id;
        var again = Assert.IsType<StreamReply.Found>(Ask(new StreamRequest.FindTopic(found, Name("comedy")))).Entry.Id;
        Assert.Equal("a\n", Cat(PartitionsOf(again)[1]));
        Assert.Equal([Name("c")], Assert.IsType<TopicReply.Cursors>(Ask(new TopicRequest.ListCursors(again))).Names);
    }

    [Fact]
    public async Task Volume_OpenedByAnother_SaysByWhom()
    {
        await using var system = new Another(Simulation!);

        var refused = StartAnother(system.Sys).Failure!;

        Assert.Equal(Fault.Busy, refused.Fault);
        Assert.Contains("pid 1 on here", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Volume_Closed_RefusesWhatComesThen()
    {
        var partition = MakePartition();
        await CloseAsync();

        Assert.Equal(Fault.Crashed, FaultOf(Ask(new PartitionRequest.Append(partition, Batch("b")))));
        Assert.Equal(Fault.Crashed, FaultOf(Ask(new VolumeRequest.CreateStream(Name("plays")))));
    }

    [Fact]
    public void Ids_ThatAreNone_AreDeleted()
    {
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new StreamRequest.Describe(new StreamId("x")))));
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new TopicRequest.ListPartitions(new TopicId("99")))));
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new PartitionRequest.Sync(new PartitionId("99")))));
        var partition = MakePartition();
        Assert.Equal(Fault.Deleted, FaultOf(Ask(new PartitionRequest.Sync(new PartitionId(partition.Value.Replace(".0", ".7", StringComparison.Ordinal))))));
    }

    [Fact]
    public void Append_DiskFull_SaysSoAndNothingIsStored()
    {
        var partition = MakePartition();
        Append(partition, "a");
        Disk.Capacity = Disk.Used;

        var fault = Fault.None;
        for (var i = 0; i < 10_000 && fault == Fault.None; i++)
            if (Ask(new PartitionRequest.Append(partition, Batch(new string('x', 1000)))) is Failure failure)
                fault = failure.Fault;

        Assert.Equal(Fault.NoSpace, fault);
        var before = Cat(partition);
        Disk.Capacity = long.MaxValue;
        Append(partition, "b");
        Assert.Equal(before + "b\n", Cat(partition));
    }

    [Fact]
    public void Sync_Fails_EveryLaterWriteIsRefusedAndReadsGoOn()
    {
        var partition = MakePartition();
        Append(partition, "a");
        Disk.Fault = (call, _) =>
        {
            if (call == DiskCall.Sync)
                throw new LogIOException(LogError.Io, "the disk failed");
        };

        Assert.Equal(Fault.InputOutput, FaultOf(Ask(new PartitionRequest.Sync(partition))));
        Disk.Fault = null;

        Assert.Equal(Fault.InputOutput, FaultOf(Ask(new PartitionRequest.Sync(partition))));
        Assert.Equal(Fault.InputOutput, FaultOf(Ask(new PartitionRequest.Append(partition, Batch("b")))));
        Assert.Equal("a\n", Cat(partition));
    }

    [Fact]
    public async Task Open_MorePartitionsThanMayBe_IsRefusedUntilOneIsClosed()
    {
        await using var world = new OneOpen();

        world.OpensOneAtATime();
    }

    [Fact]
    public void FaultOf_EveryError_IsOne()
    {
        foreach (var error in Enum.GetValues<LogError>())
            Assert.NotEqual(Fault.None, LogFailures.FaultOf(error));
    }

    private sealed class OneOpen() : LogVolumeTestBase(change: options => options with { MaxOpenPartitions = 1 })
    {
        public void OpensOneAtATime()
        {
            var topic = MakeTopic(MakeStream("films"), "comedy");
            var (first, second) = (PartitionsOf(topic)[0], PartitionsOf(topic)[1]);
            var (_, reader) = Open(first);
            var (_, again) = Open(first);
            Assert.Equal(Fault.OutOfDescriptors, FaultOf(Ask(new PartitionRequest.Open(second, NewHandle(), ViewId.Default))));
            Assert.Equal(Fault.OutOfDescriptors, FaultOf(Ask(new TopicRequest.OpenMerged(topic, NewHandle(), ViewKind.Default, null))));
            Assert.Equal(Fault.Stale, FaultOf(Ask(new PartitionRequest.Open(first, NewHandle(), new ViewId(ViewKind.Default, 7, null)))));
            reader.Dispose();
            reader.Dispose();
            Assert.Equal(Fault.OutOfDescriptors, FaultOf(Ask(new PartitionRequest.Open(second, NewHandle(), ViewId.Default))));
            again.Dispose();
            Open(second).Reader.Dispose();
            Assert.Equal(0, Append(second, "x"));
        }
    }

    private object Done(Task<object> reply)
    {
        Simulation!.RunUntilIdle();
        Assert.True(reply.IsCompletedSuccessfully);
        return reply.Result;
    }

    private static long OffsetAt(Messages.IPartitionReader reader, long position)
    {
        var (told, offset, _) = reader.MessageAt(position);
        Assert.Equal(Fault.None, told);
        return offset;
    }

    private static IEnumerable<string> NamesOf(object reply) =>
        Assert.IsType<VolumeReply.Streams>(reply).Entries.Select(entry => entry.Name.ToString());
}
