using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamActors.Cluster;

/// <summary>What all members of a cluster share; the first one writes it.</summary>
/// <param name="Name">The name of the cluster.</param>
/// <param name="Id">An id that no other cluster has, also not one of the same name that was made anew.</param>
/// <param name="Shards">How many shards it has.</param>
/// <param name="ShardRole">The role whose members take shards; null for all members. Hosts that differ in it would not agree
/// on who is to own what.</param>
/// <param name="Logs">The paths of the volumes whose messages are kept with the shards: a member without one of them would lose what
/// it holds. Null for none.</param>
public sealed record ClusterRecord(string Name, string Id, int Shards, string? ShardRole = null, IReadOnlyList<string>? Logs = null);

/// <summary>A member, as the others see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uid">The id of this incarnation of it.</param>
/// <param name="Address">Where it is reached, <c>host:port</c>.</param>
/// <param name="Roles">What it is for.</param>
/// <param name="Weight">How many shards it takes in proportion to the others.</param>
/// <param name="OldestProtocol">The oldest version of the protocol that it speaks.</param>
/// <param name="NewestProtocol">The newest one.</param>
/// <param name="IsLeaving">Whether it hands over what it has, and takes nothing more.</param>
/// <param name="Volumes">What it shows of what members have in common: by path, of which kind; null of a member that does not tell.</param>
/// <param name="IsJoining">Whether it takes nothing yet, since no other member and it have reached each other; its weight is 0 then, for
/// members of an older version.</param>
public sealed record MemberRecord(
    string Name, string Uid, string Address, IReadOnlyList<string> Roles, int Weight,
    int OldestProtocol, int NewestProtocol, bool IsLeaving, IReadOnlyDictionary<string, string>? Volumes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsJoining = false);

/// <summary>Who owns a shard; stands under the owner's lease.</summary>
/// <param name="Member">The owner's name.</param>
/// <param name="Uid">The id of its incarnation.</param>
/// <param name="Epoch">The epoch in which it owns the shard.</param>
public sealed record OwnerRecord(string Member, string Uid, long Epoch);

/// <summary>What of a shard outlives its owners.</summary>
/// <param name="Epoch">The newest epoch.</param>
/// <param name="Journals">The journals that are needed, oldest epoch first; the last may be the owner's.</param>
/// <param name="Opened">
/// The first epoch that has opened the shard's storage: it has found nothing there of which etcd does not know, so that of it and those
/// behind it is known whether they have left something. 0 while none has: then none has left anything, and what is there under its number is of a
/// cluster that was there before. Null of an older version, which does not tell.
/// </param>
public sealed record ShardRecord(long Epoch, IReadOnlyList<JournalRecord> Journals, long? Opened = null)
{
    /// <summary>How many journals a shard may have; one with more is not opened, which an operator must see to.</summary>
    public const int MaxJournals = 256;
}

/// <summary>The journal of one epoch of a shard.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Lease">The lease of who wrote it: while it lives, more may come.</param>
/// <param name="Sealed">Its length in bytes, beyond which nothing exists; null while it may grow.</param>
public sealed record JournalRecord(long Epoch, long Lease, long? Sealed = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ClusterRecord))]
[JsonSerializable(typeof(MemberRecord))]
[JsonSerializable(typeof(OwnerRecord))]
[JsonSerializable(typeof(ShardRecord))]
internal sealed partial class RecordJson : JsonSerializerContext;

/// <summary>Records as they stand in etcd. Members of different versions read them: fields may be added, and unknown ones are ignored.</summary>
internal static class Records
{
    public static string Write(ClusterRecord record) => JsonSerializer.Serialize(record, RecordJson.Default.ClusterRecord);

    public static string Write(MemberRecord record) => JsonSerializer.Serialize(record, RecordJson.Default.MemberRecord);

    public static string Write(OwnerRecord record) => JsonSerializer.Serialize(record, RecordJson.Default.OwnerRecord);

    public static string Write(ShardRecord record) => JsonSerializer.Serialize(record, RecordJson.Default.ShardRecord);

    /// <summary>Reads a record; null where the text is none.</summary>
    public static T? TryRead<T>(string text) where T : class
    {
        try
        {
            var record = (T?)JsonSerializer.Deserialize(text, typeof(T), RecordJson.Default);
            return IsSound(record) ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Only what could mislead is checked; the rest shows when it is used.
    private static bool IsSound(object? record) => record switch
    {
        ClusterRecord cluster => cluster.Shards is >= 1 and <= ClusterNodeSettings.MaxShards && cluster.Id.Length > 0,
        MemberRecord member => member.Weight is >= 0 and <= Placement.MaxWeight && member.Uid.Length > 0,
        OwnerRecord owner => owner.Epoch > 0,
        ShardRecord shard => shard.Epoch > 0 && shard.Opened is null or >= 0 && AreSound(shard.Journals, shard.Epoch),
        _ => false,
    };

    private static bool AreSound(IReadOnlyList<JournalRecord> journals, long newest)
    {
        long last = 0;
        foreach (var journal in journals)
        {
            if (journal.Epoch <= last || journal.Epoch > newest || journal.Sealed < 0) return false;
            last = journal.Epoch;
        }
        return true;
    }
}
