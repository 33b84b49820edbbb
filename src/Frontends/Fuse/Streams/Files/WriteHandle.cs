using System.Buffers;
using StreamActors.Fuse.Kernel;
using StreamActors.Fuse.Requests;
using StreamActors.Fuse.Tree;
using StreamActors.Messages;
using StreamActors.Messages.Writing;

namespace StreamActors.Fuse.Streams;

/// <summary>
/// An open file that is written. Its writes, flushes and syncs are done one after the other; while one waits for its actor
/// the call is parked, and no thread waits.
/// </summary>
internal abstract class WriteHandle : StreamHandle
{
    private const uint Appends = 0x400;
    private const uint SyncsData = 0x1000;
    private const uint HasLockOwner = 2;
    private const int PageBytes = 4096;

    private readonly WriteTarget _target;
    private readonly StepQueue _steps;
    private readonly AppendStamps _stamps;
    private MessageSplitter? _splitter;

    // What became of an append is unknown, and perhaps nobody heard of it: told once.
    private Fault _untold;

    // Of the last write: one that goes on where it ended, and was as long as can be, may be the same write(2).
    private long _lastEnd = -1;
    private int _lastLength;
    private ulong? _lastOwner;
    private int _isGivenBack;

    protected WriteHandle(StreamInode inode, WriteTarget target)
        : base(inode)
    {
        _target = target;
        _steps = new StepQueue(target.Context);
        _stamps = new AppendStamps(target.Context);
    }

    /// <summary>Where bytes can be written, if not everywhere: at the end.</summary>
    protected abstract long? End { get; }

    /// <inheritdoc/>
    public override void Write(Call call, in WriteRequest request)
    {
        // A write goes on behind this handle's last one, whatever became of its bytes, or at the end; O_APPEND has no position.
        if ((request.Flags & Appends) == 0 && End is { } end && request.Offset < end && request.Offset != Volatile.Read(ref _lastEnd))
        {
            call.Finish(Errno.EPERM);
            return;
        }
        if (request.Data.IsEmpty)
        {
            call.Written(0);
            return;
        }
        var write = new Written(
            request.Offset, request.Data.Length, (request.WriteFlags & HasLockOwner) != 0 ? request.LockOwner : null,
            (request.Flags & SyncsData) != 0, call.Tree.Connection.Features.MaxWrite);
        if (_steps.TryEnter())
        {
            var isDone = false;
            try
            {
                isDone = TryWriteAtOnce(call, request.Data, write);
            }
            finally
            {
                if (!isDone)
                    _steps.Leave();
            }
            if (isDone)
                return;
        }
        var (parked, data) = (call.Park(), ArrayPool<byte>.Shared.Rent(write.Length));
        request.Data.CopyTo(data);
        _steps.Do(parked, () => WriteAsync(parked, data, write));
    }

    /// <inheritdoc/>
    public override void Flush(Call call, ulong lockOwner)
    {
        Unlock(lockOwner);
        if (_steps.TryEnter())
        {
            var isIdle = _untold == Fault.None && (_splitter is null || (!_splitter.HasRestOf(lockOwner) && !_splitter.IsRefusing(lockOwner)));
            _steps.Leave();
            if (isIdle)
            {
                call.Finish(Errno.None);
                return;
            }
        }
        var parked = call.Park();
        _steps.Do(parked, () => FlushAsync(parked, lockOwner));
    }

    /// <inheritdoc/>
    public override void Fsync(Call call, bool dataOnly)
    {
        var parked = call.Park();
        _steps.Do(parked, () => SyncAsync(parked));
    }

    /// <inheritdoc/>
    /// <remarks>Space is the log's own; with "not supported" the C library would write zeros by itself.</remarks>
    public override void Fallocate(Call call, in FallocateRequest request) => call.Finish(Errno.EPERM);

    /// <inheritdoc/>
    public override void Lseek(Call call, in LseekRequest request) => ReadHandle.Seek(call, request, End ?? 0);

    /// <inheritdoc/>
    public override void Release(Call call, in ReleaseRequest request)
    {
        base.Abandon();
        if (Interlocked.Exchange(ref _isGivenBack, 1) != 0)
        {
            call.Finish(Errno.None);
            return;
        }
        if (_steps.TryEnter())
        {
            // Nothing is under way and nothing is held: there is nothing to wait for.
            var isIdle = _splitter is not { HeldBytes: > 0 };
            if (isIdle)
                GiveBack();
            _steps.Leave();
            if (isIdle)
            {
                call.Finish(Errno.None);
                return;
            }
        }
        GiveBack(call.Park());
    }

    /// <inheritdoc/>
    public override void Abandon()
    {
        base.Abandon();
        if (Interlocked.Exchange(ref _isGivenBack, 1) == 0)
            GiveBack(call: null);
    }

    /// <summary>Gives back what the handle holds.</summary>
    protected abstract void GiveBack();

    /// <summary>Writes without a copy of the bytes, where they can be split as they are. The caller has the turn, and keeps it where this is false.</summary>
    private bool TryWriteAtOnce(Call call, ReadOnlySpan<byte> data, in Written write)
    {
        if (_splitter is not { } splitter || _untold != Fault.None)
            return false;
        var batch = _target.Context.Batches.Rent();
        var fault = splitter.Split(data, write.Owner, batch, out var taken);
        if (fault != Fault.None || taken < data.Length)
        {
            _target.Context.Batches.Return(batch);
            return false;
        }
        if (batch.Count > 0)
        {
            _ = StoreAtOnceAsync(call.Park(), batch, write);
            return true;
        }
        _target.Context.Batches.Return(batch);
        splitter.Accept();
        Remember(write, write.Length);
        _steps.Leave();
        call.Written(write.Length);
        return true;
    }

    private async Task StoreAtOnceAsync(Call parked, MessageBatch batch, Written write)
    {
        Failure? failure;
        try
        {
            var isTold = IsTold(write);
            failure = await StoreAsync(batch, Inode).ConfigureAwait(false);
            if (failure is null)
                _splitter!.Accept();
            else
                Keep(failure, isTold);
            Remember(write, failure is null ? write.Length : 0);
            failure ??= await SyncWrittenAsync(write, isTold).ConfigureAwait(false);
        }
        finally
        {
            _steps.Leave();
        }
        Answer(parked, failure, write.Length);
    }

    private async Task WriteAsync(Call parked, byte[] data, Written write)
    {
        var (failure, done) = await WriteAsync(data, write).ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(data);
        Remember(write, done);
        if (done > 0)
            failure = await SyncWrittenAsync(write, isTold: true).ConfigureAwait(false);
        Answer(parked, failure, done);
    }

    /// <summary>Writes, a batch after the other: what was stored is told, and the error behind it at the next write.</summary>
    private async Task<(Failure? Failure, int Done)> WriteAsync(byte[] data, Written write)
    {
        if (TakeUntold() is { } untold)
            return (untold, 0);
        if (_splitter is null)
        {
            var (form, failure) = await _target.FormAsync().ConfigureAwait(false);
            if (form is null)
                return (failure, 0);
            _splitter = new MessageSplitter(form);
        }
        var isTold = IsTold(write);
        for (var done = 0; ;)
        {
            var batch = _target.Context.Batches.Rent();
            var fault = _splitter.Split(data.AsSpan(done, write.Length - done), write.Owner, batch, out var taken);
            if (taken == 0)
            {
                _target.Context.Batches.Return(batch);
                if (done == 0)
                    _splitter.Refuse(data.AsSpan(0, write.Length), write.Owner, fault, isTold, isWhole: !write.IsFull(write.Length));
                return (NoMessage(fault), done);
            }
            if (await StoreAsync(batch, Inode).ConfigureAwait(false) is { } refused)
            {
                Keep(refused, isTold && done == 0);
                return (refused, done);
            }
            _splitter.Accept();
            done += taken;
            if (fault != Fault.None || done == write.Length)
                return (null, done);
        }
    }

    private async Task FlushAsync(Call parked, ulong owner)
    {
        var failure = TakeUntold();
        if (_splitter is { } splitter)
        {
            failure ??= NoMessage(splitter.EndRefusal(owner));
            // What it is told of now is not tried again.
            if (splitter.HasRestOf(owner))
                failure = await StoreRestAsync(splitter, keeps: false).ConfigureAwait(false) ?? failure;
        }
        if (failure is null)
            parked.Finish(Errno.None);
        else
            _target.Context.RefuseAtClose(parked, failure, GetType().Name);
    }

    private async Task SyncAsync(Call parked)
    {
        var failure = TakeUntold();
        if (_splitter is { } splitter)
        {
            failure ??= NoMessage(splitter.EndRefusal());
            failure = await StoreRestAsync(splitter, keeps: true).ConfigureAwait(false) ?? failure;
        }
        failure = await _target.SyncAsync().ConfigureAwait(false) ?? failure;
        Answer(parked, failure);
    }

    /// <summary>Ends the handle in its turn, which the end of the mount waits for.</summary>
    private void GiveBack(Call? call)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _target.Context.Ending(ended.Task);
        _steps.Do(null, async () =>
        {
            try
            {
                await EndAsync().ConfigureAwait(false);
            }
            finally
            {
                ended.SetResult();
                call?.Finish(Errno.None);
            }
        });
    }

    private async Task EndAsync()
    {
        if (_splitter is { HeldBytes: > 0 and var held } splitter && await StoreRestAsync(splitter, keeps: false).ConfigureAwait(false) is { } lost)
            _target.Context.LogLost(held, lost);
        GiveBack();
    }

    /// <summary>Makes a message of the rest that is held.</summary>
    /// <param name="splitter">Holds it.</param>
    /// <param name="keeps">Whether a rest that was surely not stored stays for the bytes that are to come.</param>
    private async Task<Failure?> StoreRestAsync(MessageSplitter splitter, bool keeps)
    {
        if (splitter.HeldBytes == 0)
            return null;
        var batch = _target.Context.Batches.Rent();
        var fault = splitter.TakeRest(batch);
        if (fault != Fault.None)
        {
            _target.Context.Batches.Return(batch);
            if (!keeps)
                splitter.Clear();
            return NoMessage(fault);
        }
        var failure = await StoreAsync(batch, writtenTo: null).ConfigureAwait(false);
        if (failure is null)
            splitter.Accept();
        else if (!keeps || IsUnknown(failure.Fault))
            splitter.Clear();
        return failure;
    }

    /// <summary>Appends messages, and then tells the kernel of it.</summary>
    /// <param name="batch">The messages.</param>
    /// <param name="writtenTo">The file, where its WRITE is answered next; else null.</param>
    private async Task<Failure?> StoreAsync(MessageBatch batch, Inode? writtenTo)
    {
        _stamps.Stamp(batch);
        if (batch.Count > 0)
        {
            var failure = await _target.AppendAsync(batch).ConfigureAwait(false);
            _target.HasGrown(writtenTo);
            if (failure is not null)
                return failure;
        }
        _target.Context.Batches.Return(batch);
        return null;
    }

    private async Task<Failure?> SyncWrittenAsync(Written write, bool isTold)
    {
        if (!write.Syncs || await _target.SyncAsync().ConfigureAwait(false) is not { } failure)
            return null;
        Keep(failure, isTold);
        return failure;
    }

    /// <summary>Whether an error reaches the writer: that of a write's second half does not, where the first one was taken.</summary>
    private bool IsTold(in Written write) => !write.IsFull(_lastLength) || _lastEnd != write.Offset || _lastOwner != write.Owner;

    private void Remember(in Written write, int done)
    {
        if (done > 0)
            Volatile.Write(ref _lastEnd, write.Offset + done);
        (_lastLength, _lastOwner) = (done == write.Length ? done : 0, write.Owner);
    }

    private void Keep(Failure failure, bool isTold)
    {
        if (!isTold && IsUnknown(failure.Fault))
            _untold = failure.Fault;
    }

    private Failure? TakeUntold()
    {
        var fault = _untold;
        _untold = Fault.None;
        return fault == Fault.None ? null : new Failure(fault, "an earlier write may have been stored, or not");
    }

    private void Answer(Call parked, Failure? failure, int? written = null)
    {
        if (failure is not null)
            _target.Context.Refuse(parked, failure, GetType().Name);
        else if (written is { } count)
            parked.Written(count);
        else
            parked.Finish(Errno.None);
    }

    private static bool IsUnknown(Fault fault) => fault is Fault.InputOutput or Fault.TimedOut or Fault.Crashed or Fault.Cancelled;

    private static Failure? NoMessage(Fault fault) => fault == Fault.None ? null : new Failure(fault, "what was written is no message");

    /// <summary>What is known of a WRITE besides its bytes.</summary>
    private readonly record struct Written(long Offset, int Length, ulong? Owner, bool Syncs, int MaxWrite)
    {
        /// <summary>Whether a WRITE of a length is as long as can be, so that its write(2) may be longer. Where its bytes lie in their page costs a page.</summary>
        public bool IsFull(int length) => MaxWrite > 0 && length >= MaxWrite - PageBytes;
    }
}
