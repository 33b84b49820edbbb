using StreamActors.Runtime;

namespace StreamActors.Cluster;

/// <summary>Hands all shards of this host over, then leaves. The reply is a <see cref="LeftCluster"/>.</summary>
public sealed record LeaveCluster;

/// <summary>This host has left the cluster.</summary>
public sealed record LeftCluster;

/// <summary>Another member and this host have reached each other.</summary>
/// <param name="Self">The incarnation that this host was then.</param>
public sealed record MetOthers(string Self);

/// <summary>Asks the node for the cluster as this host knows it. The reply is a
/// <see cref="StreamActors.Sharding.CurrentClusterState"/>.</summary>
public sealed record GetClusterState;

/// <summary>The entities that stay with this host can be asked from now on.</summary>
internal sealed record OpenPinned;

/// <summary>A step of the node.</summary>
internal sealed record NodeStep(Action Run);

/// <summary>A region is there.</summary>
internal sealed record RegionStarted(string TypeName, IActorRef Region);

/// <summary>This host is a member under an id, or none.</summary>
internal sealed record SelfIs(string? Uid);

/// <summary>The other members that have shards; null where nobody else has one.</summary>
internal sealed record OwnersAre(IReadOnlyList<(int Shard, string? Member)> Owners);

/// <summary>The incarnations of all members that are known, this host among them.</summary>
internal sealed record MembersAre(IReadOnlyList<string> Members);

/// <summary>All shards are given up: these members are told. The reply is a <see cref="FarewellIsHeard"/>.</summary>
internal sealed record SayFarewell(IReadOnlyList<string> Members);

/// <summary>All that were told and are still members have heard it.</summary>
internal sealed record FarewellIsHeard;

/// <summary>A shard takes messages on this host.</summary>
internal sealed record OpenShard(ShardLease Lease);

/// <summary>A shard takes no more messages on this host; the reply is a <see cref="ShardIsClosed"/>.</summary>
internal sealed record CloseShard(int Shard, long Epoch);

/// <summary>The entities of a shard have stopped.</summary>
internal sealed record ShardIsClosed(int Shard, long Epoch);

/// <summary>A shard is to be stopped at once.</summary>
internal sealed record AbandonShard(int Shard);
