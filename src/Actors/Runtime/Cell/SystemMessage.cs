namespace StreamActors.Runtime;

/// <summary>What the runtime itself tells an actor. Goes before all waiting messages, and always gets through.
/// Each is told once: it is its own link in the queue.</summary>
internal abstract class SystemMessage
{
    public SystemMessage? Next;
}

/// <summary>What the runtime puts among an actor's other messages, because its order among them matters.</summary>
internal interface IRuntimeMessage;

/// <summary>To a new actor: make the instance.</summary>
internal sealed class CreateMessage : SystemMessage;

/// <summary>To an actor: stop.</summary>
internal sealed class TerminateMessage : SystemMessage;

/// <summary>To a parent: the child threw, and waits for the decision.</summary>
internal sealed class FailedMessage(ActorCell child, Exception cause) : SystemMessage
{
    public ActorCell Child => child;

    public Exception Cause => cause;
}

/// <summary>To a child that threw: go on as you are.</summary>
internal sealed class ResumeMessage : SystemMessage;

/// <summary>To a child that threw: make a new instance, after the delay.</summary>
internal sealed class RestartMessage(Exception cause, TimeSpan delay) : SystemMessage
{
    public Exception Cause => cause;

    public TimeSpan Delay => delay;
}

/// <summary>To a child that waits before its restart: the wait is over.</summary>
internal sealed class BackoffElapsedMessage : SystemMessage;

/// <summary>To a parent: the child has stopped.</summary>
internal sealed class ChildTerminatedMessage(ActorCell child) : SystemMessage
{
    public ActorCell Child => child;
}

/// <summary>To an actor: tell the watcher when you have stopped.</summary>
internal sealed class WatchMessage(LocalActorRef watcher) : SystemMessage
{
    public LocalActorRef Watcher => watcher;
}

/// <summary>To an actor: the watcher doesn't watch any longer.</summary>
internal sealed class UnwatchMessage(LocalActorRef watcher) : SystemMessage
{
    public LocalActorRef Watcher => watcher;
}

/// <summary>To a watcher: the actor has stopped.</summary>
internal sealed class DeathWatchNotification(IActorRef actor) : SystemMessage
{
    public IActorRef Actor => actor;
}
