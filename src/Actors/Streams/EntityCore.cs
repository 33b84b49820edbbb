using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Streams;

/// <summary>
/// What the cores of entities have in common: the first request has their source opened, and those that come meanwhile wait
/// for it. One caller at a time.
/// </summary>
/// <typeparam name="TSource">The source.</typeparam>
/// <typeparam name="TRequest">What is asked.</typeparam>
/// <typeparam name="TAsker">Who asks; the core only hands it back.</typeparam>
/// <typeparam name="TEffect">What is to be done.</typeparam>
public abstract class EntityCore<TSource, TRequest, TAsker, TEffect>
    where TSource : class
{
    private readonly Pending<TRequest, TAsker> _pending;
    private List<TEffect> _effects = [];
    private bool _isHandingOver;

    private protected EntityCore(EntitySettings settings, long epoch)
    {
        Epoch = epoch;
        _pending = new Pending<TRequest, TAsker>(settings.MaxPending);
    }

    /// <summary>Stamps the effects of this start.</summary>
    protected long Epoch { get; }

    /// <summary>The source; null until it is open.</summary>
    protected TSource? Source { get; private set; }

    /// <summary>Whether the source is being opened.</summary>
    protected bool IsOpeningSource { get; private set; }

    /// <summary>Takes the outcome of the effect that opens the source.</summary>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="outcome">The source, or why it can't be had; the next request then tries again.</param>
    /// <returns>What is to be done.</returns>
    public IReadOnlyList<TEffect> SourceOpened(long epoch, Result<TSource> outcome)
    {
        if (epoch != Epoch)
        {
            if (outcome.Value is { } late)
                DiscardSource(late);
            return TakeEffects();
        }
        IsOpeningSource = false;
        Source = outcome.Value;
        foreach (var (request, asker) in _pending.Take())
        {
            if (Source is null)
                Reply(asker, outcome.Failure!);
            else
                HandleOpen(Source, request, asker);
        }
        return TakeEffects();
    }

    /// <summary>Whether all that was begun has ended, but the opening of the source.</summary>
    protected abstract bool IsDone { get; }

    /// <summary>The effect that answers someone.</summary>
    protected abstract TEffect ReplyTo(TAsker to, object message);

    /// <summary>The effect that opens the source.</summary>
    protected abstract TEffect OpenSource();

    /// <summary>The effect that gives a request back which waits.</summary>
    protected abstract TEffect ToGiveBack(TRequest request, TAsker asker);

    /// <summary>The effect that stops the entity.</summary>
    protected abstract TEffect ToStop();

    /// <summary>A source was opened that an earlier start had asked for.</summary>
    /// <param name="late">The source.</param>
    protected virtual void DiscardSource(TSource late)
    {
        // What holds nothing needs no end.
    }

    /// <summary>Handles a request once the source is open.</summary>
    protected abstract void HandleOpen(TSource source, TRequest request, TAsker asker);

    /// <summary>Handles a request, now or once the source is open.</summary>
    protected void HandleOrWait(TRequest request, TAsker asker)
    {
        if (Source is not null)
        {
            HandleOpen(Source, request, asker);
            return;
        }
        if (_pending.Add(request, asker) is { } full)
            Reply(asker, full);
        if (IsOpeningSource)
            return;
        IsOpeningSource = true;
        Add(OpenSource());
    }

    /// <summary>Tells those who wait for the source with some requests that these will not be done.</summary>
    protected void RefusePending(Predicate<TRequest> which, Failure failure)
    {
        foreach (var asker in _pending.Take(which))
            Reply(asker, failure);
    }

    /// <summary>The entity is handed over: it stops when all that was begun has ended, and gives back what waits for its source.</summary>
    protected void BeginHandOver()
    {
        _isHandingOver = true;
        foreach (var (request, asker) in _pending.Take())
            GiveBack(request, asker);
    }

    /// <summary>Gives a request back.</summary>
    protected void GiveBack(TRequest request, TAsker asker) => Add(ToGiveBack(request, asker));

    /// <summary>Tells those who wait for the source that it will not be had.</summary>
    protected void RefusePending(Failure failure)
    {
        foreach (var (_, asker) in _pending.Take())
            Reply(asker, failure);
    }

    /// <summary>Answers someone.</summary>
    protected void Reply(TAsker to, object message) => Add(ReplyTo(to, message));

    /// <summary>Has something done.</summary>
    protected void Add(TEffect effect) => _effects.Add(effect);

    /// <summary>What is to be done in this step.</summary>
    protected IReadOnlyList<TEffect> TakeEffects()
    {
        if (_isHandingOver && IsDone && !IsOpeningSource)
        {
            _isHandingOver = false;
            Add(ToStop());
        }
        var effects = _effects;
        _effects = [];
        return effects;
    }
}
