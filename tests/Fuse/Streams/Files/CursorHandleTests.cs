using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>What reading by a named cursor acknowledges, and when.</summary>
public sealed class CursorHandleTests : PlayedActors
{
    private static readonly FileView ByCursor = FileView.Plain with { Cursor = new EntityName("c") };

    private Lines _reader = new("a\nbc\nd\n");
    private HandleId _id;

    [Fact]
    public void Read_AcknowledgesWhatEarlierReadsReturned()
    {
        var handle = OpenCursor(ByCursor);
        Assert.Equal("a\nb", Answered(Read(handle, 3)).Text);
        TestActor.ExpectNoMsg();

        var read = Read(handle, 100);
        // Of "bc" only a part was read.
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 1));
        Assert.Null(AnswerTo(read));
        Reply(new PartitionReply.Done());
        Assert.Equal("c\nd\n", Answered(read).Text);

        read = Read(handle, 100);
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 3));
        Reply(new PartitionReply.Done());
        Assert.Equal((Errno.None, ""), (Answered(read).Error, Answered(read).Text));
        Assert.Equal("", Answered(Read(handle, 100)).Text);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Fsync_AcknowledgesAllThatWasReturned()
    {
        var handle = OpenCursor(ByCursor);
        Assert.Equal(Errno.None, Answered(Ask(call => handle.Fsync(call, dataOnly: false))).Error);
        Read(handle, 100);
        var sync = Ask(call => handle.Fsync(call, dataOnly: false));
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 3));
        Reply(new Failure(Fault.NoSpace, "full"));
        Assert.Equal(Errno.ENOSPC, Answered(sync).Error);

        sync = Ask(call => handle.Fsync(call, dataOnly: false));
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 3));
        Reply(new PartitionReply.Done());
        Assert.Equal(Errno.None, Answered(sync).Error);
    }

    [Fact]
    public void CloseAndAbandon_AcknowledgeNothing()
    {
        var handle = OpenCursor(ByCursor);
        Read(handle, 100);
        Assert.Equal(Errno.None, Answered(Ask(call => handle.Flush(call, Owner))).Error);
        Ask(call => handle.Release(call, default));

        TestActor.ExpectMsg(new PartitionRequest.Close(Partition, _id));
        TestActor.ExpectNoMsg();
        Assert.True(_reader.IsDisposed);
    }

    [Fact]
    public void Read_AcknowledgementFails_ReturnsNothing()
    {
        var handle = OpenCursor(ByCursor);
        Read(handle, 2);
        var read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.Acknowledge>();
        Reply(new Failure(Fault.InputOutput, "the disk failed"));

        Assert.Equal(Errno.EIO, Answered(read).Error);
    }

    [Fact]
    public void Read_ActorWasRestarted_AcknowledgesByTheHandleOpenedAgain()
    {
        var handle = OpenCursor(ByCursor with { Follows = true });
        Read(handle, 5);
        var read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.Acknowledge>();
        Reply(new Failure(Fault.UnknownHandle, "restarted"));
        Assert.Equal(_id, TestActor.ExpectMsg<PartitionRequest.OpenCursor>().Handle);
        var other = new Lines("a\nbc\nd\n");
        Reply(new PartitionReply.Opened(other));
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 2));
        Reply(new PartitionReply.Done());
        Assert.Equal("d\n", Answered(read).Text);

        read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.Acknowledge>();
        Reply(new PartitionReply.Done());
        TestActor.ExpectMsg<PartitionRequest.Wait>();
        Reply(new Failure(Fault.UnknownHandle, "restarted again"));
        TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        // What was acknowledged is before the beginning of the new one.
        var third = new Lines { First = 3 };
        Reply(new PartitionReply.Opened(third));
        Assert.True(_reader.IsDisposed);
        Assert.Equal(0, TestActor.ExpectMsg<PartitionRequest.Wait>().Position);
        third.Text += "e\n";
        Reply(new PartitionReply.Grown(2));
        Assert.Equal("e\n", Answered(read).Text);
    }

    [Fact]
    public void Read_HostHasLostThePartition_GoesOnAtTheNextWithoutAMessageTwice()
    {
        var handle = OpenCursor(ByCursor);
        Assert.Equal("a\nbc\n", Answered(Read(handle, 5)).Text);
        _reader.IsLost = true;
        var read = Read(handle, 100);
        // Nothing was acknowledged yet: the name is where it was.
        TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        Reply(new PartitionReply.Opened(new Lines("a\nbc\nd\n")));
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 2));
        Reply(new PartitionReply.Done());
        Assert.Equal("d\n", Answered(read).Text);
    }

    [Fact]
    public void Read_AcknowledgementWasDoneAndItsAnswerLost_GoesOnBehindIt()
    {
        var handle = OpenCursor(ByCursor);
        Assert.Equal("a\nbc\n", Answered(Read(handle, 5)).Text);
        var read = Read(handle, 100);
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 2));
        Reply(new Failure(Fault.UnknownHandle, "another host has it"));
        TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        Reply(new PartitionReply.Opened(new Lines("d\n") { First = 2 }));
        Assert.Equal("d\n", Answered(read).Text);
        TestActor.ExpectNoMsg();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_HostHasLostThePartitionAmidAMessage_GoesOnWithTheRestOfIt(bool isToldOfTheAcknowledgement)
    {
        var handle = OpenCursor(ByCursor);
        Assert.Equal("a\nb", Answered(Read(handle, 3)).Text);
        var read = Read(handle, 1);
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 1));
        if (isToldOfTheAcknowledgement)
        {
            Reply(new PartitionReply.Done());
            Assert.Equal("c", Answered(read).Text);
            _reader.IsLost = true;
            read = Read(handle, 100);
        }
        else
        {
            Reply(new Failure(Fault.UnknownHandle, "another host has it"));
        }
        TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        Reply(new PartitionReply.Opened(new Lines("bc\nd\n") { First = 1 }));
        Assert.Equal(isToldOfTheAcknowledgement ? "\nd\n" : "c", Answered(read).Text);
    }

    [Fact]
    public void Read_HostOfAnOlderVersionHasLostThePartitionAmidAMessage_IsAnErrorAndNeverAMessageOfTwoParts()
    {
        _reader = new Lines("a\nbc\nd\n") { TellsBegin = false };
        var handle = OpenCursor(ByCursor);
        Assert.Equal("a\nb", Answered(Read(handle, 3)).Text);
        var read = Read(handle, 1);
        TestActor.ExpectMsg(new PartitionRequest.Acknowledge(Partition, _id, 1));
        Reply(new PartitionReply.Done());
        Assert.Equal("c", Answered(read).Text);
        _reader.IsLost = true;
        read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        Reply(new PartitionReply.Opened(new Lines("bc\nd\n") { First = 1 }));
        Assert.Equal(Errno.EIO, Answered(read).Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_WaitsThroughManyHosts_GoesOnWhereThatIsNoRush(bool isRush)
    {
        var handle = OpenCursor(ByCursor with { Follows = true });
        Assert.Equal("a\nbc\nd\n", Answered(Read(handle, 100)).Text);
        var read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.Acknowledge>();
        Reply(new PartitionReply.Done());
        for (var i = 0; i < 10 && AnswerTo(read) is null; i++)
        {
            TestActor.ExpectMsg<PartitionRequest.Wait>();
            if (!isRush) Simulation!.Advance(TimeSpan.FromSeconds(2));
            Reply(new Failure(Fault.UnknownHandle, "another host has it"));
            if (AnswerTo(read) is not null) break;
            TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
            _reader = new Lines { First = 3 };
            Reply(new PartitionReply.Opened(_reader));
        }
        if (isRush)
        {
            Assert.Equal(Errno.EIO, Answered(read).Error);
            return;
        }
        TestActor.ExpectMsg<PartitionRequest.Wait>();
        _reader.Text = "e\n";
        Reply(new PartitionReply.Grown(2));
        Assert.Equal("e\n", Answered(read).Text);
    }

    [Fact]
    public void Read_ActorWasRestartedAndAnotherReads_IsBusy()
    {
        var handle = OpenCursor(ByCursor);
        Read(handle, 100);
        var read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.Acknowledge>();
        Reply(new Failure(Fault.UnknownHandle, "restarted"));
        TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        Reply(new Failure(Fault.Busy, "somebody reads"));

        Assert.Equal(Errno.EBUSY, Answered(read).Error);
    }

    [Fact]
    public void Read_AsLongAsCanBe_IsAnsweredShort()
    {
        _reader.Text = new string('\n', 3 * MountedConnection.MaxWriteBytes);
        var handle = OpenCursor(ByCursor);

        // Else the kernel would ask for the rest of a longer read(2), and so acknowledge what its caller has not got.
        Assert.Equal(MountedConnection.MaxWriteBytes - 1, Answered(Read(handle, MountedConnection.MaxWriteBytes)).Body.Length);
    }

    [Fact]
    public void Read_AtTheEndOfAFollowedCursor_WaitsAndLetsOthersBeDone()
    {
        var handle = OpenCursor(ByCursor with { Follows = true });
        Read(handle, 100);
        var read = Read(handle, 100);
        TestActor.ExpectMsg<PartitionRequest.Acknowledge>();
        Reply(new PartitionReply.Done());
        var wait = TestActor.ExpectMsg<PartitionRequest.Wait>();
        var waiting = TestActor.LastSender;
        Assert.Equal(_reader.End, wait.Position);
        Assert.Equal(Errno.None, Answered(Ask(call => handle.Fsync(call, dataOnly: false))).Error);
        Assert.Equal(Errno.EAGAIN, Answered(Read(handle, 100, NonBlocking)).Error);

        _reader.Text += "e\n";
        waiting.Tell(new PartitionReply.Grown(_reader.End), TestActor.Ref);
        Simulation!.RunUntilIdle();
        Assert.Equal("e\n", Answered(read).Text);
    }

    [Fact]
    public void Read_Interrupted_IsEintrAndReturnsNothingLater()
    {
        _reader.Text = "";
        var handle = OpenCursor(ByCursor with { Follows = true });
        var read = Read(handle, 100);
        var wait = TestActor.ExpectMsg<PartitionRequest.Wait>();
        var waiting = TestActor.LastSender;
        Interrupt(read);
        Assert.Equal(Errno.EINTR, Answered(read).Error);
        TestActor.ExpectMsg(new PartitionRequest.CancelWait(Partition, _id, wait.Waiter));

        // It has grown before the cancellation came: nobody gets the bytes, so the next read does.
        _reader.Text = "a\n";
        waiting.Tell(new PartitionReply.Grown(2), TestActor.Ref);
        Simulation!.RunUntilIdle();
        Assert.Equal("a\n", Answered(Read(handle, 100)).Text);
    }

    [Fact]
    public void Open_ByTwo_IsBusy()
    {
        var file = Partitioned(ByCursor);
        var open = Ask(call => file.Open(call, new OpenRequest(0, 0)));
        var asked = TestActor.ExpectMsg<PartitionRequest.OpenCursor>();
        Reply(new Failure(Fault.Busy, "somebody reads"));

        Assert.Equal(Errno.EBUSY, Answered(open).Error);
        TestActor.ExpectMsg(new PartitionRequest.Close(Partition, asked.Handle));
        Assert.Equal(Errno.EACCES, Answered(Ask(call => file.Open(call, new OpenRequest(WriteOnly, 0)))).Error);
        Assert.Equal(0UL, Answered(Ask(call => file.GetAttr(call, default))).AttrSize);
    }

    private ulong Read(Handle handle, int size, uint flags = 0) =>
        Ask(call => handle.Read(call, new ReadRequest(0, size, flags), new byte[size]));

    private Handle OpenCursor(FileView view)
    {
        var file = Partitioned(view);
        var open = Ask(call => file.Open(call, new OpenRequest(0, 0)));
        _id = TestActor.ExpectMsg<PartitionRequest.OpenCursor>().Handle;
        Reply(new PartitionReply.Opened(_reader));
        Assert.Equal(OpenReplyFlags.DirectIo | OpenReplyFlags.NonSeekable | OpenReplyFlags.Stream, Answered(open).Flags);
        return Mounted.Handles.Find(Answered(open).NodeId)!;
    }
}
