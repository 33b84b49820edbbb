using System.Collections.Immutable;
using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Names the entity that a message is for (Akka: <c>Akka.Cluster.Sharding.ShardingEnvelope</c>).</summary>
/// <param name="EntityId">The id of the entity.</param>
/// <param name="Message">What the entity gets.</param>
public sealed record ShardingEnvelope(string EntityId, object Message);

/// <summary>An entity tells this to its parent to be stopped without losing a message (Akka:
/// <c>Akka.Cluster.Sharding.Passivate</c>). It gets <paramref name="StopMessage"/> back, and must then stop.
/// Messages that come after the Passivate are kept, bounded by <see cref="ClusterShardingSettings.BufferSize"/>, and
/// given to the entity's next incarnation.</summary>
/// <remarks>Messages may still be in the mailbox between the Passivate and the stop message. An entity that
/// can't handle them and then stop forwards them to <c>Context.Parent</c>, in the form that the extractor knows,
/// where they are kept with the others.</remarks>
/// <param name="StopMessage">What the entity gets back; <see cref="PoisonPill"/> stops it without more.</param>
public sealed record Passivate(object StopMessage);

/// <summary>Tells a shard to let its entities stop, and to stop after them. What comes meanwhile goes back to the region.</summary>
/// <remarks>Its entities get the stop message of their kind. One that holds requests, because they wait for something, forwards
/// them to <c>Context.Parent</c> before it stops, in the form that the extractor knows: the next owner gets them.</remarks>
internal sealed class HandOff
{
    private HandOff()
    {
    }

    /// <summary>The only one.</summary>
    public static HandOff Instance { get; } = new();
}

/// <summary>Asks a region for its shards and entities (Akka: <c>Akka.Cluster.Sharding.GetShardRegionState</c>). The
/// reply is a <see cref="CurrentShardRegionState"/>.</summary>
public sealed class GetShardRegionState
{
    private GetShardRegionState()
    {
    }

    /// <summary>The only one.</summary>
    public static GetShardRegionState Instance { get; } = new();
}

/// <summary>The shards of a region that have been started.</summary>
/// <param name="Shards">In the order of their ids.</param>
public sealed record CurrentShardRegionState(IImmutableSet<ShardState> Shards);

/// <summary>The entities of a shard that run.</summary>
/// <param name="ShardId">The id of the shard.</param>
/// <param name="EntityIds">In ordinal order.</param>
public sealed record ShardState(string ShardId, IImmutableSet<string> EntityIds);

/// <summary>As many messages are kept for an entity that stops as may: ask again later.</summary>
/// <param name="entityId">The id of the entity.</param>
/// <param name="bufferSize">How many messages may be kept.</param>
public sealed class EntityBufferFullException(string entityId, int bufferSize)
    : AkkaException($"Entity {entityId} is stopping, and {bufferSize} messages wait for it already.");

/// <summary>The shard that kept a message for an entity has stopped.</summary>
/// <param name="entityId">The id of the entity.</param>
public sealed class ShardStoppedException(string entityId)
    : AkkaException($"The shard of entity {entityId} has stopped.");
