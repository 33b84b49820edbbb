using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>What is written to a partition, as its actor gets it.</summary>
public sealed class WriteHandleTests : PlayedActors
{
    private readonly Lines _reader = new();

    [Fact]
    public void Write_WholeMessages_IsOneAppendAndAnsweredAfterIt()
    {
        var handle = OpenWriter();
        var write = Write(handle, "a\nbc\n");
        Framed();
        Assert.Equal(["a", "bc"], ExpectAppend());
        Assert.Null(AnswerTo(write));

        Reply(new PartitionReply.Appended(0));

        Assert.Equal((5, Errno.None), Answered(write).Written);
        // Once the framing is known nobody is asked for it.
        Assert.Null(AnswerTo(write = Write(handle, "d\n")));
        Assert.Equal(["d"], ExpectAppend());
    }

    [Fact]
    public void Write_Rest_IsHeldUntilItsOwnerFlushes()
    {
        var handle = OpenWriter();
        Assert.Equal((1, Errno.None), Written(handle, "a"));

        Assert.Equal(Errno.None, Answered(Flush(handle, OtherOwner)).Error);
        TestActor.ExpectNoMsg();
        var flush = Flush(handle, Owner);
        Assert.Equal(["a"], ExpectAppend());
        Assert.Null(AnswerTo(flush));
        Reply(new PartitionReply.Appended(0));

        Assert.Equal(Errno.None, Answered(flush).Error);
        Assert.Equal(Errno.None, Answered(Flush(handle, Owner)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Write_WithoutALockOwner_IsNobodysRest()
    {
        var handle = OpenWriter();
        Written(handle, "a\n", ["a"]);
        Assert.Equal((1, Errno.None), Answered(Write(handle, "b", owner: null)).Written);

        Assert.Equal(Errno.None, Answered(Flush(handle, 0)).Error);

        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Write_WhileAnAppendIsUnderWay_IsDoneAfterIt()
    {
        var handle = OpenWriter();
        var first = Write(handle, "a\n");
        Framed();
        ExpectAppend();
        var second = Write(handle, "b\nc");
        var flush = Flush(handle, Owner);
        TestActor.ExpectNoMsg();

        Reply(new PartitionReply.Appended(0));
        Assert.Equal((2, Errno.None), Answered(first).Written);
        Assert.Equal(["b"], ExpectAppend());
        Reply(new PartitionReply.Appended(1));
        Assert.Equal((3, Errno.None), Answered(second).Written);
        Assert.Null(AnswerTo(flush));
        Assert.Equal(["c"], ExpectAppend());
        Reply(new PartitionReply.Appended(2));
        Assert.Equal(Errno.None, Answered(flush).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Write_BeforeTheEndWithoutAppend_IsNotPermitted(long offset)
    {
        _reader.Text = "0123456789";
        Assert.Equal((0, Errno.EPERM), Answered(Write(OpenWriter(), "x\n", offset, flags: 0)).Written);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Write_AtTheEndOrBehindTheLastWrite_Appends()
    {
        _reader.Text = "0123456789";
        var handle = OpenWriter();
        var write = Write(handle, "a\n", 10, flags: 0);
        Framed();
        Assert.Equal(["a"], ExpectAppend());
        _reader.Text += "a\nof another\n";
        Reply(new PartitionReply.Appended(0));
        Assert.Equal((2, Errno.None), Answered(write).Written);

        Assert.Equal((1, Errno.None), Answered(Write(handle, "b", 12, flags: 0)).Written);
        Assert.Equal((0, Errno.EPERM), Answered(Write(handle, "b", 12, flags: 0)).Written);
        Assert.Equal((1, Errno.None), Answered(Write(handle, "b", 13, flags: 0)).Written);
        Assert.Equal((1, Errno.None), Answered(Write(handle, "b", 0)).Written);
    }

    [Fact]
    public void Write_DiskIsFull_IsNotStoredAndCanBeRepeated()
    {
        var handle = OpenWriter();
        Written(handle, "a");
        var write = Write(handle, "b\n");
        Assert.Equal(["ab"], ExpectAppend());
        Reply(new Failure(Fault.NoSpace, "full"));
        Assert.Equal((0, Errno.ENOSPC), Answered(write).Written);

        write = Write(handle, "b\n");
        Assert.Equal(["ab"], ExpectAppend());
        Reply(new PartitionReply.Appended(0));
        Assert.Equal((2, Errno.None), Answered(write).Written);
        Assert.Equal(Errno.None, Answered(Flush(handle, Owner)).Error);
    }

    [Fact]
    public void Write_ActorDoesNotAnswer_TimesOutAndItsBatchIsNotUsedAgain()
    {
        var handle = OpenWriter();
        var write = Write(handle, "a\n");
        Framed();
        var lost = TestActor.ExpectMsg<PartitionRequest.Append>();

        Simulation!.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((0, Errno.ETIMEDOUT), Answered(write).Written);

        Write(handle, "b\n");
        Assert.NotSame(lost.Batch, TestActor.ExpectMsg<PartitionRequest.Append>().Batch);
        Assert.Equal("a", Encoding.ASCII.GetString(lost.Batch[0].Value!.Value.Span));
    }

    [Fact]
    public void Write_UnknownOutcomeThatMayBeUnheard_IsToldOnceMore()
    {
        var handle = OpenWriter();
        var full = new string('x', 63) + "\n";
        var whole = string.Concat(Enumerable.Repeat(full, MountedConnection.MaxWriteBytes / 64));
        Write(handle, whole);
        Framed();
        ExpectAppend();
        Reply(new PartitionReply.Appended(0));
        // It may be the second half of one write(2), whose first half is all that its writer is told of.
        var second = Write(handle, "a\n", whole.Length);
        ExpectAppend();
        Reply(new Failure(Fault.InputOutput, "perhaps"));
        Assert.Equal((0, Errno.EIO), Answered(second).Written);

        Assert.Equal((0, Errno.EIO), Answered(Write(handle, "a\n")).Written);
        TestActor.ExpectNoMsg();
        Written(handle, "b\n", ["b"]);
        Assert.Equal(Errno.None, Answered(Flush(handle, Owner)).Error);
    }

    [Fact]
    public void Flush_UnknownOutcomeThatMayBeUnheard_IsTold()
    {
        var handle = OpenWriter();
        var whole = string.Concat(Enumerable.Repeat(new string('x', 63) + "\n", MountedConnection.MaxWriteBytes / 64));
        Write(handle, whole);
        Framed();
        ExpectAppend();
        Reply(new PartitionReply.Appended(0));
        Write(handle, "a\n", whole.Length);
        ExpectAppend();
        Reply(new Failure(Fault.TimedOut, "perhaps"));

        Assert.Equal(Errno.ETIMEDOUT, Answered(Flush(handle, Owner)).Error);
        Assert.Equal(Errno.None, Answered(Flush(handle, Owner)).Error);
    }

    [Fact]
    public void Write_MessageThatIsTooLong_StoresTheWholeOnesBefore()
    {
        var handle = OpenWriter();
        var tooLong = new string('x', MaxMessage + 1);
        var write = Write(handle, $"a\nb\n{tooLong}\n");
        Framed();
        Assert.Equal(["a", "b"], ExpectAppend());
        Reply(new PartitionReply.Appended(0));
        Assert.Equal((4, Errno.None), Answered(write).Written);

        Assert.Equal((0, Errno.EMSGSIZE), Answered(Write(handle, $"{tooLong}\nc")).Written);
        Assert.Equal((0, Errno.EMSGSIZE), Answered(Write(handle, "more of it")).Written);
        Written(handle, "its end\nd\n", ["d"]);
    }

    [Fact]
    public void Flush_OfARefusedMessage_BeginsAnother()
    {
        var handle = OpenWriter();
        Assert.Equal((0, Errno.EMSGSIZE), Written(handle, new string('x', 2 * MaxMessage)));
        Assert.Equal(Errno.None, Answered(Flush(handle, Owner)).Error);

        Written(handle, "ok\n", ["ok"]);
    }

    [Fact]
    public void Write_MoreThanABatchHolds_IsAppendedInOrder()
    {
        var handle = OpenWriter();
        var newlines = new string('\n', 70_000);
        var write = Write(handle, newlines);
        Framed();
        var first = ExpectAppend().Count;
        Reply(new PartitionReply.Appended(0));
        Assert.Null(AnswerTo(write));
        Assert.Equal(70_000 - first, ExpectAppend().Count);
        Reply(new Failure(Fault.NoSpace, "full"));

        Assert.Equal((first, Errno.None), Answered(write).Written);
    }

    [Fact]
    public void Write_WithDataSync_IsAnsweredAfterTheSync()
    {
        var handle = OpenWriter();
        var write = Write(handle, "a\nb", flags: Append | DataSync);
        Framed();
        ExpectAppend();
        Reply(new PartitionReply.Appended(0));
        TestActor.ExpectMsg(new PartitionRequest.Sync(Partition));
        Assert.Null(AnswerTo(write));
        Reply(new PartitionReply.Done());

        Assert.Equal((3, Errno.None), Answered(write).Written);
    }

    [Fact]
    public void Fsync_AppendsTheRestAndSyncs()
    {
        var handle = OpenWriter();
        Written(handle, "a");
        var sync = Ask(call => handle.Fsync(call, dataOnly: false));
        Assert.Equal(["a"], ExpectAppend());
        Reply(new PartitionReply.Appended(0));
        TestActor.ExpectMsg(new PartitionRequest.Sync(Partition));
        Assert.Null(AnswerTo(sync));
        Reply(new Failure(Fault.InputOutput, "the disk failed"));

        Assert.Equal(Errno.EIO, Answered(sync).Error);
    }

    [Fact]
    public void Fsync_RestThatIsNotStored_StaysForItsEnd()
    {
        var handle = OpenWriter();
        Written(handle, "a");
        var sync = Ask(call => handle.Fsync(call, dataOnly: false));
        ExpectAppend();
        Reply(new Failure(Fault.NoSpace, "full"));
        TestActor.ExpectMsg<PartitionRequest.Sync>();
        Reply(new PartitionReply.Done());
        Assert.Equal(Errno.ENOSPC, Answered(sync).Error);

        Written(handle, "b\n", ["ab"]);
    }

    [Fact]
    public void Flush_RestThatIsNotStored_IsToldAndNotTriedAgain()
    {
        var handle = OpenWriter();
        Written(handle, "a");
        var flush = Flush(handle, Owner);
        ExpectAppend();
        Reply(new Failure(Fault.NoSpace, "full"));
        Assert.Equal(Errno.ENOSPC, Answered(flush).Error);

        var release = Ask(call => handle.Release(call, default));

        TestActor.ExpectMsg<PartitionRequest.Close>();
        Assert.Equal(Errno.None, Answered(release).Error);
    }

    [Fact]
    public void Release_WithARest_AppendsItAndCloses()
    {
        var handle = OpenWriter();
        Written(handle, "a");
        var release = Ask(call => handle.Release(call, default));
        Assert.Equal(["a"], ExpectAppend());
        Assert.False(_reader.IsDisposed);
        Reply(new PartitionReply.Appended(0));

        TestActor.ExpectMsg<PartitionRequest.Close>();
        Assert.Equal(Errno.None, Answered(release).Error);
        Assert.True(_reader.IsDisposed);
        handle.Abandon();
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Flush_IncompleteSizedMessage_IsAnErrorAndNothingIsStored()
    {
        var handle = OpenWriter();
        var write = Write(handle, "\0\0\0\u0003ab");
        Framed(new Framing([], true, [], []));
        Assert.Equal((6, Errno.None), Answered(write).Written);
        var sync = Ask(call => handle.Fsync(call, dataOnly: true));
        TestActor.ExpectMsg<PartitionRequest.Sync>();
        Reply(new PartitionReply.Done());
        Assert.Equal(Errno.EIO, Answered(sync).Error);

        Assert.Equal(Errno.EIO, Answered(Flush(handle, Owner)).Error);

        Ask(call => handle.Release(call, default));
        TestActor.ExpectMsg<PartitionRequest.Close>();
    }

    [Fact]
    public void Write_JsonView_TakesKeysAndRefusesMalformedLines()
    {
        var file = Partitioned(FileView.Plain with { Kind = ViewKind.Json });
        var handle = Open(file, WriteOnly, _reader).Handle;
        var write = Write(handle, "{\"offset\":3,\"key\":\"k\",\"value\":\"v\"}\nplain\n{\"value\":}\n");
        var batch = TestActor.ExpectMsg<PartitionRequest.Append>().Batch;
        Assert.Equal(2, batch.Count);
        Assert.Equal("k", Encoding.ASCII.GetString(batch[0].Key!.Value.Span));
        Reply(new PartitionReply.Appended(0));
        Assert.Equal((41, Errno.None), Answered(write).Written);

        Assert.Equal((0, Errno.EINVAL), Answered(Write(handle, "{\"value\":}\n")).Written);
    }

    [Theory]
    [InlineData(ReadWrite, Errno.EACCES)]
    [InlineData(Truncate, Errno.EPERM)]
    public void Open_WhatCouldChangeBytes_IsRefused(uint flags, Errno expected)
    {
        var file = Partitioned(FileView.Plain);
        Assert.Equal(expected, Answered(Ask(call => file.Open(call, new OpenRequest(flags, 0)))).Error);
        TestActor.ExpectNoMsg();
    }

    [Theory]
    [InlineData("", Errno.None)]
    [InlineData("a\n", Errno.EPERM)]
    public void Open_Truncating_IsRefusedWhereThereIsSomethingToCut(string text, Errno expected)
    {
        var file = Partitioned(FileView.Plain);
        var reader = new Lines(text);
        var open = Ask(call => file.Open(call, new OpenRequest(WriteOnly | Truncate, 0)));
        // As a reader, who knows how far the partition goes at its source.
        Assert.False(TestActor.ExpectMsg<PartitionRequest.Open>().Writes);
        Reply(new PartitionReply.Opened(reader));

        Assert.Equal(expected, Answered(open).Error);
        Assert.Equal(expected != Errno.None, reader.IsDisposed);
    }

    [Fact]
    public void Open_ViewThatIsOnlyRead_IsNotWritten()
    {
        foreach (var file in new[] { Partitioned(FileView.Plain with { Follows = true }), Partitioned(FileView.Plain with { Start = new StartPlace.Offset(0) }, new ViewId(ViewKind.Default, 0, 0)) })
            Assert.Equal(Errno.EACCES, Answered(Ask(call => file.Open(call, new OpenRequest(WriteOnly, 0)))).Error);
    }

    [Fact]
    public void SetAttr_OfAPartition_TakesTimesAndWhatChangesNothing()
    {
        var handle = OpenWriter();
        foreach (var valid in new[] { SetAttrValid.Size, SetAttrValid.Size | SetAttrValid.Handle, SetAttrValid.Mode, SetAttrValid.Uid, SetAttrValid.Gid | SetAttrValid.Mtime })
            Assert.Equal(Errno.EPERM, SetAttr(handle.Inode, valid).Error);
        const SetAttrValid All = SetAttrValid.Size | SetAttrValid.Mode | SetAttrValid.Uid | SetAttrValid.Gid;
        Assert.Equal(Errno.None, SetAttr(handle.Inode, All, 0, 0x8180, OwnerUid, 6).Error);
        Assert.Equal(Errno.EPERM, SetAttr(handle.Inode, All, 1, 0x8180, OwnerUid, 6).Error);
        Assert.Equal(Errno.None, SetAttr(handle.Inode, SetAttrValid.Mtime | SetAttrValid.MtimeNow | SetAttrValid.Atime | SetAttrValid.AtimeNow).Error);
    }

    [Fact]
    public void Create_OfAPartition_OpensItWhateverTruncates()
    {
        var create = AskCreate(WriteOnly | Truncate);
        TestActor.ExpectMsg<PartitionRequest.FindView>();
        Reply(new PartitionReply.Found(ViewId.Default, default));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new PartitionReply.Opened(_reader));

        Assert.Equal(Errno.None, Answered(create).Error);
        Assert.Equal(1, Mounted.Handles.Count);
    }

    [Fact]
    public void Sink_IsEmptyAndWrittenToTheTopic()
    {
        var file = Sink(ViewKind.Default);
        Assert.Equal(Errno.EACCES, Answered(Ask(call => file.Open(call, new OpenRequest(0, 0)))).Error);
        Assert.Equal(Errno.EACCES, Answered(Ask(call => file.Open(call, new OpenRequest(ReadWrite, 0)))).Error);
        Assert.Equal(Errno.None, SetAttr(file, SetAttrValid.Size).Error);
        var open = Ask(call => file.Open(call, new OpenRequest(WriteOnly | Truncate, 0)));
        var handle = Mounted.Handles.Find(Answered(open).NodeId)!;
        Assert.Equal(0UL, Answered(Ask(call => file.GetAttr(call, default))).AttrSize);

        // It has no position, so that any one is right.
        var write = Write(handle, "a\nb", 0, flags: 0);
        TestActor.ExpectMsg<StreamRequest.Describe>();
        Reply(new StreamReply.Described(1, DateTimeOffset.UnixEpoch, Framing.Lines));
        Assert.Equal(1, TestActor.ExpectMsg<TopicRequest.Append>().Batch.Count);
        Reply(new TopicReply.Done());
        Assert.Equal((3, Errno.None), Answered(write).Written);
        var sync = Ask(call => handle.Fsync(call, dataOnly: false));
        Assert.Equal(1, TestActor.ExpectMsg<TopicRequest.Append>().Batch.Count);
        Reply(new TopicReply.Done());
        TestActor.ExpectMsg(new TopicRequest.Sync(Topic));
        Reply(new TopicReply.Done());
        Assert.Equal(Errno.None, Answered(sync).Error);
        Assert.Equal(Errno.None, Answered(Ask(call => handle.Release(call, default))).Error);
    }

    [Fact]
    public void Do_MoreOperationsThanMayWait_IsEagain()
    {
        var handle = OpenWriter();
        Write(handle, "a\n");
        for (var i = 0; i < StepQueue.MaxWaiting; i++)
            Flush(handle, Owner);

        Assert.Equal(Errno.EAGAIN, Answered(Flush(handle, Owner)).Error);
    }

    private Handle OpenWriter() => Open(Partitioned(FileView.Plain), WriteOnly | Append, _reader).Handle;

    private void Framed(Framing? framing = null)
    {
        TestActor.ExpectMsg<PartitionRequest.Describe>();
        Reply(Described(framing ?? Framing.Lines));
    }

    private static PartitionReply.Described Described(Framing framing) =>
        new(new PartitionDescription(0, 1, 1, 2, DateTimeOffset.UnixEpoch, null, null, framing, 0, true));

    private List<string> ExpectAppend() => ValuesOf(TestActor.ExpectMsg<PartitionRequest.Append>());

    private static List<string> ValuesOf(PartitionRequest.Append append) =>
        [.. Enumerable.Range(0, append.Batch.Count).Select(i => Encoding.ASCII.GetString(append.Batch[i].Value!.Value.Span))];

    /// <summary>Writes what is to be held.</summary>
    private (int Count, Errno Error) Written(Handle handle, string text)
    {
        var write = Write(handle, text);
        if (AnswerTo(write) is null)
            Framed();
        return Answered(write).Written;
    }

    /// <summary>Writes what is to be appended.</summary>
    private void Written(Handle handle, string text, string[] values)
    {
        var write = Write(handle, text);
        var asked = TestActor.ExpectMsg<PartitionRequest>();
        if (asked is PartitionRequest.Describe)
        {
            Reply(Described(Framing.Lines));
            asked = TestActor.ExpectMsg<PartitionRequest>();
        }
        Assert.Equal(values, ValuesOf(Assert.IsType<PartitionRequest.Append>(asked)));
        Reply(new PartitionReply.Appended(0));
        Assert.Equal((text.Length, Errno.None), Answered(write).Written);
    }

    private ulong Flush(Handle handle, ulong owner) => Ask(call => handle.Flush(call, owner));

    private Answer SetAttr(Inode file, SetAttrValid valid, ulong size = 7, uint mode = 0, uint uid = 0, uint gid = 0) =>
        Answered(Ask(call => file.SetAttr(call, new SetAttrRequest(valid, null, size, mode, uid, gid, default, default, 0))));
}
