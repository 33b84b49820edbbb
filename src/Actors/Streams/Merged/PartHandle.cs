using StreamActors.Messages;

namespace StreamActors.Streams;

/// <summary>
/// A handle of one partition that is merged with others: opened where the partition is, and opened anew where it is next. Safe for
/// several threads.
/// </summary>
internal sealed class PartHandle(IActorRef partitions, PartitionId partition, HandleId id, TimeSpan patience, TimeProvider clock) : IDisposable
{
    // How often an operation opens the handle anew, or finds nothing new where there was to be some, in a row that is as quick as this.
    private const int MaxTries = 4;
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closed = new();
    private List<TaskCompletionSource<Failure?>> _reopening = [];
    private ViewId _view;
    private IPartitionReader? _reader;

    // It may still be read from: it is disposed of with the next.
    private IPartitionReader? _before;
    private long _lastWaiter;
    private bool _isClosed;

    /// <summary>The bytes, as they are read where the partition is, or was last; once it is open.</summary>
    public IPartitionReader Reader => Volatile.Read(ref _reader)!;

    /// <summary>Finds where the view begins, and opens it. The task does not fail.</summary>
    /// <param name="kind">How messages become bytes.</param>
    /// <param name="start">Where it begins; null for the oldest message.</param>
    /// <returns>Null, or why it can't be opened.</returns>
    public async Task<Failure?> OpenAsync(ViewKind kind, StartPlace? start)
    {
        var found = await AskAsync(new PartitionRequest.FindView(partition, kind, start)).ConfigureAwait(false);
        if (found is not PartitionReply.Found { View: var view })
            return AskFailures.In(found);
        _view = view;
        return await OpenOnceAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Has the reader do something that needs its host. Where that has changed, the next one does it; what is to be there, and is not yet,
    /// is waited for. The task does not fail.
    /// </summary>
    /// <param name="read">What to do.</param>
    /// <param name="missing">Where what is missing comes, position in bytes, and by which fault it was told; null where nothing need be there.</param>
    /// <param name="cancellation">Ends it; the failure is then <see cref="Fault.Cancelled"/>.</param>
    /// <returns>Why not, or how much was read.</returns>
    public async Task<(Failure? Failure, int Count)> ReadAsync(
        Func<IPartitionReader, CancellationToken, ValueTask<ReadOutcome>> read, Func<IPartitionReader, Fault, long>? missing, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closed.Token);
        var end = 0L;
        for (var tries = 0; ; tries++)
        {
            var reader = Reader;
            var (fault, count) = await read(reader, either.Token).ConfigureAwait(false);
            var isMissing = missing is not null && (fault == Fault.NotHere || (fault == Fault.None && count == 0));
            if (fault == Fault.None && !isMissing)
                return (null, count);
            if (either.IsCancellationRequested)
                return (new Failure(Fault.Cancelled, "it was taken back"), 0);
            // A mirror that is made anew at the next host comes to what was there bit by bit.
            if (reader.End > end)
                (end, tries) = (reader.End, 0);
            var failure = (isMissing, fault) switch
            {
                (true, _) when tries < MaxTries => await WaitAsync(missing!(reader, fault), untilComplete: true, either.Token).ConfigureAwait(false),
                (false, Fault.UnknownHandle) when tries < MaxTries => await ReopenAsync(reader).ConfigureAwait(false),
                (true, _) => new Failure(Fault.InputOutput, $"messages of partition {partition} that were there do not come"),
                _ => new Failure(fault, $"partition {partition} can't be read"),
            };
            if (failure is not null)
                return (failure, 0);
        }
    }

    /// <summary>Waits until there is more, on whichever host. The task does not fail.</summary>
    /// <param name="position">Behind which position in bytes.</param>
    /// <param name="untilComplete">Whether it ends, too, when everything is there that the source has.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Null, or why nothing comes.</returns>
    public async Task<Failure?> WaitAsync(long position, bool untilComplete, CancellationToken cancellation)
    {
        for (var tries = 0; ; tries++)
        {
            var (reader, waiter, since) = (Reader, new WaiterId(Interlocked.Increment(ref _lastWaiter)), clock.GetTimestamp());
            var asked = AskFailures.ReplyTo(partitions.Ask<object>(new PartitionRequest.Wait(partition, id, waiter, position, untilComplete)));
            object reply;
            // Said after the wait, so that the partition hears of the wait first.
            using (cancellation.UnsafeRegister(_ => partitions.Tell(new PartitionRequest.CancelWait(partition, id, waiter), ActorRefs.NoSender), null))
                reply = await asked.ConfigureAwait(false);
            if (reply is PartitionReply.Grown)
                return null;
            if (clock.GetElapsedTime(since) > Quick)
                tries = 0;
            if (reply is not Failure { Fault: Fault.UnknownHandle } || tries == MaxTries || cancellation.IsCancellationRequested)
                return AskFailures.In(reply);
            if (await ReopenAsync(reader).ConfigureAwait(false) is { } failure)
                return failure;
        }
    }

    /// <summary>Closes it, also while it is being opened. Idempotent.</summary>
    public void Dispose()
    {
        IPartitionReader? reader, before;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            (reader, before) = (_reader, _before);
        }
        _closed.Cancel();
        TellClose();
        reader?.Dispose();
        before?.Dispose();
    }

    /// <summary>Opens it anew, once for all who find that its reader is known no more: with each open the one before is lost.</summary>
    private Task<Failure?> ReopenAsync(IPartitionReader lost)
    {
        // A task of its own for each: of one that several await only one goes on where it ends.
        var told = new TaskCompletionSource<Failure?>();
        lock (_gate)
        {
            if (_reader != lost)
                return Task.FromResult<Failure?>(null);
            _reopening.Add(told);
            if (_reopening.Count > 1)
                return told.Task;
        }
        _ = ReopenOnceAsync();
        return told.Task;
    }

    private async Task ReopenOnceAsync()
    {
        var failure = await OpenOnceAsync().ConfigureAwait(false);
        List<TaskCompletionSource<Failure?>> waiting;
        lock (_gate)
            (waiting, _reopening) = (_reopening, []);
        foreach (var told in waiting)
            told.SetResult(failure);
    }

    private async Task<Failure?> OpenOnceAsync()
    {
        var reply = await AskAsync(new PartitionRequest.Open(partition, id, _view)).ConfigureAwait(false);
        if (reply is not PartitionReply.Opened { Reader: var opened })
            return AskFailures.In(reply);
        IPartitionReader? unused;
        lock (_gate)
        {
            unused = _isClosed ? opened : _before;
            if (!_isClosed)
                (_before, _reader) = (_reader, opened);
        }
        unused?.Dispose();
        if (unused != opened)
            return null;
        // It was opened after its close was told.
        TellClose();
        return new Failure(Fault.Cancelled, "the handle was closed");
    }

    private void TellClose() => partitions.Tell(new PartitionRequest.Close(partition, id), ActorRefs.NoSender);

    private Task<object> AskAsync(PartitionRequest request) => AskFailures.ReplyTo(partitions.Ask<object>(request, patience));
}
