using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Fuse.Kernel;

/// <summary>
/// A reply that outlives its handler: an answer from an actor, or a read that waits at the end of a partition.
/// Whoever answers first wins; the others learn that they came late from <see cref="TrySend"/>.
/// </summary>
public sealed class ParkedReply : Reply
{
    private readonly ParkedReplies _parked;
    private int _claimed;
    private Action? _onInterrupt;
    private bool _interrupted;

    internal ParkedReply(ParkedReplies parked, ulong unique, IFuseChannel channel, bool mayWait)
    {
        MayWait = mayWait;
        _parked = parked;
        Unique = unique;
        Channel = channel;
    }

    /// <summary>A token that nobody answered: the kernel's caller would hang, so it gets EIO, and the log says so.</summary>
    ~ParkedReply()
    {
        if (TryClaim())
            _parked.Dropped(this, Write(Errno.EIO, default, default));
    }

    /// <inheritdoc/>
    protected override IFuseChannel Channel { get; }

    /// <summary>Whether somebody has answered it.</summary>
    public bool IsAnswered => Volatile.Read(ref _claimed) != 0;

    internal bool MayWait { get; }

    /// <summary>
    /// Says what to do when the caller is interrupted (a signal, or its death). Called at once where that has
    /// happened already. The action has to lead to an answer, as a rule EINTR.
    /// </summary>
    /// <param name="action">Called at most once, on a device thread; must not block.</param>
    public void OnInterrupt(Action action)
    {
        lock (_parked.Gate)
        {
            if (!_interrupted)
            {
                _onInterrupt = action;
                return;
            }
        }
        action();
    }

    /// <summary>Answers the request, unless that was done before.</summary>
    /// <param name="error">None for success.</param>
    /// <param name="head">The fixed part.</param>
    /// <param name="payload">What follows it.</param>
    /// <returns>Whether this call answered it and the kernel took it.</returns>
    public bool TrySend(Errno error, ReadOnlySpan<byte> head = default, ReadOnlySpan<byte> payload = default) =>
        TryClaim() && Write(error, head, payload);

    /// <inheritdoc/>
    public override ParkedReply Park() => this;

    internal void Interrupt()
    {
        Action? action;
        lock (_parked.Gate)
        {
            _interrupted = true;
            action = _onInterrupt;
            _onInterrupt = null;
        }
        action?.Invoke();
    }

    /// <inheritdoc/>
    [SuppressMessage("Usage", "CA1816", Justification = "The finalizer stands in for an answer; an answered token needs none.")]
    protected override bool TryClaim()
    {
        if (Interlocked.Exchange(ref _claimed, 1) != 0)
            return false;
        GC.SuppressFinalize(this);
        _parked.Remove(Unique);
        return true;
    }
}
