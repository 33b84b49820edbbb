using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// The names of volumes whose messages lie on one host's own disk, as entities: an ask is a <see cref="ShardingEnvelope"/> with the
/// volume's id and a <see cref="VolumeRequest"/>, and is answered where the volume is.
/// </summary>
public static class VolumeRegion
{
    /// <summary>Starts the region.</summary>
    /// <param name="system">Where it runs.</param>
    /// <param name="volumes">The names of a volume that this host has, by its id; null where it has none of that id.</param>
    /// <param name="settings">The bounds of the entities.</param>
    /// <returns>The region.</returns>
    public static IActorRef Start(ActorSystem system, Func<string, IStreamVolume?> volumes, EntitySettings settings) =>
        ClusterSharding.Get(system).Start(
            "volumes",
            id => volumes(id) is { } names
                ? Props.Create(() => new VolumeActor(names, settings))
                : throw new InvalidOperationException($"This host is to have the volume {id}, and has none."),
            ClusterShardingSettings.Create(system) with { BufferSize = settings.MaxPending },
            HashCodeMessageExtractor.Create(
                settings.Shards, message => (message as ShardingEnvelope)?.EntityId, message => ((ShardingEnvelope)message).Message));
}

/// <summary>Stands for the names of a volume, whichever host has it.</summary>
public sealed class VolumeElsewhere : ReceiveActor
{
    /// <summary>Makes the actor.</summary>
    /// <param name="region">The region of volumes.</param>
    /// <param name="volume">The volume's id.</param>
    public VolumeElsewhere(IActorRef region, string volume) =>
        Receive<VolumeRequest>(request => region.Forward(new ShardingEnvelope(volume, request)));
}
