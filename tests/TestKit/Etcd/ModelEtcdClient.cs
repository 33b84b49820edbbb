using StreamActors.Etcd;

namespace StreamActors.TestKit.Etcd;

/// <summary>One host's connection with a <see cref="ModelEtcd"/>. Tasks end, and watchers are told, in timers of virtual time.</summary>
public sealed class ModelEtcdClient : IEtcd
{
    private static readonly TimeSpan CallTimeout = new EtcdOptions { Endpoints = [] }.CallTimeout;

    private readonly ModelEtcd _etcd;
    private readonly List<ModelWatch> _watches = [];

    internal ModelEtcdClient(ModelEtcd etcd) => _etcd = etcd;

    /// <summary>Whether nothing passes between this host and etcd.</summary>
    public bool IsCutOff { get; set; }

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdRange>> ListAsync(string prefix) => Call(() => _etcd.List(prefix));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdCommit>> CommitAsync(EtcdTransaction transaction) => Call(() => _etcd.Commit(transaction));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> GrantAsync(TimeSpan timeToLive) => Call(() => _etcd.Grant(timeToLive));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> KeepAliveAsync(long lease) => Call(() => _etcd.KeepAlive(lease));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> RevokeAsync(long lease) => Call(() => _etcd.Revoke(lease));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> TimeToLiveAsync(long lease) => Call(() => _etcd.TimeToLive(lease));

    /// <inheritdoc/>
    public IDisposable Watch(string prefix, long fromRevision, IEtcdWatcher watcher)
    {
        var watch = new ModelWatch(this, prefix, watcher);
        _watches.Add(watch);
        After(_etcd.NextDelay(), () =>
        {
            if (_etcd.IsAway || IsCutOff) watch.End(new EtcdFault(EtcdError.Unavailable, "etcd can't be reached"));
            else if (!watch.IsOver) _etcd.Begin(watch, fromRevision);
        });
        return watch;
    }

    internal void Forget(ModelWatch watch)
    {
        _watches.Remove(watch);
        _etcd.Break(watch, null);
    }

    internal TimeSpan NextDelay() => _etcd.NextDelay();

    internal long Now => _etcd.Time.GetTimestamp();

    internal bool IsReachable => !IsCutOff && !_etcd.IsAway;

    internal void After(TimeSpan delay, Action then) => _etcd.Time.CreateTimer(_ => then(), null, delay, Timeout.InfiniteTimeSpan);

    private Task<EtcdResult<T>> Call<T>(Func<EtcdResult<T>> effect) where T : class
    {
        // Continuations run where the timer fires: in the one thread of the simulation, in an order that the seed decides.
        var promise = new TaskCompletionSource<EtcdResult<T>>();
        After(CallTimeout, () => Fail(promise, new EtcdFault(EtcdError.TimedOut, "No answer came in time")));
        After(_etcd.NextDelay(), () =>
        {
            if (_etcd.IsAway && !IsCutOff)
            {
                Fail(promise, new EtcdFault(EtcdError.Unavailable, "The connection is refused"));
                return;
            }
            if (IsCutOff || _etcd.NextIsLost()) return;
            var answer = effect();
            if (_etcd.NextIsLost()) return;
            After(_etcd.NextDelay(), () =>
            {
                if (IsReachable) promise.TrySetResult(answer);
            });
        });
        return promise.Task;
    }

    // As with the real client, what hangs on an endpoint ends when a call of it fails.
    private void Fail<T>(TaskCompletionSource<EtcdResult<T>> promise, EtcdFault fault) where T : class
    {
        if (!promise.TrySetResult(fault)) return;
        foreach (var watch in _watches.ToArray()) _etcd.Break(watch, new EtcdFault(EtcdError.Unavailable, "The endpoint failed"));
    }
}
