namespace StreamActors.Kafka;

/// <summary>A partition that is fetched, until this is disposed of. Then its sink is called no more.</summary>
public sealed class Fetching : IDisposable
{
    private readonly KafkaFetcher _fetcher;
    private readonly IFetchSink _sink;
    private readonly Lock _gate = new();
    private bool _isClosed;

    internal Fetching(KafkaFetcher fetcher, TopicIdentity topic, int partition, long offset, IFetchSink sink) =>
        (_fetcher, Identity, Partition, First, _sink) = (fetcher, topic, partition, offset, sink);

    /// <summary>The topic.</summary>
    public TopicIdentity Identity { get; }

    /// <summary>The topic's name.</summary>
    public string Topic => Identity.Name;

    /// <summary>The partition.</summary>
    public int Partition { get; }

    /// <summary>How it is fetched.</summary>
    public FetchPace Pace => _fetcher.Pace;

    /// <summary>The first offset that is wanted.</summary>
    internal long First { get; }

    /// <summary>The offset of something that came first and may be left of what was fetched of the partition before.</summary>
    internal long? Doubted { get; set; }

    /// <summary>Whether what comes is known to be its own.</summary>
    internal bool IsSure { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
        }
        _fetcher.Stop(this);
    }

    /// <summary>Hands over what was fetched.</summary>
    internal void Deliver(FetchedPortion portion)
    {
        lock (_gate)
        {
            // A sink may have had enough after each call, and want something else by now.
            if (!_isClosed && portion.Messages.Count > 0)
                _sink.Take(portion.Messages);
            if (!_isClosed && portion.End is { } end)
                _sink.ReachedEnd(end);
            if (!_isClosed && portion.Failure is { } failure)
                _sink.Failed(failure);
        }
    }
}
