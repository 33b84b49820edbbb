using Microsoft.Extensions.Logging;
using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>Carries out what a <see cref="ClusterNodeCore"/> wants: with etcd, a clock, and the host of the shards. All steps
/// run where its owner lets them run, one at a time.</summary>
public sealed class ClusterNode : IDisposable
{
    private readonly IEtcd _etcd;
    private readonly TimeProvider _clock;
    private readonly Action<Action> _run;
    private readonly IShardHost _host;
    private readonly ILogger _log;
    private readonly string _cluster;
    private readonly HashSet<ITimer> _timers = [];
    private readonly EtcdMirror _mirror;
    private bool _isDisposed;

    // What failed last, so that it is told once and not at every try.
    private EtcdError? _failing;

    /// <summary>Makes the node of a host, which begins to join at once.</summary>
    /// <param name="settings">What the host is.</param>
    /// <param name="etcd">Where the cluster is.</param>
    /// <param name="clock">A clock that counts suspended time, and the source of timers.</param>
    /// <param name="newId">Makes ids that no other has.</param>
    /// <param name="run">Runs a step: one at a time, in the order in which they are given, and after this constructor has returned.</param>
    /// <param name="host">What is done with shards.</param>
    /// <param name="log">Where it is told what happens to the host, and what etcd refuses.</param>
    /// <exception cref="ArgumentException">The settings can't work.</exception>
    public ClusterNode(
        ClusterNodeSettings settings, IEtcd etcd, TimeProvider clock, Func<Guid> newId, Action<Action> run, IShardHost host, ILogger log)
    {
        (_etcd, _clock, _run, _host, _log) = (etcd, clock, run, host, log);
        _cluster = settings.ClusterName;
        Core = new ClusterNodeCore(settings, newId);
        _mirror = new EtcdMirror(
            etcd, Core.Keys.Prefix, clock, run, changes => Do(Core.ViewChanged(Now, changes, _mirror!.Revision)), Note);
    }

    /// <summary>The state. Only for steps of the owner.</summary>
    public ClusterNodeCore Core { get; }

    /// <summary>The time on the node's clock.</summary>
    public TimeSpan Now => _clock.GetElapsedTime(0);

    /// <summary>Another member and this host have reached each other. A step of the owner.</summary>
    /// <param name="self">The incarnation that this host was then.</param>
    public void Met(string self) => Do(Core.Met(Now, self));

    /// <summary>Hands all shards over, then leaves. A step of the owner.</summary>
    public void Leave() => Do(Core.Leave(Now));

    /// <summary>What the journals of a shard hold up to an epoch is checkpointed. A step of the owner.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="upTo">The epoch, older than the current one.</param>
    public void Checkpointed(int shard, long upTo) => Do(Core.Checkpointed(shard, upTo));

    /// <summary>Hands a shard over whose storage can't be written any more. A step of the owner.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch.</param>
    public void GiveUp(int shard, long epoch) => Do(Core.GiveUp(shard, epoch));

    /// <summary>Stops at once. What is in etcd ends with the lease. A step of the owner.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _mirror.Dispose();
        foreach (var timer in _timers) timer.Dispose();
        _timers.Clear();
    }

    private void Do(IReadOnlyList<ClusterEffect> effects)
    {
        foreach (var effect in effects)
            if (!_isDisposed) Do(effect);
    }

    private void Do(ClusterEffect effect)
    {
        switch (effect)
        {
            case ClusterEffect.Commit commit:
                _ = FollowAsync(_etcd.CommitAsync(commit.Transaction), outcome => Core.Committed(Now, commit.Token, outcome));
                break;
            case ClusterEffect.Grant grant:
                _ = FollowAsync(_etcd.GrantAsync(grant.TimeToLive), outcome => Core.LeaseAnswered(Now, grant.Token, outcome));
                break;
            case ClusterEffect.KeepAlive keep:
                _ = FollowAsync(_etcd.KeepAliveAsync(keep.Lease), outcome => Core.LeaseAnswered(Now, keep.Token, outcome));
                break;
            case ClusterEffect.AskLease ask:
                _ = FollowAsync(_etcd.TimeToLiveAsync(ask.Lease), outcome => Core.LeaseAnswered(Now, ask.Token, outcome));
                break;
            case ClusterEffect.Revoke revoke:
                _ = FollowAsync(_etcd.RevokeAsync(revoke.Lease), outcome => Core.LeaseAnswered(Now, revoke.Token, outcome));
                break;
            case ClusterEffect.SetTimer timer:
                SetTimer(timer);
                break;
            case ClusterEffect.Measure measure:
                _host.Measure(measure.Shard, measure.Epoch, length => Step(() => Core.JournalMeasured(Now, measure.Token, length)));
                break;
            case ClusterEffect.Open open:
                _host.Open(open.Shard, open.Epoch, open.Journals, () => Step(() => Core.ShardOpened(open.Shard, open.Epoch)));
                break;
            case ClusterEffect.Close close:
                _host.Close(close.Shard, close.Epoch, length => Step(() => Core.ShardClosed(close.Shard, close.Epoch, length)));
                break;
            case ClusterEffect.Abandon abandon:
                _host.Abandon(abandon.Shard, abandon.Epoch);
                break;
            case ClusterEffect.Farewell farewell:
                _host.Farewell(farewell.Members, () => Step(Core.FarewellHeard));
                break;
            default:
                _log.Happened(effect, _cluster);
                _host.Happened(effect);
                break;
        }
    }

    private void SetTimer(ClusterEffect.SetTimer effect)
    {
        ITimer? timer = null;
        timer = _clock.CreateTimer(
            _ => Step(() =>
            {
                _timers.Remove(timer!);
                timer!.Dispose();
                return Core.TimerDue(Now, effect.Token);
            }),
            null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timers.Add(timer);
        // Timers count in milliseconds and cut; to be early by a part of one would mean to spin.
        timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(effect.Due.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private async Task FollowAsync<T>(Task<EtcdResult<T>> call, Func<EtcdResult<T>, IReadOnlyList<ClusterEffect>> step) where T : class
    {
        var outcome = await call.ConfigureAwait(false);
        Step(() =>
        {
            Note(outcome.Fault);
            return step(outcome);
        });
    }

    // A lease that has ended is told by what follows from it.
    private void Note(EtcdFault? fault)
    {
        if (fault?.Error is EtcdError.LeaseNotFound or EtcdError.Compacted || fault?.Error == _failing) return;
        _failing = fault?.Error;
        if (fault is null) _log.EtcdAnswers();
        else _log.EtcdFails(fault.Cause, fault.Error, fault.Detail);
    }

    private void Step(Func<IReadOnlyList<ClusterEffect>> step) => _run(() =>
    {
        if (!_isDisposed) Do(step());
    });
}
