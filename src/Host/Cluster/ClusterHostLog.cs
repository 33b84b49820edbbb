using Microsoft.Extensions.Logging;

namespace StreamActors.Host.Cluster;

/// <summary>What is logged of this host's part in the cluster.</summary>
internal static partial class ClusterHostLog
{
    [LoggerMessage(1, LogLevel.Warning, "Which cluster this is can't be kept in {Directory}")]
    public static partial void NotKept(this ILogger log, Exception cause, string directory);

    [LoggerMessage(2, LogLevel.Warning, "The host could not leave the cluster within {Seconds} s: others wait for the end of its lease")]
    public static partial void NotLeft(this ILogger log, double seconds);

    [LoggerMessage(3, LogLevel.Warning, "Member {Member} could not be asked to leave")]
    public static partial void NotAskedToLeave(this ILogger log, Exception cause, string member);

    [LoggerMessage(4, LogLevel.Debug, "The state of the cluster was not told in time")]
    public static partial void StateNotTold(this ILogger log);

    [LoggerMessage(6, LogLevel.Warning, "The {Table} of volume {Volume} can't be followed; etcd: {Fault}")]
    public static partial void TableNotFollowed(this ILogger log, Exception? cause, string table, string volume, string fault);

    [LoggerMessage(7, LogLevel.Warning, "The seals of journals can't be followed; etcd: {Fault}")]
    public static partial void SealsNotFollowed(this ILogger log, Exception? cause, string fault);

    [LoggerMessage(5, LogLevel.Information, "The host is asked to leave the cluster")]
    public static partial void AskedToLeave(this ILogger log);
}
