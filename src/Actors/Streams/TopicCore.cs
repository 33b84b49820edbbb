using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>What a <see cref="TopicCore{TAsker}"/> wants done; a closed set.</summary>
/// <typeparam name="TAsker">Who asks.</typeparam>
public abstract record TopicEffect<TAsker>
{
    private TopicEffect()
    {
    }

    /// <summary>Answer someone.</summary>
    /// <param name="To">Who.</param>
    /// <param name="Message">A <see cref="TopicReply"/> or a <see cref="Failure"/>.</param>
    public sealed record Reply(TAsker To, object Message) : TopicEffect<TAsker>;

    /// <summary>Open the topic's source; the outcome goes to <see cref="TopicCore{TAsker}.SourceOpened"/>.</summary>
    /// <param name="Epoch">The outcome's stamp.</param>
    public sealed record OpenSource(long Epoch) : TopicEffect<TAsker>;

    /// <summary>Let the entity be passivated.</summary>
    public sealed record Passivate : TopicEffect<TAsker>;
}

/// <summary>What a topic does: it knows its partitions. Every call is one step. One caller at a time.</summary>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
public sealed class TopicCore<TAsker>
{
    private readonly long _epoch;
    private readonly Pending<TopicRequest, TAsker> _pending;
    private TopicPartitions? _content;
    private bool _isOpeningSource;
    private List<TopicEffect<TAsker>> _effects = [];

    /// <summary>Makes the core of an entity that was just started.</summary>
    /// <param name="settings">The bounds.</param>
    /// <param name="epoch">Stamps the effects of this start; no other start has the same.</param>
    public TopicCore(EntitySettings settings, long epoch)
    {
        _epoch = epoch;
        _pending = new Pending<TopicRequest, TAsker>(settings.MaxPending);
    }

    /// <summary>Handles a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="asker">Who asks.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Handle(TopicRequest request, TAsker asker)
    {
        if (request is TopicRequest.CancelWait or TopicRequest.Close)
            return TakeEffects();
        if (_content is not null)
            Reply(asker, AnswerTo(request, _content));
        else
            WaitForSource(request, asker);
        return TakeEffects();
    }

    /// <summary>Takes the outcome of <see cref="TopicEffect{TAsker}.OpenSource"/>.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">What the topic has, or why it can't be told; the next request then tries again.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> SourceOpened(long epoch, Result<TopicPartitions> outcome)
    {
        if (epoch != _epoch)
            return [];
        _isOpeningSource = false;
        _content = outcome.Value;
        foreach (var (request, asker) in _pending.Take())
            Reply(asker, _content is null ? outcome.Failure! : AnswerTo(request, _content));
        return TakeEffects();
    }

    /// <summary>No message came for a while.</summary>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Idle()
    {
        if (!_isOpeningSource)
            _effects.Add(new TopicEffect<TAsker>.Passivate());
        return TakeEffects();
    }

    /// <summary>The entity ends, or starts anew: whoever waits is told.</summary>
    /// <param name="failure">What they are told.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TopicEffect<TAsker>> Stop(Failure failure)
    {
        foreach (var (_, asker) in _pending.Take())
            Reply(asker, failure);
        return TakeEffects();
    }

    private void WaitForSource(TopicRequest request, TAsker asker)
    {
        if (_pending.Add(request, asker) is { } full)
            Reply(asker, full);
        if (_isOpeningSource)
            return;
        _isOpeningSource = true;
        _effects.Add(new TopicEffect<TAsker>.OpenSource(_epoch));
    }

    private static object AnswerTo(TopicRequest request, TopicPartitions content) => request switch
    {
        _ when content.Deleted.IsCancellationRequested => new Failure(Fault.Deleted, $"topic {request.Topic} was deleted"),
        TopicRequest.ListPartitions => new TopicReply.Partitions(content.Partitions),
        TopicRequest.FindPartition find when find.Index >= 0 && find.Index < content.Partitions.Count =>
            new TopicReply.Found(content.Partitions[find.Index]),
        TopicRequest.FindPartition find => new Failure(Fault.NotFound, $"topic {find.Topic} has no partition {find.Index}"),
        TopicRequest.ListCursors => new TopicReply.Cursors([]),
        TopicRequest.Sync => new TopicReply.Done(),
        TopicRequest.AddPartition or TopicRequest.Append or TopicRequest.CreateCursor =>
            new Failure(Fault.ReadOnly, $"topic {request.Topic} can't be changed"),
        TopicRequest.StatMerged or TopicRequest.OpenMerged or TopicRequest.ForgetCursor =>
            new Failure(Fault.NotFound, $"topic {request.Topic} has none"),
        TopicRequest.Wait wait => new Failure(Fault.UnknownHandle, $"topic {request.Topic} does not know handle {wait.Handle}"),
        _ => throw new InvalidOperationException($"a topic does not know the request {request}"),
    };

    private void Reply(TAsker to, object message) => _effects.Add(new TopicEffect<TAsker>.Reply(to, message));

    private List<TopicEffect<TAsker>> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }
}
