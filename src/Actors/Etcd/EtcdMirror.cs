namespace StreamActors.Etcd;

/// <summary>Carries out what an <see cref="EtcdMirrorCore"/> wants. All steps run where its owner lets them run, one at a time.</summary>
public sealed class EtcdMirror : IDisposable
{
    private readonly IEtcd _etcd;
    private readonly string _prefix;
    private readonly TimeProvider _time;
    private readonly Action<Action> _run;
    private readonly Action<IReadOnlyList<EtcdEvent>> _changed;
    private readonly Action<EtcdFault> _failed;
    private readonly EtcdMirrorCore _core = new();
    private IDisposable? _watch;
    private ITimer? _timer;
    private bool _isDisposed;

    /// <summary>Makes one, which begins at once.</summary>
    /// <param name="etcd">Where the keys are.</param>
    /// <param name="prefix">Their beginning.</param>
    /// <param name="time">The clock of the waits.</param>
    /// <param name="run">Runs a step of the owner: in turn with all its others, in the order in which they are given.</param>
    /// <param name="changed">Told each change, in a step of the owner; the first time also of no keys at all.</param>
    /// <param name="failed">Told each fault, in a step of the owner. The mirror goes on by itself.</param>
    public EtcdMirror(
        IEtcd etcd, string prefix, TimeProvider time, Action<Action> run, Action<IReadOnlyList<EtcdEvent>> changed,
        Action<EtcdFault> failed)
    {
        (_etcd, _prefix, _time, _run, _changed, _failed) = (etcd, prefix, time, run, changed, failed);
        Do(_core.Start());
    }

    /// <summary>The entries as they are known, in ordinal order of their keys. Only for steps of the owner.</summary>
    public IReadOnlyDictionary<string, EtcdEntry> Entries => _core.Entries;

    /// <summary>Up to where all changes are known; 0 before the first list.</summary>
    public long Revision => _core.Revision;

    /// <summary>Ends it; nothing is told any more. A step of the owner.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _watch?.Dispose();
        _timer?.Dispose();
    }

    private void Do(EtcdMirrorEffect? effect)
    {
        if (effect is null || _isDisposed) return;
        _watch?.Dispose();
        _watch = null;
        _timer?.Dispose();
        _timer = null;
        switch (effect)
        {
            case EtcdMirrorEffect.List list:
                _ = ListAsync(list);
                break;
            case EtcdMirrorEffect.Watch watch:
                _watch = _etcd.Watch(_prefix, watch.FromRevision, new Watcher(this, watch.Epoch));
                break;
            case EtcdMirrorEffect.Retry retry:
                _timer = _time.CreateTimer(
                    _ => Step(() => Do(_core.RetryDue(retry.Epoch))), null, retry.Due, Timeout.InfiniteTimeSpan);
                break;
        }
    }

    private async Task ListAsync(EtcdMirrorEffect.List list)
    {
        var outcome = await _etcd.ListAsync(_prefix).ConfigureAwait(false);
        Step(() =>
        {
            if (outcome.Fault is { } fault) _failed(fault);
            var isFirst = _core.Revision == 0;
            var next = _core.Listed(list.Epoch, outcome, out var changes);
            if (changes.Count > 0 || (isFirst && _core.Revision > 0)) _changed(changes);
            Do(next);
        });
    }

    private void Step(Action step) => _run(() =>
    {
        if (!_isDisposed) step();
    });

    private sealed class Watcher(EtcdMirror mirror, long epoch) : IEtcdWatcher
    {
        public void OnEvents(IReadOnlyList<EtcdEvent> events) => mirror.Step(() =>
        {
            if (mirror._core.Changed(epoch, events) is { Count: > 0 } changes) mirror._changed(changes);
        });

        public void OnEnded(EtcdFault fault) => mirror.Step(() =>
        {
            mirror._failed(fault);
            mirror.Do(mirror._core.Ended(epoch, fault));
        });
    }
}
