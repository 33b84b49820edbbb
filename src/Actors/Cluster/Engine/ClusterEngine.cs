using System.Collections.Concurrent;
using StreamActors.Etcd;
using StreamActors.Runtime;
using StreamActors.Sharding;

namespace StreamActors.Cluster;

/// <summary>Engine <c>cluster</c>: shards are spread over the hosts that are members in etcd.</summary>
public sealed class ClusterEngine : IShardingEngine
{
    private readonly ClusterEngineSettings _settings;
    private readonly int _shards;
    private readonly IPeers _peers;
    private readonly IPeerExchange _exchange;
    private readonly ConcurrentDictionary<string, IActorRef> _regions = new(StringComparer.Ordinal);
    private volatile bool _arePinnedOpen;

    /// <summary>Makes an engine, which begins to join at once.</summary>
    /// <param name="system">Where the actors run.</param>
    /// <param name="node">What the host is.</param>
    /// <param name="settings">The bounds of messages between members.</param>
    /// <param name="etcd">Where the cluster is.</param>
    /// <param name="clock">A clock that counts suspended time.</param>
    /// <param name="peers">Brings messages to other members.</param>
    /// <param name="storage">What the entities keep.</param>
    /// <param name="exchange">What becomes of answers that can't be sent as they are; null where all can.</param>
    /// <exception cref="ArgumentException">The settings can't work.</exception>
    public ClusterEngine(
        ActorSystem system, ClusterNodeSettings node, ClusterEngineSettings settings, IEtcd etcd, TimeProvider clock, IPeers peers,
        IShardStorage storage, IPeerExchange? exchange = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(node);
        node.Validate();
        (_settings, _shards, _peers, _exchange) = (settings, node.ShardCount, peers, exchange ?? NoExchange.Instance);
        var known = _exchange;
        Node = system.ActorOf(Props.Create(() => new NodeActor(
            node, etcd, clock, peers, storage, known, _regions, settings.LeaseChanged, () => _arePinnedOpen)), "cluster");
    }

    /// <summary>Takes a <see cref="LeaveCluster"/>, a <see cref="GetClusterState"/> and a <see cref="MetOthers"/>.</summary>
    public IActorRef Node { get; }

    /// <summary>
    /// Lets the entities be asked that stay with this host, also by other members. They are asked whether the host is a member or not.
    /// </summary>
    public void OpenPinned()
    {
        _arePinnedOpen = true;
        Node.Tell(new OpenPinned());
    }

    /// <inheritdoc/>
    public Props Region(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor,
        object handOffStopMessage)
    {
        if (messageExtractor is HashCodeMessageExtractor { MaxNumberOfShards: var shards } && shards != _shards)
            throw new ArgumentException($"The {typeName} have {shards} shards, and the cluster has {_shards}.", nameof(messageExtractor));
        return Props.Create(() => new ClusterShardRegion(
            typeName, entityPropsFactory, settings, messageExtractor, handOffStopMessage, _settings, _peers, _exchange, Node));
    }

    /// <inheritdoc/>
    public void Started(string typeName, IActorRef region) => _regions[typeName] = region;

    /// <summary>Takes what another member has sent. Any thread may call.</summary>
    /// <param name="message">The message.</param>
    /// <returns>False where there is no such kind of entities.</returns>
    public bool Receive(PeerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!_regions.TryGetValue(message.TypeName, out var region)) return false;
        region.Tell(message, ActorRefs.NoSender);
        return true;
    }
}
