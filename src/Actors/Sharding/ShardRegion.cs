using System.Collections.Immutable;
using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Passes messages on to the shards of one kind of entities, and starts the shards.</summary>
internal sealed class ShardRegion : ReceiveActor
{
    private static readonly IComparer<ShardState> ByShardId =
        Comparer<ShardState>.Create((a, b) => string.CompareOrdinal(a.ShardId, b.ShardId));

    private readonly Func<string, Props> entityPropsFactory;
    private readonly ClusterShardingSettings settings;
    private readonly IMessageExtractor extractor;
    private readonly SortedDictionary<string, IActorRef> shards = new(StringComparer.Ordinal);

    public ShardRegion(Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor extractor)
    {
        (this.entityPropsFactory, this.settings, this.extractor) = (entityPropsFactory, settings, extractor);
        Receive<GetShardRegionState>(ReportState);
        Receive<Terminated>(ForgetShard);
        ReceiveAny(Deliver);
    }

    private void Deliver(object message)
    {
        string? shardId;
        try
        {
            shardId = extractor.EntityId(message) is { Length: > 0 } entityId ? extractor.ShardId(entityId, message) : null;
        }
        catch (Exception cause)
        {
            // One bad message must not cost the region: its restart would stop all shards.
            Context.System.Log.ExtractorFailed(cause, message.GetType());
            Sender.Tell(new Status.Failure(cause));
            return;
        }
        if (shardId is null) Unhandled(message);
        else Shard(shardId).Forward(message);
    }

    private IActorRef Shard(string shardId)
    {
        if (shards.TryGetValue(shardId, out var running)) return running;
        var shard = Context.ActorOf(
            Props.Create(() => new Shard(shardId, entityPropsFactory, settings, extractor)), Uri.EscapeDataString(shardId));
        shards.Add(shardId, shard);
        return Context.Watch(shard);
    }

    private void ForgetShard(Terminated terminated)
    {
        foreach (var (shardId, shard) in shards)
        {
            if (!shard.Equals(terminated.ActorRef)) continue;
            shards.Remove(shardId);
            return;
        }
    }

    private void ReportState(GetShardRegionState query)
    {
        var states = shards.Values.Select(shard => shard.Ask<ShardState>(query)).ToArray();
        Task.WhenAll(states).PipeTo(
            Sender, Self, all => new CurrentShardRegionState(ImmutableSortedSet.Create(ByShardId, all)));
    }
}
