using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>Answers POLL at the end of a file that waits for more, and wakes who polls.</summary>
internal sealed class TailPoll(OpenReader open)
{
    private const uint PollIn = 0x1;
    private const uint PollReadNormal = 0x40;

    private int _isPolled;

    /// <summary>Answers a POLL.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    /// <param name="position">Where the next read will be: a poll has no position.</param>
    /// <param name="reader">The bytes.</param>
    public void Poll(Call call, in PollRequest request, long position, IPartitionReader reader)
    {
        var (end, isEnded) = (reader.End, reader.IsEnded);
        var isReadable = end > position || isEnded;
        // Also while there is something to read: an edge-triggered epoll wants to hear of what comes next.
        if (request.ScheduleNotify && !isEnded && Interlocked.Exchange(ref _isPolled, 1) == 0)
            _ = WakeAsync(call.Tree.Connection.Notifier, end, request.Kh);
        call.Polled(isReadable ? request.Events & (PollIn | PollReadNormal) : 0);
    }

    private async Task WakeAsync(INotifier notifier, long position, ulong kh)
    {
        var (waiter, reader) = (open.Link.NewWaiter(), open.Reader);
        object reply;
        try
        {
            reply = await open.Link.Wait(waiter, position).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            reply = ErrnoTable.FailureOf(cause);
        }
        // Positions of a reader that was opened anew may be others: whoever polls looks again.
        if (reply is Failure { Fault: Fault.UnknownHandle })
            await open.ReopenAsync(reader).ConfigureAwait(false);
        Volatile.Write(ref _isPolled, 0);
        // After a failure, too: whoever polls then finds out by reading.
        notifier.Poll(kh);
    }
}
