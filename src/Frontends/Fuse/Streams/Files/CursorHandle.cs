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

    // The reader that the positions are of; null before the first operation.
    private IPartitionReader? _reader;
    private long _position;

    // Whether the position is known to be where a message ends: a read that its buffer cut short may have got a part of one.
    private bool _isWhole = true;

    // The message at which the name is, or was to be put last, and its position; null where that is not known.
    private (long Offset, long? At) _acknowledged = (0, 0);
    private (long Offset, long? At) _asked = (0, 0);

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
        _poll = new TailPoll(open);
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
            _poll.Poll(call, request, PositionIn(_open.Reader), _open.Reader);
        else
            base.Poll(call, request);
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        base.Abandon();
        _open.GiveBack();
    }

    // Where positions of a new reader are not known yet, a read finds out.
    private long PositionIn(IPartitionReader reader) => Volatile.Read(ref _reader) == reader ? Volatile.Read(ref _position) : -1;

    private void Read(Call parked, int size, bool waits, int reopens = 0) => _steps.Do(parked, () => ReadAsync(parked, size, waits, reopens));

    private async Task ReadAsync(Call parked, int size, bool waits, int reopens)
    {
        if (await AcknowledgeAsync().ConfigureAwait(false) is { } failure)
        {
            Context.Refuse(parked, failure, nameof(Read));
            return;
        }
        var reader = _reader!;
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
        var (fault, count) = await reader.ReadAsync(_position, buffer.AsMemory(0, Math.Min(buffer.Length, wanted)), interrupt.Token).ConfigureAwait(false);
        if (reader.IsElsewhere && count == 0)
            (isEnded, isComplete) = (reader.IsEnded, reader.IsComplete || reader.IsEnded);
        if (fault == Fault.UnknownHandle && reopens < OpenReader.MaxReopens)
            await ReopenAsync(reader, parked, size, waits, reopens).ConfigureAwait(false);
        else if (fault == Fault.NotHere)
            Wait(parked, _position, size, untilComplete: true, reopens);
        else if (fault != Fault.None)
            Context.Refuse(parked, new Failure(fault, "the bytes can't be read"), _open.Link.OpenRequest);
        else if (count == 0 && waits && !isEnded)
            Wait(parked, _position, size, untilComplete: false, reopens);
        else if (count == 0 && !_follows && !isComplete)
            Wait(parked, _position, size, untilComplete: true, reopens);
        else if (count == 0 && _follows && !isEnded)
            parked.Finish(Errno.EAGAIN);
        else if (parked.Data(buffer.AsSpan(0, count)) && count > 0)
        {
            // At the end of the partition a message ends; of another host's bytes fewer may have come than there are.
            _isWhole = !reader.IsElsewhere && count < Math.Min(buffer.Length, wanted);
            Volatile.Write(ref _position, _position + count);
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Reads again, once whoever has the partition now has the handle.</summary>
    private async Task ReopenAsync(IPartitionReader lost, Call parked, int size, bool waits, int reopens)
    {
        if (await _open.ReopenAsync(lost).ConfigureAwait(false) is { } failure)
            Context.Refuse(parked, failure, _open.Link.OpenRequest);
        else
            Read(parked, size, waits, reopens + 1);
    }

    /// <summary>Waits out of turn, so that others are done meanwhile, and then reads again.</summary>
    private void Wait(Call parked, long position, int size, bool untilComplete, int reopens)
    {
        var waiter = _open.Link.NewWaiter();
        _ = ReadGrownAsync(parked, waiter, position, size, untilComplete, reopens);
        parked.Reply.Park().OnInterrupt(() =>
        {
            parked.Finish(Errno.EINTR);
            _open.Link.CancelWait(waiter);
        });
    }

    private async Task ReadGrownAsync(Call parked, WaiterId waiter, long position, int size, bool untilComplete, int reopens)
    {
        object? reply;
        var (reader, since) = (_open.Reader, Context.Clock.GetTimestamp());
        try
        {
            reply = await _open.Link.Wait(waiter, position, untilComplete).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            reply = ErrnoTable.FailureOf(cause);
        }
        if (_open.IsLong(since))
            reopens = 0;
        if (reply is Failure { Fault: Fault.UnknownHandle } && reopens < OpenReader.MaxReopens)
            await ReopenAsync(reader, parked, size, waits: !untilComplete, reopens).ConfigureAwait(false);
        else if (reply is PartitionReply.Grown)
            Read(parked, size, waits: !untilComplete);
        else if (StreamsContext.FailureOf(reply) is { Fault: not Fault.Cancelled } failure)
            Context.Refuse(parked, failure, nameof(PartitionRequest.Wait));
        else
            parked.Finish(Errno.EINTR);
    }

    /// <summary>Acknowledges the messages that lie wholly before the position.</summary>
    private async Task<Failure?> AcknowledgeAsync()
    {
        for (var reopens = 0; ; reopens++)
        {
            var reader = _open.Reader;
            var (fault, cause) = (await SettleAsync(reader).ConfigureAwait(false), default(Failure));
            if (fault == Fault.None)
                (fault, cause) = await AcknowledgeOnceAsync().ConfigureAwait(false);
            if (fault != Fault.UnknownHandle || reopens == OpenReader.MaxReopens)
                return fault == Fault.None ? null : cause ?? new Failure(fault, "the place of the cursor can't be told");
            if (await _open.ReopenAsync(reader).ConfigureAwait(false) is { } lost)
                return lost;
        }
    }

    /// <summary>
    /// Makes the position one of the reader that the handle has now. A new one begins at the message at which the name is: at the
    /// last one that was acknowledged, or where an acknowledgement without an answer has put it.
    /// </summary>
    private async Task<Fault> SettleAsync(IPartitionReader reader)
    {
        if (reader == _reader)
            return Fault.None;
        var (fault, begin, _) = await reader.MessageAtAsync(0).ConfigureAwait(false);
        if (fault != Fault.None)
            return fault;
        var known = begin == _acknowledged.Offset ? _acknowledged.At : begin == _asked.Offset ? _asked.At : null;
        var position = 0L;
        if (_reader is not null && known is { } at)
            position = _position - at;
        // Whoever got a part of a message must get the rest of it next, and nobody knows how much that is.
        else if (!_isWhole)
            return Fault.InputOutput;
        _acknowledged = _asked = (begin, 0);
        Volatile.Write(ref _position, position);
        Volatile.Write(ref _reader, reader);
        return Fault.None;
    }

    private async Task<(Fault Fault, Failure? Cause)> AcknowledgeOnceAsync()
    {
        if (_position == 0 || _position == _acknowledged.At)
            return default;
        var (fault, offset, begin) = await _reader!.MessageAtAsync(_position).ConfigureAwait(false);
        if (fault == Fault.None && begin is not null)
            _isWhole = begin == _position;
        // A host of an older version does not tell where the message begins.
        else if (fault == Fault.None && !_isWhole)
        {
            (fault, var last, _) = await _reader.MessageAtAsync(_position - 1).ConfigureAwait(false);
            _isWhole = fault == Fault.None && last < offset;
        }
        if (fault != Fault.None)
            return (fault, null);
        if (offset <= _acknowledged.Offset)
            return default;
        _asked = (offset, begin ?? (_isWhole ? _position : null));
        var request = new PartitionRequest.Acknowledge(_partition, _open.Link.Id, offset);
        var reply = await Context.AskAsync(Context.Addresses.Partitions, request).ConfigureAwait(false);
        if (reply is not PartitionReply.Done)
        {
            var failure = StreamsContext.FailureOf(reply);
            return (failure.Fault, failure);
        }
        _acknowledged = _asked;
        return default;
    }
}
