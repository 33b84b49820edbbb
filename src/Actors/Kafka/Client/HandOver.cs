using Confluent.Kafka;

namespace StreamActors.Kafka;

/// <summary>What was fetched of any number of partitions, and is handed over together. One thread at a time.</summary>
internal sealed class HandOver
{
    /// <summary>It is full with so many messages.</summary>
    public const int MaxMessages = 16_384;

    /// <summary>It is full with so many bytes of keys and values.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>For so many messages room is kept for later.</summary>
    private const int MaxSpareMessages = 4 * MaxMessages;

    // In the order in which they came first.
    private readonly List<FetchedPortion> _portions = [];
    private readonly Dictionary<Fetching, FetchedPortion> _byFetching = [];
    private readonly Stack<FetchedPortion> _spare = [];
    private readonly FetchedBytes _contents = new();
    private int _messages;
    private long _bytes;
    private int _spareMessages;

    /// <summary>Whether nothing was fetched.</summary>
    public bool IsEmpty => _portions.Count == 0;

    /// <summary>Whether there are messages, not only ends and errors.</summary>
    public bool HasMessages => _messages > 0;

    /// <summary>Whether nothing should be added before it was handed over.</summary>
    public bool IsFull => _messages >= MaxMessages || _bytes >= MaxBytes;

    /// <summary>The topics of which there are messages.</summary>
    public IReadOnlyCollection<TopicIdentity> Topics =>
        [.. _portions.Where(portion => portion.Messages.Count > 0).Select(portion => portion.Fetching.Identity).Distinct()];

    /// <summary>What there is of a partition, to which more can be added.</summary>
    public FetchedPortion Of(Fetching fetching)
    {
        if (_byFetching.TryGetValue(fetching, out var known))
            return known;
        if (_spare.TryPop(out var portion))
            _spareMessages -= portion.Messages.Capacity;
        else
            portion = new FetchedPortion();
        portion.Begin(fetching);
        _portions.Add(portion);
        return _byFetching[fetching] = portion;
    }

    /// <summary>Adds a message.</summary>
    /// <returns>Its error where it can't be read; then it was not added.</returns>
    public ErrorCode Add(FetchedPortion portion, NativeMessage message)
    {
        var error = message.Read(_contents, out var read);
        if (error != ErrorCode.NoError)
            return error;
        // An end that was passed is none.
        portion.End = null;
        portion.Messages.Add(new FetchedMessage(message.Offset, read));
        _messages++;
        _bytes += message.Length;
        return ErrorCode.NoError;
    }

    /// <summary>Hands everything over, but for what is of topics that are over: it may be of others. Then this is empty.</summary>
    public void Deliver()
    {
        foreach (var portion in _portions)
        {
            portion.Deliver();
            portion.Messages.Clear();
            if (_spareMessages + portion.Messages.Capacity <= MaxSpareMessages)
            {
                _spareMessages += portion.Messages.Capacity;
                _spare.Push(portion);
            }
        }
        _portions.Clear();
        _byFetching.Clear();
        _contents.Clear();
        _messages = 0;
        _bytes = 0;
    }
}
