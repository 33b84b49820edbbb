using System.Text.Json;
using StreamActors.Admin;
using StreamActors.Cluster;
using StreamActors.Etcd;
using StreamActors.Peers;
using StreamActors.Sharding;
using StreamActors.Streams;

namespace StreamActors.Host.Cluster;

/// <summary>What the admin API tells of the cluster, and does in it: from what this host knows, and by asking other members.</summary>
internal sealed class ClusterAdmin : IAdminSource
{
    private const string LeaveRequest = "leave";
    private const string RegionRequest = "region ";

    // How long members, and the regions of this host, have to answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly ActorSystem _actors;
    private readonly IEtcd _etcd;
    private readonly PeerNetwork _network;
    private readonly ClusterKeys _keys;
    private readonly string _cluster;
    private readonly Lock _gate = new();
    private Func<Task<CurrentClusterState>>? _ask;
    private IReadOnlyDictionary<string, IActorRef> _regions = new Dictionary<string, IActorRef>();
    private volatile CurrentClusterState _state;
    private TaskCompletionSource _changed = NewPromise();
    private long _asked;

    public ClusterAdmin(ActorSystem actors, IEtcd etcd, PeerNetwork network, ClusterNodeSettings node)
    {
        (_actors, _etcd, _network, _cluster) = (actors, etcd, network, node.ClusterName);
        _keys = new ClusterKeys(node.KeyPrefix);
        _state = new CurrentClusterState(
            Address.Of(node.ClusterName, node.Address), [], new Dictionary<Address, IReadOnlyList<Address>>());
        network.Changed += Refresh;
    }

    /// <summary>Raised when this host is to leave, by any thread.</summary>
    public event Action? LeaveAsked;

    /// <inheritdoc/>
    public CurrentClusterState State => _state;

    /// <inheritdoc/>
    public string? NotAlive => _actors.WhenTerminated.IsCompleted ? "the actors have ended" : null;

    /// <inheritdoc/>
    public string? NotReady => _network.Self is null ? "this host is no member of the cluster"
        : _state.Members.Any(member => member.Address == _state.Self && member.Status == MemberStatus.Joining)
            ? "no other member and this host have reached each other: it takes no shards" : null;

    /// <inheritdoc/>
    public IReadOnlyList<string> EntityTypeKeys => [.. _regions.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Says whom to ask, once the engine runs.</summary>
    /// <param name="node">The engine's node.</param>
    /// <param name="regions">Its regions.</param>
    public void Begin(IActorRef node, StreamRegions regions)
    {
        _ask = () => node.Ask<CurrentClusterState>(new GetClusterState(), Patience);
        _regions = new Dictionary<string, IActorRef>(StringComparer.Ordinal)
        {
            ["partitions"] = regions.Partitions,
            ["streams"] = regions.Streams,
            ["topics"] = regions.Topics,
        };
        Refresh();
    }

    /// <inheritdoc/>
    public async Task ChangedAsync(CurrentClusterState known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_state != known)
                    return;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<ShardRegionStats?> RegionAsync(string typeKey)
    {
        if (!_regions.TryGetValue(typeKey, out var region))
            return null;
        try
        {
            var state = await region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, Patience);
            return new ShardRegionStats([.. state.Shards.Select(shard => (shard.ShardId, shard.EntityIds.Count))], []);
        }
        catch (AskTimeoutException)
        {
            return new ShardRegionStats([], []);
        }
    }

    /// <inheritdoc/>
    public async Task<ClusterShardingStats?> ClusterAsync(string typeKey)
    {
        if (!_regions.ContainsKey(typeKey))
            return null;
        var others = _network.Members.Select(async member => (Address.Of(_cluster, member.Address), await AskRegionAsync(member.Uid, typeKey)));
        var regions = new Dictionary<Address, ShardRegionStats>();
        foreach (var (address, stats) in await Task.WhenAll(others))
            if (stats is not null)
                regions[address] = stats;
        regions[_state.Self] = (await RegionAsync(typeKey))!;
        return new ClusterShardingStats(regions);
    }

    /// <inheritdoc/>
    public void Leave(Address address)
    {
        if (address == _state.Self)
            LeaveAsked?.Invoke();
        else if (MemberAt(address) is { } member)
            _ = AskToLeaveAsync(member.Uid);
    }

    /// <inheritdoc/>
    public void Down(Address address)
    {
        if (_network.Self is { } self && address == _state.Self)
            _ = EndLeaseAsync(record => record.Contains(self, StringComparison.Ordinal));
        else if (MemberAt(address) is { } member)
            _ = EndLeaseAsync(record => record.Contains(member.Uid, StringComparison.Ordinal));
    }

    /// <summary>Answers what another member asks.</summary>
    /// <param name="request">What.</param>
    /// <returns>The answer; null where it is no request that is known.</returns>
    public async Task<string?> AnswerAsync(string request)
    {
        if (request == LeaveRequest)
        {
            LeaveAsked?.Invoke();
            return "";
        }
        if (!request.StartsWith(RegionRequest, StringComparison.Ordinal) || await RegionAsync(request[RegionRequest.Length..]) is not { } stats)
            return null;
        return JsonSerializer.Serialize(stats.Stats.ToDictionary(shard => shard.ShardId, shard => shard.Entities));
    }

    // What changes while it is asked is asked for once more.
    private void Refresh()
    {
        if (_ask is null || Interlocked.Increment(ref _asked) > 1)
            return;
        _ = RefreshAsync(_ask);
    }

    private async Task RefreshAsync(Func<Task<CurrentClusterState>> ask)
    {
        long seen;
        do
        {
            seen = Interlocked.Read(ref _asked);
            try
            {
                Take(await ask());
            }
            catch (AskTimeoutException)
            {
                _actors.Log.StateNotTold();
            }
        }
        while (Interlocked.CompareExchange(ref _asked, 0, seen) != seen);
    }

    private void Take(CurrentClusterState state)
    {
        var unreachable = _network.Unreachable.ToHashSet(StringComparer.Ordinal);
        var mine = new Dictionary<Address, IReadOnlyList<Address>>();
        foreach (var member in _network.Members.Where(member => unreachable.Contains(member.Uid)))
            mine[Address.Of(_cluster, member.Address)] = [state.Self];
        TaskCompletionSource changed;
        lock (_gate)
        {
            _state = state with { Unreachable = mine };
            (changed, _changed) = (_changed, NewPromise());
        }
        changed.SetResult();
    }

    private async Task<ShardRegionStats?> AskRegionAsync(string uid, string typeKey)
    {
        try
        {
            using var deadline = new CancellationTokenSource(Patience);
            var answer = JsonSerializer.Deserialize<Dictionary<string, int>>(await _network.AskAsync(uid, RegionRequest + typeKey, deadline.Token));
            return new ShardRegionStats([.. (answer ?? []).OrderBy(shard => shard.Key, StringComparer.Ordinal).Select(shard => (shard.Key, shard.Value))], []);
        }
        catch (Exception silent) when (silent is IOException or OperationCanceledException or JsonException)
        {
            return null;
        }
    }

    private async Task AskToLeaveAsync(string uid)
    {
        try
        {
            using var deadline = new CancellationTokenSource(Patience);
            await _network.AskAsync(uid, LeaveRequest, deadline.Token);
        }
        catch (Exception silent) when (silent is IOException or OperationCanceledException)
        {
            _actors.Log.NotAskedToLeave(silent, uid);
        }
    }

    private async Task EndLeaseAsync(Func<string, bool> isMember)
    {
        var found = await _etcd.ListAsync(_keys.Members);
        if (found.Value?.Entries.FirstOrDefault(entry => isMember(entry.Value)) is { Lease: not 0 } member)
            await _etcd.RevokeAsync(member.Lease);
    }

    private MemberRecord? MemberAt(Address address) => _network.Members.FirstOrDefault(member => Address.Of(_cluster, member.Address) == address);

    private static TaskCompletionSource NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
