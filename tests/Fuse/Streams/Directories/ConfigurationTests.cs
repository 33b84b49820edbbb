using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Directories;

/// <summary><c>.configuration</c> as it is read and written.</summary>
public sealed class ConfigurationTests : PlayedVolume
{
    private const string Default = "{\"start\":\"\",\"stop\":\"\",\"separator\":\"\\n\",\"size\":false}\n";

    [Fact]
    public void Text_IsTheFramingOnOneLine()
    {
        var file = Reach(Volume().Root, "s/.configuration");

        Assert.Equal(Default, Read(OpenWith(file, 0)));
        Assert.Equal((ulong)Default.Length, Played(Ask(call => file.GetAttr(call, default))).AttrSize);
    }

    [Fact]
    public void Text_OverATruncatedOne_IsTakenWhenADescriptorIsClosed()
    {
        var handle = OpenWith(Reach(Volume().Root, "s/.configuration"), WriteOnly | Truncate);
        // As a shell does: it closes a copy of the descriptor before anything is written.
        Assert.Equal(Errno.None, Answered(Flush(handle)).Error);

        Write(handle, "{\"separator\":\"\",", offset: 0, flags: 0);
        // A child that inherited the descriptor ends: what is there by then is no framing yet.
        Assert.Equal(Errno.EINVAL, Answered(Flush(handle)).Error);
        Write(handle, "\"size\":true}", offset: 16, flags: 0);
        var flushed = Flush(handle);
        TestActor.ExpectMsg<StreamRequest.SetFraming>(set => set.Stream == Stream && set.Framing.Equals(new Framing([], true, [], [])));
        Reply(new StreamReply.Done());

        Assert.Equal(Errno.None, Answered(flushed).Error);
        Assert.Equal(Errno.None, Answered(Flush(handle)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Text_OfAStreamWithMessages_IsRefusedAtEachClose()
    {
        var handle = OpenWith(Reach(Volume().Root, "s/.configuration"), WriteOnly | Truncate);
        Write(handle, "{}", flags: 0);

        foreach (var asked in new[] { Flush(handle), Flush(handle), Ask(call => handle.Fsync(call, false)) })
        {
            TestActor.ExpectMsg<StreamRequest.SetFraming>();
            Reply(new Failure(Fault.NotEmpty, "there are messages"));
            Assert.Equal(Errno.EPERM, Answered(asked).Error);
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("{\"start\":1}")]
    [InlineData("{\"colour\":\"\"}")]
    [InlineData("{\"size\":true,\"size\":false}")]
    [InlineData("{}{}")]
    public void Text_ThatIsNoFraming_IsInvalid(string text)
    {
        var handle = OpenWith(Reach(Volume().Root, "s/.configuration"), WriteOnly | Truncate);
        Write(handle, text, flags: 0);

        Assert.Equal(Errno.EINVAL, Answered(Flush(handle)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Text_ThatIsAppended_IsInvalid()
    {
        var handle = OpenWith(Reach(Volume().Root, "s/.configuration"), WriteOnly | Append);
        Write(handle, "{}", offset: Default.Length);

        Assert.Equal(Errno.EINVAL, Answered(Flush(handle)).Error);
    }

    [Fact]
    public void Text_ThatIsTooLong_IsTooLarge()
    {
        var handle = OpenWith(Reach(Volume().Root, "s/.configuration"), WriteOnly);

        Assert.Equal((0, Errno.EFBIG), Answered(Write(handle, "x", offset: 64 << 10, flags: 0)).Written);
        Assert.Equal((0, Errno.EFBIG), Answered(Write(handle, "x", offset: long.MaxValue - 1, flags: 0)).Written);
        Assert.Equal(Errno.None, Answered(Flush(handle)).Error);
    }

    [Fact]
    public void Cut_OfWhatIsOpen_CutsTheText_AndOfWhatIsNot_IsRefused()
    {
        var file = Reach(Volume().Root, "s/.configuration");
        var handle = OpenWith(file, WriteOnly);

        Assert.Equal(Errno.None, Played(Ask(call => file.SetAttr(call, Cut(handle, 0)))).Error);
        Assert.Equal("", Read(handle));
        Assert.Equal(Errno.EPERM, Answered(Ask(call => file.SetAttr(call, Cut(null, 0)))).Error);
        Assert.Equal(Errno.EFBIG, Answered(Ask(call => file.SetAttr(call, Cut(handle, 1 << 20)))).Error);
        Assert.Equal(Errno.None, Answered(Flush(handle)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Attributes_OfIt_AreTheStreams()
    {
        var file = Reach(Volume().Root, "s/.configuration");

        Assert.Equal(Errno.EPERM, Answered(Ask(call => file.SetAttr(call, new SetAttrRequest(SetAttrValid.Mode, null, 0, 0x1B6, 0, 0, default, default, 0)))).Error);
        Assert.Equal(Errno.EPERM, Answered(Ask(call => file.SetAttr(call, new SetAttrRequest(SetAttrValid.Uid, null, 0, 0, 1, 0, default, default, 0)))).Error);
        Assert.Equal(Errno.None, Played(Ask(call => file.SetAttr(call, new SetAttrRequest(SetAttrValid.MtimeNow, null, 0, 0, 0, 0, default, default, 0)))).Error);
    }

    [Fact]
    public void Open_ForWritingWhereNothingCanBe_IsReadOnly()
    {
        var file = Reach(Volume(readOnly: true).Root, "s/.configuration");

        Assert.Equal(Errno.EROFS, Answered(Ask(call => file.Open(call, new OpenRequest(WriteOnly, 0)))).Error);
    }

    private static SetAttrRequest Cut(Handle? handle, ulong size) => new(SetAttrValid.Size, handle, size, 0, 0, 0, default, default, 0);

    private Handle OpenWith(Inode file, uint flags)
    {
        var answer = Played(Ask(call => file.Open(call, new OpenRequest(flags, 0))));
        Assert.Equal(OpenReplyFlags.DirectIo, answer.Flags);
        return Mounted.Handles.Find(answer.NodeId)!;
    }

    private ulong Flush(Handle handle) => Ask(call => handle.Flush(call, Owner));

    private string Read(Handle handle)
    {
        var text = new StringBuilder();
        while (true)
        {
            // In small pieces, so that positions count.
            var part = Answered(Ask(call => handle.Read(call, new ReadRequest(text.Length, 7, 0), new byte[7]))).Text;
            if (part.Length == 0)
                return text.ToString();
            text.Append(part);
        }
    }
}
