using System.Buffers;
using System.IO.Pipelines;
using FsCheck;
using FsCheck.Fluent;
using StreamActors.Messages;
using StreamActors.Remote;
using StreamActors.Runtime;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.Remote;

/// <summary>Readers of another host's bytes, over the exchange and the server that the hosts have.</summary>
public sealed class RemoteReaderTests : IDisposable
{
    private const int Block = 64 << 10;
    private static readonly PartitionId Partition = new("p");
    private static readonly RemoteReadSettings Settings = new() { CacheBytes = 2 << 20, ReadAheadBytes = 512 << 10 };

    private readonly GrowingBytes _bytes = new() { End = 1 << 20 };
    private readonly ReaderServer _server = new();
    private readonly ByteNetwork _network = new("asker");
    private readonly VirtualTime _time = new();
    private readonly RangeCache _cache = new(Settings.CacheBytes);
    private readonly LeaseGuard _guard = new(TimeSpan.FromSeconds(1));
    private readonly ReaderExchange _owner;
    private readonly ReaderExchange _asker;
    private readonly ShardLease _lease;
    private long _lastHandle;

    public RemoteReaderTests()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _network.Add("owner", _server);
        _guard.Granted(1, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        _owner = new ReaderExchange("v", _server, _network, _cache, Settings, _time);
        _asker = new ReaderExchange("v", new ReaderServer(), _network, _cache, Settings, _time);
        _lease = NewLease();
    }

    public void Dispose() => _bytes.Dispose();

    [Fact]
    public async Task Read_Everything_GivesTheBytesAndThenTheEnd()
    {
        using var reader = Open();
        Assert.True(reader.IsElsewhere);
        Assert.Equal((_bytes.End, _bytes.Stat), (reader.End, reader.Stat));
        var buffer = new byte[100_000];
        var position = 0L;
        for (int count; (count = await ReadAsync(reader, position, buffer)) > 0; position += count)
            Assert.Equal(GrowingBytes.Expected(position, count), buffer[..count]);
        Assert.Equal(_bytes.End, position);
    }

    [Fact]
    public async Task Read_Again_CrossesNoNetworkAndNeedsNoWait()
    {
        using var reader = Open();
        var buffer = new byte[300_000];
        Assert.Equal(Fault.NotHere, reader.Read(1000, buffer, out _));
        Assert.Equal(buffer.Length, await ReadAsync(reader, 1000, buffer));
        var requests = _network.Requests;
        Assert.Equal(Fault.None, reader.Read(1000, buffer, out var count));
        Assert.Equal(GrowingBytes.Expected(1000, buffer.Length), buffer[..count]);
        Assert.Equal(requests, _network.Requests);
        // Whoever opens it next has the bytes, too.
        reader.Dispose();
        using var next = Open();
        Assert.Equal(Fault.None, next.Read(1000, buffer, out _));
    }

    [Fact]
    public async Task Read_OnAndOn_IsAskedForAheadInFewRequests()
    {
        using var reader = Open();
        var buffer = new byte[32 << 10];
        var waits = 0;
        for (var position = 0L; position < _bytes.End; position += buffer.Length)
        {
            if (reader.Read(position, buffer, out _) == Fault.None) continue;
            waits++;
            await ReadAsync(reader, position, buffer);
        }
        Assert.InRange(_network.Requests, 2, 12);
        Assert.InRange(waits, 1, 12);
    }

    [Fact]
    public async Task Read_AtRandom_FetchesNoMoreThanBlocks()
    {
        using var reader = Open();
        foreach (var position in new[] { 900_000L, 200_000, 500_000 })
            Assert.Equal(100, await ReadAsync(reader, position, new byte[100]));
        Assert.InRange(_network.Bytes, 1, (3 * Block) + 1000);
    }

    [Fact]
    public async Task Read_AtTheEnd_KnowsWhatCameSinceTheOpen()
    {
        using var reader = Open();
        var buffer = new byte[1000];
        Assert.Equal(0, await ReadAsync(reader, _bytes.End, buffer));
        _bytes.End += 10;
        Assert.Equal(10, await ReadAsync(reader, _bytes.End - 10, buffer));
        Assert.Equal(GrowingBytes.Expected(_bytes.End - 10, 10), buffer[..10]);
        _bytes.End += 5;
        Assert.Equal(15, await ReadAsync(reader, _bytes.End - 15, buffer));
        Assert.Equal(GrowingBytes.Expected(_bytes.End - 15, 15), buffer[..15]);
        Assert.Equal(_bytes.End, reader.End);
    }

    [Fact]
    public async Task Owner_HasLessThanWasShown_TheReadIsWaitedForThereAndGoesOn()
    {
        var shown = _bytes.End;
        using var reader = Open();
        var buffer = new byte[1000];
        (_bytes.End, _bytes.IsComplete) = (shown - 5000, false);
        Assert.Equal(new ReadOutcome(Fault.NotHere, 0), await reader.ReadAsync(shown, buffer, default));
        Assert.Equal(new ReadOutcome(Fault.NotHere, 0), await reader.ReadAsync(shown - 100, buffer, default));
        Assert.Equal(300, await ReadAsync(reader, shown - 5300, buffer));
        Assert.Equal((shown, shown, false), (reader.End, reader.Stat.Size, reader.IsComplete));

        (_bytes.End, _bytes.IsComplete) = (shown + 10, true);
        Assert.Equal(110, await ReadAsync(reader, shown - 100, buffer));
        Assert.Equal(GrowingBytes.Expected(shown - 100, 110), buffer[..110]);
    }

    [Fact]
    public async Task Owner_HasLessThanWasShownAndNothingMore_ThatIsTheEnd()
    {
        _bytes.IsComplete = false;
        using var reader = Open();
        (_bytes.End, _bytes.IsComplete) = (_bytes.End - 5000, true);
        Assert.Equal(0, await ReadAsync(reader, reader.End - 100, new byte[1000]));
        Assert.True(reader.IsComplete);
    }

    [Fact]
    public async Task Read_EmptyTarget_LearnsTheState()
    {
        using var reader = Open();
        (_bytes.End, _bytes.IsEnded, _bytes.IsComplete, _bytes.Stalled) = (2 << 20, true, false, new Failure(Fault.TimedOut, "no broker"));
        Assert.Equal(0, await ReadAsync(reader, 0, []));
        Assert.Equal((_bytes.Stat, true, false, _bytes.Stalled), (reader.Stat, reader.IsEnded, reader.IsComplete, reader.Stalled));
    }

    [Fact]
    public async Task Read_Ended_NeedsNobodyForItsEnd()
    {
        _bytes.IsEnded = true;
        using var reader = Open();
        await ReadAsync(reader, _bytes.End - 10, new byte[10]);
        _network.Remove("owner");
        Assert.Equal(Fault.None, reader.Read(_bytes.End - 10, new byte[100], out var count));
        Assert.Equal(10, count);
    }

    [Fact]
    public async Task Growth_ToldToAWaiter_IsKnownToTheReader()
    {
        var handle = NewHandle();
        using var reader = Open(handle);
        _bytes.End += 100;
        var wait = new PartitionRequest.Wait(Partition, handle, new WaiterId(1), 0);
        _asker.Arrived(wait, new PartitionReply.Grown(_bytes.End));
        Assert.Equal(_bytes.End, reader.End);
        Assert.Equal(100, await ReadAsync(reader, _bytes.End - 100, new byte[1000]));
    }

    [Fact]
    public async Task OffsetAt_AsksTheOwner()
    {
        using var reader = Open();
        Assert.Equal(Fault.NotHere, reader.MessageAt(800).Fault);
        Assert.Equal(new MessagePlace(Fault.None, 100, 800), await reader.MessageAtAsync(803));
        _bytes.TellsBegin = false;
        Assert.Equal(new MessagePlace(Fault.None, 100), await reader.MessageAtAsync(803));
    }

    [Fact]
    public async Task Owner_Gone_TheReaderIsUnknownAndOpenedElsewhereItGoesOn()
    {
        var reader = Open();
        var buffer = new byte[1000];
        await ReadAsync(reader, 0, buffer);
        _network.Remove("owner");
        Assert.Equal(Fault.UnknownHandle, (await reader.ReadAsync(500_000, buffer, default)).Fault);
        // What was fetched is there still.
        Assert.Equal(1000, await ReadAsync(reader, 0, buffer));
        var next = new ReaderServer();
        _network.Add("next", next);
        using var reopened = Open(NewHandle(), new ReaderExchange("v", next, _network, _cache, Settings, _time), "next");
        Assert.Equal(1000, await ReadAsync(reopened, 500_000, buffer));
        Assert.Equal(GrowingBytes.Expected(500_000, 1000), buffer);
    }

    [Fact]
    public async Task Owner_BreaksOffInTheMiddle_WhatCameIsGivenAndTheRestIsUnknown()
    {
        _network.BreaksAfter = 200_000;
        using var reader = Open();
        var outcome = await reader.ReadAsync(0, new byte[400_000], default);
        Assert.Equal(Fault.None, outcome.Fault);
        Assert.InRange(outcome.Count, 100_000, 300_000);
        _network.BreaksAfter = 0;
        Assert.Equal(Fault.UnknownHandle, (await reader.ReadAsync(outcome.Count, new byte[100], default)).Fault);
    }

    [Fact]
    public async Task Owner_CantReadTheRest_TheFaultIsToldWhereItIs()
    {
        _bytes.BrokenFrom = 300_000;
        using var reader = Open();
        var outcome = await reader.ReadAsync(0, new byte[400_000], default);
        Assert.Equal(new ReadOutcome(Fault.None, 300_000), outcome);
        Assert.Equal(Fault.InputOutput, (await reader.ReadAsync(300_000, new byte[100], default)).Fault);
    }

    [Theory]
    [InlineData(Fault.Removed)]
    [InlineData(Fault.InputOutput)]
    public async Task Owner_Fault_IsTheReadersFault(Fault fault)
    {
        using var reader = Open();
        _bytes.Fault = fault;
        Assert.Equal(fault, (await reader.ReadAsync(0, new byte[100], default)).Fault);
    }

    [Fact]
    public async Task Lease_IsOver_NothingIsToldAndTheReaderIsGivenUp()
    {
        using var reader = Open();
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(Fault.UnknownHandle, (await reader.ReadAsync(0, new byte[100], default)).Fault);
        _owner.Lost(_lease);
        Assert.Equal(0, _server.Count);
        Assert.True(_bytes.IsDisposed);
    }

    [Fact]
    public async Task Owner_Silent_TheReadEndsAtItsDeadline()
    {
        using var reader = Open();
        _network.IsSilent = true;
        var read = reader.ReadAsync(0, new byte[100], default).AsTask();
        Assert.False(read.IsCompleted);
        _time.Advance(Settings.Deadline);
        Assert.Equal(Fault.TimedOut, (await read).Fault);
    }

    [Fact]
    public async Task Read_Cancelled_EndsAtOnceAndTakesTheRequestBack()
    {
        using var reader = Open();
        _network.IsSilent = true;
        using var interrupt = new CancellationTokenSource();
        var read = reader.ReadAsync(0, new byte[100], interrupt.Token).AsTask();
        await interrupt.CancelAsync();
        Assert.Equal(Fault.Cancelled, (await read).Fault);
        _network.IsSilent = false;
        Assert.Equal(100, await ReadAsync(reader, 0, new byte[100]));
        Assert.Equal(0, _network.Open);
    }

    [Fact]
    public void Close_TellsTheServer()
    {
        var handle = NewHandle();
        using var reader = Open(handle);
        Assert.Equal(1, _server.Count);
        _owner.Arriving(ActorRefs.Nobody, "other", new PartitionRequest.Close(Partition, handle), _lease);
        Assert.Equal(1, _server.Count);
        _owner.Arriving(ActorRefs.Nobody, "asker", new PartitionRequest.Close(Partition, handle), _lease);
        Assert.Equal(0, _server.Count);
    }

    [Fact]
    public async Task Handle_OpenedAgain_HasTheNewReaderAndTheOldOneIsDisposedOf()
    {
        var handle = NewHandle();
        using var lost = Open(handle);
        var next = new GrowingBytes { End = 10 };
        using var reader = (IPartitionReader)((PartitionReply.Opened)_asker.Arrived(OpenOf(handle), Leaving(handle, next))).Reader;
        Assert.True(_bytes.IsDisposed);
        Assert.Equal(10, await ReadAsync(reader, 0, new byte[100]));
    }

    [Fact]
    public void Member_Gone_ItsHandlesAreClosedAtTheirEntities()
    {
        var entities = new Told();
        var handle = NewHandle();
        Leaving(handle, _bytes, entities);
        _owner.MembersAre(["owner", "asker"]);
        Assert.Empty(entities.Messages);
        _owner.MembersAre(["owner"]);
        Assert.Equal([new PartitionRequest.Close(Partition, handle)], entities.Messages);
        Assert.Equal(0, _server.Count);
    }

    [Fact]
    public void Open_ThatComesAfterItsClose_IsRefused()
    {
        var handle = NewHandle();
        Open(handle).Dispose();
        _owner.Arriving(ActorRefs.Nobody, "asker", new PartitionRequest.Close(Partition, handle), _lease);
        Assert.Equal(Fault.Cancelled, Assert.IsType<Failure>(_owner.Arriving(ActorRefs.Nobody, "asker", OpenOf(handle), _lease)).Fault);
        Assert.Null(_owner.Arriving(ActorRefs.Nobody, "other", OpenOf(handle), _lease));
    }

    [Fact]
    public void Close_WhileTheHandleIsOpened_LeavesNothingServed()
    {
        var handle = NewHandle();
        _owner.Arriving(ActorRefs.Nobody, "asker", OpenOf(handle), _lease);
        _owner.Arriving(ActorRefs.Nobody, "asker", new PartitionRequest.Close(Partition, handle), _lease);
        var answer = _owner.Leaving("owner", "asker", OpenOf(handle), new PartitionReply.Opened(_bytes), _lease);
        Assert.Equal(Fault.Cancelled, Assert.IsType<Failure>(answer).Fault);
        Assert.Equal(0, _server.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Member_GoneWhileItsHandleIsOpened_LeavesNothingOpen(bool isAskedBefore)
    {
        var entities = new Told();
        var handle = NewHandle();
        _owner.MembersAre(["owner", "asker"]);
        if (!isAskedBefore) _owner.MembersAre(["owner"]);
        _owner.Arriving(entities, "asker", OpenOf(handle), _lease);
        if (isAskedBefore) _owner.MembersAre(["owner"]);
        else _owner.Sweep();
        Assert.Equal([new PartitionRequest.Close(Partition, handle)], entities.Messages);
        Assert.IsType<Failure>(_owner.Leaving("owner", "asker", OpenOf(handle), new PartitionReply.Opened(_bytes), _lease));
        Assert.Equal(0, _server.Count);
    }

    [Fact]
    public async Task Cache_SmallerThanWhatIsRead_KeepsItsBudgetAndGivesRightBytes()
    {
        _bytes.End = 8 << 20;
        using var reader = Open();
        var buffer = new byte[256 << 10];
        for (var position = 0L; position < _bytes.End; position += buffer.Length)
        {
            Assert.Equal(buffer.Length, await ReadAsync(reader, position, buffer));
            Assert.Equal(GrowingBytes.Expected(position, buffer.Length), buffer);
            Assert.InRange(_cache.Bytes, 1, Settings.CacheBytes);
        }
    }

    [Fact]
    public void Cursor_AndMerged_ShareNoBytesWithOthers()
    {
        using var first = Open();
        var cursor = new PartitionRequest.OpenCursor(Partition, NewHandle(), new EntityName("c"), ViewKind.Default);
        var merged = new TopicRequest.OpenMerged(new TopicId("t"), NewHandle(), ViewKind.Default, null);
        _owner.Arriving(ActorRefs.Nobody, "asker", cursor, _lease);
        _owner.Arriving(ActorRefs.Nobody, "asker", merged, _lease);
        using var second = ((PartitionReply.Opened)_asker.Arrived(cursor, _owner.Leaving(
            "owner", "asker", cursor, new PartitionReply.Opened(new GrowingBytes()), _lease))).Reader;
        using var third = ((TopicReply.Opened)_asker.Arrived(merged, _owner.Leaving(
            "owner", "asker", merged, new TopicReply.Opened(new GrowingBytes()), _lease))).Reader;
        Assert.Equal(3, _cache.Views);
    }

    [Fact]
    public async Task Spans_OfAnotherHost_AreToldAndTheirNumberIsBounded()
    {
        using var reader = Open();
        var spans = new MessageSpan[10_000];
        Assert.Equal(new ReadOutcome(Fault.None, RangeForms.MaxSpans), await reader.ReadSpansAsync(5, spans, default));
        Assert.Equal(Enumerable.Range(0, RangeForms.MaxSpans).Select(i => new MessageSpan(5 - i, (5 + i) * 8, 8)), spans.Take(RangeForms.MaxSpans));
        var last = _bytes.End / 8;
        Assert.Equal(new ReadOutcome(Fault.None, 1), await reader.ReadSpansAsync(last - 1, spans, default));
        Assert.Equal(new ReadOutcome(Fault.None, 0), await reader.ReadSpansAsync(last + 7, spans, default));
        _bytes.Fault = Fault.Removed;
        Assert.Equal(Fault.Removed, (await reader.ReadSpansAsync(0, spans, default)).Fault);
        _network.Remove("owner");
        Assert.Equal(Fault.UnknownHandle, (await reader.ReadSpansAsync(0, spans, default)).Fault);
    }

    [Fact]
    public async Task Number_OfAnotherMember_IsNone()
    {
        using var reader = Open();
        var pipe = new Pipe();
        await _server.ServeAsync("stranger", RangeForms.Write(new RangeRequest(RangeKind.Bytes, 1, 0, 100)), pipe.Writer, default);
        await pipe.Writer.CompleteAsync();
        var head = await RangeForms.ReadHeadAsync(pipe.Reader.AsStream(), default);
        Assert.Equal((Fault.UnknownHandle, 0), (head.Fault, head.Length));
    }

    [Fact]
    public async Task Request_AnyBytes_IsRefusedOrAnswered()
    {
        using var reader = Open();
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var request = seed % 2 == 0 ? new byte[random.Next(40)] : RangeForms.Write(new RangeRequest((RangeKind)random.Next(3), 1, 100, 50));
            if (seed % 2 == 0) random.NextBytes(request);
            else request[random.Next(request.Length)] = (byte)random.Next(256);
            var target = PipeWriter.Create(Stream.Null);
            try
            {
                await _server.ServeAsync("asker", request, target, default);
            }
            catch (PeerFormatException)
            {
                // As it should.
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("7FFFFFFF")]
    [InlineData("FFFFFFFF")]
    [InlineData("0000000401020304")]
    [InlineData("0000000220FF")]
    [InlineData("0000000B20FFFFFFFFFFFFFFFFFF01")] // a length that is negative
    public async Task Answer_Rubbish_IsAFault(string hex)
    {
        _network.Add("owner", new RubbishServer(Convert.FromHexString(hex)));
        using var reader = Open();
        Assert.NotEqual(Fault.None, (await reader.ReadAsync(0, new byte[100], default)).Fault);
    }

    [Fact]
    public async Task Answer_SaysMoreThanItGives_EndsInAFault()
    {
        var lies = new ArrayBufferWriter<byte>();
        RangeForms.Write(new RangeHead(Fault.None, ReaderState.Of(_bytes), Length: 0), lies);
        _network.Add("owner", new RubbishServer(lies.WrittenSpan.ToArray()));
        using var reader = Open();
        Assert.Equal(Fault.InputOutput, (await reader.ReadAsync(0, new byte[100], default)).Fault);
        Assert.InRange(_network.Requests, 2, 8);
    }

    [Fact]
    public void Read_AnyOrder_GivesTheBytesOfTheirPositions() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => ReadAtRandomAsync(seed).GetAwaiter().GetResult()));

    private static async Task ReadAtRandomAsync(int seed)
    {
        var random = new Random(seed);
        using var world = new RemoteReaderTests();
        world._bytes.End = random.Next(600_000);
        using var one = world.Open();
        using var other = world.Open();
        for (var step = 0; step < 30; step++)
        {
            if (random.Next(3) == 0) world._bytes.End += random.Next(100_000);
            var position = random.NextInt64(world._bytes.End + 100);
            var buffer = new byte[random.Next(1, 200_000)];
            var count = await ReadAsync(random.Next(2) == 0 ? one : other, position, buffer);
            Assert.Equal((int)Math.Clamp(world._bytes.End - position, 0, buffer.Length), count);
            Assert.Equal(GrowingBytes.Expected(position, count), buffer[..count]);
        }
    }

    private static async Task<int> ReadAsync(IPartitionReader reader, long position, byte[] buffer)
    {
        var outcome = await reader.ReadAsync(position, buffer, default);
        Assert.Equal(Fault.None, outcome.Fault);
        return outcome.Count;
    }

    private static PartitionRequest.Open OpenOf(HandleId handle) => new(Partition, handle, ViewId.Default);

    private IPartitionReader Open() => Open(NewHandle());

    private IPartitionReader Open(HandleId handle, ReaderExchange? owner = null, string member = "owner")
    {
        var (at, lease) = owner is null ? (_owner, _lease) : (owner, NewLease());
        at.Arriving(ActorRefs.Nobody, "asker", OpenOf(handle), lease);
        var answer = at.Leaving(member, "asker", OpenOf(handle), new PartitionReply.Opened(_bytes), lease);
        return ((PartitionReply.Opened)_asker.Arrived(OpenOf(handle), answer)).Reader;
    }

    private object Leaving(HandleId handle, IPartitionReader reader, IActorRef? entities = null)
    {
        Assert.Null(_owner.Arriving(entities ?? ActorRefs.Nobody, "asker", OpenOf(handle), _lease));
        return _owner.Leaving("owner", "asker", OpenOf(handle), new PartitionReply.Opened(reader), _lease);
    }

    private HandleId NewHandle() => new(Guid.Empty, ++_lastHandle);

    private ShardLease NewLease() => new(1, 1, _guard, _time);

    private sealed class RubbishServer(byte[] answer) : IPeerByteServer
    {
        public async Task ServeAsync(string from, ReadOnlyMemory<byte> request, PipeWriter writer, CancellationToken cancellationToken) =>
            await writer.WriteAsync(answer, cancellationToken);
    }

    private sealed class Told : IActorRef
    {
        public List<object> Messages { get; } = [];

        public ActorPath Path => ActorPath.Root("test");

        public void Tell(object message, IActorRef? sender) => Messages.Add(message);
    }
}
