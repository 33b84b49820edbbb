using System.Globalization;
using StreamActors.Sharding;

namespace StreamActors.Cluster;

/// <summary>Tells of the cluster in Akka's words.</summary>
public static class ClusterStates
{
    private const int UidDigits = 15;

    /// <summary>The cluster as a host knows it.</summary>
    /// <param name="view">What stands in etcd.</param>
    /// <param name="settings">What the host is.</param>
    public static CurrentClusterState Of(ClusterView view, ClusterNodeSettings settings)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(settings);
        var members = view.Members.Values.Where(member => member.Record is not null).Select(member => new Member(
            new UniqueAddress(Address.Of(settings.ClusterName, member.Record!.Address), UidOf(member.Record.Uid)),
            member.Record.IsLeaving ? MemberStatus.Leaving : member.Record.IsJoining ? MemberStatus.Joining : MemberStatus.Up,
            [.. member.Record.Roles.Order(StringComparer.Ordinal)],
            member.CreateRevision));
        return new CurrentClusterState(
            Address.Of(settings.ClusterName, settings.Address), [.. members.OrderBy(member => member.Address, Address.Ordering)],
            new Dictionary<Address, IReadOnlyList<Address>>());
    }

    // As many digits as a number of 60 bits has, so that no reader of JSON takes it for a negative one.
    private static long UidOf(string uid) =>
        uid.Length >= UidDigits && long.TryParse(uid.AsSpan(0, UidDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            ? number : StableHash.Of(uid);
}
