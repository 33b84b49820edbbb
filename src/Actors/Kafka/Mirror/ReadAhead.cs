namespace StreamActors.Kafka;

/// <summary>
/// Has the beginnings of partitions fetched that are likely to be read next, where somebody reads those of a topic one after
/// the other: a broker then sends many with each answer. Safe for several threads.
/// </summary>
internal sealed class ReadAhead
{
    /// <summary>The most partitions that were fetched ahead, and not been opened yet.</summary>
    public const int MaxPartitions = 32;

    /// <summary>How much of each is fetched ahead, in bytes; what comes with the last of them too.</summary>
    public const long MaxBytes = 4 << 20;

    /// <summary>What is fetched ahead takes at most this part of the cache.</summary>
    private const int CachePart = 4;

    /// <summary>How many are fetched ahead when an order is seen first; twice as many each time that it goes on.</summary>
    private const int FirstWindow = 2;

    /// <summary>The most partitions of which it is remembered that they were opened.</summary>
    private const int MaxOpened = 32;

    /// <summary>Who has not gone on after so long is not expected to.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(10);

    private readonly MirrorContext _context;
    private readonly Func<int, PartitionMirror> _mirrorOf;
    private readonly int _most;
    private readonly Lock _gate = new();
    private readonly Queue<int> _opened = new();
    private readonly Dictionary<int, long> _ahead = [];
    private readonly Queue<int> _wanted = new();
    private int _window = FirstWindow;
    private long _openedAt;
    private bool _isByName = true;
    private bool _isRunning;

    /// <summary>Makes one for a topic.</summary>
    /// <param name="context">What all mirrors have in common.</param>
    /// <param name="mirrorOf">The mirrors of the topic.</param>
    public ReadAhead(MirrorContext context, Func<int, PartitionMirror> mirrorOf)
    {
        (_context, _mirrorOf) = (context, mirrorOf);
        _most = (int)Math.Min(MaxPartitions, context.Options.CacheMaxBytes / CachePart / MaxBytes);
    }

    /// <summary>Somebody has begun to read a partition from its beginning. Never blocks.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="count">How many the topic has.</param>
    public void Opened(int partition, int count)
    {
        lock (_gate)
        {
            Forget();
            _ahead.Remove(partition);
            if (FindOrder(partition, count))
                Want(partition, count);
            _opened.Enqueue(partition);
            if (_opened.Count > MaxOpened)
                _opened.Dequeue();
            if (_isRunning || _wanted.Count == 0)
                return;
            _isRunning = true;
        }
        _context.Worker.Post(Run);
    }

    /// <summary>Whether the partition before this one was opened lately, by either order; where both say so, the one that was seen before.</summary>
    private bool FindOrder(int partition, int count)
    {
        var byName = _opened.Any(before => PartitionOrder.NextByName(before, count) == partition);
        var byNumber = _opened.Contains(partition - 1);
        if (byName != byNumber)
            _isByName = byName;
        return byName || byNumber;
    }

    private void Want(int partition, int count)
    {
        var next = partition;
        for (var left = _window; left > 0 && _ahead.Count < _most; left--)
        {
            if ((_isByName ? PartitionOrder.NextByName(next, count) : PartitionOrder.NextByNumber(next, count)) is not { } following)
                break;
            next = following;
            if (_ahead.TryAdd(next, _context.Clock.GetTimestamp()))
                _wanted.Enqueue(next);
        }
        _window = Math.Min(_most, 2 * _window);
    }

    private void Forget()
    {
        if (_context.Clock.GetElapsedTime(_openedAt) >= s_memory)
        {
            _opened.Clear();
            _window = FirstWindow;
        }
        _openedAt = _context.Clock.GetTimestamp();
        foreach (var (partition, at) in _ahead.ToArray())
            if (_context.Clock.GetElapsedTime(at) >= s_memory)
                _ahead.Remove(partition);
    }

    private void Run()
    {
        while (TakeWanted() is { } partition)
            _mirrorOf(partition).FetchAhead(MaxBytes);
    }

    private int? TakeWanted()
    {
        lock (_gate)
        {
            if (_wanted.TryDequeue(out var partition))
                return partition;
            _isRunning = false;
            return null;
        }
    }
}
