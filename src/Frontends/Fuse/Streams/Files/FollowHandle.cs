using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An open file of messages whose readers wait at the end. While one waits nothing is held for it but the call and the place
/// in the actor's list; its buffer is rented when there is something to read.
/// </summary>
internal sealed class FollowHandle : ReadHandle
{
    private const uint NonBlocking = 0x800;

    private readonly TailPoll _poll;
    private long _position;

    public FollowHandle(StreamFile file, OpenReader open)
        : base(file, open) => _poll = new TailPoll(open.Link);

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var reader = Reader;
        // Asked before the bytes are: an end that was told together with them is the last one.
        var isEnded = reader.IsEnded;
        var fault = reader.Read(request.Offset, buffer[..request.Size], out var count);
        Volatile.Write(ref _position, request.Offset + count);
        if (Link.IsLost && fault == Fault.None && count == 0)
            fault = Fault.UnknownHandle;
        if (fault != Fault.None || count > 0 || isEnded)
            Answer(call, fault, buffer[..count]);
        else if ((request.Flags & NonBlocking) != 0)
            call.Finish(Errno.EAGAIN);
        else
            Wait(call.Park(), request.Offset, request.Size);
    }

    /// <inheritdoc/>
    /// <remarks>A poll has no position: it is taken to be where the last read ended.</remarks>
    public override void Poll(Call call, in PollRequest request) => _poll.Poll(call, request, Volatile.Read(ref _position), Reader);

    private void Wait(Call parked, long offset, int size)
    {
        var waiter = Link.NewWaiter();
        _ = ReadGrownAsync(parked, waiter, offset, size);
        // Said after the wait, so that the actor hears of the wait first.
        parked.Reply.Park().OnInterrupt(() =>
        {
            parked.Finish(Errno.EINTR);
            Link.CancelWait(waiter);
        });
    }

    /// <summary>Answers when the file has grown. One asynchronous method, since thousands of them wait at a time.</summary>
    private async Task ReadGrownAsync(Call parked, WaiterId waiter, long offset, int size)
    {
        object? reply;
        try
        {
            reply = await Link.Wait(waiter, offset, inTurn: Reader.IsInMemory).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            reply = ErrnoTable.FailureOf(cause);
        }
        if (reply is Failure { Fault: Fault.UnknownHandle })
            reply = await Link.WaitAnewAsync(waiter, offset).ConfigureAwait(false);
        if (reply is PartitionReply.Grown)
            AnswerGrown(parked, offset, size);
        else
            Refuse(parked, StreamsContext.FailureOf(reply));
    }

    private void Refuse(Call parked, Failure failure)
    {
        if (failure.Fault == Fault.Cancelled)
            parked.Finish(Errno.EINTR);
        else
            Link.Context.Refuse(parked, failure, nameof(PartitionRequest.Wait));
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
}
