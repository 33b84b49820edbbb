using StreamActors.Etcd;

namespace StreamActors.TestKit.Etcd;

/// <summary>A connection with a <see cref="ModelEtcd"/> for those who block until they have an answer: it comes at once. Watches run on virtual time.</summary>
/// <param name="etcd">The model.</param>
public sealed class ImmediateEtcd(ModelEtcd etcd) : IEtcd
{
    private readonly ModelEtcdClient _watching = etcd.Connect();

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdRange>> ListAsync(string prefix) => Call(() => etcd.List(prefix));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdCommit>> CommitAsync(EtcdTransaction transaction) => Call(() => etcd.Commit(transaction));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> GrantAsync(TimeSpan timeToLive) => Call(() => etcd.Grant(timeToLive));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> KeepAliveAsync(long lease) => Call(() => etcd.KeepAlive(lease));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> RevokeAsync(long lease) => Call(() => etcd.Revoke(lease));

    /// <inheritdoc/>
    public Task<EtcdResult<EtcdLease>> TimeToLiveAsync(long lease) => Call(() => etcd.TimeToLive(lease));

    /// <inheritdoc/>
    public IDisposable Watch(string prefix, long fromRevision, IEtcdWatcher watcher) => _watching.Watch(prefix, fromRevision, watcher);

    private Task<EtcdResult<T>> Call<T>(Func<EtcdResult<T>> effect)
        where T : class => Task.FromResult(etcd.IsAway ? new EtcdFault(EtcdError.Unavailable, "The connection is refused") : effect());
}
