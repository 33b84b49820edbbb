using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Streams;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Directories;

/// <summary>What names lead to in a volume of streams.</summary>
public sealed class LookupTests : PlayedVolume
{
    [Theory]
    [InlineData("s", true)]
    [InlineData("s/t", true)]
    [InlineData("s/t/0", false)]
    [InlineData("s/.configuration", false)]
    [InlineData("s/t/.follow", true)]
    [InlineData("s/t/.follow/0", false)]
    [InlineData("s/t/.json/.follow/.at/1h/0", false)]
    [InlineData("s/t/.at/1200/.json/.follow/0", false)]
    [InlineData("s/t/.at/2026-11-20T10:00Z/0", false)]
    [InlineData("s/t/.size/.at/-100/0", false)]
    [InlineData("s/t/.merged", false)]
    [InlineData("s/t/.json/.follow/.at/1h/.merged", false)]
    [InlineData("s/t/.produce", false)]
    [InlineData("s/t/.json/.produce", false)]
    [InlineData("s/t/.cursors", true)]
    [InlineData("s/t/.cursors/reader/0", false)]
    [InlineData("s/t/.json/.cursors/reader/.follow/0", false)]
    [InlineData("s/.json/t/0", false)]
    [InlineData("s/.at/1h/.json/t/.follow/0", false)]
    [InlineData(".json/s/t/.at/-1/0", false)]
    public void Name_ThatMakesSense_LeadsSomewhere(string path, bool isDirectory)
    {
        var answer = Found(path);

        Assert.Equal(Errno.None, answer.Error);
        var mode = BitConverter.ToUInt32(answer.Body, 40 + 60);
        // A sink is only written to.
        Assert.Equal(isDirectory ? 0x41C0u : path.EndsWith(".produce", StringComparison.Ordinal) ? 0x8080u : 0x8180u, mode);
        Assert.Equal((5u, 6u), (BitConverter.ToUInt32(answer.Body, 40 + 68), BitConverter.ToUInt32(answer.Body, 40 + 72)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData(".x")]
    [InlineData(".merged")]
    [InlineData(".configuration")]
    [InlineData("s/x")]
    [InlineData("s/.produce")]
    [InlineData("s/.cursors")]
    [InlineData("s/.json/.configuration")]
    [InlineData("s/t/1")]
    [InlineData("s/t/00")]
    [InlineData("s/t/x")]
    [InlineData("s/t/.configuration")]
    [InlineData("s/t/.x")]
    [InlineData("s/t/.json/.json")]
    [InlineData("s/t/.json/.size")]
    [InlineData("s/t/.follow/.follow")]
    [InlineData("s/t/.at/1h/.at")]
    [InlineData("s/t/.follow/.produce")]
    [InlineData("s/t/.at/1h/.produce")]
    [InlineData("s/t/.at/nonsense")]
    [InlineData("s/t/.at/12x")]
    [InlineData("s/t/.at/-")]
    [InlineData("s/t/.at/0x10")]
    [InlineData("s/t/.at/99999999999999999999")]
    [InlineData("s/t/.at/2026-13-01")]
    [InlineData("s/t/.cursors/nobody")]
    [InlineData("s/t/.cursors/reader/.at")]
    [InlineData("s/t/.cursors/reader/.cursors")]
    [InlineData("s/t/.cursors/reader/.merged")]
    [InlineData("s/t/.cursors/reader/.produce")]
    [InlineData("s/t/.at/1h/.cursors")]
    public void Name_ThatMakesNone_IsNotThere(string path) => Assert.Equal(Errno.ENOENT, Found(path).Error);

    [Theory]
    [InlineData("s", true, true)]
    [InlineData("s/t", true, true)]
    [InlineData("s/t/0", false, true)]
    [InlineData("s/.json", false, false)]
    [InlineData("s/.json/t", false, false)]
    [InlineData("s/.json/t/0", false, false)]
    [InlineData("s/t/.json/0", false, false)]
    [InlineData("s/t/.follow/0", false, false)]
    [InlineData("s/t/.at/0/0", false, false)]
    [InlineData("s/t/.merged", false, false)]
    [InlineData("s/t/.produce", false, false)]
    [InlineData("s/t/.cursors/reader/0", false, false)]
    [InlineData("s/.configuration", false, false)]
    public void Name_IsKeptByTheKernel_WhereNobodyElseCanChangeIt(string path, bool ofNames, bool ofFiles)
    {
        Assert.Equal((0, ofNames, ofFiles), (Kept(Volume()), Kept(Volume(ownsNames: true)) > 0, Kept(Volume(ownsNames: true, ownsFiles: true)) > 0));

        long Kept(StreamsVolume volume)
        {
            var (directory, name) = (path.LastIndexOf('/') is var end and >= 0 ? path[..end] : "", path[(path.LastIndexOf('/') + 1)..]);
            return Found(Reach(volume.Root, directory), name).EntryValid;
        }
    }

    [Fact]
    public void Name_ThatIsNotThere_IsNeverKept() => Assert.Equal(Errno.ENOENT, Found(Volume(ownsNames: true, ownsFiles: true).Root, "x").Error);

    [Fact]
    public void File_ReachedByAnyOrderOfDotDirectories_IsTheSame()
    {
        var root = Volume().Root;

        var one = Reach(root, "s/t/.json/.follow/.at/1200/0");

        Assert.Same(one, Reach(root, "s/t/.at/1200/.follow/.json/0"));
        Assert.Same(one, Reach(root, "s/.follow/.json/t/.at/1200/0"));
        Assert.NotSame(one, Reach(root, "s/t/.json/.at/1200/0"));
        Assert.NotSame(one, Reach(root, "s/t/.json/.follow/.at/1201/0"));
    }

    [Fact]
    public void Directory_ReachedByAnotherOrder_IsAnother()
    {
        var root = Volume().Root;

        Assert.NotSame(Reach(root, "s/t/.json/.follow"), Reach(root, "s/t/.follow/.json"));
        Assert.NotSame(Reach(root, "s/.json/t"), Reach(root, "s/t/.json"));
        Assert.Same(Reach(root, "s/t/.json"), Reach(root, "s/t/.json"));
    }

    [Fact]
    public void Number_OfAnInode_IsTheSameInTheNextMountAndAnotherInAnotherVolume()
    {
        foreach (var path in new[] { "s", "s/t", "s/t/0", "s/t/.json/0", "s/t/.at/5/0", "s/t/.cursors/reader/0", "s/.configuration" })
        {
            var number = ((StreamInode)Reach(Volume().Root, path)).Number;

            Assert.Equal(number, ((StreamInode)Reach(Volume().Root, path)).Number);
            Assert.NotEqual(number, ((StreamInode)Reach(Volume(seed: "/other").Root, path)).Number);
            Assert.True(number >> 63 == 1, $"{path} has the number of an ordinary file");
        }
    }

    [Fact]
    public void Listing_OfEachLevel_HasItsNamesAtRisingOffsetsAndTheirNumbers()
    {
        var root = Volume().Root;

        foreach (var (path, names) in new[]
        {
            ("", new[] { ".", "..", "s" }),
            ("s", [".", "..", ".configuration", "t"]),
            ("s/t", [".", "..", "0"]),
            ("s/.json", [".", "..", "t"]),
            ("s/t/.follow", [".", "..", "0"]),
            ("s/t/.at", [".", ".."]),
            ("s/t/.cursors", [".", "..", "reader"]),
            ("s/t/.cursors/reader", [".", "..", "0"]),
        })
        {
            var directory = Reach(root, path);

            var entries = List(directory);

            Assert.Equal(names, entries.Select(entry => entry.Name));
            Assert.Equal(entries.Select(entry => entry.Offset).Order().Distinct(), entries.Select(entry => entry.Offset));
            Assert.Equal(((StreamInode)directory).Number, entries[0].Ino);
            foreach (var entry in entries.Skip(2))
                Assert.Equal(((StreamInode)Reach(root, $"{path}/{entry.Name}")).Number, entry.Ino);
        }
    }

    [Fact]
    public void Listing_Again_HasTheSameOffsets()
    {
        var directory = Reach(Volume().Root, "s");

        Assert.Equal(List(directory), List(directory));
    }

    [Fact]
    public void Topic_WithOnePartition_IsAFileInTheLayoutOfTopics()
    {
        var root = Volume(layout: StreamLayout.Topics).Root;

        Assert.IsType<PartitionFile>(Reach(root, "s/t"));
        Assert.Same(Reach(root, "s/t.follow"), Reach(root, "s/.follow/t"));
        Assert.IsType<PartitionFile>(Reach(root, "s/.json/.at/-3/t"));
        Assert.Equal(Errno.ENOENT, Found(Reach(root, "s"), "x.follow").Error);
        Assert.Same(Reach(root, "s/t.json"), Reach(root, "s/.json/t"));
        Assert.Same(Reach(root, "s/t.json.at=-3.follow"), Reach(root, "s/.follow/.json/.at/-3/t"));
        Assert.Same(Reach(root, "s/t.follow.at=-3.json"), Reach(root, "s/.follow/.json/.at/-3/t"));
        Assert.Same(Reach(root, "s/t.at=2026-11-20T10:00:00.5Z"), Reach(root, "s/.at/2026-11-20T10:00:00.5Z/t"));
        Assert.Same(Reach(root, "s/.json/t.follow"), Reach(root, "s/t.json.follow"));
        Assert.IsType<SinkFile>(Reach(root, "s/t.produce"));
        Assert.NotSame(Reach(root, "s/t.produce"), Reach(root, "s/t.json.produce"));
        Assert.IsType<CursorFile>(Reach(root, "s/t.cursors/reader/0"));
        Assert.IsType<CursorFile>(Reach(root, "s/t.json.cursors/reader/0"));
        foreach (var name in (string[])["x.json", "t.json.json", "t.json.size", "t.follow.produce", "t.at=1.produce", "t.at=1.cursors", "t.at=x", "t.produce.json", "t.at=", "t.other", ".json.t"])
            Assert.Equal(Errno.ENOENT, Found(Reach(root, "s"), name).Error);
        var stream = (StreamDirectory)Reach(root, "s");
        foreach (var name in (string[])["t.follow", "t.json", "t.at=1", "t.cursors"])
            Assert.Equal(Errno.EPERM, Played(AskUnlink(stream, name)).Error);
        Assert.Equal([(".configuration", 8u), ("t", 8u)], List(Reach(root, "s")).Skip(2).Select(entry => (entry.Name, entry.Type)));
    }

    [Fact]
    public void Topic_MovedToAnotherStream_StaysTheDirectoryThatItIs()
    {
        var root = Volume().Root;
        var topic = (TopicDirectory)Reach(root, "s/t");
        var other = new StreamEntry(new EntityName("o"), new StreamId("2"), Made);
        var asked = Ask(call => root.Lookup(call, "o"u8));
        TestActor.ExpectMsg<VolumeRequest.FindStream>();
        Reply(new VolumeReply.Found(other));

        var directory = (StreamDirectory)Mounted.Inodes.Find(Answered(asked).NodeId)!;

        Assert.Same(topic, Reach(directory, "t"));
        Assert.Equal(directory.Number, topic.ParentNumber);
    }

    private Answer Found(string path)
    {
        var slash = path.LastIndexOf('/');
        return Found(Reach(Volume().Root, path[..Math.Max(0, slash)]), path[(slash + 1)..]);
    }
}
