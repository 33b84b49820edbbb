using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What a topic does: it knows its partitions, as its source tells them at that moment, spreads appends over them, and has
/// handles and tail waiters of all of them together. Every call is one step. One caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class TopicCore<TAsker> : EntityCore<ISourceTopic, TopicRequest, TAsker, TopicEffect<TAsker>>
{
    private readonly OpenHandles<TAsker> _handles;
    private readonly UnderWay<TAsker> _underWay;
    private readonly UnderWay<Spread<TAsker>> _spreads;
    private readonly UnderWay<Refreshing> _refreshing;
    private readonly Partitioner _partitioner = new();

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public TopicCore(EntitySettings settings, long epoch)
        : base(settings, epoch)
    {
        _handles = new OpenHandles<TAsker>(settings);
        _underWay = new UnderWay<TAsker>(settings.MaxUnderWay);
        _spreads = new UnderWay<Spread<TAsker>>(settings.MaxUnderWay);
        _refreshing = new UnderWay<Refreshing>(settings.MaxUnderWay);
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Handle(TopicRequest request, TAsker asker)
    {
        switch (request)
        {
            case TopicRequest.CancelWait cancel:
                if (_handles.Cancel(cancel.Handle, cancel.Waiter, out var waiting))
                    Reply(waiting!, new Failure(Fault.Cancelled, "the wait was taken back"));
                break;
            case TopicRequest.Wait wait when !_handles.IsOpen(wait.Handle):
                Reply(asker, new Failure(Fault.UnknownHandle, $"topic {wait.Topic} does not know handle {wait.Handle}"));
                break;
            case TopicRequest.Close close:
                Close(close.Handle);
                break;
            default:
                HandleOrWait(request, asker);
                break;
        }
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="TopicEffect{TAsker}.Refresh"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="failure">Null, or why the source can't tell.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Refreshed(long epoch, long ticket, Failure? failure)
    {
        if (epoch != Epoch || !_refreshing.Take(ticket, out var waiting))
            return TakeEffects();
        Reply(waiting.Asker, failure ?? Tell(Source!, waiting.Request));
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="TopicEffect{TAsker}.Ask"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="outcome">A <see cref="TopicReply"/>, or a <see cref="Failure"/>.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Ended(long epoch, long ticket, object outcome)
    {
        if (epoch == Epoch && _underWay.Take(ticket, out var asker))
            Reply(asker!, outcome);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="TopicEffect{TAsker}.AskPartition"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">What it is a part of.</param>
    /// <param name="part">Which part.</param>
    /// <param name="outcome">A <see cref="PartitionReply"/>, or a <see cref="Failure"/>.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> PartitionAnswered(long epoch, long ticket, int part, object outcome)
    {
        if (epoch != Epoch || !_spreads.Find(ticket, out var spread) || spread!.Take(part, outcome) is not { } next)
            return TakeEffects();
        _spreads.Take(ticket, out _);
        Go(spread.Asker, next);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="TopicEffect{TAsker}.OpenMerged"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="handle">What was opened.</param>
    /// <param name="outcome">The reader, or why it could not be opened.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> ReaderOpened(long epoch, HandleId handle, Result<IPartitionReader> outcome)
    {
        if (epoch != Epoch || !_handles.EndOpen(handle, outcome.Value, out var asker))
        {
            if (outcome.Value is { } late)
                Add(new TopicEffect<TAsker>.Discard(late));
        }
        else
        {
            Reply(asker!, outcome.Value is { } reader ? new TopicReply.Opened(reader) : outcome.Failure!);
        }
        return TakeEffects();
    }

    /// <summary>A partition has grown, or the topic was deleted.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Changed()
    {
        foreach (var (asker, reply) in _handles.TakeGrown())
            Reply(asker, reply);
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Idle()
    {
        PassivateIfIdle();
        return TakeEffects();
    }

    /// <summary>
    /// The entity's shard is given up: what waits goes to the next owner, and what was begun at the source is ended here.
    /// </summary>
    /// <returns>What is to be done; <see cref="TopicEffect{TAsker}.Stop"/> follows when all has ended.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> HandOver()
    {
        foreach (var (request, asker) in _handles.Clear())
            GiveBack((TopicRequest)request, asker);
        foreach (var waiting in _refreshing.Clear())
            GiveBack(waiting.Request, waiting.Asker);
        BeginHandOver();
        return TakeEffects();
    }

    /// <summary>The entity ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Stop(Failure failure)
    {
        foreach (var (_, asker) in _handles.Clear())
            Reply(asker, failure);
        foreach (var asker in _underWay.Clear())
            Reply(asker, failure);
        foreach (var waiting in _refreshing.Clear())
            Reply(waiting.Asker, failure);
        foreach (var spread in _spreads.Clear())
            Reply(spread.Asker, failure);
        RefusePending(failure);
        return TakeEffects();
    }

    /// <inheritdoc/>
    protected override bool IsDone => _underWay.IsEmpty && _spreads.IsEmpty;

    /// <inheritdoc/>
    protected override TopicEffect<TAsker> ReplyTo(TAsker to, object message) => new TopicEffect<TAsker>.Reply(to, message);

    /// <inheritdoc/>
    protected override TopicEffect<TAsker> OpenSource() => new TopicEffect<TAsker>.OpenSource(Epoch);

    /// <inheritdoc/>
    protected override TopicEffect<TAsker> ToGiveBack(TopicRequest request, TAsker asker) => new TopicEffect<TAsker>.GiveBack(request, asker);

    /// <inheritdoc/>
    protected override TopicEffect<TAsker> ToStop() => new TopicEffect<TAsker>.Stop();

    /// <inheritdoc/>
    protected override void HandleOpen(ISourceTopic source, TopicRequest request, TAsker asker)
    {
        switch (request)
        {
            case TopicRequest.Wait wait:
                if (_handles.Wait(wait.Handle, wait.Waiter, wait.Position, wait.UntilComplete, wait, asker) is { } reply)
                    Reply(asker, reply);
                break;
            case TopicRequest when source.IsEnded:
                Reply(asker, new Failure(Fault.Deleted, $"topic {request.Topic} was deleted"));
                // Where ids outlive incarnations, as names of topics in Kafka do, the next request is to find the next one.
                PassivateIfIdle();
                break;
            case TopicRequest.ListPartitions or TopicRequest.FindPartition when source.IsOutdated((request as TopicRequest.FindPartition)?.Index):
                if (_refreshing.Add(new Refreshing(request, asker), out var name) is { } busy)
                    Reply(asker, busy);
                else
                    Add(new TopicEffect<TAsker>.Refresh(Epoch, name));
                break;
            case TopicRequest.ListPartitions or TopicRequest.FindPartition:
                Reply(asker, Tell(source, request));
                break;
            case TopicRequest.Append append:
                Ask(asker, AppendsOf(append.Batch, source.Partitions), _ => Done);
                break;
            case TopicRequest.StatMerged stat:
                Ask(asker, [.. source.Partitions.Select(id => new PartitionRequest.FindView(id, stat.Kind, stat.Start))], Sum);
                break;
            case TopicRequest.OpenMerged open:
                if (_handles.BeginOpen(open.Handle, open, asker) is { } refused)
                    Reply(asker, refused);
                else
                    Add(new TopicEffect<TAsker>.OpenMerged(Epoch, open.Handle, open.Kind, open.Start));
                break;
            case TopicRequest.FindCursor or TopicRequest.CreateCursor when source.Partitions.Count == 0:
                Reply(asker, new Failure(Fault.NotFound, $"topic {request.Topic} has no partition"));
                break;
            case TopicRequest.FindCursor find:
                Ask(asker, [new PartitionRequest.FindCursor(source.Partitions[0], find.Name)], _ => Done);
                break;
            case TopicRequest.CreateCursor create:
                Ask(asker, [new PartitionRequest.CreateCursor(source.Partitions[0], create.Name)], _ => Done);
                break;
            case TopicRequest.ForgetCursor forget:
                ForgetCursor(asker, source.Partitions, forget.Name);
                break;
            case TopicRequest.AddPartition or TopicRequest.Sync or TopicRequest.ListCursors:
                if (_underWay.Add(asker, out var ticket) is { } full)
                    Reply(asker, full);
                else
                    Add(new TopicEffect<TAsker>.Ask(Epoch, ticket, request));
                break;
            default:
                throw new InvalidOperationException($"a topic does not know the request {request}");
        }
    }

    /// <summary>Closes a handle at once, whatever it waits for.</summary>
    private void Close(HandleId handle)
    {
        var closed = new Failure(Fault.Cancelled, "the handle was closed");
        RefusePending(request => request is TopicRequest.OpenMerged open && open.Handle == handle, closed);
        var waiters = _handles.Close(handle, out var reader);
        foreach (var waiting in waiters)
            Reply(waiting, closed);
        // Who opened may never have got it, where the reply came too late.
        if (reader is not null)
            Add(new TopicEffect<TAsker>.Discard(reader));
    }

    private void PassivateIfIdle()
    {
        if (_handles.IsEmpty && _underWay.IsEmpty && _spreads.IsEmpty && _refreshing.IsEmpty && !IsOpeningSource)
            Add(new TopicEffect<TAsker>.Passivate());
    }

    /// <summary>Answers what is asked of the partitions as the source tells them at this moment.</summary>
    private static object Tell(ISourceTopic source, TopicRequest request)
    {
        if (source.IsEnded)
            return new Failure(Fault.Deleted, $"topic {request.Topic} was deleted");
        if (request is not TopicRequest.FindPartition find)
            return new TopicReply.Partitions(source.Partitions, source.Generations);
        return find.Index >= 0 && find.Index < source.Partitions.Count
            ? new TopicReply.Found(source.Partitions[find.Index])
            : new Failure(Fault.NotFound, $"topic {find.Topic} has no partition {find.Index}");
    }

    /// <summary>The batch for each partition that gets one, in the order of the partitions.</summary>
    private List<PartitionRequest> AppendsOf(MessageBatch batch, IReadOnlyList<PartitionId> partitions)
    {
        if (partitions.Count == 1)
            return [new PartitionRequest.Append(partitions[0], batch)];
        var sticky = -1;
        var chosen = new int[batch.Count];
        for (var i = 0; i < chosen.Length; i++)
        {
            if (batch[i].Key is { } key)
                chosen[i] = Partitioner.OfKey(key.Span, partitions.Count);
            else
                chosen[i] = sticky >= 0 ? sticky : sticky = StickyOf(batch, partitions.Count);
        }
        if (chosen.AsSpan().IndexOfAnyExcept(chosen.FirstOrDefault()) < 0)
            return [new PartitionRequest.Append(partitions[chosen.FirstOrDefault()], batch)];
        var batches = new SortedDictionary<int, MessageBatch>();
        for (var i = 0; i < chosen.Length; i++)
        {
            if (!batches.TryGetValue(chosen[i], out var part))
                batches.Add(chosen[i], part = new MessageBatch { Stamp = batch.Stamp });
            var message = batch[i];
            part.Add(message.Value, message.Key, message.Headers, message.Timestamp);
        }
        return [.. batches.Select(part => new PartitionRequest.Append(partitions[part.Key], part.Value))];
    }

    /// <summary>An append that is sent again goes to the partitions that it went to before, which know it then.</summary>
    private int StickyOf(MessageBatch batch, int partitions) => batch.Stamp is { } stamp
        ? (int)((ulong)(stamp.Writer + stamp.Number) % (uint)partitions)
        : _partitioner.NextSticky(partitions);

    /// <summary>
    /// A cursor is there as long as the first partition has it; the others may not have it yet, and then it is at their
    /// oldest message. So the first is told last, and nobody is told before it is known that nobody reads by it.
    /// </summary>
    private void ForgetCursor(TAsker asker, IReadOnlyList<PartitionId> partitions, EntityName name) =>
        Ask(
            asker,
            [.. partitions.Select(id => new PartitionRequest.ProbeCursor(id, name))],
            _ => new Spread<TAsker>.Step.Ask(
                [.. partitions.Skip(1).Select(id => new PartitionRequest.ForgetCursor(id, name))],
                _ => new Spread<TAsker>.Step.Ask([new PartitionRequest.ForgetCursor(partitions[0], name)], _ => Done)));

    private static Spread<TAsker>.Step Done => new Spread<TAsker>.Step.Reply(new TopicReply.Done());

    private static Spread<TAsker>.Step Sum(IReadOnlyList<object> found)
    {
        var sum = new PartitionStat(0, DateTimeOffset.MinValue, 0);
        foreach (var stat in found.Cast<PartitionReply.Found>().Select(reply => reply.Value))
            sum = new PartitionStat(
                sum.Size + stat.Size, sum.ModifiedAt > stat.ModifiedAt ? sum.ModifiedAt : stat.ModifiedAt, sum.Messages + stat.Messages);
        return new Spread<TAsker>.Step.Reply(new TopicReply.Stated(sum));
    }

    private void Ask(TAsker asker, IReadOnlyList<PartitionRequest> requests, Func<IReadOnlyList<object>, Spread<TAsker>.Step> then) =>
        Go(asker, new Spread<TAsker>.Step.Ask(requests, then));

    private void Go(TAsker asker, Spread<TAsker>.Step step)
    {
        while (step is Spread<TAsker>.Step.Ask { Requests.Count: 0 } nobody)
            step = nobody.Then([]);
        switch (step)
        {
            case Spread<TAsker>.Step.Reply reply:
                Reply(asker, reply.Message);
                break;
            case Spread<TAsker>.Step.Ask ask:
                if (_spreads.Add(new Spread<TAsker>(asker, ask.Requests, ask.Then), out var ticket) is { } full)
                {
                    Reply(asker, full);
                    break;
                }
                for (var part = 0; part < ask.Requests.Count; part++)
                    Add(new TopicEffect<TAsker>.AskPartition(Epoch, ticket, part, ask.Requests[part]));
                break;
        }
    }

    private readonly record struct Refreshing(TopicRequest Request, TAsker Asker);
}
