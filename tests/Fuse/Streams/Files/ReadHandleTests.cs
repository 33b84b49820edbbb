using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>How views are opened and read.</summary>
public sealed class ReadHandleTests : PlayedActors
{
    private static readonly FuseFeatures WithPassthrough = new(40, InitFlags.Passthrough, MountedConnection.MaxWriteBytes, 2);

    [Fact]
    public void Open_BackingFileAndPassthrough_AllHandlesOfTheInodeHaveOneBackingId()
    {
        Connection.Features = WithPassthrough;
        using var file = System.IO.File.OpenHandle("/dev/null");
        var inode = Partitioned(FileView.Plain);
        var writer = Open(inode, WriteOnly | Append, new Lines(backingFile: file));
        var reader = Open(inode, 0, new Lines(backingFile: file));

        Assert.Equal(OpenReplyFlags.Passthrough | OpenReplyFlags.DirectIo, writer.Answer.Flags);
        Assert.Equal(OpenReplyFlags.Passthrough, reader.Answer.Flags);
        Assert.Equal((1, 1), (writer.Answer.BackingId, reader.Answer.BackingId));

        Ask(call => writer.Handle.Release(call, default));
        Assert.Equal([1], Connection.OpenBackings);
        Ask(call => reader.Handle.Release(call, default));
        Assert.Empty(Connection.OpenBackings);
        Assert.Equal(2, Open(inode, 0, ClosedBefore(file)).Answer.BackingId);
    }

    [Fact]
    public void Open_WithoutPassthroughOrBackingFile_IsDirect()
    {
        using var file = System.IO.File.OpenHandle("/dev/null");
        var inode = Partitioned(FileView.Plain);
        Assert.Equal(OpenReplyFlags.DirectIo, Open(inode, 0, new Lines(backingFile: file)).Answer.Flags);
        Connection.Features = WithPassthrough;
        // What is open already was opened without, so that this one is, too.
        Assert.Equal(OpenReplyFlags.DirectIo, Open(inode, 0, new Lines(backingFile: file)).Answer.Flags);
        Assert.Equal(OpenReplyFlags.DirectIo, Open(Partitioned(FileView.Plain with { Kind = ViewKind.Json }), 0, new Lines()).Answer.Flags);
        Assert.Equal(OpenReplyFlags.DirectIo, Open(Partitioned(FileView.Plain with { Follows = true }), 0, new Lines(backingFile: file)).Answer.Flags);
        Assert.Equal(0, Connection.Opened);
    }

    [Fact]
    public void Open_GenerationIsOver_IsStale()
    {
        var inode = Partitioned(FileView.Plain);
        var open = Ask(call => inode.Open(call, new OpenRequest(0, 0)));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new Failure(Fault.Stale, "cut"));

        Assert.Equal(Errno.ESTALE, Answered(open).Error);
    }

    [Fact]
    public void Read_RemovedBytes_AreAnError()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, new Removed()).Handle;

        Assert.Equal(Errno.EIO, Answered(Ask(call => handle.Read(call, new ReadRequest(0, 10, 0), new byte[10]))).Error);
    }

    [Theory]
    [InlineData(0, 3, Errno.None, 0)]
    [InlineData(2, 3, Errno.None, 2)]
    [InlineData(2, 4, Errno.None, 4)]
    [InlineData(4, 3, Errno.ENXIO, 0)]
    [InlineData(4, 4, Errno.ENXIO, 0)]
    public void Lseek_DataAndHole_AreThoseOfAFileWithoutHoles(long offset, uint whence, Errno error, long expected)
    {
        var handle = Open(Partitioned(FileView.Plain), 0, new Lines("abc\n")).Handle;
        var answer = Answered(Ask(call => handle.Lseek(call, new LseekRequest(offset, whence))));

        Assert.Equal(error, answer.Error);
        if (error == Errno.None)
            Assert.Equal((ulong)expected, answer.NodeId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_WaitsThroughManyHosts_GoesOnWhereThatIsNoRush(bool isRush)
    {
        var handle = Open(Partitioned(FileView.Plain with { Follows = true }), 0, new Lines("a\n")).Handle;
        var read = Ask(call => handle.Read(call, new ReadRequest(2, 10, 0), new byte[10]));
        for (var i = 0; i < 10 && AnswerTo(read) is null; i++)
        {
            TestActor.ExpectMsg<PartitionRequest.Wait>();
            if (!isRush) Simulation!.Advance(TimeSpan.FromSeconds(2));
            Reply(new Failure(Fault.UnknownHandle, "another host has it"));
            if (AnswerTo(read) is not null) break;
            TestActor.ExpectMsg<PartitionRequest.Open>();
            Reply(new PartitionReply.Opened(new Lines("a\nb\n")));
        }
        if (isRush)
        {
            Assert.Equal(Errno.EIO, Answered(read).Error);
            return;
        }
        TestActor.ExpectMsg<PartitionRequest.Wait>();
        Reply(new PartitionReply.Grown(4));
        Assert.Equal("b\n", Answered(read).Text);
    }

    [Fact]
    public void Merged_ReadAndFollowed_IsTheTopics()
    {
        var inode = Merged(FileView.Plain with { Follows = true });
        Assert.Equal(Errno.EACCES, Answered(Ask(call => inode.Open(call, new OpenRequest(WriteOnly, 0)))).Error);
        var open = Ask(call => inode.Open(call, new OpenRequest(0, 0)));
        var asked = TestActor.ExpectMsg<TopicRequest.OpenMerged>();
        var lines = new Lines("a\n");
        Reply(new TopicReply.Opened(lines));
        Assert.Equal(OpenReplyFlags.DirectIo, Answered(open).Flags);
        var handle = Mounted.Handles.Find(Answered(open).NodeId)!;

        var read = Ask(call => handle.Read(call, new ReadRequest(2, 10, 0), new byte[10]));
        var wait = TestActor.ExpectMsg<TopicRequest.Wait>();
        Assert.Equal((asked.Handle, 2L), (wait.Handle, wait.Position));
        lines.Text += "b\n";
        Reply(new PartitionReply.Grown(4));
        Assert.Equal("b\n", Answered(read).Text);

        // Opened anew it has another order, and another beginning where retention was: the handle goes on with its own.
        read = Ask(call => handle.Read(call, new ReadRequest(4, 10, 0), new byte[10]));
        TestActor.ExpectMsg<TopicRequest.Wait>();
        Reply(new Failure(Fault.UnknownHandle, "restarted"));
        Assert.Equal(asked, TestActor.ExpectMsg<TopicRequest.OpenMerged>());
        var other = new Lines("b\n");
        Reply(new TopicReply.Opened(other));
        wait = TestActor.ExpectMsg<TopicRequest.Wait>();
        Assert.Equal((asked.Handle, 2L), (wait.Handle, wait.Position));
        lines.Text += "c\n";
        Reply(new PartitionReply.Grown(4));
        Assert.Equal("c\n", Answered(read).Text);
        Assert.Equal("a\nb\nc\n", Answered(Ask(call => handle.Read(call, new ReadRequest(0, 10, 0), new byte[10]))).Text);

        Ask(call => handle.Release(call, default));
        TestActor.ExpectMsg(new TopicRequest.Close(Topic, asked.Handle));
        Assert.True(lines.IsDisposed && other.IsDisposed);
    }

    [Fact]
    public void Poll_ActorWasRestarted_WakesWhoPollsToLookAgain()
    {
        var handle = Open(Partitioned(FileView.Plain with { Follows = true }), 0, new Lines()).Handle;
        Ask(call => handle.Poll(call, new PollRequest(5, true, 1)));
        TestActor.ExpectMsg<PartitionRequest.Wait>();
        Reply(new Failure(Fault.UnknownHandle, "restarted"));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Assert.Empty(Connection.Polled);
        Reply(new PartitionReply.Opened(new Lines()));

        Assert.Equal([5UL], Connection.Polled);
    }

    [Fact]
    public void Read_HostHasLostThePartition_IsOpenedAtTheNextAndReadOn()
    {
        var (first, second) = (new Lines("a\n"), new Lines("a\nb\n"));
        var file = Partitioned(FileView.Plain);
        var handle = Open(file, 0, first).Handle;
        Assert.Equal("a\n", Answered(Ask(call => handle.Read(call, new ReadRequest(0, 10, 0), new byte[10]))).Text);
        first.IsLost = true;
        var read = Ask(call => handle.Read(call, new ReadRequest(2, 10, 0), new byte[10]));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new PartitionReply.Opened(second));
        Assert.Equal("b\n", Answered(read).Text);

        second.IsLost = true;
        var stat = Ask(call => file.GetAttr(call, default));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new PartitionReply.Opened(new Lines("a\nb\nc\n")));
        Assert.Equal(6UL, Answered(stat).AttrSize);
    }

    [Fact]
    public void GetAttr_NextHostHasFetchedLess_TellsNoLessThanBefore()
    {
        var (lines, file) = (new Lines("a\nb\n"), Partitioned(FileView.Plain));
        Open(file, 0, lines);
        Assert.Equal(4UL, Answered(Ask(call => file.GetAttr(call, default))).AttrSize);
        lines.Text = "a\n";
        Assert.Equal(4UL, Answered(Ask(call => file.GetAttr(call, default))).AttrSize);
        lines.Text = "a\nb\nc\n";
        Assert.Equal(6UL, Answered(Ask(call => file.GetAttr(call, default))).AttrSize);
    }

    [Fact]
    public void Release_WhileTheHandleIsOpenedAnew_ClosesTheNewOneToo()
    {
        var (first, second) = (new Lines(), new Lines());
        var handle = Open(Partitioned(FileView.Plain with { Follows = true }), 0, first).Handle;
        Ask(call => handle.Poll(call, new PollRequest(5, true, 1)));
        TestActor.ExpectMsg<PartitionRequest.Wait>();
        Reply(new Failure(Fault.UnknownHandle, "restarted"));
        var opening = TestActor.ExpectMsg<PartitionRequest.Open>();
        var asker = TestActor.LastSender;
        Ask(call => handle.Release(call, default));
        TestActor.ExpectMsg(new PartitionRequest.Close(Partition, opening.Handle));

        asker.Tell(new PartitionReply.Opened(second), TestActor.Ref);
        Simulation!.RunUntilIdle();

        TestActor.ExpectMsg(new PartitionRequest.Close(Partition, opening.Handle));
        Assert.True(first.IsDisposed && second.IsDisposed);
    }

    private Lines ClosedBefore(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        TestActor.ExpectMsg<PartitionRequest.Close>();
        TestActor.ExpectMsg<PartitionRequest.Close>();
        return new Lines(backingFile: file);
    }

    private sealed class Removed : IPartitionReader
    {
        public PartitionStat Stat => default;

        public long End => 10;

        public bool IsEnded => false;

        public Fault Read(long position, Span<byte> target, out int count)
        {
            count = 0;
            return Fault.Removed;
        }

        public MessagePlace MessageAt(long position) => new(Fault.Removed, 0);

        public void Dispose()
        {
        }
    }
}
