namespace StreamActors.Runtime;

/// <summary>Who watches this actor, and whom it watches.</summary>
internal sealed partial class ActorCell
{
    private List<LocalActorRef>? _watchers;
    private Dictionary<IActorRef, object?>? _watching;

    public IActorRef Watch(IActorRef subject) => WatchFor(subject, null);

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return WatchFor(subject, message);
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        if (_watching is not null && _watching.Remove(subject) && subject is LocalActorRef { Cell: var cell })
            cell.PostSystem(new UnwatchMessage(_self));
        return subject;
    }

    private IActorRef WatchFor(IActorRef subject, object? message)
    {
        ArgumentNullException.ThrowIfNull(subject);
        if (ReferenceEquals(subject, _self)) return subject;
        _watching ??= [];
        var isNew = _watching.TryAdd(subject, message);
        if (!isNew)
        {
            _watching[subject] = message;
            return subject;
        }
        if (subject is LocalActorRef { Cell: var cell }) cell.PostSystem(new WatchMessage(_self));
        else PostSystem(new DeathWatchNotification(subject));
        return subject;
    }

    private void HandleWatch(LocalActorRef watcher)
    {
        if (IsTerminated) watcher.Cell.PostSystem(new DeathWatchNotification(_self));
        else if (!(_watchers ??= []).Contains(watcher)) _watchers.Add(watcher);
    }

    private void NotifyWatchers()
    {
        foreach (var watcher in _watchers ?? []) watcher.Cell.PostSystem(new DeathWatchNotification(_self));
        _watchers = null;
    }

    /// <summary>Behind the messages that wait, so that what the dead actor had told before comes first.</summary>
    private void HandleDeathWatchNotification(IActorRef dead)
    {
        if (_watching is not null && _watching.ContainsKey(dead)) Post(new DeathNotice(dead), dead);
    }

    private void DeliverTerminated(DeathNotice notice)
    {
        if (_watching is null || !_watching.Remove(notice.Dead, out var message)) return;
        message ??= new Terminated(notice.Dead);
        _currentMessage = message;
        _actor!.Handle(message);
    }

    private void StopWatching()
    {
        foreach (var subject in _watching?.Keys.ToArray() ?? []) Unwatch(subject);
        _watching = null;
    }

    /// <summary>A <see cref="Terminated"/> in the mailbox; whether it is still wanted is known when it is handled.</summary>
    private sealed record DeathNotice(IActorRef Dead) : IRuntimeMessage;
}
