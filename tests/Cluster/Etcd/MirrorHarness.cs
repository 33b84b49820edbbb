using StreamActors.Etcd;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>A mirror whose steps run one at a time, and that can be waited for.</summary>
internal sealed class MirrorHarness : IDisposable
{
    private readonly Steps _steps = new();
    private readonly EtcdMirror _mirror;
    private (Func<IReadOnlyDictionary<string, EtcdEntry>, bool> Condition, TaskCompletionSource<bool> Promise)? _waiter;

    public MirrorHarness(IEtcd etcd, string prefix)
    {
        _mirror = new EtcdMirror(etcd, prefix, TimeProvider.System, _steps.Run, _ => Check(), _ => { });
        _steps.Begin();
    }

    public Task<bool> UntilAsync(Func<IReadOnlyDictionary<string, EtcdEntry>, bool> condition)
    {
        var promise = new TaskCompletionSource<bool>();
        _steps.Run(() =>
        {
            _waiter = (condition, promise);
            Check();
        });
        return promise.Task;
    }

    public string[] Snapshot() => [.. _mirror.Entries.Values.Select(entry => $"{entry.Key}={entry.Value}")];

    public void Dispose() => _steps.Run(_mirror.Dispose);

    private void Check()
    {
        if (_waiter is not { } waiter || !waiter.Condition(_mirror.Entries)) return;
        _waiter = null;
        waiter.Promise.SetResult(true);
    }
}
