using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// A stretch of fetching, as long as it is wanted: what comes of it before it is known to have begun is handed on, what comes after
/// its end is not. Safe for several threads.
/// </summary>
/// <param name="sink">Takes what comes.</param>
/// <param name="offset">The first offset that is wanted.</param>
/// <param name="pace">How.</param>
internal sealed class FetchRun(IFetchSink sink, long offset, FetchPace pace) : IFetchSink
{
    private readonly Lock _gate = new();
    private bool _isOver;

    /// <summary>The first offset that is wanted.</summary>
    public long Offset => offset;

    /// <summary>How it is fetched.</summary>
    public FetchPace Pace => pace;

    /// <summary>Hands nothing on any more; waits for a call of the sink, unless it is made from one.</summary>
    public void End()
    {
        lock (_gate)
            _isOver = true;
    }

    /// <inheritdoc/>
    public void Take(IReadOnlyList<FetchedMessage> messages)
    {
        lock (_gate)
            if (!_isOver)
                sink.Take(messages);
    }

    /// <inheritdoc/>
    public void ReachedEnd(long next)
    {
        lock (_gate)
            if (!_isOver)
                sink.ReachedEnd(next);
    }

    /// <inheritdoc/>
    public void Failed(Failure failure)
    {
        lock (_gate)
            if (!_isOver)
                sink.Failed(failure);
    }
}
