using System.Collections.Immutable;
using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Starts the entities of one shard, passes messages on to them, and lets them be passivated.</summary>
internal sealed class Shard : ReceiveActor, IWithTimers
{
    private readonly string _shardId;
    private readonly Func<string, Props> _entityPropsFactory;
    private readonly ClusterShardingSettings _settings;
    private readonly IMessageExtractor _extractor;
    private readonly object _handOffStopMessage;
    private readonly Dictionary<string, Entity> _entities = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, Entity> _entitiesByRef = [];
    private bool _isHandingOff;

    public Shard(
        string shardId, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor extractor,
        object? handOffStopMessage = null)
    {
        (_shardId, _entityPropsFactory, _settings, _extractor) =
            (shardId, entityPropsFactory, settings, extractor);
        _handOffStopMessage = handOffStopMessage ?? PoisonPill.Instance;
        Receive<Passivate>(StartPassivation);
        Receive<Terminated>(terminated => EntityStopped(terminated.ActorRef));
        Receive<HandOff>(_ => StartHandOff());
        Receive<HandOffTimedOut>(_ => Context.Stop(Self));
        Receive<GetShardRegionState>(_ => Sender.Tell(
            new ShardState(shardId, ImmutableSortedSet.CreateRange(StringComparer.Ordinal, _entities.Keys))));
        ReceiveAny(Deliver);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>An entity that throws comes back after a wait, whatever it threw, unless it was to be killed.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(cause => cause is ActorKilledException ? Directive.Stop : Directive.Restart)
            .WithBackoff(_settings.EntityRestartBackoff);

    protected override void PostStop()
    {
        foreach (var entity in _entities.Values)
            foreach (var kept in entity.Buffer ?? [])
                Fail(kept.Content, kept.Sender, new ShardStoppedException(entity.Id));
    }

    private void Deliver(object message)
    {
        if (_isHandingOff)
        {
            // What an entity that stops gives back, too: it goes to the next owner.
            Context.Parent.Forward(message);
            return;
        }
        try
        {
            if (_extractor.EntityId(message) is { } entityId && _extractor.EntityMessage(message) is { } content)
                Deliver(entityId, message, content);
            else
                Unhandled(message);
        }
        catch (Exception cause)
        {
            // One bad message must not cost the shard: its restart would stop all its entities.
            Context.System.Log.EntityNotStarted(cause, _shardId, message.GetType());
            Fail(message, Sender, cause);
        }
    }

    private void Deliver(string entityId, object message, object content)
    {
        if (!_entities.TryGetValue(entityId, out var entity))
        {
            entity = new Entity(entityId);
            Start(entity);
            _entities.Add(entityId, entity);
        }
        if (entity.Buffer is null) entity.Ref.Forward(content);
        else Keep(entity, message, content);
    }

    private void Start(Entity entity)
    {
        entity.Ref = Context.ActorOf(_entityPropsFactory(entity.Id), Uri.EscapeDataString(entity.Id));
        _entitiesByRef.Add(entity.Ref, entity);
        Context.Watch(entity.Ref);
    }

    private void Keep(Entity entity, object message, object content)
    {
        if (entity.Buffer!.Count < _settings.BufferSize) entity.Buffer.Enqueue(new Kept(message, content, Sender));
        else Fail(content, Sender, new EntityBufferFullException(entity.Id, _settings.BufferSize));
    }

    /// <summary>Lets all entities handle what they have got already, and stops after them.</summary>
    private void StartHandOff()
    {
        _isHandingOff = true;
        foreach (var entity in _entities.Values)
            if (entity.Buffer is null) entity.Ref.Tell(_handOffStopMessage);
        Timers.StartSingleTimer(nameof(HandOffTimedOut), HandOffTimedOut.Instance, _settings.HandOffTimeout);
        StopWhenEmpty();
    }

    private void StopWhenEmpty()
    {
        if (_isHandingOff && _entities.Count == 0) Context.Stop(Self);
    }

    private void StartPassivation(Passivate passivate)
    {
        if (!_entitiesByRef.TryGetValue(Sender, out var entity) || entity.Buffer is not null) return;
        entity.Buffer = new Queue<Kept>();
        entity.Ref.Tell(passivate.StopMessage);
    }

    private void EntityStopped(IActorRef stopped)
    {
        if (!_entitiesByRef.Remove(stopped, out var entity)) return;
        if (entity.Buffer is { Count: > 0 } buffer && !_isHandingOff)
        {
            StartAgain(entity, buffer);
            return;
        }
        _entities.Remove(entity.Id);
        foreach (var kept in entity.Buffer ?? []) Context.Parent.Tell(kept.Message, kept.Sender);
        StopWhenEmpty();
    }

    private void StartAgain(Entity entity, Queue<Kept> kept)
    {
        try
        {
            Start(entity);
            entity.Buffer = null;
            foreach (var one in kept) entity.Ref.Tell(one.Content, one.Sender);
        }
        catch (Exception cause)
        {
            Context.System.Log.EntityNotStarted(cause, _shardId, kept.Peek().Message.GetType());
            _entities.Remove(entity.Id);
            foreach (var one in kept) Fail(one.Content, one.Sender, cause);
        }
    }

    private static void Fail(object message, IActorRef sender, Exception cause)
    {
        if (message is not Status.Failure) sender.Tell(new Status.Failure(cause));
    }

    private sealed class Entity(string id)
    {
        public string Id => id;

        public IActorRef Ref { get; set; } = ActorRefs.Nobody;

        /// <summary>What came since the entity asked to be passivated; null while it runs.</summary>
        public Queue<Kept>? Buffer { get; set; }
    }

    private sealed class HandOffTimedOut
    {
        public static readonly HandOffTimedOut Instance = new();
    }

    /// <summary>A message that waits for its entity's next incarnation.</summary>
    /// <param name="Message">As it came.</param>
    /// <param name="Content">What the entity gets.</param>
    /// <param name="Sender">Who sent it.</param>
    private sealed record Kept(object Message, object Content, IActorRef Sender);
}
