using Microsoft.Extensions.Logging;
using StreamActors.Etcd;
using StreamActors.Logs;

namespace StreamActors.SharedLogs;

/// <summary>What shared logs log.</summary>
internal static partial class SharedLogsLog
{
    [LoggerMessage(1, LogLevel.Error, "{Key} in etcd is left alone: {Reason}")]
    public static partial void Strange(this ILogger log, string key, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The names can't be followed; etcd: {Error}: {Detail}")]
    public static partial void NamesFail(this ILogger log, Exception? cause, EtcdError error, string detail);

    [LoggerMessage(3, LogLevel.Error, "The storage of shard {Shard} can't be opened, and is tried again: {Error}: {Detail}")]
    public static partial void ShardNotOpened(this ILogger log, int shard, LogError error, string detail);

    [LoggerMessage(4, LogLevel.Error, "The journal of epoch {Epoch} of shard {Shard} can't be measured, and is tried again: {Error}: {Detail}")]
    public static partial void JournalNotMeasured(this ILogger log, int shard, long epoch, LogError error, string detail);

    [LoggerMessage(7, LogLevel.Error, "Shard {Shard} can't be opened: etcd does not say where its journals of epoch {Epoch} end")]
    public static partial void SealMissing(this ILogger log, int shard, long epoch);

    [LoggerMessage(6, LogLevel.Error, "The log of shard {Shard} can't be written any more, and the shard is given up")]
    public static partial void ShardFailed(this ILogger log, int shard);

    [LoggerMessage(5, LogLevel.Error, "Partition {Partition} was deleted, and can't be removed: {Error}: {Detail}")]
    public static partial void NotRemoved(this ILogger log, string partition, LogError error, string detail);
}
