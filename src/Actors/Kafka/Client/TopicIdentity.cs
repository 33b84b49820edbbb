namespace StreamActors.Kafka;

/// <summary>A topic as somebody began to read it: one that is made again under the same name is another. Safe for several threads.</summary>
/// <param name="name">Its name in the cluster.</param>
public sealed class TopicIdentity(string name)
{
    private readonly Lock _gate = new();
    private string? _id;
    private long? _confirmedAt;
    private bool _isOver;
    private bool _isMissing;

    /// <summary>Its name in the cluster.</summary>
    public string Name => name;

    /// <summary>Whether the cluster has another topic of that name by now.</summary>
    public bool IsOver => Volatile.Read(ref _isOver);

    /// <summary>The cluster's id of it; null where the cluster has not told, or has none.</summary>
    internal string? Id
    {
        get
        {
            lock (_gate)
                return _id;
        }
    }

    /// <summary>Whether the cluster had no topic of that name any more when it was last asked.</summary>
    public bool IsMissing => Volatile.Read(ref _isMissing);

    /// <summary>When the cluster last told that it is the same, by the clock of who asked; null where it never did.</summary>
    internal long? ConfirmedAt
    {
        get
        {
            lock (_gate)
                return _confirmedAt;
        }
    }

    /// <summary>Takes note of the id that the cluster tells: the first one is this topic's, an empty one says that there is none.</summary>
    internal void Note(string id, long askedAt)
    {
        lock (_gate)
        {
            // A broker may not have heard of one that is new.
            Volatile.Write(ref _isMissing, id.Length == 0 && _id is not null);
            if (id.Length == 0)
                return;
            _id ??= id;
            if (_id == id)
                _confirmedAt = askedAt;
            else
                Volatile.Write(ref _isOver, true);
        }
    }
}
