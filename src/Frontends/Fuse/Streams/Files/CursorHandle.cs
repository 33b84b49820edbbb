using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Messages;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An open file that a named cursor reads. A read first acknowledges what earlier ones have returned, so that a message is
/// read again unless its reader came back for more. Reads are done one after the other.
/// </summary>
internal sealed class CursorHandle : StreamHandle
{
    private const uint NonBlocking = 0x800;
    private const int PageBytes = 4096;

    private readonly PartitionId _partition;
    private readonly OpenReader _open;
    private readonly bool _follows;
    private readonly int _longestRead;
    private readonly StepQueue _steps;
    private readonly TailPoll _poll;
    private long _position;
    private long _acknowledged;

    /// <summary>Makes a handle.</summary>
    /// <param name="file">The file.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="open">Its reader.</param>
    /// <param name="follows">Whether a read at the end waits.</param>
    /// <param name="maxPages">The longest READ of the mount, in pages.</param>
    public CursorHandle(CursorFile file, PartitionId partition, OpenReader open, bool follows, int maxPages)
        : base(file)
    {
        _partition = partition;
        _open = open;
        _follows = follows;
        _longestRead = maxPages * PageBytes;
        _steps = new StepQueue(open.Link.Context);
        _poll = new TailPoll(open.Link);
    }

    private StreamsContext Context => _open.Link.Context;

    /// <inheritdoc/>
    public override void Read(Call call, in ReadRequest request, Span<byte> buffer)
    {
        var (parked, size, waits) = (call.Park(), request.Size, _follows && (request.Flags & NonBlocking) == 0);
        Read(parked, size, waits);
    }

    /// <inheritdoc/>
    public override void Fsync(Call call, bool dataOnly)
    {
        var parked = call.Park();
        _steps.Do(parked, async () =>
        {
            if (await AcknowledgeAsync().ConfigureAwait(false) is { } failure)
                Context.Refuse(parked, failure, nameof(Fsync));
            else
                parked.Finish(Errno.None);
        });
    }

    /// <inheritdoc/>
    public override void Lseek(Call call, in LseekRequest request) => call.Finish(Errno.ESPIPE);

    /// <inheritdoc/>
    public override void Poll(Call call, in PollRequest request)
    {
        if (_follows)
            _poll.Poll(call, request, Volatile.Read(ref _position), _open.Reader);
        else
            base.Poll(call, request);
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        base.Abandon();
        _open.GiveBack();
    }

    private void Read(Call parked, int size, bool waits) => _steps.Do(parked, () => ReadAsync(parked, size, waits));

    private async Task ReadAsync(Call parked, int size, bool waits)
    {
        if (await AcknowledgeAsync().ConfigureAwait(false) is { } failure)
        {
            Context.Refuse(parked, failure, nameof(Read));
            return;
        }
        var reader = _open.Reader;
        var isEnded = reader.IsEnded;
        // To say that there is nothing more acknowledges everything, so it has to be known.
        var isComplete = reader.IsComplete || isEnded;
        var interrupt = new CancellationTokenSource();
        if (reader.IsElsewhere)
            parked.Reply.Park().OnInterrupt(() =>
            {
                parked.Finish(Errno.EINTR);
                interrupt.Cancel();
            });
        // A read(2) that is longer than a READ comes as several of them, unless one is answered short: and the second one
        // would acknowledge what the caller has not got yet.
        var wanted = Math.Max(1, size >= _longestRead - PageBytes ? size - 1 : size);
        var buffer = ArrayPool<byte>.Shared.Rent(reader.IsElsewhere ? wanted : (int)Math.Clamp(reader.End - _position, 1, wanted));
        var (fault, count) = await _open.ReadAsync(_position, buffer.AsMemory(0, Math.Min(buffer.Length, wanted)), interrupt.Token).ConfigureAwait(false);
        if (reader.IsElsewhere && count == 0)
            (isEnded, isComplete) = (reader.IsEnded, reader.IsComplete || reader.IsEnded);
        if (fault == Fault.NotHere)
            Wait(parked, _position, size, untilComplete: true);
        else if (fault != Fault.None)
            Context.Refuse(parked, new Failure(fault, "the bytes can't be read"), _open.Link.OpenRequest);
        else if (count == 0 && waits && !isEnded)
            Wait(parked, _position, size, untilComplete: false);
        else if (count == 0 && !_follows && !isComplete)
            Wait(parked, _position, size, untilComplete: true);
        else if (count == 0 && _follows && !isEnded)
            parked.Finish(Errno.EAGAIN);
        else if (parked.Data(buffer.AsSpan(0, count)))
            Volatile.Write(ref _position, _position + count);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Waits out of turn, so that others are done meanwhile, and then reads again.</summary>
    private void Wait(Call parked, long position, int size, bool untilComplete)
    {
        var waiter = _open.Link.NewWaiter();
        _ = ReadGrownAsync(parked, waiter, position, size, untilComplete);
        parked.Reply.Park().OnInterrupt(() =>
        {
            parked.Finish(Errno.EINTR);
            _open.Link.CancelWait(waiter);
        });
    }

    private async Task ReadGrownAsync(Call parked, WaiterId waiter, long position, int size, bool untilComplete)
    {
        object? reply;
        try
        {
            reply = await _open.Link.Wait(waiter, position, untilComplete).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            reply = ErrnoTable.FailureOf(cause);
        }
        if (reply is Failure { Fault: Fault.UnknownHandle })
            reply = await _open.Link.WaitAnewAsync(waiter, position, untilComplete).ConfigureAwait(false);
        if (reply is PartitionReply.Grown)
            Read(parked, size, waits: !untilComplete);
        else if (StreamsContext.FailureOf(reply) is { Fault: not Fault.Cancelled } failure)
            Context.Refuse(parked, failure, nameof(PartitionRequest.Wait));
        else
            parked.Finish(Errno.EINTR);
    }

    /// <summary>Acknowledges the messages that lie wholly before the position.</summary>
    private async Task<Failure?> AcknowledgeAsync()
    {
        if (_position == 0)
            return null;
        var (fault, offset) = await _open.Reader.OffsetAtAsync(_position).ConfigureAwait(false);
        if (fault != Fault.None)
            return new Failure(fault, "the place of the cursor can't be told");
        if (offset <= _acknowledged)
            return null;
        var request = new PartitionRequest.Acknowledge(_partition, _open.Link.Id, offset);
        var reply = await Context.AskAsync(Context.Addresses.Partitions, request).ConfigureAwait(false);
        if (reply is Failure { Fault: Fault.UnknownHandle })
        {
            if (await _open.Link.ReopenAsync().ConfigureAwait(false) is { } lost)
                return lost;
            reply = await Context.AskAsync(Context.Addresses.Partitions, request).ConfigureAwait(false);
        }
        if (reply is not PartitionReply.Done)
            return StreamsContext.FailureOf(reply);
        _acknowledged = offset;
        return null;
    }
}
