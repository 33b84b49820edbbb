using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What a partition does: its handles with their cursors, and its tail waiters. Every call is one step: it changes the
/// state and tells the effects. One caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class PartitionCore<TAsker>
{
    private readonly EntitySettings _settings;
    private readonly long _epoch;
    private readonly Pending<PartitionRequest, TAsker> _pending;
    private readonly Dictionary<HandleId, OpenHandle> _handles = [];
    private readonly Dictionary<(HandleId, WaiterId), LinkedListNode<Waiter>> _waiters = [];

    // Waiters are answered in the order in which they came.
    private readonly LinkedList<Waiter> _waitersInOrder = new();
    private readonly Dictionary<HandleId, TAsker> _opening = [];
    private IPartitionSource? _source;
    private bool _isOpeningSource;
    private bool _isTimerSet;
    private List<PartitionEffect<TAsker>> _effects = [];

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public PartitionCore(EntitySettings settings, long epoch)
    {
        _settings = settings;
        _epoch = epoch;
        _pending = new Pending<PartitionRequest, TAsker>(settings.MaxPending);
    }

    /// <summary>How many handles are open.</summary>
    public int HandleCount => _handles.Count;

    /// <summary>How many waiters wait.</summary>
    public int WaiterCount => _waiters.Count;

    /// <summary>Up to where a handle is known to have got the bytes.</summary>
    /// <param name="handle">The handle.</param>
    /// <returns>Position in bytes; null where there is no such handle.</returns>
    public long? CursorOf(HandleId handle) => _handles.TryGetValue(handle, out var open) ? open.Cursor : null;

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
            case PartitionRequest.Wait wait when !_handles.ContainsKey(wait.Handle):
                Reply(asker, new Failure(Fault.UnknownHandle, $"partition {wait.Partition} does not know handle {wait.Handle}"));
                break;
            case PartitionRequest.Close when _source is null && !_isOpeningSource:
                break;
            default:
                if (_source is null)
                    WaitForSource(request, asker);
                else
                    HandleOpen(_source, request, asker);
                break;
        }
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="PartitionEffect{TAsker}.OpenSource"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">The source, or why it could not be opened; the next request then tries again.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> SourceOpened(long epoch, Result<IPartitionSource> outcome)
    {
        if (epoch != _epoch)
            return [];
        _isOpeningSource = false;
        _source = outcome.Value;
        foreach (var (request, asker) in _pending.Take())
        {
            if (_source is null)
                Reply(asker, outcome.Failure!);
            else
                HandleOpen(_source, request, asker);
        }
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="PartitionEffect{TAsker}.OpenReader"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="handle">What was opened.</param>
    /// <param name="outcome">The reader, or why it could not be opened.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> ReaderOpened(long epoch, HandleId handle, Result<IPartitionReader> outcome)
    {
        // It was closed before it was open, or the entity was restarted: who asked knows already.
        if (epoch != _epoch || !_opening.Remove(handle, out var asker))
        {
            if (outcome.Value is { } late)
                _effects.Add(new PartitionEffect<TAsker>.DisposeReader(late));
        }
        else if (outcome.Value is { } reader)
        {
            _handles.TryAdd(handle, new OpenHandle());
            Reply(asker, new PartitionReply.Opened(reader));
        }
        else
        {
            Reply(asker, outcome.Failure!);
        }
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

    /// <summary>The partition was deleted: nothing will come any more.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Deleted()
    {
        AnswerWaiters();
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Idle()
    {
        if (_handles.Count == 0 && _opening.Count == 0 && !_isOpeningSource)
            _effects.Add(new PartitionEffect<TAsker>.Passivate());
        return TakeEffects();
    }

    /// <summary>The entity ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<PartitionEffect<TAsker>> Stop(Failure failure)
    {
        foreach (var waiter in _waitersInOrder)
            Reply(waiter.Asker, failure);
        foreach (var (_, asker) in _opening.OrderBy(opening => opening.Key.Number))
            Reply(asker, failure);
        foreach (var (_, asker) in _pending.Take())
            Reply(asker, failure);
        _handles.Clear();
        _waiters.Clear();
        _waitersInOrder.Clear();
        _opening.Clear();
        return TakeEffects();
    }

    private void WaitForSource(PartitionRequest request, TAsker asker)
    {
        if (_pending.Add(request, asker) is { } full)
            Reply(asker, full);
        if (_isOpeningSource)
            return;
        _isOpeningSource = true;
        _effects.Add(new PartitionEffect<TAsker>.OpenSource(_epoch));
    }

    private void HandleOpen(IPartitionSource source, PartitionRequest request, TAsker asker)
    {
        switch (request)
        {
            case PartitionRequest.Wait wait:
                Wait(source, wait, asker);
                break;
            case PartitionRequest.Close close:
                Close(close.Handle);
                break;
            case PartitionRequest when source.IsEnded:
                Reply(asker, new Failure(Fault.Deleted, $"partition {request.Partition} was deleted"));
                break;
            case PartitionRequest.FindView { Kind: ViewKind.Default, Start: null }:
                Reply(asker, new PartitionReply.Found(ViewId.Default, source.Stat));
                break;
            case PartitionRequest.Stat stat when stat.View == ViewId.Default:
                Reply(asker, new PartitionReply.Stated(source.Stat));
                break;
            case PartitionRequest.Describe:
                Reply(asker, new PartitionReply.Described(source.Description));
                break;
            case PartitionRequest.Append:
                Reply(asker, new Failure(Fault.ReadOnly, $"partition {request.Partition} can't be written to"));
                break;
            case PartitionRequest.Sync:
                Reply(asker, new PartitionReply.Done());
                break;
            case PartitionRequest.FindView or PartitionRequest.Stat or PartitionRequest.OpenCursor or PartitionRequest.FindCursor or PartitionRequest.MoveCursor:
            case PartitionRequest.Open { View: var view } when view != ViewId.Default:
                Reply(asker, new Failure(Fault.NotFound, $"partition {request.Partition} has no such view"));
                break;
            case PartitionRequest.Acknowledge acknowledge:
                Reply(asker, new Failure(Fault.UnknownHandle, $"{acknowledge.Handle} has no cursor"));
                break;
            case PartitionRequest.Open when _handles.Count + _opening.Count >= _settings.MaxHandles:
                Reply(asker, new Failure(Fault.TooManyHandles, $"partition {request.Partition} has {_settings.MaxHandles} handles open"));
                break;
            case PartitionRequest.Open open when !_opening.TryAdd(open.Handle, asker):
                Reply(asker, new Failure(Fault.Busy, $"handle {open.Handle} is being opened"));
                break;
            case PartitionRequest.Open open:
                _effects.Add(new PartitionEffect<TAsker>.OpenReader(_epoch, open.Handle));
                break;
            default:
                throw new InvalidOperationException($"a partition does not know the request {request}");
        }
    }

    private void Wait(IPartitionSource source, PartitionRequest.Wait wait, TAsker asker)
    {
        var handle = _handles[wait.Handle];
        handle.Cursor = wait.Position;
        var key = (wait.Handle, wait.Waiter);
        if (source.End > wait.Position || source.IsEnded)
            Reply(asker, new PartitionReply.Grown(source.End));
        else if (_waiters.Count >= _settings.MaxWaiters)
            Reply(asker, new Failure(Fault.TooManyWaiters, $"partition {wait.Partition} has {_settings.MaxWaiters} tail waiters"));
        else if (!_waiters.TryAdd(key, new LinkedListNode<Waiter>(new Waiter(key, wait.Position, asker))))
            Reply(asker, new Failure(Fault.Busy, $"{wait.Handle} has a waiter {wait.Waiter.Value} already"));
        else
            AddLast(handle, _waiters[key]);
        KeepTimer(source);
    }

    private void AddLast(OpenHandle handle, LinkedListNode<Waiter> waiter)
    {
        _waitersInOrder.AddLast(waiter);
        handle.Waiters.Add(waiter.Value.Key.Waiter);
    }

    private void Close(HandleId handle)
    {
        if (_opening.Remove(handle, out var asker))
            Reply(asker, new Failure(Fault.Cancelled, "the handle was closed"));
        if (!_handles.TryGetValue(handle, out var open))
            return;
        foreach (var waiter in open.Waiters.ToArray())
            Cancel(handle, waiter);
        _handles.Remove(handle);
    }

    private void Cancel(HandleId handle, WaiterId waiter)
    {
        if (!_waiters.TryGetValue((handle, waiter), out var node))
            return;
        Remove(node);
        Reply(node.Value.Asker, new Failure(Fault.Cancelled, "the wait was taken back"));
        if (_waiters.Count == 0 && _isTimerSet)
        {
            _isTimerSet = false;
            _effects.Add(new PartitionEffect<TAsker>.CancelTimer());
        }
    }

    private void AnswerWaiters()
    {
        if (_source is not { } source)
            return;
        var (end, isEnded) = (source.End, source.IsEnded);
        for (var node = _waitersInOrder.First; node is not null;)
        {
            var next = node.Next;
            if (isEnded || node.Value.Position < end)
            {
                Remove(node);
                Reply(node.Value.Asker, new PartitionReply.Grown(end));
            }
            node = next;
        }
        KeepTimer(source);
    }

    /// <summary>A timer runs only while someone waits and the source knows when the next message comes.</summary>
    private void KeepTimer(IPartitionSource source)
    {
        if (_isTimerSet || _waiters.Count == 0 || source.UntilNext is not { } due)
            return;
        _isTimerSet = true;
        _effects.Add(new PartitionEffect<TAsker>.SetTimer(due));
    }

    private void Remove(LinkedListNode<Waiter> node)
    {
        var key = node.Value.Key;
        _waiters.Remove(key);
        _handles[key.Handle].Waiters.Remove(key.Waiter);
        _waitersInOrder.Remove(node);
    }

    private void Reply(TAsker to, object message) => _effects.Add(new PartitionEffect<TAsker>.Reply(to, message));

    private List<PartitionEffect<TAsker>> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }

    private sealed class OpenHandle
    {
        public long Cursor { get; set; }

        public List<WaiterId> Waiters { get; } = [];
    }

    private readonly record struct Waiter((HandleId Handle, WaiterId Waiter) Key, long Position, TAsker Asker);
}
