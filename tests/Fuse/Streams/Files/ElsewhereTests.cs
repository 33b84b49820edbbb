using System.Collections.Concurrent;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Streams;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using Xunit;

namespace StreamActors.Fuse.Tests.Streams.Files;

/// <summary>Files whose bytes lie on another host: the test plays that host, too.</summary>
public sealed class ElsewhereTests : PlayedActors
{
    private readonly Far _far = new() { End = 6 };

    [Fact]
    public void Read_Fetched_IsAnsweredAtOnce()
    {
        _far.Here = "ab\ncd\n";
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        Assert.Equal("ab\ncd\n", Answered(Read(handle, 0)).Text);
        Assert.Empty(_far.Asked);
    }

    [Fact]
    public void Read_NotFetched_WaitsForItsBytesAndNoThreadDoes()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var read = Read(handle, 3);
        Assert.Null(AnswerTo(read));
        _far.Answer("cd\n");
        Assert.Equal("cd\n", Answered(read).Text);
    }

    [Fact]
    public void Read_Interrupted_IsEintrAndTakesTheRequestBack()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var read = Read(handle, 0);
        Interrupt(read);
        Assert.Equal(Errno.EINTR, Answered(read).Error);
        Assert.True(_far.Asked[0].Cancellation.IsCancellationRequested);
        _far.Answer(Fault.Cancelled);
        Assert.Equal(0, Parked);
    }

    [Fact]
    public void Read_OfTheEnd_IsTheEnd()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var read = Read(handle, 6);
        _far.Answer("");
        Assert.Equal((Errno.None, ""), (Answered(read).Error, Answered(read).Text));
    }

    [Theory]
    [InlineData(Fault.TimedOut, Errno.ETIMEDOUT)]
    [InlineData(Fault.Removed, Errno.EIO)]
    public void Read_HostFails_IsItsErrno(Fault fault, Errno errno)
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var read = Read(handle, 0);
        _far.Answer(fault);
        Assert.Equal(errno, Answered(read).Error);
    }

    [Fact]
    public void Read_HostGone_IsOpenedAtTheNextAndReadOn()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var (first, second) = (Read(handle, 0), Read(handle, 0));
        _far.Answer(Fault.UnknownHandle);
        _far.Answer(Fault.UnknownHandle);
        // Both want it; it is opened once.
        TestActor.ExpectMsg<PartitionRequest.Open>();
        var next = new Far { End = 6 };
        Reply(new PartitionReply.Opened(next));
        TestActor.ExpectNoMsg();
        next.Answer("ab\n");
        next.Answer("ab\n");
        Assert.Equal(("ab\n", "ab\n"), (Answered(first).Text, Answered(second).Text));
    }

    [Fact]
    public void Read_HostGoneForGood_EndsWithTheOpensErrno()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var read = Read(handle, 0);
        _far.Answer(Fault.UnknownHandle);
        TestActor.ExpectMsg<PartitionRequest.Open>();
        Reply(new Failure(Fault.TimedOut, "no owner"));
        Assert.Equal(Errno.ETIMEDOUT, Answered(read).Error);
    }

    [Fact]
    public void Read_HostsChangeWithoutEnd_EndsInAnError()
    {
        var handle = Open(Partitioned(FileView.Plain), 0, _far).Handle;
        var read = Read(handle, 0);
        var opens = 0;
        for (var far = _far; AnswerTo(read) is null; opens++)
        {
            far.Answer(Fault.UnknownHandle);
            if (AnswerTo(read) is not null) break;
            TestActor.ExpectMsg<PartitionRequest.Open>();
            Reply(new PartitionReply.Opened(far = new Far { End = 6 }));
        }
        Assert.Equal(Errno.EIO, Answered(read).Error);
        Assert.InRange(opens, 1, 10);
    }

    [Fact]
    public void Follow_AtTheEnd_WaitsForGrowthAndThenForItsBytes()
    {
        var handle = Open(Partitioned(FileView.Plain with { Follows = true }), 0, _far).Handle;
        var read = Read(handle, 6);
        _far.Answer("");
        var wait = Assert.IsType<PartitionRequest.Wait>(TestActor.ExpectMsg<PartitionRequest.Wait>());
        Assert.Equal((6, false), (wait.Position, wait.UntilComplete));
        Reply(new PartitionReply.Grown(9));
        Assert.Null(AnswerTo(read));
        _far.Answer("ef\n");
        Assert.Equal("ef\n", Answered(read).Text);
    }

    [Fact]
    public void Follow_NonBlockingAtTheEnd_IsEagain()
    {
        var handle = Open(Partitioned(FileView.Plain with { Follows = true }), 0, _far).Handle;
        var read = Read(handle, 6, NonBlocking);
        _far.Answer("");
        Assert.Equal(Errno.EAGAIN, Answered(read).Error);
    }

    [Fact]
    public void Stat_AsksTheHostForTheSize()
    {
        var inode = Partitioned(FileView.Plain);
        var handle = Open(inode, 0, _far).Handle;
        var stat = Ask(call => inode.GetAttr(call, default));
        Assert.Null(AnswerTo(stat));
        _far.End = 20;
        _far.Answer("");
        Assert.Equal(20u, Answered(stat).AttrSize);
        var seek = Ask(call => handle.Lseek(call, new LseekRequest { Offset = 10, Whence = 4 }));
        _far.Answer("");
        Assert.Equal(20, BitConverter.ToInt64(Answered(seek).Body));
    }

    private ulong Read(Handle handle, long offset, uint flags = 0) => Ask(call =>
        handle.Read(call, new ReadRequest { Offset = offset, Size = 100, Flags = flags }, new byte[100]));

    /// <summary>A reader of another host.</summary>
    private sealed class Far : IPartitionReader
    {
        // Of several who wait for one open some may go on in another thread.
        private readonly BlockingCollection<(Memory<byte> Target, CancellationToken Cancellation, TaskCompletionSource<ReadOutcome> Outcome)> _asked = [];

        public IReadOnlyList<(Memory<byte> Target, CancellationToken Cancellation, TaskCompletionSource<ReadOutcome> Outcome)> Asked => [.. _asked];

        public string Here { get; set; } = "";

        public long End { get; set; }

        public PartitionStat Stat => new(End, DateTimeOffset.UnixEpoch, 1);

        public bool IsEnded => false;

        public bool IsElsewhere => true;

        public Fault Read(long position, Span<byte> target, out int count)
        {
            count = Math.Max(0, Math.Min(Here.Length - (int)position, target.Length));
            for (var i = 0; i < count; i++) target[i] = (byte)Here[(int)position + i];
            return count > 0 ? Fault.None : Fault.NotHere;
        }

        public ValueTask<ReadOutcome> ReadAsync(long position, Memory<byte> target, CancellationToken cancellation)
        {
            var outcome = new TaskCompletionSource<ReadOutcome>();
            _asked.Add((target, cancellation, outcome), CancellationToken.None);
            return new(outcome.Task);
        }

        public void Answer(string text)
        {
            var (target, _, outcome) = Next();
            for (var i = 0; i < text.Length; i++) target.Span[i] = (byte)text[i];
            outcome.SetResult(new ReadOutcome(Fault.None, text.Length));
        }

        public void Answer(Fault fault) => Next().Outcome.SetResult(new ReadOutcome(fault, 0));

        private (Memory<byte> Target, CancellationToken Cancellation, TaskCompletionSource<ReadOutcome> Outcome) Next() =>
            _asked.TryTake(out var asked, TimeSpan.FromSeconds(30)) ? asked : throw new InvalidOperationException("nothing was asked");

        public MessagePlace MessageAt(long position) => new(Fault.NotHere, 0);

        public void Dispose() => _asked.Dispose();
    }
}
