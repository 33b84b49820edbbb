using StreamActors.Messages;
using StreamActors.Sources;

namespace StreamActors.Kafka;

/// <summary>
/// Which generation a partition's log is, where several hosts show the partition: one that begins to read where another has
/// begun has the same bytes at the same positions, and the same number. The owner guards it against use by several threads.
/// </summary>
/// <param name="shared">Where the newest one stands; null where nothing outlives the cache, or the log is of an offset of its own.</param>
/// <param name="topic">The topic.</param>
/// <param name="partition">The partition.</param>
internal sealed class MirrorGeneration(IGenerations? shared, TopicIdentity topic, int partition)
{
    // Each time that another host was first, one of all hosts has got on.
    private const int MaxTries = 20;

    private volatile bool _isOver;

    /// <summary>Whether it stands anywhere but in the cache.</summary>
    public bool IsKept => shared is not null;

    /// <summary>The newest number that is known here, for who has no log yet. Never blocks.</summary>
    public int Known => shared?.Known(topic.Name, partition)?.Number ?? 0;

    /// <summary>What was read up to now can't be had again: the next beginning is another generation.</summary>
    public void End() => _isOver = true;

    /// <summary>Finds the newest generation for a log of an earlier run; may block.</summary>
    /// <param name="agreed">Which generation the log is; null for one that no other host knows. It comes back where somebody has deleted it.</param>
    /// <param name="newest">The newest; null where nobody has begun.</param>
    /// <returns>Null, or why it can't be told.</returns>
    public Failure? Find(Generation? agreed, out Generation? newest)
    {
        newest = null;
        var read = shared!.Read(topic.Name, partition);
        if (read.Value is { Value: null } nothing && agreed is not null)
            read = shared.Begin(topic.Name, partition, nothing, agreed);
        newest = read.Value?.Value;
        return read.Failure;
    }

    /// <summary>Finds where an empty log begins; may block.</summary>
    /// <param name="start">Where it does if nobody has begun before.</param>
    /// <param name="marks">From where to where the partition has messages.</param>
    /// <returns>The generation that it is, or why it can't be told.</returns>
    public Result<Generation> Begin(long start, Watermarks marks)
    {
        var begun = Agree(newest =>
        {
            if (newest is null)
                return new Generation(0, start, topic.Id);
            var isOther = _isOver || newest.First > marks.High || (topic.Id is { } id && newest.Topic is { } known && id != known);
            if (!isOther && newest.First >= marks.Low)
                return newest;
            // Retention of the cluster has taken the beginning, and this host never had it; or the bytes are others.
            return new Generation(newest.Number + 1, isOther ? start : marks.Low, topic.Id);
        });
        _isOver &= begun.Value is null;
        return begun;
    }

    /// <summary>Begins the generation of a log that loses its head; may block.</summary>
    /// <param name="low">The oldest offset that stays.</param>
    /// <returns>The generation, or why it can't be told.</returns>
    public Result<Generation> BeginAt(long low) => Agree(newest => new Generation((newest?.Number ?? 0) + 1, low, topic.Id));

    private Result<Generation> Agree(Func<Generation?, Generation> next)
    {
        var read = shared!.Read(topic.Name, partition);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (read.Value is not { } row)
                return read.Failure!;
            var wanted = next(row.Value);
            if (wanted == row.Value)
                return wanted;
            read = shared.Begin(topic.Name, partition, row, wanted);
            // Ours; another host that wants the same does not count as another's.
            if (read.Value?.Value == wanted)
                return wanted;
        }
        return new Failure(Fault.Busy, $"other hosts begin generations of partition {partition} of topic {topic.Name}");
    }
}
