using System.Collections.Immutable;
using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Passes messages on to the shards of one kind of entities, and starts the shards.</summary>
internal sealed class ShardRegion : ReceiveActor
{
    private static readonly IComparer<ShardState> ByShardId =
        Comparer<ShardState>.Create((a, b) => string.CompareOrdinal(a.ShardId, b.ShardId));

    private readonly Func<string, Props> _entityPropsFactory;
    private readonly ClusterShardingSettings _settings;
    private readonly IMessageExtractor _extractor;
    private readonly Dictionary<string, IActorRef> _shards = new(StringComparer.Ordinal);

    public ShardRegion(Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor extractor)
    {
        (_entityPropsFactory, _settings, _extractor) = (entityPropsFactory, settings, extractor);
        Receive<GetShardRegionState>(ReportState);
        Receive<Terminated>(ForgetShard);
        ReceiveAny(Deliver);
    }

    private void Deliver(object message)
    {
        string? shardId;
        try
        {
            shardId = _extractor.EntityId(message) is { Length: > 0 } entityId ? _extractor.ShardId(entityId, message) : null;
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
        if (_shards.TryGetValue(shardId, out var running)) return running;
        var shard = Context.ActorOf(
            Props.Create(() => new Shard(shardId, _entityPropsFactory, _settings, _extractor)), Uri.EscapeDataString(shardId));
        _shards.Add(shardId, shard);
        return Context.Watch(shard);
    }

    private void ForgetShard(Terminated terminated)
    {
        foreach (var (shardId, shard) in _shards)
        {
            if (!shard.Equals(terminated.ActorRef)) continue;
            _shards.Remove(shardId);
            return;
        }
    }

    private void ReportState(GetShardRegionState query)
    {
        var states = _shards.OrderBy(shard => shard.Key, StringComparer.Ordinal).Select(shard => shard.Value.Ask<ShardState>(query)).ToArray();
        Task.WhenAll(states).PipeTo(
            Sender, Self, all => new CurrentShardRegionState(ImmutableSortedSet.Create(ByShardId, all)));
    }
}
