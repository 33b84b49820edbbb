using Microsoft.Extensions.Logging;

namespace StreamActors.Sharding;

/// <summary>What sharding logs.</summary>
internal static partial class ShardingLog
{
    [LoggerMessage(1, LogLevel.Error, "The message extractor threw for a {MessageType}")]
    public static partial void ExtractorFailed(this ILogger log, Exception cause, Type messageType);

    [LoggerMessage(2, LogLevel.Error, "Shard {Shard} could not start the entity of a {MessageType}")]
    public static partial void EntityNotStarted(this ILogger log, Exception cause, string shard, Type messageType);
}
