using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tests.Streams.Files;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;

namespace StreamActors.Fuse.Tests.Streams.Directories;

/// <summary>The directories of a volume without a mount. It has the stream "s" with the topic "t", and the test plays its actors.</summary>
public abstract class PlayedVolume : PlayedActors
{
    private protected const uint NoReplace = 1;
    private protected const uint Exchange = 2;
    private protected const uint DirectoryType = 4;

    private protected static readonly DateTimeOffset Made = DateTimeOffset.UnixEpoch.AddSeconds(1000);
    private protected static readonly StreamEntry StreamS = new(new EntityName("s"), Stream, Made);
    private protected static readonly TopicEntry TopicT = new(new EntityName("t"), Topic, 7, Partition, Made.AddSeconds(2));

    private protected StreamsVolume Volume(
        string seed = "/s", StreamLayout layout = StreamLayout.Partitions, bool mayDelete = true, bool readOnly = false, bool one = true, bool kernelChecks = true,
        bool ownsNames = false, bool ownsFiles = false) =>
        new(
            Sys,
            new StreamsAddresses(TestActor.Ref, TestActor.Ref, TestActor.Ref, TestActor.Ref),
            new StreamsOptions(layout, TimeSpan.FromSeconds(10), kernelChecks)
            {
                IsReadOnly = readOnly,
                HasViews = true,
                MayDelete = mayDelete,
                MessageMaxBytes = MaxMessage,
                NewTopicsHaveOnePartition = one,
                NumberSeed = seed,
                OwnsNames = ownsNames,
                OwnsFiles = ownsFiles,
            },
            new StreamOwner(5, 6, Made),
            null,
            NullLogger.Instance);

    /// <summary>Looks a path up, as the kernel does: each name, with the answers that the volume's actors give.</summary>
    private protected Inode Reach(Inode root, string path)
    {
        var at = root;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            at = Mounted.Inodes.Find(Found(at, name).NodeId) ?? throw new InvalidOperationException($"{name} of {path} was not found");
        return at;
    }

    /// <summary>Looks a name up, and plays whoever is asked for it.</summary>
    private protected Answer Found(Inode directory, string name)
    {
        var unique = Ask(call => directory.Lookup(call, Encoding.UTF8.GetBytes(name)));
        while (AnswerTo(unique) is null)
            Reply(ReplyTo(TestActor.ExpectMsg<object>()));
        return Answered(unique);
    }

    /// <summary>Lets the volume's actors answer, until the request is answered.</summary>
    private protected Answer Played(ulong unique)
    {
        while (AnswerTo(unique) is null)
            Reply(ReplyTo(TestActor.ExpectMsg<object>()));
        return Answered(unique);
    }

    private protected List<(string Name, ulong Ino, uint Type, long Offset)> List(Inode directory)
    {
        var opened = Answered(Ask(call => directory.OpenDir(call, new OpenRequest(0, 0))));
        var handle = Mounted.Handles.Find(opened.NodeId)!;
        var entries = new List<(string Name, ulong Ino, uint Type, long Offset)>();
        while (true)
        {
            var from = entries.Count == 0 ? 0 : entries[^1].Offset;
            // Room for one or two entries, so that every offset is gone on from.
            var part = Played(Ask(call => handle.ReadDir(call, new ReadDirRequest(from, 64, false), new byte[64]))).Body;
            if (part.Length == 0)
                return entries;
            for (var at = 0; at < part.Length;)
            {
                var length = BinaryPrimitives.ReadInt32LittleEndian(part.AsSpan(at + 16));
                entries.Add((
                    Encoding.UTF8.GetString(part, at + 24, length),
                    BinaryPrimitives.ReadUInt64LittleEndian(part.AsSpan(at)),
                    BinaryPrimitives.ReadUInt32LittleEndian(part.AsSpan(at + 20)),
                    BinaryPrimitives.ReadInt64LittleEndian(part.AsSpan(at + 8))));
                at += (24 + length + 7) & ~7;
            }
        }
    }

    private protected Answer Rename(Inode directory, string name, Inode newParent, string newName, uint flags = 0) => Played(AskRename(directory, name, newParent, newName, flags));

    private protected ulong AskRename(Inode directory, string name, Inode newParent, string newName, uint flags = 0)
    {
        var (from, to) = (Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(newName));
        return Ask(call => directory.Rename(call, new RenameRequest { Name = from, NewParent = newParent, NewName = to, Flags = flags }));
    }

    private protected ulong AskMkDir(Inode directory, string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return Ask(call => directory.MkDir(call, new MakeRequest { Name = bytes, Mode = 0x41ED }));
    }

    private protected ulong AskRmDir(Inode directory, string name) => Ask(call => directory.RmDir(call, Encoding.UTF8.GetBytes(name)));

    private protected ulong AskUnlink(Inode directory, string name) => Ask(call => directory.Unlink(call, Encoding.UTF8.GetBytes(name)));

    private protected ulong AskMkNod(Inode directory, string name, uint mode = 0x81A4)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return Ask(call => directory.MkNod(call, new MakeRequest { Name = bytes, Mode = mode }));
    }

    private protected ulong AskCreate(Inode directory, string name, uint flags = WriteOnly)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return Ask(call => directory.Create(call, new CreateRequest { Name = bytes, Flags = flags }));
    }

    /// <summary>What the actors of the volume answer.</summary>
    private static object ReplyTo(object request) => request switch
    {
        VolumeRequest.FindStream { Name: var name } when name.Equals(StreamS.Name) => new VolumeReply.Found(StreamS),
        VolumeRequest.ListStreams => new VolumeReply.Streams([StreamS]),
        StreamRequest.FindTopic { Name: var name } when name.Equals(TopicT.Name) => new StreamReply.Found(TopicT),
        StreamRequest.ListTopics => new StreamReply.Topics([TopicT]),
        StreamRequest.Describe => new StreamReply.Described(1, Made, Framing.Lines),
        TopicRequest.FindPartition { Index: 0 } => new TopicReply.Found(Partition),
        TopicRequest.ListPartitions => new TopicReply.Partitions([Partition]),
        TopicRequest.FindCursor find => find.Name.ToString() == "reader"
            ? new TopicReply.Done() : new Failure(Fault.NotFound, $"there is no cursor {find.Name}"),
        TopicRequest.ListCursors => new TopicReply.Cursors([new EntityName("reader")]),
        TopicRequest.StatMerged => new TopicReply.Stated(new PartitionStat(30, Made, 3)),
        PartitionRequest.FindView view => new PartitionReply.Found(new ViewId(view.Kind, 0, view.Start is StartPlace.Offset at ? at.Value : null), default),
        PartitionRequest.Open => new PartitionReply.Opened(new Lines()),
        _ => new Failure(Fault.NotFound, "there is none"),
    };
}
