using System.Collections.Concurrent;

namespace StreamActors.Kafka;

/// <summary>
/// A topic from when it was first seen until it is gone; one that is made again under the same name is another. Safe for
/// several threads.
/// </summary>
internal sealed class TopicLife(long number, string name, int partitions, DateTimeOffset seenAt)
{
    private readonly Lock _gate = new();
    private event Action? Changes;
    private int _partitions = partitions;
    private bool _isEnded;

    /// <summary>Its number, which no other has in this process.</summary>
    public long Number => number;

    /// <summary>Its name in the cluster.</summary>
    public string Name => name;

    /// <summary>When it was first seen here; the cluster does not tell when it was made.</summary>
    public DateTimeOffset SeenAt => seenAt;

    /// <summary>Which topic of that name it is.</summary>
    public TopicIdentity Identity { get; } = new(name);

    /// <summary>The groups that were made here: those whom nobody lets list groups still see their own.</summary>
    public ConcurrentDictionary<string, byte> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it is one that Kafka keeps for itself.</summary>
    public bool IsInternal => name.StartsWith("__", StringComparison.Ordinal);

    /// <summary>How many partitions it has.</summary>
    public int Partitions => Volatile.Read(ref _partitions);

    /// <summary>Whether it is gone.</summary>
    public bool IsEnded => Volatile.Read(ref _isEnded);

    /// <summary>Takes note of how many partitions it has.</summary>
    /// <returns>Whether there are more than before; never fewer.</returns>
    public bool Grow(int partitions)
    {
        lock (_gate)
        {
            var grown = partitions > _partitions;
            if (grown)
                Volatile.Write(ref _partitions, partitions);
            return grown;
        }
    }

    /// <summary>It is gone.</summary>
    public void End()
    {
        Action? told;
        lock (_gate)
        {
            if (_isEnded)
                return;
            Volatile.Write(ref _isEnded, true);
            told = Changes;
            Changes = null;
        }
        told?.Invoke();
    }

    /// <summary>Asks to be told of the end.</summary>
    public void Watch(Action ended)
    {
        lock (_gate)
        {
            if (!_isEnded)
            {
                Changes += ended;
                return;
            }
        }
        ended();
    }

    /// <summary>Takes back <see cref="Watch"/>.</summary>
    public void Unwatch(Action ended)
    {
        lock (_gate)
            Changes -= ended;
    }
}
