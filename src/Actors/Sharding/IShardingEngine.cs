using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Decides on which host shards are. Without one, all are on this host.</summary>
public interface IShardingEngine
{
    /// <summary>How to make the region of a kind of entities.</summary>
    /// <param name="typeName">The kind.</param>
    /// <param name="entityPropsFactory">How to make the entity of an id.</param>
    /// <param name="settings">The bounds.</param>
    /// <param name="messageExtractor">Finds the entity in a message.</param>
    /// <param name="handOffStopMessage">What entities get whose shard is given up.</param>
    Props Region(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor messageExtractor,
        object handOffStopMessage);

    /// <summary>A region was started.</summary>
    /// <param name="typeName">The kind.</param>
    /// <param name="region">The region.</param>
    void Started(string typeName, IActorRef region);
}
