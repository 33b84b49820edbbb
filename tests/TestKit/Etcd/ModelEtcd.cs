using StreamActors.Etcd;

namespace StreamActors.TestKit.Etcd;

/// <summary>
/// An etcd in memory and on virtual time, with the faults of a network and of etcd itself. It passes the contract suite
/// that the real one passes.
/// </summary>
public sealed class ModelEtcd
{
    /// <summary>etcd looks for leases that have ended every half second.</summary>
    private static readonly TimeSpan ExpiryEvery = TimeSpan.FromMilliseconds(500);

    private readonly ModelStore _store = new();
    private readonly SortedDictionary<long, Lease> _leases = [];
    private readonly List<ModelWatch> _watches = [];
    private readonly Random _random;
    private long _lastLease;

    /// <summary>Makes an empty one.</summary>
    /// <param name="time">Its clock.</param>
    /// <param name="seed">Decides how long things take, and what is lost.</param>
    public ModelEtcd(VirtualTime time, int seed)
    {
        (Time, _random) = (time, new Random(seed));
        ExpireLater();
    }

    /// <summary>The longest that a request or an answer is on its way.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How many of a thousand requests are lost before they are carried out, and how many answers after.</summary>
    public int LossPerMille { get; set; }

    /// <summary>Whether etcd is gone: connections are refused, while leases run on.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether its database is full.</summary>
    public bool IsFull
    {
        get => _store.IsFull;
        set => _store.IsFull = value;
    }

    /// <summary>The revision of the last change.</summary>
    public long Revision => _store.Revision;

    /// <summary>Told each change when it happens, before anybody else learns of it.</summary>
    public Action<IReadOnlyList<EtcdEvent>>? Committed { get; set; }

    internal VirtualTime Time { get; }

    /// <summary>A connection of one host.</summary>
    public ModelEtcdClient Connect() => new(this);

    /// <summary>All keys now, for a test to look at.</summary>
    public IReadOnlyList<EtcdEntry> Peek(string prefix) => _store.List(prefix).Entries;

    /// <summary>Changes keys as an operator does by hand.</summary>
    public void Intervene(EtcdTransaction transaction) => Commit(transaction);

    /// <summary>Forgets history.</summary>
    /// <param name="revision">The first revision that is kept.</param>
    public void Compact(long revision) => _store.Compact(revision);

    /// <summary>A new leader: watches break, and all leases begin their time anew, as etcd lets them.</summary>
    public void ElectLeader()
    {
        foreach (var lease in _leases.Values) lease.End = Time.GetTimestamp() + lease.TimeToLive.Ticks;
        foreach (var watch in _watches.ToArray()) Break(watch, new EtcdFault(EtcdError.Unavailable, "The leader changed"));
    }

    internal TimeSpan NextDelay() => TimeSpan.FromTicks(_random.NextInt64(1, Math.Max(MaxDelay.Ticks, 2)));

    internal bool NextIsLost() => LossPerMille > 0 && _random.Next(1000) < LossPerMille;

    internal EtcdResult<EtcdRange> List(string prefix) => _store.List(prefix);

    internal EtcdResult<EtcdCommit> Commit(EtcdTransaction transaction)
    {
        var outcome = _store.Commit(transaction, _leases.ContainsKey, out var events);
        Tell(events);
        return outcome;
    }

    internal EtcdResult<EtcdLease> Grant(TimeSpan timeToLive)
    {
        var granted = TimeSpan.FromSeconds(Math.Floor(timeToLive.TotalSeconds));
        _leases.Add(++_lastLease, new Lease(granted) { End = Time.GetTimestamp() + granted.Ticks });
        return new EtcdLease(_lastLease, granted);
    }

    internal EtcdResult<EtcdLease> KeepAlive(long id)
    {
        // A lease whose time has passed can't be kept, even where its keys are still there.
        if (!_leases.TryGetValue(id, out var lease) || lease.End <= Time.GetTimestamp()) return Ended(id);
        lease.End = Time.GetTimestamp() + lease.TimeToLive.Ticks;
        return new EtcdLease(id, lease.TimeToLive);
    }

    internal EtcdResult<EtcdLease> Revoke(long id)
    {
        EndLease(id);
        return new EtcdLease(id, TimeSpan.Zero);
    }

    internal EtcdResult<EtcdLease> TimeToLive(long id)
    {
        if (!_leases.TryGetValue(id, out var lease)) return Ended(id);
        var seconds = (lease.End - Time.GetTimestamp()) / TimeSpan.TicksPerSecond;
        return seconds < 0 ? Ended(id) : new EtcdLease(id, TimeSpan.FromSeconds(seconds));
    }

    internal void Begin(ModelWatch watch, long fromRevision)
    {
        if (fromRevision < _store.Compacted)
        {
            watch.End(new EtcdFault(EtcdError.Compacted, $"Revisions are kept from {_store.Compacted} on"));
            return;
        }
        _watches.Add(watch);
        foreach (var events in _store.Since(watch.Prefix, fromRevision)) watch.Tell(events);
    }

    internal void Break(ModelWatch watch, EtcdFault? fault)
    {
        _watches.Remove(watch);
        if (fault is not null) watch.End(fault);
    }

    private void Tell(EtcdEvent[] events)
    {
        if (events.Length == 0) return;
        Committed?.Invoke(events);
        foreach (var watch in _watches.ToArray())
            if (ModelStore.Beneath(watch.Prefix, events) is { Length: > 0 } beneath) watch.Tell(beneath);
    }

    private void ExpireLater() =>
        Time.CreateTimer(_ => Expire(), null, ExpiryEvery, Timeout.InfiniteTimeSpan);

    private void Expire()
    {
        var now = Time.GetTimestamp();
        foreach (var id in _leases.Where(lease => lease.Value.End <= now).Select(lease => lease.Key).ToArray()) EndLease(id);
        ExpireLater();
    }

    private void EndLease(long id)
    {
        if (_leases.Remove(id)) Tell(_store.Delete(_store.KeysOf(id)));
    }

    private static EtcdFault Ended(long lease) => new(EtcdError.LeaseNotFound, $"Lease {lease:x} has ended");

    private sealed class Lease(TimeSpan timeToLive)
    {
        public TimeSpan TimeToLive => timeToLive;

        /// <summary>When it ends, as a timestamp.</summary>
        public long End { get; set; }
    }
}
