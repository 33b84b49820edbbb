using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What a partition does: its appends, its handles with their cursors, and its tail waiters. Nothing waits for an append
/// but the one who asked for it. Every call is one step: it changes the state and tells the effects. One caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class PartitionCore<TAsker> : EntityCore<IPartitionSource, PartitionRequest, TAsker, PartitionEffect<TAsker>>
{
    private readonly EntitySettings _settings;
    private readonly OpenHandles<TAsker> _handles;
    private readonly NamedCursors _cursors = new();
    private readonly CursorQueue<TAsker> _forCursors;
    private readonly UnderWay<Asked> _underWay;
    private readonly UnderWay<Appending> _appends;
    private long _appendBytes;
    private bool _isTimerSet;
    private bool _isSourceHandingOver;

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public PartitionCore(EntitySettings settings, long epoch)
        : base(settings, epoch)
    {
        _settings = settings;
        _handles = new OpenHandles<TAsker>(settings);
        _forCursors = new CursorQueue<TAsker>(settings.MaxUnderWay);
        _underWay = new UnderWay<Asked>(settings.MaxUnderWay);
        _appends = new UnderWay<Appending>(settings.MaxAppends);
    }

    /// <summary>How many handles are open.</summary>
    public int HandleCount => _handles.Count;

    /// <summary>How many waiters wait.</summary>
    public int WaiterCount => _handles.WaiterCount;

    /// <summary>Up to where a handle is known to have got the bytes.</summary>
    /// <param name="handle">The handle.</param>
    /// <returns>Position in bytes; null where there is no such handle.</returns>
    public long? CursorOf(HandleId handle) => _handles.DeliveredTo(handle);

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Handle(PartitionRequest request, TAsker asker)
    {
        switch (request)
        {
            case PartitionRequest.CancelWait cancel:
                Cancel(cancel.Handle, cancel.Waiter);
                break;
            case PartitionRequest.Wait wait when !_handles.IsOpen(wait.Handle):
                Reply(asker, UnknownHandle(wait.Handle));
                break;
            case PartitionRequest.Acknowledge acknowledge when !_handles.IsOpen(acknowledge.Handle):
                Reply(asker, UnknownHandle(acknowledge.Handle));
                break;
            case PartitionRequest.Close close:
                Close(close.Handle);
                break;
            default:
                HandleOrWait(request, asker);
                break;
        }
        return TakeEffects();
    }

    /// <summary>
    /// Takes the outcome of <see cref="PartitionEffect{TAsker}.OpenReader"/> or
    /// <see cref="PartitionEffect{TAsker}.OpenCursor"/>.
    /// </summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="handle">What was opened.</param>
    /// <param name="outcome">The reader, or why it could not be opened.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> ReaderOpened(long epoch, HandleId handle, Result<IPartitionReader> outcome)
    {
        // It was closed before it was open, or the entity was restarted: who asked knows already.
        if (epoch != Epoch || !_handles.EndOpen(handle, outcome.Value, out var asker))
        {
            if (outcome.Value is { } late)
                Add(new PartitionEffect<TAsker>.Discard(late));
        }
        else if (outcome.Value is { } reader)
        {
            Reply(asker!, new PartitionReply.Opened(reader));
        }
        else
        {
            Reply(asker!, outcome.Failure!);
            if (!_handles.IsOpen(handle))
                CloseCursor(handle);
        }
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="PartitionEffect{TAsker}.Ask"/> or <see cref="PartitionEffect{TAsker}.Acknowledge"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="outcome">A <see cref="PartitionReply"/>, or a <see cref="Failure"/>.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Ended(long epoch, long ticket, object outcome)
    {
        // Who asked an earlier start was answered when that ended.
        if (epoch != Epoch || !_underWay.Take(ticket, out var asked))
            return TakeEffects();
        if (asked.Acknowledges is { } handle)
            _cursors.Acknowledged(handle, outcome is PartitionReply.Done);
        Reply(asked.Asker, outcome);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of an <see cref="PartitionEffect{TAsker}.Ask"/> that appends.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="outcome">A <see cref="PartitionReply.Appended"/>, or a <see cref="Failure"/>.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> AppendEnded(long epoch, long ticket, object outcome)
    {
        if (epoch != Epoch || !_appends.Take(ticket, out var append))
            return TakeEffects();
        _appendBytes -= append.Bytes;
        Reply(append.Asker, outcome);
        AnswerWaiters();
        return TakeEffects();
    }

    /// <summary>The time has come that was set.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> ReleaseDue()
    {
        _isTimerSet = false;
        AnswerWaiters();
        return TakeEffects();
    }

    /// <summary>The partition has grown, or was deleted: nothing will come any more.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Changed()
    {
        AnswerWaiters();
        return TakeEffects();
    }

    /// <summary>The time is over that was asked for by <see cref="PartitionEffect{TAsker}.SetPatience"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> PatienceIsOver(long epoch, long ticket)
    {
        if (epoch == Epoch && _forCursors.Take(ticket) is { } waiting)
            Reply(waiting.Asker, new Failure(Fault.Busy, $"somebody reads by the cursor {waiting.Cursor}"));
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Idle()
    {
        PassivateIfIdle();
        return TakeEffects();
    }

    /// <summary>
    /// The entity's shard is given up: what waits goes to the next owner, and what was begun at the source is ended here.
    /// </summary>
    /// <returns>What is to be done; <see cref="PartitionEffect{TAsker}.Stop"/> follows when all has ended.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> HandOver()
    {
        foreach (var (request, asker) in _handles.Clear())
            GiveBack((PartitionRequest)request, asker);
        foreach (var waiting in _forCursors.Clear())
            GiveBack(waiting.Request, waiting.Asker);
        BeginHandOver();
        StopTimer();
        if (Source is { HandsOver: true })
        {
            _isSourceHandingOver = true;
            Add(new PartitionEffect<TAsker>.HandOver());
        }
        return TakeEffects();
    }

    /// <summary>What <see cref="PartitionEffect{TAsker}.HandOver"/> began has ended.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> HandedOver()
    {
        _isSourceHandingOver = false;
        return TakeEffects();
    }

    /// <summary>The entity ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Stop(Failure failure)
    {
        foreach (var (_, asker) in _handles.Clear())
            Reply(asker, failure);
        foreach (var append in _appends.Clear())
            Reply(append.Asker, failure);
        foreach (var asked in _underWay.Clear())
            Reply(asked.Asker, failure);
        foreach (var waiting in _forCursors.Clear())
            Reply(waiting.Asker, failure);
        RefusePending(failure);
        _cursors.Clear();
        _appendBytes = 0;
        return TakeEffects();
    }

    /// <inheritdoc/>
    protected override bool IsDone => _underWay.IsEmpty && _appends.IsEmpty && !_isSourceHandingOver;

    /// <inheritdoc/>
    protected override PartitionEffect<TAsker> ReplyTo(TAsker to, object message) => new PartitionEffect<TAsker>.Reply(to, message);

    /// <inheritdoc/>
    protected override PartitionEffect<TAsker> OpenSource() => new PartitionEffect<TAsker>.OpenSource(Epoch);

    /// <inheritdoc/>
    protected override PartitionEffect<TAsker> ToGiveBack(PartitionRequest request, TAsker asker) => new PartitionEffect<TAsker>.GiveBack(request, asker);

    /// <inheritdoc/>
    protected override PartitionEffect<TAsker> ToStop() => new PartitionEffect<TAsker>.Stop();

    /// <inheritdoc/>
    protected override void DiscardSource(IPartitionSource late) => Add(new PartitionEffect<TAsker>.Discard(late));

    /// <inheritdoc/>
    protected override void HandleOpen(IPartitionSource source, PartitionRequest request, TAsker asker)
    {
        switch (request)
        {
            case PartitionRequest.Wait wait:
                if (_handles.Wait(wait.Handle, wait.Waiter, wait.Position, wait.UntilComplete, wait, asker) is { } reply)
                    Reply(asker, reply);
                KeepTimer(source);
                break;
            case PartitionRequest.Sync:
                // Also of a partition that was deleted since: what was written to it is gone, and that is safe.
                Ask(asker, source.IsEnded ? null : request);
                break;
            case PartitionRequest when source.IsEnded:
                Reply(asker, new Failure(Fault.Deleted, $"partition {request.Partition} was deleted"));
                // Where ids outlive incarnations, as names of topics in Kafka do, the next request is to find the next one.
                PassivateIfIdle();
                break;
            case PartitionRequest.Append append:
                Append(asker, append);
                break;
            case PartitionRequest.Open open:
                if (_handles.BeginOpen(open.Handle, open, asker) is { } refused)
                    Reply(asker, refused);
                else
                    Add(new PartitionEffect<TAsker>.OpenReader(Epoch, open.Handle, open.View, open.Writes));
                break;
            case PartitionRequest.OpenCursor open when _cursors.IsOpenBeside(open.Handle, open.Cursor):
                AwaitCursor(open.Cursor, open, asker);
                break;
            case PartitionRequest.OpenCursor open:
                OpenCursor(asker, open);
                break;
            case PartitionRequest.Acknowledge acknowledge:
                Acknowledge(asker, acknowledge);
                break;
            case PartitionRequest.MoveCursor { Cursor: var moved } when _cursors.IsOpen(moved):
                AwaitCursor(moved, request, asker);
                break;
            case PartitionRequest.ForgetCursor { Cursor: var forgotten } when _cursors.IsOpen(forgotten):
                AwaitCursor(forgotten, request, asker);
                break;
            case PartitionRequest.ProbeCursor { Cursor: var probed } when _cursors.IsOpen(probed):
                AwaitCursor(probed, request, asker);
                break;
            case PartitionRequest.ProbeCursor:
                Reply(asker, new PartitionReply.Done());
                break;
            default:
                Ask(asker, request);
                break;
        }
    }

    /// <summary>Closes a handle at once, whatever it waits for.</summary>
    private void Close(HandleId handle)
    {
        var closed = new Failure(Fault.Cancelled, "the handle was closed");
        RefusePending(request => HandleOpenedBy(request) == handle, closed);
        foreach (var waiting in _forCursors.Take(handle))
            Reply(waiting.Asker, closed);
        var waiters = _handles.Close(handle, out var reader);
        foreach (var waiting in waiters)
            Reply(waiting, closed);
        // Who opened may never have got it, where the reply came too late.
        if (reader is not null)
            Add(new PartitionEffect<TAsker>.Discard(reader));
        CloseCursor(handle);
        StopTimer();
    }

    /// <summary>A handle reads by its cursor no longer, if it did: whoever waits for the cursor is next.</summary>
    private void CloseCursor(HandleId handle)
    {
        if (_cursors.Close(handle) is not { } cursor)
            return;
        foreach (var ticket in _forCursors.TicketsOf(cursor))
        {
            if (_cursors.IsOpen(cursor))
                return;
            var next = _forCursors.Take(ticket)!;
            HandleOpen(Source!, next.Request, next.Asker);
        }
    }

    /// <summary>
    /// Waits for a cursor that somebody reads by. Nobody is told when his close has arrived here, so that the next open, of
    /// another host, may well be here before it.
    /// </summary>
    private void AwaitCursor(EntityName cursor, PartitionRequest request, TAsker asker)
    {
        if (_forCursors.Add(cursor, request, HandleOpenedBy(request), asker, out var ticket) is { } full)
            Reply(asker, full);
        else
            Add(new PartitionEffect<TAsker>.SetPatience(Epoch, ticket, _settings.CursorPatience));
    }

    private static HandleId? HandleOpenedBy(PartitionRequest request) => request switch
    {
        PartitionRequest.Open open => open.Handle,
        PartitionRequest.OpenCursor open => open.Handle,
        _ => null,
    };

    private void PassivateIfIdle()
    {
        if (_handles.IsEmpty && _underWay.IsEmpty && _appends.IsEmpty && !IsOpeningSource)
            Add(new PartitionEffect<TAsker>.Passivate());
    }

    private void Append(TAsker asker, PartitionRequest.Append append)
    {
        var bytes = append.Batch.Length;
        if (append.Batch.Count == 0)
            Reply(asker, new Failure(Fault.Invalid, "there is nothing to append"));
        // One that is larger than the whole bound gets through when it is alone.
        else if (_appendBytes > 0 && _appendBytes + bytes > _settings.MaxAppendBytes)
            Reply(asker, new Failure(Fault.Overloaded, $"{_appendBytes} bytes are being appended to partition {append.Partition}"));
        else if (_appends.Add(new Appending(asker, bytes), out var ticket) is { } full)
            Reply(asker, full);
        else
        {
            _appendBytes += bytes;
            Add(new PartitionEffect<TAsker>.Ask(Epoch, ticket, append));
        }
    }

    private void OpenCursor(TAsker asker, PartitionRequest.OpenCursor open)
    {
        if (_handles.BeginOpen(open.Handle, open, asker) is { } refused)
            Reply(asker, refused);
        else
        {
            _cursors.Open(open.Handle, open.Cursor);
            Add(new PartitionEffect<TAsker>.OpenCursor(Epoch, open.Handle, open.Cursor, open.Kind));
        }
    }

    private void Acknowledge(TAsker asker, PartitionRequest.Acknowledge acknowledge)
    {
        if (_cursors.Of(acknowledge.Handle) is not { } cursor)
            Reply(asker, UnknownHandle(acknowledge.Handle));
        else if (!_cursors.Begin(acknowledge.Handle, acknowledge.Offset))
            Reply(asker, new PartitionReply.Done());
        else if (_underWay.Add(new Asked(asker, acknowledge.Handle), out var ticket) is { } full)
        {
            _cursors.Acknowledged(acknowledge.Handle, false);
            Reply(asker, full);
        }
        else
            Add(new PartitionEffect<TAsker>.Acknowledge(Epoch, ticket, cursor, acknowledge.Offset));
    }

    private void Ask(TAsker asker, PartitionRequest? request)
    {
        if (request is null)
            Reply(asker, new PartitionReply.Done());
        else if (_underWay.Add(new Asked(asker, null), out var ticket) is { } full)
            Reply(asker, full);
        else
            Add(new PartitionEffect<TAsker>.Ask(Epoch, ticket, request));
    }

    private void Cancel(HandleId handle, WaiterId waiter)
    {
        if (!_handles.Cancel(handle, waiter, out var asker))
            return;
        Reply(asker!, new Failure(Fault.Cancelled, "the wait was taken back"));
        StopTimer();
    }

    private void AnswerWaiters()
    {
        if (Source is not { } source)
            return;
        foreach (var (asker, reply) in _handles.TakeGrown())
            Reply(asker, reply);
        StopTimer();
        KeepTimer(source);
    }

    /// <summary>A timer runs only while someone waits and the source knows when the next message comes.</summary>
    private void KeepTimer(IPartitionSource source)
    {
        if (_isTimerSet || _handles.WaiterCount == 0 || source.UntilNext is not { } due)
            return;
        _isTimerSet = true;
        Add(new PartitionEffect<TAsker>.SetTimer(due));
    }

    private void StopTimer()
    {
        if (!_isTimerSet || _handles.WaiterCount > 0)
            return;
        _isTimerSet = false;
        Add(new PartitionEffect<TAsker>.CancelTimer());
    }

    private static Failure UnknownHandle(HandleId handle) => new(Fault.UnknownHandle, $"there is no handle {handle}, or it has no cursor");

    private readonly record struct Asked(TAsker Asker, HandleId? Acknowledges);

    private readonly record struct Appending(TAsker Asker, int Bytes);
}
