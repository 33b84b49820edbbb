using StreamActors.Fuse.Kernel;
using Xunit;
using static StreamActors.Fuse.Tests.Golden.ByteWriter;

namespace StreamActors.Fuse.Tests.Golden;

/// <summary>Every opcode to the byte, whole and spoilt.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string> Names => [.. GoldenCases.All.Select(golden => golden.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Request_Whole_IsCalledAndAnswered(string name)
    {
        var golden = Case(name);
        var fixture = new DispatcherFixture();
        var answers = fixture.Serve(Request(golden.Opcode, golden.Node, golden.Body, golden.Extensions));
        Assert.Equal(golden.Call is null ? [] : [golden.Call], fixture.Calls);
        Assert.Equal(golden.Answer is null ? [] : [Hex(golden.Answer)], answers.Select(Hex));
        Assert.Empty(fixture.Logger.Lines);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Request_CutAtEveryLength_CallsNothingAndGetsAnError(string name)
    {
        var golden = Case(name);
        for (var length = 0; length < golden.Body.Length; length++)
        {
            var fixture = new DispatcherFixture();
            var answers = fixture.Serve(Request(golden.Opcode, golden.Node, golden.Body[..length]));
            Assert.Empty(fixture.Calls);
            if (golden.Call is null)
                continue;
            Assert.Equal([Hex(Reply((int)Errno.EINVAL))], answers.Select(Hex));
            Assert.Single(fixture.Logger.Lines);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Request_WithBytesLeftOver_CallsNothingAndGetsAnError(string name)
    {
        var golden = Case(name);
        if (golden.Call is null)
            return;
        var fixture = new DispatcherFixture();
        var answers = fixture.Serve(Request(golden.Opcode, golden.Node, [.. golden.Body, 1]));
        Assert.Empty(fixture.Calls);
        Assert.Equal([Hex(Reply((int)Errno.EINVAL))], answers.Select(Hex));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Request_OfAnotherLengthThanItSays_CallsNothing(string name)
    {
        var golden = Case(name);
        foreach (var length in new uint[] { 0, 39, (uint)(40 + golden.Body.Length + 1), uint.MaxValue })
        {
            var fixture = new DispatcherFixture();
            var answers = fixture.Serve(Request(golden.Opcode, golden.Node, golden.Body, length: length));
            Assert.Empty(fixture.Calls);
            Assert.Equal(golden.Answer is null ? [] : [Hex(Reply((int)Errno.EIO))], answers.Select(Hex));
            Assert.StartsWith("Warning: malformed ", Assert.Single(fixture.Logger.Lines), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Request_ShorterThanAHeader_IsLoggedAndPassedOver()
    {
        for (var length = 0; length < InHeader.Size; length++)
        {
            var fixture = new DispatcherFixture();
            Assert.Empty(fixture.Serve(Request(1, 1, [])[..length]));
            Assert.Single(fixture.Logger.Lines);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Request_OfAnUnknownInodeOrHandle_IsStaleOrBad(string name)
    {
        var golden = Case(name);
        if (golden.Call is null)
            return;
        // Requests of open files have their handle in the first field, but for those about an inode.
        var ofHandle = golden.Opcode is 15 or 16 or 18 or 20 or 25 or 28 or 29 or 30 or 31 or 32 or 33 or 40 or 43 or 44 or 46 or 47 or 53;
        var body = golden.Body.ToArray();
        if (ofHandle)
            body[0] = 200;
        var fixture = new DispatcherFixture();
        var answers = fixture.Serve(Request(golden.Opcode, 99, body, golden.Extensions));
        Assert.Empty(fixture.Calls);
        Assert.Equal([Hex(Reply((int)(ofHandle ? Errno.EBADF : Errno.ESTALE)))], answers.Select(Hex));
    }

    [Fact]
    public void Request_NamingAnotherUnknownInodeOrHandle_IsStaleOrBad()
    {
        var fixture = new DispatcherFixture();
        Assert.Equal(Hex(Reply(116)), Hex(Assert.Single(fixture.Serve(Request(12, 1, new ByteWriter().U64(99).Name("a").Name("b").ToArray())))));
        Assert.Equal(Hex(Reply(116)), Hex(Assert.Single(fixture.Serve(Request(13, 1, new ByteWriter().U64(99).Name("a").ToArray())))));
        Assert.Equal(Hex(Reply(9)), Hex(Assert.Single(fixture.Serve(Request(3, 1, new ByteWriter().U32(1, 0).U64(99).ToArray())))));
        Assert.Equal(Hex(Reply(9)), Hex(Assert.Single(fixture.Serve(Request(47, 2, new ByteWriter().U64(1, 0, 2, 99, 0, 1, 0).ToArray())))));
        Assert.Empty(fixture.Calls);
    }

    private static GoldenCase Case(string name) => GoldenCases.All.Single(golden => golden.Name == name);

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
