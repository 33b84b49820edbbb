namespace StreamActors.Cluster;

/// <summary>Whether a host may join the cluster that it finds.</summary>
internal static class JoinCheck
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>Why a host may not join; null where it may.</summary>
    /// <param name="settings">What the host is.</param>
    /// <param name="cluster">The cluster that it finds; null where what stands there is none.</param>
    public static string? Refusal(ClusterNodeSettings settings, ClusterRecord? cluster)
    {
        if (cluster is null) return $"what stands under {settings.KeyPrefix} in etcd is no cluster that this version can read";
        if (cluster.Name != settings.ClusterName)
            return $"the cluster under {settings.KeyPrefix} is called \"{cluster.Name}\", not \"{settings.ClusterName}\"";
        if (cluster.Shards != settings.ShardCount)
            return $"cluster {cluster.Name} has {cluster.Shards} shards, and this host is set to {settings.ShardCount}";
        if (cluster.ShardRole != settings.ShardRole)
            return $"in cluster {cluster.Name} {Takers(cluster.ShardRole)} take shards, and on this host {Takers(settings.ShardRole)}";
        if (settings.ClusterId is { } mine && mine != cluster.Id)
            return $"the data of this host belongs to cluster {mine}, and this is cluster {cluster.Id}";
        if (cluster.Logs?.Except(settings.Logs, StringComparer.Ordinal).FirstOrDefault() is { } missing)
            return $"the shards of cluster {cluster.Name} keep messages of volume {missing}, which this host does not have";
        return null;
    }

    private static string Takers(string? role) => role is null ? "all members" : $"members of role {role}";

    /// <summary>Why a host can't live beside a member; null where it can.</summary>
    /// <param name="settings">What the host is.</param>
    /// <param name="member">The member.</param>
    public static string? Refusal(ClusterNodeSettings settings, MemberRecord member)
    {
        if (member.NewestProtocol < ClusterNodeSettings.OldestProtocol || member.OldestProtocol > settings.Protocol)
            return $"member {member.Name} at {member.Address} speaks versions {member.OldestProtocol} to {member.NewestProtocol} of the "
                + $"protocol, and {settings.MemberName} {ClusterNodeSettings.OldestProtocol} to {settings.Protocol}";
        foreach (var (path, kind) in settings.Volumes ?? None)
            if ((member.Volumes ?? None).TryGetValue(path, out var other) && other != kind)
                return $"{path} is {kind} here, and {other} on member {member.Name} at {member.Address}";
        // It might have to keep what it knows nothing of.
        if (member.Volumes is { } volumes && settings.Logs.FirstOrDefault(path => !volumes.ContainsKey(path)) is { } missing)
            return $"member {member.Name} at {member.Address} has no volume {missing}, whose messages the shards are to keep: it can be added while no other member is there";
        return null;
    }

    /// <summary>What a member does not show of what a host does: what it is asked of these, or has to have, it can't.</summary>
    /// <param name="settings">What the host is.</param>
    /// <param name="member">The member.</param>
    /// <returns>Their paths, in order; none of a member that does not tell.</returns>
    public static IReadOnlyList<string> Lacking(ClusterNodeSettings settings, MemberRecord member) => member.Volumes is { } volumes
        ? [.. (settings.Volumes ?? None).Keys.Where(path => !volumes.ContainsKey(path)).Order(StringComparer.Ordinal)] : [];
}
