using StreamActors.Etcd;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>What holds for every etcd: the model of the simulation and the real one. Each test has a prefix of its own.</summary>
public abstract class EtcdContract
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    private readonly string _prefix = $"/contract/{Guid.NewGuid():n}/";

    protected abstract IEtcd Etcd { get; }

    /// <summary>Waits for a task, and lets time pass for it where time is virtual.</summary>
    protected abstract Task<T> Within<T>(Task<T> task);

    /// <summary>Forgets history before a revision.</summary>
    protected abstract Task CompactAsync(long revision);

    [Fact]
    public async Task List_OfNothing_IsEmptyAndHasARevision()
    {
        var range = await ListAsync();
        Assert.Empty(range.Entries);
        Assert.True(range.Revision >= 1);
    }

    [Fact]
    public async Task List_OfSeveral_HasThoseBeneathThePrefixInTheOrderOfTheirBytes()
    {
        var outside = _prefix[..^1] + "0";
        await PutAsync(outside, "x");
        foreach (var name in new[] { "b", "a", "ä", "𝄞", "\uffee", "a/b" }) await PutAsync(_prefix + name, name);
        Assert.Equal(["a", "a/b", "b", "ä", "\uffee", "𝄞"], (await ListAsync()).Entries.Select(entry => entry.Value));
    }

    [Fact]
    public async Task Put_Twice_KeepsTheRevisionThatMadeTheKey()
    {
        var first = await PutAsync(_prefix + "k", "");
        var second = await PutAsync(_prefix + "k", "two");
        Assert.True(second.Revision > first.Revision);
        var entry = Assert.Single((await ListAsync()).Entries);
        Assert.Equal(new EtcdEntry(_prefix + "k", "two", first.Revision, second.Revision, 0), entry);
    }

    [Fact]
    public async Task Delete_OfNothing_MakesNoRevision()
    {
        var before = (await PutAsync(_prefix + "k", "1")).Revision;
        var commit = await CommitAsync(EtcdTransaction.Of(new EtcdOperation.Delete(_prefix + "none")));
        Assert.True(commit.Succeeded);
        Assert.Equal(before, (await ListAsync()).Revision);
    }

    [Fact]
    public async Task Condition_OfEachKind_HoldsWhenItIsSo()
    {
        var made = (await PutAsync(_prefix + "k", "1")).Revision;
        var changed = (await PutAsync(_prefix + "k", "2")).Revision;
        var (k, none) = (_prefix + "k", _prefix + "none");
        (EtcdCondition Condition, bool Holds)[] cases =
        [
            (new EtcdCondition.Absent(none), true), (new EtcdCondition.Absent(k), false),
            (new EtcdCondition.CreatedAt(k, made), true), (new EtcdCondition.CreatedAt(k, changed), false),
            (new EtcdCondition.CreatedAt(none, made), false),
            (new EtcdCondition.ModifiedAt(k, changed), true), (new EtcdCondition.ModifiedAt(k, made), false),
            (new EtcdCondition.ModifiedAt(none, 0), true), (new EtcdCondition.ModifiedAt(k, 0), false),
            (new EtcdCondition.ValueIs(k, "2"), true), (new EtcdCondition.ValueIs(k, "1"), false),
            (new EtcdCondition.ValueIs(none, ""), false),
        ];
        foreach (var (condition, holds) in cases)
            Assert.True(holds == (await CommitAsync(EtcdTransaction.If(condition))).Succeeded, $"{condition}");
    }

    [Fact]
    public async Task Transaction_OneConditionFails_DoesTheOtherBranchOnly()
    {
        await PutAsync(_prefix + "held", "yes");
        var commit = await CommitAsync(EtcdTransaction
            .If(new EtcdCondition.ValueIs(_prefix + "held", "yes"), new EtcdCondition.ValueIs(_prefix + "held", "no"))
            .Do(new EtcdOperation.Put(_prefix + "then", "1"))
            .Else(new EtcdOperation.Put(_prefix + "else", "1"), new EtcdOperation.Get(_prefix + "held"), new EtcdOperation.Get(_prefix + "none")));
        Assert.False(commit.Succeeded);
        Assert.Equal("yes", Assert.Single(commit.Found).Value);
        Assert.Equal([_prefix + "else", _prefix + "held"], (await ListAsync()).Entries.Select(entry => entry.Key));
    }

    [Fact]
    public async Task Transaction_WritesAKeyTwice_IsInvalidAndDoesNothing()
    {
        var outcome = await Within(Etcd.CommitAsync(EtcdTransaction.Of(
            new EtcdOperation.Put(_prefix + "a", "1"), new EtcdOperation.Put(_prefix + "b", "1"), new EtcdOperation.Put(_prefix + "a", "2"))));
        Assert.Equal(EtcdError.Invalid, outcome.Fault?.Error);
        Assert.Empty((await ListAsync()).Entries);
    }

    [Fact]
    public async Task Transaction_WithALeaseThatIsNone_DoesNothing()
    {
        var outcome = await Within(Etcd.CommitAsync(EtcdTransaction.Of(
            new EtcdOperation.Put(_prefix + "a", "1"), new EtcdOperation.Put(_prefix + "b", "1", 0x7777))));
        Assert.Equal(EtcdError.LeaseNotFound, outcome.Fault?.Error);
        Assert.Empty((await ListAsync()).Entries);
    }

    [Fact]
    public async Task Put_OfAMegabyte_IsStoredAndOfTwoIsInvalid()
    {
        var large = new string('x', 1 << 20);
        await PutAsync(_prefix + "k", large);
        Assert.Equal(large, Assert.Single((await ListAsync()).Entries).Value);
        var outcome = await Within(Etcd.CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put(_prefix + "k", large + large))));
        Assert.Equal(EtcdError.Invalid, outcome.Fault?.Error);
        await CommitAsync(EtcdTransaction.Of(new EtcdOperation.Delete(_prefix + "k")));
    }

    [Fact]
    public async Task Lease_Revoked_TakesItsKeysInOneRevision()
    {
        var lease = await GrantAsync(60);
        await PutAsync(_prefix + "a", "1", lease.Id);
        await PutAsync(_prefix + "b", "1", lease.Id);
        await PutAsync(_prefix + "stays", "1", lease.Id);
        var last = await PutAsync(_prefix + "stays", "2");
        var watcher = new RecordingWatcher();
        using var watch = Etcd.Watch(_prefix, last.Revision + 1, watcher);

        Assert.True((await Within(Etcd.RevokeAsync(lease.Id))).Succeeded);
        var events = await Within(watcher.EventsAsync());

        Assert.Equal([_prefix + "a", _prefix + "b"], events.Select(change => change.Entry.Key));
        Assert.All(events, change => Assert.True(change.IsDelete));
        Assert.Single(events.Select(change => change.Entry.ModRevision).Distinct());
        Assert.Equal([_prefix + "stays"], (await ListAsync()).Entries.Select(entry => entry.Key));
        Assert.Equal(EtcdError.LeaseNotFound, (await Within(Etcd.KeepAliveAsync(lease.Id))).Fault?.Error);
        Assert.Equal(EtcdError.LeaseNotFound, (await Within(Etcd.TimeToLiveAsync(lease.Id))).Fault?.Error);
        Assert.True((await Within(Etcd.RevokeAsync(lease.Id))).Succeeded);
    }

    [Fact]
    public async Task Lease_OfOneKeptAndOneNot_OnlyTheOtherEnds()
    {
        var (kept, left) = (await GrantAsync(60), await GrantAsync(1));
        Assert.NotEqual(kept.Id, left.Id);
        await PutAsync(_prefix + "kept", "1", kept.Id);
        var last = await PutAsync(_prefix + "left", "1", left.Id);
        var watcher = new RecordingWatcher();
        using var watch = Etcd.Watch(_prefix, last.Revision + 1, watcher);

        var change = Assert.Single(await Within(watcher.EventsAsync()));

        Assert.Equal((_prefix + "left", true), (change.Entry.Key, change.IsDelete));
        Assert.Equal(EtcdError.LeaseNotFound, (await Within(Etcd.KeepAliveAsync(left.Id))).Fault?.Error);
        Assert.Equal(TimeSpan.FromSeconds(60), (await Within(Etcd.KeepAliveAsync(kept.Id))).Value?.TimeToLive);
    }

    [Fact]
    public async Task Lease_AskedForItsTime_IsRoundedDown()
    {
        var lease = await GrantAsync(60);
        var left = await Within(Etcd.TimeToLiveAsync(lease.Id));
        Assert.InRange(left.Value!.TimeToLive, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60) - OneSecond);
    }

    [Fact]
    public async Task Lease_KeptAsOneThatIsNone_IsNotFound() =>
        Assert.Equal(EtcdError.LeaseNotFound, (await Within(Etcd.KeepAliveAsync(0x7777))).Fault?.Error);

    [Fact]
    public async Task Watch_FromThePast_TellsWhatWasAndThenWhatComes()
    {
        var first = await PutAsync(_prefix + "a", "1");
        await PutAsync(_prefix[..^1] + "0", "outside");
        await PutAsync(_prefix + "a", "2");
        var watcher = new RecordingWatcher();
        using var watch = Etcd.Watch(_prefix, first.Revision, watcher);
        var told = new List<EtcdEvent>();
        while (told.Count < 2) told.AddRange(await Within(watcher.EventsAsync()));
        await CommitAsync(EtcdTransaction.Of(
            new EtcdOperation.Put(_prefix + "b", "1"), new EtcdOperation.Delete(_prefix + "a"), new EtcdOperation.Put(_prefix + "c", "1")));

        var last = await Within(watcher.EventsAsync());

        Assert.Equal(["1", "2"], told.Select(change => change.Entry.Value));
        Assert.Equal(first.Revision, told[0].Entry.ModRevision);
        Assert.Equal(3, last.Count);
        Assert.Equal(_prefix + "a", Assert.Single(last, change => change.IsDelete).Entry.Key);
        Assert.Single(last.Select(change => change.Entry.ModRevision).Distinct());
    }

    [Fact]
    public async Task Watch_DisposedOf_TellsNothingMore()
    {
        var (ended, other) = (new RecordingWatcher(), new RecordingWatcher());
        var first = await PutAsync(_prefix + "a", "1");
        var watch = Etcd.Watch(_prefix, first.Revision, ended);
        using var going = Etcd.Watch(_prefix, first.Revision, other);
        await Within(ended.EventsAsync());
        await Within(other.EventsAsync());

        watch.Dispose();
        await PutAsync(_prefix + "a", "2");

        await Within(other.EventsAsync());
        Assert.False(ended.EventsAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Watch_FromWhatWasCompacted_EndsAndSaysSo()
    {
        var first = await PutAsync(_prefix + "a", "1");
        await PutAsync(_prefix + "a", "2");
        var last = await PutAsync(_prefix + "a", "3");
        await CompactAsync(last.Revision);
        var watcher = new RecordingWatcher();
        using var watch = Etcd.Watch(_prefix, first.Revision, watcher);
        Assert.Equal(EtcdError.Compacted, (await Within(watcher.EndAsync())).Error);
    }

    [Fact]
    public async Task Watch_FromADeleteThatWasCompactedAt_IsNotTold()
    {
        // This is why a mirror goes on one revision earlier than it would have to.
        await PutAsync(_prefix + "a", "1");
        var delete = await CommitAsync(EtcdTransaction.Of(new EtcdOperation.Delete(_prefix + "a")));
        await CompactAsync(delete.Revision);
        await PutAsync(_prefix + "b", "1");
        var watcher = new RecordingWatcher();
        using var watch = Etcd.Watch(_prefix, delete.Revision, watcher);
        Assert.Equal(_prefix + "b", Assert.Single(await Within(watcher.EventsAsync())).Entry.Key);
    }

    [Fact]
    public async Task Mirror_OverListsWatchesAndCompaction_HasWhatIsThere()
    {
        await PutAsync(_prefix + "a", "1");
        await PutAsync(_prefix + "b", "1");
        var mirror = new MirrorHarness(Etcd, _prefix);
        using (mirror)
        {
            await Within(mirror.UntilAsync(entries => entries.Count == 2));
            var last = await CommitAsync(EtcdTransaction.Of(
                new EtcdOperation.Put(_prefix + "a", "2"), new EtcdOperation.Delete(_prefix + "b"), new EtcdOperation.Put(_prefix + "c", "1")));
            await Within(mirror.UntilAsync(entries => entries.ContainsKey(_prefix + "c")));
            Assert.Equal([_prefix + "a=2", _prefix + "c=1"], mirror.Snapshot());
            await CompactAsync(last.Revision);
            await PutAsync(_prefix + "d", "1");
            await Within(mirror.UntilAsync(entries => entries.ContainsKey(_prefix + "d")));
        }
        Assert.Equal([_prefix + "a=2", _prefix + "c=1", _prefix + "d=1"], mirror.Snapshot());
    }

    private async Task<EtcdRange> ListAsync() => Value(await Within(Etcd.ListAsync(_prefix)));

    private async Task<EtcdLease> GrantAsync(int seconds) => Value(await Within(Etcd.GrantAsync(TimeSpan.FromSeconds(seconds))));

    private async Task<EtcdCommit> CommitAsync(EtcdTransaction transaction) => Value(await Within(Etcd.CommitAsync(transaction)));

    private Task<EtcdCommit> PutAsync(string key, string value, long lease = 0) =>
        CommitAsync(EtcdTransaction.Of(new EtcdOperation.Put(key, value, lease)));

    private static T Value<T>(EtcdResult<T> result) where T : class
    {
        Assert.Null(result.Fault);
        return result.Value!;
    }
}
