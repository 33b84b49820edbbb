using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Cluster;
using StreamActors.Etcd;
using StreamActors.TestKit.Etcd;

namespace StreamActors.Simulation.Tests;

/// <summary>One host: a process with a node of the cluster, the partitions that it has, and the asks of its clients.</summary>
internal sealed class Host : IShardHost, Partition.IWorld, IDisposable
{
    private readonly World _world;
    private readonly ModelEtcdClient _etcd;
    private readonly DriftingClock _clock;
    private readonly Queue<Action> _frozen = new();
    private readonly SortedDictionary<int, Partition> _partitions = [];
    private readonly Dictionary<long, (Client Client, long SeenBefore)> _asks = [];
    // Asks that are sent again often find more.
    private static readonly AskSettings Asks = new() { ResendAtMost = TimeSpan.FromSeconds(1) };

    // The members that have not heard yet that this host goes, and what follows when all have.
    private readonly SortedSet<string> _unheard = new(StringComparer.Ordinal);
    private Action? _goes;

    private AskCore<(Client Client, long SeenBefore)> _ask = new(Asks);
    private ClusterNode? _node;
    private ITimer? _askTimer;
    private int _incarnation;
    private long _diskFreeAt;

    public Host(World world, int index, double drift)
    {
        (_world, Index) = (world, index);
        _clock = new DriftingClock(world.Time, 1 + drift, TimeSpan.FromSeconds(1000 * (index + 1)));
        _etcd = world.Etcd.Connect();
        MaxDiskDelay = World.FastDisk;
    }

    public int Index { get; }

    public string Name => $"h{Index}";

    public bool IsRunning => _node is not null;

    public bool IsFrozen { get; private set; }

    public bool IsCutFromEtcd
    {
        get => _etcd.IsCutOff;
        set => _etcd.IsCutOff = value;
    }

    public bool HasLeft { get; private set; }

    public TimeSpan MaxDiskDelay { get; set; }

    /// <summary>The incarnation that others reach it as; null while it is no member.</summary>
    public string? Uid => _node?.Core.Self?.Uid;

    public bool IsMember => _node?.Core.State == MemberState.Up;

    public int PendingAsks => _ask.Count;

    public Mutation Mutation => _world.Mutation;

    private TimeSpan Now => _node!.Now;

    public void Start()
    {
        _incarnation++;
        (HasLeft, _goes) = (false, null);
        _ask = new AskCore<(Client, long)>(Asks);
        var settings = new ClusterNodeSettings
        {
            ClusterName = "sim",
            MemberName = Name,
            Address = $"{Name}:1",
            ShardCount = World.Shards,
            MaxHandOvers = 1,
        };
        IEtcd etcd = Mutation == Mutation.DontWaitForLease ? new ForgetfulEtcd(_etcd) : _etcd;
        _node = new ClusterNode(settings, etcd, _clock, _world.NewGuid, Runner(), this, NullLogger.Instance);
        _world.Log($"{Name} starts");
    }

    /// <summary>The process ends; what it had written may still reach the disk.</summary>
    public void Kill()
    {
        _node?.Dispose();
        _node = null;
        _askTimer?.Dispose();
        _askTimer = null;
        _partitions.Clear();
        _frozen.Clear();
        IsFrozen = false;
        _world.Log($"{Name} is killed");
    }

    public void Dispose() => Kill();

    public void Freeze()
    {
        IsFrozen = true;
        _world.Log($"{Name} freezes");
    }

    public void Thaw()
    {
        if (!IsFrozen) return;
        IsFrozen = false;
        _world.Log($"{Name} thaws, with {_frozen.Count} steps to do");
        while (!IsFrozen && _frozen.TryDequeue(out var step)) step();
    }

    public void Leave() => Run(() =>
    {
        _world.Log($"{Name} leaves");
        _node!.Leave();
    });

    /// <summary>Runs a step of this process, once it is not frozen, unless it is killed before.</summary>
    public void Run(Action step) => Runner()(step);

    public bool OwnsWithEffect(int shard) =>
        _node is not null && _partitions.TryGetValue(shard, out var partition) && !partition.IsAbandoned
        && _node.Core.MayAnswer(shard, partition.Epoch, Now);

    public string Describe() =>
        _node is null ? "dead" : $"{_node.Core.State}{(IsFrozen ? " frozen" : "")} "
            + string.Join(' ', Enumerable.Range(0, World.Shards).Select(shard => $"{_node.Core[shard]}"));

    // ---- asking

    public void Ask(Client client, int shard, Request request, TimeSpan patience, bool mayRepeat) => Run(() =>
        Do(_ask.Ask(Now, (client, _world.Checker.Seen(shard)), shard, request, Now + patience, out _, mayRepeat)));

    public void Receive(Message message)
    {
        if (_node is null) return;
        switch (message)
        {
            case Message.Ask ask:
                if (ask.To != Uid)
                {
                    // Peers are not connected before both are members: what is asked then is not sent. After the end nobody answers.
                    if (!HasLeft) _world.Send(Index, ask.From, new Message.NotSent(ask.Id, ask.Incarnation));
                    return;
                }
                if (_partitions.GetValueOrDefault(ask.Shard) is { TakesMessages: true } partition
                    && _node.Core.TakesMessages(ask.Shard, partition.Epoch))
                    partition.Handle((ask.From, ask.Id), ask.Request);
                else
                    _world.Send(Index, ask.From, new Message.NotOwner(ask.Id, ask.Incarnation));
                break;
            case Message.Withdraw withdraw:
                _partitions.GetValueOrDefault(withdraw.Shard)?.Withdraw((withdraw.From, withdraw.Id));
                break;
            case Message.Answered answered when answered.Incarnation == _incarnation:
                Do(_ask.Answered(Now, answered.Id, answered.Answer));
                break;
            case Message.NotOwner not when not.Incarnation == _incarnation:
                Do(_ask.NotOwner(Now, IdIn(not.Id)));
                break;
            case Message.NotSent not when not.Incarnation == _incarnation:
                Do(_ask.NotSent(Now, IdIn(not.Id)));
                break;
            case Message.Farewell farewell when farewell.To == Uid:
                Do(_ask.Farewell(Now, farewell.Member, out var mayGo));
                if (mayGo) _world.Send(Index, farewell.From, new Message.FarewellHeard(Uid, farewell.Member));
                break;
            case Message.FarewellHeard heard when heard.To == Uid:
                _unheard.Remove(heard.Member);
                EndFarewell();
                break;
        }
    }

    private void Do(IReadOnlyList<AskEffect<(Client Client, long SeenBefore)>> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AskEffect<(Client Client, long SeenBefore)>.Send send:
                    if (_world.HostOf(send.Member) is { } to)
                        _world.Send(Index, to, new Message.Ask(Index, Wire(send.Id), send.Shard, (Request)send.Message, send.Member, _incarnation));
                    else
                        Do(_ask.NotSent(Now, send.Id));
                    break;
                case AskEffect<(Client Client, long SeenBefore)>.Withdraw withdraw:
                    if (_world.HostOf(withdraw.Member) is { } asked)
                        _world.Send(Index, asked, new Message.Withdraw(Index, Wire(withdraw.Id), withdraw.Shard));
                    break;
                case AskEffect<(Client Client, long SeenBefore)>.Reply reply:
                    reply.To.Client.Answered((Answer)reply.Answer, reply.To.SeenBefore);
                    break;
                case AskEffect<(Client Client, long SeenBefore)>.Fail fail:
                    fail.To.Client.Failed(fail.Fault);
                    break;
                case AskEffect<(Client Client, long SeenBefore)>.SetTimer timer:
                    _askTimer?.Dispose();
                    var run = Runner();
                    _askTimer = _clock.CreateTimer(_ => run(() => Do(_ask.TimerDue(Now))), null, timer.Due, Timeout.InfiniteTimeSpan);
                    break;
            }
        }
    }

    // ---- having shards

    public void Measure(int shard, long epoch, Action<long?> measured) =>
        OnDisk(() =>
        {
            var length = _world.Disk.Sync(shard, epoch);
            _world.Log($"{Name} measures shard {shard} epoch {epoch}: {length}");
            return () => measured(length);
        });

    public void Open(int shard, long epoch, IReadOnlyList<JournalRecord> journals, Action opened)
    {
        var partition = new Partition(shard, epoch, this);
        _partitions[shard] = partition;
        OnDisk(() =>
        {
            var entries = journals.SelectMany(journal => Recover(shard, journal)).ToArray();
            return () =>
            {
                if (partition.IsAbandoned) return;
                _world.Log($"{Name} opens shard {shard} epoch {epoch} with {entries.Length} messages");
                partition.Recover(entries);
                opened();
            };
        });
    }

    public void Close(int shard, long epoch, Action<long> closed)
    {
        _world.Log($"{Name} closes shard {shard} epoch {epoch}");
        if (_partitions.TryGetValue(shard, out var partition) && partition.Epoch == epoch) partition.Close(closed);
        else closed(0);
    }

    public void Abandon(int shard, long epoch)
    {
        _world.Log($"{Name} abandons shard {shard} epoch {epoch}");
        if (_partitions.TryGetValue(shard, out var partition) && partition.Epoch == epoch) partition.Abandon();
    }

    public void Farewell(IReadOnlyList<string> members, Action heard)
    {
        _world.Log($"{Name} says farewell to {members.Count}");
        _unheard.Clear();
        _unheard.UnionWith(members);
        _goes = heard;
        SayFarewell();
        EndFarewell();
    }

    public void Happened(ClusterEffect effect)
    {
        switch (effect)
        {
            case ClusterEffect.MembersChanged:
                string[] members = [.. _node!.Core.View.Members.Values.Select(member => member.Record).OfType<MemberRecord>().Select(member => member.Uid)];
                Do(_ask.MembersAre(Now, members));
                _unheard.IntersectWith(members);
                EndFarewell();
                break;
            case ClusterEffect.OwnersChanged changed:
                foreach (var shard in changed.Shards)
                    Do(_ask.OwnerChanged(Now, shard, _node!.Core.View.MemberOf(shard)?.Uid));
                break;
            case ClusterEffect.Joined joined:
                _world.Joined(Index, joined.Member.Uid);
                _world.Log($"{Name} joins");
                break;
            case ClusterEffect.Left:
                HasLeft = true;
                _world.Log($"{Name} has left");
                break;
            case ClusterEffect.Refused refused:
                throw new InvariantException($"{Name} was refused: {refused.Reason}");
            case ClusterEffect.Fenced fenced:
                _world.Log($"{Name} is fenced: {fenced.Reason}");
                break;
        }
    }

    public bool MayAnswer(int shard, long epoch) => _node!.Core.MayAnswer(shard, epoch, Now);

    public void Write(int shard, long epoch, Entry entry, Action done)
    {
        var incarnation = _incarnation;
        OnDisk(() =>
        {
            // What a process that was killed had under way arrives, or not.
            if (incarnation == _incarnation && IsRunning || _world.Chance(500)) _world.Disk.Append(Index, shard, epoch, entry);
            return () => OnDisk(() =>
            {
                _world.Disk.Sync(shard, epoch);
                return done;
            });
        });
    }

    public void Reply((int Host, long Id) asker, Answer answer) =>
        _world.Send(Index, asker.Host, new Message.Answered(IdIn(asker.Id), (int)(asker.Id >> 32), answer));

    private IReadOnlyList<Entry> Recover(int shard, JournalRecord journal)
    {
        if (Mutation == Mutation.ReadBeyondSeal) return _world.Disk.Entries(shard, journal.Epoch);
        return _world.Disk.Read(shard, journal.Epoch, journal.Sealed!.Value)
            ?? throw new InvariantException($"shard {shard}: the journal of epoch {journal.Epoch} is shorter than its seal {journal.Sealed}");
    }

    private void SayFarewell()
    {
        if (_goes is null || Uid is not { } self) return;
        foreach (var member in _unheard)
            if (_world.HostOf(member) is { } to) _world.Send(Index, to, new Message.Farewell(Index, self, member));
        var run = Runner();
        _clock.CreateTimer(_ => run(SayFarewell), null, Asks.RetryAfter, Timeout.InfiniteTimeSpan);
    }

    private void EndFarewell()
    {
        if (_goes is not { } goes || _unheard.Count > 0) return;
        _goes = null;
        goes();
    }

    // Asks of an earlier process have the same numbers: owners tell them apart by the incarnation above them.
    private long Wire(long id) => ((long)_incarnation << 32) | id;

    private static long IdIn(long wire) => wire & 0xffffffff;

    /// <summary>Does something on the disk after a while, in the order in which it was asked for, then goes on in this process.</summary>
    private void OnDisk(Func<Action> work)
    {
        _diskFreeAt = Math.Max(_diskFreeAt, _world.Time.GetTimestamp() + _world.Delay(MaxDiskDelay).Ticks);
        var run = Runner();
        _world.After(TimeSpan.FromTicks(_diskFreeAt - _world.Time.GetTimestamp()), () =>
        {
            var then = work();
            run(then);
        });
    }

    private Action<Action> Runner()
    {
        var incarnation = _incarnation;
        return step => _world.After(TimeSpan.Zero, () =>
        {
            if (incarnation != _incarnation || _node is null) return;
            if (IsFrozen) _frozen.Enqueue(step);
            else step();
        });
    }
}

/// <summary>An etcd that says of every lease that it has ended.</summary>
internal sealed class ForgetfulEtcd(IEtcd etcd) : IEtcd
{
    public Task<EtcdResult<EtcdRange>> ListAsync(string prefix) => etcd.ListAsync(prefix);

    public Task<EtcdResult<EtcdCommit>> CommitAsync(EtcdTransaction transaction) => etcd.CommitAsync(transaction);

    public Task<EtcdResult<EtcdLease>> GrantAsync(TimeSpan timeToLive) => etcd.GrantAsync(timeToLive);

    public Task<EtcdResult<EtcdLease>> KeepAliveAsync(long lease) => etcd.KeepAliveAsync(lease);

    public Task<EtcdResult<EtcdLease>> RevokeAsync(long lease) => etcd.RevokeAsync(lease);

    public Task<EtcdResult<EtcdLease>> TimeToLiveAsync(long lease) =>
        Task.FromResult<EtcdResult<EtcdLease>>(new EtcdFault(EtcdError.LeaseNotFound, "forgotten"));

    public IDisposable Watch(string prefix, long fromRevision, IEtcdWatcher watcher) => etcd.Watch(prefix, fromRevision, watcher);
}
