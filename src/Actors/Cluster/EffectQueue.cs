using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>Collects what a step wants done, and remembers what is to follow each outcome.</summary>
internal sealed class EffectQueue
{
    private readonly Dictionary<long, Action<TimeSpan, object?>> _waiting = [];
    private List<ClusterEffect> _effects = [];
    private long _lastToken;

    public void Add(ClusterEffect effect) => _effects.Add(effect);

    public void Commit(EtcdTransaction transaction, Action<TimeSpan, EtcdResult<EtcdCommit>> then) =>
        Add(new ClusterEffect.Commit(Wait((now, outcome) => then(now, (EtcdResult<EtcdCommit>)outcome!)), transaction));

    public void Grant(TimeSpan timeToLive, Action<TimeSpan, EtcdResult<EtcdLease>> then) =>
        Add(new ClusterEffect.Grant(WaitForLease(then), timeToLive));

    public void KeepAlive(long lease, Action<TimeSpan, EtcdResult<EtcdLease>> then) =>
        Add(new ClusterEffect.KeepAlive(WaitForLease(then), lease));

    public void AskLease(long lease, Action<TimeSpan, EtcdResult<EtcdLease>> then) =>
        Add(new ClusterEffect.AskLease(WaitForLease(then), lease));

    public void Revoke(long lease, Action<TimeSpan, EtcdResult<EtcdLease>> then) =>
        Add(new ClusterEffect.Revoke(WaitForLease(then), lease));

    public void Measure(int shard, long epoch, Action<TimeSpan, long?> then) =>
        Add(new ClusterEffect.Measure(shard, epoch, Wait((now, outcome) => then(now, (long?)outcome))));

    public void After(TimeSpan due, Action<TimeSpan> then) =>
        Add(new ClusterEffect.SetTimer(Wait((now, _) => then(now)), due > TimeSpan.Zero ? due : TimeSpan.Zero));

    /// <summary>Lets what follows an outcome happen; an outcome that comes twice is dropped.</summary>
    public void Arrived(TimeSpan now, long token, object? outcome)
    {
        if (_waiting.Remove(token, out var then)) then(now, outcome);
    }

    /// <summary>What is to be done, once.</summary>
    public IReadOnlyList<ClusterEffect> Take()
    {
        if (_effects.Count == 0) return [];
        var taken = _effects;
        _effects = [];
        return taken;
    }

    private long WaitForLease(Action<TimeSpan, EtcdResult<EtcdLease>> then) =>
        Wait((now, outcome) => then(now, (EtcdResult<EtcdLease>)outcome!));

    private long Wait(Action<TimeSpan, object?> then)
    {
        _waiting.Add(++_lastToken, then);
        return _lastToken;
    }
}
