using StreamActors.Etcd;

namespace StreamActors.Cluster.Tests.Cores;

public sealed class RecordsTests
{
    [Fact]
    public void Records_WrittenAndRead_AreTheSame()
    {
        var shard = new ShardRecord(7, [new JournalRecord(3, 11, 100), new JournalRecord(7, 12)]);
        Assert.Equal("""{"epoch":7,"journals":[{"epoch":3,"lease":11,"sealed":100},{"epoch":7,"lease":12}]}""", Records.Write(shard));
        var read = Records.TryRead<ShardRecord>(Records.Write(shard))!;
        Assert.Equal(shard.Epoch, read.Epoch);
        Assert.Equal(shard.Journals, read.Journals);
        var owner = new OwnerRecord("a", "1", 7);
        Assert.Equal(owner, Records.TryRead<OwnerRecord>(Records.Write(owner)));
        var cluster = new ClusterRecord("c", "id", 256);
        Assert.Equal(cluster, Records.TryRead<ClusterRecord>(Records.Write(cluster)));
        var member = new MemberRecord("a", "1", "a:1", ["x"], 2, 1, 3, true);
        Assert.Equal(Records.Write(member), Records.Write(Records.TryRead<MemberRecord>(Records.Write(member))!));
    }

    [Fact]
    public void Record_OfANewerVersion_IsReadAsFarAsItIsKnown() =>
        Assert.Equal(
            new OwnerRecord("a", "1", 7), Records.TryRead<OwnerRecord>("""{"member":"a","uid":"1","epoch":7,"since":"yesterday"}"""));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"epoch":0,"journals":[]}""")]
    [InlineData("""{"epoch":3,"journals":null}""")]
    [InlineData("""{"epoch":3,"journals":[{"epoch":4,"lease":1}]}""")]
    [InlineData("""{"epoch":3,"journals":[{"epoch":3,"lease":1},{"epoch":2,"lease":1}]}""")]
    [InlineData("""{"epoch":3,"journals":[{"epoch":3,"lease":1,"sealed":-1}]}""")]
    [InlineData("""{"epoch":"three","journals":[]}""")]
    public void ShardRecord_Malformed_IsNone(string text) => Assert.Null(Records.TryRead<ShardRecord>(text));

    [Theory]
    [InlineData("""{"name":"a","id":"","shards":4}""")]
    [InlineData("""{"name":"a","id":"x","shards":0}""")]
    [InlineData("""{"name":"a","id":"x","shards":100000}""")]
    [InlineData("""{"id":"x","shards":4}""")]
    public void ClusterRecord_Malformed_IsNone(string text) => Assert.Null(Records.TryRead<ClusterRecord>(text));

    [Fact]
    public void View_KeysOfEveryKind_AreKnownAndForeignOnesIgnored()
    {
        var keys = new ClusterKeys("/p/");
        var view = new ClusterView(keys);
        var shards = new HashSet<int>();
        var member = new MemberRecord("a", "u", "a:1", [], 1, 1, 1, false);
        EtcdEvent[] changes =
        [
            Put(keys.Member("a"), Records.Write(member), 2), Put(keys.Owner(7), Records.Write(new OwnerRecord("a", "u", 3)), 3),
            Put(keys.Shard(7), "rubbish", 4), Put("/p/owners/7", "x", 5), Put("/p/owners/-0007", "x", 6), Put("/p/owners/x", "x", 7),
            Put("/p/other", "x", 8),
        ];
        Assert.True(view.Apply(changes, 8, shards));
        Assert.Equal([7], shards);
        Assert.Equal("a", view.MemberOf(7)?.Name);
        Assert.Equal(8, view.Revision);
        Assert.Equal((null, 4L), (view.ShardOf(7)!.Record, view.ShardOf(7)!.ModRevision));

        Assert.True(view.Apply([new EtcdEvent(new EtcdEntry(keys.Member("a"), "", 0, 9, 0), true)], 9, shards));
        Assert.Null(view.MemberOf(7));
        Assert.Empty(view.Members);
    }

    private static EtcdEvent Put(string key, string value, long revision) => new(new EtcdEntry(key, value, revision, revision, 0), false);
}
