using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>The bounds of a region (Akka: <c>Akka.Cluster.Sharding.ClusterShardingSettings</c>).</summary>
public sealed record ClusterShardingSettings
{
    /// <summary>How many messages are kept for one entity while it stops, to be given to its next incarnation.</summary>
    public int BufferSize { get; init; } = 1000;

    /// <summary>How long the entities of a shard that is given up may take to end what they have begun; then they are stopped.</summary>
    public TimeSpan HandOffTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an entity that threw waits before it comes back.</summary>
    public RestartBackoff EntityRestartBackoff { get; init; } =
        new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), 0.2);

    /// <summary>The defaults.</summary>
    public static ClusterShardingSettings Create(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return new ClusterShardingSettings();
    }
}
