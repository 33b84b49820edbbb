using Microsoft.Extensions.Logging;
using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>What a node logs.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(1, LogLevel.Information, "{Member} at {Address} is a member of cluster {Cluster}")]
    public static partial void Joined(this ILogger log, string member, string address, string cluster);

    [LoggerMessage(2, LogLevel.Error, "The host can't join: {Reason}")]
    public static partial void Refused(this ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The host is no member any more: {Reason}; it joins again")]
    public static partial void Fenced(this ILogger log, string reason);

    [LoggerMessage(4, LogLevel.Information, "The host has left the cluster")]
    public static partial void Left(this ILogger log);

    [LoggerMessage(5, LogLevel.Error, "Shard {Shard} can't be opened: {Reason}")]
    public static partial void Blocked(this ILogger log, int shard, string reason);

    [LoggerMessage(6, LogLevel.Warning, "etcd: {Error}: {Detail}")]
    public static partial void EtcdFails(this ILogger log, Exception? cause, EtcdError error, string detail);

    [LoggerMessage(7, LogLevel.Information, "etcd answers again")]
    public static partial void EtcdAnswers(this ILogger log);

    [LoggerMessage(8, LogLevel.Error, "Member {Member} at {Address} has no volume {Volume}, which this host has: what it is to have of it is an error until all members have the same volumes")]
    public static partial void Lacks(this ILogger log, string member, string address, string volume);

    [LoggerMessage(9, LogLevel.Error, "No other member and this host have reached each other: it takes no shards until one has. What keeps members from being reached is logged, too")]
    public static partial void Lonely(this ILogger log);

    /// <summary>Logs what happened to a host.</summary>
    public static void Happened(this ILogger log, ClusterEffect effect, string cluster)
    {
        switch (effect)
        {
            case ClusterEffect.Joined joined:
                log.Joined(joined.Member.Name, joined.Member.Address, cluster);
                break;
            case ClusterEffect.Refused refused:
                log.Refused(refused.Reason);
                break;
            case ClusterEffect.Fenced fenced:
                log.Fenced(fenced.Reason);
                break;
            case ClusterEffect.Lonely:
                log.Lonely();
                break;
            case ClusterEffect.Left:
                log.Left();
                break;
            case ClusterEffect.Blocked blocked:
                log.Blocked(blocked.Shard, blocked.Reason);
                break;
        }
    }
}
