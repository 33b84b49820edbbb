namespace StreamActors.Sharding;

/// <summary>What happens to members (Akka: <c>Akka.Cluster.ClusterEvent</c>); a closed set.</summary>
public abstract record ClusterEvent
{
    private ClusterEvent()
    {
    }

    /// <summary>Something happened to a member.</summary>
    /// <param name="Member">The member, with its new status.</param>
    public abstract record MemberEvent(Member Member) : ClusterEvent;

    /// <summary>A member is about to become one.</summary>
    /// <param name="Member">The member.</param>
    public sealed record MemberJoined(Member Member) : MemberEvent(Member);

    /// <summary>A member is up.</summary>
    /// <param name="Member">The member.</param>
    public sealed record MemberUp(Member Member) : MemberEvent(Member);

    /// <summary>A member leaves.</summary>
    /// <param name="Member">The member.</param>
    public sealed record MemberLeft(Member Member) : MemberEvent(Member);

    /// <summary>A member has handed over all.</summary>
    /// <param name="Member">The member.</param>
    public sealed record MemberExited(Member Member) : MemberEvent(Member);

    /// <summary>A member's lease has ended, or was ended, without its leaving.</summary>
    /// <param name="Member">The member.</param>
    public sealed record MemberDowned(Member Member) : MemberEvent(Member);

    /// <summary>A member is none any more.</summary>
    /// <param name="Member">The member.</param>
    /// <param name="PreviousStatus">What it was before.</param>
    public sealed record MemberRemoved(Member Member, MemberStatus PreviousStatus) : MemberEvent(Member);

    /// <summary>Another member is the first by address.</summary>
    /// <param name="Leader">Where it is; null for none.</param>
    public sealed record LeaderChanged(Address? Leader) : ClusterEvent;

    /// <summary>A member can't be reached, or can again.</summary>
    /// <param name="Member">The member.</param>
    public abstract record ReachabilityEvent(Member Member) : ClusterEvent;

    /// <summary>A member can't be reached.</summary>
    /// <param name="Member">The member.</param>
    public sealed record UnreachableMember(Member Member) : ReachabilityEvent(Member);

    /// <summary>A member can be reached again.</summary>
    /// <param name="Member">The member.</param>
    public sealed record ReachableMember(Member Member) : ReachabilityEvent(Member);

    /// <summary>What happened between two states; with none before, what leads to the second one.</summary>
    /// <param name="before">The state before; null for none.</param>
    /// <param name="after">The state after.</param>
    /// <returns>In the order in which it may have happened.</returns>
    public static IReadOnlyList<ClusterEvent> Between(CurrentClusterState? before, CurrentClusterState after)
    {
        ArgumentNullException.ThrowIfNull(after);
        var events = new List<ClusterEvent>();
        var known = (before?.Members ?? []).ToDictionary(member => member.UniqueAddress);
        var now = after.Members.Select(member => member.UniqueAddress).ToHashSet();
        foreach (var gone in known.Values.Where(member => !now.Contains(member.UniqueAddress))) Gone(gone, events);
        foreach (var member in after.Members)
            if (!known.TryGetValue(member.UniqueAddress, out var old) || old.Status != member.Status) events.Add(Became(member));
        if (before?.Leader != after.Leader) events.Add(new LeaderChanged(after.Leader));
        foreach (var member in after.Members)
        {
            var wasReachable = before is null || !before.Unreachable.ContainsKey(member.Address);
            var isReachable = !after.Unreachable.ContainsKey(member.Address);
            if (wasReachable && !isReachable) events.Add(new UnreachableMember(member));
            else if (!wasReachable && isReachable) events.Add(new ReachableMember(member));
        }
        return events;
    }

    private static MemberEvent Became(Member member) => member.Status switch
    {
        MemberStatus.Joining => new MemberJoined(member),
        MemberStatus.Up => new MemberUp(member),
        MemberStatus.Leaving => new MemberLeft(member),
        MemberStatus.Exiting => new MemberExited(member),
        MemberStatus.Down => new MemberDowned(member),
        MemberStatus.Removed => new MemberRemoved(member, MemberStatus.Removed),
        _ => throw new ArgumentOutOfRangeException(nameof(member), member.Status, "Not a status."),
    };

    // Who left has handed over all before its key was deleted; anyone else was given up.
    private static void Gone(Member member, List<ClusterEvent> events)
    {
        var last = member.Status is MemberStatus.Leaving or MemberStatus.Exiting ? MemberStatus.Exiting : MemberStatus.Down;
        if (member.Status != last) events.Add(Became(member.Copy(last)));
        events.Add(new MemberRemoved(member.Copy(MemberStatus.Removed), last));
    }
}
