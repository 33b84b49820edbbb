using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What a stream does: it knows its topics by name, and deletes. One delete runs at a time, the others wait for it.
/// Every call is one step. One caller at a time.
/// </summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class StreamCore<TAsker>
{
    private readonly long _epoch;
    private readonly Pending<StreamRequest, TAsker> _pending;
    private readonly Pending<StreamRequest, TAsker> _pendingDeletes;
    private readonly Dictionary<EntityName, TopicEntry> _byName = [];
    private StreamTopics? _content;
    private bool _isOpeningSource;
    private (TAsker Asker, TopicId? Topic)? _deleting;
    private List<StreamEffect<TAsker>> _effects = [];

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public StreamCore(EntitySettings settings, long epoch)
    {
        _epoch = epoch;
        _pending = new Pending<StreamRequest, TAsker>(settings.MaxPending);
        _pendingDeletes = new Pending<StreamRequest, TAsker>(settings.MaxPending);
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Handle(StreamRequest request, TAsker asker)
    {
        if (_content is null)
            WaitForSource(request, asker);
        else
            HandleOpen(_content, request, asker);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.OpenSource"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">What the stream has, or why it can't be told; the next request then tries again.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> SourceOpened(long epoch, Result<StreamTopics> outcome)
    {
        if (epoch != _epoch)
            return [];
        _isOpeningSource = false;
        if (outcome.Value is { } content)
            Show(content);
        foreach (var (request, asker) in _pending.Take())
        {
            if (_content is null)
                Reply(asker, outcome.Failure!);
            else
                HandleOpen(_content, request, asker);
        }
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="StreamEffect{TAsker}.Delete"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="failure">Null, or why it was not deleted.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> DeleteEnded(long epoch, Failure? failure)
    {
        if (epoch != _epoch || _deleting is not { } deleting)
            return [];
        _deleting = null;
        if (failure is null && deleting.Topic is { } topic && _content is { } content)
            Show(content with { Topics = [.. content.Topics.Where(entry => entry.Id != topic)] });
        Reply(deleting.Asker, failure ?? (object)new StreamReply.Done());
        foreach (var (request, asker) in _pendingDeletes.Take())
            HandleOpen(_content!, request, asker);
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Idle()
    {
        if (!_isOpeningSource && _deleting is null)
            _effects.Add(new StreamEffect<TAsker>.Passivate());
        return TakeEffects();
    }

    /// <summary>The entity ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<StreamEffect<TAsker>> Stop(Failure failure)
    {
        if (_deleting is { } deleting)
            Reply(deleting.Asker, failure);
        _deleting = null;
        foreach (var (_, asker) in _pending.Take().Concat(_pendingDeletes.Take()))
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

    private void HandleOpen(StreamTopics content, StreamRequest request, TAsker asker)
    {
        if (content.Deleted.IsCancellationRequested)
        {
            Reply(asker, new Failure(Fault.Deleted, $"stream {request.Stream} was deleted"));
            return;
        }
        switch (request)
        {
            case StreamRequest.Describe:
                Reply(asker, new StreamReply.Described(content.Topics.Count, content.CreatedAt, content.Framing));
                break;
            case StreamRequest.ListTopics:
                Reply(asker, new StreamReply.Topics(content.Topics));
                break;
            case StreamRequest.FindTopic find:
                Reply(asker, _byName.TryGetValue(find.Name, out var entry)
                    ? new StreamReply.Found(entry)
                    : new Failure(Fault.NotFound, $"stream {find.Stream} has no topic {find.Name}"));
                break;
            case StreamRequest.DeleteTopic or StreamRequest.Delete when _deleting is not null:
                if (_pendingDeletes.Add(request, asker) is { } full)
                    Reply(asker, full);
                break;
            case StreamRequest.DeleteTopic delete:
                Delete(asker, delete.Topic);
                break;
            case StreamRequest.Delete:
                Delete(asker, null);
                break;
            case StreamRequest.CreateTopic or StreamRequest.RenameTopic or StreamRequest.SetFraming:
                Reply(asker, new Failure(Fault.ReadOnly, $"stream {request.Stream} can't be changed"));
                break;
            default:
                throw new InvalidOperationException($"a stream does not know the request {request}");
        }
    }

    private void Delete(TAsker asker, TopicId? topic)
    {
        _deleting = (asker, topic);
        _effects.Add(new StreamEffect<TAsker>.Delete(_epoch, asker, topic));
    }

    private void Show(StreamTopics content)
    {
        _content = content;
        _byName.Clear();
        foreach (var entry in content.Topics)
            _byName[entry.Name] = entry;
    }

    private void Reply(TAsker to, object message) => _effects.Add(new StreamEffect<TAsker>.Reply(to, message));

    private List<StreamEffect<TAsker>> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }
}
