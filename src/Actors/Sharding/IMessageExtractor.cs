namespace StreamActors.Sharding;

/// <summary>Finds the entity that a message is for (Akka: <c>Akka.Cluster.Sharding.IMessageExtractor</c>). The
/// same on all hosts, and without state.</summary>
public interface IMessageExtractor
{
    /// <summary>The id of the entity; null when the message is for none.</summary>
    string? EntityId(object message);

    /// <summary>What the entity gets: the message, or what it carries.</summary>
    object? EntityMessage(object message);

    /// <summary>The shard of an entity.</summary>
    /// <param name="entityId">The id of the entity.</param>
    /// <param name="messageHint">The message, where it is known.</param>
    string ShardId(string entityId, object? messageHint = null);
}
