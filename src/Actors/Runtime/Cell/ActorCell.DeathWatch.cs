namespace StreamActors.Runtime;

/// <summary>Who watches this actor, and whom it watches.</summary>
internal sealed partial class ActorCell
{
    private List<LocalActorRef>? watchers;
    private Dictionary<IActorRef, object?>? watching;

    public IActorRef Watch(IActorRef subject) => WatchFor(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return WatchFor(subject, message);
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        if (watching is not null && watching.Remove(subject) && subject is LocalActorRef { Cell: var cell })
            cell.PostSystem(new UnwatchMessage(self));
        return subject;
    }

    private IActorRef WatchFor(IActorRef subject, object? message)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (ReferenceEquals(subject, self)) return subject;
        watching ??= [];
        var isNew = watching.TryAdd(subject, message);
        if (!isNew)
        {
            watching[subject] = message;
            return subject;
        }
        if (subject is LocalActorRef { Cell: var cell }) cell.PostSystem(new WatchMessage(self));
        else PostSystem(new DeathWatchNotification(subject));
        return subject;
    }

    private void HandleWatch(LocalActorRef watcher)
    {
        if (IsTerminated) watcher.Cell.PostSystem(new DeathWatchNotification(self));
        else if (!(watchers ??= []).Contains(watcher)) watchers.Add(watcher);
    }

    private void NotifyWatchers()
    {
        foreach (var watcher in watchers ?? []) watcher.Cell.PostSystem(new DeathWatchNotification(self));
        watchers = null;
    }

    /// <summary>Behind the messages that wait, so that what the dead actor had told before comes first.</summary>
    private void HandleDeathWatchNotification(IActorRef dead)
    {
        if (watching is not null && watching.ContainsKey(dead)) Post(new DeathNotice(dead), dead);
    }

    private void DeliverTerminated(DeathNotice notice)
    {
        if (watching is null || !watching.Remove(notice.Dead, out var message)) return;
        message ??= new Terminated(notice.Dead);
        currentMessage = message;
        actor!.Handle(message);
    }

    private void StopWatching()
    {
        foreach (var subject in watching?.Keys.ToArray() ?? []) Unwatch(subject);
        watching = null;
    }

    /// <summary>A <see cref="Terminated"/> in the mailbox; whether it is still wanted is known when it is handled.</summary>
    private sealed record DeathNotice(IActorRef Dead) : IRuntimeMessage;
}
