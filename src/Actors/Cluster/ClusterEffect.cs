using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>What a <see cref="ClusterNodeCore"/> wants done; a closed set.</summary>
public abstract record ClusterEffect
{
    private ClusterEffect()
    {
    }

    /// <summary>Commit; the outcome goes to <see cref="ClusterNodeCore.Committed"/>.</summary>
    /// <param name="Token">The outcome's stamp.</param>
    /// <param name="Transaction">What is committed.</param>
    public sealed record Commit(long Token, EtcdTransaction Transaction) : ClusterEffect;

    /// <summary>Grant a lease; the outcome goes to <see cref="ClusterNodeCore.LeaseAnswered"/>.</summary>
    /// <param name="Token">The outcome's stamp.</param>
    /// <param name="TimeToLive">How long it is to live.</param>
    public sealed record Grant(long Token, TimeSpan TimeToLive) : ClusterEffect;

    /// <summary>Keep a lease; the outcome goes to <see cref="ClusterNodeCore.LeaseAnswered"/>.</summary>
    /// <param name="Token">The outcome's stamp.</param>
    /// <param name="Lease">Its id.</param>
    public sealed record KeepAlive(long Token, long Lease) : ClusterEffect;

    /// <summary>Ask how long a lease lives; the outcome goes to <see cref="ClusterNodeCore.LeaseAnswered"/>.</summary>
    /// <param name="Token">The outcome's stamp.</param>
    /// <param name="Lease">Its id.</param>
    public sealed record AskLease(long Token, long Lease) : ClusterEffect;

    /// <summary>End a lease; the outcome goes to <see cref="ClusterNodeCore.LeaseAnswered"/>.</summary>
    /// <param name="Token">The outcome's stamp.</param>
    /// <param name="Lease">Its id.</param>
    public sealed record Revoke(long Token, long Lease) : ClusterEffect;

    /// <summary>Call <see cref="ClusterNodeCore.TimerDue"/> after a while.</summary>
    /// <param name="Token">The timer's stamp.</param>
    /// <param name="Due">After how long.</param>
    public sealed record SetTimer(long Token, TimeSpan Due) : ClusterEffect;

    /// <summary>The host is a member.</summary>
    /// <param name="Member">As which.</param>
    /// <param name="ClusterId">The cluster that its data belongs to from now on.</param>
    public sealed record Joined(MemberRecord Member, string ClusterId) : ClusterEffect;

    /// <summary>The host can't be a member, and does not try again.</summary>
    /// <param name="Reason">Why; a sentence without a full stop.</param>
    public sealed record Refused(string Reason) : ClusterEffect;

    /// <summary>The host is no member any more, and tries to become one again.</summary>
    /// <param name="Reason">Why; a sentence without a full stop.</param>
    public sealed record Fenced(string Reason) : ClusterEffect;

    /// <summary>The host is a member, and has no shards, or gives them up, because no other member and it have reached each other for a while.</summary>
    public sealed record Lonely : ClusterEffect;

    /// <summary>The host has left as it was told to.</summary>
    public sealed record Left : ClusterEffect;

    /// <summary>Tell others that all shards are given up and this host is about to go; <see cref="ClusterNodeCore.FarewellHeard"/> says
    /// that they have heard it.</summary>
    /// <param name="Members">The incarnations of the others.</param>
    public sealed record Farewell(IReadOnlyList<string> Members) : ClusterEffect;

    /// <summary>A shard that is to be this host's can't be opened until an operator has looked at it.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Reason">Why; a sentence without a full stop.</param>
    public sealed record Blocked(int Shard, string Reason) : ClusterEffect;

    /// <summary>Owners may have changed: messages to these shards may go elsewhere now.</summary>
    /// <param name="Shards">The shards, in order.</param>
    public sealed record OwnersChanged(IReadOnlyList<int> Shards) : ClusterEffect;

    /// <summary>Members have come, changed or gone.</summary>
    public sealed record MembersChanged : ClusterEffect;

    /// <summary>Sync a journal of a former epoch and measure it up to its last whole record; the outcome goes to
    /// <see cref="ClusterNodeCore.JournalMeasured"/>. Its owner can't acknowledge any more, though it may still write.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Epoch">Whose journal.</param>
    /// <param name="Token">The outcome's stamp.</param>
    public sealed record Measure(int Shard, long Epoch, long Token) : ClusterEffect;

    /// <summary>Open a shard's storage; <see cref="ClusterNodeCore.ShardOpened"/> says that it is open.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Epoch">The epoch that is written with all that is stored.</param>
    /// <param name="Journals">What exists of former epochs, oldest first. Nothing beyond these lengths does.</param>
    public sealed record Open(int Shard, long Epoch, IReadOnlyList<JournalRecord> Journals) : ClusterEffect;

    /// <summary>A shard takes messages from here on.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Epoch">Its epoch here.</param>
    public sealed record Opened(int Shard, long Epoch) : ClusterEffect;

    /// <summary>Take no more messages, finish what was begun, close; the outcome goes to
    /// <see cref="ClusterNodeCore.ShardClosed"/>.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Epoch">Its epoch here.</param>
    public sealed record Close(int Shard, long Epoch) : ClusterEffect;

    /// <summary>Stop at once: another host may own the shard. Nothing is acknowledged from here on.</summary>
    /// <param name="Shard">The shard.</param>
    /// <param name="Epoch">Its epoch here.</param>
    public sealed record Abandon(int Shard, long Epoch) : ClusterEffect;
}
