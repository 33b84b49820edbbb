using StreamActors.Etcd;

namespace StreamActors.Cluster.Tests.Cores;

public sealed class MirrorCoreTests
{
    private static readonly EtcdFault Broken = new(EtcdError.TimedOut, "broken");

    private readonly EtcdMirrorCore _core = new();

    [Fact]
    public void Mirror_ListFails_TriesAgainLaterAndEachTimeLater()
    {
        var effect = _core.Start();
        TimeSpan last = default;
        for (var i = 0; i < 3; i++)
        {
            var retry = Assert.IsType<EtcdMirrorEffect.Retry>(_core.Listed(effect.Epoch, Broken, out var changes));
            Assert.Empty(changes);
            Assert.True(retry.Due > last);
            last = retry.Due;
            effect = Assert.IsType<EtcdMirrorEffect.List>(_core.RetryDue(retry.Epoch));
        }
    }

    [Fact]
    public void Mirror_WatchBreaks_GoesOnFromWhatIsKnownAndDropsWhatIsToldTwice()
    {
        var watch = Listed(5, Entry("a", 4));
        Assert.Equal(5, watch.FromRevision);
        Assert.Single(_core.Changed(watch.Epoch, [Put("b", 7)]));
        var retry = Assert.IsType<EtcdMirrorEffect.Retry>(_core.Ended(watch.Epoch, Broken));
        var again = Assert.IsType<EtcdMirrorEffect.Watch>(_core.RetryDue(retry.Epoch));
        Assert.Equal(7, again.FromRevision);
        Assert.Equal([8L], _core.Changed(again.Epoch, [Put("b", 7), Put("c", 8)]).Select(change => change.Entry.ModRevision));
        Assert.Equal(["a", "b", "c"], _core.Entries.Keys);
    }

    [Fact]
    public void Mirror_Compacted_ListsAgainAndTellsTheDifference()
    {
        var watch = Listed(5, Entry("a", 2), Entry("b", 3), Entry("c", 4));
        var list = Assert.IsType<EtcdMirrorEffect.List>(_core.Ended(watch.Epoch, new EtcdFault(EtcdError.Compacted, "")));
        Assert.IsType<EtcdMirrorEffect.Watch>(
            _core.Listed(list.Epoch, new EtcdRange([Entry("a", 2), Entry("c", 9), Entry("d", 8)], 10), out var changes));
        Assert.Equal(
            [("b", true), ("c", false), ("d", false)], changes.Select(change => (change.Entry.Key, change.IsDelete)));
        Assert.Equal(10, _core.Revision);
    }

    [Fact]
    public void Mirror_ListOfAnEndpointThatLagsBehind_IsNotBelieved()
    {
        var watch = Listed(5, Entry("a", 4));
        _core.Changed(watch.Epoch, [Put("b", 9)]);
        var list = _core.Ended(watch.Epoch, new EtcdFault(EtcdError.Compacted, ""))!;
        Assert.IsType<EtcdMirrorEffect.Retry>(_core.Listed(list.Epoch, new EtcdRange([], 8), out var changes));
        Assert.Empty(changes);
        Assert.Equal(["a", "b"], _core.Entries.Keys);
    }

    [Fact]
    public void Mirror_OutcomesOfWhatIsOver_AreDropped()
    {
        var watch = Listed(5, Entry("a", 4));
        var retry = _core.Ended(watch.Epoch, Broken)!;
        Assert.Empty(_core.Changed(watch.Epoch, [Put("b", 7)]));
        Assert.Null(_core.Ended(watch.Epoch, Broken));
        _core.RetryDue(retry.Epoch);
        Assert.Null(_core.RetryDue(retry.Epoch));
    }

    private EtcdMirrorEffect.Watch Listed(long revision, params EtcdEntry[] entries) =>
        Assert.IsType<EtcdMirrorEffect.Watch>(_core.Listed(_core.Start().Epoch, new EtcdRange(entries, revision), out _));

    private static EtcdEntry Entry(string key, long revision) => new(key, "", revision, revision, 0);

    private static EtcdEvent Put(string key, long revision) => new(Entry(key, revision), false);
}
