using System.Text;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Directories;

/// <summary>Extended attributes of streams, topics, partitions and cursors.</summary>
public sealed class XattrTests : PlayedVolume
{
    private const string Prefix = "user.streamactors.";

    [Theory]
    [InlineData("s", "topics partitions messages bytes created last_time framing")]
    [InlineData("s/t", "partitions messages bytes created last_time")]
    [InlineData("s/t/0", "first_offset next_offset messages bytes created first_time last_time framing generation complete")]
    [InlineData("s/t/.json/0", "first_offset next_offset messages bytes created first_time last_time framing generation complete")]
    [InlineData("s/t/.cursors/reader/0", "offset lag")]
    [InlineData("s/t/.at", "")]
    [InlineData("s/.configuration", "")]
    [InlineData("", "")]
    public void List_OfEachKind_IsKnownWithoutAsking(string path, string names)
    {
        var inode = Reach(Volume().Root, path);
        var expected = string.Concat(names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(name => $"{Prefix}{name}\0"));

        Assert.Equal(expected, Answered(Ask(call => inode.ListXattr(call, 1000))).Text);
        Assert.Equal(expected.Length, BitConverter.ToInt32(Answered(Ask(call => inode.ListXattr(call, 0))).Body));
        if (expected.Length > 1)
            Assert.Equal(Errno.ERANGE, Answered(Ask(call => inode.ListXattr(call, expected.Length - 1))).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Get_OfAPartition_IsItsDescription()
    {
        var file = Reach(Volume().Root, "s/t/0");
        var known = new PartitionDescription(10, 50, 40, 4000, Made, Made.AddSeconds(1), Made.AddMilliseconds(2500), Framing.Lines, 3, true);

        foreach (var (name, value) in new[]
        {
            ("first_offset", "10"), ("next_offset", "50"), ("messages", "40"), ("bytes", "4000"),
            ("created", "1970-01-01T00:16:40.000Z"), ("first_time", "1970-01-01T00:16:41.000Z"), ("last_time", "1970-01-01T00:16:42.500Z"),
            ("framing", "{\"start\":\"\",\"stop\":\"\",\"separator\":\"\\n\",\"size\":false}"), ("generation", "3"), ("complete", "1"),
        })
            Assert.Equal(value, Get(file, name, 1000, known).Text);
        Assert.Equal("", Get(file, "first_time", 1000, known with { FirstAt = null }).Text);
    }

    [Fact]
    public void Get_WithABufferThatIsTooSmall_IsOutOfRange_AndWithoutOneTellsTheSize()
    {
        var file = Reach(Volume().Root, "s/t/0");
        var known = new PartitionDescription(0, 1234, 0, 0, Made, null, null, Framing.Lines, 0, true);

        Assert.Equal(4, BitConverter.ToInt32(Get(file, "next_offset", 0, known).Body));
        Assert.Equal(Errno.ERANGE, Get(file, "next_offset", 3, known).Error);
        Assert.Equal("1234", Get(file, "next_offset", 4, known).Text);
    }

    [Theory]
    [InlineData("s", "topics=1 partitions=1 messages=3 bytes=30 created=1970-01-01T00:16:40.000Z last_time=1970-01-01T00:16:40.000Z")]
    [InlineData("s/t", "partitions=1 messages=3 bytes=30 created=1970-01-01T00:16:42.000Z last_time=1970-01-01T00:16:40.000Z")]
    public void Get_OfATopicAndAStream_IsTheSumOfTheirPartitions(string path, string values)
    {
        var directory = Reach(Volume().Root, path);

        foreach (var value in values.Split(' '))
            Assert.Equal(value.Split('=')[1], Played(AskGet(directory, Prefix + value.Split('=')[0], 1000)).Text);
    }

    [Fact]
    public void Get_OfAStream_LeavesOutATopicThatWasDeletedMeanwhile()
    {
        var asked = AskGet(Reach(Volume().Root, "s"), Prefix + "messages", 1000);
        TestActor.ExpectMsg<StreamRequest.Describe>();
        Reply(new StreamReply.Described(2, Made, Framing.Lines));
        TestActor.ExpectMsg<StreamRequest.ListTopics>();
        Reply(new StreamReply.Topics([TopicT, TopicT with { Id = new TopicId("gone") }]));
        TestActor.ExpectMsg<TopicRequest.ListPartitions>();
        Reply(new TopicReply.Partitions([Partition]));
        TestActor.ExpectMsg<TopicRequest.StatMerged>();
        Reply(new TopicReply.Stated(new PartitionStat(30, Made, 3)));
        TestActor.ExpectMsg<TopicRequest.ListPartitions>();
        Reply(new Failure(Fault.Deleted, "deleted"));

        Assert.Equal("3", Answered(asked).Text);
    }

    [Theory]
    [InlineData("user.other")]
    [InlineData("user.streamactors.other")]
    [InlineData("security.capability")]
    public void Name_ThatThereIsNot_HasNoData(string name)
    {
        var file = Reach(Volume().Root, "s/t/0");

        Assert.Equal(Errno.ENODATA, Answered(AskGet(file, name, 100)).Error);
        Assert.Equal(Errno.ENODATA, Answered(Ask(call => file.RemoveXattr(call, Encoding.ASCII.GetBytes(name)))).Error);
        Assert.Equal(Errno.EOPNOTSUPP, Answered(AskSet(file, name, "x")).Error);
    }

    [Theory]
    [InlineData("s/t/0", "next_offset")]
    [InlineData("s/t", "messages")]
    [InlineData("s/t/.cursors/reader/0", "lag")]
    public void Name_ThatOnlyTells_CanNotBeSetOrRemoved(string path, string name)
    {
        var inode = Reach(Volume().Root, path);

        Assert.Equal(Errno.EPERM, Answered(AskSet(inode, Prefix + name, "1")).Error);
        Assert.Equal(Errno.EEXIST, Answered(AskSet(inode, Prefix + name, "1", flags: 1)).Error);
        Assert.Equal(Errno.EPERM, Answered(Ask(call => inode.RemoveXattr(call, Encoding.ASCII.GetBytes(Prefix + name)))).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Cursor_TellsItsPlace_AndIsMovedByIt()
    {
        var file = Reach(Volume().Root, "s/t/.cursors/reader/0");
        var asked = AskGet(file, Prefix + "lag", 100);
        TestActor.ExpectMsg(new PartitionRequest.FindCursor(Partition, new EntityName("reader")));
        Reply(new PartitionReply.CursorAt(new CursorState(5, 70)));
        Assert.Equal("70", Answered(asked).Text);

        asked = AskSet(file, Prefix + "offset", "-10");
        TestActor.ExpectMsg(new PartitionRequest.MoveCursor(Partition, new EntityName("reader"), new StartPlace.Last(10)));
        Reply(new Failure(Fault.Busy, "somebody reads by it"));

        Assert.Equal(Errno.EBUSY, Answered(asked).Error);
        Assert.Equal(Errno.EINVAL, Answered(AskSet(file, Prefix + "offset", "nonsense")).Error);
    }

    private Answer Get(Inode inode, string name, int size, PartitionDescription known)
    {
        var asked = AskGet(inode, Prefix + name, size);
        TestActor.ExpectMsg(new PartitionRequest.Describe(Partition));
        Reply(new PartitionReply.Described(known));
        return Answered(asked);
    }

    private ulong AskGet(Inode inode, string name, int size) => Ask(call => inode.GetXattr(call, Encoding.ASCII.GetBytes(name), size));

    private ulong AskSet(Inode inode, string name, string value, uint flags = 0)
    {
        var (key, bytes) = (Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        return Ask(call => inode.SetXattr(call, new SetXattrRequest { Name = key, Value = bytes, Flags = flags }));
    }
}
