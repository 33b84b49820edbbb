using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What a stream does: it knows its topics by name, as its source tells them at that moment, and changes. One change runs
/// at a time, the others wait for it. Every call is one step. One caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class StreamCore<TAsker>
{
    private readonly long _epoch;
    private readonly Pending<StreamRequest, TAsker> _pending;
    private readonly Pending<StreamRequest, TAsker> _pendingChanges;
    private readonly UnderWay<Refreshing> _refreshing;
    private ISourceStream? _source;
    private bool _isOpeningSource;
    private bool _isHandingOver;
    private Changing? _changing;
    private List<StreamEffect<TAsker>> _effects = [];

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public StreamCore(EntitySettings settings, long epoch)
    {
        _epoch = epoch;
        _pending = new Pending<StreamRequest, TAsker>(settings.MaxPending);
        _pendingChanges = new Pending<StreamRequest, TAsker>(settings.MaxPending);
        _refreshing = new UnderWay<Refreshing>(settings.MaxUnderWay);
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Handle(StreamRequest request, TAsker asker)
    {
        if (_source is null)
            WaitForSource(request, asker);
        else
            HandleOpen(_source, request, asker);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.OpenSource"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">The stream, or why it can't be had; the next request then tries again.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> SourceOpened(long epoch, Result<ISourceStream> outcome)
    {
        if (epoch != _epoch)
        {
            if (outcome.Value is { } late)
                _effects.Add(new StreamEffect<TAsker>.Discard(late));
            return TakeEffects();
        }
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

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.Refresh"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="ticket">Its name.</param>
    /// <param name="failure">Null, or why the source can't tell.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Refreshed(long epoch, long ticket, Failure? failure)
    {
        if (epoch != _epoch || !_refreshing.Take(ticket, out var waiting))
            return TakeEffects();
        if (failure is not null)
            Reply(waiting.Asker, failure);
        else
            Tell(_source!, waiting.Request, waiting.Asker);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.Change"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">A <see cref="StreamReply"/>, or the <see cref="Failure"/> that says why nothing was changed.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> ChangeEnded(long epoch, object outcome)
    {
        if (epoch != _epoch || _changing is not { } changing)
            return TakeEffects();
        _changing = null;
        Reply(changing.Asker, outcome);
        foreach (var (request, asker) in _pendingChanges.Take())
            HandleOpen(_source!, request, asker);
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Idle()
    {
        if (!_isOpeningSource && _changing is null && _refreshing.IsEmpty)
            _effects.Add(new StreamEffect<TAsker>.Passivate());
        return TakeEffects();
    }

    /// <summary>
    /// The entity's shard is given up: what waits goes to the next owner, and what was begun at the source is ended here.
    /// </summary>
    /// <returns>What is to be done; <see cref="StreamEffect{TAsker}.Stop"/> follows when all has ended.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> HandOver()
    {
        _isHandingOver = true;
        foreach (var waiting in _refreshing.Clear())
            GiveBack(waiting.Request, waiting.Asker);
        foreach (var (request, asker) in _pending.Take().Concat(_pendingChanges.Take()))
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
        foreach (var (_, asker) in _pending.Take().Concat(_pendingChanges.Take()))
            Reply(asker, failure);
        return TakeEffects();
    }

    private void WaitForSource(StreamRequest request, TAsker asker)
    {
        if (_pending.Add(request, asker) is { } full)
            Reply(asker, full);
        if (_isOpeningSource)
            return;
        _isOpeningSource = true;
        _effects.Add(new StreamEffect<TAsker>.OpenSource(_epoch));
    }

    private void HandleOpen(ISourceStream source, StreamRequest request, TAsker asker)
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
                    _effects.Add(new StreamEffect<TAsker>.Refresh(_epoch, ticket, NameOf(request)));
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
        _effects.Add(new StreamEffect<TAsker>.Change(_epoch, request));
    }

    private void Reply(TAsker to, object message) => _effects.Add(new StreamEffect<TAsker>.Reply(to, message));

    private void GiveBack(StreamRequest request, TAsker asker) => _effects.Add(new StreamEffect<TAsker>.GiveBack(request, asker));

    private List<StreamEffect<TAsker>> TakeEffects()
    {
        if (_isHandingOver && _changing is null && !_isOpeningSource)
        {
            _isHandingOver = false;
            _effects.Add(new StreamEffect<TAsker>.Stop());
        }
        var effects = _effects;
        _effects = [];
        return effects;
    }

    private readonly record struct Changing(TAsker Asker);

    private readonly record struct Refreshing(StreamRequest Request, TAsker Asker);
}
