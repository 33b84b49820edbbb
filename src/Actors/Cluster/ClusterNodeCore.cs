using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>
/// A host's part in the cluster: whether it is a member, and which shards are its own. Every call is one step: it changes
/// the state and tells the effects. One caller at a time; the times are of one clock, which counts suspended time.
/// </summary>
public sealed class ClusterNodeCore : ShardCore.IMember
{
    private readonly ClusterNodeSettings _settings;
    private readonly EffectQueue _effects = new();
    private readonly MemberCore _member;
    private readonly ShardCore[] _shards;
    private readonly string?[] _wanted;
    private bool _isStarted;
    private int _handOvers;

    // One that has ended makes room for the next.
    private bool _hasRoom;

    /// <summary>Makes the core of a host that is about to join.</summary>
    /// <param name="settings">What the host is.</param>
    /// <param name="newId">Makes ids that no other has.</param>
    /// <exception cref="ArgumentException">The settings can't work.</exception>
    public ClusterNodeCore(ClusterNodeSettings settings, Func<Guid> newId)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        _settings = settings;
        Keys = new ClusterKeys(settings.KeyPrefix);
        View = new ClusterView(Keys);
        _member = new MemberCore(settings, Keys, View, _effects, newId) { OnFenced = _ => FenceShards(), OnJoined = _ => ReconcileAll() };
        _wanted = new string?[settings.ShardCount];
        _shards = new ShardCore[settings.ShardCount];
        for (var shard = 0; shard < _shards.Length; shard++) _shards[shard] = new ShardCore(shard, this, Keys, _effects);
    }

    /// <summary>Where things stand in etcd.</summary>
    public ClusterKeys Keys { get; }

    /// <summary>The cluster as this host knows it.</summary>
    public ClusterView View { get; }

    /// <summary>What the host is.</summary>
    public MemberState State => _member.State;

    /// <summary>The member that the host is; null while it is none.</summary>
    public MemberRecord? Self => _member.Self;

    /// <summary>What the host knows of its lease. Any thread may ask it.</summary>
    public LeaseGuard Lease => _member.Lease;

    long ShardCore.IMember.Lease => _member.Lease.Id;

    bool ShardCore.IMember.MayHandOver => _handOvers < _settings.MaxHandOvers;

    /// <summary>What a shard is on this host, and in which epoch; 0 where the host does not have it.</summary>
    /// <param name="shard">The shard.</param>
    public (Ownership State, long Epoch) this[int shard] => (_shards[shard].State, _shards[shard].Epoch);

    /// <summary>From which epoch on it is known what each owner of a shard has left; its epoch here, where that is not known.</summary>
    /// <param name="shard">The shard, which this host has.</param>
    public long SinceOf(int shard) => _shards[shard].Since;

    /// <summary>
    /// Whether something of a shard may be told to anyone: an acknowledgement, a size, bytes. To be asked when what is told
    /// is known and all that it rests on is synced, with the time read after that.
    /// </summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">The epoch in which it was done.</param>
    /// <param name="now">The time.</param>
    public bool MayAnswer(int shard, long epoch, TimeSpan now) =>
        _shards[shard].Epoch == epoch
        && _shards[shard].MayAnswer
        && _member.Lease.MayAcknowledge(now);

    /// <summary>Whether a shard takes messages here.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch.</param>
    public bool TakesMessages(int shard, long epoch) =>
        _shards[shard].Epoch == epoch && _shards[shard].State == Ownership.Owned;

    /// <summary>Takes what a mirror of <see cref="ClusterKeys.Prefix"/> tells. The first time the host begins to join.</summary>
    /// <param name="now">The time.</param>
    /// <param name="changes">The changes.</param>
    /// <param name="revision">Up to where all are known.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> ViewChanged(TimeSpan now, IReadOnlyList<EtcdEvent> changes, long revision)
    {
        var touched = new SortedSet<int>();
        var touchesMembers = View.Apply(changes, revision, touched);
        touched.RemoveWhere(shard => shard >= _shards.Length);
        if (touched.Count > 0) _effects.Add(new ClusterEffect.OwnersChanged([.. touched]));
        if (touchesMembers)
        {
            _effects.Add(new ClusterEffect.MembersChanged());
            Place();
        }
        _member.ViewChanged(now);
        if (!_isStarted)
        {
            _isStarted = true;
            // It may have left by then.
            if (_member.State == MemberState.Joining) _member.Start(now);
        }
        if (touchesMembers) ReconcileAll();
        else foreach (var shard in touched) _shards[shard].Reconcile();
        return Take();
    }

    /// <summary>Takes the outcome of a commit.</summary>
    /// <param name="now">The time.</param>
    /// <param name="token">Its stamp.</param>
    /// <param name="outcome">The outcome.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> Committed(TimeSpan now, long token, EtcdResult<EtcdCommit> outcome) => Arrived(now, token, outcome);

    /// <summary>Takes the outcome of a call about a lease.</summary>
    /// <param name="now">The time.</param>
    /// <param name="token">Its stamp.</param>
    /// <param name="outcome">The outcome.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> LeaseAnswered(TimeSpan now, long token, EtcdResult<EtcdLease> outcome) => Arrived(now, token, outcome);

    /// <summary>Takes the length of a journal.</summary>
    /// <param name="now">The time.</param>
    /// <param name="token">Its stamp.</param>
    /// <param name="length">The length in bytes, 0 where there is no such journal; null when it could not be read.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> JournalMeasured(TimeSpan now, long token, long? length) => Arrived(now, token, length);

    /// <summary>A time has come that was set.</summary>
    /// <param name="now">The time.</param>
    /// <param name="token">The timer's stamp.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> TimerDue(TimeSpan now, long token) => Arrived(now, token, null);

    /// <summary>A shard's storage is open. It takes messages with <see cref="ClusterEffect.Opened"/>.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> ShardOpened(int shard, long epoch)
    {
        _shards[shard].Opened(epoch);
        return Take();
    }

    /// <summary>A shard is closed: all that was begun is finished, and nothing more will be written.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="length">The length of its journal in bytes, synced; 0 where nothing was written.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> ShardClosed(int shard, long epoch, long length)
    {
        _shards[shard].Closed(epoch, length);
        return Take();
    }

    /// <summary>What the journals of a shard hold up to an epoch is checkpointed, so that they need not be known any more.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="upTo">The epoch, older than the current one.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> Checkpointed(int shard, long upTo)
    {
        _shards[shard].Checkpointed(upTo);
        return Take();
    }

    /// <summary>A shard's storage can't be written any more: it is handed over, and had again after a while in a later epoch.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="epoch">Its epoch; a later one is not concerned.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> GiveUp(int shard, long epoch)
    {
        _shards[shard].GiveUp(epoch);
        return Take();
    }

    /// <summary>Another member and this host have reached each other.</summary>
    /// <param name="now">The time.</param>
    /// <param name="self">The incarnation that this host was then.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> Met(TimeSpan now, string self)
    {
        if (Self?.Uid == self) _member.Met(now);
        return Take();
    }

    /// <summary>Hands all shards over, then leaves.</summary>
    /// <param name="now">The time.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> Leave(TimeSpan now)
    {
        _member.Leave(now);
        ReconcileAll();
        return Take();
    }

    /// <summary>The others have heard that this host is about to go.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<ClusterEffect> FarewellHeard()
    {
        _member.FarewellHeard();
        return Take();
    }

    void ShardCore.IMember.HandOvers(int change)
    {
        _handOvers += change;
        _hasRoom |= change < 0;
    }

    // A member that leaves wants nothing, also before etcd says that it leaves.
    bool ShardCore.IMember.Wants(int shard) =>
        Self is { IsLeaving: false } self && string.Equals(_wanted[shard], self.Name, StringComparison.Ordinal);

    private void Place()
    {
        var owners = View.MemberRecords
            .Where(member => Placement.MayOwn(member, _settings.ShardRole)).ToArray();
        for (var shard = 0; shard < _wanted.Length; shard++) _wanted[shard] = Placement.OwnerOf(shard, owners);
    }

    private void FenceShards()
    {
        foreach (var shard in _shards) shard.Fence();
    }

    private void ReconcileAll()
    {
        foreach (var shard in _shards) shard.Reconcile();
    }

    private IReadOnlyList<ClusterEffect> Arrived(TimeSpan now, long token, object? outcome)
    {
        _effects.Arrived(now, token, outcome);
        return Take();
    }

    private IReadOnlyList<ClusterEffect> Take()
    {
        while (_hasRoom)
        {
            _hasRoom = false;
            ReconcileAll();
        }
        if (_member.State == MemberState.Leaving && _shards.All(shard => shard.IsIdle)) _member.HandedOver();
        return _effects.Take();
    }
}
