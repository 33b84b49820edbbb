using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>An open file of messages: reads are served where its bytes lie, without a message.</summary>
internal class ReadHandle : StreamHandle
{
    protected const uint NonBlocking = 0x800;

    private const uint SeekData = 3;

    public ReadHandle(StreamFile file, OpenReader open)
        : base(file) => Open = open;

    protected OpenReader Open { get; }

    protected ReaderLink Link => Open.Link;

    protected IPartitionReader Reader => Open.Reader;

    /// <summary>Answers SEEK_DATA and SEEK_HOLE of a file without holes.</summary>
    /// <param name="call">The call.</param>
    /// <param name="request">The arguments.</param>
    /// <param name="end">Its end.</param>
    public static void Seek(Call call, in LseekRequest request, long end)
    {
        if (request.Offset < 0 || request.Offset >= end)
            call.Finish(Errno.ENXIO);
        else
            call.Position(request.Whence == SeekData ? request.Offset : end);
    }

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var reader = Reader;
        // Asked before the bytes are: what is complete has no more of them.
        var isComplete = reader.IsComplete || reader.IsEnded;
        var fault = reader.Read(request.Offset, buffer[..request.Size], out var count);
        if (IsElsewhere(reader, fault))
            Fetch(call.Park(), request.Offset, request.Size, untilComplete: true, (request.Flags & NonBlocking) == 0);
        else if (fault != Fault.NotHere && (fault != Fault.None || count > 0 || isComplete))
            Answer(call, fault, buffer[..count]);
        else if ((request.Flags & NonBlocking) != 0)
            call.Finish(Errno.EAGAIN);
        else
            Wait(call.Park(), request.Offset, request.Size, untilComplete: true);
    }

    /// <inheritdoc/>
    public override void Lseek(Call call, in LseekRequest request)
    {
        if (!Reader.IsElsewhere && !Reader.IsLost)
        {
            Seek(call, request, Reader.End);
            return;
        }
        var (parked, asked) = (call.Park(), request);
        _ = SeekAsync();

        async Task SeekAsync()
        {
            var outcome = await Open.ReadAsync(0, Memory<byte>.Empty, CancellationToken.None).ConfigureAwait(false);
            if (outcome.Fault == Fault.None)
                Seek(parked, asked, Reader.End);
            else
                Answer(parked, outcome.Fault, []);
        }
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        base.Abandon();
        Open.GiveBack();
    }

    /// <summary>Whether a reader's fault says that bytes have to be asked of another host, or of another reader.</summary>
    protected static bool IsElsewhere(IPartitionReader reader, Fault fault) =>
        fault == Fault.UnknownHandle || (fault == Fault.NotHere && reader.IsElsewhere);

    /// <summary>Whether a read at the end has nothing to wait for.</summary>
    protected virtual bool IsAll(IPartitionReader reader) => reader.IsComplete || reader.IsEnded;

    /// <summary>Answers a READ once its bytes are here that lie on another host. A signal takes back what was asked there.</summary>
    /// <param name="parked">The call.</param>
    /// <param name="offset">Position in bytes.</param>
    /// <param name="size">How many bytes at most.</param>
    /// <param name="untilComplete">What a wait at the end is for.</param>
    /// <param name="waits">Whether it waits at the end.</param>
    protected void Fetch(Call parked, long offset, int size, bool untilComplete, bool waits)
    {
        var interrupt = new CancellationTokenSource();
        _ = FetchAsync(parked, offset, size, untilComplete, waits, interrupt.Token);
        parked.Reply.Park().OnInterrupt(() =>
        {
            parked.Finish(Errno.EINTR);
            interrupt.Cancel();
        });
    }

    /// <summary>Answers a READ with what the reader gave.</summary>
    protected void Answer(Call call, Fault fault, ReadOnlySpan<byte> bytes)
    {
        if (fault == Fault.None)
            call.Data(bytes);
        else
            Link.Context.Refuse(call, new Failure(fault, "the bytes can't be read"), Link.OpenRequest);
    }

    /// <summary>Told where a read has ended that had waited.</summary>
    /// <param name="position">Position in bytes.</param>
    protected virtual void HasRead(long position)
    {
        // Only who is polled has to know.
    }

    /// <summary>
    /// Answers a READ once there is more. While it waits nothing is held for it but the call and the place in the actor's
    /// list; its buffer is rented when there is something to read.
    /// </summary>
    protected void Wait(Call parked, long offset, int size, bool untilComplete)
    {
        var waiter = Link.NewWaiter();
        _ = ReadGrownAsync(parked, waiter, offset, size, untilComplete);
        // Said after the wait, so that the actor hears of the wait first.
        parked.Reply.Park().OnInterrupt(() =>
        {
            parked.Finish(Errno.EINTR);
            Link.CancelWait(waiter);
        });
    }

    /// <summary>Answers when the file has grown. One asynchronous method, since thousands of them wait at a time.</summary>
    private async Task ReadGrownAsync(Call parked, WaiterId waiter, long offset, int size, bool untilComplete)
    {
        object? reply;
        var reader = Reader;
        try
        {
            reply = await Link.Wait(waiter, offset, untilComplete, inTurn: reader.IsInMemory).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            reply = ErrnoTable.FailureOf(cause);
        }
        if (reply is Failure { Fault: Fault.UnknownHandle })
            reply = await Open.WaitAnewAsync(reader, waiter, offset, untilComplete).ConfigureAwait(false);
        if (reply is PartitionReply.Grown)
            AnswerGrown(parked, offset, size, untilComplete);
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

    private async Task FetchAsync(Call parked, long offset, int size, bool untilComplete, bool waits, CancellationToken interrupt)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        var (fault, count) = await Open.ReadAsync(offset, buffer.AsMemory(0, size), interrupt).ConfigureAwait(false);
        HasRead(offset + count);
        if (fault == Fault.Cancelled)
            parked.Finish(Errno.EINTR);
        else if (fault != Fault.NotHere && (fault != Fault.None || count > 0 || IsAll(Reader)))
            Answer(parked, fault, buffer.AsSpan(0, count));
        else if (waits)
            Wait(parked, offset, size, untilComplete);
        else
            parked.Finish(Errno.EAGAIN);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void AnswerGrown(Call parked, long offset, int size, bool untilComplete)
    {
        var reader = Reader;
        if (reader.IsElsewhere)
        {
            Fetch(parked, offset, size, untilComplete, waits: true);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(reader.End - offset, 1, size));
        var fault = reader.Read(offset, buffer.AsSpan(0, Math.Min(buffer.Length, size)), out var count);
        HasRead(offset + count);
        if (fault == Fault.UnknownHandle)
            Fetch(parked, offset, size, untilComplete, waits: true);
        // It can have gone again since it came.
        else if (fault == Fault.NotHere)
            Wait(parked, offset, size, untilComplete);
        else
            Answer(parked, fault, buffer.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
