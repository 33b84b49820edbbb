using StreamActors.Sharding;

namespace StreamActors.Admin;

/// <summary>What the admin API tells of, and acts on.</summary>
public interface IAdminSource
{
    /// <summary>The cluster as it is known.</summary>
    CurrentClusterState State { get; }

    /// <summary>Waits until the cluster is known to be otherwise.</summary>
    /// <param name="known">The last state, as <see cref="State"/> gave it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task ChangedAsync(CurrentClusterState known, CancellationToken cancellationToken);

    /// <summary>Why the process should be started anew; null while it lives.</summary>
    string? NotAlive { get; }

    /// <summary>Why requests should go elsewhere; null while they may come.</summary>
    string? NotReady { get; }

    /// <summary>The kinds of entities, by name.</summary>
    IReadOnlyList<string> EntityTypeKeys { get; }

    /// <summary>The region of a kind on this host; null where it is not started.</summary>
    /// <param name="typeKey">The kind.</param>
    Task<ShardRegionStats?> RegionAsync(string typeKey);

    /// <summary>The regions of a kind on all hosts; null where it is not started.</summary>
    /// <param name="typeKey">The kind.</param>
    Task<ClusterShardingStats?> ClusterAsync(string typeKey);

    /// <summary>Lets a member hand over and leave.</summary>
    /// <param name="address">Where it is.</param>
    void Leave(Address address);

    /// <summary>Gives a member up: its lease is ended.</summary>
    /// <param name="address">Where it is.</param>
    void Down(Address address);
}
