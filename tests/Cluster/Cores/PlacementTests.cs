namespace StreamActors.Cluster.Tests.Cores;

public sealed class PlacementTests
{
    private const int Shards = 1000;

    [Fact]
    public void OwnerOf_NobodyMay_IsNobody()
    {
        Assert.Null(Placement.OwnerOf(1, []));
        Assert.Null(Placement.OwnerOf(1, [Member("a", 0)]));
    }

    [Fact]
    public void OwnerOf_AnyOrderOfMembers_IsTheSame()
    {
        MemberRecord[] members = [Member("a"), Member("b"), Member("c", 3)];
        for (var shard = 0; shard < Shards; shard++)
            Assert.Equal(Placement.OwnerOf(shard, members), Placement.OwnerOf(shard, members.Reverse()));
    }

    [Fact]
    public void OwnerOf_OneMemberGoes_MovesOnlyItsShards()
    {
        MemberRecord[] members = [Member("a"), Member("b"), Member("c"), Member("d")];
        var moved = 0;
        for (var shard = 0; shard < Shards; shard++)
        {
            var before = Placement.OwnerOf(shard, members);
            var after = Placement.OwnerOf(shard, members[..3]);
            if (before == "d") moved++;
            else Assert.Equal(before, after);
        }
        Assert.InRange(moved, Shards / 5, Shards / 3);
    }

    [Fact]
    public void OwnerOf_Weights_ShareInProportion()
    {
        var owners = Enumerable.Range(0, Shards).Select(shard => Placement.OwnerOf(shard, [Member("a"), Member("b", 3)]));
        Assert.InRange(owners.Count(owner => owner == "b"), Shards * 7 / 10, Shards * 8 / 10);
    }

    [Fact]
    public void OwnerOf_KnownMembers_NeverChanges() =>
        // Hosts of different releases must agree: these are the owners for good.
        Assert.Equal("bbaabaccbaacbacb", string.Concat(
            Enumerable.Range(0, 16).Select(shard => Placement.OwnerOf(shard, [Member("a"), Member("b"), Member("c")]))));

    [Fact]
    public void MayOwn_RolesAndLeaving_Decide()
    {
        var member = Member("a") with { Roles = ["store"] };
        Assert.True(Placement.MayOwn(member, null));
        Assert.True(Placement.MayOwn(member, "store"));
        Assert.False(Placement.MayOwn(member, "other"));
        Assert.False(Placement.MayOwn(member with { IsLeaving = true }, null));
        Assert.False(Placement.MayOwn(member with { Weight = 0 }, null));
    }

    private static MemberRecord Member(string name, int weight = 1) => new(name, name, name, [], weight, 1, 1, false);
}
