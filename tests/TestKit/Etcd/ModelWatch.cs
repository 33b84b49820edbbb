using StreamActors.Etcd;

namespace StreamActors.TestKit.Etcd;

/// <summary>A watch of a <see cref="ModelEtcd"/>: tells in order, after a delay, until its connection loses something.</summary>
internal sealed class ModelWatch(ModelEtcdClient client, string prefix, IEtcdWatcher watcher) : IDisposable
{
    /// <summary>How long a connection that is dead looks alive: the probes of the real client.</summary>
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(6);

    private long _lastArrival;
    private bool _isSilent;

    public string Prefix => prefix;

    public bool IsOver { get; private set; }

    public void Tell(EtcdEvent[] events)
    {
        if (IsOver) return;
        var delay = client.NextDelay();
        _lastArrival = Math.Max(_lastArrival, client.Now + delay.Ticks);
        client.After(TimeSpan.FromTicks(_lastArrival - client.Now), () => Arrive(events));
    }

    public void End(EtcdFault fault)
    {
        if (IsOver) return;
        Dispose();
        client.After(client.NextDelay(), () => watcher.OnEnded(fault));
    }

    public void Dispose()
    {
        IsOver = true;
        client.Forget(this);
    }

    private void Arrive(EtcdEvent[] events)
    {
        if (IsOver || _isSilent) return;
        if (client.IsReachable)
        {
            watcher.OnEvents(events);
            return;
        }
        _isSilent = true;
        client.After(SilentFor, () => End(new EtcdFault(EtcdError.Unavailable, "The connection is dead")));
    }
}
