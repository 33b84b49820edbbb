using StreamActors.Logs;
using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>A message of a partition as the cluster has it.</summary>
/// <param name="Offset">Its offset; where compaction or transactions took messages away, it leaps.</param>
/// <param name="Message">The message.</param>
public readonly record struct FetchedMessage(long Offset, LogMessage Message);

/// <summary>Who takes the messages of a partition. The calls come one after the other, from the fetcher's thread.</summary>
public interface IFetchSink
{
    /// <summary>Takes messages, in the order of their offsets. Nothing more is fetched until it returns: so it may wait for room.</summary>
    /// <param name="messages">The messages; the list is used again after the call.</param>
    void Take(IReadOnlyList<FetchedMessage> messages);

    /// <summary>Everything that can be read now was taken.</summary>
    /// <param name="next">The next message gets at least this offset.</param>
    void ReachedEnd(long next);

    /// <summary>The partition can't be fetched for now; whoever wants it has to assign it again.</summary>
    /// <param name="failure">Why: <see cref="Fault.Removed"/> where the cluster has no such offset.</param>
    void Failed(Failure failure);
}

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

    internal List<FetchedMessage> Messages { get; } = [];

    internal long? End { get; set; }

    internal Failure? Failure { get; set; }

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

    /// <summary>Drops what was collected where its topic is over: it may be of another one.</summary>
    internal void Refuse()
    {
        if (!Identity.IsOver)
            return;
        Messages.Clear();
        End = null;
        Failure = new Failure(Fault.InputOutput, $"topic {Topic} was made anew");
    }

    /// <summary>Hands over what was collected.</summary>
    internal void Deliver()
    {
        lock (_gate)
        {
            // A sink may have had enough after each call, and want something else by now.
            if (!_isClosed && Messages.Count > 0)
                _sink.Take(Messages);
            if (!_isClosed && End is { } end)
                _sink.ReachedEnd(end);
            if (!_isClosed && Failure is { } failure)
                _sink.Failed(failure);
        }
        Messages.Clear();
        End = null;
        Failure = null;
    }
}
