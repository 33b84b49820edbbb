namespace StreamActors.Runtime;

/// <summary>Handles a message, or returns false when it isn't one for it (Akka: <c>Akka.Actor.Receive</c>).</summary>
public delegate bool Receive(object message);

/// <summary>What all actors have in common (Akka: <c>Akka.Actor.ActorBase</c>). An actor handles one message
/// at a time; what it writes in one is seen in the next, whichever thread runs it. It never awaits between
/// two messages: work that takes time is a task, piped back by <see cref="PipeToSupport"/>.</summary>
public abstract class ActorBase
{
    private readonly ActorCell _cell;
    private Receive? _behavior;
    private Stack<Receive?>? _below;

    /// <summary>Binds the actor to the cell that makes it.</summary>
    /// <exception cref="InvalidOperationException">It was made by <c>new</c> outside of a <see cref="Props"/>.</exception>
    protected ActorBase() =>
        _cell = ActorCell.Current
            ?? throw new InvalidOperationException($"Make a {GetType().Name} through Props and ActorOf, not by new.");

    /// <summary>The actor's own address; can be used on any thread.</summary>
    protected IActorRef Self => _cell.Self;

    /// <summary>Who sent the message that is being handled; the dead letters when nobody did.</summary>
    /// <exception cref="NotSupportedException">Called outside of the handling of a message.</exception>
    protected IActorRef Sender => Context.Sender;

    /// <summary>The actor's view of the runtime.</summary>
    /// <exception cref="NotSupportedException">Called on a thread that isn't running this actor.</exception>
    protected IActorContext Context =>
        ReferenceEquals(ActorCell.Current, _cell)
            ? _cell
            : throw new NotSupportedException("There is no active actor context on this thread: don't use Context or Sender in a continuation.");

    internal void Handle(object message)
    {
        if (!(_behavior is null ? Receive(message) : _behavior(message))) Unhandled(message);
    }

    internal virtual void OnConstructed()
    {
    }

    internal void InvokePreStart() => PreStart();

    internal void InvokePostStop() => PostStop();

    internal void InvokePreRestart(Exception reason, object? message) => PreRestart(reason, message);

    internal void InvokePostRestart(Exception reason) => PostRestart(reason);

    internal SupervisorStrategy InvokeSupervisorStrategy() => SupervisorStrategy();

    /// <summary>Handles a message unless a behavior has taken its place.</summary>
    /// <returns>False when the message isn't one for this actor.</returns>
    protected abstract bool Receive(object message);

    /// <summary>Gets what the behavior did not take. Logs it, and answers an ask with an error at once.</summary>
    /// <exception cref="DeathPactException">The message is a <see cref="Terminated"/>: who watches must handle the end.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated) throw new DeathPactException(terminated.ActorRef);
        _cell.ReportUnhandled(message);
    }

    /// <summary>Replaces the behavior.</summary>
    protected void Become(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        _behavior = receive;
    }

    /// <summary>Puts a behavior on top of the present one.</summary>
    protected void BecomeStacked(Receive receive)
    {
        ArgumentNullException.ThrowIfNull(receive);
        (_below ??= new Stack<Receive?>()).Push(_behavior);
        _behavior = receive;
    }

    /// <summary>Goes back to the behavior below; without one, to the first.</summary>
    protected void UnbecomeStacked() => _behavior = _below is { Count: > 0 } ? _below.Pop() : null;

    /// <summary>Runs before the first message.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Runs after the last message, when the children have stopped.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Runs in the instance that failed, before it is replaced. Stops the children and calls <see cref="PostStop"/>.</summary>
    /// <param name="reason">What was thrown.</param>
    /// <param name="message">What was being handled, if anything.</param>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (var child in Context.GetChildren()) Context.Stop(child);
        PostStop();
    }

    /// <summary>Runs in the new instance. Calls <see cref="PreStart"/>.</summary>
    /// <param name="reason">What the instance before had thrown.</param>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>What is done about children that throw; a strategy given by <see cref="Props"/> goes before it.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Runtime.SupervisorStrategy.DefaultStrategy;
}
