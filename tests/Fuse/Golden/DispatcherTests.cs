using System.Runtime.CompilerServices;
using System.Text;
using StreamActors.Fuse.Kernel;
using Xunit;
using static StreamActors.Fuse.Tests.Golden.ByteWriter;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>What happens around a handler: faults, answers that come late or twice, interrupts, names, counts.</summary>
public sealed class DispatcherTests
{
    private const uint Lookup = 1, Forget = 2, GetAttr = 3, ReadOp = 15, SetLkW = 33, InterruptOp = 36, BatchForget = 42;

    private static readonly byte[] ReadBody = new ByteWriter().U64(DispatcherFixture.OpenFh, 0).U32(4, 0).U64(0).U32(0, 0).ToArray();

    private readonly DispatcherFixture _fixture = new();

    [Fact]
    public void Handler_Throws_CallerGetsEioAndTheLogTheCause()
    {
        _fixture.Handle.Instead = _ => throw new InvalidOperationException("broken");
        Assert.Equal([Hex(Reply(5))], Serve(Request(ReadOp, 2, ReadBody)));
        Assert.Equal(["Error: Read of node 2 failed; its caller got EIO [broken]"], _fixture.Logger.Lines);
    }

    [Fact]
    public void Handler_ThrowsAfterItAnswered_AnswersOnce()
    {
        _fixture.Handle.Instead = call =>
        {
            call.Finish(Errno.EACCES);
            throw new InvalidOperationException("broken");
        };
        Assert.Equal([Hex(Reply(13))], Serve(Request(ReadOp, 2, ReadBody)));
    }

    [Fact]
    public void Handler_ThrowsAfterItParked_CallerGetsEio()
    {
        Call? parked = null;
        _fixture.Handle.Instead = call =>
        {
            parked = call.Park();
            throw new InvalidOperationException("broken");
        };
        Assert.Equal([Hex(Reply(5))], Serve(Request(ReadOp, 2, ReadBody)));
        Assert.False(parked!.Data("late"u8));
        Assert.Single(_fixture.Channel.Messages);
    }

    [Fact]
    public void Handler_AnswersNothing_CallerGetsEioAndTheLogWhichItWas()
    {
        _fixture.Handle.Instead = _ => { };
        Assert.Equal([Hex(Reply(5))], Serve(Request(ReadOp, 2, ReadBody)));
        Assert.Equal(["Error: Read of node 2 was neither answered nor parked; its caller got EIO"], _fixture.Logger.Lines);
    }

    [Fact]
    public void Handler_AnswersTwice_SecondIsAFault()
    {
        _fixture.Handle.Instead = call =>
        {
            call.Data("a"u8);
            call.Data("b"u8);
        };
        Assert.Equal([Hex(Reply(0, [(byte)'a']))], Serve(Request(ReadOp, 2, ReadBody)));
        Assert.Contains("was answered twice", Assert.Single(_fixture.Logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Call_Parked_AnswersLaterAndOnce()
    {
        var parked = ServeAndPark();
        Assert.Empty(_fixture.Channel.Messages);
        Assert.Equal(1, _fixture.Parked.Count);
        Assert.True(parked.Data("data"u8));
        Assert.False(parked.Finish(Errno.EIO));
        Assert.Equal([Hex(Reply(0, Encoding.ASCII.GetBytes("data")))], _fixture.Channel.Messages.Select(Hex));
        Assert.Equal(0, _fixture.Parked.Count);
    }

    [Fact]
    public void Call_ParkedAndForgotten_GetsEioFromTheCollector()
    {
        ParkAndForget();
        while (_fixture.Channel.Messages.Count == 0)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal([Hex(Reply(5))], _fixture.Channel.Messages.Select(Hex));
        Assert.Contains("was dropped without an answer", Assert.Single(_fixture.Logger.Lines), StringComparison.Ordinal);
        Assert.Equal(0, _fixture.Parked.Count);
    }

    [Fact]
    public void Interrupt_OfAParkedRequest_RunsItsAction()
    {
        var parked = ServeAndPark();
        ((ParkedReply)parked.Reply).OnInterrupt(() => parked.Finish(Errno.EINTR));
        Assert.Equal([Hex(Reply(4))], Serve(InterruptOf(Unique)));
        Assert.Empty(Serve(InterruptOf(Unique)));
    }

    [Fact]
    public void Interrupt_BeforeTheRequestParks_IsAppliedWhenItDoes()
    {
        Assert.Empty(Serve(InterruptOf(Unique)));
        var parked = ServeAndPark();
        ((ParkedReply)parked.Reply).OnInterrupt(() => parked.Finish(Errno.EINTR));
        Assert.Equal([Hex(Reply(4))], _fixture.Channel.Messages.Select(Hex));
    }

    [Fact]
    public void Interrupt_BeforeTheActionIsSet_RunsItAtOnce()
    {
        var parked = ServeAndPark();
        Assert.Empty(Serve(InterruptOf(Unique)));
        ((ParkedReply)parked.Reply).OnInterrupt(() => parked.Finish(Errno.EINTR));
        Assert.Equal([Hex(Reply(4))], _fixture.Channel.Messages.Select(Hex));
    }

    [Fact]
    public void Interrupt_OfRequestsThatNeverPark_IsForgottenAfterABound()
    {
        for (var unique = 1u; unique <= ParkedReplies.MaxEarlyInterrupts + 1; unique++)
            Serve(InterruptOf(unique));
        var first = ServeAndPark(unique: 1);
        ((ParkedReply)first.Reply).OnInterrupt(() => first.Finish(Errno.EINTR));
        Assert.Empty(_fixture.Channel.Messages);
        var second = ServeAndPark(unique: 2);
        ((ParkedReply)second.Reply).OnInterrupt(() => second.Finish(Errno.EINTR));
        Assert.Equal([Hex(Reply(4, unique: 2))], _fixture.Channel.Messages.Select(Hex));
        first.Finish(Errno.None);
    }

    [Fact]
    public void Drain_WithAReadAndALookupParked_EndsTheReadAlone()
    {
        var read = ServeAndPark(unique: 10);
        var interrupted = false;
        ((ParkedReply)read.Reply).OnInterrupt(() => interrupted = !read.Finish(Errno.EINTR));
        Call? lookup = null;
        _fixture.Root.Instead = call => lookup = call.Park();
        Serve(Request(Lookup, 1, new ByteWriter().Name("a").ToArray(), unique: 11));

        _fixture.Parked.Drain(Errno.ENODEV);

        Assert.Equal([Hex(Reply(19, unique: 10))], _fixture.Channel.Messages.Select(Hex));
        Assert.True(interrupted);
        lookup!.Finish(Errno.ENOENT);
        Assert.Equal(Hex(Reply(2, unique: 11)), Hex(_fixture.Channel.Messages[1]));

        // And what may wait and comes later ends at once.
        Assert.False(ServeAndPark(unique: 12).Data("late"u8));
        Assert.Equal([Hex(Reply(19, unique: 12))], _fixture.Channel.Messages.Select(Hex));
        _fixture.Handle.Instead = call => call.Park();
        var lockBody = new ByteWriter().U64(DispatcherFixture.OpenFh, 5, 10, 20).U32(1, 1, 0, 0).ToArray();
        Assert.Equal([Hex(Reply(19, unique: 13))], Serve(Request(SetLkW, 2, lockBody, unique: 13)));
    }

    [Theory]
    [InlineData("", 22)]
    [InlineData(".", 22)]
    [InlineData("..", 22)]
    [InlineData("a/b", 22)]
    [InlineData("/", 22)]
    public void Name_ThatIsNone_IsInvalid(string name, int error)
    {
        foreach (var opcode in new uint[] { 1, 10, 11 })
            Assert.Equal([Hex(Reply(error))], Serve(Request(opcode, 1, new ByteWriter().Name(name).ToArray())));
        Assert.Equal([Hex(Reply(error))], Serve(Request(9, 1, new ByteWriter().U32(0, 0).Name(name).ToArray())));
        Assert.Equal([Hex(Reply(error))], Serve(Request(12, 1, new ByteWriter().U64(2).Name("a").Name(name).ToArray())));
        Assert.Empty(_fixture.Calls);
    }

    [Fact]
    public void Name_OfMoreThan255Bytes_IsTooLong()
    {
        Assert.Equal([Hex(Reply(36))], Serve(Request(Lookup, 1, new ByteWriter().Name(new string('a', 256)).ToArray())));
        Assert.Single(Serve(Request(Lookup, 1, new ByteWriter().Name(new string('a', 255)).ToArray())));
        Assert.Equal([$"lookup {new string('a', 255)}"], _fixture.Calls);
    }

    [Fact]
    public void Forget_OfAllLookups_GivesTheInodeBackOnce()
    {
        Serve(Request(Lookup, 1, new ByteWriter().Name("a").ToArray()));
        Serve(Request(Lookup, 1, new ByteWriter().Name("a").ToArray()));
        Assert.Equal(2, _fixture.Tree.Inodes.Count);
        Serve(Request(Forget, 2, new ByteWriter().U64(2).ToArray()));
        Assert.Equal((2, 0), (_fixture.Tree.Inodes.Count, _fixture.Child.ForgottenCount));
        Serve(Request(BatchForget, 0, new ByteWriter().U32(2, 0).U64(2, 1, 99, 7).ToArray()));
        Assert.Equal((1, 1), (_fixture.Tree.Inodes.Count, _fixture.Child.ForgottenCount));
        Assert.Equal([Hex(Reply(116))], Serve(Request(GetAttr, 2, new ByteWriter().U32(0, 0).U64(0).ToArray())));

        // Looked up again it is another node: the kernel must not take one for the other.
        Serve(Request(Lookup, 1, new ByteWriter().Name("a").ToArray()));
        Assert.Equal(3UL, _fixture.Child.NodeId);
        Assert.Equal(2, _fixture.Child.ReferencedCount);
    }

    [Fact]
    public void Forget_OfTheRootOrOfTooMany_DoesNoHarm()
    {
        Serve(Request(Forget, 1, new ByteWriter().U64(1000).ToArray()));
        Serve(Request(Forget, 2, new ByteWriter().U64(ulong.MaxValue).ToArray()));
        Serve(Request(Forget, 2, new ByteWriter().U64(1).ToArray()));
        Assert.Equal((1, 1), (_fixture.Tree.Inodes.Count, _fixture.Child.ForgottenCount));
        Assert.Single(Serve(Request(GetAttr, 1, new ByteWriter().U32(0, 0).U64(0).ToArray())));
    }

    [Fact]
    public void Answer_NotTakenByTheKernel_TakesLookupAndHandleBack()
    {
        _fixture.Channel.Answer = Errno.ENOENT;
        Serve(Request(Forget, 2, new ByteWriter().U64(1).ToArray()));
        Serve(Request(35, 1, new ByteWriter().U32(0, 0, 0, 0).Name("a").ToArray()));
        Assert.Equal((1, 1, 1), (_fixture.Tree.Inodes.Count, _fixture.Tree.Handles.Count, _fixture.Handle.AbandonedCount));
        Serve(Request(14, 1, new ByteWriter().U32(0, 0).ToArray()));
        Assert.Equal((1, 2), (_fixture.Tree.Handles.Count, _fixture.Handle.AbandonedCount));
    }

    [Fact]
    public void Release_OfAHandle_GivesItBackOnce()
    {
        var release = Request(18, 2, new ByteWriter().U64(DispatcherFixture.OpenFh).U32(0, 0).U64(0).ToArray());
        Assert.Equal([Hex(Reply(0))], Serve(release));
        Assert.Equal([Hex(Reply(9))], Serve(release));
        Assert.Equal((0, 1), (_fixture.Tree.Handles.Count, _fixture.Handle.AbandonedCount));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(31, 0)]
    [InlineData(32, 1)]
    [InlineData(63, 1)]
    [InlineData(64, 2)]
    public void ReadDir_WithLittleSpace_GivesWholeEntriesAlone(int size, int entries)
    {
        var answer = Assert.Single(_fixture.Serve(Request(28, 2, new ByteWriter().U64(DispatcherFixture.OpenFh, 0).U32((uint)size, 0).U64(0).U32(0, 0).ToArray())));
        Assert.Equal(16 + (entries * 32), answer.Length);
    }

    [Fact]
    public void ReadDirPlus_Entries_CountAsLookups()
    {
        Assert.Single(_fixture.Serve(Request(44, 2, new ByteWriter().U64(DispatcherFixture.OpenFh, 0).U32(4096, 0).U64(0).U32(0, 0).ToArray())));
        Serve(Request(Forget, 2, new ByteWriter().U64(1).ToArray()));
        Assert.Equal(2, _fixture.Tree.Inodes.Count);
        Serve(Request(Forget, 2, new ByteWriter().U64(1).ToArray()));
        Assert.Equal(1, _fixture.Tree.Inodes.Count);
    }

    [Fact]
    public void Read_LongerThanTheBuffer_IsCutToIt()
    {
        var body = new ByteWriter().U64(DispatcherFixture.OpenFh, 0).U32(uint.MaxValue, 0).U64(0).U32(0, 0).ToArray();
        Assert.Single(Serve(Request(ReadOp, 2, body)));
        Assert.Equal(["read 0+65536 0"], _fixture.Calls);
    }

    [Fact]
    public void Position_BeforeTheStart_IsInvalid()
    {
        var minus = unchecked((ulong)-1);
        Assert.Equal([Hex(Reply(22))], Serve(Request(ReadOp, 2, new ByteWriter().U64(1, minus).U32(4, 0).U64(0).U32(0, 0).ToArray())));
        Assert.Equal([Hex(Reply(22))], Serve(Request(16, 2, new ByteWriter().U64(1, minus).U32(0, 0).U64(0).U32(0, 0).ToArray())));
        Assert.Equal([Hex(Reply(22))], Serve(Request(43, 2, new ByteWriter().U64(1, 0, minus).U32(0, 0).ToArray())));
        Assert.Empty(_fixture.Calls);
    }

    [Fact]
    public void Extensions_OfOtherKindsOrBroken_AreNoGroup()
    {
        var body = new ByteWriter().U32(0x8041, 0x81A4, 0x12, 1).Name("new").ToArray();
        _fixture.Root.Instead = call => call.Finish(call.Caller.SupplementaryGroup is null ? Errno.ENODATA : Errno.EEXIST);
        // A security context (types up to 31 count contexts), then groups.
        var contexts = new ByteWriter().U32(8, 0).U32(16, 32, 1, 50).ToArray();
        Assert.Equal([Hex(Reply(17))], Serve(Request(35, 1, body, contexts)));
        Assert.Equal([Hex(Reply(61))], Serve(Request(35, 1, body, new ByteWriter().U32(8, 0).ToArray())));
        Assert.Equal([Hex(Reply(61))], Serve(Request(35, 1, body, new ByteWriter().U32(16, 32, 0, 0).ToArray())));
        Assert.Equal([Hex(Reply(22))], Serve(Request(35, 1, body, new ByteWriter().U32(400, 32, 1, 50).ToArray())));
        Assert.Equal([Hex(Reply(22))], Serve(Request(35, 1, body, new ByteWriter().U32(0, 32, 1, 50).ToArray())));
    }

    [Fact]
    public void SetXattr_OfAKernelWithoutItsFlags_IsShort()
    {
        var fixture = new DispatcherFixture(InitFlags.None);
        fixture.Serve(Request(21, 1, new ByteWriter().U32(3, 1).Name("user.a").Raw("abc").ToArray()));
        Assert.Equal(["setxattr user.a=abc 1 0"], fixture.Calls);
    }

    [Fact]
    public void Requests_OfRandomBytes_GetOneAnswerEach()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var body = new byte[200];
        for (var i = 0; i < 50_000; i++)
        {
            // Small numbers, so that nodes, handles and lengths are often right.
            for (var at = 0; at < body.Length; at++)
                body[at] = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(3));
            var opcode = (uint)random.Next(1, 56);
            var extensions = random.Next(4) == 0 ? body[..(random.Next(4) * 8)] : [];
            var request = Request(opcode, (ulong)random.Next(3), body[..random.Next(body.Length)], extensions, unique: (ulong)i + 1000);
            var answers = _fixture.Serve(request);
            var wants = opcode is not (2 or 36 or 41 or 42) ? 1 : 0;
            Assert.True(answers.Count == wants, $"seed {seed}: request {i}, {Hex(request)}: {answers.Count} answers");
            Assert.All(answers, answer => Assert.Equal(answer.Length, BitConverter.ToInt32(answer)));
        }
        Assert.DoesNotContain(_fixture.Logger.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    private string[] Serve(byte[] request) => _fixture.Serve(request).Select(Hex).ToArray();

    private Call ServeAndPark(ulong unique = Unique)
    {
        Call? parked = null;
        _fixture.Handle.Instead = call => parked = call.Park();
        Serve(Request(ReadOp, 2, ReadBody, unique: unique));
        _fixture.Handle.Instead = null;
        return parked!;
    }

    // In a method of its own, so that no local of the test keeps the token.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ParkAndForget()
    {
        ServeAndPark();
        _fixture.Channel.Clear();
    }

    private static byte[] InterruptOf(ulong unique) => Request(InterruptOp, 0, new ByteWriter().U64(unique).ToArray(), unique: unique + 1);

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
