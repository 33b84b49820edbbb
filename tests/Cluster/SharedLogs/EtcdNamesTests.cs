using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Cluster.Tests.Etcd;
using StreamActors.Cluster.Tests.Nodes;
using StreamActors.Etcd;
using StreamActors.Logs;
using StreamActors.Messages;
using StreamActors.SharedLogs;
using StreamActors.Sources.Log;
using StreamActors.TestKit;

namespace StreamActors.Cluster.Tests.SharedLogs;

/// <summary>The contract, for names in a real etcd; and what etcd adds: several hosts, and operators with their hands in it.</summary>
public sealed class EtcdNamesTests(RealEtcdFixture fixture) : NamesContract, IClassFixture<RealEtcdFixture>
{
    private readonly List<IDisposable> _open = [];
    private readonly string _prefix = $"/names-{Guid.NewGuid():n}/";
    private readonly RecordingLog _log = new();
    private EtcdClient _etcd = null!;
    private EtcdNames _first = null!;

    public override ValueTask DisposeAsync()
    {
        foreach (var one in _open)
            one.Dispose();
        GC.SuppressFinalize(this);
        return default;
    }

    protected override async Task<ISharedNames> OpenAsync()
    {
        _etcd = new EtcdClient(new EtcdOptions { Endpoints = [fixture.Etcd.Endpoint] }, TimeProvider.System);
        _open.Add(_etcd);
        return _first = await NewAsync();
    }

    [Fact]
    public async Task Change_OnAnotherHost_IsKnownHereAndNothingIsMadeTwice()
    {
        var other = await NewAsync();
        var stream = (await _first.CreateStream("films", Framing.Lines)).Value;
        // The other one may not know it yet, and learns when it is refused.
        Assert.Equal(LogError.Exists, (await other.CreateStream("films", Framing.Lines)).Fault?.Error);
        Assert.Equal(stream.Id, other.Now.Stream("films")?.Id);
        var made = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? _first : other).CreateTopic(stream.Id, $"t{i / 2}", 1)));
        Assert.Equal(3, made.Count(one => one.Succeeded));
        Assert.Equal(3, made.Where(one => one.Succeeded).SelectMany(one => one.Value.Partitions.Append(new IncarnationId(one.Value.Id))).Distinct().Count() / 2);
    }

    [Fact]
    public async Task Cursor_MadeTwice_ExistsOnceAndIsAnotherOneAfterwards()
    {
        var stream = (await _first.CreateStream("films", Framing.Lines)).Value;
        var topic = (await _first.CreateTopic(stream.Id, "comedy", 1)).Value;
        Assert.Null(await _first.CreateCursor(topic.Id, "me/and you"));
        Assert.Null(await _first.CreateCursor(topic.Id, "other"));
        Assert.Equal(LogError.Exists, (await _first.CreateCursor(topic.Id, "me/and you"))?.Error);
        Assert.Equal(LogError.NotFound, (await _first.CreateCursor(topic.Id + 99, "me"))?.Error);
        Assert.Equal(["me/and you", "other"], _first.CursorsOf(topic.Id).Keys);
        var before = _first.CursorsOf(topic.Id)["me/and you"];
        Assert.NotEqual(before, _first.CursorsOf(topic.Id)["other"]);
        Assert.Null(await _first.ForgetCursor(topic.Id, "me/and you"));
        Assert.Null(await _first.ForgetCursor(topic.Id, "me/and you"));
        Assert.Null(await _first.CreateCursor(topic.Id, "me/and you"));
        Assert.NotEqual(before, _first.CursorsOf(topic.Id)["me/and you"]);
    }

    [Fact]
    public async Task Deleted_Topic_IsKnownAsGoneUntilItsPartitionsAreRemoved()
    {
        var stream = (await _first.CreateStream("films", Framing.Lines)).Value;
        var topic = (await _first.CreateTopic(stream.Id, "comedy", 2)).Value;
        Assert.Null(await _first.CreateCursor(topic.Id, "me"));
        Assert.Null(await _first.DeleteStream(stream.Id));
        Assert.Equal(topic.Partitions.Select(id => id.Value), _first.State.Gone[topic.Id].Record.Partitions!);
        await KnownAsync(() => !_first.State.Gone.ContainsKey(stream.Id));
        await _first.RemovedAsync(topic.Id, [1]);
        Assert.Equal([topic.Partitions[0].Value, 0], _first.State.Gone[topic.Id].Record.Partitions!);
        await _first.RemovedAsync(topic.Id, [0]);
        Assert.Empty(_first.State.Gone);
        Assert.Empty(_first.CursorsOf(topic.Id));
    }

    [Fact]
    public async Task Key_DamagedByHand_IsLeftAloneAndTold()
    {
        var stream = (await _first.CreateStream("films", Framing.Lines)).Value;
        Assert.Null((await _first.CreateTopic(stream.Id, "comedy", 1)).Fault);
        var key = $"{_prefix}streams/{stream.Id:x16}";
        var entry = Assert.Single((await _etcd.ListAsync(key)).Value!.Entries);
        await CommitAsync(new EtcdOperation.Put(key, "{\"name\":3}"));
        await KnownAsync(() => _first.Now.Stream("films") is null);
        Assert.Contains(_log.Lines, line => line.Contains(key, StringComparison.Ordinal));
        // Neither the stream nor its topic was deleted by anyone.
        Assert.Empty(_first.State.Gone);
        await CommitAsync(new EtcdOperation.Put(key, entry.Value));
        await KnownAsync(() => _first.Now.Topic("films", "comedy") is not null);
    }

    [Fact]
    public async Task Key_DeletedByHand_NoIdIsGivenTwice()
    {
        var stream = (await _first.CreateStream("films", Framing.Lines)).Value;
        var topic = (await _first.CreateTopic(stream.Id, "comedy", 3)).Value;
        await CommitAsync(new EtcdOperation.Delete($"{_prefix}version"), new EtcdOperation.Delete($"{_prefix}topics/{topic.Id:x16}"));
        await KnownAsync(() => _first.Now.Topics.IsEmpty);
        var again = (await _first.CreateTopic(stream.Id, "comedy", 3)).Value;
        Assert.Empty(topic.Partitions.Intersect(again.Partitions));
        Assert.Empty(_first.State.Gone);
    }

    [Fact]
    public async Task Etcd_IsGone_ChangesEndAndLookUpsGoOn()
    {
        await using var etcd = await RealEtcd.StartAsync();
        using var client = new EtcdClient(new EtcdOptions { Endpoints = [etcd.Endpoint], CallTimeout = TimeSpan.FromMilliseconds(500) }, TimeProvider.System);
        using var names = new EtcdNames(client, _prefix, TimeProvider.System, TimeSpan.FromSeconds(10), NullLogger.Instance);
        var stream = (await names.CreateStream("films", Framing.Lines)).Value;
        await etcd.SignalAsync("KILL");
        Assert.Equal(LogError.Unconfirmed, (await names.CreateStream("more", Framing.Lines)).Fault?.Error);
        Assert.Equal(stream.Id, names.Now.Stream("films")?.Id);
    }

    private async Task<EtcdNames> NewAsync()
    {
        var names = new EtcdNames(_etcd, _prefix, TimeProvider.System, TestKitBase.Deadline, _log);
        _open.Insert(0, names);
        Assert.True(await names.ReadyAsync());
        return names;
    }

    private async Task CommitAsync(params EtcdOperation[] operations) => Assert.Null((await _etcd.CommitAsync(EtcdTransaction.Of(operations))).Fault);

    private async Task KnownAsync(Func<bool> isKnown)
    {
        var promise = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _first.Changed = () =>
        {
            if (isKnown())
                promise.TrySetResult();
        };
        if (isKnown())
            promise.TrySetResult();
        await promise.Task.WaitAsync(TestKitBase.Deadline);
    }
}
