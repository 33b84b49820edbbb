using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using StreamActors.Messages.Simulated;
using StreamActors.Runtime;
using StreamActors.TestKit;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams;

/// <summary>How the files of streams ask the actors, whose part the test plays, on virtual time and without a mount.</summary>
public sealed class AskedActorsTests : TestKitBase
{
    private const uint NonBlocking = 0x800;

    private static readonly StreamId Stream = new("1");
    private static readonly PartitionId Partition = new("1.0.0");
    private static readonly TopicEntry Topic = new(new EntityName("t"), new TopicId("1.0"), 0, Partition);
    private static readonly FuseAttr Json = new() { Ino = 5, Mode = 0x81A4, Uid = 7, Gid = 8 };

    private readonly Answers _answers = new();
    private readonly ParkedReplies _parked = new(NullLogger.Instance);
    private readonly FuseTree _tree;
    private readonly DirectReply _reply;
    private readonly Call _call;
    private readonly OverlayStreams _streams;
    private readonly Ordinary _ordinary = new();
    private ulong _unique;

    public AskedActorsTests()
        : base(new Simulation(seed: 21))
    {
        _tree = new FuseTree(_ordinary, new TreeOptions(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        _reply = new DirectReply(_answers, _parked);
        _call = new Call(_tree, _reply);
        _streams = new OverlayStreams(
            Sys,
            new StreamsAddresses(TestActor.Ref, TestActor.Ref, TestActor.Ref, TestActor.Ref),
            new Table(),
            new StreamsOptions(StreamLayout.Topics, TimeSpan.FromSeconds(10), KernelChecksPermissions: true),
            NullLogger.Instance);
    }

    [Fact]
    public void Lookup_KnownStream_AsksNobody()
    {
        _streams.Lookup(Next(), new NoFile(known: true), _ordinary, Json);

        Assert.Equal(Errno.None, _answers.Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Lookup_UnknownFile_IsResolvedAndMayBeOrdinary()
    {
        _streams.Lookup(Next(), new NoFile(known: false), _ordinary, Json);

        TestActor.ExpectMsg<CatalogRequest.Resolve>();
        Reply(new CatalogReply.Ordinary());

        Assert.Equal(Errno.None, _answers.Error);
        Assert.Same(_ordinary, _tree.Inodes.Find(_answers.NodeId));
        // Its name is not cached: once its writer has closed it, it may be a stream.
        Assert.Equal(0, _answers.EntryValid);
    }

    [Fact]
    public void Lookup_TopicWhoseActorDoesNotAnswer_TimesOut()
    {
        Directory().Lookup(Next(), "t"u8);
        TestActor.ExpectMsg<StreamRequest.FindTopic>();

        Simulation!.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(Errno.ETIMEDOUT, _answers.Error);
    }

    [Fact]
    public void Lookup_ActorFailed_IsEio()
    {
        Directory().Lookup(Next(), "t"u8);
        TestActor.ExpectMsg<StreamRequest.FindTopic>();

        Reply(new Status.Failure(new InvalidOperationException("a fault of ours")));

        Assert.Equal(Errno.EIO, _answers.Error);
    }

    [Fact]
    public void Open_ActorDoesNotAnswer_TimesOutAndIsClosed()
    {
        var file = File("t.follow");
        file.Open(Next(), new OpenRequest(0, 0));
        var open = TestActor.ExpectMsg<PartitionRequest.Open>();

        Simulation!.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(Errno.ETIMEDOUT, _answers.Error);
        TestActor.ExpectMsg(new PartitionRequest.Close(Partition, open.Handle));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(0x200)]
    public void Open_ForWriting_IsReadOnly(uint flags)
    {
        File("t").Open(Next(), new OpenRequest(flags, 0));

        Assert.Equal(Errno.EROFS, _answers.Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Read_BeforeTheEnd_AsksNobody()
    {
        var handle = Open("t.follow", new Bytes("abc"));

        handle.Read(Next(), new ReadRequest(1, 10, 0), new byte[10]);

        Assert.Equal("bc", _answers.Text);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Read_AtTheEnd_WaitsForGrowth()
    {
        var bytes = new Bytes("abc");
        var handle = Open("t.follow", bytes);
        handle.Read(Next(), new ReadRequest(3, 10, 0), new byte[10]);
        var wait = TestActor.ExpectMsg<PartitionRequest.Wait>();
        Assert.Equal(3, wait.Position);
        Simulation!.Advance(TimeSpan.FromDays(1));
        Assert.False(_answers.HasCome);

        bytes.Text = "abcdef";
        Reply(new PartitionReply.Grown(6));

        Assert.Equal("def", _answers.Text);
        Assert.Equal(0, _parked.Count);
    }

    [Fact]
    public void Read_AtTheEndWithoutBlocking_IsEagain()
    {
        var handle = Open("t.follow", new Bytes("abc"));

        handle.Read(Next(), new ReadRequest(3, 10, NonBlocking), new byte[10]);

        Assert.Equal(Errno.EAGAIN, _answers.Error);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Read_Interrupted_IsEintrAndTheWaitIsCancelled()
    {
        var handle = Open("t.follow", new Bytes(""));
        handle.Read(Next(), new ReadRequest(0, 10, 0), new byte[10]);
        var wait = TestActor.ExpectMsg<PartitionRequest.Wait>();
        var waiting = TestActor.LastSender;

        _parked.Interrupt(_unique);

        Assert.Equal(Errno.EINTR, _answers.Error);
        TestActor.ExpectMsg(new PartitionRequest.CancelWait(Partition, wait.Handle, wait.Waiter));
        // The answer to a reader that is gone does no harm.
        waiting.Tell(new Failure(Fault.Cancelled, "the wait was taken back"), TestActor.Ref);
        Simulation!.RunUntilIdle();
        Assert.Equal(1, _answers.Count);
    }

    [Fact]
    public void Read_ActorWasRestarted_OpensTheHandleAgainAndWaitsOn()
    {
        var handle = Open("t.follow", new Bytes("abc"));
        handle.Read(Next(), new ReadRequest(3, 10, 0), new byte[10]);
        var wait = TestActor.ExpectMsg<PartitionRequest.Wait>();
        Reply(new Failure(Fault.UnknownHandle, "restarted"));

        Assert.Equal(wait.Handle, TestActor.ExpectMsg<PartitionRequest.Open>().Handle);
        Reply(new PartitionReply.Opened(new Bytes("abcd")));
        TestActor.ExpectMsg(wait);
        Reply(new PartitionReply.Grown(4));

        Assert.Equal("d", _answers.Text);
    }

    [Fact]
    public void Read_PartitionWasDeleted_IsTheEndOfTheFile()
    {
        var bytes = new Bytes("abc");
        var handle = Open("t.follow", bytes);
        handle.Read(Next(), new ReadRequest(3, 10, 0), new byte[10]);
        TestActor.ExpectMsg<PartitionRequest.Wait>();

        bytes.IsEnded = true;
        Reply(new PartitionReply.Grown(3));

        Assert.Equal((Errno.None, ""), (_answers.Error, _answers.Text));
    }

    [Fact]
    public void Read_TooManyWait_IsEagain()
    {
        var handle = Open("t.follow", new Bytes(""));
        handle.Read(Next(), new ReadRequest(0, 10, 0), new byte[10]);
        TestActor.ExpectMsg<PartitionRequest.Wait>();

        Reply(new Failure(Fault.TooManyWaiters, "full"));

        Assert.Equal(Errno.EAGAIN, _answers.Error);
    }

    [Fact]
    public void Release_OfAHandle_ClosesItOnce()
    {
        var bytes = new Bytes("");
        var handle = Open("t", bytes);

        handle.Release(Next(), new ReleaseRequest(0, 0, 0));
        handle.Abandon();

        TestActor.ExpectMsg<PartitionRequest.Close>();
        TestActor.ExpectNoMsg();
        Assert.True(bytes.IsDisposed);
    }

    [Fact]
    public void GetAttr_WhileOpen_IsTheReadersAndAsksNobody()
    {
        var bytes = new Bytes("abc");
        var handle = Open("t", bytes);
        bytes.Text = "abcdef";

        handle.Inode.GetAttr(Next(), new GetAttrRequest(null));

        Assert.Equal(6UL, _answers.AttrSize);
        TestActor.ExpectNoMsg();
    }

    [Fact]
    public void Remove_OfAStream_DeletesIt()
    {
        _streams.Remove(Next(), new NoFile(known: true));
        TestActor.ExpectMsg(new StreamRequest.Delete(Stream));
        Reply(new StreamReply.Done());

        Assert.Equal(Errno.None, _answers.Error);
    }

    private Call Next()
    {
        _answers.Reset();
        _reply.Begin(++_unique);
        return _call;
    }

    private void Reply(object message)
    {
        TestActor.Reply(message);
        Simulation!.RunUntilIdle();
    }

    private Inode Directory()
    {
        _streams.Lookup(Next(), new NoFile(known: true), _ordinary, Json);
        return _tree.Inodes.Find(_answers.NodeId)!;
    }

    private Inode File(string name)
    {
        Directory().Lookup(Next(), Encoding.ASCII.GetBytes(name));
        if (name != "t")
        {
            TestActor.ExpectMsg<StreamRequest.FindTopic>();
            Reply(new Failure(Fault.NotFound, "no topic is called so"));
        }
        Assert.Equal(Topic.Name, TestActor.ExpectMsg<StreamRequest.FindTopic>().Name);
        Reply(new StreamReply.Found(Topic));
        TestActor.ExpectMsg(new PartitionRequest.FindView(Partition, ViewKind.Default, null));
        Reply(new PartitionReply.Found(ViewId.Default, default));
        return _tree.Inodes.Find(_answers.NodeId)!;
    }

    private Handle Open(string name, IPartitionReader reader)
    {
        File(name).Open(Next(), new OpenRequest(0, 0));
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new PartitionReply.Opened(reader));
        return _tree.Handles.Find(_answers.NodeId)!;
    }

    /// <summary>The last answer, as the kernel would get it.</summary>
    private sealed class Answers : IFuseChannel
    {
        private byte[] _body = [];

        public Errno Error { get; private set; }

        public int Count { get; private set; }

        public bool HasCome => Count > 0;

        public string Text => Encoding.ASCII.GetString(_body);

        /// <summary>The first field of an entry: the node; of an open: the handle.</summary>
        public ulong NodeId => BinaryPrimitives.ReadUInt64LittleEndian(_body);

        public long EntryValid => BinaryPrimitives.ReadInt64LittleEndian(_body.AsSpan(16)) + BinaryPrimitives.ReadInt32LittleEndian(_body.AsSpan(32));

        /// <summary>Of a <c>fuse_attr_out</c>.</summary>
        public ulong AttrSize => BinaryPrimitives.ReadUInt64LittleEndian(_body.AsSpan(24));

        public void Reset() => (_body, Error, Count) = ([], Errno.None, 0);

        public Errno Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> head, ReadOnlySpan<byte> payload)
        {
            Error = (Errno)(-BinaryPrimitives.ReadInt32LittleEndian(header[4..]));
            _body = [.. head, .. payload];
            Count++;
            return Errno.None;
        }
    }

    private sealed class Table : ISimulatedCatalog
    {
        public CatalogReply? Find(ISimulatedFile file) => ((NoFile)file).IsKnown ? new CatalogReply.Stream(Stream) : null;
    }

    private sealed class NoFile(bool known) : ISimulatedFile
    {
        public bool IsKnown => known;

        public string Path => "x.dir";

        public FileVersion Version => default;

        public FileReadResult Read(long maxBytes) => throw new NotSupportedException();

        public int Rewrite(FileVersion expected, ReadOnlySpan<byte> content) => throw new NotSupportedException();

        public int Remove(FileVersion expected) => throw new NotSupportedException();
    }

    private sealed class Bytes(string text) : IPartitionReader
    {
        public string Text { get; set; } = text;

        public bool IsEnded { get; set; }

        public bool IsDisposed { get; private set; }

        public PartitionStat Stat => new(End, DateTimeOffset.UnixEpoch, 0);

        public long End => Text.Length;

        public Fault Read(long position, Span<byte> target, out int count)
        {
            var rest = Encoding.ASCII.GetBytes(Text).AsSpan((int)Math.Min(position, End));
            count = Math.Min(rest.Length, target.Length);
            rest[..count].CopyTo(target);
            return Fault.None;
        }

        public MessagePlace MessageAt(long position) => throw new NotSupportedException();

        public void Dispose() => IsDisposed = true;
    }

    private sealed class Ordinary : Inode
    {
        public override void GetAttr(Call call, in GetAttrRequest request) => call.Finish(Errno.EIO);

        public override void StatFs(Call call) => call.Finish(Errno.EIO);
    }
}
