using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What a stream does: it knows its topics by name, as its source tells them at that moment, and changes. One change runs
/// at a time, the others wait for it. Every call is one step. One caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class StreamCore<TAsker> : EntityCore<ISourceStream, StreamRequest, TAsker, StreamEffect<TAsker>>
{
    private readonly Pending<StreamRequest, TAsker> _pendingChanges;
    private readonly UnderWay<Refreshing> _refreshing;
    private Changing? _changing;

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public StreamCore(EntitySettings settings, long epoch)
        : base(settings, epoch)
    {
        _pendingChanges = new Pending<StreamRequest, TAsker>(settings.MaxPending);
        _refreshing = new UnderWay<Refreshing>(settings.MaxUnderWay);
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Handle(StreamRequest request, TAsker asker)
    {
        HandleOrWait(request, asker);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.Refresh"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="failure">Null, or why the source can't tell.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Refreshed(long epoch, long ticket, Failure? failure)
    {
        if (epoch != Epoch || !_refreshing.Take(ticket, out var waiting))
            return TakeEffects();
        if (failure is not null)
            Reply(waiting.Asker, failure);
        else
            Tell(Source!, waiting.Request, waiting.Asker);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.Change"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">A <see cref="StreamReply"/>, or the <see cref="Failure"/> that says why nothing was changed.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> ChangeEnded(long epoch, object outcome)
    {
        if (epoch != Epoch || _changing is not { } changing)
            return TakeEffects();
        _changing = null;
        Reply(changing.Asker, outcome);
        foreach (var (request, asker) in _pendingChanges.Take())
            HandleOpen(Source!, request, asker);
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Idle()
    {
        if (!IsOpeningSource && _changing is null && _refreshing.IsEmpty)
            Add(new StreamEffect<TAsker>.Passivate());
        return TakeEffects();
    }

    /// <summary>
    /// The entity's shard is given up: what waits goes to the next owner, and what was begun at the source is ended here.
    /// </summary>
    /// <returns>What is to be done; <see cref="StreamEffect{TAsker}.Stop"/> follows when all has ended.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> HandOver()
    {
        foreach (var waiting in _refreshing.Clear())
            GiveBack(waiting.Request, waiting.Asker);
        BeginHandOver();
        foreach (var (request, asker) in _pendingChanges.Take())
            GiveBack(request, asker);
        return TakeEffects();
    }

    /// <summary>The entity ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Stop(Failure failure)
    {
        if (_changing is { } changing)
            Reply(changing.Asker, failure);
        _changing = null;
        foreach (var waiting in _refreshing.Clear())
            Reply(waiting.Asker, failure);
        RefusePending(failure);
        foreach (var (_, asker) in _pendingChanges.Take())
            Reply(asker, failure);
        return TakeEffects();
    }

    /// <inheritdoc/>
    protected override bool IsDone => _changing is null;

    /// <inheritdoc/>
    protected override StreamEffect<TAsker> ReplyTo(TAsker to, object message) => new StreamEffect<TAsker>.Reply(to, message);

    /// <inheritdoc/>
    protected override StreamEffect<TAsker> OpenSource() => new StreamEffect<TAsker>.OpenSource(Epoch);

    /// <inheritdoc/>
    protected override StreamEffect<TAsker> ToGiveBack(StreamRequest request, TAsker asker) => new StreamEffect<TAsker>.GiveBack(request, asker);

    /// <inheritdoc/>
    protected override StreamEffect<TAsker> ToStop() => new StreamEffect<TAsker>.Stop();

    /// <inheritdoc/>
    protected override void DiscardSource(ISourceStream late) => Add(new StreamEffect<TAsker>.Discard(late));

    /// <inheritdoc/>
    protected override void HandleOpen(ISourceStream source, StreamRequest request, TAsker asker)
    {
        switch (request)
        {
            case not null when source.IsEnded:
                Reply(asker, new Failure(Fault.Deleted, $"stream {request.Stream} was deleted"));
                break;
            case StreamRequest.ListTopics or StreamRequest.FindTopic when source.IsOutdated(NameOf(request)):
                if (_refreshing.Add(new Refreshing(request, asker), out var ticket) is { } full)
                    Reply(asker, full);
                else
                    Add(new StreamEffect<TAsker>.Refresh(Epoch, ticket, NameOf(request)));
                break;
            case StreamRequest.Describe or StreamRequest.ListTopics or StreamRequest.FindTopic:
                Tell(source, request, asker);
                break;
            case StreamRequest.CreateTopic or StreamRequest.RenameTopic or StreamRequest.SetFraming
                or StreamRequest.DeleteTopic or StreamRequest.Delete:
                Change(request, asker);
                break;
            default:
                throw new InvalidOperationException($"a stream does not know the request {request}");
        }
    }

    /// <summary>Answers what is asked of the topics as the source tells them at this moment.</summary>
    private void Tell(ISourceStream source, StreamRequest request, TAsker asker) => Reply(asker, request switch
    {
        StreamRequest.Describe => new StreamReply.Described(source.Topics.Count, source.CreatedAt, source.Framing),
        StreamRequest.FindTopic find => source.Find(find.Name) is { } entry
            ? new StreamReply.Found(entry) : new Failure(Fault.NotFound, $"stream {find.Stream} has no topic {find.Name}"),
        _ => new StreamReply.Topics(source.Topics),
    });

    private static EntityName? NameOf(StreamRequest request) => request is StreamRequest.FindTopic find ? find.Name : null;

    private void Change(StreamRequest request, TAsker asker)
    {
        if (_changing is not null)
        {
            if (_pendingChanges.Add(request, asker) is { } full)
                Reply(asker, full);
            return;
        }
        _changing = new Changing(asker);
        Add(new StreamEffect<TAsker>.Change(Epoch, request));
    }

    private readonly record struct Changing(TAsker Asker);

    private readonly record struct Refreshing(StreamRequest Request, TAsker Asker);
}
