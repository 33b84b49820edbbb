using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>
/// One shard on one member. To own it, the member writes the owner's key under its lease, together with a new epoch; waits
/// until no former owner can acknowledge any more; seals the lengths of their journals; and opens it. To give it up, it
/// closes it, and in one transaction seals its own journal and deletes the owner's key.
/// </summary>
internal sealed class ShardCore(int shard, ShardCore.IMember member, ClusterKeys keys, EffectQueue effects)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    // Outcomes of what was begun before the last change of state carry another number, and are dropped.
    private int _attempt;
    private bool _isBusy;
    private TimeSpan _wait = FirstWait;
    private long _lastEpoch;
    private long _createRevision;
    private ShardRecord? _record;

    // Why the shard can't be taken, as it was told last.
    private string? _obstacle;
    private long _recordRevision;

    // Its storage has failed: it is handed over, also where nobody else wants it.
    private bool _isGivenUp;

    // How long the journal is of a shard that is closed, and not yet released.
    private long? _closed;

    // Its storage is open, which etcd may not know yet.
    private bool _isOpen;

    // A journal that was closed without being sealed, because the owner's key was lost.
    private (long Epoch, long Length)? _unsealed;

    /// <summary>What a shard sees of its member.</summary>
    public interface IMember
    {
        /// <summary>The member; null while the host is none.</summary>
        MemberRecord? Self { get; }

        /// <summary>The id of its lease.</summary>
        long Lease { get; }

        /// <summary>What etcd says.</summary>
        ClusterView View { get; }

        /// <summary>Whether a shard is to be this member's.</summary>
        bool Wants(int shard);

        /// <summary>Whether one more shard may be handed over.</summary>
        bool MayHandOver { get; }

        /// <summary>A hand-over has begun or ended.</summary>
        /// <param name="change">1 or -1.</param>
        void HandOvers(int change);
    }

    public Ownership State
    {
        get;
        private set
        {
            if (field == Ownership.HandingOver) member.HandOvers(-1);
            field = value;
            if (field == Ownership.HandingOver) member.HandOvers(1);
        }
    }

    /// <summary>The epoch in which the member has the shard; 0 where it has not.</summary>
    public long Epoch { get; private set; }

    /// <summary>From which epoch on it is known what each owner has left; the own one, where that is not known.</summary>
    public long Since => _record?.Opened is > 0 and var opened ? opened : Epoch;

    private ClusterView View => member.View;

    private EtcdOperation[] WhatStands => [new EtcdOperation.Get(keys.Owner(shard)), new EtcdOperation.Get(keys.Shard(shard))];

    /// <summary>Whether the member has the shard, and has not said that it is done with it.</summary>
    public bool MayAnswer => State is Ownership.Owned or Ownership.HandingOver && _closed is null;

    /// <summary>Whether nothing of the shard is this member's, and nothing is under way.</summary>
    public bool IsIdle => State == Ownership.Free && !_isBusy && _unsealed is null;

    /// <summary>Does what the state of the cluster asks for.</summary>
    public void Reconcile()
    {
        if (member.Self is null) return;
        if (Epoch != 0 && IsLost()) Lose();
        if (_isBusy) return;
        switch (State)
        {
            case Ownership.Free when _unsealed is { } closed:
                SealOwn(closed.Epoch, closed.Length);
                break;
            case Ownership.Free when Missed() is { } missed:
                SealOwn(missed.Epoch, 0);
                break;
            case Ownership.Free when View.OwnerOf(shard) is { } owner:
                if (owner.Record is { } record && record.Uid == member.Self.Uid) Adopt(record.Epoch, owner.CreateRevision);
                break;
            case Ownership.Free when member.Wants(shard):
                Acquire(member.Self);
                break;
            case Ownership.Settling:
                Settle();
                break;
            case Ownership.Opening when _isOpen:
                TakeMessages();
                break;
            case Ownership.Owned when (_isGivenUp || !member.Wants(shard)) && member.MayHandOver:
                State = Ownership.HandingOver;
                effects.Add(new ClusterEffect.Close(shard, Epoch));
                break;
            case Ownership.Owned when View.ShardOf(shard) is null && View.Revision >= _recordRevision:
                Rewrite();
                break;
            case Ownership.Settling or Ownership.Opening or Ownership.Owned or Ownership.HandingOver or Ownership.Closing:
            default:
                break;
        }
    }

    /// <summary>The storage of an epoch can't be written any more.</summary>
    public void GiveUp(long epoch)
    {
        if (epoch != Epoch || State is not (Ownership.Opening or Ownership.Owned)) return;
        _isGivenUp = true;
        Reconcile();
    }

    /// <summary>The member is none any more: another may own the shard soon.</summary>
    public void Fence()
    {
        _unsealed = null;
        if (State is Ownership.Opening or Ownership.Owned or Ownership.HandingOver or Ownership.Closing)
            effects.Add(new ClusterEffect.Abandon(shard, Epoch));
        Become(Ownership.Free, 0);
    }

    /// <summary>The shard's storage is open.</summary>
    public void Opened(long epoch)
    {
        if (epoch != Epoch || State != Ownership.Opening) return;
        _isOpen = true;
        Reconcile();
    }

    /// <summary>The shard is closed.</summary>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="length">How long its journal is, synced.</param>
    public void Closed(long epoch, long length)
    {
        if (epoch != Epoch || _closed is not null) return;
        _closed = length;
        if (State == Ownership.HandingOver) Release(length);
        else if (State == Ownership.Closing) Forget(length);
    }

    /// <summary>The journals of epochs up to one are no longer needed: what they hold is checkpointed.</summary>
    public void Checkpointed(long upTo)
    {
        if (State != Ownership.Owned || _isBusy || _record is null || upTo >= Epoch) return;
        var needed = _record.Journals.Where(journal => journal.Epoch > upTo).ToArray();
        if (needed.Length == _record.Journals.Count) return;
        Write(_record with { Journals = needed }, Reconcile);
    }

    private bool IsLost() =>
        View.Revision >= _createRevision
        && (View.OwnerOf(shard) is not { Record: { } owner } known || known.CreateRevision != _createRevision || owner.Uid != member.Self!.Uid);

    // An epoch that another has followed before this member learned that it was its own. Whoever follows waits for a seal,
    // since the lease lives. What this member opened, it has sealed before it is free.
    private JournalRecord? Missed() => View.ShardOf(shard)?.Record is { } record
        ? record.Journals.FirstOrDefault(journal => journal.Lease == member.Lease && journal.Sealed is null && journal.Epoch < record.Epoch)
        : null;

    // The lease lives, so that whoever comes next waits for this member to say that it has stopped.
    private void Lose()
    {
        switch (State)
        {
            case Ownership.Opening or Ownership.Owned or Ownership.HandingOver:
                var wasClosing = State == Ownership.HandingOver;
                Become(Ownership.Closing, Epoch);
                if (_closed is { } length) Forget(length);
                else if (!wasClosing) effects.Add(new ClusterEffect.Close(shard, Epoch));
                break;
            case Ownership.Settling:
                Forget(0);
                break;
        }
    }

    private void Forget(long length)
    {
        _unsealed = (Epoch, length);
        Become(Ownership.Free, 0);
        Reconcile();
    }

    private void Acquire(MemberRecord self)
    {
        var known = View.ShardOf(shard);
        if (Obstacle(known) is { } obstacle)
        {
            if (_obstacle != obstacle) effects.Add(new ClusterEffect.Blocked(shard, obstacle));
            _obstacle = obstacle;
            return;
        }
        _obstacle = null;
        // Larger than any epoch before, also where the shard's record was deleted by hand.
        var epoch = Math.Max(known?.Record?.Epoch ?? 0, View.Revision) + 1;
        var record = new ShardRecord(
            epoch, [.. known?.Record?.Journals ?? [], new JournalRecord(epoch, member.Lease, null)], known is null ? 0 : known.Record!.Opened);
        var attempt = Begin();
        effects.Commit(
            EtcdTransaction
                .If(new EtcdCondition.Absent(keys.Owner(shard)), new EtcdCondition.ModifiedAt(keys.Shard(shard), known?.ModRevision ?? 0))
                .Do(
                    new EtcdOperation.Put(keys.Owner(shard), Records.Write(new OwnerRecord(self.Name, self.Uid, epoch)), member.Lease),
                    new EtcdOperation.Put(keys.Shard(shard), Records.Write(record))),
            (_, outcome) =>
            {
                if (!IsCurrent(attempt)) return;
                // Where the conditions fail, the view was behind.
                if (outcome.Value is { Succeeded: true } commit) Settle(epoch, commit.Revision, record, commit.Revision);
                else RetryLater();
            });
    }

    // What stands there and is no record is for an operator to look at: a new epoch could hide an old journal.
    private string? Obstacle(Versioned<ShardRecord>? known) => known switch
    {
        { Record: null } => $"what stands under {keys.Shard(shard)} in etcd is no record of a shard",
        { Record.Journals.Count: >= ShardRecord.MaxJournals } => $"shard {shard} has {ShardRecord.MaxJournals} journals that are not checkpointed",
        _ => null,
    };

    // The answer to what made this member the owner was lost. Or the view is behind, and shows what was given up.
    private void Adopt(long epoch, long createRevision)
    {
        if (epoch <= _lastEpoch || View.ShardOf(shard) is not { Record: { } record } known || record.Epoch != epoch)
            return;
        Settle(epoch, createRevision, record, known.ModRevision);
    }

    private void Settle(long epoch, long createRevision, ShardRecord record, long recordRevision)
    {
        Become(Ownership.Settling, epoch);
        _lastEpoch = epoch;
        (_createRevision, _record, _recordRevision) = (createRevision, record, recordRevision);
        _wait = FirstWait;
        Settle();
    }

    private void Settle()
    {
        Refresh();
        var open = _record!.Journals.FirstOrDefault(journal => journal.Sealed is null && journal.Epoch < Epoch);
        if (open is null)
        {
            State = Ownership.Opening;
            effects.Add(new ClusterEffect.Open(shard, Epoch, [.. _record.Journals.Where(journal => journal.Epoch < Epoch)]));
            return;
        }
        if (open.Lease == member.Lease)
        {
            // Its owner's key was deleted before this member learned that it was the owner: what it closed, it sealed.
            Write(WithSeal(_record, open.Epoch, 0), Settle);
            return;
        }
        var attempt = Begin();
        effects.AskLease(open.Lease, (_, outcome) =>
        {
            if (!IsCurrent(attempt)) return;
            if (outcome.Fault is not { Error: EtcdError.LeaseNotFound }) RetryLater();
            else if (_record!.Opened == 0) Write(WithSeal(_record, open.Epoch, 0), Settle);
            else MeasureAndSeal(open);
        });
    }

    // What the storage had of which etcd does not know would have kept it from opening. Later epochs don't look for that any more, since
    // what a former owner of theirs writes late is there, too: so it is written before anything is.
    private void TakeMessages()
    {
        if (_record!.Opened is null or 0)
        {
            Write(_record with { Opened = Epoch }, Reconcile);
            return;
        }
        State = Ownership.Owned;
        effects.Add(new ClusterEffect.Opened(shard, Epoch));
        Reconcile();
    }

    private void MeasureAndSeal(JournalRecord open)
    {
        var attempt = Begin();
        effects.Measure(shard, open.Epoch, (_, length) =>
        {
            if (!IsCurrent(attempt)) return;
            if (length is { } known) Write(WithSeal(_record!, open.Epoch, known), Settle);
            else RetryLater();
        });
    }

    private void SealOwn(long epoch, long length)
    {
        var known = View.ShardOf(shard);
        if (known?.Record?.Journals.All(journal => journal.Epoch != epoch || journal.Sealed is not null) != false)
        {
            _unsealed = null;
            Reconcile();
            return;
        }
        var attempt = Begin();
        effects.Commit(
            EtcdTransaction.If(new EtcdCondition.ModifiedAt(keys.Shard(shard), known.ModRevision))
                .Do(new EtcdOperation.Put(keys.Shard(shard), Records.Write(WithSeal(known.Record, epoch, length)))),
            (_, outcome) =>
            {
                if (IsCurrent(attempt)) RetryLater();
            });
    }

    private void Release(long length)
    {
        var attempt = Begin();
        effects.Commit(
            EtcdTransaction
                .If(
                    new EtcdCondition.CreatedAt(keys.Owner(shard), _createRevision),
                    new EtcdCondition.ModifiedAt(keys.Shard(shard), _recordRevision))
                .Do(
                    new EtcdOperation.Delete(keys.Owner(shard)),
                    new EtcdOperation.Put(keys.Shard(shard), Records.Write(WithSeal(_record!, Epoch, length))))
                .Else(WhatStands),
            (_, outcome) =>
            {
                if (!IsCurrent(attempt)) return;
                if (outcome.Value is { Succeeded: true })
                {
                    // What failed a moment ago may fail again.
                    _wait = _isGivenUp ? LongestWait : FirstWait;
                    var isGivenUp = _isGivenUp;
                    Become(Ownership.Free, 0);
                    if (isGivenUp) RetryLater();
                    else Reconcile();
                }
                else if (outcome.Value is { } refused && IsStillOwner(refused))
                {
                    Release(length);
                }
                else if (outcome.Value is not null)
                {
                    // It was released by an earlier try whose answer was lost, or taken away: the seal decides.
                    Forget(length);
                }
                else
                {
                    effects.After(NextWait(), _ =>
                    {
                        if (attempt == _attempt) Release(length);
                    });
                }
            });
    }

    /// <summary>Writes the shard's record, where this member still owns it.</summary>
    private void Write(ShardRecord record, Action then)
    {
        var attempt = Begin();
        effects.Commit(
            EtcdTransaction
                .If(
                    new EtcdCondition.CreatedAt(keys.Owner(shard), _createRevision),
                    new EtcdCondition.ModifiedAt(keys.Shard(shard), _recordRevision))
                .Do(new EtcdOperation.Put(keys.Shard(shard), Records.Write(record)))
                .Else(WhatStands),
            (_, outcome) =>
            {
                if (!IsCurrent(attempt)) return;
                if (outcome.Value is { Succeeded: true } commit)
                {
                    (_record, _recordRevision, _wait) = (record, commit.Revision, FirstWait);
                    then();
                }
                else
                {
                    if (outcome.Value is { } refused) IsStillOwner(refused);
                    RetryLater();
                }
            });
    }

    /// <summary>
    /// Whether the shard is this member's still, where a commit of its owner was refused; then the record is as it was found. The answer to the
    /// last change of it may have been lost, or somebody has deleted it by hand.
    /// </summary>
    private bool IsStillOwner(EtcdCommit refused)
    {
        var found = refused.Found.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        if (found.GetValueOrDefault(keys.Owner(shard))?.CreateRevision != _createRevision) return false;
        if (found.GetValueOrDefault(keys.Shard(shard)) is not { } known) _recordRevision = 0;
        else if (Records.TryRead<ShardRecord>(known.Value) is { } record && record.Epoch == Epoch) (_record, _recordRevision) = (record, known.ModRevision);
        else return false;
        return true;
    }

    // The record was deleted by hand. Its owner knows what stood in it.
    private void Rewrite()
    {
        var record = _record!;
        _recordRevision = 0;
        Write(record, Reconcile);
    }

    /// <summary>Takes what others wrote: a former owner may have sealed its journal itself.</summary>
    private void Refresh()
    {
        if (View.ShardOf(shard) is { Record: { } record } known && known.ModRevision > _recordRevision && record.Epoch == Epoch)
            (_record, _recordRevision) = (record, known.ModRevision);
    }

    // A journal with nothing in it need not be known.
    private static ShardRecord WithSeal(ShardRecord record, long epoch, long length) => record with
    {
        Journals =
        [
            .. record.Journals
                .Where(journal => journal.Epoch != epoch || length > 0)
                .Select(journal => journal.Epoch == epoch ? journal with { Sealed = length } : journal),
        ],
    };

    private void Become(Ownership state, long epoch)
    {
        _attempt++;
        (_isBusy, _isOpen, State, Epoch) = (false, false, state, epoch);
        if (epoch == 0) (_createRevision, _record, _recordRevision, _closed, _isGivenUp) = (0, null, 0, null, false);
    }

    private int Begin()
    {
        _isBusy = true;
        return ++_attempt;
    }

    private bool IsCurrent(int attempt)
    {
        if (attempt != _attempt) return false;
        _isBusy = false;
        return true;
    }

    private void RetryLater()
    {
        var attempt = Begin();
        effects.After(NextWait(), _ =>
        {
            if (IsCurrent(attempt)) Reconcile();
        });
    }

    private TimeSpan NextWait()
    {
        var wait = _wait;
        _wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        return wait;
    }
}

/// <summary>What a shard is on a member.</summary>
public enum Ownership
{
    /// <summary>Not this member's.</summary>
    Free,

    /// <summary>This member's, while former owners end and their journals are sealed.</summary>
    Settling,

    /// <summary>About to take messages.</summary>
    Opening,

    /// <summary>Takes messages.</summary>
    Owned,

    /// <summary>Takes no more messages, and finishes what was begun.</summary>
    HandingOver,

    /// <summary>Lost while the member lives; finishes what was begun, and answers nothing.</summary>
    Closing,
}
