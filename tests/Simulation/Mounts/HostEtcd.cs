using StreamActors.Etcd;

namespace StreamActors.Simulation.Tests.Mounts;

/// <summary>etcd as a process reaches it: what comes while it is frozen waits, and what comes after its end is lost.</summary>
internal sealed class HostEtcd(Process process, IEtcd etcd) : IEtcd
{
    public Task<EtcdResult<EtcdRange>> ListAsync(string prefix) => Arriving(etcd.ListAsync(prefix));

    public Task<EtcdResult<EtcdCommit>> CommitAsync(EtcdTransaction transaction) => Arriving(etcd.CommitAsync(transaction));

    public Task<EtcdResult<EtcdLease>> GrantAsync(TimeSpan timeToLive) => Arriving(etcd.GrantAsync(timeToLive));

    public Task<EtcdResult<EtcdLease>> KeepAliveAsync(long lease) => Arriving(etcd.KeepAliveAsync(lease));

    public Task<EtcdResult<EtcdLease>> RevokeAsync(long lease) => Arriving(etcd.RevokeAsync(lease));

    public Task<EtcdResult<EtcdLease>> TimeToLiveAsync(long lease) => Arriving(etcd.TimeToLiveAsync(lease));

    public IDisposable Watch(string prefix, long fromRevision, IEtcdWatcher watcher) =>
        etcd.Watch(prefix, fromRevision, new Watcher(process, watcher));

    private Task<T> Arriving<T>(Task<T> call)
    {
        var arrived = new TaskCompletionSource<T>();
        _ = ArriveAsync();
        return arrived.Task;

        async Task ArriveAsync()
        {
            var result = await call.ConfigureAwait(false);
            process.Run(() => arrived.SetResult(result));
        }
    }

    private sealed class Watcher(Process process, IEtcdWatcher watcher) : IEtcdWatcher
    {
        public void OnEvents(IReadOnlyList<EtcdEvent> events) => process.Run(() => watcher.OnEvents(events));

        public void OnEnded(EtcdFault fault) => process.Run(() => watcher.OnEnded(fault));
    }
}
