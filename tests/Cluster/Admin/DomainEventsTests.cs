using StreamActors.Admin;
using StreamActors.Sharding;

namespace StreamActors.Cluster.Tests.Admin;

public sealed class DomainEventsTests
{
    private static readonly CurrentClusterState Two = new FakeSource().State;
    private static readonly Member A = Two.Members[0];
    private static readonly Member B = Two.Members[1];

    [Fact]
    public void Between_NothingAndTwoMembers_IsTheStateAsEvents() => Assert.Equal(
        [new ClusterEvent.MemberUp(A), new ClusterEvent.MemberUp(B), new ClusterEvent.LeaderChanged(A.Address)], ClusterEvent.Between(null, Two));

    [Fact]
    public void Between_TheSame_IsNothing() => Assert.Empty(ClusterEvent.Between(Two, Two));

    [Fact]
    public void Between_OneLeavesAndIsGone_ExitsBeforeItIsRemoved()
    {
        var leaving = A.Copy(MemberStatus.Leaving);
        var leaves = Two with { Members = [leaving, B] };
        Assert.Equal([new ClusterEvent.MemberLeft(leaving)], ClusterEvent.Between(Two, leaves));
        Assert.Equal(
            [
                new ClusterEvent.MemberExited(A.Copy(MemberStatus.Exiting)),
                new ClusterEvent.MemberRemoved(A.Copy(MemberStatus.Removed), MemberStatus.Exiting),
                new ClusterEvent.LeaderChanged(B.Address),
            ],
            ClusterEvent.Between(leaves, Two with { Members = [B] }));
    }

    [Fact]
    public void Between_OneIsGoneWithoutLeaving_IsDownedBeforeItIsRemoved() => Assert.Equal(
        [
            new ClusterEvent.MemberDowned(B.Copy(MemberStatus.Down)),
            new ClusterEvent.MemberRemoved(B.Copy(MemberStatus.Removed), MemberStatus.Down),
        ],
        ClusterEvent.Between(Two, Two with { Members = [A] }));

    [Fact]
    public void Between_ANewIncarnation_IsAnotherMember()
    {
        var again = B with { UniqueAddress = B.UniqueAddress with { Uid = 99 } };
        var events = ClusterEvent.Between(Two, Two with { Members = [A, again] });
        Assert.Equal(new ClusterEvent.MemberUp(again), events[^1]);
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public void Between_UnreachableAndBack_IsTold()
    {
        var cut = Two with { Unreachable = new Dictionary<Address, IReadOnlyList<Address>> { [B.Address] = [A.Address] } };
        Assert.Equal([new ClusterEvent.UnreachableMember(B)], ClusterEvent.Between(Two, cut));
        Assert.Equal([new ClusterEvent.ReachableMember(B)], ClusterEvent.Between(cut, Two));
    }

    [Fact]
    public void Encode_EachKind_IsAkkasServerSentEvent()
    {
        var all = new DomainEvents([]);
        Assert.Equal(
            "data:{\"member\":{\"uniqueAddress\":{\"address\":\"streamactors://films@a:1\",\"longUid\":11},\"status\":\"Up\",\"roles\":[\"store\"],"
            + "\"dataCenter\":\"default\"},\"type\":\"MemberUp\"}\nevent:MemberUp\n\n",
            all.Encode(new ClusterEvent.MemberUp(A)));
        Assert.Equal(
            "data:{\"member\":{\"uniqueAddress\":{\"address\":\"streamactors://films@a:1\",\"longUid\":11},\"status\":\"Removed\",\"roles\":[\"store\"],"
            + "\"dataCenter\":\"default\"},\"previousStatus\":\"Down\",\"type\":\"MemberRemoved\"}\nevent:MemberRemoved\n\n",
            all.Encode(new ClusterEvent.MemberRemoved(A.Copy(MemberStatus.Removed), MemberStatus.Down)));
        Assert.Equal(
            "data:{\"address\":\"streamactors://films@a:1\",\"type\":\"LeaderChanged\"}\nevent:LeaderChanged\n\n",
            all.Encode(new ClusterEvent.LeaderChanged(A.Address)));
        Assert.Equal("data:{\"type\":\"LeaderChanged\"}\nevent:LeaderChanged\n\n", all.Encode(new ClusterEvent.LeaderChanged(null)));
    }

    [Theory]
    [InlineData("ClusterDomainEvent", true, true, true)]
    [InlineData("MemberEvent", true, false, false)]
    [InlineData("MemberUp", true, false, false)]
    [InlineData("MemberLeft", false, false, false)]
    [InlineData("ReachabilityEvent", false, true, false)]
    [InlineData("LeaderChanged", false, false, true)]
    [InlineData("nothing", false, false, false)]
    public void Encode_TypeAskedFor_IsSentAlone(string type, bool up, bool unreachable, bool leader)
    {
        var events = new DomainEvents([type]);
        Assert.Equal(up, events.Encode(new ClusterEvent.MemberUp(A)) is not null);
        Assert.Equal(unreachable, events.Encode(new ClusterEvent.UnreachableMember(A)) is not null);
        Assert.Equal(leader, events.Encode(new ClusterEvent.LeaderChanged(null)) is not null);
    }

    [Fact]
    public void States_OfAView_AreMembersInAkkasWords()
    {
        var keys = new ClusterKeys("/p/");
        var view = new ClusterView(keys);
        var record = new MemberRecord("b", "0123456789abcdef0123456789abcdef", "host:25", ["z", "e"], 1, 1, 1, true);
        view.Apply([new StreamActors.Etcd.EtcdEvent(new(keys.Member("b"), Records.Write(record), 4, 9, 0), false)], 9, new HashSet<int>());
        var state = ClusterStates.Of(view, new ClusterNodeSettings { ClusterName = "films", MemberName = "a", Address = "[::1]:7" });
        Assert.Equal("streamactors://films@[::1]:7", state.Self.ToString());
        var member = Assert.Single(state.Members);
        Assert.Equal("films@host:25", member.Address.HostPort);
        Assert.Equal((0x0123456789abcde, MemberStatus.Leaving, 4L), (member.UniqueAddress.Uid, member.Status, member.UpNumber));
        Assert.Equal(["e", "z"], member.Roles);
    }
}
