using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>Sizes that the kernel may keep, of a volume that nobody else changes.</summary>
public sealed class KeptSizeTests() : PlayedActors(ownsFiles: true)
{
    private readonly Lines _lines = new("one\n");

    [Fact]
    public void GetAttr_OfAPartition_MayBeKept_AndALookUpsMayNot()
    {
        var file = Partitioned(FileView.Plain);
        Assert.Equal((1, 4UL), GetAttr(file));
        var unique = Ask(call => call.Park().Entry(file, default));
        Assert.Equal(0, BitConverter.ToInt64(Answered(unique).Body, 24));
    }

    [Theory]
    [InlineData(ViewKind.Json, false)]
    [InlineData(ViewKind.Default, true)]
    public void GetAttr_OfAnotherView_MayNotBeKept(ViewKind kind, bool follows)
    {
        var file = Partitioned(FileView.Plain with { Kind = kind, Follows = follows });
        Assert.Equal((0, 4UL), GetAttr(file));
    }

    [Fact]
    public void Write_ToTheFileItself_IsTheKernelsToKnow()
    {
        var file = Partitioned(FileView.Plain);
        GetAttr(file);
        AppendTo(Open(file, WriteOnly, _lines).Handle, "two\n");
        Assert.Empty(Connection.Invalidated);
    }

    [Fact]
    public void Write_ToAnotherViewOrTheSink_IsToldOnceBeforeItIsAnswered()
    {
        var (file, json) = (Partitioned(FileView.Plain), Partitioned(FileView.Plain with { Kind = ViewKind.Json }));
        var (other, topic) = (Open(json, WriteOnly, _lines).Handle, Sink(ViewKind.Default));
        var sink = Answered(Ask(call => topic.Open(call, new OpenRequest(WriteOnly, 0))));
        GetAttr(file);
        var unique = Write(other, "two\n");
        TestActor.ExpectMsg<PartitionRequest.Append>();
        Assert.Empty(Connection.Invalidated);
        Reply(new PartitionReply.Appended(1));
        Assert.Equal(Errno.None, Answered(unique).Error);
        Assert.Equal([file.NodeId], Connection.Invalidated);
        AppendTo(other, "three\n");
        Assert.Equal([file.NodeId], Connection.Invalidated);
        GetAttr(file);
        AppendToTopic(Mounted.Handles.Find(sink.NodeId)!, "four\n");
        Assert.Equal([file.NodeId, file.NodeId], Connection.Invalidated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rest_ThatBecomesAMessage_IsTold(bool atFlush)
    {
        var file = Partitioned(FileView.Plain);
        var handle = Open(file, WriteOnly, _lines).Handle;
        var written = Write(handle, "two");
        TestActor.ExpectMsg<PartitionRequest.Describe>();
        Reply(new PartitionReply.Described(new PartitionDescription(0, 1, 1, 4, default, null, null, Framing.Lines, 0, true)));
        Assert.Equal(Errno.None, Answered(written).Error);
        GetAttr(file);
        if (atFlush)
            Ask(call => handle.Flush(call, Owner));
        else
            Ask(call => handle.Fsync(call, false));
        TestActor.ExpectMsg<PartitionRequest.Append>();
        Reply(new PartitionReply.Appended(1));
        Assert.Equal([file.NodeId], Connection.Invalidated);
    }

    [Fact]
    public void Write_AfterTheKernelForgotTheFile_IsToldToNobody()
    {
        var (file, json) = (Partitioned(FileView.Plain), Partitioned(FileView.Plain with { Kind = ViewKind.Json }));
        GetAttr(file);
        Mounted.Inodes.Forget(file.NodeId, ulong.MaxValue);
        AppendTo(Open(json, WriteOnly, _lines).Handle, "two\n");
        Assert.Empty(Connection.Invalidated);
    }

    private (long Valid, ulong Size) GetAttr(Inode file)
    {
        var unique = Ask(call => file.GetAttr(call, default));
        if (AnswerTo(unique) is null)
        {
            TestActor.ExpectMsg<PartitionRequest.Stat>();
            Reply(new PartitionReply.Stated(_lines.Stat));
        }
        return (Answered(unique).AttrValid, Answered(unique).AttrSize);
    }

    private void AppendTo(Handle handle, string text)
    {
        var unique = Write(handle, text);
        while (AnswerTo(unique) is null)
        {
            Reply(TestActor.ExpectMsg<object>() is PartitionRequest.Describe
                ? new PartitionReply.Described(new PartitionDescription(0, 1, 1, 4, default, null, null, Framing.Lines, 0, true))
                : new PartitionReply.Appended(1));
        }
        Assert.Equal(Errno.None, Answered(unique).Error);
    }

    private void AppendToTopic(Handle handle, string text)
    {
        var unique = Write(handle, text);
        while (AnswerTo(unique) is null)
            Reply(TestActor.ExpectMsg<object>() is StreamRequest.Describe ? new StreamReply.Described(1, default, Framing.Lines) : new TopicReply.Done());
        Assert.Equal(Errno.None, Answered(unique).Error);
    }
}
