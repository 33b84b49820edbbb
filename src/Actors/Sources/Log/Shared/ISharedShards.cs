using StreamActors.Messages;

namespace StreamActors.Sources.Log;

/// <summary>The logs of the shards that this host has of a volume that several hosts share. Safe for several threads.</summary>
public interface ISharedShards
{
    /// <summary>The log of the shard that a partition is in.</summary>
    /// <param name="partition">The partition.</param>
    /// <returns>The log, or why it can't be had: <see cref="Fault.TimedOut"/> where another host has the shard, or none yet.</returns>
    Task<Result<LogSource>> LogOf(PartitionId partition);
}
