using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An open partition whose readers wait at the end. While one waits nothing is held for it but the call and the place in
/// the actor's list; its buffer is rented when there is something to read.
/// </summary>
internal sealed class FollowHandle : PartitionHandle
{
    private const uint NonBlocking = 0x800;
    private const uint PollIn = 0x1;
    private const uint PollReadNormal = 0x40;

    private readonly ViewId _view;
    private long _lastWaiter;
    private long _position;
    private int _isPolled;

    public FollowHandle(PartitionFile file, StreamsContext context, PartitionId partition, ViewId view, HandleId id, IPartitionReader reader)
        : base(file, context, partition, id, reader) => _view = view;

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var reader = Reader;
        // Asked before the bytes are: an end that was told together with them is the last one.
        var isEnded = reader.IsEnded;
        var fault = reader.Read(request.Offset, buffer[..request.Size], out var count);
        Volatile.Write(ref _position, request.Offset + count);
        if (fault != Fault.None || count > 0 || isEnded)
            Answer(call, fault, buffer[..count]);
        else if ((request.Flags & NonBlocking) != 0)
            call.Finish(Errno.EAGAIN);
        else
            Wait(call.Park(), request.Offset, request.Size);
    }

    /// <inheritdoc/>
    /// <remarks>A poll has no position: it is taken to be where the last read ended.</remarks>
    public override void Poll(Call call, in PollRequest request)
    {
        var position = Volatile.Read(ref _position);
        var (end, isEnded) = (Reader.End, Reader.IsEnded);
        var isReadable = end > position || isEnded;
        // Also while there is something to read: an edge-triggered epoll wants to hear of what comes next.
        if (request.ScheduleNotify && !isEnded && Interlocked.Exchange(ref _isPolled, 1) == 0)
            _ = WakeAsync(call.Tree.Connection.Notifier, end, request.Kh);
        call.Polled(isReadable ? request.Events & (PollIn | PollReadNormal) : 0);
    }

    private void Wait(Call parked, long offset, int size)
    {
        var waiter = NewWaiter();
        _ = ReadGrownAsync(parked, waiter, offset, size);
        // Said after the wait, so that the actor hears of the wait first.
        parked.Reply.Park().OnInterrupt(() =>
        {
            parked.Finish(Errno.EINTR);
            Context.Addresses.Partitions.Tell(new PartitionRequest.CancelWait(Partition, Id, waiter), null);
        });
    }

    /// <summary>Answers when the partition has grown. One asynchronous method, since thousands of them wait at a time.</summary>
    private async Task ReadGrownAsync(Call parked, WaiterId waiter, long offset, int size)
    {
        object? reply;
        try
        {
            reply = await Context.Addresses.Partitions.Ask<object>(new PartitionRequest.Wait(Partition, Id, waiter, offset)).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            reply = ErrnoTable.FailureOf(cause);
        }
        if (reply is Failure { Fault: Fault.UnknownHandle })
            reply = await WaitAnewAsync(waiter, offset).ConfigureAwait(false);
        if (reply is PartitionReply.Grown)
            AnswerGrown(parked, offset, size);
        else
            Refuse(parked, FailureOf(reply));
    }

    private void Refuse(Call parked, Failure failure)
    {
        if (failure.Fault == Fault.Cancelled)
            parked.Finish(Errno.EINTR);
        else
            Context.Refuse(parked, failure, nameof(PartitionRequest.Wait));
    }

    private void AnswerGrown(Call parked, long offset, int size)
    {
        var reader = Reader;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(reader.End - offset, 1, size));
        var fault = reader.Read(offset, buffer.AsSpan(0, Math.Min(buffer.Length, size)), out var count);
        Volatile.Write(ref _position, offset + count);
        Answer(parked, fault, buffer.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private async Task WakeAsync(INotifier notifier, long position, ulong kh)
    {
        var waiter = NewWaiter();
        var reply = await AskAsync(new PartitionRequest.Wait(Partition, Id, waiter, position), null).ConfigureAwait(false);
        if (reply is Failure { Fault: Fault.UnknownHandle })
            await WaitAnewAsync(waiter, position).ConfigureAwait(false);
        Volatile.Write(ref _isPolled, 0);
        // After a failure, too: whoever polls then finds out by reading.
        notifier.Poll(kh);
    }

    /// <summary>Waits for growth of a partition whose actor was restarted: it is told of the handle again.</summary>
    private async Task<object> WaitAnewAsync(WaiterId waiter, long position)
    {
        var reply = await AskAsync(new PartitionRequest.Open(Partition, Id, _view), Context.Options.AskTimeout).ConfigureAwait(false);
        if (reply is not PartitionReply.Opened opened)
            return reply;
        Replace(opened.Reader);
        return await AskAsync(new PartitionRequest.Wait(Partition, Id, waiter, position), null).ConfigureAwait(false);
    }

    /// <summary>Asks the partition. The task does not fail.</summary>
    private async Task<object> AskAsync(PartitionRequest request, TimeSpan? timeout)
    {
        try
        {
            return await Context.Addresses.Partitions.Ask<object>(request, timeout).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            return ErrnoTable.FailureOf(cause);
        }
    }

    private static Failure FailureOf(object? reply) => reply switch
    {
        Failure failure => failure,
        Status.Failure failed => ErrnoTable.FailureOf(failed.Cause),
        _ => new Failure(Fault.Crashed, $"unexpected reply {reply}"),
    };

    private WaiterId NewWaiter() => new(Interlocked.Increment(ref _lastWaiter));
}
