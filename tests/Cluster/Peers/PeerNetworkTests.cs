using System.Net;
using StreamActors.Peers;

namespace StreamActors.Cluster.Tests.Peers;

/// <summary>Messages between hosts over real sockets.</summary>
public sealed class PeerNetworkTests
{
    [Fact]
    public async Task Messages_BothWays_ArriveInOrder()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b");
        PeerHost.Join(a, b);
        for (var id = 1; id <= 1000; id++) a.Tell(b, $"text {id}", id);
        for (var id = 1; id <= 1000; id++)
        {
            var ask = Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync());
            Assert.Equal((id, $"text {id}", "a-1"), (ask.Id, ask.Message, ask.From));
            b.Network.Send(ask.From, new PeerMessage.Answered("topics", ask.Id, $"answer {ask.Id}"));
        }
        for (var id = 1; id <= 1000; id++)
            Assert.Equal(new PeerMessage.Answered("topics", id, $"answer {id}"), await a.ReceiveAsync());
        a.Network.Send(b.Record.Uid, new PeerMessage.Withdraw("topics", a.Record.Uid, 7));
        Assert.Equal(new PeerMessage.Withdraw("topics", "a-1", 7), await b.ReceiveAsync());
        b.Network.Send(a.Record.Uid, new PeerMessage.NotOwner("topics", 8));
        Assert.Equal(new PeerMessage.NotOwner("topics", 8), await a.ReceiveAsync());
        Assert.Empty(a.Network.Unreachable);
    }

    [Fact]
    public async Task Message_OfSixteenMebibytes_ArrivesWhole()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b");
        PeerHost.Join(a, b);
        var text = string.Concat(Enumerable.Range(0, 2 << 20).Select(i => i.ToString("x8", null)));
        a.Tell(b, text);
        a.Tell(b, "after it", 2);
        Assert.Equal(text, Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync()).Message);
        Assert.Equal("after it", Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync()).Message);
    }

    [Fact]
    public async Task Message_LongerThanMayBe_IsAnsweredToItsAsker()
    {
        await using var a = await PeerHost.StartAsync("a", options => options with { MaxFrameBytes = 1000 });
        await using var b = await PeerHost.StartAsync("b");
        PeerHost.Join(a, b);
        a.Tell(b, new string('x', 1000), 5);
        Assert.Equal(5, Assert.IsType<PeerMessage.Answered>(await a.ReceiveAsync()).Id);
        a.Tell(b, "shorter", 6);
        Assert.Equal(6, Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync()).Id);
    }

    [Fact]
    public async Task Message_LongerThanTheOtherTakes_EndsTheConnectionAndLaterOnesGo()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b", options => options with { MaxFrameBytes = 1000 });
        PeerHost.Join(a, b);
        a.Tell(b, new string('x', 1000));
        await b.LoggedAsync("What member a sends is not understood");
        await a.LoggedAsync("refuses this host (BrokenProtocol)");
        await a.ReachAsync(b);
    }

    [Fact]
    public async Task Secret_OfAnother_NobodyIsReachedAndItIsNotLogged()
    {
        const string Other = "another secret of sixteen bytes";
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b", options => options with { Secret = new PeerSecret(Other) });
        PeerHost.Join(a, b);
        a.Tell(b, "hi", 7);
        Assert.Equal(new PeerMessage.NotSent("topics", 7), await a.GivenBackAsync());
        Assert.Contains("it does not have the same secret", await a.LoggedAsync("can't be reached"), StringComparison.Ordinal);
        Assert.Contains("it does not have the same secret", await b.LoggedAsync("can't be reached"), StringComparison.Ordinal);
        Assert.False(a.Received.Reader.TryRead(out _));
        Assert.False(b.Received.Reader.TryRead(out _));
        Assert.DoesNotContain(a.Lines.Concat(b.Lines), line => line.Contains(Other, StringComparison.Ordinal) || line.Contains(PeerHost.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cluster_OfAnotherName_IsRefused()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b", options => options with { ClusterName = "books" });
        PeerHost.Join(a, b);
        await a.LoggedAsync("it refuses this host (WrongCluster)");
        await b.LoggedAsync("is refused: WrongCluster");
    }

    [Fact]
    public async Task Host_ThatIsNoMemberYet_IsRefusedUntilItIsOne()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b");
        b.Network.MembersAre(b.Record.Uid, [b.Record]);
        a.Network.MembersAre(a.Record.Uid, [a.Record, b.Record]);
        await a.LoggedAsync("it refuses this host (NotAMember)");
        Assert.Equal(["b-1"], a.Network.Unreachable);
        PeerHost.Join(a, b);
        await a.ReachAsync(b);
    }

    [Fact]
    public async Task Host_ThatIsAnotherIncarnationByNow_IsNotTakenForTheOldOne()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b");
        PeerHost.Join(a, b);
        await a.ReachAsync(b);
        b.Network.MembersAre("b-2", [a.Record, b.Record with { Uid = "b-2" }]);
        await a.LoggedAsync("it refuses this host (AnotherMember)");
        // What is late is for nobody.
        a.Tell(b, "late");
        a.Network.MembersAre(a.Record.Uid, [a.Record, b.Record with { Uid = "b-2" }]);
        a.Network.Send("b-1", new PeerMessage.Ask("topics", "a-1", 8, 0, "late, too"));
        a.Network.Send("b-2", new PeerMessage.Ask("topics", "a-1", 9, 0, "in time"));
        Assert.Equal(9, Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync()).Id);
    }

    [Fact]
    public async Task Member_ThatIsGone_SendsNothingMore()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b");
        PeerHost.Join(a, b);
        await a.ReachAsync(b);
        b.Network.MembersAre(b.Record.Uid, [b.Record]);
        await a.LoggedAsync("it refuses this host (NotAMember)");
        a.Tell(b, "too late", 7);
        a.Network.Send("nobody", new PeerMessage.Ask("topics", a.Record.Uid, 8, 0, "to nobody"));
        while (await a.GivenBackAsync() is PeerMessage.NotSent { Id: not 7 })
        {
        }
        Assert.Equal(new PeerMessage.NotSent("topics", 8), await a.GivenBackAsync());
        PeerHost.Join(a, b);
        await a.ReachAsync(b);
    }

    [Fact]
    public async Task Host_ThatIsAway_IsReachedWhenItIsBack()
    {
        await using var a = await PeerHost.StartAsync("a");
        var b = await PeerHost.StartAsync("b");
        var record = b.Record;
        PeerHost.Join(a, b);
        await a.ReachAsync(b);
        await b.DisposeAsync();
        await a.LoggedAsync($"Member b at {record.Address} can't be reached");
        await using var again = await PeerHost.StartAsync(
            "b", options => options with { Listen = IPEndPoint.Parse(record.Address) });
        again.Network.MembersAre(record.Uid, [a.Record, record]);
        await a.ReachAsync(again);
        Assert.Empty(a.Network.Unreachable);
    }

    [Theory]
    [InlineData(1, 1, 1, 2, 1)]
    [InlineData(1, 2, 1, 1, 1)]
    [InlineData(1, 2, 1, 2, 2)]
    [InlineData(1, 2, 2, 3, 2)]
    public async Task Versions_OfTwoPrograms_SpeakByTheLower(int oldest, int newest, int otherOldest, int otherNewest, int version)
    {
        await using var a = await PeerHost.StartAsync("a", options => options with { OldestProtocol = oldest, NewestProtocol = newest });
        await using var b = await PeerHost.StartAsync("b", options => options with { OldestProtocol = otherOldest, NewestProtocol = otherNewest });
        PeerHost.Join(a, b);
        a.Tell(b, "new in version 2", 3);
        if (version < 2)
        {
            // What the other does not know is never sent to it.
            Assert.Equal(3, Assert.IsType<PeerMessage.Answered>(await a.ReceiveAsync()).Id);
            a.Tell(b, "old", 4);
            Assert.Equal("old", Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync()).Message);
        }
        else
        {
            Assert.Equal("new in version 2", Assert.IsType<PeerMessage.Ask>(await b.ReceiveAsync()).Message);
        }
        await a.LoggedAsync($"is reached, in version {version} of the protocol");
        await b.LoggedAsync($"is reached, in version {version} of the protocol");
    }

    [Fact]
    public async Task Versions_WithNoneInCommon_AreRefused()
    {
        await using var a = await PeerHost.StartAsync("a");
        await using var b = await PeerHost.StartAsync("b", options => options with { OldestProtocol = ClusterNodeSettings.NewestProtocol + 1, NewestProtocol = ClusterNodeSettings.NewestProtocol + 2 });
        PeerHost.Join(a, b);
        await a.LoggedAsync("it refuses this host (NoCommonVersion)");
        await b.LoggedAsync("it refuses this host (NoCommonVersion)");
    }

    [Fact]
    public void Options_ByWhichNobodyKnowsTheOther_AreRefused()
    {
        var options = new PeerOptions { ClusterName = "films", Listen = new IPEndPoint(IPAddress.Loopback, 0) };
        Assert.Throws<ArgumentException>(options.Validate);
        Assert.Throws<ArgumentException>((options with { Secret = new PeerSecret(PeerHost.Secret), NewestProtocol = 0 }).Validate);
    }
}
