using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// The locks on one file: those of flock(2), and ranges of fcntl(2), which do not see each other. They hold among the
/// processes that use this mount; other mounts and hosts do not know of them.
/// </summary>
internal sealed class StreamLocks
{
    /// <summary>The most locks on one file; a further one is ENOLCK.</summary>
    public const int MaxLocks = 1000;

    /// <summary>The most requests that wait for a lock on one file; a further one is ENOLCK.</summary>
    public const int MaxWaiters = 1000;

    private readonly Lock _gate = new();
    private readonly List<Held> _waiting = [];
    private List<Held> _held = [];

    /// <summary>GETLK: the first lock that is in the way; one of type F_UNLCK where none is.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The lock that is asked for.</param>
    public void Get(Call call, in LockRequest request)
    {
        Held? found;
        lock (_gate)
            found = InTheWayOf(request);
        call.Struct(found is { Request: var other }
            ? new FuseFileLock { Start = (ulong)other.Start, End = (ulong)other.End, Type = other.Type, Pid = other.Pid }
            : new FuseFileLock { Start = (ulong)request.Start, End = (ulong)request.End, Type = (uint)Linux.F_UNLCK });
    }

    /// <summary>SETLK and SETLKW.</summary>
    /// <param name="call">The call.</param>
    /// <param name="handle">The open file that it came through.</param>
    /// <param name="request">The lock, or what is to be unlocked.</param>
    public void Set(Call call, Handle handle, in LockRequest request)
    {
        var asked = new Held(handle, request);
        Errno error;
        lock (_gate)
        {
            error = TrySet(asked);
            if (error == Errno.EAGAIN && request.Wait)
            {
                if (_waiting.Count < MaxWaiters)
                {
                    asked.Call = call.Park();
                    _waiting.Add(asked);
                }
                else
                    error = Errno.ENOLCK;
            }
        }
        if (asked.Call is { } parked)
            ((Kernel.ParkedReply)parked.Reply).OnInterrupt(() => Interrupt(asked));
        else if (error == Errno.EAGAIN)
            SetAfterCloses(call.Park(), asked);
        else
            call.Finish(error);
        // One that became a read lock makes room as one that is gone.
        if (error == Errno.None && request.Type != (uint)Linux.F_WRLCK)
            Wake();
    }

    /// <summary>A process closed a descriptor of the file: by POSIX all its ranges end.</summary>
    /// <param name="owner">The process.</param>
    public void Drop(ulong owner) => Remove(held => !held.Request.Flock && held.Request.Owner == owner);

    /// <summary>An open file is gone, and with it what was locked through it.</summary>
    /// <param name="handle">The open file.</param>
    public void HandleGone(Handle handle) => Remove(held => held.Handle == handle);

    /// <summary>Decides at last who would not wait: whose lock was in the way may have closed the file just before.</summary>
    private void SetAfterCloses(Call parked, Held asked) => parked.Tree.Connection.AfterCloses(() =>
    {
        Errno error;
        lock (_gate)
            error = TrySet(asked);
        // Nobody is there any more to hold it.
        if (!parked.Finish(error) && error == Errno.None)
            Remove(held => held == asked);
    });

    private void Remove(Predicate<Held> ends)
    {
        lock (_gate)
            if (_held.RemoveAll(ends) == 0)
                return;
        Wake();
    }

    /// <summary>Answers those who can have their locks now, in the order in which they came.</summary>
    private void Wake()
    {
        List<(Call Call, Held Asked, Errno Error)>? answers = null;
        lock (_gate)
        {
            for (var i = 0; i < _waiting.Count;)
            {
                var asked = _waiting[i];
                var error = TrySet(asked);
                if (error == Errno.EAGAIN)
                {
                    i++;
                    continue;
                }
                _waiting.RemoveAt(i);
                (answers ??= []).Add((asked.Call!, asked, error));
            }
        }
        foreach (var (call, asked, error) in answers ?? [])
            // Nobody is there any more to hold it.
            if (!call.Finish(error) && error == Errno.None)
                Remove(held => held == asked);
    }

    private void Interrupt(Held asked)
    {
        lock (_gate)
            _waiting.Remove(asked);
        asked.Call!.Finish(Errno.EINTR);
    }

    private Errno TrySet(Held asked)
    {
        var request = asked.Request;
        var isUnlock = request.Type == (uint)Linux.F_UNLCK;
        if (!isUnlock && InTheWayOf(request) is not null)
            return Errno.EAGAIN;
        // What the owner had in the range gives way; what it had at both sides of it stays.
        var held = new List<Held>(_held.Count + 1);
        foreach (var one in _held)
        {
            if (!IsSameOwner(one.Request, request) || !Overlap(one.Request, request))
            {
                held.Add(one);
                continue;
            }
            if (one.Request.Start < request.Start)
                held.Add(new Held(one.Handle, one.Request with { End = request.Start - 1 }));
            if (one.Request.End > request.End)
                held.Add(new Held(one.Handle, one.Request with { Start = request.End + 1 }));
        }
        if (!isUnlock)
            held.Add(asked);
        if (held.Count > MaxLocks && held.Count > _held.Count)
            return Errno.ENOLCK;
        _held = held;
        return Errno.None;
    }

    private Held? InTheWayOf(LockRequest request) => _held.Find(held =>
        held.Request.Flock == request.Flock && held.Request.Owner != request.Owner && Overlap(held.Request, request) &&
        (held.Request.Type == (uint)Linux.F_WRLCK || request.Type == (uint)Linux.F_WRLCK));

    private static bool IsSameOwner(in LockRequest one, in LockRequest other) => one.Flock == other.Flock && one.Owner == other.Owner;

    private static bool Overlap(in LockRequest one, in LockRequest other) => one.Flock || (one.Start <= other.End && other.Start <= one.End);

    /// <summary>A lock that is held, or waited for.</summary>
    private sealed class Held(Handle handle, in LockRequest request)
    {
        public Handle Handle { get; } = handle;

        public LockRequest Request { get; } = request;

        /// <summary>Who waits for it.</summary>
        public Call? Call { get; set; }
    }
}
