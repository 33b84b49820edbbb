namespace StreamActors.Runtime;

/// <summary>An actor that says in its constructor which types of messages it handles, and how (Akka:
/// <c>Akka.Actor.ReceiveActor</c>). The first handler whose type and condition match takes the message.</summary>
public abstract class ReceiveActor : ActorBase
{
    private readonly Behavior _first = new();
    private Behavior? _configuring;

    /// <summary>Opens the registration of handlers, until the constructor ends.</summary>
    protected ReceiveActor() => _configuring = _first;

    internal override void OnConstructed() => _configuring = null;

    /// <inheritdoc/>
    protected sealed override bool Receive(object message) => _first.TryHandle(message);

    /// <summary>Handles messages that are a <typeparamref name="T"/>.</summary>
    /// <param name="handler">What to do.</param>
    /// <param name="shouldHandle">The condition; null for none.</param>
    /// <exception cref="InvalidOperationException">Called elsewhere than in the constructor or inside of Become.</exception>
    protected void Receive<T>(Action<T> handler, Predicate<T>? shouldHandle = null) =>
        Configuring.Add(new ConditionalHandler<T>(handler, shouldHandle));

    /// <summary>As <see cref="Receive{T}(Action{T}, Predicate{T})"/>, with the condition first.</summary>
    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    /// <summary>Offers messages that are a <typeparamref name="T"/> to a handler that returns false for those that it leaves to others.</summary>
    protected void Receive<T>(Func<T, bool> handler) => Configuring.Add(new OfferingHandler<T>(handler));

    /// <summary>Handles whatever no handler before it took.</summary>
    protected void ReceiveAny(Action<object> handler) => Receive(handler);

    /// <summary>Replaces the handlers by those that <paramref name="configure"/> registers.</summary>
    protected void Become(Action configure) => Become(Configure(configure).TryHandle);

    /// <summary>Puts the handlers that <paramref name="configure"/> registers on top of the present ones.</summary>
    protected void BecomeStacked(Action configure) => BecomeStacked(Configure(configure).TryHandle);

    private Behavior Configuring =>
        _configuring ?? throw new InvalidOperationException("Register handlers in the constructor or inside of Become.");

    private Behavior Configure(Action configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var outer = _configuring;
        var behavior = new Behavior();
        _configuring = behavior;
        try
        {
            configure();
        }
        finally
        {
            _configuring = outer;
        }
        return behavior;
    }
}
