using StreamActors.Messages;

namespace StreamActors.Kafka;

/// <summary>
/// What is fetched for a mirror: where it has to catch up, at that pace until it comes to the end, from there on as one that waits.
/// Safe for several threads.
/// </summary>
internal sealed class MirrorFetch(KafkaClient client, TopicIdentity topic, int partition, IFetchSink sink)
{
    private readonly Lock _gate = new();
    private Fetching? _fetching;
    private long? _end;
    private long _stops;
    private bool _isStarting;

    /// <summary>Whether something is fetched.</summary>
    public bool IsActive
    {
        get
        {
            lock (_gate)
                return _fetching is not null || _isStarting;
        }
    }

    /// <summary>Fetches, where nothing is fetched.</summary>
    /// <param name="offset">The first offset that is wanted.</param>
    /// <param name="pace">How, until it comes to the end.</param>
    /// <returns>Null, or why it can't begin.</returns>
    public Failure? Start(long offset, FetchPace pace)
    {
        long stops;
        lock (_gate)
        {
            if (_fetching is not null || _isStarting)
                return null;
            (_isStarting, _end, stops) = (true, null, _stops);
        }
        var failure = Start(offset, pace, stops);
        // It may have come to the end before it was known to have begun.
        WaitAtEnd();
        return failure;
    }

    /// <summary>Ends it, and waits for a call of the sink, so that the caller must hold no lock that the sink takes.</summary>
    public void Stop()
    {
        Fetching? ended;
        lock (_gate)
        {
            (ended, _fetching) = (_fetching, null);
            // One that is just being started learns of it by this.
            _stops++;
        }
        ended?.Dispose();
    }

    /// <summary>Messages came.</summary>
    public void Took()
    {
        lock (_gate)
            _end = null;
    }

    /// <summary>All that there are came.</summary>
    /// <param name="next">The next message gets at least this offset.</param>
    public void ReachedEnd(long next)
    {
        lock (_gate)
            _end = next;
        WaitAtEnd();
    }

    private void WaitAtEnd()
    {
        Fetching ended;
        long next;
        long stops;
        lock (_gate)
        {
            if (_fetching is not { Pace: FetchPace.CatchUp } || _end is not { } end)
                return;
            (ended, _fetching, _isStarting, next, stops) = (_fetching, null, true, end, _stops);
        }
        ended.Dispose();
        // Where it can't begin, whoever tends the mirror finds that nothing is fetched.
        Start(next, FetchPace.Tail, stops);
    }

    private Failure? Start(long offset, FetchPace pace, long stops)
    {
        var started = client.Fetch(topic, partition, offset, sink, pace);
        lock (_gate)
        {
            _isStarting = false;
            if (started.Value is null)
                return started.Failure;
            if (stops == _stops)
            {
                _fetching = started.Value;
                return null;
            }
        }
        started.Value.Dispose();
        return null;
    }
}
