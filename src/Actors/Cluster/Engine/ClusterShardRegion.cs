using System.Collections.Immutable;
using System.Globalization;
using StreamActors.Runtime;
using StreamActors.Sharding;

namespace StreamActors.Cluster;

/// <summary>Passes messages on to the shards of one kind of entities: to those of this host directly, to others over the
/// peers. What is for a shard that nobody has, or that moves, is kept until somebody has it.</summary>
internal sealed class ClusterShardRegion : ReceiveActor, IWithTimers
{
    private const string AskTimer = "asks";
    private const string SweepTimer = "sweep";
    private const string FarewellTimer = "farewell";

    // In how many of the times in which asks are sent again one must come for its asker to be there still.
    private const int ResendsMissed = 3;

    private static readonly IComparer<ShardState> ByShardId =
        Comparer<ShardState>.Create((a, b) => string.CompareOrdinal(a.ShardId, b.ShardId));

    private readonly string _typeName;
    private readonly Func<string, Props> _entityPropsFactory;
    private readonly ClusterShardingSettings _settings;
    private readonly ClusterEngineSettings _engineSettings;
    private readonly IMessageExtractor _extractor;
    private readonly object _handOffStopMessage;
    private readonly IPeers _peers;
    private readonly IPeerExchange _exchange;
    private readonly IActorRef _node;
    private readonly AskCore<IActorRef> _asks;

    // The shards that this host has, with the actor of each once it is needed.
    private readonly SortedDictionary<int, Hosted> _hosted = [];
    private readonly Dictionary<IActorRef, Hosted> _byActor = [];

    // What other members ask of these shards, until it is answered. Members that are gone ask no more.
    private readonly Dictionary<(string From, long Id), Inbound> _inbound = [];

    // What was answered to asks of which a copy may still come.
    private readonly Dictionary<(string From, long Id), (object Answer, TimeSpan At)> _refused = [];
    private string? _self;

    // The members that have not heard yet that this host goes, and who is to know when all have.
    private readonly SortedSet<string> _unheard = new(StringComparer.Ordinal);
    private IActorRef? _goesFor;

    public ClusterShardRegion(
        string typeName, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor extractor,
        object handOffStopMessage, ClusterEngineSettings engineSettings, IPeers peers, IPeerExchange exchange, IActorRef node)
    {
        (_typeName, _entityPropsFactory, _settings, _extractor, _handOffStopMessage) =
            (typeName, entityPropsFactory, settings, extractor, handOffStopMessage);
        (_engineSettings, _peers, _exchange, _node) = (engineSettings, peers, exchange, node);
        // A region that was restarted must not take the answers of the one before for its own.
        _asks = new AskCore<IActorRef>(engineSettings.Asks, Context.System.Random.NextInt64(long.MaxValue / 2));
        Receive<SelfIs>(self => _self = self.Uid);
        Receive<OwnersAre>(OwnersChanged);
        Receive<MembersAre>(MembersChanged);
        Receive<SayFarewell>(BeginFarewell);
        Receive<FarewellTick>(_ => SayFarewell());
        Receive<OpenShard>(Open);
        Receive<CloseShard>(Close);
        Receive<AbandonShard>(Abandon);
        Receive<Terminated>(ShardStopped);
        Receive<PeerMessage>(FromPeer);
        Receive<PeerAnswer>(AnswerPeer);
        Receive<SweepTick>(_ => Sweep());
        Receive<AskTick>(_ => Do(_asks.TimerDue(Now)));
        Receive<GetShardRegionState>(ReportState);
        ReceiveAny(message => Deliver(message, Sender));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan GoneAfter => _engineSettings.Asks.ResendAtMost * ResendsMissed;

    private TimeSpan Now => Context.System.TimeProvider.GetElapsedTime(0);

    /// <summary>Also after a restart: the node then tells what this host has.</summary>
    protected override void PreStart()
    {
        _node.Tell(new RegionStarted(_typeName, Self));
        Timers.StartPeriodicTimer(SweepTimer, SweepTick.Instance, GoneAfter);
    }

    private void Deliver(object message, IActorRef sender)
    {
        int? shard;
        try
        {
            shard = _extractor.EntityId(message) is { Length: > 0 } entityId ? ShardOf(entityId, message) : null;
        }
        catch (Exception cause)
        {
            // One bad message must not cost the region: its restart would stop all shards.
            Context.System.Log.ExtractorFailed(cause, message.GetType());
            sender.Tell(new Status.Failure(cause));
            return;
        }
        if (shard is not { } known) Unhandled(message);
        else if (_hosted.GetValueOrDefault(known) is { IsOpen: true } hosted) ActorOf(hosted).Tell(message, sender);
        else Keep(known, message, sender);
    }

    private int ShardOf(string entityId, object message) => _engineSettings.PinnedTo?.Invoke(entityId) is { } member
        ? PinnedShards.Of(member, entityId)
        : int.Parse(_extractor.ShardId(entityId, message), NumberStyles.None, CultureInfo.InvariantCulture);

    private void Keep(int shard, object message, IActorRef sender)
    {
        if (sender is PeerAsker asker)
        {
            // An entity gives it back: whoever asks knows best who has the shard next.
            if (_inbound.Remove((asker.From, asker.Id))) _peers.Send(asker.From, new PeerMessage.NotOwner(_typeName, asker.Id));
            return;
        }
        if (!sender.Equals(Context.System.DeadLetters))
            Do(_asks.Ask(Now, sender, shard, message, Now + _engineSettings.PatienceOf(message), out _, _engineSettings.MayRepeat(message)));
        else if (_engineSettings.ReceiptFor?.Invoke(message) is null)
            Do(_asks.Tell(Now, sender, shard, message, Now + _engineSettings.PatienceOf(message)));
        else
            Do(_asks.Deliver(Now, sender, shard, message));
    }

    private void Do(IReadOnlyList<AskEffect<IActorRef>> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AskEffect<IActorRef>.Send send when _self is not null:
                    _peers.Send(send.Member, new PeerMessage.Ask(_typeName, _self, send.Id, send.Shard, send.Message) { Patience = send.Deadline - Now });
                    break;
                // While this host is no member nobody could answer it; what is not sent now is sent again.
                case AskEffect<IActorRef>.Send unsent:
                    Do(_asks.NotSent(Now, unsent.Id));
                    break;
                case AskEffect<IActorRef>.Withdraw withdraw when _self is not null:
                    _peers.Send(withdraw.Member, new PeerMessage.Withdraw(_typeName, _self, withdraw.Id));
                    break;
                case AskEffect<IActorRef>.Reply { To: var nobody } when nobody.Equals(Context.System.DeadLetters):
                case AskEffect<IActorRef>.Fail { To: var noOne } when noOne.Equals(Context.System.DeadLetters):
                    break;
                case AskEffect<IActorRef>.Reply reply:
                    reply.To.Tell(_exchange.Arrived(reply.Message, reply.Answer), ActorRefs.NoSender);
                    break;
                case AskEffect<IActorRef>.Fail fail:
                    fail.To.Tell(new Status.Failure(CauseOf(fail.Fault)), ActorRefs.NoSender);
                    break;
                case AskEffect<IActorRef>.SetTimer timer:
                    Timers.StartSingleTimer(AskTimer, AskTick.Instance, TimeSpan.FromMilliseconds(Math.Ceiling(timer.Due.TotalMilliseconds)));
                    break;
            }
        }
    }

    private AkkaException CauseOf(AskFault fault) => fault == AskFault.Overloaded
        ? new TooManyAsksException(_engineSettings.Asks.MaxAsks)
        : new AskTimeoutException($"No owner of the {_typeName} answered in time; whether it was done is unknown.");

    private void OwnersChanged(OwnersAre owners)
    {
        foreach (var (shard, member) in owners.Owners) Do(_asks.OwnerChanged(Now, shard, member));
    }

    private void MembersChanged(MembersAre members)
    {
        Do(_asks.MembersAre(Now, members.Members));
        _unheard.IntersectWith(members.Members);
        EndFarewell();
    }

    private void BeginFarewell(SayFarewell say)
    {
        _goesFor = Sender;
        _unheard.UnionWith(say.Members);
        Timers.StartPeriodicTimer(FarewellTimer, FarewellTick.Instance, _engineSettings.Asks.RetryAfter);
        SayFarewell();
        EndFarewell();
    }

    // Again and again: it may be lost, and whoever waits for a word of this host does not answer it yet.
    private void SayFarewell()
    {
        foreach (var member in _unheard)
            if (_self is { } self) _peers.Send(member, new PeerMessage.Farewell(_typeName, self));
    }

    private void EndFarewell()
    {
        if (_goesFor is not { } goes || _unheard.Count > 0) return;
        _goesFor = null;
        Timers.Cancel(FarewellTimer);
        goes.Tell(new FarewellIsHeard());
    }

    private void Open(OpenShard open)
    {
        var (shard, epoch) = (open.Lease.Shard, open.Lease.Epoch);
        if (_hosted.GetValueOrDefault(shard)?.Epoch == epoch) return;
        var hosted = new Hosted(open.Lease);
        _hosted[shard] = hosted;
        TakeWhatWaits(hosted);
    }

    private void TakeWhatWaits(Hosted hosted)
    {
        Do(_asks.TakeAll(Now, hosted.Shard, out var waiting));
        foreach (var (asker, message) in waiting) ActorOf(hosted).Tell(message, asker);
    }

    private void Close(CloseShard close)
    {
        if (_hosted.GetValueOrDefault(close.Shard) is not { } hosted || hosted.Epoch != close.Epoch)
        {
            Sender.Tell(new ShardIsClosed(close.Shard, close.Epoch));
            return;
        }
        hosted.ClosedFor = Sender;
        if (hosted.Actor is { } shard) shard.Tell(HandOff.Instance);
        else Forget(hosted);
    }

    private void Abandon(AbandonShard abandon)
    {
        if (!_hosted.Remove(abandon.Shard, out var hosted)) return;
        RefuseInbound(abandon.Shard);
        if (hosted.Actor is not { } shard) return;
        _byActor.Remove(shard);
        Context.Unwatch(shard);
        Context.Stop(shard);
    }

    private void ShardStopped(Terminated terminated)
    {
        if (!_byActor.Remove(terminated.ActorRef, out var hosted)) return;
        hosted.Actor = null;
        if (!hosted.IsOpen) Forget(hosted);
    }

    private void Forget(Hosted hosted)
    {
        _hosted.Remove(hosted.Shard);
        RefuseInbound(hosted.Shard);
        hosted.ClosedFor!.Tell(new ShardIsClosed(hosted.Shard, hosted.Epoch));
    }

    private IActorRef ActorOf(Hosted hosted)
    {
        if (hosted.Actor is { } running) return running;
        var id = hosted.Shard.ToString(CultureInfo.InvariantCulture);
        // The epoch is part of the name: the shard's last actor may not have stopped yet.
        var shard = Context.ActorOf(
            Props.Create(() => new Shard(id, _entityPropsFactory, _settings, _extractor, _handOffStopMessage)),
            string.Create(CultureInfo.InvariantCulture, $"{id}-{hosted.Epoch}-{hosted.Starts++}"));
        hosted.Actor = shard;
        _byActor.Add(shard, hosted);
        return Context.Watch(shard);
    }

    private void FromPeer(PeerMessage message)
    {
        switch (message)
        {
            case PeerMessage.Ask ask:
                TakeAsk(ask);
                break;
            case PeerMessage.Withdraw withdraw:
                _inbound.Remove((withdraw.From, withdraw.Id));
                break;
            case PeerMessage.Answered answered:
                Do(_asks.Answered(Now, answered.Id, answered.Answer));
                break;
            case PeerMessage.NotOwner not:
                Do(_asks.NotOwner(Now, not.Id));
                TakeIfHosted(not.Id);
                break;
            case PeerMessage.NotSent not:
                Do(_asks.NotSent(Now, not.Id));
                TakeIfHosted(not.Id);
                break;
            case PeerMessage.Farewell farewell:
                Do(_asks.Farewell(Now, farewell.From, out var mayGo));
                if (mayGo && _self is { } self) _peers.Send(farewell.From, new PeerMessage.FarewellHeard(_typeName, self));
                break;
            case PeerMessage.FarewellHeard heard:
                _unheard.Remove(heard.From);
                EndFarewell();
                break;
        }
    }

    // What was with another owner until now may be this host's own by now.
    private void TakeIfHosted(long id)
    {
        if (_asks.ShardOf(id) is { } shard && _hosted.GetValueOrDefault(shard) is { IsOpen: true } hosted) TakeWhatWaits(hosted);
    }

    private void TakeAsk(PeerMessage.Ask ask)
    {
        var hosted = _hosted.GetValueOrDefault(ask.Shard);
        if (hosted is not { IsOpen: true } || _inbound.Count >= _engineSettings.MaxInbound)
        {
            if (ask.Id != 0) _peers.Send(ask.From, new PeerMessage.NotOwner(_typeName, ask.Id));
            return;
        }
        if (_exchange.Arriving(Self, ask.From, ask.Message, hosted.Lease) is { } refusal)
        {
            if (ask.Id != 0) _peers.Send(ask.From, new PeerMessage.Answered(_typeName, ask.Id, refusal));
            return;
        }
        var receipt = ask.Id == 0 ? null : _engineSettings.ReceiptFor?.Invoke(ask.Message);
        if (ask.Id == 0 || receipt is not null)
        {
            ActorOf(hosted).Tell(ask.Message, ActorRefs.NoSender);
            if (receipt is not null) _peers.Send(ask.From, new PeerMessage.Answered(_typeName, ask.Id, receipt));
            return;
        }
        if (_refused.TryGetValue((ask.From, ask.Id), out var refused))
        {
            _peers.Send(ask.From, new PeerMessage.Answered(_typeName, ask.Id, refused.Answer));
            return;
        }
        if (_inbound.TryGetValue((ask.From, ask.Id), out var known))
        {
            // One that is sent again while it is worked on is answered once.
            known.SeenAt = Now;
            return;
        }
        _inbound.Add((ask.From, ask.Id), new Inbound(ask.Shard, ask.Message, hosted.Lease)
        {
            SeenAt = Now,
            Deadline = ask.Patience is { } patience ? Now + patience : TimeSpan.MaxValue,
        });
        ActorOf(hosted).Tell(ask.Message, new PeerAsker(Self, ask.From, ask.Id));
    }

    private void Sweep()
    {
        _exchange.Sweep();
        var oldest = Now - GoneAfter;
        foreach (var (key, _) in _refused.Where(refused => refused.Value.At < oldest).ToArray()) _refused.Remove(key);
        foreach (var (key, _) in _inbound.Where(inbound => inbound.Value.SeenAt < oldest || inbound.Value.Deadline < Now).ToArray()) _inbound.Remove(key);
    }

    private void AnswerPeer(PeerAnswer done)
    {
        if (!_inbound.Remove((done.From, done.Id), out var inbound) || inbound.Deadline < Now) return;
        // Nothing is told without the right to: whoever has the shard then is asked again.
        if (_self is { } self && inbound.Lease.MayAnswer)
        {
            var answer = _exchange.Leaving(self, done.From, inbound.Message, done.Answer, inbound.Lease);
            if (_engineSettings.IsRefusal(inbound.Message, answer) && _refused.Count < _engineSettings.MaxInbound)
                _refused[(done.From, done.Id)] = (answer, Now);
            _peers.Send(done.From, new PeerMessage.Answered(_typeName, done.Id, answer));
        }
        else
        {
            Refuse(done.From, done.Id, inbound);
        }
    }

    private void RefuseInbound(int shard)
    {
        foreach (var ((from, id), inbound) in _inbound.Where(inbound => inbound.Value.Shard == shard).OrderBy(inbound => inbound.Key).ToArray())
        {
            _inbound.Remove((from, id));
            Refuse(from, id, inbound);
        }
    }

    // It may have been carried out. Whoever asks knows best who has the shard next.
    private void Refuse(string from, long id, Inbound inbound) => _peers.Send(from, _engineSettings.MayRepeat(inbound.Message)
        ? new PeerMessage.NotOwner(_typeName, id)
        : new PeerMessage.Answered(_typeName, id, new Status.Failure(CauseOf(AskFault.TimedOut))));

    private void ReportState(GetShardRegionState query)
    {
        var states = _hosted.Values.Where(hosted => hosted.IsOpen && (hosted.Epoch != 0 || hosted.Actor is not null))
            .Select(hosted => hosted.Actor is { } shard
                ? shard.Ask<ShardState>(query)
                : Task.FromResult(new ShardState(hosted.Shard.ToString(CultureInfo.InvariantCulture), ImmutableSortedSet<string>.Empty)))
            .ToArray();
        Task.WhenAll(states).PipeTo(Sender, Self, all => new CurrentShardRegionState(ImmutableSortedSet.Create(ByShardId, all)));
    }

    private sealed class Hosted(ShardLease lease)
    {
        public int Shard => lease.Shard;

        public long Epoch => lease.Epoch;

        public ShardLease Lease => lease;

        public IActorRef? Actor { get; set; }

        public int Starts { get; set; }

        /// <summary>Who is to know when it is closed; null while it is open.</summary>
        public IActorRef? ClosedFor { get; set; }

        public bool IsOpen => ClosedFor is null;
    }

    private sealed class Inbound(int shard, object message, ShardLease lease)
    {
        public int Shard => shard;

        public object Message => message;

        public ShardLease Lease => lease;

        /// <summary>When nobody waits for the answer any more.</summary>
        public TimeSpan Deadline { get; init; }

        /// <summary>When it was sent last.</summary>
        public TimeSpan SeenAt { get; set; }
    }

    private sealed class SweepTick
    {
        public static readonly SweepTick Instance = new();
    }

    private sealed class FarewellTick
    {
        public static readonly FarewellTick Instance = new();
    }

    private sealed class AskTick
    {
        public static readonly AskTick Instance = new();
    }
}
