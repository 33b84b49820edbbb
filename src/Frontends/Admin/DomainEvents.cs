using System.Text.Json;
using StreamActors.Sharding;

namespace StreamActors.Admin;

/// <summary>What <c>/cluster/domain-events</c> sends: server-sent events, of the kinds that were asked for.</summary>
public sealed class DomainEvents
{
    /// <summary>What is sent where nothing happens for <see cref="HeartbeatEvery"/>.</summary>
    public const string Heartbeat = "data:\n\n";

    /// <summary>The content's type.</summary>
    public const string ContentType = "text/event-stream";

    // All members are in one place.
    private const string DataCenter = "default";

    private readonly HashSet<string> _types;

    /// <summary>Makes a stream.</summary>
    /// <param name="types">The values of the parameter <c>type</c>: names of events or of groups of them; none for all.</param>
    public DomainEvents(IEnumerable<string> types) => _types = new HashSet<string>(types, StringComparer.Ordinal);

    /// <summary>How long nothing may be sent.</summary>
    public static TimeSpan HeartbeatEvery { get; } = TimeSpan.FromSeconds(10);

    /// <summary>What is to be sent of an event; null for nothing.</summary>
    /// <param name="happened">The event.</param>
    public string? Encode(ClusterEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var (group, json) = Describe(happened);
        if (_types.Count > 0 && !_types.Contains(json.Type) && !_types.Contains(group) && !_types.Contains("ClusterDomainEvent")) return null;
        return $"data:{JsonSerializer.Serialize(json, AdminJson.Default.DomainEventJson)}\nevent:{json.Type}\n\n";
    }

    private static (string Group, DomainEventJson Json) Describe(ClusterEvent happened) => happened switch
    {
        ClusterEvent.MemberRemoved removed => ("MemberEvent", new DomainEventJson
        {
            Type = nameof(ClusterEvent.MemberRemoved),
            Member = MemberOf(removed.Member),
            PreviousStatus = removed.PreviousStatus.ToString(),
        }),
        ClusterEvent.MemberEvent member => (
            "MemberEvent", new DomainEventJson { Type = member.GetType().Name, Member = MemberOf(member.Member) }),
        ClusterEvent.ReachabilityEvent reachability => (
            "ReachabilityEvent", new DomainEventJson { Type = reachability.GetType().Name, Member = MemberOf(reachability.Member) }),
        ClusterEvent.LeaderChanged leader => (
            "", new DomainEventJson { Type = nameof(ClusterEvent.LeaderChanged), Address = leader.Leader?.ToString() }),
        _ => throw new ArgumentOutOfRangeException(nameof(happened), happened, "Not one of the closed set."),
    };

    private static DomainMemberJson MemberOf(Member member) => new(
        new UniqueAddressJson(member.Address.ToString(), member.UniqueAddress.Uid), member.Status.ToString(), member.Roles, DataCenter);
}
