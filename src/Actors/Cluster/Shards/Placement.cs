using System.Globalization;
using StreamActors.Sharding;

namespace StreamActors.Cluster;

/// <summary>Which member is to own which shard: rendezvous hashing, so that a member that comes or goes moves only its own.</summary>
public static class Placement
{
    /// <summary>The largest weight.</summary>
    public const int MaxWeight = 100;

    /// <summary>The member that is to own a shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="members">Those that may, in any order.</param>
    /// <returns>Its name; null where none may.</returns>
    public static string? OwnerOf(int shard, IEnumerable<MemberRecord> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        string? best = null;
        uint highest = 0;
        foreach (var member in members)
        {
            // A weight is so many chances: in whole numbers every host finds the same.
            for (var chance = 0; chance < member.Weight; chance++)
            {
                var score = StableHash.Of(string.Create(CultureInfo.InvariantCulture, $"{shard}/{member.Name}/{chance}"));
                if (best is not null && (score < highest || (score == highest && string.CompareOrdinal(member.Name, best) >= 0))) continue;
                (best, highest) = (member.Name, score);
            }
        }
        return best;
    }

    /// <summary>Whether a member may own shards.</summary>
    /// <param name="member">The member.</param>
    /// <param name="role">The role that owners have; null for any.</param>
    public static bool MayOwn(MemberRecord member, string? role)
    {
        ArgumentNullException.ThrowIfNull(member);
        return !member.IsLeaving && member.Weight > 0 && (role is null || member.Roles.Contains(role, StringComparer.Ordinal));
    }
}
