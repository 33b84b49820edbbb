using System.Collections.Immutable;
using StreamActors.Runtime;

namespace StreamActors.Sharding;

/// <summary>Starts the entities of one shard, passes messages on to them, and lets them be passivated.</summary>
internal sealed class Shard : ReceiveActor
{
    private readonly string _shardId;
    private readonly Func<string, Props> _entityPropsFactory;
    private readonly ClusterShardingSettings _settings;
    private readonly IMessageExtractor _extractor;
    private readonly Dictionary<string, Entity> _entities = new(StringComparer.Ordinal);
    private readonly Dictionary<IActorRef, Entity> _entitiesByRef = [];

    public Shard(
        string shardId, Func<string, Props> entityPropsFactory, ClusterShardingSettings settings, IMessageExtractor extractor)
    {
        (_shardId, _entityPropsFactory, _settings, _extractor) =
            (shardId, entityPropsFactory, settings, extractor);
        Receive<Passivate>(StartPassivation);
        Receive<Terminated>(terminated => EntityStopped(terminated.ActorRef));
        Receive<GetShardRegionState>(_ => Sender.Tell(
            new ShardState(shardId, ImmutableSortedSet.CreateRange(StringComparer.Ordinal, _entities.Keys))));
        ReceiveAny(Deliver);
    }

    /// <summary>An entity that throws comes back after a wait, whatever it threw, unless it was to be killed.</summary>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(cause => cause is ActorKilledException ? Directive.Stop : Directive.Restart)
            .WithBackoff(_settings.EntityRestartBackoff);

    protected override void PostStop()
    {
        foreach (var entity in _entities.Values)
            foreach (var (message, sender) in entity.Buffer ?? [])
                Fail(message, sender, new ShardStoppedException(entity.Id));
    }

    private void Deliver(object message)
    {
        try
        {
            if (_extractor.EntityId(message) is { } entityId && _extractor.EntityMessage(message) is { } content)
                Deliver(entityId, content);
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

    private void Deliver(string entityId, object content)
    {
        if (!_entities.TryGetValue(entityId, out var entity))
        {
            entity = new Entity(entityId);
            Start(entity);
            _entities.Add(entityId, entity);
        }
        if (entity.Buffer is null) entity.Ref.Forward(content);
        else Keep(entity, content);
    }

    private void Start(Entity entity)
    {
        entity.Ref = Context.ActorOf(_entityPropsFactory(entity.Id), Uri.EscapeDataString(entity.Id));
        _entitiesByRef.Add(entity.Ref, entity);
        Context.Watch(entity.Ref);
    }

    private void Keep(Entity entity, object message)
    {
        if (entity.Buffer!.Count < _settings.BufferSize) entity.Buffer.Enqueue((message, Sender));
        else Fail(message, Sender, new EntityBufferFullException(entity.Id, _settings.BufferSize));
    }

    private void StartPassivation(Passivate passivate)
    {
        if (!_entitiesByRef.TryGetValue(Sender, out var entity) || entity.Buffer is not null) return;
        entity.Buffer = new Queue<(object, IActorRef)>();
        entity.Ref.Tell(passivate.StopMessage);
    }

    private void EntityStopped(IActorRef stopped)
    {
        if (!_entitiesByRef.Remove(stopped, out var entity)) return;
        if (entity.Buffer is { Count: > 0 } buffer) StartAgain(entity, buffer);
        else _entities.Remove(entity.Id);
    }

    private void StartAgain(Entity entity, Queue<(object Message, IActorRef Sender)> kept)
    {
        try
        {
            Start(entity);
            entity.Buffer = null;
            foreach (var (message, sender) in kept) entity.Ref.Tell(message, sender);
        }
        catch (Exception cause)
        {
            Context.System.Log.EntityNotStarted(cause, _shardId, kept.Peek().Message.GetType());
            _entities.Remove(entity.Id);
            foreach (var (message, sender) in kept) Fail(message, sender, cause);
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
        public Queue<(object Message, IActorRef Sender)>? Buffer { get; set; }
    }
}
