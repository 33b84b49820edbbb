using StreamActors.Etcd;
using StreamActors.Runtime;

namespace StreamActors.Cluster;

/// <summary>Runs the steps of a host's <see cref="ClusterNode"/>, and tells the regions what follows from them.</summary>
internal sealed class NodeActor : ReceiveActor, IShardHost, IDisposable
{
    private readonly ClusterNodeSettings _settings;
    private readonly IShardStorage _storage;
    private readonly IPeers _peers;
    private readonly IPeerExchange _exchange;
    private readonly TimeProvider _clock;
    private readonly ClusterNode _node;
    private readonly SortedDictionary<string, IActorRef> _regions = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, ShardLease> _leases = [];
    private readonly Action<long>? _leaseChanged;

    // The incarnations that were looked at for what they lack.
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    // The right to the shards that stay with this host, once they are open.
    private readonly List<ShardLease> _pinned = [];

    // The other members that the regions know, by name: what stays with one is asked there.
    private readonly SortedDictionary<string, string> _others = new(StringComparer.Ordinal);

    // Shards whose entities stop: the regions that have not said so yet, and what follows then.
    private readonly Dictionary<int, (HashSet<IActorRef> Missing, Action<long> Closed)> _closing = [];
    private readonly List<IActorRef> _leaving = [];

    // The regions whose askers elsewhere have not heard yet that this host goes, and what follows when all have.
    private (HashSet<IActorRef> Missing, Action Heard)? _farewell;
    private bool _hasLeft;

    public NodeActor(
        ClusterNodeSettings settings, IEtcd etcd, TimeProvider clock, IPeers peers, IShardStorage storage, IPeerExchange exchange,
        IReadOnlyDictionary<string, IActorRef> regions, Action<long>? leaseChanged, Func<bool> arePinnedOpen)
    {
        (_settings, _peers, _storage, _exchange, _clock, _leaseChanged) = (settings, peers, storage, exchange, clock, leaseChanged);
        var self = Self;
        var system = Context.System;
        _node = new ClusterNode(settings, etcd, clock, system.NewGuid, step => self.Tell(new NodeStep(step), null), this, system.Log);
        if (arePinnedOpen()) OpenPinned();
        // After a restart the regions are there already.
        foreach (var (typeName, region) in regions.OrderBy(pair => pair.Key, StringComparer.Ordinal)) AddRegion(new RegionStarted(typeName, region));
        Receive<NodeStep>(step => step.Run());
        Receive<RegionStarted>(AddRegion);
        Receive<ShardIsClosed>(stopped => RegionIsDone(stopped.Shard, stopped.Epoch, Sender));
        Receive<FarewellIsHeard>(_ => FarewellIsHeard(Sender));
        Receive<GetClusterState>(_ => Sender.Tell(ClusterStates.Of(_node.Core.View, _settings)));
        Receive<LeaveCluster>(_ => Leave());
        Receive<OpenPinned>(_ => OpenPinned());
        Receive<MetOthers>(met => _node.Met(met.Self));
    }

    public void Measure(int shard, long epoch, Action<long?> measured) => _storage.Measure(shard, epoch, measured);

    public void Open(int shard, long epoch, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        var self = Self;
        var lease = new ShardLease(shard, epoch, _node.Core.Lease, _clock)
        {
            Since = _node.Core.SinceOf(shard),
            OnGivenUp = () => self.Tell(new NodeStep(() => _node.GiveUp(shard, epoch)), null),
            OnCheckpointed = upTo => self.Tell(new NodeStep(() => _node.Checkpointed(shard, upTo)), null),
        };
        _leases[shard] = lease;
        _storage.Open(shard, lease, journals, opened);
    }

    public void Close(int shard, long epoch, Action<long> closed)
    {
        var missing = _regions.Values.ToHashSet();
        _closing[shard] = (missing, closed);
        TellRegions(new CloseShard(shard, epoch));
        if (missing.Count == 0) CloseStorage(shard, epoch);
    }

    public void Abandon(int shard, long epoch)
    {
        EndLease(shard);
        _closing.Remove(shard);
        TellRegions(new AbandonShard(shard));
        _storage.Abandon(shard, epoch);
    }

    public void Farewell(IReadOnlyList<string> members, Action heard)
    {
        _farewell = (_regions.Values.ToHashSet(), heard);
        TellRegions(new SayFarewell(members));
        FarewellIsHeard(ActorRefs.Nobody);
    }

    public void Happened(ClusterEffect effect)
    {
        switch (effect)
        {
            case ClusterEffect.Opened opened when _leases.GetValueOrDefault(opened.Shard) is { } lease && lease.Epoch == opened.Epoch:
                TellRegions(new OpenShard(lease));
                break;
            case ClusterEffect.OwnersChanged changed:
                TellRegions(new OwnersAre([.. changed.Shards.Select(shard => (shard, OtherOwner(shard)))]));
                break;
            case ClusterEffect.MembersChanged:
                TellPeers();
                TellRegions(new MembersAre(Incarnations()));
                TellWherePinnedAre();
                LogWhatIsLacking();
                break;
            case ClusterEffect.Joined joined:
                TellSelf(joined.Member.Uid);
                break;
            case ClusterEffect.Fenced:
                TellSelf(null);
                break;
            case ClusterEffect.Left or ClusterEffect.Refused:
                _hasLeft = true;
                TellSelf(null);
                foreach (var asker in _leaving) asker.Tell(new LeftCluster());
                _leaving.Clear();
                break;
        }
    }

    public void Dispose() => _node.Dispose();

    /// <summary>Nothing that this instance opened may go on after it.</summary>
    protected override void PostStop()
    {
        foreach (var (shard, lease) in _leases.ToArray()) Abandon(shard, lease.Epoch);
        foreach (var lease in _pinned)
        {
            lease.End();
            _exchange.Lost(lease);
            TellRegions(new AbandonShard(lease.Shard));
        }
        _peers.MembersAre(null, []);
        Dispose();
    }

    private void AddRegion(RegionStarted started)
    {
        _regions[started.TypeName] = started.Region;
        started.Region.Tell(new SelfIs(_node.Core.Self?.Uid));
        started.Region.Tell(new MembersAre(Incarnations()));
        started.Region.Tell(new OwnersAre([.. Enumerable.Range(0, _settings.ShardCount).Select(shard => (shard, OtherOwner(shard)))]));
        started.Region.Tell(new OwnersAre([.. _others.SelectMany(other => PinnedShards.AllOf(other.Key).Select(shard => (shard, (string?)other.Value)))]));
        foreach (var lease in _pinned) started.Region.Tell(new OpenShard(lease));
        foreach (var lease in _leases.Values)
            if (_node.Core.TakesMessages(lease.Shard, lease.Epoch)) started.Region.Tell(new OpenShard(lease));
        // A region that was restarted has no entities left.
        foreach (var shard in _closing.Keys.Order().ToArray())
            if (_leases.TryGetValue(shard, out var lease)) RegionIsDone(shard, lease.Epoch, started.Region);
    }

    private void OpenPinned()
    {
        if (_pinned.Count > 0) return;
        foreach (var shard in PinnedShards.AllOf(_settings.MemberName))
        {
            var lease = new ShardLease(shard);
            _pinned.Add(lease);
            TellRegions(new OpenShard(lease));
        }
    }

    private void TellWherePinnedAre()
    {
        var now = _node.Core.View.MemberRecords
            .Where(member => member.Name != _settings.MemberName).ToDictionary(member => member.Name, member => member.Uid, StringComparer.Ordinal);
        var changed = new List<(int Shard, string? Member)>();
        foreach (var name in _others.Keys.Concat(now.Keys).Distinct().Order(StringComparer.Ordinal).ToArray())
        {
            var uid = now.GetValueOrDefault(name);
            if (_others.GetValueOrDefault(name) == uid) continue;
            changed.AddRange(PinnedShards.AllOf(name).Select(shard => (shard, uid)));
            if (uid is null) _others.Remove(name);
            else _others[name] = uid;
        }
        if (changed.Count > 0) TellRegions(new OwnersAre(changed));
    }

    private void LogWhatIsLacking()
    {
        MemberRecord[] members = [.. _node.Core.View.MemberRecords];
        _checked.IntersectWith(members.Select(member => member.Uid));
        foreach (var member in members.Where(member => _checked.Add(member.Uid)))
            foreach (var volume in JoinCheck.Lacking(_settings, member)) Context.System.Log.Lacks(member.Name, member.Address, volume);
    }

    private void RegionIsDone(int shard, long epoch, IActorRef region)
    {
        if (!_closing.TryGetValue(shard, out var closing) || _leases.GetValueOrDefault(shard)?.Epoch != epoch) return;
        if (closing.Missing.Remove(region) && closing.Missing.Count == 0) CloseStorage(shard, epoch);
    }

    private void FarewellIsHeard(IActorRef region)
    {
        if (_farewell is not { } farewell) return;
        farewell.Missing.Remove(region);
        if (farewell.Missing.Count > 0) return;
        _farewell = null;
        farewell.Heard();
    }

    private void CloseStorage(int shard, long epoch)
    {
        var (_, closed) = _closing[shard];
        _closing.Remove(shard);
        EndLease(shard);
        _storage.Close(shard, epoch, closed);
    }

    private void EndLease(int shard)
    {
        if (!_leases.Remove(shard, out var lease)) return;
        lease.End();
        _exchange.Lost(lease);
    }

    private void Leave()
    {
        if (_hasLeft)
        {
            Sender.Tell(new LeftCluster());
            return;
        }
        _leaving.Add(Sender);
        _node.Leave();
    }

    // What this host has itself, it learns from the messages that open and close.
    private string? OtherOwner(int shard) =>
        _node.Core.View.MemberOf(shard) is { } owner && owner.Uid != _node.Core.Self?.Uid ? owner.Uid : null;

    private void TellSelf(string? uid)
    {
        _leaseChanged?.Invoke(uid is null ? 0 : _node.Core.Lease.Id);
        TellPeers();
        TellRegions(new SelfIs(uid));
    }

    private void TellPeers()
    {
        MemberRecord[] members = [.. _node.Core.View.MemberRecords];
        _peers.MembersAre(_node.Core.Self?.Uid, members);
        _exchange.MembersAre(Incarnations());
    }

    private string[] Incarnations() => [.. _node.Core.View.MemberRecords.Select(member => member.Uid)];

    private void TellRegions(object message)
    {
        foreach (var region in _regions.Values) region.Tell(message);
    }
}
