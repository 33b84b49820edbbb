using System.Buffers;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Peers;
using StreamActors.Peers.Wire;
using StreamActors.Runtime;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>Golden bytes of what members send to each other.</summary>
public sealed class FramesTests
{
    private readonly MessageFrames _frames = new(new TextCodec(), "self", "other", 1, 64, NullLogger.Instance);

    public static TheoryData<PeerMessage, string> Messages => new()
    {
        { new PeerMessage.Ask("topics", "self", 300, 7, "hi"), "0000001742150A06746F7069637310AC0218072206080112026869" },
        { new PeerMessage.Ask("topics", "self", 300, 7, "hi") { Patience = TimeSpan.FromSeconds(1.5) }, "0000001A42180A06746F7069637310AC021807220608011202686928DC0B" },
        { new PeerMessage.Ask("topics", "self", 0, 0, ""), "0000000E420C0A06746F7069637322020801" },
        { new PeerMessage.Withdraw("topics", "self", 5), "0000000C4A0A0A06746F706963731005" },
        { new PeerMessage.Answered("topics", 5, "ok"), "0000001452120A06746F7069637310051A06080112026F6B" },
        { new PeerMessage.NotOwner("topics", 5), "0000000C5A0A0A06746F706963731005" },
        { new PeerMessage.Farewell("topics", "self"), "0000000A62080A06746F70696373" },
        { new PeerMessage.FarewellHeard("topics", "self"), "0000000A6A080A06746F70696373" },
    };

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_Written_IsTheseBytesAndReadAgain(PeerMessage message, string bytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Assert.Null(new MessageFrames(new TextCodec(), "self", "other", 3, 64, NullLogger.Instance).Write(message, buffer));
        Assert.Equal(bytes, Convert.ToHexString(buffer.WrittenSpan));

        var read = new MessageFrames(new TextCodec(), "other", "self", 3, 64, NullLogger.Instance).Read(Frame(buffer.WrittenMemory)!, out var refused);
        Assert.Equal(message, read);
        Assert.Null(refused);
    }

    [Fact]
    public void Ask_ToAMemberOfTheFirstVersion_DoesNotSayHowLongItsAskerWaits()
    {
        var (with, without) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        var ask = new PeerMessage.Ask("topics", "self", 300, 7, "hi");
        Assert.Null(_frames.Write(ask with { Patience = TimeSpan.FromSeconds(1.5) }, with));
        Assert.Null(_frames.Write(ask, without));
        Assert.Equal(without.WrittenSpan.ToArray(), with.WrittenSpan.ToArray());
    }

    [Fact]
    public void Farewell_ToAMemberOfAnEarlierVersion_IsNotSent()
    {
        var buffer = new ArrayBufferWriter<byte>();
        Assert.Null(_frames.Write(new PeerMessage.Farewell("topics", "self"), buffer));
        Assert.Null(_frames.Write(new PeerMessage.FarewellHeard("topics", "self"), buffer));
        Assert.Equal(0, buffer.WrittenCount);
    }

    [Fact]
    public void Greeting_Written_IsTheseBytes()
    {
        var nonce = ByteString.CopyFrom(Enumerable.Range(0, Handshake.NonceBytes).Select(i => (byte)i).ToArray());
        var hello = new Hello { Cluster = "films", From = "a1", To = "b2", Oldest = 1, Newest = 2, Nonce = nonce };
        var secret = new PeerSecret("a secret of sixteen bytes or more");
        Assert.Equal(
            "000000370A350A0566696C6D73120261311A026232200128023220000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
            Written(new Frame { Hello = hello }));
        var welcome = new Welcome { Version = 2, Nonce = nonce, Proof = ByteString.CopyFrom(Handshake.WelcomeProof(secret, hello, 2, nonce)) };
        Assert.Equal(GoldenWelcome, Written(new Frame { Welcome = welcome }));
        Assert.Equal(GoldenProof, Written(new Frame { Proof = new Proof { Proof_ = ByteString.CopyFrom(Handshake.HelloProof(secret, hello, 2, nonce)) } }));
        Assert.Equal("000000022A00", Written(new Frame { Accepted = new Accepted() }));
        Assert.Equal("0000000422020805", Written(new Frame { Refusal = new Refusal { Reason = Refusal.Types.Reason.WrongSecret } }));
    }

    [Fact]
    public void Proof_AnyPartChanged_IsAnother()
    {
        var (mine, other) = (new PeerSecret("a secret of sixteen bytes or more"), new PeerSecret("another secret of sixteen bytes"));
        var (nonce, another) = (Handshake.Nonce(), Handshake.Nonce());
        var hello = new Hello { Cluster = "films", From = "a", To = "b", Oldest = 1, Newest = 1, Nonce = nonce };
        var moved = new Hello(hello) { From = "ab", To = "" };
        byte[][] proofs =
        [
            Handshake.WelcomeProof(mine, hello, 1, another),
            Handshake.WelcomeProof(other, hello, 1, another),
            Handshake.WelcomeProof(null, hello, 1, another),
            Handshake.WelcomeProof(mine, moved, 1, another),
            Handshake.WelcomeProof(mine, hello, 2, another),
            Handshake.WelcomeProof(mine, hello, 1, nonce),
            Handshake.HelloProof(mine, hello, 1, another),
            Convert.FromHexString(Handshake.Token(mine, hello, 1, another)),
        ];
        Assert.Equal(proofs.Length, proofs.Select(Convert.ToHexString).Distinct().Count());
        Assert.True(Handshake.Matches(proofs[0], ByteString.CopyFrom(Handshake.WelcomeProof(mine, new Hello(hello), 1, another))));
        Assert.False(Handshake.Matches(proofs[0], ByteString.CopyFrom(proofs[1])));
        Assert.False(Handshake.Matches(proofs[0], ByteString.CopyFrom(proofs[0][1..])));
        Assert.False(Handshake.Matches(proofs[0], ByteString.Empty));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 1, 1, 2, 1)]
    [InlineData(1, 2, 1, 1, 1)]
    [InlineData(1, 2, 1, 3, 2)]
    [InlineData(2, 3, 1, 2, 2)]
    [InlineData(2, 3, 1, 1, null)]
    [InlineData(1, 1, 2, 3, null)]
    [InlineData(1, 1, 0, 0, null)]
    [InlineData(1, 1, 5, 1, null)]
    public void Version_OfTwoRanges_IsTheNewestOfBoth(int oldest, int newest, int otherOldest, int otherNewest, int? version) =>
        Assert.Equal(version, Handshake.VersionOf(oldest, newest, new Hello { Oldest = otherOldest, Newest = otherNewest }));

    [Fact]
    public void Frame_InPieces_IsReadWhenItIsWhole()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _frames.Write(new PeerMessage.NotOwner("topics", 5), buffer);
        for (var length = 0; length < buffer.WrittenCount; length++) Assert.Null(Frame(buffer.WrittenMemory[..length]));
        Assert.NotNull(Frame(buffer.WrittenMemory));
    }

    [Theory]
    [InlineData("00000041")]
    [InlineData("7FFFFFFF")]
    [InlineData("FFFFFFFF")]
    [InlineData("00000002FFFF")]
    [InlineData("474554202F20485454502F312E310D0A")]
    public void Frame_OfRubbish_IsRefused(string bytes) =>
        Assert.Throws<PeerFormatException>(() => Frame(Convert.FromHexString(bytes)));

    [Fact]
    public void Frame_WithoutAMessage_IsRefused()
    {
        Assert.Throws<PeerFormatException>(() => _frames.Read(new Frame(), out _));
        Assert.Throws<PeerFormatException>(() => _frames.Read(new Frame { Hello = new Hello() }, out _));
    }

    [Fact]
    public void Frame_OfANewerVersion_IsReadAsFarAsItIsKnown()
    {
        // A field 15 in the message, which nobody knows yet.
        var read = _frames.Read(Frame(Convert.FromHexString("0000000E5A0C0A06746F7069637310057801"))!, out _);
        Assert.Equal(new PeerMessage.NotOwner("topics", 5), read);
    }

    [Fact]
    public void Ask_ThatCanNotBeSent_IsAnsweredHere()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var longer = Assert.IsType<PeerMessage.Answered>(_frames.Write(new PeerMessage.Ask("topics", "self", 3, 0, new string('x', 100)), buffer));
        Assert.Equal(("topics", 3L), (longer.TypeName, longer.Id));
        Assert.Contains("64", Assert.IsType<Status.Failure>(longer.Answer).Cause.Message, StringComparison.Ordinal);
        Assert.NotNull(_frames.Write(new PeerMessage.Ask("topics", "self", 3, 0, this), buffer));
        Assert.NotNull(_frames.Write(new PeerMessage.Ask("topics", "self", 3, 0, "new in version 2"), buffer));
        Assert.Null(_frames.Write(new PeerMessage.Ask("topics", "self", 0, 0, this), buffer));
        // The next incarnation asks anew.
        Assert.Equal(new PeerMessage.NotSent("topics", 3), _frames.Write(new PeerMessage.Ask("topics", "an earlier one", 3, 0, "hi"), buffer));
        Assert.Null(_frames.Write(new PeerMessage.Ask("topics", "an earlier one", 0, 0, "hi"), buffer));
        Assert.Equal(0, buffer.WrittenCount);
    }

    [Fact]
    public void Answer_ThatCanNotBeSent_IsAnErrorOfTheAsker()
    {
        var buffer = new ArrayBufferWriter<byte>();
        Assert.Null(_frames.Write(new PeerMessage.Answered("topics", 3, this), buffer));
        var read = Assert.IsType<PeerMessage.Answered>(_frames.Read(Frame(buffer.WrittenMemory)!, out _));
        Assert.Equal("A FramesTests has no form.", Assert.IsType<PeerFormatException>(Assert.IsType<Status.Failure>(read.Answer).Cause).Message);
    }

    [Fact]
    public void Ask_ThatCanNotBeRead_IsAnErrorOfTheAsker()
    {
        var buffer = new ArrayBufferWriter<byte>();
        _frames.Write(new PeerMessage.Ask("topics", "self", 3, 0, "unreadable"), buffer);
        Assert.Null(_frames.Read(Frame(buffer.WrittenMemory)!, out var refused));
        buffer.Clear();
        Assert.Null(_frames.Write(Assert.IsType<PeerMessage.Answered>(refused), buffer));
        var read = Assert.IsType<PeerMessage.Answered>(_frames.Read(Frame(buffer.WrittenMemory)!, out _));
        Assert.Equal((3L, "It can't be read."), (read.Id, Assert.IsType<Status.Failure>(read.Answer).Cause.Message));
        Assert.Null(_frames.Read(new Frame { Ask = new Ask { TypeName = "topics" } }, out refused));
        Assert.Null(refused);
    }

    private static string Written(Frame frame)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Frames.Write(buffer, frame);
        return Convert.ToHexString(buffer.WrittenSpan);
    }

    private static Frame? Frame(ReadOnlyMemory<byte> bytes)
    {
        var sequence = new ReadOnlySequence<byte>(bytes);
        return Frames.TryRead(ref sequence, 64);
    }

    private const string GoldenWelcome =
        "00000048124608021220000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F1A202A9F6635BADA67CE912BBD73E157BED32B8414F4DFEEE542AAD07CE9FE4C5667";
    private const string GoldenProof =
        "000000241A220A20BB3B6C6F7D98B8ECD3F9B2B6DCD0401A728DB97AE82AD2B6395F8138C2216F9C";
}
