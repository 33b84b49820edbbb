using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>The open handles of an entity, and the tail waiters at their ends. One caller at a time.</summary>
/// <typeparam name="TAsker">Who asks; only handed back.</typeparam>
internal sealed class OpenHandles<TAsker>(EntitySettings settings)
{
    private readonly Dictionary<HandleId, OpenHandle> _handles = [];
    private readonly Dictionary<HandleId, (object Request, TAsker Asker)> _opening = [];
    private readonly Dictionary<(HandleId, WaiterId), LinkedListNode<Waiter>> _waiters = [];

    // Waiters are answered in the order in which they came.
    private readonly LinkedList<Waiter> _inOrder = new();

    /// <summary>How many handles are open.</summary>
    public int Count => _handles.Count;

    /// <summary>How many waiters wait.</summary>
    public int WaiterCount => _waiters.Count;

    /// <summary>Whether no handle is open or is being opened.</summary>
    public bool IsEmpty => _handles.Count == 0 && _opening.Count == 0;

    /// <summary>Whether a handle is open.</summary>
    public bool IsOpen(HandleId handle) => _handles.ContainsKey(handle);

    /// <summary>Up to where a handle is known to have got the bytes; null where there is no such handle.</summary>
    public long? DeliveredTo(HandleId handle) => _handles.TryGetValue(handle, out var open) ? open.Delivered : null;

    /// <summary>Begins to open a handle.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="request">What asked for it.</param>
    /// <param name="asker">Who asked.</param>
    /// <returns>Null, or why it can't be opened.</returns>
    public Failure? BeginOpen(HandleId handle, object request, TAsker asker)
    {
        if (_handles.Count + _opening.Count >= settings.MaxHandles)
            return new Failure(Fault.TooManyHandles, $"{settings.MaxHandles} handles are open");
        return _opening.TryAdd(handle, (request, asker)) ? null : new Failure(Fault.Busy, $"handle {handle} is being opened");
    }

    /// <summary>Ends opening a handle.</summary>
    /// <returns>False where it was closed before, or was never begun: who asked knows already.</returns>
    public bool EndOpen(HandleId handle, IPartitionReader? reader, out TAsker? asker)
    {
        var isKnown = _opening.Remove(handle, out var opening);
        asker = opening.Asker;
        if (!isKnown)
            return false;
        if (reader is null)
            return true;
        if (_handles.TryGetValue(handle, out var open))
            open.Reader = reader;
        else
            _handles.Add(handle, new OpenHandle(reader));
        return true;
    }

    /// <summary>Waits at a handle that is open.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="waiter">Names the wait.</param>
    /// <param name="position">Position in bytes.</param>
    /// <param name="untilComplete">Whether completeness ends it, too.</param>
    /// <param name="request">What asked for it.</param>
    /// <param name="asker">Who asked.</param>
    /// <returns>The reply, or null where it comes later.</returns>
    public object? Wait(HandleId handle, WaiterId waiter, long position, bool untilComplete, object request, TAsker asker)
    {
        var open = _handles[handle];
        open.Delivered = position;
        if (ReplyOf(open.Reader, position, untilComplete) is { } reply)
            return reply;
        if (_waiters.Count >= settings.MaxWaiters)
            return new Failure(Fault.TooManyWaiters, $"{settings.MaxWaiters} tail waiters wait");
        var key = (handle, waiter);
        if (_waiters.ContainsKey(key))
            return new Failure(Fault.Busy, $"{handle} has a waiter {waiter.Value} already");
        _waiters[key] = _inOrder.AddLast(new Waiter(handle, waiter, position, untilComplete, request, asker));
        open.Waiters.Add(waiter);
        if (!untilComplete)
            open.Reader.Awaited();
        return null;
    }

    /// <summary>Takes out the waiters whose handles have grown past their positions, have ended, or have all that they wait for.</summary>
    /// <returns>Who they are, in the order in which they came, and their replies.</returns>
    public IEnumerable<(TAsker Asker, object Reply)> TakeGrown()
    {
        for (var node = _inOrder.First; node is not null;)
        {
            var (waiter, next) = (node.Value, node.Next);
            if (ReplyOf(_handles[waiter.Handle].Reader, waiter.Position, waiter.UntilComplete) is { } reply)
            {
                Remove(node);
                yield return (waiter.Asker, reply);
            }
            node = next;
        }
    }

    /// <summary>Takes out a waiter.</summary>
    /// <returns>False where there is none.</returns>
    public bool Cancel(HandleId handle, WaiterId waiter, out TAsker? asker)
    {
        asker = default;
        if (!_waiters.TryGetValue((handle, waiter), out var node))
            return false;
        Remove(node);
        asker = node.Value.Asker;
        return true;
    }

    /// <summary>Takes out a handle.</summary>
    /// <param name="handle">The handle.</param>
    /// <param name="reader">Its reader; null where it was not open.</param>
    /// <returns>Who waits at it or opens it.</returns>
    public IReadOnlyList<TAsker> Close(HandleId handle, out IPartitionReader? reader)
    {
        var askers = new List<TAsker>();
        reader = null;
        if (_opening.Remove(handle, out var opener))
            askers.Add(opener.Asker);
        if (_handles.TryGetValue(handle, out var open))
        {
            foreach (var waiter in open.Waiters.ToArray())
                if (Cancel(handle, waiter, out var asker))
                    askers.Add(asker!);
            _handles.Remove(handle);
            reader = open.Reader;
        }
        return askers;
    }

    /// <summary>Takes out everything, and lets go of the readers.</summary>
    /// <returns>Who waits, and what he asked: tail waiters in their order, then those who open.</returns>
    public IReadOnlyList<(object Request, TAsker Asker)> Clear()
    {
        (object, TAsker)[] askers =
        [
            .. _inOrder.Select(waiter => (waiter.Request, waiter.Asker)),
            .. _opening.OrderBy(opening => opening.Key.Number).Select(opening => opening.Value),
        ];
        foreach (var open in _handles.Values)
            open.Reader.LetGo();
        _handles.Clear();
        _opening.Clear();
        _waiters.Clear();
        _inOrder.Clear();
        return askers;
    }

    private static object? ReplyOf(IPartitionReader reader, long position, bool untilComplete)
    {
        // Asked in this order, so that an end that is told together with the bytes before it is the last one.
        var isEnded = reader.IsEnded || (untilComplete && reader.IsComplete);
        var end = reader.End;
        if (end > position && !reader.IsEnded && !reader.IsHere(position))
            return reader.Stalled;
        if (end > position || isEnded)
            return new PartitionReply.Grown(end);
        return untilComplete ? reader.Stalled : null;
    }

    private void Remove(LinkedListNode<Waiter> node)
    {
        var waiter = node.Value;
        _waiters.Remove((waiter.Handle, waiter.Id));
        _handles[waiter.Handle].Waiters.Remove(waiter.Id);
        _inOrder.Remove(node);
    }

    private sealed class OpenHandle(IPartitionReader reader)
    {
        public IPartitionReader Reader { get; set; } = reader;

        public long Delivered { get; set; }

        public List<WaiterId> Waiters { get; } = [];
    }

    private readonly record struct Waiter(HandleId Handle, WaiterId Id, long Position, bool UntilComplete, object Request, TAsker Asker);
}
