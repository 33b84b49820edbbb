using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// The requests that wait for an answer from elsewhere, by id, so that INTERRUPT finds them. Entries are weak: a token
/// that everyone forgot can still be finalized, and then answers EIO.
/// </summary>
public sealed partial class ParkedReplies
{
    /// <summary>INTERRUPTs that came before their request was parked are kept up to this many.</summary>
    public const int MaxEarlyInterrupts = 1024;

    private readonly ConcurrentDictionary<ulong, WeakReference<ParkedReply>> _byUnique = new();
    private readonly Lock _early = new();
    private readonly Queue<ulong> _earlyOrder = new();
    private readonly HashSet<ulong> _earlyInterrupts = [];
    private readonly ILogger _logger;
    private volatile Errno _drained = Errno.None;

    /// <summary>Makes an empty table.</summary>
    /// <param name="logger">Told of tokens that were dropped.</param>
    public ParkedReplies(ILogger logger) => _logger = logger;

    /// <summary>How many requests wait.</summary>
    public int Count => _byUnique.Count;

    /// <summary>Handles an INTERRUPT.</summary>
    /// <param name="unique">The request that it is for.</param>
    /// <remarks>
    /// A request that is being worked on is not known yet: the interrupt is remembered, and applied if it parks.
    /// A request that was answered needs nothing, so INTERRUPT itself is never answered (EAGAIN would make the kernel
    /// send it again at once, for as long as the request runs).
    /// </remarks>
    public void Interrupt(ulong unique)
    {
        lock (_early)
        {
            if (!_byUnique.ContainsKey(unique))
            {
                if (_earlyInterrupts.Add(unique))
                    _earlyOrder.Enqueue(unique);
                if (_earlyOrder.Count > MaxEarlyInterrupts)
                    _earlyInterrupts.Remove(_earlyOrder.Dequeue());
                return;
            }
        }
        if (_byUnique.TryGetValue(unique, out var weak) && weak.TryGetTarget(out var reply))
            reply.Interrupt();
    }

    /// <summary>
    /// Ends what may wait without end, now and from now on, so that the files can be closed before an unmount; what an
    /// actor is working on is left to it.
    /// </summary>
    /// <param name="error">What the callers get.</param>
    public void Drain(Errno error)
    {
        _drained = error;
        foreach (var weak in _byUnique.Values)
            if (weak.TryGetTarget(out var reply) && reply.MayWait)
                End(reply, error);
    }

    /// <summary>Answers everything, when the mount is gone.</summary>
    /// <param name="error">What the callers get.</param>
    public void AnswerAll(Errno error)
    {
        foreach (var weak in _byUnique.Values)
            if (weak.TryGetTarget(out var reply))
                reply.TrySend(error);
    }

    internal ParkedReply Add(ulong unique, IFuseChannel channel, bool mayWait)
    {
        var reply = new ParkedReply(this, unique, channel, mayWait);
        bool interrupted;
        lock (_early)
        {
            _byUnique[unique] = new WeakReference<ParkedReply>(reply, trackResurrection: true);
            interrupted = _earlyInterrupts.Remove(unique);
        }
        if (interrupted)
            reply.Interrupt();
        // Read after the token can be found, so that one of this and Drain sees the other.
        if (mayWait && _drained is var error && error != Errno.None)
            End(reply, error);
        return reply;
    }

    // The interrupt lets whoever waits with the token forget it; the answer it leads to comes late.
    private static void End(ParkedReply reply, Errno error)
    {
        if (reply.TrySend(error))
            reply.Interrupt();
    }

    internal void Remove(ulong unique) => _byUnique.TryRemove(unique, out _);

    /// <summary>The lock of a token's interrupt state; one for all, since interrupts are rare and it is held for two assignments.</summary>
    internal Lock Gate => _early;

    internal void Dropped(ParkedReply reply, bool taken) => LogDropped(_logger, reply.Unique, taken);

    [LoggerMessage(Level = LogLevel.Error, Message = "request {Unique} was dropped without an answer; its caller got EIO (taken by the kernel: {Taken})")]
    private static partial void LogDropped(ILogger logger, ulong unique, bool taken);
}
