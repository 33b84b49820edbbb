using System.Text.Json.Serialization;

namespace StreamActors.Admin;

// The shapes of Akka Management's JSON.
internal sealed record MembersJson(
    string SelfNode, IReadOnlyList<MemberJson> Members, IReadOnlyList<UnreachableJson> Unreachable, string? Leader, string? Oldest,
    IReadOnlyDictionary<string, string> OldestPerRole);

internal sealed record MemberJson(string Node, string NodeUid, string Status, IReadOnlyList<string> Roles);

internal sealed record UnreachableJson(string Node, IReadOnlyList<string> ObservedBy);

internal sealed record MessageJson(string Message);

internal sealed record TypeKeysJson(IReadOnlyList<string> EntityTypeKeys);

internal sealed record ShardJson(string ShardId, int NumEntities);

internal sealed record RegionJson(IReadOnlyList<ShardJson> Regions, IReadOnlyList<string> Failed);

internal sealed record RegionShardsJson(IReadOnlyList<ShardJson> Shards, IReadOnlyList<string> Failed);

internal sealed record ClusterShardsJson(IReadOnlyDictionary<string, RegionShardsJson> Regions, long TotalEntities, int TotalShards);

internal sealed record SeedNodesJson(string SelfNode, IReadOnlyList<SeedNodeJson> SeedNodes);

internal sealed record SeedNodeJson(string Node, long NodeUid, string Status, IReadOnlyList<string> Roles);

internal sealed record DomainEventJson
{
    public DomainMemberJson? Member { get; init; }

    public string? PreviousStatus { get; init; }

    public string? Address { get; init; }

    public required string Type { get; init; }
}

internal sealed record DomainMemberJson(UniqueAddressJson UniqueAddress, string Status, IReadOnlyList<string> Roles, string DataCenter);

internal sealed record UniqueAddressJson(string Address, long LongUid);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MembersJson))]
[JsonSerializable(typeof(MemberJson))]
[JsonSerializable(typeof(MessageJson))]
[JsonSerializable(typeof(TypeKeysJson))]
[JsonSerializable(typeof(RegionJson))]
[JsonSerializable(typeof(ClusterShardsJson))]
[JsonSerializable(typeof(SeedNodesJson))]
[JsonSerializable(typeof(DomainEventJson))]
internal sealed partial class AdminJson : JsonSerializerContext;
