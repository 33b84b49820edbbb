using System.Runtime.CompilerServices;
using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Entities by id, each an actor that the first message to it starts (Akka:
/// <c>Akka.Cluster.Sharding.ClusterSharding</c>). All shards are on this host, unless an engine spreads them.</summary>
public sealed class ClusterSharding
{
    private static readonly ConditionalWeakTable<ActorSystem, ClusterSharding> Extensions = [];

    private readonly ActorSystem _system;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IActorRef> _regions = new(StringComparer.Ordinal);

    private IShardingEngine? _engine;

    private ClusterSharding(ActorSystem system) => _system = system;

    /// <summary>The sharding of a system; always the same one.</summary>
    public static ClusterSharding Get(ActorSystem system) => Extensions.GetValue(system, static of => new ClusterSharding(of));

    /// <summary>Lets an engine decide where shards are.</summary>
    /// <param name="engine">The engine.</param>
    /// <exception cref="InvalidOperationException">A region was started already, or another engine is used.</exception>
    public void Use(IShardingEngine engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        lock (_gate)
        {
            if (_regions.Count > 0 || _engine is not null)
                throw new InvalidOperationException("An engine must be chosen once, before the first region is started.");
            _engine = engine;
        }
    }

    /// <summary>Starts the region of a kind of entities. A second start of the same kind gives the same region.</summary>
    /// <param name="typeName">The kind; can stand in a path.</param>
    /// <param name="entityPropsFactory">How to make the entity of an id; runs in the turn of a shard.</param>
    /// <param name="settings">The bounds.</param>
    /// <param name="messageExtractor">Finds the entity in a message.</param>
    /// <param name="handOffStopMessage">
    /// What entities get whose shard is given up: they end what they have begun, and stop, within
    /// <see cref="ClusterShardingSettings.HandOffTimeout"/>. Null for <see cref="PoisonPill"/>, which stops them at once.
    /// </param>
    /// <returns>Where to tell the messages.</returns>
    public IActorRef Start(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings,
        IMessageExtractor messageExtractor, object? handOffStopMessage = null)
    {
        ArgumentNullException.ThrowIfNull(entityPropsFactory);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(messageExtractor);
        lock (_gate)
        {
            if (_regions.TryGetValue(typeName, out var running)) return running;
            var props = _engine?.Region(typeName, entityPropsFactory, settings, messageExtractor, handOffStopMessage ?? PoisonPill.Instance)
                ?? Props.Create(() => new ShardRegion(entityPropsFactory, settings, messageExtractor));
            var region = _system.ActorOf(props, typeName);
            _regions.Add(typeName, region);
            _engine?.Started(typeName, region);
            return region;
        }
    }

    /// <summary>The region of a kind that was started.</summary>
    /// <exception cref="ArgumentException">It was not.</exception>
    public IActorRef ShardRegion(string typeName)
    {
        lock (_gate)
            return _regions.TryGetValue(typeName, out var region)
                ? region
                : throw new ArgumentException($"Shard type [{typeName}] must be started first.", nameof(typeName));
    }
}
