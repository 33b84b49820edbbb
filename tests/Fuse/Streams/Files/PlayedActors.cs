using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using StreamActors.TestKit;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>The files of a topic without a mount: the test plays the kernel and the actors, on virtual time.</summary>
public abstract class PlayedActors : TestKitBase
{
    private protected const uint WriteOnly = 1;
    private protected const uint ReadWrite = 2;
    private protected const uint Truncate = 0x200;
    private protected const uint Append = 0x400;
    private protected const uint NonBlocking = 0x800;
    private protected const uint DataSync = 0x1000;
    private protected const ulong Owner = 7;
    private protected const ulong OtherOwner = 8;
    private protected const int MaxMessage = 100;
    private protected const uint OwnerUid = 5;

    private protected static readonly StreamId Stream = new("1");
    private protected static readonly TopicId Topic = new("1.0");
    private protected static readonly PartitionId Partition = new("1.0.0");

    private readonly ParkedReplies _parked = new(NullLogger.Instance);
    private readonly Kernel _kernel = new();
    private readonly Call _call;
    private readonly DirectReply _reply;
    private readonly StreamDirectory _directory;
    private ulong _unique;

    protected PlayedActors(bool kernelChecksPermissions = true, bool stampsAppends = false, bool ownsFiles = false)
        : base(new Simulation(seed: 21))
    {
        Mounted = new FuseTree(new NoInode(), new TreeOptions(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1))) { Connection = Connection };
        _reply = new DirectReply(_kernel, _parked);
        _call = new Call(Mounted, _reply) { Caller = new Caller(0, 0, 1) };
        var options = new StreamsOptions(StreamLayout.Partitions, TimeSpan.FromSeconds(10), kernelChecksPermissions)
        {
            IsReadOnly = false,
            HasViews = true,
            MessageMaxBytes = MaxMessage,
            StampsAppends = stampsAppends,
            OwnsNames = ownsFiles,
            OwnsFiles = ownsFiles,
        };
        Context = new StreamsContext(Sys, new StreamsAddresses(TestActor.Ref, TestActor.Ref, TestActor.Ref, TestActor.Ref), options, NullLogger.Instance);
        _directory = StreamDirectory.Of(Context, 1, Stream, new StreamOwner(OwnerUid, 6, DateTimeOffset.UnixEpoch).LookOf(DateTimeOffset.UnixEpoch), ViewPath.None);
    }

    private protected FuseTree Mounted { get; }

    private protected uint CallerUid
    {
        set => _call.Caller = new Caller(value, value, 1);
    }

    private protected StreamsContext Context { get; }

    private protected MountedConnection Connection { get; } = new();

    /// <summary>Lets the kernel ask something.</summary>
    /// <returns>The request's id.</returns>
    private protected ulong Ask(Action<Call> request)
    {
        _reply.Begin(++_unique);
        request(_call);
        Assert.True(_reply.IsSettled);
        _reply.End();
        return _unique;
    }

    /// <summary>Lets the kernel ask for another user from now on.</summary>
    private protected void AsUser(uint uid) => _call.Caller = new Caller(uid, uid, 1);

    private protected Answer? AnswerTo(ulong unique) => _kernel.Answers.GetValueOrDefault(unique);

    private protected Answer Answered(ulong unique) => AnswerTo(unique) ?? throw new InvalidOperationException($"request {unique} was not answered");

    private protected void Interrupt(ulong unique) => _parked.Interrupt(unique);

    private protected int Parked => _parked.Count;

    private protected void Reply(object message)
    {
        TestActor.Reply(message);
        Simulation!.RunUntilIdle();
    }

    private protected Inode Partitioned(FileView view, ViewId? found = null)
    {
        var unique = Ask(call => TopicFiles.ShowPartition(Context, call.Park(), _directory, Partition, view));
        if (view.Cursor is null)
        {
            TestActor.ExpectMsg(new PartitionRequest.FindView(Partition, view.Kind, view.Start));
            Reply(new PartitionReply.Found(found ?? new ViewId(view.Kind, 0, null), default));
        }
        return Mounted.Inodes.Find(Answered(unique).NodeId)!;
    }

    private protected Inode Merged(FileView view)
    {
        var unique = Ask(call => TopicFiles.ShowMerged(Context, call.Park(), _directory, Topic, view));
        TestActor.ExpectMsg(new TopicRequest.StatMerged(Topic, view.Kind, view.Start));
        Reply(new TopicReply.Stated(new PartitionStat(3, DateTimeOffset.UnixEpoch, 1)));
        return Mounted.Inodes.Find(Answered(unique).NodeId)!;
    }

    private protected Inode Sink(ViewKind kind) =>
        Mounted.Inodes.Find(Answered(Ask(call => TopicFiles.ShowSink(Context, call.Park(), _directory, Topic, kind))).NodeId)!;

    private protected ulong AskCreate(uint flags) => Ask(call => TopicFiles.Create(Context, call.Park(), _directory, Partition, flags));

    /// <summary>Opens a partition.</summary>
    private protected (Handle Handle, Answer Answer) Open(Inode file, uint flags, IPartitionReader reader)
    {
        var unique = Ask(call => file.Open(call, new OpenRequest(flags, 0)));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new PartitionReply.Opened(reader));
        var answer = Answered(unique);
        return (Mounted.Handles.Find(answer.NodeId)!, answer);
    }

    private protected ulong Write(Handle handle, string text, long offset = 0, uint flags = Append, ulong? owner = Owner)
    {
        var data = Encoding.Latin1.GetBytes(text);
        return Ask(call => handle.Write(call, new WriteRequest
        {
            Offset = offset,
            Data = data,
            Flags = flags | WriteOnly,
            WriteFlags = owner is null ? 0u : 2,
            LockOwner = owner ?? 0,
        }));
    }

    /// <summary>The kernel, as it gets answers.</summary>
    private protected sealed class Kernel : IFuseChannel
    {
        public Dictionary<ulong, Answer> Answers { get; } = [];

        public Errno Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
        {
            Answers.Add(
                BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
                new Answer((Errno)(-BinaryPrimitives.ReadInt32LittleEndian(header[4..])), [.. head, .. payload]));
            return Errno.None;
        }
    }

    private protected sealed record Answer(Errno Error, byte[] Body)
    {
        public string Text => Encoding.Latin1.GetString(Body);

        /// <summary>The first field of an entry: the node; of an open: the handle.</summary>
        public ulong NodeId => BinaryPrimitives.ReadUInt64LittleEndian(Body);

        /// <summary>How long a name may be kept, seconds; of an entry.</summary>
        public long EntryValid => BinaryPrimitives.ReadInt64LittleEndian(Body.AsSpan(16));

        /// <summary>Of a <c>fuse_open_out</c>.</summary>
        public OpenReplyFlags Flags => (OpenReplyFlags)BinaryPrimitives.ReadUInt32LittleEndian(Body.AsSpan(8));

        /// <summary>Of a <c>fuse_open_out</c>.</summary>
        public int BackingId => BinaryPrimitives.ReadInt32LittleEndian(Body.AsSpan(12));

        /// <summary>Of a <c>fuse_write_out</c>, or the error.</summary>
        public (int Count, Errno Error) Written => (Error == Errno.None ? BinaryPrimitives.ReadInt32LittleEndian(Body) : 0, Error);

        /// <summary>How long they may be kept, seconds; of a <c>fuse_attr_out</c>.</summary>
        public long AttrValid => BinaryPrimitives.ReadInt64LittleEndian(Body);

        /// <summary>Of a <c>fuse_attr_out</c>.</summary>
        public ulong AttrSize => BinaryPrimitives.ReadUInt64LittleEndian(Body.AsSpan(24));
    }

    /// <summary>A mount that can do passthrough, as far as anybody can tell.</summary>
    private protected sealed class MountedConnection : IFuseConnection, INotifier
    {
        public const int MaxWriteBytes = 8192;

        public FuseFeatures Features { get; set; } = new(40, InitFlags.None, MaxWriteBytes, 2);

        public INotifier Notifier => this;

        public List<int> OpenBackings { get; } = [];

        public List<ulong> Polled { get; } = [];

        public int Opened { get; private set; }

        public Errno OpenBacking(FileDescriptor file, out int backingId)
        {
            OpenBackings.Add(backingId = ++Opened);
            return Errno.None;
        }

        public Errno CloseBacking(int backingId) => OpenBackings.Remove(backingId) ? Errno.None : Errno.ENOENT;

        /// <summary>What waits for the closes that other threads are at; null where there are none.</summary>
        public List<Action>? AfterOthers { get; set; }

        public void AfterCloses(Action then)
        {
            if (AfterOthers is { } others)
                others.Add(then);
            else
                then();
        }

        public bool Poll(ulong kh)
        {
            Polled.Add(kh);
            return true;
        }

        /// <summary>Whose attributes the kernel is not to keep.</summary>
        public List<ulong> Invalidated { get; } = [];

        public bool InvalidateAttributes(ulong nodeId)
        {
            Invalidated.Add(nodeId);
            return true;
        }

        public bool InvalidateInode(ulong nodeId, long offset, long length) => true;

        public bool InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false) => true;

        public bool Delete(ulong parent, ulong child, ReadOnlySpan<byte> name) => true;
    }

    /// <summary>Lines, each of them a message.</summary>
    private protected sealed class Lines(string text = "", SafeFileHandle? backingFile = null) : IPartitionReader
    {
        public string Text { get; set; } = text;

        /// <summary>The offset of the first message.</summary>
        public long First { get; init; }

        /// <summary>Whether the right to it is lost.</summary>
        public bool IsLost { get; set; }

        public bool IsEnded { get; set; }

        public bool IsDisposed { get; private set; }

        public SafeFileHandle? BackingFile => backingFile;

        public PartitionStat Stat => new(End, DateTimeOffset.UnixEpoch, Text.Count(c => c == '\n'));

        public long End => Text.Length;

        public Fault Read(long position, Span<byte> target, out int count)
        {
            var rest = Encoding.Latin1.GetBytes(Text).AsSpan((int)Math.Min(position, End));
            count = Math.Min(rest.Length, target.Length);
            rest[..count].CopyTo(target);
            if (IsLost)
                count = 0;
            return IsLost ? Fault.UnknownHandle : Fault.None;
        }

        /// <summary>Whether it is told where a message begins.</summary>
        public bool TellsBegin { get; init; } = true;

        public MessagePlace MessageAt(long position) => new(
            IsLost ? Fault.UnknownHandle : Fault.None,
            First + Text[..(int)position].Count(c => c == '\n'),
            TellsBegin ? Text[..(int)position].LastIndexOf('\n') + 1 : null);

        public void Dispose() => IsDisposed = true;
    }

    private sealed class NoInode : Inode
    {
        public override void GetAttr(Call call, in GetAttrRequest request) => call.Finish(Errno.EIO);

        public override void StatFs(Call call) => call.Finish(Errno.EIO);
    }
}
