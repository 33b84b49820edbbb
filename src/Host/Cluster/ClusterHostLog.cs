using Microsoft.Extensions.Logging;

namespace StreamActors.Host.Cluster;

/// <summary>What is logged of this host's part in the cluster.</summary>
internal static partial class ClusterHostLog
{
    [LoggerMessage(1, LogLevel.Warning, "Which cluster this is can't be kept in {Directory}")]
    public static partial void NotKept(this ILogger log, Exception cause, string directory);

    [LoggerMessage(2, LogLevel.Warning, "The host could not leave the cluster within {Seconds} s: others wait for the end of its lease")]
    public static partial void NotLeft(this ILogger log, double seconds);
}
