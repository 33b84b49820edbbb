using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>What the shells of the entities have in common: they run effects, and are passivated when they are idle.</summary>
/// <typeparam name="TRequest">What the entity is asked.</typeparam>
/// <typeparam name="TEffect">What its core wants done.</typeparam>
public abstract class EntityActor<TRequest, TEffect> : ReceiveActor
    where TRequest : class
{
    private bool _isLeaving;

    /// <summary>Registers what all entities handle.</summary>
    protected EntityActor()
    {
        Receive<TRequest>(request =>
        {
            // What comes between asking to be passivated, or being told to hand over, and the stop belongs to the next incarnation.
            if (_isLeaving)
                Context.Parent.Forward(request);
            else
                Run(Handle(request, Sender));
        });
        Receive<ReceiveTimeout>(_ =>
        {
            if (!_isLeaving)
                Run(Idle());
        });
        Receive<HandOver>(_ =>
        {
            _isLeaving = true;
            Run(HandOver());
        });
    }

    /// <summary>Runs the effects of a step.</summary>
    /// <param name="effects">What is to be done, in this order.</param>
    protected void Run(IReadOnlyList<TEffect> effects)
    {
        foreach (var effect in effects)
            Run(effect);
    }

    /// <summary>Runs one effect.</summary>
    /// <param name="effect">What is to be done.</param>
    protected abstract void Run(TEffect effect);

    /// <summary>A request is one step of the core.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    protected abstract IReadOnlyList<TEffect> Handle(TRequest request, IActorRef asker);

    /// <summary>Idleness is one step of the core.</summary>
    /// <returns>What is to be done.</returns>
    protected abstract IReadOnlyList<TEffect> Idle();

    /// <summary>To be told that the shard is given up is one step of the core.</summary>
    /// <returns>What is to be done.</returns>
    protected abstract IReadOnlyList<TEffect> HandOver();

    /// <summary>The end is the last step of the core.</summary>
    /// <param name="failure">What those are told who wait.</param>
    /// <returns>What is to be done.</returns>
    protected abstract IReadOnlyList<TEffect> Stop(Failure failure);

    /// <summary>How long the entity stays after its last message.</summary>
    protected abstract TimeSpan PassivateAfter { get; }

    /// <summary>Asks to be stopped without losing a message.</summary>
    protected void Passivate()
    {
        _isLeaving = true;
        Context.Parent.Tell(new Passivate(PoisonPill.Instance));
    }

    /// <inheritdoc/>
    protected override void PreStart() => Context.SetReceiveTimeout(PassivateAfter);

    /// <inheritdoc/>
    protected override void PostStop() => Run(Stop(new Failure(Fault.Crashed, "the entity was stopped")));
}
