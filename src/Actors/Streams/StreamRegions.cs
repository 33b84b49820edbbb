using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>Where requests to streams, topics and partitions are told.</summary>
/// <param name="Streams">Takes every <see cref="StreamRequest"/>.</param>
/// <param name="Topics">Takes every <see cref="TopicRequest"/>.</param>
/// <param name="Partitions">Takes every <see cref="PartitionRequest"/>.</param>
public sealed record StreamRegions(IActorRef Streams, IActorRef Topics, IActorRef Partitions)
{
    /// <summary>The share of a restart's wait that chance may add, so that entities that failed together don't come back together.</summary>
    private const double RestartSpread = 0.2;

    /// <summary>
    /// Takes what is asked of handles of all partitions of a topic together: <see cref="TopicRequest.OpenMerged"/>, and the waits and
    /// closes of such handles. The topics do that where all their partitions are at their side.
    /// </summary>
    public IActorRef Merged { get; private init; } = Topics;

    /// <summary>Starts the regions of a source.</summary>
    /// <param name="system">Where they run; it has one set of regions.</param>
    /// <param name="source">Where streams come from.</param>
    /// <param name="settings">The bounds of the entities.</param>
    /// <returns>The regions.</returns>
    public static StreamRegions Start(ActorSystem system, IStreamSource source, EntitySettings settings)
    {
        var sharding = ClusterSharding.Get(system);
        var regions = ClusterShardingSettings.Create(system) with
        {
            BufferSize = settings.MaxPending,
            EntityRestartBackoff = new RestartBackoff(settings.RestartMinBackoff, settings.RestartMaxBackoff, RestartSpread),
        };
        var partitions = sharding.Start(
            "partitions",
            id => Props.Create(() => new PartitionActor(new PartitionId(id), source, settings)),
            regions,
            Extractor<PartitionRequest>(settings, request => request.Partition.Value),
            HandOver.Instance);
        return new StreamRegions(
            sharding.Start(
                "streams",
                id => Props.Create(() => new StreamActor(new StreamId(id), source, settings)),
                regions,
                Extractor<StreamRequest>(settings, request => request.Stream.Value),
                HandOver.Instance),
            sharding.Start(
                "topics",
                id => Props.Create(() => new TopicActor(new TopicId(id), source, partitions, settings)),
                regions,
                Extractor<TopicRequest>(settings, request => request.Topic.Value),
                HandOver.Instance),
            partitions);
    }

    /// <summary>As these, where partitions of a topic may lie on several hosts: who reads all of them merges them.</summary>
    /// <param name="system">Where it is merged, and the clock.</param>
    /// <param name="settings">The bounds.</param>
    /// <returns>The regions.</returns>
    public StreamRegions MergedHere(ActorSystem system, EntitySettings settings)
    {
        var (topics, partitions) = (Topics, Partitions);
        return this with { Merged = system.ActorOf(Props.Create(() => new MergedTopics(topics, partitions, settings)), "merged") };
    }

    private static HashCodeMessageExtractor Extractor<TRequest>(EntitySettings settings, Func<TRequest, string> id)
        where TRequest : class =>
        HashCodeMessageExtractor.Create(settings.Shards, message => message is TRequest request ? id(request) : null);
}
