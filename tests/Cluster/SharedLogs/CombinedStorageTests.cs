using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Etcd;
using StreamActors.SharedLogs;
using StreamActors.TestKit;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Cluster.Tests.SharedLogs;

/// <summary>The storage of several volumes whose shards move together.</summary>
public sealed class CombinedStorageTests : IDisposable
{
    private const int Shard = 3;

    private readonly Simulation _simulation = new(17);
    private readonly ModelEtcd _etcd;
    private readonly List<EtcdTable> _tables = [];
    private readonly List<long> _checkpointed = [];

    public CombinedStorageTests()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        _etcd = new ModelEtcd(_simulation.Time, 17);
    }

    [Fact]
    public void Closed_EachVolumeIsOpenedAgainWhereItsOwnJournalEnded()
    {
        var (s, t) = (new Volume { End = 500 }, new Volume { End = 7 });
        Assert.Equal(1, Close(Storage(s, t), 1));

        var (u, v) = (new Volume(), new Volume());
        Open(Storage(u, v), 2, [new JournalRecord(1, 9, 1)]);
        Assert.Equal([new JournalRecord(1, 9, 500)], u.Journals!);
        Assert.Equal([new JournalRecord(1, 9, 7)], v.Journals!);
    }

    [Fact]
    public void Sealed_ByTheNextOwner_WhatTheFormerTellsLateChangesNothing()
    {
        var (s, t) = (new Volume { End = 500 }, new Volume { End = 0 });
        Assert.Equal(1, Measure(Storage(s, t), 1));
        s.End = 900;
        t.End = 900;
        Assert.Equal(1, Close(Storage(s, t), 1));
        var (u, v) = (new Volume(), new Volume());
        Open(Storage(u, v), 2, [new JournalRecord(1, 9, 1)]);
        Assert.Equal([new JournalRecord(1, 9, 500)], u.Journals!);
        Assert.Empty(v.Journals!);
    }

    [Fact]
    public void Nothing_WasWritten_NothingIsSealed()
    {
        Assert.Equal(0, Close(Storage(new Volume(), new Volume()), 1));
        Assert.Equal(0, Measure(Storage(new Volume(), new Volume()), 1));
        Assert.Null(Measure(Storage(new Volume { End = null }, new Volume { End = 5 }), 2));
        Assert.Empty(_etcd.Peek("seals/"));
    }

    [Fact]
    public void Etcd_IsAway_MeasuringIsTriedAgainAndClosingWaits()
    {
        _etcd.IsAway = true;
        Assert.Null(Measure(Storage(new Volume { End = 5 }), 1));
        long? closed = null;
        Storage(new Volume { End = 5 }).Close(Shard, 1, length => closed = length);
        _simulation.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(closed);
        _etcd.IsAway = false;
        Assert.True(_simulation.RunUntil(() => closed == 1, TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Row_DeletedByHand_TheShardIsNotOpenedUntilItIsBack()
    {
        Close(Storage(new Volume { End = 5 }), 1);
        var row = _etcd.Peek("seals/").Single();
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Delete(row.Key)));
        var volume = new Volume();
        var isOpen = false;
        Storage(volume).Open(Shard, new ShardLease(Shard), [new JournalRecord(1, 9, 1)], () => isOpen = true);
        _simulation.Advance(TimeSpan.FromSeconds(20));
        Assert.False(isOpen);
        Assert.Null(volume.Journals);
        _etcd.Intervene(EtcdTransaction.Of(new EtcdOperation.Put(row.Key, row.Value)));
        Assert.True(_simulation.RunUntil(() => isOpen, TimeSpan.FromSeconds(20)));
        Assert.Single(volume.Journals!);
    }

    [Fact]
    public void Abandoned_WhileItIsOpened_NoVolumeIsOpened()
    {
        Close(Storage(new Volume { End = 5 }), 1);
        var volume = new Volume();
        var storage = Storage(volume);
        storage.Open(Shard, new ShardLease(Shard), [new JournalRecord(1, 9, 1)], () => Assert.Fail("it was abandoned"));
        storage.Abandon(Shard, 0);
        _simulation.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(volume.Journals);
    }

    [Fact]
    public void Checkpointed_IsToldOnceNoVolumeNeedsTheJournal()
    {
        Close(Storage(new Volume { End = 5 }, new Volume { End = 6 }), 1);
        Close(Storage(new Volume { End = 5 }, new Volume()), 2);
        var (s, t) = (new Volume(), new Volume());
        Open(Storage(s, t), 3, [new JournalRecord(1, 9, 1), new JournalRecord(2, 9, 1)]);
        s.Lease!.Checkpointed(2);
        Assert.Empty(_checkpointed);
        t.Lease!.Checkpointed(1);
        Assert.Equal([2], _checkpointed);
    }

    public void Dispose() => _tables.ForEach(table => table.Dispose());

    private CombinedStorage Storage(params Volume[] volumes)
    {
        var table = new EtcdTable(_etcd.Connect(), "seals/", _simulation.Time, _ => { });
        _tables.Add(table);
        return new CombinedStorage(
            volumes.Select((volume, index) => (volume, index)).ToDictionary(pair => $"/v{pair.index}", pair => (IShardStorage)pair.volume),
            table, _simulation.Time, NullLogger.Instance);
    }

    private long? Measure(CombinedStorage storage, long epoch)
    {
        (bool IsTold, long? End) told = default;
        storage.Measure(Shard, epoch, end => told = (true, end));
        Assert.True(_simulation.RunUntil(() => told.IsTold, TimeSpan.FromSeconds(20)));
        return told.End;
    }

    private long Close(CombinedStorage storage, long epoch)
    {
        long? closed = null;
        storage.Close(Shard, epoch, length => closed = length);
        Assert.True(_simulation.RunUntil(() => closed is not null, TimeSpan.FromSeconds(20)));
        return closed!.Value;
    }

    private void Open(CombinedStorage storage, long epoch, IReadOnlyList<JournalRecord> journals)
    {
        var isOpen = false;
        var lease = new ShardLease(Shard, epoch, new LeaseGuard(TimeSpan.Zero), _simulation.Time) { OnCheckpointed = _checkpointed.Add };
        storage.Open(Shard, lease, journals, () => isOpen = true);
        Assert.True(_simulation.RunUntil(() => isOpen, TimeSpan.FromSeconds(20)));
    }

    private sealed class Volume : IShardStorage
    {
        public long? End { get; set; } = 0;

        public ShardLease? Lease { get; private set; }

        public IReadOnlyList<JournalRecord>? Journals { get; private set; }

        public void Measure(int shard, long epoch, Action<long?> measured) => measured(End);

        public void Open(int shard, ShardLease lease, IReadOnlyList<JournalRecord> journals, Action opened)
        {
            (Lease, Journals) = (lease, journals);
            opened();
        }

        public void Close(int shard, long epoch, Action<long> closed) => closed(End ?? 0);

        public void Abandon(int shard, long epoch)
        {
        }
    }
}
