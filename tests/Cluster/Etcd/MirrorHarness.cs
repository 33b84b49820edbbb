using StreamActors.Etcd;

namespace StreamActors.Cluster.Tests.Etcd;

/// <summary>A mirror whose steps run one at a time, and that can be waited for.</summary>
internal sealed class MirrorHarness : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Action> _steps = [];
    private readonly EtcdMirror _mirror;
    private bool _isRunning;
    private (Func<IReadOnlyDictionary<string, EtcdEntry>, bool> Condition, TaskCompletionSource<bool> Promise)? _waiter;

    public MirrorHarness(IEtcd etcd, string prefix)
    {
        // The first steps wait until the field is set.
        _isRunning = true;
        _mirror = new EtcdMirror(etcd, prefix, TimeProvider.System, Run, _ => Check());
        Drain();
    }

    public Task<bool> UntilAsync(Func<IReadOnlyDictionary<string, EtcdEntry>, bool> condition)
    {
        var promise = new TaskCompletionSource<bool>();
        Run(() =>
        {
            _waiter = (condition, promise);
            Check();
        });
        return promise.Task;
    }

    public string[] Snapshot() => [.. _mirror.Entries.Values.Select(entry => $"{entry.Key}={entry.Value}")];

    public void Dispose() => Run(_mirror.Dispose);

    private void Check()
    {
        if (_waiter is not { } waiter || !waiter.Condition(_mirror.Entries)) return;
        _waiter = null;
        waiter.Promise.SetResult(true);
    }

    private void Run(Action step)
    {
        lock (_gate)
        {
            _steps.Enqueue(step);
            if (_isRunning) return;
            _isRunning = true;
        }
        Drain();
    }

    private void Drain()
    {
        while (true)
        {
            Action step;
            lock (_gate)
            {
                if (!_steps.TryDequeue(out step!))
                {
                    _isRunning = false;
                    return;
                }
            }
            step();
        }
    }
}
