using Google.Protobuf;
using StreamActors.Peers;
using StreamActors.Peers.Wire;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>What somebody sends who is no member, or one that is broken.</summary>
public sealed class PeerBadInputTests : IAsyncLifetime
{
    private PeerHost _a = null!;
    private PeerHost _b = null!;

    public async ValueTask InitializeAsync()
    {
        (_a, _b) = (await PeerHost.StartAsync("a"), await PeerHost.StartAsync("b"));
        _b.Network.MembersAre(_b.Record.Uid, [_a.Record, _b.Record]);
    }

    public async ValueTask DisposeAsync()
    {
        Assert.False(_b.Received.Reader.TryRead(out _));
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Theory]
    [InlineData("00000003FFFFFF")]
    [InlineData("7FFFFFFF")]
    [InlineData("00001001")]
    [InlineData("0000000C5A0A0A06746F706963731005")]
    [InlineData("474554202F20485454502F312E310D0A0D0A")]
    public async Task Rubbish_InsteadOfAHello_IsRefused(string bytes)
    {
        using var raw = new RawPeer(_b);
        await raw.ConnectAsync(Convert.FromHexString(bytes));
        Assert.Equal(Refusal.Types.Reason.BrokenProtocol, await raw.RefusalAsync());
        Assert.Null(await raw.ReadAsync());
    }

    [Fact]
    public async Task Rubbish_InsteadOfAProof_IsRefused()
    {
        using var raw = new RawPeer(_b);
        await raw.ConnectAsync(new Frame { Hello = Hello() });
        Assert.NotNull((await raw.ReadAsync())?.Welcome);
        await raw.SendAsync(new Frame { NotOwner = new NotOwner { TypeName = "topics", Id = 1 } });
        Assert.Equal(Refusal.Types.Reason.BrokenProtocol, await raw.RefusalAsync());
    }

    [Fact]
    public async Task Proof_Wrong_IsRefused()
    {
        using var raw = new RawPeer(_b);
        await raw.ConnectAsync(new Frame { Hello = Hello() });
        await raw.ReadAsync();
        await raw.SendAsync(new Frame { Proof = new Proof { Proof_ = Handshake.Nonce() } });
        Assert.Equal(Refusal.Types.Reason.WrongSecret, await raw.RefusalAsync());
        await _b.LoggedAsync("is refused: WrongSecret");
    }

    [Fact]
    public async Task Greeting_SaidAgain_IsRefused()
    {
        var hello = Hello();
        using var first = new RawPeer(_b);
        await first.ConnectAsync(new Frame { Hello = hello });
        var welcome = (await first.ReadAsync())!.Welcome;
        var proof = new Frame
        {
            Proof = new Proof { Proof_ = ByteString.CopyFrom(Handshake.HelloProof(new PeerSecret(PeerHost.Secret), hello, welcome.Version, welcome.Nonce)) },
        };
        await first.SendAsync(proof);
        await first.SendAsync(new Frame { NotOwner = new NotOwner { TypeName = "topics", Id = 1 } });
        Assert.Equal(new PeerMessage.NotOwner("topics", 1), await _b.ReceiveAsync());

        using var again = new RawPeer(_b);
        await again.ConnectAsync(new Frame { Hello = hello });
        Assert.NotNull((await again.ReadAsync())?.Welcome);
        await again.SendAsync(proof);
        Assert.Equal(Refusal.Types.Reason.WrongSecret, await again.RefusalAsync());
    }

    [Fact]
    public async Task Silence_AfterConnecting_EndsWithTheDeadline()
    {
        await using var impatient = await PeerHost.StartAsync("c", options => options with { ConnectTimeout = TimeSpan.FromMilliseconds(50) });
        using var raw = new RawPeer(impatient);
        var broken = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await raw.ConnectAsync([0]);
            await raw.ReadAsync();
        });
        Assert.True(broken is IOException or HttpRequestException, broken.ToString());
    }

    [Fact]
    public async Task Handshakes_MoreThanMayBe_AreTurnedAway()
    {
        await using var small = await PeerHost.StartAsync("c", options => options with { MaxHandshakes = 1 });
        using var first = new RawPeer(small);
        Assert.Equal(System.Net.HttpStatusCode.OK, await first.ConnectAsync([0]));
        using var second = new RawPeer(small);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, await second.ConnectAsync([0]));
    }

    [Theory]
    [InlineData("books", "a-1", "b-1", 32, Refusal.Types.Reason.WrongCluster)]
    [InlineData("films", "a-2", "b-1", 32, Refusal.Types.Reason.NotAMember)]
    [InlineData("films", "b-1", "b-1", 32, Refusal.Types.Reason.NotAMember)]
    [InlineData("films", "", "b-1", 32, Refusal.Types.Reason.NotAMember)]
    [InlineData("films", "a-1", "b-2", 32, Refusal.Types.Reason.AnotherMember)]
    [InlineData("films", "a-1", "b-1", 31, Refusal.Types.Reason.BrokenProtocol)]
    [InlineData("films", "a-1", "b-1", 0, Refusal.Types.Reason.BrokenProtocol)]
    public async Task Hello_ThatIsWrong_IsRefused(string cluster, string from, string to, int nonceBytes, object reason)
    {
        using var raw = new RawPeer(_b);
        var hello = Hello();
        (hello.Cluster, hello.From, hello.To, hello.Nonce) = (cluster, from, to, ByteString.CopyFrom(new byte[nonceBytes]));
        await raw.ConnectAsync(new Frame { Hello = hello });
        Assert.Equal((Refusal.Types.Reason)reason, await raw.RefusalAsync());
    }

    private static Hello Hello() =>
        new() { Cluster = "films", From = "a-1", To = "b-1", Oldest = 1, Newest = 1, Nonce = Handshake.Nonce() };
}
