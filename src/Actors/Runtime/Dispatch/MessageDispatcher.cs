namespace StreamActors.Runtime;

/// <summary>Decides where and when actors run (Akka: <c>Akka.Dispatch.MessageDispatcher</c>). A test puts all of
/// them in one thread, in an order that comes from a seed.</summary>
public abstract class MessageDispatcher
{
    /// <summary>How many messages an actor handles before it lets others run; at least 1.</summary>
    public virtual int Throughput => 30;

    /// <summary>Where the continuations of tasks that are piped to actors run.</summary>
    public virtual TaskScheduler ContinuationScheduler => TaskScheduler.Default;

    /// <summary>Whether there is only one thread, so that a run can be repeated. Who awaits an ask then goes on
    /// in the turn of the actor that replies, and nothing depends on the processor.</summary>
    public virtual bool IsSingleThreaded => false;

    /// <summary>Runs <paramref name="item"/> once, later, never inside of this call.</summary>
    public abstract void Execute(IThreadPoolWorkItem item);

    /// <summary>As <see cref="Execute"/>, called by a timer, outside of every actor's turn: there it may run the item itself.</summary>
    public virtual void ExecuteFromTimer(IThreadPoolWorkItem item) => Execute(item);

    /// <summary>As <see cref="Execute"/>, for an item that has run and lets others go first.</summary>
    public virtual void Yield(IThreadPoolWorkItem item) => Execute(item);

    /// <summary>As <see cref="Execute"/>, for an item that is no actor's turn and may block its thread.</summary>
    public virtual void ExecuteBlocking(IThreadPoolWorkItem item) => Execute(item);

    /// <summary>Tells a message for somebody who has nothing to do before the reply: his thread may run what it makes ready.</summary>
    public virtual void TellInPlace(ICanTell recipient, object message, IActorRef? sender)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        recipient.Tell(message, sender);
    }
}
