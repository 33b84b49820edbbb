using StreamActors.Etcd;

namespace StreamActors.Cluster;

/// <summary>
/// Makes a host a member, and keeps it one: the cluster's record is checked, a lease is granted, the member's key is
/// written under it, the lease is kept. Once the lease is lost, the host is fenced and begins again under a new id.
/// </summary>
internal sealed class MemberCore
{
    private static readonly TimeSpan RetryWait = TimeSpan.FromMilliseconds(250);

    // How long a member that has handed all over refuses what others ask it that can't tell it that they know.
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(250);

    // How many lives of a lease a member that nobody reaches keeps what it has: others need a moment to find it.
    private const int LonelyLives = 2;

    private readonly ClusterNodeSettings _settings;
    private readonly ClusterKeys _keys;
    private readonly EffectQueue _effects;
    private readonly Func<Guid> _newId;
    private readonly ClusterView _view;

    // Outcomes of an earlier try carry another number, and are dropped.
    private int _attempt;
    private string? _clusterId;
    private bool _isRewriting;

    // What it waits for before it goes; null while it has shards.
    private int? _farewells;

    // Whether another member and this incarnation have reached each other; since when it should have waited for that, and whether that was told.
    private bool _hasMet;
    private TimeSpan? _lonelySince;
    private bool _isLonelyTold;
    private bool _isWeighing;

    // Which other incarnation has the name, and when that is no passing thing any more.
    private (string Uid, TimeSpan Until)? _takenBy;

    public MemberCore(ClusterNodeSettings settings, ClusterKeys keys, ClusterView view, EffectQueue effects, Func<Guid> newId)
    {
        (_settings, _keys, _view, _effects, _newId) = (settings, keys, view, effects, newId);
        Lease = new LeaseGuard(settings.LeaseMargin);
        _clusterId = settings.ClusterId;
    }

    /// <summary>Told when the host is no member any more, before anything else is done.</summary>
    public required Action<TimeSpan> OnFenced { get; init; }

    /// <summary>Told when the host has become a member.</summary>
    public required Action<TimeSpan> OnJoined { get; init; }

    public MemberState State { get; private set; } = MemberState.Joining;

    /// <summary>The member that the host is; null while it is none.</summary>
    public MemberRecord? Self { get; private set; }

    /// <summary>The revision that made the member's key.</summary>
    public long CreateRevision { get; private set; }

    public LeaseGuard Lease { get; }

    public void Start(TimeSpan now)
    {
        _attempt++;
        State = MemberState.Joining;
        var mine = Record(_newId().ToString("n"));
        Commit(
            EtcdTransaction.If(new EtcdCondition.Absent(_keys.Cluster)).Do(new EtcdOperation.Put(_keys.Cluster, Records.Write(mine)))
                .Else(new EtcdOperation.Get(_keys.Cluster)),
            (later, commit) => CheckCluster(later, commit.Succeeded ? mine : ClusterIn(commit), commit.Succeeded ? 0 : commit.Found is [var entry] ? entry.ModRevision : 0));
    }

    /// <summary>Hands over, then leaves.</summary>
    public void Leave(TimeSpan now)
    {
        if (State == MemberState.Up) Announce(now);
        else if (State == MemberState.Joining) End();
    }

    /// <summary>
    /// All shards are handed over. What others have asked and did not know better is refused here, so that they can ask the next owner
    /// also where it may not be done twice: the host goes when they know, or when they have been silent for as long as a member may be.
    /// </summary>
    public void HandedOver()
    {
        if (State != MemberState.Leaving || _farewells is not null) return;
        var others = _view.Members.Values.Where(member => member.CreateRevision != CreateRevision).Select(member => member.Record).OfType<MemberRecord>().ToArray();
        string[] told = [.. others.Where(Hears).Select(other => other.Uid)];
        if (others.Length == 0)
        {
            End();
            return;
        }
        _farewells = 1;
        _effects.Add(new ClusterEffect.Farewell(told));
        if (told.Length < others.Length)
        {
            _farewells++;
            After(LastWords, _ => FarewellHeard());
        }
        After(_settings.LeaseTimeToLive, _ => End());
    }

    /// <summary>The others have heard that this host goes.</summary>
    public void FarewellHeard()
    {
        if (State == MemberState.Leaving && --_farewells == 0) End();
    }

    /// <summary>Looks at what etcd says of the members.</summary>
    public void ViewChanged(TimeSpan now)
    {
        if (Self is null || _view.Revision < CreateRevision) return;
        if (!_view.HasCluster) Rewrite();
        if (!_view.Members.TryGetValue(Self.Name, out var mine) || mine.CreateRevision != CreateRevision)
        {
            Fence(now, $"the key of member {Self.Name} was deleted");
        }
        else if (Stranger(CreateRevision) is { } refusal)
        {
            Fence(now, refusal);
            Refuse(refusal);
        }
        else
        {
            Weigh(now);
        }
    }

    /// <summary>Another member and this one have reached each other.</summary>
    public void Met(TimeSpan now)
    {
        _hasMet = true;
        Weigh(now);
    }

    /// <summary>Why the host can't live beside the members that were there before a revision; null where it can.</summary>
    private string? Stranger(long before) => _view.Members.Values
        .Where(member => member.CreateRevision < before && member.Record is not null)
        .Select(member => JoinCheck.Refusal(_settings, member.Record!))
        .FirstOrDefault(refusal => refusal is not null);

    private ClusterRecord Record(string id) =>
        new(_settings.ClusterName, id, _settings.ShardCount, _settings.ShardRole, _settings.Logs.Count == 0 ? null : _settings.Logs);

    // The cluster's record was deleted by hand. Without it the next host to join would found another cluster.
    private void Rewrite()
    {
        if (_isRewriting) return;
        _isRewriting = true;
        _effects.Commit(
            EtcdTransaction.If(new EtcdCondition.Absent(_keys.Cluster))
                .Do(new EtcdOperation.Put(_keys.Cluster, Records.Write(Record(_clusterId!)))),
            (_, _) => _effects.After(RetryWait, later =>
            {
                _isRewriting = false;
                ViewChanged(later);
            }));
    }

    private static ClusterRecord? ClusterIn(EtcdCommit commit) =>
        commit.Found is [var entry] ? Records.TryRead<ClusterRecord>(entry.Value) : null;

    private void CheckCluster(TimeSpan now, ClusterRecord? cluster, long revision)
    {
        var refusal = JoinCheck.Refusal(_settings with { ClusterId = _clusterId }, cluster) ?? Stranger(long.MaxValue);
        if (refusal is not null)
        {
            Refuse(refusal);
            return;
        }
        _clusterId = cluster!.Id;
        if (_settings.Logs.Except(cluster.Logs ?? [], StringComparer.Ordinal).Any())
        {
            // All members that are there have them, too; whoever comes later must.
            var record = cluster with { Logs = [.. (cluster.Logs ?? []).Union(_settings.Logs, StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
            Commit(
                EtcdTransaction.If(new EtcdCondition.ModifiedAt(_keys.Cluster, revision)).Do(new EtcdOperation.Put(_keys.Cluster, Records.Write(record))),
                (later, _) => Start(later));
            return;
        }
        var attempt = _attempt;
        _effects.Grant(_settings.LeaseTimeToLive, (later, outcome) =>
        {
            if (attempt != _attempt) return;
            if (!outcome.Succeeded)
            {
                Retry();
                return;
            }
            Lease.Granted(outcome.Value.Id, now, outcome.Value.TimeToLive);
            PutMember(later);
        });
    }

    private void PutMember(TimeSpan now)
    {
        var record = new MemberRecord(
            _settings.MemberName, _newId().ToString("n"), _settings.Address, _settings.Roles, _settings.Weight,
            ClusterNodeSettings.OldestProtocol, _settings.Protocol, false, _settings.Volumes);
        if (_settings.WaitsForOthers && _view.Members.Values.Any(member => member.Record is not null)) record = Waiting(record, true);
        var key = _keys.Member(record.Name);
        Commit(
            EtcdTransaction.If(new EtcdCondition.Absent(key)).Do(new EtcdOperation.Put(key, Records.Write(record), Lease.Id))
                .Else(new EtcdOperation.Get(key)),
            (later, commit) =>
            {
                if (commit.Succeeded) Join(later, record, commit.Revision);
                else NameIsTaken(later, commit.Found is [var entry] ? Records.TryRead<MemberRecord>(entry.Value) : null);
            });
    }

    private void Join(TimeSpan now, MemberRecord record, long revision)
    {
        _takenBy = null;
        (Self, CreateRevision, State) = (record, revision, MemberState.Up);
        (_hasMet, _lonelySince, _isLonelyTold, _isWeighing) = (false, null, false, false);
        _effects.Add(new ClusterEffect.Joined(record, _clusterId!));
        KeepLater(_settings.LeaseTimeToLive / 3);
        WatchForLapse(now);
        OnJoined(now);
        Weigh(now);
    }

    private MemberRecord Waiting(MemberRecord record, bool waits) => record with { IsJoining = waits, Weight = waits ? 0 : _settings.Weight };

    /// <summary>
    /// Who nobody can reach takes nothing: a foreign certificate would do for all that it has. Who was there first, and is alone or among
    /// such as have not met anyone either, takes all; if it turns out that others have met, and not it, it gives that up.
    /// </summary>
    private bool IsToWait()
    {
        if (!_settings.WaitsForOthers || _hasMet) return false;
        var others = _view.Members.Values.Where(member => member.Record is { } other && other.Uid != Self!.Uid);
        return others.Any(member => member.CreateRevision < CreateRevision || !member.Record!.IsJoining);
    }

    private void Weigh(TimeSpan now)
    {
        if (State != MemberState.Up || _isWeighing) return;
        var (isToWait, patience) = (IsToWait(), LonelyLives * _settings.LeaseTimeToLive);
        if (isToWait)
        {
            if (_lonelySince is null)
            {
                _lonelySince = now;
                After(patience, Weigh);
            }
            if (now < _lonelySince + patience) return;
            if (!_isLonelyTold) _effects.Add(new ClusterEffect.Lonely());
            _isLonelyTold = true;
        }
        else
        {
            (_lonelySince, _isLonelyTold) = (null, false);
        }
        if (isToWait == Self!.IsJoining) return;
        var record = Waiting(Self, isToWait);
        _isWeighing = true;
        PutSelf(record, outcome =>
        {
            _isWeighing = false;
            if (outcome.Value is { Succeeded: true } && State == MemberState.Up) Self = record;
            After(RetryWait, Weigh);
        });
    }

    // By this host's own earlier incarnation, whose lease is about to end, where the address is the same: nobody else can
    // listen there. By another host, where it stays.
    private void NameIsTaken(TimeSpan now, MemberRecord? other)
    {
        GiveLeaseUp();
        if (other is null || other.Address == _settings.Address)
        {
            Retry();
            return;
        }
        if (_takenBy?.Uid != other.Uid) _takenBy = (other.Uid, now + (2 * _settings.LeaseTimeToLive) + _settings.LeaseMargin);
        if (now < _takenBy?.Until) Retry();
        else Refuse($"another member is called {_settings.MemberName}: the one at {other.Address}");
    }

    private void KeepLater(TimeSpan due)
    {
        var attempt = _attempt;
        _effects.After(due, now =>
        {
            if (attempt != _attempt || Lease.Id == 0) return;
            _effects.KeepAlive(Lease.Id, (later, outcome) =>
            {
                if (attempt != _attempt) return;
                if (outcome.Value is { } kept)
                {
                    Lease.Kept(now, kept.TimeToLive);
                    KeepLater(_settings.LeaseTimeToLive / 3);
                }
                else if (outcome.Fault!.Error == EtcdError.LeaseNotFound)
                {
                    Fence(later, "the lease has ended");
                }
                else
                {
                    KeepLater(_settings.LeaseTimeToLive / 20);
                }
            });
        });
    }

    private void WatchForLapse(TimeSpan now)
    {
        After(Lease.End - now, later =>
        {
            if (Lease.Holds(later)) WatchForLapse(later);
            else Fence(later, "etcd did not keep the lease in time");
        });
    }

    private void Fence(TimeSpan now, string reason)
    {
        var wasLeaving = State == MemberState.Leaving;
        _attempt++;
        Self = null;
        OnFenced(now);
        // The lease may still live in etcd: whoever waits for its end need not.
        GiveLeaseUp();
        _effects.Add(new ClusterEffect.Fenced(reason));
        if (wasLeaving) End();
        else Retry();
    }

    private void Announce(TimeSpan now)
    {
        State = MemberState.Leaving;
        Self = Self! with { IsLeaving = true };
        PutSelf(Self, outcome =>
        {
            if (!outcome.Succeeded) After(RetryWait, Announce);
        });
    }

    // Under the key that this incarnation made, and no other's.
    private void PutSelf(MemberRecord record, Action<EtcdResult<EtcdCommit>> then)
    {
        var (key, attempt) = (_keys.Member(record.Name), _attempt);
        _effects.Commit(
            EtcdTransaction.If(new EtcdCondition.CreatedAt(key, CreateRevision)).Do(new EtcdOperation.Put(key, Records.Write(record), Lease.Id)),
            (_, outcome) =>
            {
                if (attempt == _attempt) then(outcome);
            });
    }

    private bool Hears(MemberRecord other) => Math.Min(other.NewestProtocol, _settings.Protocol) >= ClusterNodeSettings.FarewellProtocol;

    /// <summary>Does something later, unless the host has begun anew or left by then.</summary>
    private void After(TimeSpan due, Action<TimeSpan> step)
    {
        var attempt = _attempt;
        _effects.After(due, now =>
        {
            if (attempt == _attempt) step(now);
        });
    }

    private void End()
    {
        _attempt++;
        (State, Self) = (MemberState.Left, null);
        GiveLeaseUp();
        _effects.Add(new ClusterEffect.Left());
    }

    private void Refuse(string reason)
    {
        _attempt++;
        State = MemberState.Refused;
        _effects.Add(new ClusterEffect.Refused(reason));
    }

    private void GiveLeaseUp()
    {
        if (Lease.Id != 0) Revoke(Lease.Id);
        Lease.Drop();
    }

    // Until it is known to have ended: others may wait for that. Without an answer it ends by itself.
    private void Revoke(long lease, int tries = 3) => _effects.Revoke(lease, (_, outcome) =>
    {
        if (!outcome.Succeeded && tries > 1) _effects.After(RetryWait, _ => Revoke(lease, tries - 1));
    });

    private void Retry()
    {
        _attempt++;
        State = MemberState.Joining;
        After(RetryWait, Start);
    }

    private void Commit(EtcdTransaction transaction, Action<TimeSpan, EtcdCommit> then)
    {
        var attempt = _attempt;
        _effects.Commit(transaction, (now, outcome) =>
        {
            if (attempt != _attempt) return;
            if (outcome.Value is { } commit)
            {
                then(now, commit);
                return;
            }
            GiveLeaseUp();
            Retry();
        });
    }
}

/// <summary>What a host is in its cluster.</summary>
public enum MemberState
{
    /// <summary>It wants to be a member.</summary>
    Joining,

    /// <summary>It is one.</summary>
    Up,

    /// <summary>It hands over what it has.</summary>
    Leaving,

    /// <summary>It has left.</summary>
    Left,

    /// <summary>It can't be one.</summary>
    Refused,
}
