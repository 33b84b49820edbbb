using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Directories;

/// <summary>Names that are made, moved and taken away in a volume of streams.</summary>
public sealed class NameTests : PlayedVolume
{
    private static readonly EntityName New = new("new");

    [Fact]
    public void MkDir_InAVolume_MakesAStream()
    {
        var asked = AskMkDir(Volume().Root, "new");

        TestActor.ExpectMsg(new VolumeRequest.CreateStream(New));
        Reply(new VolumeReply.Found(new StreamEntry(New, new StreamId("9"), Made)));

        Assert.IsType<StreamDirectory>(Mounted.Inodes.Find(Answered(asked).NodeId));
    }

    [Fact]
    public void MkDir_InAStream_MakesATopic_WhoseNameIsDecoded()
    {
        var asked = AskMkDir(Reach(Volume().Root, "s"), "%2Ehidden");

        TestActor.ExpectMsg(new StreamRequest.CreateTopic(Stream, new EntityName(".hidden")));
        Reply(new StreamReply.Found(new TopicEntry(New, new TopicId("9"), 8, new PartitionId("10"))));

        Assert.IsType<TopicDirectory>(Mounted.Inodes.Find(Answered(asked).NodeId));
    }

    [Fact]
    public void MkDir_OfATopicInTheLayoutOfTopics_IsADirectoryUntilItIsLookedUp()
    {
        var asked = AskMkDir(Reach(Volume(layout: StreamLayout.Topics).Root, "s"), "new");
        TestActor.ExpectMsg<StreamRequest.CreateTopic>();
        Reply(new StreamReply.Found(new TopicEntry(New, new TopicId("9"), 8, new PartitionId("10"))));

        Assert.IsType<TopicDirectory>(Mounted.Inodes.Find(Answered(asked).NodeId));
    }

    [Theory]
    [InlineData("", ".hidden")]
    [InlineData("", "100%")]
    [InlineData("s", "%41")]
    [InlineData("s", "..x")]
    [InlineData("s/t/.cursors", ".x")]
    public void MkDir_OfWhatIsNoName_IsInvalid(string path, string name) =>
        Assert.Equal(Errno.EINVAL, Answered(AskMkDir(Reach(Volume().Root, path), name)).Error);

    [Theory]
    [InlineData("s/t", "1", Errno.EPERM)]
    [InlineData("s/t", "x", Errno.EINVAL)]
    [InlineData(".json", "x", Errno.EPERM)]
    [InlineData("s/.json", "x", Errno.EPERM)]
    [InlineData("s/t/.json", "1", Errno.EPERM)]
    [InlineData("s/t/.at", "x", Errno.EPERM)]
    public void MkDir_WhereNoneCanBe_IsRefused(string path, string name, Errno expected)
    {
        Assert.Equal(expected, Answered(AskMkDir(Reach(Volume().Root, path), name)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Name_ThatIsTaken_Exists()
    {
        var asked = AskMkDir(Volume().Root, "s");
        TestActor.ExpectMsg<VolumeRequest.CreateStream>();
        Reply(new Failure(Fault.Exists, "taken"));

        Assert.Equal(Errno.EEXIST, Answered(asked).Error);
    }

    [Fact]
    public void RmDir_OfAStreamAndOfATopic_DeletesThem()
    {
        var root = Volume().Root;
        var directory = Reach(root, "s");

        var topic = AskRmDir(directory, "t");
        TestActor.ExpectMsg<StreamRequest.FindTopic>();
        Reply(new StreamReply.Found(TopicT));
        TestActor.ExpectMsg(new StreamRequest.DeleteTopic(Stream, Topic));
        Reply(new StreamReply.Done());
        var stream = AskRmDir(root, "s");
        TestActor.ExpectMsg<VolumeRequest.FindStream>();
        Reply(new VolumeReply.Found(StreamS));
        TestActor.ExpectMsg(new StreamRequest.Delete(Stream));
        Reply(new StreamReply.Done());

        Assert.Equal((Errno.None, Errno.None), (Answered(topic).Error, Answered(stream).Error));
    }

    [Theory]
    [InlineData("", "s")]
    [InlineData("s", "t")]
    public void RmDir_WhereDeletesAreDenied_IsRefused(string path, string name)
    {
        Assert.Equal(Errno.EPERM, Answered(AskRmDir(Reach(Volume(mayDelete: false).Root, path), name)).Error);
        TestActor.ExpectNoMsg();
    }

    [Theory]
    [InlineData("", ".json")]
    [InlineData("s", ".json")]
    [InlineData("s/t", ".json")]
    [InlineData("s/t", "0")]
    [InlineData("s/.json", "t")]
    [InlineData("s/t/.at", "1h")]
    public void RmDir_OfWhatAlwaysIsThere_IsRefused(string path, string name)
    {
        Assert.Equal(Errno.EPERM, Answered(AskRmDir(Reach(Volume().Root, path), name)).Error);
        TestActor.ExpectNoMsg();
    }

    [Theory]
    [InlineData("s", ".configuration")]
    [InlineData("s/t", "0")]
    [InlineData("s/t", ".merged")]
    [InlineData("s/t/.cursors/reader", "0")]
    public void Unlink_OfAFile_IsRefused(string path, string name)
    {
        Assert.Equal(Errno.EPERM, Answered(AskUnlink(Reach(Volume().Root, path), name)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Unlink_OfATopicThatIsAFile_DeletesIt()
    {
        var asked = AskUnlink(Reach(Volume(layout: StreamLayout.Topics).Root, "s"), "t");
        TestActor.ExpectMsg<StreamRequest.FindTopic>();
        Reply(new StreamReply.Found(TopicT));
        TestActor.ExpectMsg(new StreamRequest.DeleteTopic(Stream, Topic));
        Reply(new StreamReply.Done());

        Assert.Equal(Errno.None, Answered(asked).Error);
    }

    [Fact]
    public void Create_OfTheNextNumber_AddsAPartitionAndOpensIt()
    {
        var asked = AskCreate(Reach(Volume().Root, "s/t"), "1");

        TestActor.ExpectMsg(new TopicRequest.AddPartition(Topic, 1));
        Reply(new TopicReply.Found(new PartitionId("2.0.1")));

        Assert.IsType<PartitionFile>(Mounted.Inodes.Find(Played(asked).NodeId));
    }

    [Fact]
    public void MkNod_OfTheNextNumber_AddsAPartition()
    {
        var asked = AskMkNod(Reach(Volume().Root, "s/t"), "1");

        TestActor.ExpectMsg(new TopicRequest.AddPartition(Topic, 1));
        Reply(new TopicReply.Found(new PartitionId("2.0.1")));

        Assert.IsType<PartitionFile>(Mounted.Inodes.Find(Played(asked).NodeId));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("01")]
    [InlineData("1.tmp")]
    [InlineData(".swp")]
    public void Create_OfAnyOtherName_IsInvalid(string name)
    {
        var topic = Reach(Volume().Root, "s/t");

        Assert.Equal((Errno.EINVAL, Errno.EINVAL), (Answered(AskCreate(topic, name)).Error, Answered(AskMkNod(topic, name)).Error));
        TestActor.ExpectNoMsg();
    }

    [Theory]
    [InlineData(Fault.Invalid, 0u, Errno.EINVAL)]
    [InlineData(Fault.Exists, 0u, Errno.ESTALE)]
    [InlineData(Fault.Exists, 0x80u, Errno.EEXIST)]
    [InlineData(Fault.NoSpace, 0u, Errno.ENOSPC)]
    public void Create_ThatTheTopicRefuses_IsToldWhy(Fault fault, uint flags, Errno expected)
    {
        var asked = AskCreate(Reach(Volume().Root, "s/t"), "7", WriteOnly | flags);
        TestActor.ExpectMsg<TopicRequest.AddPartition>();
        Reply(new Failure(fault, "no"));

        Assert.Equal(expected, Answered(asked).Error);
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("s", "x")]
    [InlineData("s/t/.json", "1")]
    [InlineData("s/t/.cursors", "x")]
    public void Create_WhereNoFileCanBe_IsRefused(string path, string name)
    {
        Assert.Equal(Errno.EPERM, Answered(AskCreate(Reach(Volume().Root, path), name)).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Create_InTheLayoutOfTopics_MakesATopic()
    {
        var asked = AskCreate(Reach(Volume(layout: StreamLayout.Topics).Root, "s"), "new");

        TestActor.ExpectMsg(new StreamRequest.CreateTopic(Stream, New));
        Reply(new StreamReply.Found(new TopicEntry(New, new TopicId("9"), 8, new PartitionId("10"))));

        Assert.IsType<PartitionFile>(Mounted.Inodes.Find(Played(asked).NodeId));
    }

    [Fact]
    public void Create_InTheLayoutOfTopicsWhereTheyAreDirectories_IsRefused()
    {
        Assert.Equal(Errno.EPERM, Answered(AskCreate(Reach(Volume(layout: StreamLayout.Topics, one: false).Root, "s"), "new")).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Rename_OfAStream_IsOneRequest()
    {
        var root = Volume().Root;
        var asked = AskRename(root, "s", root, "new");
        TestActor.ExpectMsg<VolumeRequest.FindStream>();
        Reply(new VolumeReply.Found(StreamS));
        TestActor.ExpectMsg(new VolumeRequest.RenameStream(Stream, New));
        Reply(new VolumeReply.Done());

        Assert.Equal(Errno.None, Answered(asked).Error);
    }

    [Fact]
    public void Rename_OfATopic_MayMoveItToAnotherStream()
    {
        var root = Volume().Root;
        var asked = Ask(call => root.Lookup(call, "o"u8));
        TestActor.ExpectMsg<VolumeRequest.FindStream>();
        Reply(new VolumeReply.Found(new StreamEntry(new EntityName("o"), new StreamId("2"), Made)));
        var other = Mounted.Inodes.Find(Answered(asked).NodeId)!;

        asked = AskRename(Reach(root, "s"), "t", other, "new", NoReplace);
        TestActor.ExpectMsg<StreamRequest.FindTopic>();
        Reply(new StreamReply.Found(TopicT));
        TestActor.ExpectMsg(new StreamRequest.RenameTopic(Stream, Topic, new StreamId("2"), New));
        Reply(new StreamReply.Done());

        Assert.Equal(Errno.None, Answered(asked).Error);
    }

    [Theory]
    [InlineData(0u, StreamLayout.Partitions, Fault.Exists, Errno.ENOTEMPTY)]
    [InlineData(NoReplace, StreamLayout.Partitions, Fault.Exists, Errno.EEXIST)]
    [InlineData(0u, StreamLayout.Topics, Fault.Exists, Errno.EEXIST)]
    [InlineData(0u, StreamLayout.Partitions, Fault.Invalid, Errno.EPERM)]
    [InlineData(0u, StreamLayout.Partitions, Fault.NoSpace, Errno.ENOSPC)]
    public void Rename_ThatTheStreamRefuses_IsToldWhy(uint flags, StreamLayout layout, Fault fault, Errno expected)
    {
        var directory = Reach(Volume(layout: layout).Root, "s");
        var asked = AskRename(directory, "t", directory, "new", flags);
        TestActor.ExpectMsg<StreamRequest.FindTopic>();
        Reply(new StreamReply.Found(TopicT));
        TestActor.ExpectMsg<StreamRequest.RenameTopic>();
        Reply(new Failure(fault, "no"));

        Assert.Equal(expected, Answered(asked).Error);
    }

    [Theory]
    [InlineData("", "s", "", "new", Exchange, Errno.EINVAL)]
    [InlineData("s", "t", "s", "new", Exchange, Errno.EINVAL)]
    [InlineData("s", "t", "s", "new", 4u, Errno.EINVAL)]
    [InlineData("s", "t", "s", ".json", 0u, Errno.EPERM)]
    [InlineData("s", "t", "s", "100%", 0u, Errno.EPERM)]
    [InlineData("", "s", "", ".json", 0u, Errno.EPERM)]
    [InlineData("", "s", "s", "new", 0u, Errno.EPERM)]
    [InlineData("s", "t", "", "new", 0u, Errno.EPERM)]
    [InlineData("s", ".configuration", "s", "new", 0u, Errno.EPERM)]
    [InlineData("", ".json", "", "new", 0u, Errno.EPERM)]
    [InlineData("s/t", "0", "s/t", "1", 0u, Errno.EPERM)]
    [InlineData("s/t", ".json", "s/t", "x", 0u, Errno.EPERM)]
    [InlineData("s/.json", "t", "s/.json", "new", 0u, Errno.EPERM)]
    [InlineData("s", "t", "s/.json", "new", 0u, Errno.EPERM)]
    [InlineData("s/t/.cursors", "reader", "s/t/.cursors", "x", 0u, Errno.EPERM)]
    public void Rename_ThatMakesNoSense_IsRefused(string from, string name, string to, string newName, uint flags, Errno expected)
    {
        var root = Volume().Root;
        var (directory, target) = (Reach(root, from), Reach(root, to));

        Assert.Equal(expected, Answered(AskRename(directory, name, target, newName, flags)).Error);
        TestActor.ExpectNoMsg();
    }

    [Theory]
    [InlineData("", "s")]
    [InlineData("s", "t")]
    [InlineData("s/t", "0")]
    public void Rename_ToAnotherVolume_IsACopy(string path, string name)
    {
        var (directory, other) = (Reach(Volume().Root, path), Reach(Volume(seed: "/other").Root, path));

        Assert.Equal(Errno.EXDEV, Answered(AskRename(directory, name, other, "new")).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Change_OfAVolumeThatIsOnlyRead_IsReadOnly()
    {
        var root = Volume(readOnly: true).Root;
        var (stream, topic) = (Reach(root, "s"), Reach(root, "s/t"));

        foreach (var asked in new[]
        {
            AskMkDir(root, "x"), AskMkDir(stream, "x"), AskCreate(topic, "1"), AskMkNod(topic, "1"), AskRename(root, "s", root, "x"),
            AskRename(stream, "t", stream, "x"),
        })
            Assert.Equal(Errno.EROFS, Answered(asked).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Change_ByAStranger_IsDeniedWhereTheKernelDoesNotCheck()
    {
        var root = Volume(kernelChecks: false).Root;
        var (stream, topic) = (Reach(root, "s"), Reach(root, "s/t"));
        var cursors = Reach(root, "s/t/.cursors");
        AsUser(1001);

        foreach (var asked in new[]
        {
            AskMkDir(root, "x"), AskRmDir(root, "s"), AskMkDir(stream, "x"), AskRmDir(stream, "t"), AskCreate(topic, "1"),
            AskRename(stream, "t", stream, "x"), AskMkDir(cursors, "x"), AskRmDir(cursors, "reader"),
        })
            Assert.Equal(Errno.EACCES, Answered(asked).Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Cursor_IsMadeAndForgottenByItsDirectory()
    {
        var cursors = Reach(Volume().Root, "s/t/.json/.cursors");

        var made = AskMkDir(cursors, "new");
        TestActor.ExpectMsg(new TopicRequest.CreateCursor(Topic, New));
        Reply(new TopicReply.Done());
        var forgotten = AskRmDir(cursors, "new");
        TestActor.ExpectMsg(new TopicRequest.ForgetCursor(Topic, New));
        Reply(new Failure(Fault.Busy, "somebody reads by it"));

        Assert.IsType<TopicDirectory>(Mounted.Inodes.Find(Answered(made).NodeId));
        Assert.Equal(Errno.EBUSY, Answered(forgotten).Error);
    }
}
