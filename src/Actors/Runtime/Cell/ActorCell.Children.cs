using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StreamActors.Runtime;

/// <summary>The children of the actor, and what is done when they throw.</summary>
internal sealed partial class ActorCell
{
    // The guardian's children are made by any thread; elsewhere the lock is never contended.
    private readonly Lock _childrenLock = new();
    private Dictionary<string, ChildEntry>? _children;
    private int _stoppingChildren;
    private int _generatedNames;
    private bool _closedForChildren;

    private bool AnyChildStopping => _stoppingChildren > 0;

    private bool AnyChild
    {
        get
        {
            lock (_childrenLock) return _children is { Count: > 0 };
        }
    }

    public IActorRef ActorOf(Props props, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(props);
        if (name is not null && !ActorPath.IsValidPathElement(name))
            throw new InvalidActorNameException($"'{name}' can't be the name of an actor.");
        ActorCell child;
        lock (_childrenLock)
        {
            if (_closedForChildren || IsTerminated)
                throw new InvalidOperationException($"{_self.Path} is stopping and can't make children.");
            _children ??= [];
            name ??= "$" + _generatedNames++.ToString(CultureInfo.InvariantCulture);
            if (_children.ContainsKey(name))
                throw new InvalidActorNameException($"{_self.Path} has a child '{name}' already.");
            child = new ActorCell(System, props, this, name);
            _children.Add(name, new ChildEntry(child));
        }
        child.Start();
        return child._self;
    }

    public IActorRef Child(string name)
    {
        lock (_childrenLock)
            return _children is not null && _children.TryGetValue(name, out var entry) ? entry.Cell._self : ActorRefs.Nobody;
    }

    public IEnumerable<IActorRef> GetChildren() => [.. EntriesInOrder().Select(entry => entry.Cell._self)];

    public void Stop(IActorRef actor)
    {
        if (actor is not LocalActorRef { Cell: var cell }) return;
        if (TryGetEntry(cell, out var entry)) StopChild(entry);
        else cell.PostSystem(new TerminateMessage());
    }

    private void StopChildren()
    {
        lock (_childrenLock) _closedForChildren = true;
        foreach (var entry in EntriesInOrder()) StopChild(entry);
    }

    private void StopChild(ChildEntry entry)
    {
        if (entry.Stopping) return;
        entry.Stopping = true;
        _stoppingChildren++;
        entry.Cell.PostSystem(new TerminateMessage());
    }

    private void HandleChildTerminated(ActorCell child)
    {
        if (!TryGetEntry(child, out var entry)) return;
        lock (_childrenLock) _children!.Remove(child._self.Name);
        if (entry.Stopping) _stoppingChildren--;
        TryFinishRestart();
        TryFinishTerminate();
    }

    private void HandleFailed(ActorCell child, Exception cause)
    {
        if (!TryGetEntry(child, out var entry) || entry.Stopping) return;
        entry.Statistics ??= new RestartStatistics();
        var decision = (_strategy ?? SupervisorStrategy.DefaultStrategy).Decide(cause, entry.Statistics, System);
        switch (decision.Directive)
        {
            case Directive.Resume:
                child.PostSystem(new ResumeMessage());
                break;
            case Directive.Restart:
                child.PostSystem(new RestartMessage(cause, decision.Delay));
                break;
            case Directive.Escalate:
                entry.Escalated = true;
                Fail(cause);
                break;
            default:
                StopChild(entry);
                break;
        }
    }

    /// <summary>What was decided about this actor is decided about the children that had failed it, too.</summary>
    private void DecideEscalated(Func<SystemMessage> decision)
    {
        foreach (var entry in EntriesInOrder())
        {
            if (!entry.Escalated || entry.Stopping) continue;
            entry.Escalated = false;
            entry.Cell.PostSystem(decision());
        }
    }

    private bool TryGetEntry(ActorCell child, [NotNullWhen(true)] out ChildEntry? entry)
    {
        lock (_childrenLock)
        {
            entry = null;
            return _children is not null && _children.TryGetValue(child._self.Name, out entry) && ReferenceEquals(entry.Cell, child);
        }
    }

    private ChildEntry[] EntriesInOrder()
    {
        lock (_childrenLock)
            return _children is null ? [] : [.. _children.Values.OrderBy(entry => entry.Cell._self.Uid)];
    }

    private sealed class ChildEntry(ActorCell cell)
    {
        public ActorCell Cell => cell;

        public bool Stopping { get; set; }

        public bool Escalated { get; set; }

        public RestartStatistics? Statistics { get; set; }
    }
}
