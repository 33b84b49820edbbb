namespace StreamActors.Cluster;

/// <summary>One host's right to a shard in one epoch, for its entities to ask. Any thread may.</summary>
public sealed class ShardLease
{
    private readonly LeaseGuard? _member;
    private readonly TimeProvider _clock;
    private readonly ShardLease? _whole;

    // A member that was fenced and joined again has another lease, under which this right does not come back.
    private readonly long _lease;
    private volatile bool _isOver;

    internal ShardLease(int shard, long epoch, LeaseGuard? member, TimeProvider clock) =>
        (Shard, Epoch, Since, _member, _clock, _lease) = (shard, epoch, epoch, member, clock, member?.Id ?? 0);

    /// <summary>The right to a shard that nobody can take over.</summary>
    internal ShardLease(int pinned)
        : this(pinned, 0, null, TimeProvider.System)
    {
    }

    private ShardLease(ShardLease whole)
        : this(whole.Shard, whole.Epoch, null, whole._clock) => _whole = whole;

    /// <summary>The shard.</summary>
    public int Shard { get; }

    /// <summary>The epoch, which is written with all that is stored; 0 where nobody can take the shard over.</summary>
    public long Epoch { get; }

    /// <summary>From which epoch on it is known what each has left, also that it is nothing.</summary>
    public long Since { get; init; }

    /// <summary>Whether what is known now may be told: an acknowledgement, a size, bytes. To be asked after all that it rests
    /// on is synced.</summary>
    public bool MayAnswer => !_isOver && _whole?.MayAnswer != false && _member?.MayAcknowledge(_clock.GetElapsedTime(0), _lease) != false;

    /// <summary>The same right, for one of several who keep something with the shard.</summary>
    /// <param name="checkpointed">Told what he has checkpointed; any thread may tell.</param>
    public ShardLease With(Action<long> checkpointed) => new(this) { Since = Since, OnCheckpointed = checkpointed, OnGivenUp = OnGivenUp };

    /// <summary>What the journals of former epochs hold up to one is checkpointed, so that they need not be known any more. Any
    /// thread may tell.</summary>
    /// <param name="upTo">The epoch, older than this one.</param>
    public void Checkpointed(long upTo) => OnCheckpointed?.Invoke(upTo);

    /// <summary>
    /// The shard's storage can't be written any more: the shard is handed over as if another member were to have it, and may come
    /// back here in a later epoch. Any thread may tell.
    /// </summary>
    public void GiveUp() => OnGivenUp?.Invoke();

    /// <summary>Told of checkpoints.</summary>
    internal Action<long>? OnCheckpointed { get; init; }

    /// <summary>Told that it is given up.</summary>
    internal Action? OnGivenUp { get; init; }

    /// <summary>The shard is no longer this host's.</summary>
    internal void End() => _isOver = true;
}
